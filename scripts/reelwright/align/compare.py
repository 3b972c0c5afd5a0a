"""Whether two pictures are one: what a copy leaves alone, and what tells another picture of the same set.

A copy may be cropped a little, so the part of one that the other shows is looked for first.
Then small neighbourhoods are compared as SSIM does (structure and contrast, Wang et al. 2004), which compression, another
resolution, another contrast leave alone; where something else is drawn, they differ.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from reelwright.align.picture import WHOLE, Window, resample

ROWS, COLUMNS = 14, 24
"""Cells in which the shown part is looked for: fine enough for half a percent, coarse enough for compression."""

STEPS = (0.02, 0.01, 0.005)
"""Shares of width or height by which the shown part is moved and scaled, one after the other."""

FARTHEST = 0.06
"""Largest share that may be cut off or added at a side: past it, it is another framing."""

MOVES = ((1, 1, 1, 1), (1, -1, 0, 0), (0, 0, 1, -1), (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1))
"""Ways of changing the part at top, bottom, left, right: its size, its place, each side."""

OTHER_TONE = 24.0
"""Difference of mean luma, in levels, from which on two even neighbourhoods are of another colour."""

CONTRASTS = (0.75, 1.33)
"""Contrasts between which a copy's may lie, relative to the original's: full range taken for limited is 0.86."""


@dataclass(frozen=True)
class Sight:
    """How closely two pictures are looked at."""

    across: int
    """Samples across a neighbourhood that is compared."""
    grain: float
    """Deviation, in levels, that says nothing about a neighbourhood: grain, compression, a sample's shift in soft parts."""
    unlike: float
    """Likeness below which two neighbourhoods show something else."""


THUMB = Sight(5, 8.0, 0.5)
"""For thumbs of 27x48 samples: a tenth of the picture's width."""

WARY_THUMB = Sight(5, 8.0, 0.7)
"""The same, so that other words in small type don't pass; small type that is only sampled otherwise doesn't either."""

CLOSE = Sight(11, 16.0, 0.3)
"""For pictures of 270x480 samples: other words are 3 % of a picture and more, the worst compression of a film 0.02 %."""


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    """Mean correlation of pictures of one shape, (frames, rows, columns); -1 to 1."""
    a, b = (each.reshape(len(each), -1) for each in (one, other))
    a, b = a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True)
    lengths = np.einsum("ij,ij->i", a, a) * np.einsum("ij,ij->i", b, b)
    return float(np.mean(np.einsum("ij,ij->i", a, b) / np.sqrt(np.maximum(lengths, 1.0))))


def shown_part(copy: np.ndarray, original: np.ndarray) -> tuple[Window, float]:
    """The part of ``original`` that ``copy`` shows, and how alike they then are; luma of shape (frames, rows, columns).

    Parts are tried around the whole picture, ever finer, as long as they fit better.
    """
    small = resample(copy, WHOLE, ROWS, COLUMNS)
    part: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)
    best = likeness(small, resample(original, WHOLE, ROWS, COLUMNS))
    for step in STEPS:
        better = True
        while better:
            better = False
            for move in MOVES:
                for sign in (step, -step):
                    tried = tuple(side + sign * by for side, by in zip(part, move, strict=True))
                    if max(map(abs, tried)) > FARTHEST:
                        continue
                    fit = likeness(small, resample(original, Window(*tried), ROWS, COLUMNS))
                    if fit > best + 1e-5:
                        part, best, better = tried, fit, True
    return Window(*part), best


def unlike_map(one: np.ndarray, other: np.ndarray, sight: Sight = THUMB) -> np.ndarray:
    """Where two pictures differ: bool of shape (frames, rows, columns) less half a neighbourhood at each side.

    Both are float32 luma of one shape, (frames, rows, columns). The other's contrast and brightness are matched first.
    """
    spread, theirs = one.std(axis=(1, 2), keepdims=True), other.std(axis=(1, 2), keepdims=True)
    gain = np.clip((spread + 1) / (theirs + 1), *CONTRASTS)
    matched = (other - other.mean(axis=(1, 2), keepdims=True)) * gain + one.mean(axis=(1, 2), keepdims=True)
    frames, rows, columns = one.shape
    across = (sight.across, sight.across)

    def smooth(stack: np.ndarray) -> np.ndarray:
        return cv2.boxFilter(stack, -1, across, borderType=cv2.BORDER_REFLECT)

    # All frames below one another make one tall picture; its neighbourhoods across two frames are cut off below.
    a, b = (np.ascontiguousarray(each, np.float32).reshape(-1, columns) for each in (one, matched))
    mean_a, mean_b = smooth(a), smooth(b)
    spread_sum = smooth(a * a) + smooth(b * b) - mean_a**2 - mean_b**2
    alike = (2 * (smooth(a * b) - mean_a * mean_b) + sight.grain**2) / (spread_sum + sight.grain**2)
    unlike = (alike < sight.unlike) | (np.abs(mean_a - mean_b) > OTHER_TONE)
    edge = sight.across // 2
    return np.asarray(unlike.reshape(frames, rows, columns)[:, edge : rows - edge, edge : columns - edge])


def unlike_share(one: np.ndarray, other: np.ndarray, sight: Sight = THUMB) -> np.ndarray:
    """Share of each pair of pictures that differs, float64 of shape (frames,); see ``unlike_map``."""
    return np.asarray(unlike_map(one, other, sight).mean(axis=(1, 2)))
