"""Runs the trainer as a process of its own: its words go to a log and, now and then, to a progress file and the terminal."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from reelwright.models import keeper
from reelwright.models.managed import GRACE_S, TAIL_LINES, end_kept
from reelwright.models.progress import LOG_EVERY_S

TELL_EVERY_S = 1.0
"""Least time between two writings of the progress file."""

STEP = re.compile(r"(\d+)/(\d+) \[")
"""Where tqdm says how far an epoch has come."""


class Preempted(BaseException):
    """This job was told to end."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(signal.Signals(number).name)


@contextmanager
def preemptible() -> Iterator[None]:
    """Raise Preempted in the block on SIGTERM, SIGINT or SIGHUP; once, so that what it began can be ended."""
    told: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        if not told:
            told.append(number)
            raise Preempted(number)

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@dataclass(frozen=True)
class Line:
    """What the trainer said last."""

    text: str
    step: int | None
    """Steps of the present epoch, where it counts them."""


def tail(log: Path) -> str:
    """The last lines of a trainer's log, indented; what tqdm wrote over is left out."""
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    said = [line.rsplit("\r", 1)[-1].rstrip() for line in lines]
    return "\n".join(f"  {line[:300]}" for line in [line for line in said if line][-TAIL_LINES:])


class _Teller:
    """Passes on what the trainer says: each line now and then."""

    def __init__(self, tell: Callable[[Line], None], label: str) -> None:
        self._tell = tell
        self._label = label
        self._last = Line("", None)
        self._rest = b""
        self._told = self._logged = -float("inf")

    def feed(self, data: bytes) -> None:
        *lines, self._rest = re.split(rb"[\r\n]", self._rest + data)
        for raw in lines:
            text = raw.decode(errors="replace").strip()
            if text:
                found = STEP.search(text)
                self._last = Line(text[:500], int(found[1]) if found else None)
        now = time.monotonic()
        if lines and now - self._told >= TELL_EVERY_S:
            self._told = now
            self._tell(self._last)
        if self._last.text and lines and now - self._logged >= LOG_EVERY_S:
            self._logged = now
            print(f"{self._label}: {self._last.text}", file=sys.stderr, flush=True)

    def close(self) -> None:
        self.feed(b"\n")
        self._tell(self._last)


def run_trainer(
    words: Sequence[str],
    folder: Path,
    env: Mapping[str, str],
    log: Path,
    tell: Callable[[Line], None],
    label: str,
    grace_s: float = GRACE_S,
) -> int:
    """Run the trainer in ``folder`` to its end and return its exit code, 128 + n where signal n ended it.

    Its output is added to ``log``. It and all that it started are ended when this job ends in any way, kill -9 too. 0 may also
    mean that its keeper was told to end: success shows in what it wrote.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab", buffering=0) as file:
        process = subprocess.Popen(
            [sys.executable, "-I", keeper.__file__, str(grace_s), *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env=dict(env),
            start_new_session=True,
        )
        teller = _Teller(tell, label)
        assert process.stderr is not None
        try:
            while data := os.read(process.stderr.fileno(), 65536):
                file.write(data)
                teller.feed(data)
            return process.wait()
        finally:
            end_kept(process, grace_s)
            process.stderr.close()
            teller.close()
