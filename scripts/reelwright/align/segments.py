"""Two masters side by side: which frame of the one is which of the other, where something was put in, left out, replaced.

The pieces of the first are looked up in the second. What most of them say gives the speed; at that speed each piece has an
offset, and a master that was cut otherwise has a few of them. Which offset holds where is decided over all pieces at once
(Viterbi), so that a still or a repeated drawing never does it alone; the frame at which one gives way to the next is the one
that leaves both sides most alike.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reelwright.align.footage import FLAT_DEVIATION, Footage
from reelwright.align.index import Index
from reelwright.align.lines import centred, motion_of
from reelwright.align.locate import PIECE_S, PLACES, pieces_of
from reelwright.align.match import STILL_ENERGY, SURE_MOTION, Match, look_of, match_piece

USUAL_RATES = (25 / 24, 24 / 25, 25025 / 24000, 24000 / 25025, 1.001, 1 / 1.001, 1.01, 1 / 1.01)
"""Speeds at which one master may play against the other: film and PAL, NTSC's thousandth, a percent."""

UNUSUAL = 1.5
"""How many times as many offsets, and one more, another speed must save to be taken: a few short cuts look like one."""

MOST_PIECES = 0.9
"""Share of the pieces whose offsets count: the others may be mistaken."""

NEXT_PIECES = 10
"""Pieces that follow a piece and with which it says what the speed is."""

FIRST_PIECES = 4
"""Of so many pieces one is looked up at first; the others only where they fit none of the offsets that this shows."""

SMALL_PIECE_S = 1.5
"""Seconds of the pieces by which is looked through what no piece of the usual length explains."""

LEAST_FRAMES = 12
"""Frames of a stretch without which it is not looked through again."""

CLOSE_FIT, EXACT_FIT = 0.5, 0.98
"""Fits between which it is tried whether a quarter of a frame makes a difference."""

EXACT_PIECES = 24
"""Pieces, those with most motion, by which an offset is made exact."""

EVEN_STEPS = 0.0005
"""Relative difference up to which the frames of two masters last equally long: 24 and 24000/1001 differ by 0.001."""

NOTHING = 0.6
"""How well a piece fits nowhere: less than any that is sure, more than unlike ones fit each other."""

SWITCH = 3.0
"""What another offset must gain, over all pieces for which it holds, to be taken: a motion of which a twentieth as much is
left unexplained (logarithms). A frame too early or late in motion leaves ten times as much."""

UNMATCHED = 2.3
"""The gain of a frame that fits nowhere: as much as one whose correlation is 0.9."""

ALIKE_FLOOR = 0.002
"""What is added to what is left of a correlation to 1: compression leaves as much."""

FLAT_LEVELS = 24.0
"""Difference of mean luma up to which two flat frames are alike."""


@dataclass(frozen=True)
class Segment:
    """A stretch of two masters that show the same footage, frame by frame."""

    a_start: int
    a_end: int
    """Exclusive."""
    b_start: int
    b_end: int
    """Exclusive."""
    offset_s: float
    """Second of the second master at which the first one's would begin."""


@dataclass(frozen=True)
class Alignment:
    """What of two masters is the same footage."""

    rate: float
    """Seconds of the second master a second of the first."""
    segments: tuple[Segment, ...]
    """In order, none overlapping in either master."""
    shown: np.ndarray
    """Frame of the second master that shows what each frame of the first does; -1 where none does. int64."""


def _offsets(sure: Sequence[tuple[float, Match]], rate: float, step_s: float) -> list[tuple[float, int]]:
    """The distinct offsets of pieces, in seconds, and how many have each, the most frequent first.

    ``sure`` are seconds of the first master, and their matches; half a frame apart is the same.
    """
    left = np.sort([match.line.start - rate * time for time, match in sure])
    near, found = step_s * 0.51, []
    while len(left):
        counts = np.searchsorted(left, left + near, side="right") - np.searchsorted(left, left - near)
        middle = float(np.median(left[np.abs(left - left[int(np.argmax(counts))]) <= near]))
        alike = np.abs(left - middle) <= near
        found.append((middle, int(alike.sum())))
        left = left[~alike]
    return found


def _speed(sure: Sequence[tuple[float, Match]], a_step_s: float, b_step_s: float) -> float:
    """The speed at which pieces have the fewest offsets.

    The masters' own speed, or frame for frame, unless another one makes far fewer.
    """

    def offsets(rate: float) -> int:
        counts = np.cumsum([count for _, count in _offsets(sure, rate, b_step_s)])
        return int(np.searchsorted(counts, MOST_PIECES * len(sure))) + 1

    slopes = [
        (after.line.start - before.line.start) / (later - time)
        for number, (time, before) in enumerate(sure)
        for later, after in sure[number + 1 : number + 1 + NEXT_PIECES]
    ]
    likeliest = min((1.0, b_step_s / a_step_s), key=offsets)
    for others in (USUAL_RATES, (float(np.median(slopes)),) if slopes else ()):
        best = min(others, key=offsets, default=likeliest)
        if offsets(likeliest) > UNUSUAL * offsets(best) + 1:
            likeliest = best
    return likeliest


def _motion_at(piece: Footage, b: Footage, start: float, rate: float) -> tuple[float, float]:
    """Correlation of a piece's motion with that at ``start``, and of its looks."""
    there = b.cells[b.nearest(start + rate * piece.times)]
    shown = np.arange(piece.frames)[None]
    motion = float(motion_of(centred(piece.cells), there.astype(np.float32), shown)[0])
    return motion, look_of(piece.cells, there)


def _energy(piece: Footage) -> float:
    return float(np.sqrt(np.mean(np.square(centred(piece.cells)))))


def _fit(piece: Footage, b: Footage, start: float, rate: float) -> float:
    """How well a piece fits at ``start`` or a quarter of a frame beside it."""
    faint = _energy(piece) < STILL_ENERGY
    best = -1.0
    for aside in (0.0, -0.25, 0.25):
        motion, look = _motion_at(piece, b, start + aside * b.step_s, rate)
        best = max(best, look if faint and motion < SURE_MOTION else min(motion, look))
        if aside == 0.0 and not CLOSE_FIT <= best <= EXACT_FIT:
            break
    return best


def _exact(pieces: Sequence[tuple[float, Footage]], b: Footage, offset: float, rate: float, even: bool) -> float:
    """An offset to the quarter of a frame, by what it leaves unexplained of the motion of ``pieces`` (seconds, footage).

    Where frames last equally long in both masters (``even``), whole frames are preferred.
    """
    moving = sorted(pieces, key=lambda one: -_energy(one[1]))[:EXACT_PIECES]

    def left(tried: float) -> float:
        return float(np.mean([1 - _motion_at(piece, b, tried + rate * time, rate)[0] for time, piece in moving]))

    tries = [offset + aside * b.step_s for aside in (0.0, -0.5, -0.25, 0.25, 0.5)]
    if even:
        whole = round(offset / b.step_s) * b.step_s
        tries = [whole, whole - b.step_s, whole + b.step_s]
    return min(tries, key=left)


def _gain(alike: np.ndarray) -> np.ndarray:
    """What correlations are worth: minus the logarithm of what they leave to 1, about 6 for the same, 0 for others."""
    return np.asarray(-np.log(np.clip(1 - alike, 0, 1) + ALIKE_FLOOR))


def _path(fits: np.ndarray) -> list[int]:
    """The offset of each piece, -1 for none, that fits best over all. ``fits``: (pieces, offsets), NaN for flat pieces."""
    pieces, offsets = fits.shape
    gain = _gain(np.column_stack([np.nan_to_num(fits, nan=NOTHING), np.full(pieces, NOTHING)]))
    total = gain[0].copy()
    back = np.zeros((pieces, offsets + 1), np.int64)
    for number in range(1, pieces):
        stay, switch = total, total.max() - SWITCH
        back[number] = np.where(stay >= switch, np.arange(offsets + 1), int(total.argmax()))
        total = np.maximum(stay, switch) + gain[number]
    path = [int(total.argmax())]
    for number in range(pieces - 1, 0, -1):
        path.append(int(back[number, path[-1]]))
    return [-1 if one == offsets else one for one in reversed(path)]


def _alikeness(a: Footage, b: Footage, frames: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """How alike frames of ``a`` are to frames of ``b``; see ``_gain``."""
    one, two = a.cells[frames].astype(np.float32), b.cells[shown].astype(np.float32)
    mean_one, mean_two = one.mean(axis=1), two.mean(axis=1)
    wide_one, wide_two = one.std(axis=1), two.std(axis=1)
    products = ((one - mean_one[:, None]) * (two - mean_two[:, None])).mean(axis=1)
    alike = products / np.maximum(wide_one * wide_two, 1.0)
    flat = (wide_one < FLAT_DEVIATION) & (wide_two < FLAT_DEVIATION)
    alike[flat] = np.where(np.abs(mean_one - mean_two)[flat] <= FLAT_LEVELS, 0.99, 0.0)
    return _gain(alike)


@dataclass(frozen=True)
class _Run:
    """Pieces that follow one another with one offset."""

    offset: int
    """-1 for none."""
    first: int
    """First frame of its first piece."""
    end: int
    """Frame after its last piece."""
    inner_end: int
    """Frame after its first piece that fits: the boundary before it lies no later."""
    inner_first: int
    """First frame of its last piece that fits: the boundary after it lies no earlier."""


def _runs(path: Sequence[int], fits: np.ndarray, edges: Sequence[tuple[int, int]]) -> list[_Run]:
    runs = []
    for offset, group in itertools.groupby(range(len(path)), key=lambda number: path[number]):
        numbers = list(group)
        fitting = [number for number in numbers if offset < 0 or fits[number, offset] >= SURE_MOTION] or numbers
        inner = (edges[fitting[0]][1], edges[fitting[-1]][0])
        runs.append(_Run(offset, edges[numbers[0]][0], edges[numbers[-1]][1], *inner))
    return runs


class _Boundaries:
    """Finds the frames at which one offset gives way to another."""

    def __init__(self, a: Footage, b: Footage, offsets: np.ndarray, rate: float) -> None:
        self.a, self.b, self.offsets, self.rate = a, b, offsets, rate

    def shown(self, offset: int, frames: np.ndarray) -> np.ndarray:
        """Frames of ``b`` that those of ``a`` show at an offset; -1 where ``b`` has begun not yet or ended."""
        times = self.offsets[offset] + self.rate * self.a.times[frames]
        half = self.b.step_s / 2
        inside = (times >= -half) & (times <= self.b.times[-1] + half)
        return np.where(inside, self.b.nearest(times), -1)

    def gains(self, offset: int, frames: np.ndarray) -> np.ndarray:
        if offset < 0:
            return np.full(len(frames), UNMATCHED)
        shown = self.shown(offset, frames)
        gains = np.zeros(len(frames))
        inside = shown >= 0
        gains[inside] = _alikeness(self.a, self.b, frames[inside], shown[inside])
        return gains

    def between(self, before: _Run, after: _Run) -> tuple[int, int]:
        """First frame that doesn't belong to ``before`` any more, and the first that belongs to ``after``."""
        frames = np.arange(before.inner_first, after.inner_end)
        left = np.concatenate([[0.0], np.cumsum(self.gains(before.offset, frames) - UNMATCHED)])
        right = np.concatenate([[0.0], np.cumsum(self.gains(after.offset, frames) - UNMATCHED)])
        least = 0
        if before.offset >= 0 and after.offset >= 0:
            back_s = float(self.offsets[before.offset] - self.offsets[after.offset])
            least = max(0, round(back_s / self.rate / self.a.step_s))
        # The best end of the left side for each start of the right one, at least ``least`` frames later.
        best_left = np.maximum.accumulate(left)
        starts = np.arange(min(least, len(frames)), len(frames) + 1)
        total = best_left[starts - min(least, len(frames))] + right[-1] - right[starts]
        start = int(starts[int(np.argmax(total))])
        end = int(np.argmax(left[: start - min(least, start) + 1]))
        return before.inner_first + end, before.inner_first + start


class _Pieces:
    """The pieces of one master, looked up in another one."""

    def __init__(self, a: Footage, b: Footage, piece_s: float) -> None:
        self.a, self.b = a, b
        self.parts = pieces_of(a, piece_s)
        self.times = [float(a.times[first]) for first, _ in self.parts]
        self.telling = [
            number for number, (_, piece) in enumerate(self.parts) if (piece.cells.std(axis=1) >= FLAT_DEVIATION).any()
        ]
        self.sure: dict[int, Match] = {}
        self._index = Index([b])

    def look_up(self, numbers: Sequence[int]) -> None:
        """Find pieces in the other master; what is sure goes to ``sure``."""
        places = self._index.places([self.parts[number][1] for number in numbers], PLACES)
        for number, near in zip(numbers, places, strict=True):
            found = match_piece(self.parts[number][1], [self.b], near)
            if found and found[0].sure:
                self.sure[number] = found[0]

    def fitted(self) -> tuple[float, np.ndarray, np.ndarray]:
        """The speed, the offsets, and how well each piece fits at each of them (NaN for flat pieces)."""
        known = [(self.times[number], self.sure[number]) for number in sorted(self.sure)]
        rate = _speed(known, self.a.step_s, self.b.step_s)
        offsets = np.array([offset for offset, _ in _offsets(known, rate, self.b.step_s)])
        fits = np.full((len(self.parts), len(offsets)), np.nan)
        for number in self.telling:
            starts = offsets + rate * self.times[number]
            fits[number] = [_fit(self.parts[number][1], self.b, float(start), rate) for start in starts]
        return rate, offsets, fits


def align(a: Footage, b: Footage) -> Alignment:
    """Which frames of ``b`` those of ``a`` show."""
    whole = _align(a, b, PIECE_S)
    segments = list(whole.segments)
    shown = whole.shown.copy()
    for a_start, a_end, b_start, b_end in unmatched(a, b, segments) if segments else []:
        # What is shorter than a piece, as the seconds before a longer title card, shows in smaller ones.
        if min(a_end - a_start, b_end - b_start) < LEAST_FRAMES:
            continue
        inner = _align(a.part(a_start, a_end), b.part(b_start, b_end), SMALL_PIECE_S)
        aside = float(b.times[b_start]) - inner.rate * float(a.times[a_start])
        for one in inner.segments:
            segments.append(
                Segment(
                    a_start + one.a_start,
                    a_start + one.a_end,
                    b_start + one.b_start,
                    b_start + one.b_end,
                    one.offset_s + aside,
                )
            )
            frames = np.arange(one.a_start, one.a_end)
            shown[a_start + frames] = b_start + inner.shown[frames]
    return Alignment(whole.rate, tuple(sorted(segments, key=lambda one: one.a_start)), shown)


def unmatched(a: Footage, b: Footage, segments: Sequence[Segment]) -> list[tuple[int, int, int, int]]:
    """What lies before, between and after segments, in both masters: first frame and end of each."""
    edges = [(0, 0), *((one.a_end, one.b_end) for one in segments)]
    starts = [*((one.a_start, one.b_start) for one in segments), (a.frames, b.frames)]
    return [(a_at, a_next, b_at, b_next) for (a_at, b_at), (a_next, b_next) in zip(edges, starts, strict=True)]


def _align(a: Footage, b: Footage, piece_s: float) -> Alignment:
    """The same in pieces of ``piece_s`` seconds."""
    pieces = _Pieces(a, b, piece_s)
    first = pieces.telling[::FIRST_PIECES]
    pieces.look_up(first)
    unfitted = pieces.telling
    if pieces.sure:
        rate, offsets, fits = pieces.fitted()
        unfitted = [number for number in pieces.telling if fits[number].max() < SURE_MOTION]
    pieces.look_up([number for number in unfitted if number not in first])
    if not pieces.sure:
        return Alignment(1.0, (), np.full(a.frames, -1, np.int64))
    if unfitted:
        rate, offsets, fits = pieces.fitted()
    path, even = _path(fits), abs(rate * a.step_s / b.step_s - 1) < EVEN_STEPS
    for number in set(path) - {-1}:
        there = [(pieces.times[one], pieces.parts[one][1]) for one in pieces.telling if path[one] == number]
        offsets[number] = _exact(there, b, float(offsets[number]), rate, even) if there else offsets[number]
    edges = [(start, start + piece.frames) for start, piece in pieces.parts]
    return _assembled(a, _runs(path, fits, edges), _Boundaries(a, b, offsets, rate))


def _fitting(gains: np.ndarray) -> list[tuple[int, int]]:
    """Stretches of frames that fit where they lie, by the gain of each: first and end (exclusive)."""
    smooth = np.convolve(
        np.pad(gains, LEAST_FRAMES // 2, mode="edge"), np.ones(LEAST_FRAMES + 1) / (LEAST_FRAMES + 1), "valid"
    )
    edges = np.flatnonzero(np.diff(np.concatenate([[0], (smooth >= UNMATCHED).astype(np.int8), [0]])))
    return [(first, end) for first, end in edges.reshape(-1, 2).tolist()]


def _assembled(a: Footage, runs: Sequence[_Run], boundaries: _Boundaries) -> Alignment:
    starts, ends = [run.first for run in runs], [run.end for run in runs]
    for number, (before, after) in enumerate(itertools.pairwise(runs)):
        ends[number], starts[number + 1] = boundaries.between(before, after)
    shown = np.full(a.frames, -1, np.int64)
    segments: list[Segment] = []
    reached = -1
    for run, start, end in zip(runs, starts, ends, strict=True):
        if run.offset < 0 or end <= start:
            continue
        whole = np.arange(start, end)
        for first, last in _fitting(boundaries.gains(run.offset, whole)):
            frames, there = whole[first:last], boundaries.shown(run.offset, whole[first:last])
            frames, there = frames[there > reached], there[there > reached]
            if len(frames) == 0:
                continue
            shown[frames] = there
            reached = int(there[-1])
            offset = float(boundaries.offsets[run.offset])
            segments.append(Segment(int(frames[0]), int(frames[-1]) + 1, int(there[0]), reached + 1, offset))
    return Alignment(boundaries.rate, tuple(segments), shown)
