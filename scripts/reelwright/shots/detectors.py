"""PySceneDetect 0.7's detectors on stored measurements: same scores, same decisions, no second decode.

Every parameter is given by the caller: PySceneDetect's defaults change between releases.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from reelwright.scan.file import Scan
from reelwright.spec.shots import AdaptiveDetector, ContentDetector, HashDetector, HistogramDetector, Shots

MAX_RATIO = 255.0
"""AdaptiveDetector's cap of the ratio, also taken where the neighbours don't change at all."""


def content_scores(scan: Scan) -> np.ndarray:
    """ContentDetector's frame score: mean of the changes of hue, saturation and value, with its default weights."""
    scores: np.ndarray = (scan["delta_hue"].astype(np.float64) + scan["delta_sat"] + scan["delta_lum"]) / 3.0
    return scores


def adaptive_ratios(scores: np.ndarray, window: int, min_content: float) -> np.ndarray:
    """AdaptiveDetector's ratio of each score to the mean of its ``window`` neighbours a side; 0 near both ends."""
    ratios = np.zeros(len(scores))
    if len(scores) < 2 * window + 1:
        return ratios
    total = np.convolve(scores, np.ones(2 * window + 1), mode="valid")
    middle = scores[window : len(scores) - window]
    mean = (total - middle) / (2.0 * window)
    still = np.abs(mean) < 1e-5
    ratio = np.minimum(middle / np.where(still, 1.0, mean), MAX_RATIO)
    ratios[window : len(scores) - window] = np.where(still, np.where(middle >= min_content, MAX_RATIO, 0.0), ratio)
    return ratios


def hash_distances(hashes: np.ndarray) -> np.ndarray:
    """Differing bits of each 64-bit hash and the one before it; 0 for the first."""
    distances = np.zeros(len(hashes), np.int64)
    distances[1:] = np.bitwise_count(hashes[1:] ^ hashes[:-1])
    return distances


def runs(mask: np.ndarray) -> list[tuple[int, int]]:
    """First and last index of each run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(first), int(after) - 1) for first, after in zip(edges[::2], edges[1::2], strict=True)]


def keep_apart(frames: Iterable[int], min_shot_frames: int) -> list[int]:
    """Drop cuts that follow another, or the start, by less than ``min_shot_frames``."""
    kept: list[int] = []
    last = 0
    for frame in frames:
        if frame - last >= min_shot_frames:
            kept.append(int(frame))
            last = frame
    return kept


def merge_close(above: np.ndarray, min_shot_frames: int) -> list[int]:
    """PySceneDetect's FlashFilter in MERGE mode: cuts closer than ``min_shot_frames`` become one, the last of them."""
    cuts: list[int] = []
    last_above = 0
    started: int | None = None
    for frame in range(len(above)):
        far = frame - last_above >= min_shot_frames
        if above[frame]:
            last_above = frame
        if started is not None:
            if far and not above[frame] and last_above - started >= min_shot_frames:
                started = None
                cuts.append(last_above)
        elif above[frame]:
            if far:
                cuts.append(frame)
            elif cuts:
                started = frame
    return cuts


def _adaptive(scan: Scan, settings: AdaptiveDetector) -> np.ndarray:
    scores = content_scores(scan)
    ratios = adaptive_ratios(scores, settings.window, settings.min_content)
    return (ratios >= settings.threshold) & (scores >= settings.min_content)


def _content(scan: Scan, settings: ContentDetector) -> np.ndarray:
    return content_scores(scan) >= settings.threshold


def _hash(scan: Scan, settings: HashDetector) -> np.ndarray:
    return hash_distances(scan["phash"]) / 64.0 >= settings.threshold


def _histogram(scan: Scan, settings: HistogramDetector) -> np.ndarray:
    return scan["histogram"] >= settings.threshold


_ABOVE: dict[str, Callable[..., np.ndarray]] = {
    "adaptive": _adaptive,
    "content": _content,
    "hash": _hash,
    "histogram": _histogram,
}


def above_threshold(scan: Scan, settings: Shots) -> np.ndarray:
    """Which frames a light detector sees as the first of a new shot, before any are dropped for closeness."""
    above = _ABOVE[settings.detector](scan, settings)
    above[:1] = False
    return above


def cut_frames(above: np.ndarray, settings: Shots) -> list[int]:
    """The cuts among the frames above the threshold, at least ``min_shot_frames`` apart, as the detector does it."""
    if settings.detector == "content":
        return merge_close(above, settings.min_shot_frames)
    return keep_apart(np.flatnonzero(above).tolist(), settings.min_shot_frames)
