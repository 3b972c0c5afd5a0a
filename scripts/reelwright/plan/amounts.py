"""Amounts that are known in part: so much exactly, at most so much more, and items of which nobody can tell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Amount:
    """An amount of something; what is exact and what is a bound are never added up."""

    exactly: float = 0
    more: float = 0
    """At most so much on top, of what is bounded only."""
    unknown: dict[str, str] = field(default_factory=dict)
    """Why nobody can tell, by item; where there are some, there is no bound on the whole."""

    def data(self) -> dict[str, Any]:
        """As it stands in ``plan.json``."""
        return {"exactly": self.exactly, "at_most_more": self.more, "unknown": self.unknown}

    @classmethod
    def total(cls, parts: Iterable[Amount]) -> Amount:
        """The sum of several."""
        exactly, more, unknown = 0.0, 0.0, dict[str, str]()
        for one in parts:
            exactly, more, unknown = exactly + one.exactly, more + one.more, unknown | one.unknown
        return cls(exactly, more, unknown)


def by_reason(unknown: dict[str, str], most: int = 8) -> str:
    """Unknown items in words: ``03, 04 (not probed yet)``; at most so many are named of each reason."""
    items: dict[str, list[str]] = {}
    for item, why in unknown.items():
        items.setdefault(why, []).append(item)
    said = []
    for why, names in items.items():
        rest = f" and {len(names) - most} more" if len(names) > most else ""
        said.append(f"{', '.join(names[:most])}{rest} ({why})")
    return "; ".join(said)
