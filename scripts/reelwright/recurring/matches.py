"""Two stretches that show the same footage: a seed, extended both ways for as long as the pictures are the same.

The extension is that of BLAST (Altschul et al. 1990): each frame scores by how alike it is, the sum is followed until it has
dropped too far below its best, and the stretch ends where it was best. Blank frames score nothing, so none ends on one. Then
what moves is compared shot by shot, and thumbs frame by frame: cells alone take two drawings of one set for the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from reelwright.align.compare import unlike_share
from reelwright.align.footage import FLAT_DEVIATION, INNER, STEP_S, Footage
from reelwright.align.lines import FASTEST, best_line, centred, motion_of
from reelwright.align.match import FAINT_ENERGY, FAINT_MOTION, STILL_ENERGY, SURE_MOTION
from reelwright.align.segments import EVEN_STEPS
from reelwright.recurring.sampled import Sampled, Seeds, find_seeds

Look = Callable[[np.ndarray], np.ndarray]
"""Luma of the picture of frames, float32 of shape (frames, 27, 48)."""

SAME_CELLS = 0.95
"""Correlation of cells at which a frame scores nothing; copies have 0.98 and more, also small and hard ones."""

WORST, BEST = -1.0, 1.0
"""Least and most that a frame scores, as a share of its own length."""

DROP_S = 0.6
"""Seconds of wholly unlike frames over which an extension ends: flashes and single bad frames are shorter."""

REACH_S = 20.0
"""Seconds by which an extension goes on at a time."""

LIKELY_MOTION = 0.5
"""Correlation of what moves, by samples, below which a seed isn't looked at any further."""

MOST_TRIES = 60
"""Seeds of two masters that are looked at closely, the likeliest first, besides those that lie in what was found."""

MOST_OWN_TRIES = 600
"""The same within one master, where the nearest come first."""

EXACT_S = 5.0
"""About the length of the part by which a line is made exact: more moves in it than around a seed."""

SEED_BATCH = 500
"""Seeds that are compared at a time: 20 MB of cells each side."""

NEAR_STEPS = 4
"""Steps around a seed that was looked at in which no other one is: a line is looked for so far aside (0.4 s)."""

SAME_PICTURE = 0.06
"""Largest share of a picture that differs in the same footage: a logo (0.025), or a line of lettering over it."""

UNLIKE = -3.0
"""What a frame that shows something else scores, where the same picture scores 1: a quarter of a stretch at most differs."""

CUT = 0.6
"""Correlation of a frame's cells with those of the one before, below which it begins another shot."""

PIECE_S = 2.5
"""Longest piece of a shot whose motion is compared at a time."""

EVIDENCE_CUTS = 3
"""Cuts at the same frames that say as much as motion does: held drawings in one rhythm."""


@dataclass(frozen=True)
class Match:
    """The same footage in two places."""

    a: int
    """Number of a master."""
    b: int
    """Number of a master that is not before ``a``; where it is the same, this place is the later one."""
    a_start: int
    a_end: int
    """Exclusive, as all ends."""
    b_start: int
    b_end: int
    offset_s: float
    """Second of ``b`` at which second 0 of ``a`` would be shown."""
    rate: float
    """Seconds of ``b`` a second of ``a``."""
    alike: int
    """Frames of ``a`` in it whose pictures are the same in ``b``, blank ones among them."""


@dataclass(frozen=True)
class Line:
    """At ``offset + rate * time`` of one master lies what is at ``time`` of another."""

    offset: float
    rate: float

    def shown(self, a: Footage, b: Footage, frames: np.ndarray) -> np.ndarray:
        """The frame of ``b`` that each frame of ``a`` shows; -1 where ``b`` has begun not yet or ended."""
        times = self.offset + self.rate * a.times[frames]
        half = b.step_s / 2
        inside = (times >= -half) & (times <= b.times[-1] + half)
        return np.where(inside, b.nearest(times), -1)


def rates_between(a: Footage, b: Footage) -> tuple[float, ...]:
    """Speeds at which ``b`` may show what ``a`` does: as it is, and frame for frame where their frame rates differ a little."""
    frame_for_frame = b.step_s / a.step_s
    near = FASTEST[0] <= frame_for_frame <= FASTEST[1] and abs(frame_for_frame - 1) > EVEN_STEPS
    return (1.0, frame_for_frame) if near else (1.0,)


def _flat(cells: np.ndarray) -> np.ndarray:
    return np.asarray(cells[:, INNER].std(axis=1) < FLAT_DEVIATION)


def _correlation(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Correlation of the inner cells of each pair of frames; 0 where one of them is flat."""
    a, b = one[:, INNER].astype(np.float32), other[:, INNER].astype(np.float32)
    a, b = a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True)
    wide_a, wide_b = np.sqrt(np.mean(a * a, axis=1)), np.sqrt(np.mean(b * b, axis=1))
    products = (a * b).mean(axis=1) / np.maximum(wide_a * wide_b, 1.0)
    return np.where((wide_a < FLAT_DEVIATION) | (wide_b < FLAT_DEVIATION), 0.0, products)


def _scores(a: Footage, b: Footage, frames: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """What frames of ``a`` score beside those of ``b`` (-1: none): ``WORST`` to ``BEST``, and 0 for two blank ones."""
    scores = np.full(len(frames), WORST)
    there = shown >= 0
    one, two = a.cells[frames[there]], b.cells[shown[there]]
    alike = (_correlation(one, two) - SAME_CELLS) / (1 - SAME_CELLS)
    scores[there] = np.where(_flat(one) & _flat(two), 0.0, np.clip(alike, WORST, BEST))
    return scores


def _reach(a: Footage, b: Footage, line: Line, start: int, way: int) -> int:
    """How many frames of ``a``, from ``start`` on (``way`` 1) or before it (-1), ``b`` shows too."""
    drop, batch = DROP_S / a.step_s, max(1, round(REACH_S / a.step_s))
    total, best, reached, done = 0.0, 0.0, 0, 0
    while True:
        numbers = start + np.arange(done, done + batch) if way > 0 else start - 1 - np.arange(done, done + batch)
        numbers = numbers[(numbers >= 0) & (numbers < a.frames)]
        if len(numbers) == 0:
            return reached
        sums = total + np.cumsum(_scores(a, b, numbers, line.shown(a, b, numbers)))
        peaks = np.maximum(np.maximum.accumulate(sums), best)
        over = np.flatnonzero(sums < peaks - drop)
        sums = sums[: over[0]] if len(over) else sums
        if len(sums) and sums.max() > best:
            best, reached = float(sums.max()), done + int(sums.argmax()) + 1
        if len(over) or len(numbers) < batch:
            return reached
        total, done = float(sums[-1]), done + batch


def _shots(cells: np.ndarray, longest: int) -> list[tuple[int, int]]:
    """Parts of shots of at most ``longest`` frames: held drawings differ at every cut, which is no motion."""
    cuts = np.flatnonzero(_correlation(cells[:-1], cells[1:]) < CUT) + 1 if len(cells) > 1 else np.empty(0, int)
    parts: list[tuple[int, int]] = []
    for first, end in pairwise([0, *cuts.tolist(), len(cells)]):
        count = max(1, -(-(end - first) // longest))
        parts.extend(pairwise(np.linspace(first, end, count + 1).round().astype(int).tolist()))
    return [(first, end) for first, end in parts if end > first]


def _best_part(scores: np.ndarray) -> tuple[int, int]:
    """First and end of the part with the largest sum; it begins and ends with what scores."""
    sums = np.concatenate([[0.0], np.cumsum(scores)])
    lowest = np.minimum.accumulate(sums)
    end = int(np.argmax(sums - lowest))
    start = int(np.flatnonzero(sums[: end + 1] == lowest[end])[-1])
    return start, end


def _judge(
    a: Footage, b: Footage, frames: np.ndarray, shown: np.ndarray, looks: tuple[Look, Look]
) -> tuple[np.ndarray, ...]:
    """Of frames of ``a`` and those of ``b`` that lie there: what each scores, and whether it moves as the other does."""
    one, two = a.cells[frames], b.cells[shown]
    blank = _flat(one) & _flat(two)
    same = unlike_share(looks[0](frames), looks[1](shown)) <= SAME_PICTURE
    scores, moves = np.where(blank, 0.0, np.where(same, 1.0, UNLIKE)), np.zeros(len(frames), bool)
    for first, end in _shots(one, max(2, round(PIECE_S / a.step_s))):
        moving = centred(one[first:end])
        energy = float(np.sqrt(np.mean(np.square(moving))))
        motion = float(motion_of(moving, two[first:end].astype(np.float32), np.arange(end - first)[None])[0])
        if motion >= (FAINT_MOTION if STILL_ENERGY <= energy < FAINT_ENERGY else SURE_MOTION):
            moves[first:end] = True
        elif energy >= STILL_ENERGY:
            scores[first:end] = np.minimum(scores[first:end], UNLIKE)
    return scores, moves


class Pair:
    """Two masters, or one with itself, while what both show is looked for."""

    def __init__(self, a: Sampled, b: Sampled, looks: tuple[Look, Look], shortest_s: float) -> None:
        self.a, self.b, self.looks, self.shortest_s = a, b, looks, shortest_s

    def seeds(self) -> Seeds:
        """Seeds whose motion is alike too, by samples, the likeliest first.

        Within one master the nearest repeat comes first: what repeats itself at once is a loop, and so is all within it.
        """
        seeds = find_seeds(self.a, self.b)
        steps = np.arange(self.a.span + 1)
        motion = np.empty(len(seeds))
        for first in range(0, len(seeds), SEED_BATCH):
            part = slice(first, first + SEED_BATCH)
            own = self.a.cells[seeds.a_steps[part, None] + steps].astype(np.float32)
            there = self.b.cells[np.minimum(seeds.b_steps[part, None] + steps, len(self.b.cells) - 1)].astype(
                np.float32
            )
            own -= own.mean(axis=1, keepdims=True)
            there -= there.mean(axis=1, keepdims=True)
            energy = np.einsum("lij,lij->l", own, own) * np.einsum("lij,lij->l", there, there)
            motion[part] = np.einsum("lij,lij->l", own, there) / np.sqrt(np.maximum(energy, 1.0))
        likely = seeds.of(motion >= LIKELY_MOTION)
        return likely.of(np.argsort(likely.b_steps - likely.a_steps, kind="stable")) if self.a is self.b else likely

    def lines(self, a_step: int, b_step: int) -> list[Line]:
        """The lines through a seed, to the frame, on which what moves is the same: one at each speed."""
        a, b = self.a.footage, self.b.footage
        piece = a.part(int(self.a.frames[a_step]), int(self.a.frames[a_step + self.a.span]) + 1)
        lines = []
        for rate in rates_between(a, b):
            found = best_line(piece, b, self.b.seconds(b_step), np.array([rate]))
            if found.motion >= FAINT_MOTION:
                lines.append(Line(found.start - rate * self.a.seconds(a_step), rate))
        return lines

    def extended(self, a_step: int, line: Line) -> tuple[int, int]:
        """First frame and end, in ``a``, of what lies alike on a line around a seed."""
        a, b = self.a.footage, self.b.footage
        middle = int(self.a.frames[a_step + self.a.link])
        return middle - _reach(a, b, line, middle, -1), middle + _reach(a, b, line, middle, 1)

    def exact(self, line: Line, start: int, end: int) -> Line:
        """A line made exact by the part of the frames ``start`` to ``end`` of ``a`` in which most moves."""
        a, b = self.a.footage, self.b.footage
        count = max(1, round((end - start) * a.step_s / EXACT_S))
        edges = np.linspace(start, end, count + 1).round().astype(int).tolist()
        first, last = max(pairwise(edges), key=lambda one: float(a.cells[one[0] : one[1]].var(axis=0).mean()))
        if last - first < 2:
            return line
        time = float(a.times[first])
        found = best_line(a.part(first, last), b, line.offset + line.rate * time, np.array([line.rate]))
        return Line(found.start - line.rate * time, line.rate)

    def match(self, numbers: tuple[int, int], line: Line, start: int, end: int) -> Match | None:
        """What of the frames ``start`` to ``end`` of ``a`` is surely the same footage; None where too little is."""
        a, b = self.a.footage, self.b.footage
        if (end - start) * a.step_s < self.shortest_s - a.step_s / 2:
            return None
        frames = np.arange(start, end)
        shown = line.shown(a, b, frames)
        frames, shown = frames[shown >= 0], shown[shown >= 0]
        scores, moves = _judge(a, b, frames, shown, self.looks)
        first, last = _best_part(scores)
        frames, shown, scores, moves = (one[first:last] for one in (frames, shown, scores, moves))
        if len(frames) * a.step_s < self.shortest_s - a.step_s / 2:
            return None
        cuts = np.count_nonzero(_correlation(a.cells[frames[:-1]], a.cells[frames[1:]]) < CUT)
        if moves.sum() * a.step_s < self.shortest_s / 2 and cuts < EVIDENCE_CUTS:
            return None
        ends = int(frames[0]), int(frames[-1]) + 1, int(shown[0]), int(shown[-1]) + 1
        return Match(*numbers, *ends, line.offset, line.rate, int((scores >= 0).sum()))


class _Search:
    """The seeds of a pair that are left, while what is found makes others needless."""

    def __init__(self, pair: Pair) -> None:
        self._seeds, self._pair = pair.seeds(), pair
        self._a_s = pair.a.footage.times[pair.a.frames[self._seeds.a_steps]] if len(self._seeds) else np.empty(0)
        self._b_s = pair.b.footage.times[pair.b.frames[self._seeds.b_steps]] if len(self._seeds) else np.empty(0)
        self._left = np.ones(len(self._seeds), bool)

    def take(self) -> tuple[int, int] | None:
        """The steps of the next seed; those right beside it are done with too."""
        left = np.flatnonzero(self._left)
        if len(left) == 0:
            return None
        a_step, b_step = int(self._seeds.a_steps[left[0]]), int(self._seeds.b_steps[left[0]])
        aside = np.abs((self._seeds.b_steps - b_step) - (self._seeds.a_steps - a_step))
        self._left &= (np.abs(self._seeds.a_steps - a_step) > self._pair.a.link) | (aside > NEAR_STEPS)
        return a_step, b_step

    def done(self, first_s: float, end_s: float, line: Line) -> None:
        """What lies on a line, between two seconds of ``a``, is known."""
        aside = np.abs(line.offset + line.rate * self._a_s - self._b_s)
        self._left &= (self._a_s < first_s) | (self._a_s > end_s) | (aside > NEAR_STEPS * STEP_S)

    def looped(self, first_s: float, end_s: float) -> None:
        """All that a master shows between two seconds is one loop, or held."""
        self._left &= (self._a_s < first_s) | (self._b_s > end_s)


def find_matches(
    pair: Pair, numbers: tuple[int, int], implied: Callable[[float, float], bool] = lambda a_s, b_s: False
) -> list[Match]:
    """What two masters (``numbers``) have in common, the likeliest first; ``implied``: what is known of two seconds already.

    In one and the same master, footage that touches its own repeat is one stretch (a loop, a held drawing), no recurrence.
    """
    a, found, search, tries = pair.a.footage, list[Match](), _Search(pair), 0
    itself = numbers[0] == numbers[1]
    while tries < (MOST_OWN_TRIES if itself else MOST_TRIES) and (seed := search.take()) is not None:
        if implied(pair.a.seconds(seed[0]), pair.b.seconds(seed[1])):
            continue
        tries += 1
        candidates = [(line, *pair.extended(seed[0], line)) for line in pair.lines(*seed)]
        line, start, end = max(candidates, key=lambda one: one[2] - one[1], default=(None, 0, 0))
        if line is None or end <= start:
            continue
        line = pair.exact(line, start, end)
        start, end = pair.extended(seed[0], line)
        if end <= start:
            continue
        first_s, end_s = float(a.times[start]), float(a.times[end - 1])
        if itself and line.offset + first_s <= end_s + DROP_S:
            search.looped(first_s, line.offset + end_s)
            continue
        search.done(first_s, end_s, line)
        match = pair.match(numbers, line, start, end)
        if match is not None and not _overlaps(match, found):
            found.append(match)
    return found


def _overlaps(match: Match, found: list[Match]) -> bool:
    """Whether a match overlaps an earlier one at both places: a loop, or a slow move, lies on several lines."""
    return any(
        min(match.a_end, one.a_end) > max(match.a_start, one.a_start)
        and min(match.b_end, one.b_end) > max(match.b_start, one.b_start)
        for one in found
    )
