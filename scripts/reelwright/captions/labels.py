"""Which of an episode's labels count for a clip, by the share of its time that they cover."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reelwright.captions.bible import LabelledShot

CHARACTER_SHARE = 0.25
"""A character counts when seen in at least this share of a clip; so does the location, or scene type, seen longest."""

LABEL_SHARE = 0.5
"""An outfit or an action counts when it covers at least this share of a clip."""

ROUNDING = 1e-9
"""Shares are compared with so much grace: times are binary fractions of seconds."""


@dataclass(frozen=True)
class Labels:
    """What is seen in a clip, as far as somebody has labelled it."""

    characters: tuple[str, ...] = ()
    """The longest seen first; of equals, in the order in which they are labelled."""
    outfits: tuple[tuple[str, str], ...] = ()
    """Pairs of character and outfit, in the order of the characters."""
    location: str | None = None
    scene_type: str | None = None
    actions: tuple[str, ...] = ()


def labels_of(shots: Sequence[LabelledShot], start_s: float, end_s: float) -> Labels:
    """The labels of the clip from ``start_s`` to ``end_s`` (seconds, end exclusive), of its episode's ``shots``."""
    seen = [shot for shot in shots if shot.start_s < end_s and shot.end_s > start_s]

    def shares(pairs: Iterable[tuple[LabelledShot, str]]) -> dict[str, float]:
        spans: dict[str, list[tuple[float, float]]] = {}
        for shot, label in pairs:
            if label:
                spans.setdefault(label, []).append((shot.start_s, shot.end_s))
        found = {label: covered_share(spans[label], start_s, end_s) for label in spans}
        return dict(sorted(found.items(), key=lambda item: -item[1]))

    people = _at_least(CHARACTER_SHARE, shares((shot, name) for shot in seen for name in shot.characters))
    outfits = []
    for name in people:
        worn = shares((shot, outfit) for shot in seen for who, outfit in shot.outfits if who == name)
        outfits += [(name, outfit) for outfit in _at_least(LABEL_SHARE, worn)[:1]]
    places = _at_least(CHARACTER_SHARE, shares((shot, shot.location) for shot in seen))
    kinds = _at_least(CHARACTER_SHARE, shares((shot, shot.scene_type) for shot in seen))
    actions = _at_least(LABEL_SHARE, shares((shot, shot.action) for shot in seen))
    return Labels(
        characters=tuple(people),
        outfits=tuple(outfits),
        location=places[0] if places else None,
        scene_type=kinds[0] if kinds else None,
        actions=tuple(actions),
    )


def covered_share(spans: Iterable[tuple[float, float]], start_s: float, end_s: float) -> float:
    """Share (0 to 1) of the time from ``start_s`` to ``end_s`` that ``spans`` cover; overlaps count once."""
    covered, reached = 0.0, start_s
    for begin, end in sorted(spans):
        begin, end = max(begin, reached), min(end, end_s)
        if end > begin:
            covered += end - begin
            reached = end
    return covered / (end_s - start_s)


def _at_least(share: float, shares: dict[str, float]) -> list[str]:
    return [label for label, found in shares.items() if found >= share - ROUNDING]
