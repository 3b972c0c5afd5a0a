"""Answers that were paid or waited for, by digest: kept for ever, the first one given counts."""

from __future__ import annotations

import dataclasses
import threading
from pathlib import Path

from reelwright.models.backend import Answer
from reelwright.models.shared_segments import open_segments


class AnswerStore:
    """The answers in ``folder``, of all writers. Safe for many threads and many processes."""

    def __init__(self, folder: Path, writer: str | None = None) -> None:
        self._segments = open_segments(folder, "answer", writer)
        self._answers: dict[str, Answer] = {}
        self._lock = threading.Lock()
        self.refresh()

    def refresh(self) -> None:
        """Read what other writers have stored meanwhile; raises BuildError where a segment is damaged."""
        with self._lock:
            for row in self._segments.fresh():
                self._answers.setdefault(row["digest"], Answer(**row))

    def get(self, digest: str) -> Answer | None:
        """The answer stored under ``digest`` as of the last refresh; None where there is none."""
        return self._answers.get(digest)

    def put(self, answer: Answer) -> None:
        """Store an answer; it is on the disk when this returns."""
        self._segments.append(dataclasses.asdict(answer))
        with self._lock:
            self._answers.setdefault(answer.digest, answer)

    def __len__(self) -> int:
        return len(self._answers)

    def close(self) -> None:
        """Close this writer's segment."""
        self._segments.close()
