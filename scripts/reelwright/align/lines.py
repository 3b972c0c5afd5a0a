"""Where a piece of footage lies on another, to the frame: its motion decides, since held drawings look alike for long.

A line says at which time of the other footage each frame of a piece is shown: at ``start + rate * time``. The piece's cells,
less their mean over the piece, are what moves. Their correlation with those of the frames on the line is near 1 where the
piece is a copy, whatever its contrast and whatever is put over it without moving; it falls within a frame or two of the
right line, and stays low for other footage of the same set.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from reelwright.align.footage import Footage

RATES = np.round(np.arange(0.950, 1.0501, 0.005), 3)
"""Speeds that are tried: between 24 and 25 frames a second (0.96, 1.042), a percent faster or slower, and what lies between."""

TURN = 0.0025
"""Difference of speeds at which lines between those are tried."""

FASTEST = (0.94, 1.06)
"""Speeds beyond which no line is looked for."""

REACH_S = 0.4
"""Seconds by which a line may begin earlier or later than where it is looked for: coarse steps and another speed."""

EXACT_LINES = 24
"""Lines that are compared exactly, after all have been compared roughly."""

SAME_MOTION = (1.05, 0.0002)
"""Of what a line leaves unexplained (one minus its correlation), the share, and the amount besides, up to which a simpler line
is as good: compression makes as much, a frame too early or too late in motion far more."""


def as_good(motion: np.ndarray | float, best: float) -> np.ndarray:
    """Whether lines are as good as the one whose correlation is ``best``."""
    share, more = SAME_MOTION
    return np.asarray(1 - np.asarray(motion) <= (1 - best) * share + more)


@dataclass(frozen=True)
class Line:
    """Where a piece lies on other footage."""

    start: float
    """Second of the other footage at which the piece's time 0 is shown."""
    rate: float
    """Seconds of the other footage a second of the piece."""
    motion: float
    """Correlation of what moves, -1 to 1; 0 where nothing does."""
    energy: float
    """Root mean square of what moves in the piece, in levels."""


def centred(cells: np.ndarray) -> np.ndarray:
    """Cells less their mean over the frames, float32."""
    values = cells.astype(np.float32)
    return np.asarray(values - values.mean(axis=0))


def _shown(other: Footage, starts: np.ndarray, rates: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Frames of ``other`` on the lines with ``starts`` and ``rates``: shape (lines, times)."""
    return other.nearest(starts[:, None] + rates[:, None] * times[None, :])


def _likely(moving: np.ndarray, part: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """About the motion correlation of each line: that of ``part`` is taken over all frames between a line's ends."""
    # OpenCV's product: for matrices so small, waking the threads of NumPy's costs more than it gives.
    nothing: Any = None
    products = np.asarray(cv2.gemm(moving, part, 1.0, nothing, 0.0, flags=cv2.GEMM_2_T))
    covered = products.ravel()[shown + np.arange(len(moving)) * len(part)].sum(axis=1)
    sums = np.concatenate([np.zeros((1, part.shape[1]), np.float32), np.cumsum(part, axis=0)])
    squares = np.concatenate([[0.0], np.cumsum(np.einsum("ij,ij->i", part, part))])
    ends, lines = np.unique(shown[:, 0] * len(part) + shown[:, -1], return_inverse=True)
    first, last = ends // len(part), ends % len(part) + 1
    mean = (sums[last] - sums[first]) / (last - first)[:, None]
    spread = (squares[last] - squares[first]) / (last - first) - np.einsum("ij,ij->i", mean, mean)
    return np.asarray(covered / np.sqrt(np.maximum(spread, 1e-3))[lines])


def motion_of(moving: np.ndarray, part: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """The motion correlation of each line: ``moving`` are centred cells, ``shown`` (lines, frames) the frames of ``part``."""
    there = part[shown]
    there -= there.mean(axis=1, keepdims=True)
    own, theirs = np.einsum("ij,ij->", moving, moving), np.einsum("lij,lij->l", there, there)
    return np.asarray(np.einsum("ij,lij->l", moving, there) / np.sqrt(np.maximum(own * theirs, 1.0)))


def best_line(
    piece: Footage, other: Footage, start: float, rates: np.ndarray = RATES, reach_s: float = REACH_S
) -> Line:
    """The best of the lines that begin within ``reach_s`` of ``start``: at each rate, starts half a frame apart.

    Lines between these are tried around the best one, until none is better.
    """
    moving = centred(piece.cells)
    half = other.step_s / 2
    steps = round(reach_s / half)
    # Whole frames and halves: a line a little off them would fall now on one frame, now on its neighbour.
    grid = other.times[other.nearest(np.array(start))] + np.arange(-steps, steps + 1) * half
    starts, speeds = (one.ravel() for one in np.meshgrid(grid, rates))
    shown = _shown(other, starts, speeds, piece.times)
    low = int(shown[:, 0].min())
    part = other.cells[low : int(shown[:, -1].max()) + 1].astype(np.float32)
    likely = np.argsort(-_likely(moving, part, shown - low))[:EXACT_LINES]
    likely = np.union1d(likely, np.flatnonzero(speeds == 1))
    motion = motion_of(moving, part, shown[likely] - low)
    # Of lines that are as good as the best, one at the piece's own speed, and from a frame on, not between two.
    near = np.flatnonzero(as_good(motion, float(motion.max())))
    between = (likely[near] % len(grid) + steps) % 2
    best = int(near[np.lexsort((-motion[near], between, np.abs(speeds[likely[near]] - 1)))[0]])
    line = Line(float(starts[likely[best]]), float(speeds[likely[best]]), float(motion[best]), _energy(moving))
    return line if len(rates) < len(RATES) else _climbed(piece, other, moving, line)


def _energy(moving: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(moving))))


def _climbed(piece: Footage, other: Footage, moving: np.ndarray, line: Line) -> Line:
    """The best line that ever better neighbours lead to from ``line``: turned about its middle, and shifted."""
    half, middle = other.step_s / 2, float(piece.times[-1]) / 2
    turns, shifts = (one.ravel() for one in np.meshgrid(np.arange(-2, 3) * TURN, np.arange(-1, 2) * half))
    while True:
        speeds = line.rate + turns
        starts = line.start + shifts - turns * middle
        shown = _shown(other, starts, speeds, piece.times)
        low = int(shown[:, 0].min())
        part = other.cells[low : int(shown[:, -1].max()) + 1].astype(np.float32)
        motion = motion_of(moving, part, shown - low)
        best = int(np.argmax(motion))
        if as_good(line.motion, float(motion[best])) or not FASTEST[0] <= speeds[best] <= FASTEST[1]:
            return line
        line = Line(float(starts[best]), float(speeds[best]), float(motion[best]), line.energy)
