"""A stand-in for the programs `ollama` and `vllm`: serves on the port it is told to, with a child of its own.

``install(folder, name, WAYS...)`` puts it there as a program. It notes what it was started with in ``folder/NAME.jsonl``.
WAYS are how it misbehaves: ``dies`` at once, ``taken`` finds its port taken the first time, ``deaf`` serves nothing,
``blocked`` waits until somebody else has its port, ``mortal`` dies of the first question, ``stubborn`` and its child pass
over SIGTERM. Answers are what ``folder/NAME.txt`` holds, where it is there.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()

CHILD = """
import signal, sys, time
if sys.argv[1:] == ["stubborn"]:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("child", flush=True)
time.sleep(600)
"""


def install(folder: Path, name: str, *ways: str) -> Path:
    """A program that behaves like this in ``folder``."""
    program = folder / name
    program.write_text(f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(HERE.parent)!r})\n")
    with program.open("a") as file:
        file.write(f"from model_standin import main\nmain({str(folder / name)!r}, {list(ways)!r})\n")
    program.chmod(0o755)
    return program


def notes(program: Path) -> list[dict[str, Any]]:
    """What each start of a program noted."""
    path = program.with_suffix(".jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def wait_for_note(program: Path, number: int = 1) -> dict[str, Any]:
    """The note of start ``number``, as soon as it is there."""
    until = time.monotonic() + 30
    while len(found := notes(program)) < number:
        assert time.monotonic() < until, f"{program} was never started"
        time.sleep(0.01)
    return found[number - 1]


def ended(*processes: int) -> bool:
    """Wait until these processes are gone; False where one of them doesn't end."""
    for process in processes:
        try:
            handle = os.pidfd_open(process)
        except ProcessLookupError:
            continue
        ready = select.select([handle], [], [], 30)[0]
        os.close(handle)
        if not ready:
            return False
    return True


def alive(process: int) -> bool:
    """Whether a process runs; one that waits for its parent to take note of its end does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def main(program: str, ways: list[str]) -> None:
    """What the program does."""
    path = Path(program).with_suffix(".jsonl")
    first = not path.exists()
    words = sys.argv[1:]
    port = int(words[words.index("--port") + 1] if "--port" in words else os.environ["OLLAMA_HOST"].split(":")[1])
    if "stubborn" in ways:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    # As runners and engine cores are: a process of its own, in a session of its own.
    arguments = ["stubborn"] if "stubborn" in ways else []
    child = subprocess.Popen([sys.executable, "-c", CHILD, *arguments], start_new_session=True, stdout=subprocess.PIPE)
    assert child.stdout is not None and child.stdout.readline() == b"child\n"
    note = {"pid": os.getpid(), "parent": os.getppid(), "child": child.pid, "port": port, "words": words}
    with path.open("a") as file:
        file.write(json.dumps({**note, "environment": dict(os.environ)}) + "\n")
    print(f"serving on port {port}", flush=True)
    if "dies" in ways:
        sys.exit("CUDA error: no kernel image is available for execution on the device")
    if "taken" in ways and first:
        sys.exit(f"Error: listen tcp 127.0.0.1:{port}: bind: address already in use")
    if "blocked" in ways and first:
        while socket.socket().connect_ex(("127.0.0.1", port)):
            time.sleep(0.01)
        time.sleep(600)
    if "deaf" not in ways:
        _serve(port, "mortal" in ways, Path(program).with_suffix(".txt"))
    while True:
        time.sleep(600)


def _serve(port: int, mortal: bool, words: Path) -> None:
    from vlm_server import Call, VlmServer

    def answer(call: Call) -> str:
        if mortal:
            print("out of memory: killed", flush=True)
            os._exit(7)
        return words.read_text() if words.exists() else f"seen: {call.prompt}"

    VlmServer(answer, models=None, port=port)
