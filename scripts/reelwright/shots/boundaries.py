"""From scores to shots: flashes are no cuts, gradual transitions are intervals, what lies between is a shot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reelwright.scan.file import Scan
from reelwright.shots.detectors import above_threshold, content_scores, cut_frames
from reelwright.shots.gradual import find_gradual
from reelwright.spec.model import Shots

FLASH_FRAMES = 6
"""Longest flash or occlusion, in frames: a quarter of a second at 24 fps."""

SAME_PICTURE_BITS = 14
"""Distance of 64-bit hashes up to which two frames show the same picture: unrelated ones differ by 32 +- 4."""

SAME_BRIGHTNESS = 24.0
"""Mean luma difference up to which two frames may be the same picture."""


@dataclass(frozen=True)
class Boundary:
    """Where one shot ends and the next begins."""

    frame: int
    """First frame of the new shot; the middle of a gradual transition."""
    kind: str
    """``cut``, ``fade`` or ``dissolve``."""
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


def find_boundaries(scan: Scan, settings: Shots) -> list[Boundary]:
    """All boundaries of a scan in order: gradual ones, and the detector's cuts outside them that are no flashes."""
    scores = content_scores(scan)
    gradual = find_gradual(scan)
    above = above_threshold(scan, settings)
    for one in gradual:
        above[one.start : one.end + 1] = False
    for frame in np.flatnonzero(above).tolist():
        above[frame] = not is_flash(scan, frame)
    cuts = [Boundary(frame, "cut", frame, frame, float(scores[frame])) for frame in cut_frames(above, settings)]
    middles = ((one, (one.start + one.end + 1) // 2) for one in gradual)
    transitions = [Boundary(middle, one.kind, one.start, one.end, float(scores[middle])) for one, middle in middles]
    return sorted([*cuts, *transitions], key=lambda boundary: boundary.frame)


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
