"""How far the questions to a model have come, for a person at a terminal and for the log of a cluster."""

from __future__ import annotations

import contextlib
import shutil
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Self, TextIO

from reelwright.errors import BadItem
from reelwright.models.desk import Result
from reelwright.spec.model import Budget

LOG_EVERY_S = 10.0
"""Time between two lines in a log."""

TERMINAL_EVERY_S = 0.2
"""Time between two changes of the one line at a terminal."""

WINDOW = 50
"""Answers that the rate is taken over: the start of a server, or of the day, should not weigh on the time left."""


class Progress:
    """Counts results and writes a line now and then. Safe for many threads; writing never fails the job."""

    def __init__(
        self,
        total: int,
        label: str,
        stream: TextIO | None = None,
        every_s: float | None = None,
        *,
        budget: Budget | None = None,
        spent: Callable[[], float] | None = None,
        clock: Callable[[], float] = time.monotonic,
        without_call: str = "stored",
    ) -> None:
        """``every_s`` is the least time between lines; ``spent`` tells the money spent so far in ``budget``'s currency.

        ``without_call`` says what results are that took no call.
        """
        self.total = total
        self.done = 0
        """Results so far, stored and failed ones among them."""
        self.stored = 0
        """Results that needed no call."""
        self.failed = 0
        self._label = label
        self._stream = sys.stderr if stream is None else stream
        self._terminal = self._stream.isatty()
        self._every_s = every_s if every_s is not None else TERMINAL_EVERY_S if self._terminal else LOG_EVERY_S
        self._budget = budget
        self._spent = spent
        self._clock = clock
        self._without_call = without_call
        self._began = self._wrote = clock()
        self._times: deque[float] = deque(maxlen=WINDOW)
        self._lock = threading.Lock()

    def count(self, result: Result) -> None:
        """Count what the desk yields."""
        self.add(failed=isinstance(result.outcome, BadItem), called=result.calls > 0)

    def add(self, *, failed: bool, called: bool) -> None:
        """Count one result; ``called`` says that it took a call."""
        now = self._clock()
        with self._lock:
            self.done += 1
            self.failed += failed
            if called:
                self._times.append(now)
            else:
                self.stored += 1
            if now - self._wrote >= self._every_s:
                self._write(self._line(now), last=False)
                self._wrote = now

    def finish(self) -> None:
        """Write the last line."""
        now = self._clock()
        with self._lock:
            self._write(", ".join([*self._counts(), f"took {duration(now - self._began)}", *self._money()]), last=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.finish()

    def _line(self, now: float) -> str:
        rate = (len(self._times) - 1) / (now - self._times[0]) if len(self._times) > 1 and now > self._times[0] else 0.0
        speed = [f"{rate * 60:.3g} a minute", f"{duration((self.total - self.done) / rate)} left"] if rate else []
        return ", ".join([*self._counts(), *speed, *self._money()])

    def _counts(self) -> list[str]:
        named = [
            f"{self.stored} {self._without_call}" if self.stored else "",
            f"{self.failed} failed" if self.failed else "",
        ]
        return [f"{self._label}: {self.done}/{self.total}", *(one for one in named if one)]

    def _money(self) -> list[str]:
        if self._budget is None or self._spent is None:
            return []
        return [f"{self._spent():.2f} of {self._budget.money:.2f} {self._budget.currency}"]

    def _write(self, line: str, last: bool) -> None:
        with contextlib.suppress(OSError, ValueError):
            if self._terminal:
                line = line[: shutil.get_terminal_size().columns - 1]
                self._stream.write(f"\r{line}\x1b[K" + ("\n" if last else ""))
            else:
                self._stream.write(line + "\n")
            self._stream.flush()


def duration(seconds: float) -> str:
    """Two figures are enough: ``40 s``, ``12 min``, ``3 h 20 min``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
