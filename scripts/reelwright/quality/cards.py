"""Cards: titles and credits on a plain ground, as far as measurements tell lettering from drawings.

Lettering is detail too fine for a thumb, before a ground of one colour. Titles over a picture are not seen, and a sky full of
stars is taken for lettering: what a picture says is for somebody who looks at it.
"""

from __future__ import annotations

import numpy as np

SAME_GROUND = 10
"""Luma levels by which a point may differ from the ground's."""

BIN = 8
"""Luma levels a bin in which the most frequent colour is looked for."""

EVERY = 5
"""Every so many frames are looked at: a card stays."""


def ground_share(luma: np.ndarray) -> float:
    """Median share of the picture that has its most frequent luma; ``luma`` of shape (frames, 27, 48), 0 to 255."""
    found = []
    for one in luma[::EVERY]:
        counts = np.bincount((one.ravel() / BIN).astype(int), minlength=256 // BIN)
        low = int(np.convolve(counts, [1, 1], "valid").argmax()) * BIN
        ground = np.median(one[(one >= low) & (one < low + 2 * BIN)])
        found.append(np.mean(np.abs(one - ground) <= SAME_GROUND))
    return float(np.median(found))


def lettering(luma: np.ndarray, sharpness: np.ndarray) -> float:
    """Median of fine over coarse detail: the scan's ``sharpness`` (240x135) over the thumbs' variance."""
    coarse = luma[::EVERY].var(axis=(1, 2))
    return float(np.median(sharpness[::EVERY] / np.maximum(1.0, coarse)))
