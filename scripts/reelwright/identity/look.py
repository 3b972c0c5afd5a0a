"""What a plate looks like in a few bytes, to find the same picture under another name."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from reelwright.phash import perceptual_hash

TINTS = 4
"""Side of the smallest picture that is kept: hashes ignore colour, and outfits often differ in nothing else."""

TINT_STEPS = 12
"""Largest difference of two tints (0 to 255) in the same picture: JPEG and another way of shrinking change them by 1 to 3."""


@dataclass(frozen=True)
class Look:
    """The look of a plate."""

    phash: str
    """Perceptual hash, 16 hex digits, as that of clips."""
    tints: str
    """Mean RGB of 4x4 fields, row by row, in hex."""

    def is_like(self, other: Look, bits: int) -> bool:
        """Whether both show the same picture: hashes at most ``bits`` apart, and the same colours."""
        if (int(self.phash, 16) ^ int(other.phash, 16)).bit_count() > bits:
            return False
        mine, theirs = (np.frombuffer(bytes.fromhex(one.tints), np.uint8).astype(int) for one in (self, other))
        return bool(np.abs(mine - theirs).max() <= TINT_STEPS)


def look_of(picture: Image.Image) -> Look:
    """The look of an RGB picture."""
    luma = np.asarray(picture.convert("L"))
    tints = np.asarray(picture.resize((TINTS, TINTS), Image.Resampling.BOX), np.uint8)
    return Look(f"{perceptual_hash(luma):016x}", tints.tobytes().hex())
