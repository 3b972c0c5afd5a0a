"""From scores to shots: flashes are no cuts, gradual transitions are intervals, what lies between is a shot."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from reelwright.scan.file import Scan
from reelwright.shots.detectors import above_threshold, content_scores, cut_frames
from reelwright.shots.ensemble import marked_stretches, neural_cuts, together
from reelwright.shots.gradual import Interval, find_gradual, with_margin
from reelwright.shots.transitions import Transitions
from reelwright.spec.shots import NEURAL_DETECTORS, EnsembleDetector, Shots, TransNetDetector

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


@functools.lru_cache(maxsize=20_000)
def is_flash(scan: Scan, frame: int) -> bool:
    """Whether the picture before ``frame`` comes back soon after it, or the one at ``frame`` was there just before."""
    after = np.arange(frame + 1, frame + 1 + FLASH_FRAMES)
    before = np.arange(frame - 1 - FLASH_FRAMES, frame - 1)
    return _same_picture(scan, frame - 1, after) or _same_picture(scan, frame, before)


def _gradual(scan: Scan, transitions: Transitions | None) -> list[Interval]:
    """Gradual transitions by the measurements and, where there are its answers, by the network."""
    marked = marked_stretches(transitions) if transitions else []
    return find_gradual(scan, [with_margin(first, last, "dissolve", scan.frames) for first, last in marked])


def _above(scan: Scan, settings: Shots, transitions: Transitions | None) -> np.ndarray:
    """Which frames the detector sees as the first of a new shot."""
    if not isinstance(settings, TransNetDetector | EnsembleDetector):
        return above_threshold(scan, settings)
    if transitions is None:
        raise ValueError(f"the detector {settings.detector} needs TransNetV2's probabilities")
    if isinstance(settings, TransNetDetector):
        above = np.zeros(scan.frames, bool)
        above[neural_cuts(scan, transitions, settings.threshold)] = True
        return above
    return together(scan, transitions, settings)


def find_boundaries(scan: Scan, settings: Shots, transitions: Transitions | None = None) -> list[Boundary]:
    """All boundaries of a scan in order: gradual ones, and the detector's cuts outside them that are no flashes.

    ``transitions``: TransNetV2's probabilities, which the neural detectors need and the others leave alone.
    """
    neural = settings.detector in NEURAL_DETECTORS
    gradual = _gradual(scan, transitions if neural else None)
    above = _above(scan, settings, transitions)
    for one in gradual:
        above[one.start : one.end + 1] = False
    for frame in np.flatnonzero(above).tolist():
        above[frame] = not is_flash(scan, frame)
    scores = content_scores(scan)
    cuts = [Boundary(frame, "cut", frame, frame, float(scores[frame])) for frame in cut_frames(above, settings)]
    middles = ((one, (one.start + one.end + 1) // 2) for one in gradual)
    transits = [Boundary(middle, one.kind, one.start, one.end, float(scores[middle])) for one, middle in middles]
    return sorted([*cuts, *transits], key=lambda boundary: boundary.frame)


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
