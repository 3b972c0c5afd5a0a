"""Labels and captions that the old material seeds: what it says of the same footage, by share of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reelwright.captions.bible import LabelledShot
from reelwright.captions.labels import LABEL_SHARE, ROUNDING, Labels, covered_share, labels_of
from reelwright.files import read_jsonl


@dataclass(frozen=True)
class Seed:
    """What one old clip says of the stretch of the canonical master that it shows (``seed`` schema)."""

    clip: str
    start_s: float
    end_s: float
    """Exclusive."""
    confidence: float
    """0 to 1: that the old clip shows this stretch."""
    characters: tuple[str, ...]
    outfits: dict[str, str]
    location: str | None
    scene_type: str | None
    transcript: str
    caption: str

    def as_shot(self, episode: str) -> LabelledShot:
        """Its labels, in the form of a labelled shot."""
        outfits = tuple(self.outfits.items())
        place, kind = self.location or "", self.scene_type or ""
        return LabelledShot(episode, self.start_s, self.end_s, self.characters, outfits, place, kind, "")


@dataclass(frozen=True)
class Seeded:
    """What old clips say of one new clip."""

    labels: Labels
    clips: tuple[str, ...]
    """The old clips, those that cover most of it first."""
    confidence: float
    """0 to 1: the old clips' confidence, weighed by the share of the new clip that each covers."""
    transcript: str
    """Of the old clip that covers most of it, if that is at least half; else empty."""
    caption: str
    """The same of its caption."""

    def as_row(self) -> dict[str, Any]:
        """The form in which a caption row carries it."""
        return {"clips": list(self.clips), "confidence": self.confidence, "caption": self.caption}


def read_seeds(path: Path | None) -> list[Seed]:
    """The seeds of an episode; none where there is no old material."""
    rows = read_jsonl(path) if path is not None else []
    return [Seed(**{**row, "characters": tuple(row["characters"])}) for row in rows]


def seeded_by(seeds: Sequence[Seed], episode: str, start_s: float, end_s: float) -> Seeded | None:
    """What ``seeds`` say of the clip from ``start_s`` to ``end_s`` (seconds, end exclusive); None where none overlaps it."""
    shares = [(covered_share([(seed.start_s, seed.end_s)], start_s, end_s), seed) for seed in seeds]
    seen = sorted((one for one in shares if one[0] > 0), key=lambda one: (-one[0], one[1].clip))
    if not seen:
        return None
    share, most = seen[0]
    covers = share >= LABEL_SHARE - ROUNDING
    return Seeded(
        labels=labels_of([seed.as_shot(episode) for _, seed in seen], start_s, end_s),
        clips=tuple(seed.clip for _, seed in seen),
        confidence=round(min(1.0, sum(share * seed.confidence for share, seed in seen)), 4),
        transcript=most.transcript if covers else "",
        caption=most.caption if covers else "",
    )
