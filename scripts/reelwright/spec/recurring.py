"""The part `recurring` of the spec."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from reelwright.spec.section import Section


class Recurring(Section):
    """Footage that comes back in a season (opening, credits, eyecatch, stock shots): what counts, what becomes of its clips."""

    shortest_s: float = Field(3.0, ge=1.0, le=60.0)
    """Shortest stretch, in seconds, that counts: the shortest clip (`clips.min_s` as it is by default), since no clip fits
    into less. Media servers, which look for openings alone, start at 15 or 20 s and would miss eyecatches and stock shots."""
    use: Literal["keep", "cap", "exclude"] = "keep"
    """What becomes of clips of it: `keep` leaves them alone, `cap` makes those of all but the first `occurrences` of each
    stretch unusable, `exclude` all of them. They are unusable before captions are asked for, with the reason `recurring`."""
    occurrences: int = Field(1, ge=1)
    """With `cap`: of so many occurrences of each stretch the clips stay, those of the lowest-numbered episodes first.
    Occurrences of which `clips.head_s` and `clips.tail_s` leave nothing don't count."""
    clip_share: float = Field(0.5, gt=0, le=1)
    """Least share of a clip that must lie in recurring footage for the clip to count as it (our choice: most of it)."""
