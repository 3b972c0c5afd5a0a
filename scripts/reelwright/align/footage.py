"""Footage as alignment sees it: cells of each frame with its time, and unit vectors for finding frames that look alike."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from reelwright.align.picture import (
    WHOLE,
    Luma,
    Window,
    cells_of,
    find_windows,
    resample,
)
from reelwright.scan.file import Scan
from reelwright.scan.measure import GRID_HEIGHT, GRID_WIDTH

STEP_S = 0.12
"""Seconds between the frames that are looked through for one: three at 25 frames a second."""

CORNER = (2, 3)
"""Rows and columns of cells in each corner that don't take part in looking for a frame: logos sit there."""

FLAT_DEVIATION = 3.0
"""Standard deviation of a frame's cells, in levels, below which it shows too little to be told from others."""


def _inner() -> np.ndarray:
    kept = np.ones((GRID_HEIGHT, GRID_WIDTH), bool)
    rows, columns = CORNER
    for top in (slice(None, rows), slice(-rows, None)):
        for side in (slice(None, columns), slice(-columns, None)):
            kept[top, side] = False
    return kept.ravel()


INNER = _inner()
"""The cells outside the corners."""


@dataclass(frozen=True)
class Footage:
    """A master or a clip."""

    name: str
    cells: np.ndarray
    """Luma of the picture in 16x9 cells, uint8 of shape (frames, 144)."""
    times: np.ndarray
    """Seconds from the first frame, rising, float64."""
    luma: Callable[[np.ndarray], np.ndarray] | None = None
    """Its frames' luma, for a closer look; without it its cells have to do."""
    window: Window = WHOLE
    """Where its picture lies in the frame."""
    first: int = 0
    """Frame, by the numbers that ``luma`` goes by, that is its first one."""

    @property
    def frames(self) -> int:
        """How many frames there are."""
        return len(self.times)

    @functools.cached_property
    def step_s(self) -> float:
        """Usual distance of two frames, in seconds: the mean of those near the median, since some containers round."""
        steps = np.diff(self.times)
        usual = float(np.median(steps)) if len(steps) else STEP_S
        return float(np.mean(steps[np.abs(steps - usual) < usual / 2])) if len(steps) else usual

    def nearest(self, times: np.ndarray) -> np.ndarray:
        """Number of the frame whose time is nearest to each of ``times``."""
        low, high = np.searchsorted(self.times, (np.min(times, initial=np.inf), np.max(times, initial=-np.inf)))
        near = self.times[max(0, low - 1) : high + 1]
        return np.asarray(np.searchsorted((near[1:] + near[:-1]) / 2, times) + max(0, low - 1))

    def part(self, start: int, end: int) -> Footage:
        """Frames ``start`` to ``end`` (exclusive), timed from the first of them."""
        times = self.times[start:end]
        return replace(self, cells=self.cells[start:end], times=times - times[0], first=self.first + start)

    def pictures(self, frames: np.ndarray, inset: Window = WHOLE, rows: int = 27, columns: int = 48) -> np.ndarray:
        """Luma of the window ``inset`` of the picture of each frame, float32 of shape (frames, rows, columns).

        Raises ValueError for footage without luma.
        """
        if self.luma is None:
            raise ValueError(f"{self.name} has no thumbs to look at")
        numbers, back = np.unique(np.asarray(frames) + self.first, return_inverse=True)
        return resample(self.luma(numbers), self.window.inset(inset), rows, columns)[back]


def footage_of(name: str, path: Path, time_base: Fraction, window: Window | None = None) -> Footage:
    """The footage of the scan at ``path``; its picture lies in ``window``, or where it most likely does."""
    scan = Scan(path)
    return _footage(name, path, scan, time_base, window or find_windows(scan)[0])


def footages_of(name: str, path: Path, time_base: Fraction) -> tuple[Footage, ...]:
    """The same for each window in which its picture may lie, the likeliest first."""
    scan = Scan(path)
    return tuple(_footage(name, path, scan, time_base, window) for window in find_windows(scan))


def _footage(name: str, path: Path, scan: Scan, time_base: Fraction, window: Window) -> Footage:
    stamps = scan["pts"]
    times = (stamps - stamps[0]) * float(time_base) if len(stamps) else np.empty(0)
    return Footage(name, cells_of(path, scan, window), times, Luma(path), window)


def unit_vectors(cells: np.ndarray) -> np.ndarray:
    """Frames as unit vectors of their inner cells, float32: the product of two is the correlation of their pictures.

    Flat frames become zero, so that nothing is like them.
    """
    inner = cells[:, INNER].astype(np.float32)
    inner -= inner.mean(axis=1, keepdims=True)
    length = np.linalg.norm(inner, axis=1, keepdims=True)
    inner /= np.maximum(length, 1.0)
    inner[length[:, 0] < FLAT_DEVIATION * np.sqrt(inner.shape[1])] = 0
    return inner
