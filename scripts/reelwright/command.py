"""How an adapter runs its one call: a message instead of a traceback for what a person can put right, and a log of events.

A log is JSON Lines (schema ``log_event``): ``start``, what was ``said``, and ``end`` with what the job took. One without an
end was killed. The terminal gets the words alone.
"""

from __future__ import annotations

import io
import json
import os
import resource
import socket
import sys
import time
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from reelwright.errors import BadItem, BuildError, SpecError


class _Events:
    """The log of one job."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._began = time.monotonic()

    def write(self, event: str, **fields: Any) -> None:
        """Append an event."""
        row = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event, **fields}
        self._file.write(json.dumps(row, ensure_ascii=False) + "\n")

    def start(self, job: str) -> None:
        """Write that the job begins, and where."""
        cluster = {"slurm_job": os.environ["SLURM_JOB_ID"]} if "SLURM_JOB_ID" in os.environ else {}
        self.write("start", job=job, host=socket.gethostname(), pid=os.getpid(), **cluster)

    def end(self, status: str) -> None:
        """Write how it ended and what it took: seconds, those of processors, and the most memory in MB."""
        own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        self.write(
            "end",
            status=status,
            seconds=round(time.monotonic() - self._began, 3),
            cpu_seconds=round(sum(one.ru_utime + one.ru_stime for one in (own, children)), 3),
            peak_mb=round((_peak_kb(own.ru_maxrss) + children.ru_maxrss) / 1024),
        )


def _peak_kb(otherwise: int) -> int:
    """The most memory of this process in kB. What ``getrusage`` gives counts that of whoever started it too, where the
    system has no better (``otherwise``)."""
    with suppress(OSError, StopIteration):
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1])
    return otherwise


class _Tee(io.TextIOBase):
    """A text stream that writes to another and, line by line, to a log."""

    def __init__(self, terminal: TextIO, events: _Events) -> None:
        self._terminal, self._events, self._line = terminal, events, ""

    def write(self, text: str) -> int:
        self._terminal.write(text)
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            self._events.write("said", text=line)
        return len(text)

    def finish(self) -> None:
        """Log what was said last, though no line break came."""
        if self._line:
            self._events.write("said", text=self._line)
            self._line = ""

    def flush(self) -> None:
        self._terminal.flush()

    def fileno(self) -> int:
        # Child processes and C libraries go to the terminal, as if nothing stood between.
        return self._terminal.fileno()


@contextmanager
def command(log: str | Path | None = None) -> Iterator[None]:
    """Run the block, its events and what it writes to stderr logged in the file ``log``.

    BuildError, SpecError and BadItem become their message and exit status 1. Any other exception is a fault of the
    machine or of this code: it keeps its traceback, which the log holds as well.
    """
    if log is None:
        yield from _guarded()
        return
    path = Path(log)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", buffering=1) as file:
        events = _Events(file)
        events.start(_job(path))
        tee, terminal = _Tee(sys.stderr, events), sys.stderr
        sys.stderr = tee
        status = "failed"
        try:
            yield from _guarded()
            status = "ok"
        except Exception:
            for line in traceback.format_exc().splitlines():
                events.write("said", text=line)
            raise
        finally:
            tee.finish()
            sys.stderr = terminal
            events.end(status)


def placed(declared: str | Path, inputs: Iterable[str]) -> Path:
    """Where a file that may be missing lies for this job: the one of its ``inputs`` that has this path, which jobs without a
    shared disk have elsewhere, or else the path that was declared."""
    end = f"/{declared}"
    return Path(next((one for one in inputs if one.endswith(end)), declared))


def _job(log: Path) -> str:
    """The rule and item of a log file: ``cut_clips/ep01`` of ``results/demo/logs/cut_clips/ep01.log``."""
    parts = log.with_suffix("").parts
    return "/".join(parts[parts.index("logs") + 1 :]) if "logs" in parts else log.stem


def _guarded() -> Iterator[None]:
    try:
        yield
    except (BuildError, SpecError, BadItem) as error:
        print(error, file=sys.stderr, flush=True)
        raise SystemExit(1) from error
