"""What a frame shows, freed of how it was delivered: its luma, without black bars, in a few cells.

Everything comes from a scan's columns. The 16x9 luma grid of a frame is the mean of its measured pixels, and that of the
48x27 thumb is it too, so pictures between black bars are read from the thumbs and others from the grid, which is smaller.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from reelwright.scan.file import CHUNK, Scan
from reelwright.scan.measure import GRID_HEIGHT, GRID_WIDTH, HEIGHT, THUMB_HEIGHT, THUMB_WIDTH, WIDTH

CELLS = GRID_HEIGHT * GRID_WIDTH
"""Cells of a picture, row by row."""

LUMA_WEIGHTS = {"bt709": (0.2126, 0.7152, 0.0722), "bt601": (0.299, 0.587, 0.114)}
"""Shares of R, G, B in luma (ITU-R BT.709 and BT.601)."""

LIT_LUMA = 16.0
"""Mean luma above which a frame can tell bars from a dark picture."""

BAR_LUMA = 24.0
"""Largest luma in a bar, over all its pixels in all lit frames: black, with what compression makes of its edges."""

BAR_SHARE = 0.02
"""Share of lit frames that may have something in a bar (a flash, a wipe): the bars are those that all others have."""

BAR_FRAMES = 240
"""Frames, spread over a scan, in which bars are looked at."""

WEIGHED_FRAMES = 8
"""Frames, spread over a scan, by which its luma is recognised."""

SCALE = WIDTH // THUMB_WIDTH
"""Measured pixels a sample of the thumbs, either way."""

LEAST_BAR = 2
"""Measured pixels (of 240 x 135) from which on black at a border counts as a bar: one is often the scaler's edge."""


@dataclass(frozen=True)
class Window:
    """Where the picture lies in a frame: shares of its width and height that are left out at each side.

    Negative shares reach beyond the frame; what lies there repeats its border.
    """

    top: float = 0.0
    bottom: float = 0.0
    left: float = 0.0
    right: float = 0.0

    @property
    def whole(self) -> bool:
        """Whether the picture fills the frame."""
        return not any((self.top, self.bottom, self.left, self.right))

    def inset(self, other: Window) -> Window:
        """The window ``other`` of the picture in this one, as a window of the frame."""
        height, width = 1 - self.top - self.bottom, 1 - self.left - self.right
        return Window(
            self.top + height * other.top,
            self.bottom + height * other.bottom,
            self.left + width * other.left,
            self.right + width * other.right,
        )


WHOLE = Window()


def _confirmed(bar: int, dark: np.ndarray) -> int:
    """Measured pixels of a bar that is as wide as ``border`` says, as far as the thumbs are black there.

    ``dark`` says of each row or column of the thumbs, from the border inwards, whether it is black throughout.
    """
    if bar < LEAST_BAR:
        return 0
    inside = bar // SCALE
    black = int(np.argmin(np.append(dark, False)))
    return bar if black >= inside else black * SCALE


def find_windows(scan: Scan) -> list[Window]:
    """Where the picture of a scan may lie, the likeliest first; the whole frame alone where nothing speaks for bars.

    In a scene whose own sides are black, bars can't be told from the picture by its scan alone: then the bars that are
    alike on both sides, and no bars, are possible too.
    """
    lit = np.flatnonzero(scan["brightness"] >= LIT_LUMA)
    if len(lit) == 0:
        return [WHOLE]
    spared = int(len(lit) * BAR_SHARE)
    bars = np.sort(scan["border"][lit].astype(np.int64), axis=0)[spared].tolist()
    if max(bars) < LEAST_BAR:
        return [WHOLE]
    seen = lit[np.linspace(0, len(lit) - 1, min(len(lit), BAR_FRAMES)).astype(np.int64)]
    brightest = np.sort(frames_of(scan, seen).max(axis=3), axis=0)[len(seen) - 1 - int(len(seen) * BAR_SHARE)]
    rows, columns = brightest.max(axis=1) < BAR_LUMA, brightest.max(axis=0) < BAR_LUMA
    top, bottom = _confirmed(bars[0], rows), _confirmed(bars[1], rows[::-1])
    left, right = _confirmed(bars[2], columns), _confirmed(bars[3], columns[::-1])
    even = (min(top, bottom), min(top, bottom), min(left, right), min(left, right))
    found: list[Window] = []
    for one in ((top, bottom, left, right), even, (0, 0, 0, 0)):
        window = Window(one[0] / HEIGHT, one[1] / HEIGHT, one[2] / WIDTH, one[3] / WIDTH)
        if window not in found and sum(one[:2]) < HEIGHT // 2 and sum(one[2:]) < WIDTH // 2:
            found.append(window)
    return found


def frames_of(scan: Scan, frames: np.ndarray) -> np.ndarray:
    """RGB thumbs of the frames with the rising numbers ``frames``, uint8 of shape (frames, 27, 48, 3)."""
    parts = [np.empty((0, THUMB_HEIGHT, THUMB_WIDTH, 3), np.uint8)]
    for chunk in np.unique(frames // CHUNK).tolist():
        wanted = frames[frames // CHUNK == chunk]
        first = int(wanted[0])
        thumbs = scan.thumbs(first, int(wanted[-1]) + 1)
        parts.append(thumbs if len(thumbs) == len(wanted) else thumbs[wanted - first])
    return parts[1] if len(parts) == 2 else np.concatenate(parts)


def _luma_weights(scan: Scan) -> np.ndarray:
    """Shares of R, G, B in the luma that a scan measured: its thumbs don't say which matrix made them, its grid does."""
    lit = np.flatnonzero(scan["brightness"] >= LIT_LUMA)
    if len(lit) == 0:
        return np.array(LUMA_WEIGHTS["bt709"], np.float32)
    seen = np.unique(lit[np.linspace(0, len(lit) - 1, WEIGHED_FRAMES).astype(np.int64)])
    thumbs, grid = frames_of(scan, seen).astype(np.float32), scan["grid"][seen].astype(np.float32)
    down, across = THUMB_HEIGHT // GRID_HEIGHT, THUMB_WIDTH // GRID_WIDTH
    means = thumbs.reshape(-1, GRID_HEIGHT, down, GRID_WIDTH, across, 3).mean((2, 4)).reshape(len(seen), CELLS, 3)
    choices = [np.array(one, np.float32) for one in LUMA_WEIGHTS.values()]
    return min(choices, key=lambda one: float(np.abs(means @ one - grid).mean()))


class Luma:
    """The thumbs of a scan as the luma that it measured.

    The file is open only while it is read: there may be thousands of them, and processes forked since read it too.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._weights: np.ndarray | None = None

    def __call__(self, frames: np.ndarray) -> np.ndarray:
        """Luma of the frames with the rising numbers ``frames``, rounded, float32 of shape (frames, 27, 48)."""
        scan = Scan(self._path)
        if self._weights is None:
            self._weights = _luma_weights(scan).reshape(1, 3)
        thumbs = frames_of(scan, frames)
        luma = cv2.transform(thumbs.reshape(-1, THUMB_WIDTH, 3), self._weights)
        return np.asarray(luma).reshape(thumbs.shape[:3]).astype(np.float32)


def area_weights(samples: int, before: float, after: float, cells: int) -> np.ndarray:
    """Matrix (cells, samples) that averages a line of samples over equal cells of the part that is left.

    ``before`` and ``after`` are the shares left out at its ends; beyond the line its outer samples go on.
    """
    edges = np.linspace(before * samples, (1 - after) * samples, cells + 1)
    low, high = edges[:-1, None], edges[1:, None]
    position = np.arange(samples)[None, :]
    starts = np.where(position == 0, -np.inf, position)
    ends = np.where(position == samples - 1, np.inf, position + 1.0)
    covered = np.clip(np.minimum(high, ends) - np.maximum(low, starts), 0, None)
    return np.asarray(covered / (high - low), np.float32)


def resample(luma: np.ndarray, window: Window, rows: int, columns: int) -> np.ndarray:
    """The window of luma pictures, shape (frames, height, width), as means over ``rows`` x ``columns`` cells."""
    down = area_weights(luma.shape[1], window.top, window.bottom, rows)
    across = area_weights(luma.shape[2], window.left, window.right, columns)
    return np.asarray(np.matmul(np.matmul(down, luma), across.T))


def cells_of(path: Path, scan: Scan, window: Window) -> np.ndarray:
    """Luma of the picture in ``window`` of the scan at ``path`` in 16x9 cells, uint8 of shape (frames, 144)."""
    if window.whole:
        return scan["grid"]
    luma = Luma(path)
    parts = [np.empty((0, CELLS), np.uint8)]
    for first in range(0, scan.frames, CHUNK):
        pictures = luma(np.arange(first, min(first + CHUNK, scan.frames)))
        cells = resample(pictures, window, GRID_HEIGHT, GRID_WIDTH).reshape(len(pictures), CELLS)
        parts.append(np.clip(np.rint(cells), 0, 255).astype(np.uint8))
    return np.concatenate(parts)
