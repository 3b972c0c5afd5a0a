"""Detail: whether a clip is soft, whatever it shows.

A sharp edge changes the picture at every size it is looked at; a blurred one only at small sizes. So fine detail (240x135) is
compared with the coarse detail (48x27) of the same frame: skies and plain grounds have little of either.
"""

from __future__ import annotations

import cv2
import numpy as np

EVERY = 3
"""Every so many frames are looked at."""


def median_detail(luma: np.ndarray, sharpness: np.ndarray) -> float:
    """Median of the variance of the Laplacian at 240x135 (the scan's ``sharpness``) over that of thumbs.

    ``luma`` of whole thumbs: shape (frames, 27, 48). Black bars have sharp edges too: within them softness is not seen.
    """
    coarse = [cv2.Laplacian(one.astype(np.float32), cv2.CV_32F).var() for one in luma[::EVERY]]
    return float(np.median(sharpness[::EVERY] / np.maximum(1.0, coarse)))
