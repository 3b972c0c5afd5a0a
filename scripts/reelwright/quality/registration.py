"""Registration: where the backdrop of one thumb lies in another, as a shift and a scale, whatever moves before it.

The shift and scale that leave the least of the picture unexplained are the backdrop's. A point counts as explained where
the two pictures differ there by no more than noise and a small error of position do, as unexplained where they differ by
more, however much more: people who move cost no more than the part of the picture that they cover. Points at the sides and
at the top count most, since people stand in the middle. The least is found by descent (Gauss-Newton with Geman-McClure
weights) from several starts: where the backdrop was, where it should be by now, and where a search over shifts sees it.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field

import cv2
import numpy as np

from reelwright.scan.measure import THUMB_HEIGHT as ROWS
from reelwright.scan.measure import THUMB_WIDTH as COLUMNS

NOISE = 2.5
"""Luma levels by which a point differs in two pictures of the same thing: grain, compression, rounding."""

POSITION_ERROR = 0.2
"""Thumb pixels by which it may be misplaced: thumbs are sampled from sampled pictures, and their edges jitter by this much."""

EXPLAINED = 2.5
"""Standard deviations up to which a difference is explained."""

MIDDLE_WEIGHT = 0.2
"""Weight of a point in the middle or at the bottom, where people stand; 1 at the sides and at the top."""

OUTSIDE_COST = 0.1
"""Cost of a picture that has gone out of sight whole: as good as one of which a tenth is unexplained."""

STEPS = 8
"""Most steps of a descent; three or four are usual."""

LARGEST_STEP = np.array([3.0, 3.0, 0.15])
"""Most that a step may change: pixels, pixels, logarithm of the scale."""

DAMPING = np.diag([1e-3, 1e-3, 1e-2])
"""Keeps what no point says anything about at its start."""

SETTLED = np.array([0.01, 0.01, 0.0005])
"""Change below which a descent has come to its end."""

SEARCHED_X, SEARCHED_Y = 14, 8
"""Pixels to each side that are searched: 0.3 of the width and the height."""

SEARCH_STARTS = 2
"""Best shifts of the search from which a descent starts."""

FARTHEST = np.array([COLUMNS / 2, ROWS / 2, 0.4])
"""Shifts and scales beyond which too little of a picture is left to be sure of."""

_X, _Y = np.meshgrid(
    np.arange(COLUMNS, dtype=np.float32) - (COLUMNS - 1) / 2, np.arange(ROWS, dtype=np.float32) - (ROWS - 1) / 2
)
_WEIGHT = np.clip(
    np.maximum((np.abs(_X) / (COLUMNS / 2) - 0.3) / 0.5, (-_Y / (ROWS / 2) - 0.4) / 0.4), MIDDLE_WEIGHT, 1
)
_HALF = (COLUMNS // 2, (ROWS + 1) // 2)


def _halved(picture: np.ndarray) -> np.ndarray:
    return np.asarray(cv2.resize(picture, _HALF, interpolation=cv2.INTER_AREA))


def _shifted(half: np.ndarray) -> np.ndarray:
    """A half-size picture as seen after each searched shift (down, then right), zero where that lies outside it."""
    padded = np.pad(half, ((SEARCHED_Y // 2,), (SEARCHED_X // 2,)))
    return np.lib.stride_tricks.sliding_window_view(padded, half.shape)


_SHIFTED_WEIGHT = _halved(_WEIGHT) * _shifted(np.ones(_HALF[::-1], np.float32))
_SHIFTED_TOTAL = _SHIFTED_WEIGHT.sum(axis=(2, 3))
_OUTSIDE = OUTSIDE_COST * (1 - _SHIFTED_TOTAL / _SHIFTED_TOTAL.max())


def _seen(picture: np.ndarray, motion: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``picture`` as seen from where it was before ``motion``, and 1 where that lies within it, 0 elsewhere."""
    scale = float(np.exp(motion[2]))
    x = _X * np.float32(scale) + np.float32(motion[0] + (COLUMNS - 1) / 2)
    y = _Y * np.float32(scale) + np.float32(motion[1] + (ROWS - 1) / 2)
    seen = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return seen, (x >= 0) & (x <= COLUMNS - 1) & (y >= 0) & (y <= ROWS - 1)


@dataclass(frozen=True)
class Match:
    """How a picture lies to a reference."""

    motion: np.ndarray
    """Shift of the middle in pixels to the right and down, and logarithm of the scale."""
    cost: float
    """Weighted share of the picture that it leaves unexplained; half of it or more is no match."""


@dataclass
class Reference:
    """A picture (luma, float32 of shape (27, 48)) that others are compared with."""

    picture: np.ndarray
    _variance: np.ndarray = field(init=False)
    _slopes: np.ndarray = field(init=False)
    """Change of each point for a pixel to the right, one down, and for the scale."""

    def __post_init__(self) -> None:
        right = cv2.Sobel(self.picture, cv2.CV_32F, 1, 0, ksize=3) / 8
        down = cv2.Sobel(self.picture, cv2.CV_32F, 0, 1, ksize=3) / 8
        self._variance = NOISE**2 + POSITION_ERROR**2 * (right**2 + down**2)
        self._slopes = np.stack([right, down, right * _X + down * _Y], axis=-1).reshape(-1, 3)

    def match(self, picture: np.ndarray, starts: list[np.ndarray]) -> Match:
        """The best of the descents from ``starts``, in order of preference, and from what a search finds."""
        starts = [*starts, *self._search(picture)]
        tried: list[np.ndarray] = []
        best = Match(starts[0], np.inf)
        for start in starts:
            if any(np.all(np.abs(start - one) < (0.5, 0.5, 0.01)) for one in tried):
                continue
            tried.append(start)
            motion = self._descend(picture, start)
            if np.any(np.abs(motion) > FARTHEST):
                continue
            cost = self.cost(picture, motion)
            # A later start has to be better by more than chance: a hundredth of the picture.
            if cost < best.cost - 0.01:
                best = Match(motion, cost)
        return best

    def cost(self, picture: np.ndarray, motion: np.ndarray) -> float:
        """Weighted share of what can be seen in both pictures that ``motion`` doesn't explain."""
        seen, inside = _seen(picture, motion)
        unexplained = np.minimum(1, (seen - self.picture) ** 2 / (self._variance * EXPLAINED**2))
        weight = _WEIGHT * inside
        total = float(weight.sum())
        return float((unexplained * weight).sum()) / max(total, 1e-6) + OUTSIDE_COST * (
            1 - total / float(_WEIGHT.sum())
        )

    def _descend(self, picture: np.ndarray, start: np.ndarray) -> np.ndarray:
        motion = start.astype(np.float64)
        for _ in range(STEPS):
            seen, inside = _seen(picture, motion)
            rest = seen - self.picture
            # Geman-McClure: half weight at two thirds of what counts as explained.
            doubt = 1 + rest**2 / (self._variance * (EXPLAINED / 1.5) ** 2)
            weighted = self._slopes * (_WEIGHT * inside / (self._variance * doubt**2)).reshape(-1, 1)
            step = np.linalg.solve(weighted.T @ self._slopes + DAMPING, weighted.T @ rest.reshape(-1))
            step = np.clip(step, -LARGEST_STEP, LARGEST_STEP)
            motion -= step
            if np.all(np.abs(step) < SETTLED):
                break
        return motion

    @functools.cached_property
    def _half(self) -> tuple[np.ndarray, np.ndarray]:
        return _halved(self.picture), _halved(self._variance) * 2 * EXPLAINED**2

    def _search(self, picture: np.ndarray) -> list[np.ndarray]:
        """The best shifts by whole pixels of half-size pictures, none next to another."""
        mine, limits = self._half
        unexplained = np.minimum(1, (_shifted(_halved(picture)) - mine) ** 2 / limits)
        costs = np.einsum("ijkl,ijkl->ij", unexplained, _SHIFTED_WEIGHT) / _SHIFTED_TOTAL + _OUTSIDE
        found = []
        for _ in range(SEARCH_STARTS):
            row, column = np.unravel_index(costs.argmin(), costs.shape)
            found.append(np.array([2.0 * column - SEARCHED_X, 2.0 * row - SEARCHED_Y, 0.0]))
            costs[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2] = np.inf
        return found
