"""The picture of a clip: what lies within its black bars, upright, as the scan's thumbs show it."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass, replace

import cv2
import numpy as np

from reelwright.scan.measure import HEIGHT, THUMB_HEIGHT, THUMB_WIDTH, WIDTH
from reelwright.spec.quality import Quality

LEAST_BAR = 2
"""Measured rows or columns below which a dark edge is no bar: one can be blanking, or a drawing's own edge."""

UNEVEN = 2
"""Measured rows or columns by which two opposite bars may differ: one is lost to sampling, one to a master's own offset."""

BAR_LEVEL = 12.0
"""Luma up to which a bar is black: grain, compression and lifted blacks add some levels to 0, a night sky has more."""

LIT_RIM = 0.6
"""Least share of the rows and columns right behind bars, over a clip, that is lit: less is no picture's edge."""

STEP_Y, STEP_X = HEIGHT // THUMB_HEIGHT, WIDTH // THUMB_WIDTH
"""Measured rows and columns in a row and column of a thumb."""


@dataclass(frozen=True)
class Bars:
    """Black bars at a stored picture's edges, in measured rows and columns (of 135 and 240)."""

    top: int = 0
    bottom: int = 0
    left: int = 0
    right: int = 0

    @property
    def letterbox(self) -> bool:
        """Whether there are bars above and below."""
        return self.top > 0

    @property
    def pillarbox(self) -> bool:
        """Whether there are bars at both sides."""
        return self.left > 0

    def turned(self, turns: int) -> Bars:
        """The bars of the picture turned counterclockwise by quarter ``turns``, each side in its own measure still."""
        top, bottom, left, right = astuple(self)
        sides = [top, left, bottom, right]  # counterclockwise from the top: each goes to where the next one was
        for _ in range(turns % 4):
            sides = [sides[-1], *sides[:-1]]
        return Bars(sides[0], sides[2], sides[1], sides[3])


def dark_edges(border: np.ndarray) -> Bars:
    """Rows and columns at the edges that are dark in every frame of a clip (``border``: the scan's column).

    All of them where the clip is black.
    """
    lit = (border[:, 0] < HEIGHT) & (border[:, 2] < WIDTH)
    return Bars(*border[lit].min(axis=0).astype(int).tolist()) if lit.any() else Bars(HEIGHT, HEIGHT, WIDTH, WIDTH)


def _is_pair(one: int, other: int, luma: np.ndarray, step: int, settings: Quality) -> bool:
    """Whether the edges ``one`` and ``other`` (measured rows, ``step`` in a thumb's) are bars above and below a picture.

    ``luma`` of shape (frames, rows, columns). Bars are alike and black through and through, and the picture begins right
    behind them. An edge of the picture that happens to be dark, or the empty rim of rolling credits, lacks one or the other.
    """
    rows = luma.shape[1]
    least = max(LEAST_BAR, math.ceil(settings.bar_share * rows * step))
    first, last = math.ceil(one / step), rows - 1 - math.ceil(other / step)
    if min(one, other) < least or abs(one - other) > UNEVEN or first >= last:
        return False
    bars = np.concatenate([luma[:, : one // step], luma[:, rows - other // step :]], axis=1)
    black = bars.size == 0 or float(np.mean(bars <= BAR_LEVEL)) >= settings.plain_area
    behind = [float(np.mean(luma[:, row] > settings.black_level)) for row in (first, last)]
    return black and min(behind) >= LIT_RIM


def find_bars(edges: Bars, luma: np.ndarray, settings: Quality) -> Bars:
    """Which of the dark ``edges`` of a clip are surely bars; ``luma`` of shape (frames, 27, 48)."""
    found = Bars()
    if _is_pair(edges.left, edges.right, luma.transpose(0, 2, 1), STEP_X, settings):
        found = replace(found, left=edges.left, right=edges.right)
        luma = luma[:, :, -(-edges.left // STEP_X) : THUMB_WIDTH - -(-edges.right // STEP_X)]
    if _is_pair(edges.top, edges.bottom, luma, STEP_Y, settings):
        found = replace(found, top=edges.top, bottom=edges.bottom)
    return found


def with_shared(found: Bars, edges: Bars, shared: Bars) -> Bars:
    """The bars of a clip of an episode that has ``shared`` ones: a scene too dark to tell has those, where they fit."""
    if not found.letterbox and edges.top >= shared.top and edges.bottom >= shared.bottom:
        found = replace(found, top=shared.top, bottom=shared.bottom)
    if not found.pillarbox and edges.left >= shared.left and edges.right >= shared.right:
        found = replace(found, left=shared.left, right=shared.right)
    return found


def luma_of(thumbs: np.ndarray) -> np.ndarray:
    """Full-range luma (BT.601's weights) of RGB thumbs of shape (frames, 27, 48, 3): uint8 of shape (frames, 27, 48)."""
    if not len(thumbs):
        return np.empty((0, THUMB_HEIGHT, THUMB_WIDTH), np.uint8)
    gray = cv2.cvtColor(thumbs.reshape(-1, THUMB_WIDTH, 3), cv2.COLOR_RGB2GRAY)
    return np.asarray(gray).reshape(-1, THUMB_HEIGHT, THUMB_WIDTH)


def within_bars(luma: np.ndarray, bars: Bars, turns: int) -> np.ndarray:
    """The part of thumbs' ``luma`` within ``bars``, turned upright by quarter ``turns``, as float32 at 48x27 again."""
    if bars == Bars() and turns == 0:
        return luma.astype(np.float32)
    rows = slice(-(-bars.top // STEP_Y), THUMB_HEIGHT - -(-bars.bottom // STEP_Y))
    columns = slice(-(-bars.left // STEP_X), THUMB_WIDTH - -(-bars.right // STEP_X))
    turned = np.rot90(luma[:, rows, columns], turns, axes=(1, 2)).astype(np.float32)
    return np.stack([cv2.resize(one, (THUMB_WIDTH, THUMB_HEIGHT), interpolation=cv2.INTER_LINEAR) for one in turned])


def crop_of(bars: Bars, width: int, height: int, turns: int) -> dict[str, int] | None:
    """The rectangle within a stored picture's ``bars`` in pixels of the clip that is turned upright by quarter ``turns``.

    x, y, width and height, all even; None without bars.

    Bars are known to a measured row or column: the rectangle keeps inside the first and the last that are surely lit.
    """
    if bars == Bars():
        return None
    # A measured sample is the first pixel of its step: the last lit one, below and at the right, vouches for no other.
    lost = Bars(bars.top, bars.bottom + bars.letterbox, bars.left, bars.right + bars.pillarbox).turned(turns)
    rows, columns = (WIDTH, HEIGHT) if turns % 2 else (HEIGHT, WIDTH)

    def span(first: int, last: int, steps: int, size: int) -> tuple[int, int]:
        low, end = 2 * math.ceil(first * size / steps / 2), 2 * math.floor((steps - last) * size / steps / 2)
        return low, end - low

    x, wide = span(lost.left, lost.right, columns, width)
    y, high = span(lost.top, lost.bottom, rows, height)
    return {"x": x, "y": y, "width": wide, "height": high}
