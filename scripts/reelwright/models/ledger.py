"""Money spent on models, over all runs: what the budget is held against.

A call is entered before it is made and taken back when it fails, so a killed run can leave too much in the ledger but
never too little, and jobs that run at the same time see each other's calls.
"""

from __future__ import annotations

import math
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Protocol

from reelwright.models.shared_segments import open_segments


class Charging(Protocol):
    """What money is spent on: a model of any kind, as far as the ledger tells of it."""

    @property
    def name(self) -> str:
        """Which kind of backend this is."""

    @property
    def model(self) -> str:
        """Name of the model."""

    @property
    def price(self) -> float | None:
        """Price of one call."""

    @property
    def currency(self) -> str:
        """Currency of ``price``."""


class Ledger:
    """The ledger in ``folder``. Safe for many threads and many processes."""

    def __init__(self, folder: Path, writer: str | None = None) -> None:
        self._segments = open_segments(folder, "ledger", writer)
        self._amounts: dict[str, list[float]] = {}
        self._by_digest: dict[str, float] = {}
        self._lock = threading.Lock()

    def enter(self, kind: Literal["call", "refund"], backend: Charging, digest: str) -> None:
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
            self._read()
            return math.fsum(self._amounts.get(currency, []))

    def entered(self, digest: str) -> float:
        """What was entered for one answer and not taken back, by any writer."""
        with self._lock:
            self._read()
            return self._by_digest.get(digest, 0.0)

    def _read(self) -> None:
        for row in self._segments.fresh():
            self._amounts.setdefault(row["currency"], []).append(row["amount"])
            self._by_digest[row["digest"]] = self._by_digest.get(row["digest"], 0.0) + row["amount"]

    def close(self) -> None:
        """Close this writer's segment."""
        self._segments.close()
