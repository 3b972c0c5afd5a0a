"""What a run runs on: host, GPUs, the trainer's Python and its packages, the checkout's commit; as far as they can be asked."""

from __future__ import annotations

import json
import platform
import shutil
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ASK_S = 60.0
"""How long a program is waited for that is asked what it is."""

GPU_FIELDS = ("name", "memory.total", "driver_version", "uuid")

VERSIONS = """
import json, platform
from importlib.metadata import PackageNotFoundError, version
found = {"python": platform.python_version()}
for name in ("torch", "accelerate", "diffsynth", "peft", "safetensors"):
    try:
        found[name] = version(name)
    except PackageNotFoundError:
        pass
print(json.dumps(found))
"""


def _ask(words: Sequence[str], folder: Path | None = None, env: Mapping[str, str] | None = None) -> str | None:
    """What a program says; None where it isn't there or fails."""
    try:
        run = subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, check=True, timeout=ASK_S)
    except (OSError, subprocess.SubprocessError):
        return None
    return run.stdout.strip()


def _gpus(env: Mapping[str, str]) -> list[dict[str, str]]:
    program = shutil.which("nvidia-smi", path=env.get("PATH"))
    said = program and _ask([program, f"--query-gpu={','.join(GPU_FIELDS)}", "--format=csv,noheader"], env=env)
    keys = ("name", "memory", "driver", "uuid")
    rows = [[cell.strip() for cell in line.split(",")] for line in (said or "").splitlines() if line.strip()]
    return [dict(zip(keys, row, strict=True)) for row in rows if len(row) == len(keys)]


def interpreter(program: Path, env: Mapping[str, str]) -> str | None:
    """The Python that runs a program: its own, or what its first line names; None where it is no script of Python."""
    if program.name.startswith("python"):
        return str(program)
    with program.open("rb") as file:
        first = file.readline(500).decode(errors="replace").split()
    if not first or not first[0].startswith("#!"):
        return None
    words = [first[0][2:], *first[1:]] if first[0] != "#!" else first[1:]
    if Path(words[0]).name == "env" and len(words) > 1:
        return shutil.which(words[-1], path=env.get("PATH"))
    return words[0] if "python" in Path(words[0]).name else None


def describe_machine(program: Path, folder: Path, env: Mapping[str, str]) -> dict[str, Any]:
    """What the trainer in ``folder``, started by ``program``, would run on. Whatever can't be asked is null or empty."""
    python = interpreter(program, env)
    versions = python and _ask([python, "-c", VERSIONS], folder, env)
    commit = _ask(["git", "-C", str(folder), "rev-parse", "HEAD"])
    changed = _ask(["git", "-C", str(folder), "status", "--porcelain", "--untracked-files=no"]) if commit else None
    return {
        "host": socket.gethostname(),
        "system": platform.platform(),
        "gpus": _gpus(env),
        "versions": json.loads(versions) if versions else None,
        "trainer_commit": commit,
        "trainer_changed": None if changed is None else bool(changed),
    }
