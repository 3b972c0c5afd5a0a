"""The neural detectors: TransNetV2's probabilities alone, and with the light detectors for what it misses.

TransNetV2 sees 100 frames at once and knows action from a cut, but hesitates where shots last a few frames only, where two
shots look alike at 48x27, and where a transition takes longer than those it was trained on. The light detectors look at two
frames at full colour, and at the evenness of long stretches: other mistakes than the network's.
"""

from __future__ import annotations

import numpy as np

from reelwright.scan.file import Scan
from reelwright.shots.detectors import adaptive_ratios, content_scores, hash_distances, runs
from reelwright.shots.transitions import Transitions
from reelwright.spec.shots import EnsembleDetector

NEAR = 2
"""Frames by which the network and the light detectors may differ about the same cut."""

WITHIN = 0.5
"""Probability above which a frame lies within a transition (the network's authors' threshold)."""

GRADUAL_FRAMES = 5
"""Least length of a gradual transition, in frames: the network marks two frames for a cut, one more at each side at most."""


def neural_cuts(scan: Scan, transitions: Transitions, threshold: float) -> np.ndarray:
    """First frames of new shots by the network: behind each run of frames above ``threshold``, as its authors have it.

    The network is now and then a frame early or late; of the frames within one of the run and its end, the new shot begins
    with the one that changes most.
    """
    content = content_scores(scan)
    frames = []
    for first, last in runs(transitions.single > threshold):
        reach = slice(max(1, first), last + 3)
        if content[reach].any():
            frames.append(reach.start + int(np.argmax(content[reach])))
        elif last + 1 < scan.frames:
            frames.append(last + 1)
    return np.array(frames, np.int64)


def _nearby(values: np.ndarray, reach: int) -> np.ndarray:
    """The greatest of the values at most ``reach`` away from each."""
    padded = np.pad(values, reach, mode="edge")
    greatest: np.ndarray = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).max(axis=1)
    return greatest


def together(scan: Scan, transitions: Transitions, settings: EnsembleDetector) -> np.ndarray:
    """Which frames are the first of a new shot by the network and the light detectors.

    There is a cut where the network is sure; where it is in doubt and the adaptive detector sees a cut; and where the
    adaptive, the hash and the histogram detector see one in the same frame: colour against what went before, structure,
    and tones. Where the network and the adaptive detector mean the same cut, the latter says in which frame it is.
    """
    content = content_scores(scan)
    adaptive = adaptive_ratios(content, 2, settings.min_content) >= settings.adaptive_threshold
    adaptive &= content >= settings.min_content
    probability = np.zeros(scan.frames)
    # The network marks the last frame of a shot, the light detectors the first of the next one.
    probability[1:] = transitions.single[:-1]
    above = adaptive & (_nearby(probability, 1) >= settings.doubtful)
    above |= (
        adaptive
        & (hash_distances(scan["phash"]) / 64.0 >= settings.hash_threshold)
        & (scan["histogram"] >= settings.histogram_threshold)
    )
    for frame in neural_cuts(scan, transitions, settings.threshold):
        if not above[max(0, frame - NEAR) : frame + NEAR + 1].any():
            above[frame] = True
    return above


def marked_stretches(transitions: Transitions) -> list[tuple[int, int]]:
    """First and last frames of the gradual transitions that the network marks."""
    return [(first, last) for first, last in runs(transitions.every > WITHIN) if last - first + 1 >= GRADUAL_FRAMES]
