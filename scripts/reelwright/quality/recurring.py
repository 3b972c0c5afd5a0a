"""Clips of recurring footage that the spec doesn't want: all of it, or what lies beyond each stretch's first occurrences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reelwright.files import read_json
from reelwright.spec.recurring import Recurring


def _unwanted(stretch: dict[str, Any], settings: Recurring) -> list[dict[str, Any]]:
    """The occurrences of a stretch whose clips aren't wanted.

    With a cap, those of lower-numbered episodes stay, as with duplicates: more episodes never change which.
    """
    occurrences: list[dict[str, Any]] = stretch["occurrences"]
    seen = [one for one in occurrences if not one["left_out"]]
    return {"keep": [], "cap": seen[settings.occurrences :], "exclude": occurrences}[settings.use]


class UnwantedFootage:
    """The frames of a master that lie in recurring footage of which the spec wants no clip."""

    def __init__(self, recurring: Path | None, source_id: str, settings: Recurring) -> None:
        """``recurring``: what comes back in the season; None where it was not looked for."""
        self._share = settings.clip_share
        stretches = read_json(recurring)["stretches"] if recurring else []
        self._spans = [
            range(one["start_frame"], one["end_frame"])
            for stretch in stretches
            for one in _unwanted(stretch, settings)
            if one["source_id"] == source_id
        ]

    def holds(self, clip: dict[str, Any]) -> bool:
        """Whether so much of a clip lies in them that it counts as recurring."""
        frames = range(clip["start_frame"], clip["end_frame"])
        # Stretches may overlap: a frame counts once.
        common = {
            frame for span in self._spans for frame in range(max(span[0], frames[0]), min(span[-1], frames[-1]) + 1)
        }
        return bool(common) and len(common) >= self._share * len(frames)
