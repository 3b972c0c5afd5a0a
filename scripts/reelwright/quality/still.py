"""Stillness: for how long a clip shows one unchanged picture."""

from __future__ import annotations

from fractions import Fraction

import numpy as np


def longest_still_s(luma: np.ndarray, pts: np.ndarray, time_base: Fraction, levels: float) -> float:
    """Longest time in seconds for which no point of the picture changes by more than ``levels``.

    ``luma`` of shape (frames, rows, columns); ``pts`` are those of the frames and, last, that of the end. A frame is
    compared with the first one of the still picture, so that a slow fade or zoom is no stillness, and by points large enough
    to average grain and compression away.
    """
    first, longest = 0, 0
    for frame in range(1, len(luma)):
        if np.abs(luma[frame] - luma[first]).max() > levels:
            longest = max(longest, int(pts[frame] - pts[first]))
            first = frame
    return float(max(longest, int(pts[-1] - pts[first])) * time_base)
