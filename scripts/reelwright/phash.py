"""The perceptual hash of frames, clips and plates: one, so that they can be compared."""

from __future__ import annotations

import cv2
import numpy as np

HASH_SIZE, HASH_LOWPASS = 8, 4
"""64-bit perceptual hash from the lowest 8x8 of a 32x32 DCT (imagehash's phash; PySceneDetect's HashDetector)."""


def perceptual_hash(luma: np.ndarray) -> int:
    """64-bit perceptual hash of an 8-bit luma image of any size: which low DCT terms exceed their median."""
    side = HASH_SIZE * HASH_LOWPASS
    small = cv2.resize(luma, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = cv2.dct(small)[:HASH_SIZE, :HASH_SIZE]
    bits = np.packbits(low > np.median(low))
    return int.from_bytes(bits.tobytes(), "big")
