"""Holes: stretches of a master's time that show no sound picture, so that no clip may cross them.

A damaged picture spoils every one that is predicted from it. What that is, only the decoder knows, but it ends at the next
keyframe, in decoding order: a hole reaches from the earliest picture decoded since the damage to that keyframe.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from reelwright.media import Faults

GAP_STEPS = 1.5
"""Distance of two frames, in median ones, above which at least one is missing between them."""

JUMP_STEPS = 4
"""The same above which time leaps, where frames come at uneven distances by nature; and see ``JUMP_S``."""

JUMP_S = 1
"""Seconds without a new frame that a variable rate may have: a held picture of a recording is seldom longer."""

EVEN_SHARE = 500
"""A rate is even where at most one in so many distances is a gap, or ``FEW_GAPS`` in all: their frames were lost then.
Where there are more, frames were left out on purpose, and nothing is missing."""

FEW_GAPS = 3


@dataclass(frozen=True)
class Hole:
    """No sound picture is shown from ``start_pts`` until before ``end_pts``, in the stream's time base."""

    start_pts: int
    end_pts: int
    kind: str
    """``damage``: pictures that are lost or broken. ``jump``: time leaps. ``repeat``: the time is shown twice."""


def _spoilt(packets: np.ndarray, keys: np.ndarray, damaged: np.ndarray, step: int) -> list[Hole]:
    """Holes from each damaged packet (positions in decoding order) to the next keyframe."""
    starts = np.flatnonzero(keys)
    following = np.searchsorted(starts, damaged, side="right")
    holes = []
    for group in np.unique(following):
        first = int(damaged[following == group].min())
        last = int(starts[group]) if group < len(starts) else len(packets)
        lost = packets[first:last]
        end = int(lost.max()) + step
        holes.append(Hole(int(lost.min()), int(packets[last]) if last < len(packets) else end, "damage"))
    return holes


def _gaps(
    pts: np.ndarray, packets: np.ndarray, keys: np.ndarray, repeated: frozenset[int], base: Fraction, step: int
) -> list[Hole]:
    """Holes where time passes without frames: leaps, and in an even rate whatever a lost frame may have spoilt."""
    steps = np.diff(pts)
    gaps = np.flatnonzero(steps > GAP_STEPS * step)
    if len(gaps) > max(FEW_GAPS, len(steps) // EVEN_SHARE):
        leaps = np.flatnonzero(steps > max(JUMP_STEPS * step, JUMP_S / base))
        return [Hole(int(pts[one]) + step, int(pts[one + 1]), "jump") for one in leaps]
    shown = np.empty(len(packets), np.int64)
    shown[np.argsort(packets, kind="stable")] = np.arange(len(packets))
    # Frames before a lost one in time may have been predicted from it: as many as the stream reorders.
    reorder = int(np.abs(shown - np.arange(len(shown))).max(initial=0))
    holes = []
    for gap in gaps.tolist():
        if int(pts[gap]) in repeated:
            # Nothing is lost: the missing frame is there, with the stamp of the one before.
            holes.append(Hole(int(pts[gap]), int(pts[gap + 1]), "repeat"))
            continue
        before = int(pts[max(0, gap + 1 - reorder)]) if reorder else int(pts[gap]) + step
        after = int(pts[gap + 1])
        holes.append(Hole(before, after, "jump" if steps[gap] > JUMP_STEPS * step else "damage"))
        later = np.flatnonzero(packets >= after)
        if len(later) and not keys[later[0]]:
            holes += _spoilt(packets, keys, later[:1], step)
    return holes


def _joined(holes: Iterable[Hole]) -> list[Hole]:
    """Holes in order, overlapping and touching ones made one; damage names the joined one."""
    joined: list[Hole] = []
    for hole in sorted(holes, key=lambda one: one.start_pts):
        if joined and hole.start_pts <= joined[-1].end_pts:
            last = joined.pop()
            kind = "damage" if "damage" in (last.kind, hole.kind) else last.kind
            hole = Hole(last.start_pts, max(last.end_pts, hole.end_pts), kind)
        joined.append(hole)
    return joined


def find_holes(pts: np.ndarray, faults: Faults, time_base: Fraction) -> list[Hole]:
    """The holes of a master from the PTS of its decoded frames and what decoding met; in order, none overlapping."""
    packets, keys = np.array(faults.packets, np.int64), np.frombuffer(bytes(faults.keys), np.uint8).astype(bool)
    if len(pts) == 0:
        return []
    step = int(np.median(np.diff(pts))) if len(pts) > 1 else 1
    holes = _gaps(pts, packets, keys, frozenset(faults.repeated), time_base, step)
    bad = np.isin(packets, np.array(faults.corrupt, np.int64))
    if faults.refused or faults.corrupt:
        # Without an error, a packet that gives no frame shows none by design (hidden pictures, second fields).
        bad |= ~np.isin(packets, pts)
    damaged = np.flatnonzero(bad)
    if len(damaged):
        holes += _spoilt(packets, keys, damaged, step)
    holes += [Hole(early, last + step, "repeat") for early, last in faults.backward]
    return _joined(holes)
