"""From scores to shots: flashes are no cuts, fades are intervals, and what lies between boundaries is a shot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reelwright.scan.file import Scan
from reelwright.shots.detectors import above_threshold, content_scores, cut_frames
from reelwright.spec.model import Shots

FLASH_FRAMES = 6
"""Longest flash or occlusion, in frames: a quarter of a second at 24 fps."""

SAME_PICTURE_BITS = 14
"""Distance of 64-bit hashes up to which two frames show the same picture: unrelated ones differ by 32 +- 4."""

SAME_BRIGHTNESS = 24.0
"""Mean luma difference up to which two frames may be the same picture."""

BLACK_LUMA = 10.0
"""Mean luma (0 to 255) up to which a frame is black: the bottom of a fade."""

FADE_FRAMES = 40
"""Longest way from a shot's own brightness to black, in frames."""

FADE_STEP = 0.4
"""Fall of mean luma a frame below which a fade has ended."""


@dataclass(frozen=True)
class Boundary:
    """Where one shot ends and the next begins."""

    frame: int
    """First frame of the new shot; within a gradual transition, the frame where the new shot takes over."""
    kind: str
    """``cut`` or ``fade``."""
    start: int
    """First frame of the transition; ``frame`` for a cut."""
    end: int
    """Last frame of the transition (inclusive); ``frame`` for a cut."""
    score: float
    """The content score at ``frame``."""


def _same_picture(scan: Scan, one: int, others: np.ndarray) -> bool:
    """Whether any frame of ``others`` shows the picture of frame ``one``."""
    others = others[(others >= 0) & (others < scan.frames)]
    bits = np.bitwise_count(scan["phash"][others] ^ scan["phash"][one])
    brightness = np.abs(scan["brightness"][others] - scan["brightness"][one])
    return bool(np.any((bits <= SAME_PICTURE_BITS) & (brightness <= SAME_BRIGHTNESS)))


def is_flash(scan: Scan, frame: int) -> bool:
    """Whether the picture before ``frame`` comes back soon after it, or the one at ``frame`` was there just before."""
    after = np.arange(frame + 1, frame + 1 + FLASH_FRAMES)
    before = np.arange(frame - 1 - FLASH_FRAMES, frame - 1)
    return _same_picture(scan, frame - 1, after) or _same_picture(scan, frame, before)


def _slope_end(brightness: np.ndarray, frame: int, step: int) -> int:
    """The last frame on the slope of brightness that rises from a black ``frame`` in direction ``step``."""
    position = frame
    for _ in range(FADE_FRAMES):
        following = position + step
        if not 0 <= following < len(brightness) or brightness[following] - brightness[position] < FADE_STEP:
            break
        position = following
    return position


def find_fades(scan: Scan) -> list[Boundary]:
    """Fades through black: each run of black frames with the slopes into and out of it."""
    brightness = scan["brightness"].astype(np.float64)
    black = np.concatenate([[False], brightness <= BLACK_LUMA, [False]])
    edges = np.flatnonzero(np.diff(black.astype(np.int8)))
    scores = content_scores(scan)
    fades = []
    for first, after in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        start = _slope_end(brightness, first, -1)
        end = _slope_end(brightness, after - 1, +1)
        if start > 0 and end < scan.frames - 1:
            fades.append(Boundary(after - 1, "fade", start, end, float(scores[after - 1])))
    return fades


def find_boundaries(scan: Scan, settings: Shots) -> list[Boundary]:
    """All boundaries of a scan in order: fades, and the detector's cuts outside them that are no flashes."""
    fades = find_fades(scan)
    above = above_threshold(scan, settings)
    for fade in fades:
        above[fade.start : fade.end + 2] = False
    for frame in np.flatnonzero(above).tolist():
        above[frame] = not is_flash(scan, frame)
    scores = content_scores(scan)
    cuts = [Boundary(frame, "cut", frame, frame, float(scores[frame])) for frame in cut_frames(above, settings)]
    return sorted([*cuts, *fades], key=lambda boundary: boundary.frame)


def shots_between(boundaries: list[Boundary], frames: int) -> list[tuple[int, int]]:
    """Shots as (first frame, end exclusive); frames of a gradual transition belong to none."""
    shots = []
    start = 0
    for boundary in boundaries:
        if boundary.start > start:
            shots.append((start, boundary.start))
        start = max(start, boundary.frame if boundary.kind == "cut" else boundary.end + 1)
    if start < frames:
        shots.append((start, frames))
    return shots
