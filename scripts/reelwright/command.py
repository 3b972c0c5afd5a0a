"""How an adapter runs its one call: a clear message instead of a traceback for what a person can put right."""

from __future__ import annotations

import io
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from reelwright.errors import BadItem, BuildError, SpecError


class _Tee(io.TextIOBase):
    """A text stream that writes to two others."""

    def __init__(self, first: TextIO, second: TextIO) -> None:
        self._both = (first, second)

    def write(self, text: str) -> int:
        for stream in self._both:
            stream.write(text)
        return len(text)

    def flush(self) -> None:
        for stream in self._both:
            stream.flush()

    def fileno(self) -> int:
        # Child processes and C libraries go to the terminal, as if nothing stood between.
        return self._both[0].fileno()


@contextmanager
def command(log: str | Path | None = None) -> Iterator[None]:
    """Run the block with stderr written to the file ``log`` too.

    BuildError, SpecError and BadItem become their message and exit status 1. Any other exception is a fault of the
    machine or of this code: it keeps its traceback, which the log holds as well.
    """
    if log is None:
        yield from _guarded()
        return
    path = Path(log)
    path.parent.mkdir(parents=True, exist_ok=True)
    terminal = sys.stderr
    with path.open("w", encoding="utf-8", buffering=1) as file:
        sys.stderr = _Tee(terminal, file)
        try:
            yield from _guarded()
        except Exception:
            traceback.print_exc(file=file)
            raise
        finally:
            sys.stderr = terminal


def _guarded() -> Iterator[None]:
    try:
        yield
    except (BuildError, SpecError, BadItem) as error:
        print(error, file=sys.stderr, flush=True)
        raise SystemExit(1) from error
