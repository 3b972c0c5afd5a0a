"""Where clips lie in the masters: each cut into pieces, the pieces looked up and compared, and the places joined."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reelwright.align.footage import FLAT_DEVIATION, Footage
from reelwright.align.forked import each_forked
from reelwright.align.index import Index, Place
from reelwright.align.lines import FASTEST, centred, motion_of
from reelwright.align.match import Match, match_piece
from reelwright.align.picture import WHOLE, Window

PIECE_S = 5.0
"""Longest piece, in seconds: over it, half a percent of speed adds up to no more than a frame."""

PLACES = 4
"""Places at which a piece is compared: copies of a film have always been at the first of them."""

JOINED_FRAMES = 2.5
"""Frames by which pieces of one clip may lie off one line."""

SHIFTS = 4
"""Frames by which a line at the clip's own speed is shifted."""

SIMPLER = 1.3
"""Share of what the pieces' own lines leave unexplained up to which one line for all of them is preferred."""

SAME_SCORE = 0.02
"""Difference of scores that doesn't tell two places apart: the footage comes back there."""


@dataclass(frozen=True)
class Clip:
    """What is looked for."""

    name: str
    footage: tuple[Footage, ...]
    """Its frames, once for each way in which its picture may lie in them; the likeliest first, all of one length."""

    @property
    def frames(self) -> int:
        """How many frames it has."""
        return self.footage[0].frames


@dataclass(frozen=True)
class Spot:
    """A stretch of a master."""

    footage: int
    """Number of the footage in the index."""
    start_frame: int
    end_frame: int
    """Exclusive."""
    score: float
    """0 to 1; see ``match.Match``."""


@dataclass(frozen=True)
class Location:
    """Where a clip lies."""

    spot: Spot
    shown: np.ndarray
    """Frame of the master that each frame of the clip shows, int64."""
    rate: float
    """Seconds of the master a second of the clip."""
    share: float
    """Share of the clip's frames that were found there; the others are taken to lie between them."""
    still: bool
    """Nothing moves in it: the frames are alike, and which one is which can't be said."""
    margin: float
    """By how much the score exceeds that of the best other place."""
    others: tuple[Spot, ...]
    """Other places that show the same footage."""
    part: Window = WHOLE
    """The part of the master's picture that the clip shows."""


@dataclass(frozen=True)
class Missing:
    """A clip that lies nowhere."""

    reason: str
    """``blank``: no frame shows anything. ``unlike``: nothing is like it."""
    score: float = 0.0
    """That of the likest place."""


def pieces_of(footage: Footage, piece_s: float = PIECE_S) -> list[tuple[int, Footage]]:
    """Equal parts of at most ``piece_s`` seconds, each with the number of its first frame."""
    length = float(footage.times[-1]) + footage.step_s if footage.frames else 0.0
    count = max(1, math.ceil(length / piece_s - 1e-6))
    edges = np.linspace(0, footage.frames, count + 1).round().astype(np.int64).tolist()
    return [(first, footage.part(first, end)) for first, end in itertools.pairwise(edges) if end > first]


@dataclass(frozen=True)
class _Found:
    """A piece of a clip and what was found of it."""

    first: int
    piece: Footage
    offset: float
    """Second of the clip at which it begins."""
    matches: list[Match]

    @property
    def best(self) -> Match | None:
        return self.matches[0] if self.matches else None

    def begins(self, match: Match) -> float:
        """Second of the master at which the clip would begin by this piece."""
        return match.line.start - match.line.rate * self.offset

    def middle(self) -> tuple[float, float]:
        """Second of the clip and of the master in the piece's middle."""
        assert self.best is not None
        half = float(self.piece.times[-1]) / 2
        return self.offset + half, self.best.line.start + self.best.line.rate * half


def locate(clips: Sequence[Clip], index: Index, processes: int = 1) -> list[Location | Missing]:
    """Where each clip lies in the footage of ``index``, compared in up to ``processes`` processes."""
    found: list[Location | Missing] = [Missing("blank") for _ in clips]
    for turn in range(max((len(clip.footage) for clip in clips), default=0)):
        todo = [
            number
            for number, clip in enumerate(clips)
            if isinstance(found[number], Missing) and turn < len(clip.footage) and clip.frames
        ]
        for number, one in zip(
            todo, _turn([clips[number].footage[turn] for number in todo], index, processes), strict=True
        ):
            earlier = found[number]
            assert isinstance(earlier, Missing)
            if isinstance(one, Location) or turn == 0 or one.score > earlier.score:
                found[number] = one
    return found


def _turn(clips: Sequence[Footage], index: Index, processes: int) -> list[Location | Missing]:
    """The same for clips whose picture lies in one way."""
    pieces = [pieces_of(clip) for clip in clips]
    places = iter(index.places([piece for parts in pieces for _, piece in parts], PLACES))
    work = [(clip, parts, [next(places) for _ in parts]) for clip, parts in zip(clips, pieces, strict=True)]
    return each_forked(lambda one: _one(*one, index), work, processes)


def _one(
    clip: Footage, parts: list[tuple[int, Footage]], places: list[list[Place]], index: Index
) -> Location | Missing:
    found = [
        _Found(first, piece, float(clip.times[first]), match_piece(piece, index.footage, near))
        for (first, piece), near in zip(parts, places, strict=True)
    ]
    return _joined(clip, found, index)


def _joined(clip: Footage, found: list[_Found], index: Index) -> Location | Missing:
    sure = [one for one in found if one.best is not None and one.best.sure]
    if not sure:
        best = max((one.best.score for one in found if one.best is not None), default=0.0)
        telling = (clip.cells.std(axis=1) >= FLAT_DEVIATION).any()
        return Missing("unlike", best) if telling else Missing("blank")
    number, start, rate = _common_line(sure, index)
    master = index.footage[number]
    near = JOINED_FRAMES * master.step_s
    on_line = [
        one
        for one in sure
        if one.best is not None
        and one.best.footage == number
        and abs(start + rate * one.middle()[0] - one.middle()[1]) <= near
    ]
    shown, rate = _frames_shown(clip, on_line, master, start, rate)
    matches = [one.best for one in on_line if one.best is not None]
    score = float(np.mean([one.score for one in matches]))
    spot = Spot(number, int(shown[0]), int(shown[-1]) + 1, round(score, 4))
    others, rival = _others(clip, on_line, index)
    return Location(
        spot,
        shown,
        rate,
        sum(one.piece.frames for one in on_line) / clip.frames,
        all(one.still for one in matches),
        score - rival,
        tuple(one for one in others if one.score >= score - SAME_SCORE),
        matches[0].part,
    )


def _unexplained(clip: Footage, on_line: list[_Found], master: Footage, shown: np.ndarray) -> float:
    """What of the pieces' motion is not that of the frames of the master that they are said to show: sum over pieces."""
    total = 0.0
    low = int(shown.min())
    part = master.cells[low : int(shown.max()) + 1].astype(np.float32)
    for one in on_line:
        moving = centred(one.piece.cells)
        frames = shown[one.first : one.first + one.piece.frames] - low
        motion = float(motion_of(moving, part, frames[None])[0])
        total += (1 - motion) * float(np.square(moving).sum())
    return total


def _frames_shown(
    clip: Footage, on_line: list[_Found], master: Footage, start: float, rate: float
) -> tuple[np.ndarray, float]:
    """The frame of the master that each frame of a clip shows, and the clip's rate: as simple as its motion allows.

    First one line at the clip's own speed, then the common line, and only then each piece's own.
    """
    own = master.nearest(start + rate * clip.times)
    for one in on_line:
        assert one.best is not None
        line = one.best.line
        own[one.first : one.first + one.piece.frames] = master.nearest(line.start + line.rate * one.piece.times)
    own = np.maximum.accumulate(own)
    if len(on_line) == 1:
        return own, rate
    middle = float(clip.times[-1]) / 2
    begin = int(master.nearest(np.array(start + (rate - 1) * middle)))
    simple = [
        master.nearest(float(master.times[frame]) + clip.times)
        for frame in range(max(0, begin - SHIFTS), min(master.frames, begin + SHIFTS + 1))
    ]
    left = [_unexplained(clip, on_line, master, shown) for shown in simple]
    enough = _unexplained(clip, on_line, master, own) * SIMPLER
    if min(left) <= enough:
        return simple[int(np.argmin(left))], 1.0
    common = master.nearest(start + rate * clip.times)
    return (common if _unexplained(clip, on_line, master, common) <= enough else own), rate


def _common_line(sure: list[_Found], index: Index) -> tuple[int, float, float]:
    """Footage, start and rate of the line on which most pieces lie."""
    lines = []
    for one in sure:
        assert one.best is not None
        lines.append((one.best.footage, one.begins(one.best), one.best.line.rate))
    for one, other in itertools.combinations(sure, 2):
        assert one.best is not None and other.best is not None
        (t1, m1), (t2, m2) = one.middle(), other.middle()
        rate = (m2 - m1) / (t2 - t1)
        if one.best.footage == other.best.footage and FASTEST[0] <= rate <= FASTEST[1]:
            lines.append((one.best.footage, m1 - rate * t1, rate))

    def support(line: tuple[int, float, float]) -> tuple[int, float]:
        number, start, rate = line
        errors = [
            abs(start + rate * one.middle()[0] - one.middle()[1]) / index.footage[number].step_s
            for one in sure
            if one.best is not None and one.best.footage == number
        ]
        near = [error for error in errors if error <= JOINED_FRAMES]
        return len(near), -sum(near)

    return max(lines, key=support)


def _others(clip: Footage, on_line: list[_Found], index: Index) -> tuple[list[Spot], float]:
    """Where else the same footage lies, by the clip's first piece that was found, and the score of the best other place."""
    first = on_line[0]
    spots = []
    for match in first.matches[1:]:
        master = index.footage[match.footage]
        begins = first.begins(match)
        ends = begins + match.line.rate * float(clip.times[-1])
        low, high = (int(frame) for frame in master.nearest(np.array([begins, ends])))
        spots.append((match.sure, Spot(match.footage, low, high + 1, round(match.score, 4))))
    rival = max((spot.score for _, spot in spots), default=0.0)
    return [spot for sure, spot in spots if sure], rival
