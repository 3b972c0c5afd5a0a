"""Light: frames that show nothing (black, white, flat), and fades and flashes within a clip."""

from __future__ import annotations

import cv2
import numpy as np

from reelwright.scan.measure import GRID_HEIGHT, GRID_WIDTH
from reelwright.spec.quality import Quality

FADE_REACH_S = 3.0
"""Seconds within which a fading picture has had its full contrast."""

FULL_CONTRAST = 0.8
"""Share of that contrast from which on the picture is whole."""

FADE_STEPS = 3
"""Frames that a fade takes at least between whole and gone: a picture that is gone within fewer was cut off."""

SAME_PICTURE = 0.7
"""Least correlation of a fading frame with the whole picture: what passes before the lens has less."""


def shares(luma: np.ndarray, settings: Quality) -> dict[str, float]:
    """Shares of the frames that are black, white and flat; ``luma`` of shape (frames, 27, 48)."""
    points = luma.reshape(len(luma), -1)
    black = np.mean(points <= settings.black_level, axis=1) >= settings.plain_area
    white = np.mean(points >= settings.white_level, axis=1) >= settings.plain_area
    flat = (points.std(axis=1) < settings.flat_deviation) & ~black & ~white
    return {name: float(np.mean(one)) for name, one in (("black", black), ("white", white), ("flat", flat))}


def _flash_frames(duration_s: float, frames: int, settings: Quality) -> int:
    """Frames of the longest flash."""
    return max(1, round(settings.flash_s * frames / duration_s))


def find_flashes(luma: np.ndarray, duration_s: float, settings: Quality) -> np.ndarray:
    """Which frames of a clip are brighter, or darker, than what was there before and comes back after.

    Compared with the median picture of the frames around, which no flash reaches.
    """
    coarse = np.stack([cv2.resize(one, (GRID_WIDTH, GRID_HEIGHT), interpolation=cv2.INTER_AREA) for one in luma])
    coarse = coarse.reshape(len(coarse), -1)
    length = min(len(coarse), 2 * _flash_frames(duration_s, len(coarse), settings) + 3)
    starts = np.clip(np.arange(len(coarse)) - length // 2, 0, len(coarse) - length)
    around = np.stack([np.median(coarse[start : start + length], axis=0) for start in range(len(coarse) - length + 1)])
    change = coarse - around[starts]
    brighter = np.mean(change >= settings.flash_levels, axis=1) >= settings.flash_area
    darker = np.mean(change <= -settings.flash_levels, axis=1) >= settings.flash_area
    return np.asarray(brighter | darker)


def _fades_to(frame: int, whole: int, luma: np.ndarray, share: np.ndarray) -> bool:
    """Whether the picture at ``whole`` goes evenly, as itself, to what is left of it at ``frame``."""
    between = np.arange(min(frame, whole) + 1, max(frame, whole))
    between = between[(share[between] < FULL_CONTRAST) & (luma[between].std(axis=(1, 2)) > 1)]
    if len(between) < FADE_STEPS:
        return False
    likeness = [np.corrcoef(luma[one].ravel(), luma[whole].ravel())[0, 1] for one in between]
    return float(np.median(likeness)) >= SAME_PICTURE


def has_fade(luma: np.ndarray, duration_s: float, settings: Quality) -> bool:
    """Whether the picture fades away within a clip, or comes up: to black, to white or to any plain colour."""
    contrast = luma.std(axis=(1, 2))
    reach = max(1, round(FADE_REACH_S * len(luma) / duration_s))
    highest = np.array([contrast[max(0, one - reach) : one + reach + 1].max() for one in range(len(luma))])
    share = contrast / np.maximum(1e-6, highest)
    gone = (share <= settings.fade_contrast) & (highest >= settings.flat_deviation)
    whole = np.flatnonzero(share >= FULL_CONTRAST)
    # The ends of each stretch without a picture, and the nearest whole pictures before and after it.
    edges = np.flatnonzero(np.diff(np.concatenate([[False], gone, [False]]).astype(int)))
    for first, last in zip(edges[::2].tolist(), (edges[1::2] - 1).tolist(), strict=True):
        before, after = whole[whole < first], whole[whole > last]
        if len(before) and _fades_to(first, int(before[-1]), luma, share):
            return True
        if len(after) and _fades_to(last, int(after[0]), luma, share):
            return True
    return False
