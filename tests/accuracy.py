"""Scoring found boundaries and kept clips against ground truth: tests/test_neural.py's figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reelwright.clips.select import Candidate, Timeline

NEAR = 2
"""Frames by which a found boundary may differ from a true one (the footage's README)."""


@dataclass(frozen=True)
class Score:
    """How the found boundaries of one film compare with the true ones."""

    precision: float
    recall: float
    gradual_hit: int
    missed: list[int]
    false: list[int]

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / max(1e-9, self.precision + self.recall)


def _span(one: dict[str, Any]) -> tuple[int, int]:
    return (one.get("start", one["frame"]), one.get("end", one["frame"]))


def score(found: Sequence[int], truth: dict[str, Any]) -> Score:
    """One found frame near a true boundary hits it; every other found frame outside what is not scored is false."""
    left = sorted(found)
    missed, hits, gradual_hit = [], 0, 0
    spans = [(one, *_span(one)) for one in truth["boundaries"]]
    for one, low, high in spans:
        near = [frame for frame in left if low - NEAR <= frame <= high + NEAR]
        if near:
            hits += 1
            gradual_hit += one["kind"] != "cut"
            # Several frames within one gradual transition are that transition; two at one cut are one too many.
            taken = set(near) if one["kind"] != "cut" else {min(near, key=lambda frame: abs(frame - one["frame"]))}
            left = [frame for frame in left if frame not in taken]
        else:
            missed.append(one["frame"])
    unscored = [*truth.get("ambiguous_ranges_ignored", []), *truth.get("credits", [])]
    false = [frame for frame in left if not any(low <= frame <= high for low, high in unscored)]
    return Score(hits / max(1, hits + len(false)), hits / len(spans), gradual_hit, missed, false)


def impure(clips: Sequence[Candidate], truth: dict[str, Any]) -> list[tuple[int, int]]:
    """Kept clips (first frame, end exclusive) that hold a frame of two shots, or of a gradual transition."""
    found = []
    for clip in clips:
        for one in truth["boundaries"]:
            low, high = _span(one)
            if clip.start < low < clip.end or (one["kind"] != "cut" and clip.start <= high and low < clip.end):
                found.append((clip.start, clip.end))
    return found


def could_be_kept(timeline: Timeline, truth: dict[str, Any], first: int, last: int) -> float:
    """Seconds of true shots of 3 s or more between frames ``first`` and ``last``, outside credits and ambiguous ranges."""
    edges = sorted(_span(one) for one in truth["boundaries"])
    starts = [0, *(high + (low != high) for low, high in edges)]
    ends = [*(low for low, _ in edges), len(timeline.pts) - 1]
    unscored = [*truth.get("ambiguous_ranges_ignored", []), *truth.get("credits", [])]
    total = 0.0
    for start, end in zip(starts, ends, strict=True):
        low, high = max(start, first), min(end, last)
        if high <= low or any(low <= b and a < high for a, b in unscored):
            continue
        seconds = float(timeline.duration(low, high))
        total += seconds if seconds >= 3 else 0.0
    return total
