"""Money spent on models, over all runs: what the budget is held against.

A call is entered before it is made and taken back when it fails, so a killed run can leave too much in the ledger but
never too little, and jobs that run at the same time see each other's calls.
"""

from __future__ import annotations

import math
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from reelwright.models.backend import Backend
from reelwright.models.segments import Segments


class Ledger:
    """The ledger in ``folder``. Safe for many threads and many processes."""

    def __init__(self, folder: Path, writer: str | None = None) -> None:
        self._segments = Segments(folder, "ledger", writer)
        self._amounts: dict[str, list[float]] = {}
        self._lock = threading.Lock()

    def enter(self, kind: Literal["call", "refund"], backend: Backend, digest: str) -> None:
        """Enter a call at the backend's price, or take one back; on the disk when this returns."""
        assert backend.price is not None
        self._segments.append(
            {
                "time": datetime.now(UTC).isoformat(timespec="seconds"),
                "kind": kind,
                "amount": backend.price if kind == "call" else -backend.price,
                "currency": backend.currency,
                "backend": backend.name,
                "model": backend.model,
                "digest": digest,
            }
        )

    def spent(self, currency: str) -> float:
        """Sum of all entries in ``currency``, other writers' too; raises BuildError where a segment is damaged."""
        with self._lock:
            for row in self._segments.fresh():
                self._amounts.setdefault(row["currency"], []).append(row["amount"])
            return math.fsum(self._amounts.get(currency, []))

    def close(self) -> None:
        """Close this writer's segment."""
        self._segments.close()
