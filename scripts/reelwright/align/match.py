"""Is a piece the same footage as what lies at a place: its motion, its look, and where these leave doubt, its pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from reelwright.align.compare import shown_part, unlike_share
from reelwright.align.footage import FLAT_DEVIATION, Footage
from reelwright.align.index import Place
from reelwright.align.lines import RATES, REACH_S, Line, best_line
from reelwright.align.picture import WHOLE, Window

QUICK_RATES = np.array([0.96, 1.0, 1.04])
"""Speeds at which places are compared with each other; the best place is then looked at with all of them."""

OWN_RATE = np.array([1.0])
HELD_S = 8.0
"""Seconds around a place in which the motion of a still piece is looked for."""

SURE_MOTION, SURE_LOOK = 0.85, 0.90
"""Correlations of motion and of looks from which on a piece is the same footage. Copies of a film reach 0.88 and 0.95 where
its picture is found, and other footage (of the film, of its mirror image, drawn) at most 0.82 in the lower of the two."""

LESS_LIKELY = 0.15
"""Difference of likeness to the likeliest place from which on a place is not compared; the second one always is."""

STILL_ENERGY = 3.0
"""What moves in a piece, in levels, below which its motion says nothing."""

FAINT_ENERGY = 8.0
"""The same below which compression takes its share of the correlation."""

FAINT_MOTION, FAINT_LOOK = 0.60, 0.97
"""Correlations from which on a piece of faint motion is the same footage, where its pictures are the same too."""

STILL_LOOK = 0.97
"""Correlation of looks from which on the pictures of a still piece are compared."""

SAME_LOOK = 0.0005
"""Difference of correlations of looks that says nothing."""

DOUBTFUL_LOOK = 0.6
"""Correlation of looks from which on it is tried whether another part of the picture is shown."""

SAME_PICTURE = 0.03
"""Largest share of a picture that differs in a copy: a logo takes up 0.025."""

SEEN = 3
"""Frames of a piece whose pictures are compared."""

WORST_CELLS = 14
"""Cells of 144 that don't count: those that differ most, where a logo or a subtitle may be."""


def is_still(line: Line) -> bool:
    """Whether nothing moves in a piece that could say which frame is which."""
    return line.energy < STILL_ENERGY and line.motion < SURE_MOTION


@dataclass(frozen=True)
class Match:
    """A piece at its place."""

    footage: int
    """Number of the footage it lies in."""
    line: Line
    look: float
    """Mean correlation of its frames with those on the line."""
    sure: bool
    """Whether it is the same footage."""
    part: Window = WHOLE
    """The part of the footage's picture that the piece shows."""

    @property
    def still(self) -> bool:
        """Whether nothing moves that could say which frame is which."""
        return is_still(self.line)

    @property
    def score(self) -> float:
        """The lower of the two correlations, that of looks alone for a still piece."""
        return self.look if self.still else min(self.line.motion, self.look)


def _normal(cells: np.ndarray, kept: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Frames at zero mean and unit deviation over the cells that are kept, and that deviation."""
    values = cells - cells[:, kept].mean(axis=1, keepdims=True)
    deviation = values[:, kept].std(axis=1, keepdims=True)
    return values / np.maximum(deviation, 1.0), deviation[:, 0]


def look_of(piece: np.ndarray, other: np.ndarray) -> float:
    """Mean correlation of frames by their cells, without those cells that differ most throughout; 0 where all are flat."""
    one, two = piece.astype(np.float32), other.astype(np.float32)
    kept = np.ones(one.shape[1], bool)
    for _ in range(2):
        # Twice: a logo on a dark picture makes all cells differ until it is left out.
        differing = np.square(_normal(one, kept)[0] - _normal(two, kept)[0]).mean(axis=0)
        kept = differing <= np.partition(differing, -WORST_CELLS - 1)[-WORST_CELLS - 1]
    (a, wide_a), (b, wide_b) = _normal(one, kept), _normal(two, kept)
    telling = (wide_a >= FLAT_DEVIATION) | (wide_b >= FLAT_DEVIATION)
    return float((a[:, kept] * b[:, kept]).mean(axis=1)[telling].mean()) if telling.any() else 0.0


def _judged(piece: Footage, other: Footage, number: int, line: Line) -> Match:
    look = look_of(piece.cells, other.cells[other.nearest(line.start + line.rate * piece.times)])
    sure = line.motion >= SURE_MOTION and look >= SURE_LOOK
    return Match(number, line, look, sure)


def _telling_frames(piece: Footage) -> np.ndarray:
    """The frames of a piece that are looked at, spread over those that are not flat."""
    telling = np.flatnonzero(piece.cells.std(axis=1) >= FLAT_DEVIATION)
    return (
        np.unique(telling[np.linspace(0, len(telling) - 1, SEEN).round().astype(np.int64)]) if len(telling) else telling
    )


def _closer(piece: Footage, other: Footage, found: Match) -> Match:
    """A doubtful match after a look at the pictures: another part of the picture may be shown, or the same one, still."""
    frames = _telling_frames(piece)
    if found.look < DOUBTFUL_LOOK or piece.luma is None or other.luma is None or len(frames) == 0:
        return found
    there = other.nearest(found.line.start + found.line.rate * piece.times[frames])
    shown = piece.pictures(frames)
    part, _ = shown_part(shown, other.pictures(there))
    low, high = (
        int(other.nearest(np.array(second)))
        for second in (found.line.start - 1.0, found.line.start + found.line.rate * float(piece.times[-1]) + 1.0)
    )
    near = other.part(low, high + 1)
    cut = replace(near, cells=near.pictures(np.arange(near.frames), part, 9, 16).reshape(near.frames, -1))
    begin = float(other.times[low])
    judged = replace(_at(piece, [cut], 0, found.line.start - begin, RATES), part=part)
    line = judged.line
    moved = replace(judged, footage=found.footage, line=replace(line, start=line.start + begin))
    if moved.sure:
        return moved
    faint = line.energy < FAINT_ENERGY and line.motion >= FAINT_MOTION and moved.look >= FAINT_LOOK
    if faint or (moved.still and moved.look >= STILL_LOOK):
        there = cut.nearest(line.start + line.rate * piece.times[frames])
        same = float(np.max(unlike_share(shown, near.pictures(there, part)))) <= SAME_PICTURE
        return replace(moved, sure=same)
    return moved if moved.score > found.score else found


def _at(piece: Footage, footage: Sequence[Footage], number: int, start: float, rates: np.ndarray) -> Match:
    other = footage[number]
    line = best_line(piece, other, start, rates)
    if is_still(line):
        # Held drawings are alike for long, but the little that moves in them may tell where in them it is.
        line = best_line(piece, other, start, OWN_RATE, HELD_S)
    if is_still(line):
        line = _likest(piece, other, start, line.energy)
    return _judged(piece, other, number, line)


def _likest(piece: Footage, other: Footage, start: float, energy: float) -> Line:
    """The line of a still piece, at its own speed: where the pictures are most alike."""
    near = other.nearest(np.array([start - REACH_S, start + REACH_S]))
    starts = other.times[near[0] : near[1] + 1]
    shown = other.nearest(starts[:, None] + piece.times[None, :])
    looks = [look_of(piece.cells, other.cells[frames]) for frames in shown]
    # Held drawings are alike for long: the middle of those that are.
    best = np.flatnonzero(np.array(looks) >= max(looks) - SAME_LOOK)
    return Line(float(starts[best[len(best) // 2]]), 1.0, 0.0, energy)


def match_piece(
    piece: Footage, footage: Sequence[Footage], places: Sequence[Place], rates: np.ndarray = RATES
) -> list[Match]:
    """What lies at each of ``places``, the best match first; of the best one, everything is looked at."""
    likely = [one for one in places if one.likeness >= places[0].likeness - LESS_LIKELY]
    quick = [
        _judged(
            piece,
            footage[place.footage],
            place.footage,
            best_line(piece, footage[place.footage], place.start, QUICK_RATES),
        )
        for place in (likely if len(likely) > 1 else places[:2])
    ]
    ranked = sorted(quick, key=lambda one: -one.score)
    if not ranked:
        return []
    best = _at(piece, footage, ranked[0].footage, ranked[0].line.start, rates)
    if not best.sure:
        best = _closer(piece, footage[best.footage], best)
    return _apart([best, *ranked[1:]], float(piece.times[-1]) / 2)


def _apart(matches: list[Match], near: float) -> list[Match]:
    """The matches that don't lie within ``near`` seconds of a better one."""
    kept: list[Match] = []
    for match in matches:
        same = (one for one in kept if one.footage == match.footage)
        if all(abs(one.line.start - match.line.start) > near for one in same):
            kept.append(match)
    return kept
