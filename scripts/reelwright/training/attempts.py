"""The journal of attempts: a line when the trainer is started, another when it has ended. Lines are only ever added."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from reelwright.models.segments import Segments

CUT_OFF = "cut off: killed, or the machine went away, before anybody could say why"


def now() -> str:
    """The time, in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class Attempts:
    """The attempts of a package's training, all runs of it, oldest first."""

    def __init__(self, folder: Path) -> None:
        self._segments = Segments(folder, "training_attempt")
        self._rows = self._segments.fresh()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._segments.close()

    def start(self, run: str, expert: str, words: Sequence[str], begun: int, machine: Mapping[str, Any]) -> int:
        """Write that the trainer is started behind ``begun`` epochs; returns the attempt's number."""
        number = 1 + max((row["attempt"] for row in self._rows), default=0)
        row = {
            "event": "start",
            "attempt": number,
            "run": run,
            "expert": expert,
            "from_epoch": begun,
            "words": list(words),
            "pid": os.getpid(),
            "machine": dict(machine),
            "time": now(),
        }
        self._append(row)
        return number

    def end(self, number: int, code: int | None, why: str, epochs: int) -> None:
        """Write how an attempt ended: the trainer's exit code (None where it was ended from here), behind ``epochs``."""
        row = {"event": "end", "attempt": number, "exit_code": code, "why": why, "epochs": epochs, "time": now()}
        self._append(row)

    def _append(self, row: dict[str, Any]) -> None:
        self._segments.append(row)
        self._rows.append(row)

    def of_run(self, run: str) -> list[dict[str, Any]]:
        """The attempts of one run, each with why it ended."""
        ends = {row["attempt"]: row for row in self._rows if row["event"] == "end"}
        told = []
        for row in self._rows:
            if row["event"] != "start" or row["run"] != run:
                continue
            end = ends.get(row["attempt"])
            told.append(
                {
                    **{key: row[key] for key in ("attempt", "expert", "from_epoch", "words", "machine")},
                    "started": row["time"],
                    "ended": end and end["time"],
                    "exit_code": end and end["exit_code"],
                    "why": end["why"] if end else CUT_OFF,
                }
            )
        return told
