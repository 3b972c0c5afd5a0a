"""Reading actors' images: whatever they are, upright, in sRGB, without alpha, and decoded no larger than they are needed."""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from reelwright.identity.colour import in_plain_mode, over, read_profile, to_srgb

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDE = 1024
"""Longest side in pixels at which images are measured: that of what the model makes of one megapixel."""

BACKGROUND = "#f0f0f0"
"""What shows through where an image is transparent: the composite's own background."""


class NoImage(Exception):
    """A file can't be read as an image; the message says why."""


@dataclass(frozen=True)
class Picture:
    """An image as far as it was decoded."""

    rgb: NDArray[np.uint8]
    """Shape (height, width, 3), sRGB, longest side at most ``SIDE``, or less than twice that for JPEG."""
    width: int
    """Of the file, upright."""
    height: int
    format: str
    """``JPEG``, ``PNG``..., whatever the file's name says."""
    mode: str
    """Pillow's mode of the file: ``RGB``, ``RGBA``, ``CMYK``, ``I;16``..."""
    frames: int
    """More than one for an animation, of which the first is shown."""
    sha256: str
    bytes: int


def read_digest(path: Path) -> tuple[bytes, str]:
    """The bytes of a file, and their sha256; raises NoImage where it can't be read."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise NoImage(f"can't be read: {error.strerror}") from error
    return data, hashlib.sha256(data).hexdigest()


def decode(data: bytes, sha256: str) -> Picture:
    """The image in ``data``. Raises NoImage, with the reason, for what is none, is cut off, or is too large."""
    if not data:
        raise NoImage("is empty")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of large images, odd EXIF and more: what can't be used fails
            with Image.open(io.BytesIO(data)) as image:
                return _decoded(image, data, sha256)
    except NoImage:
        raise
    except UnidentifiedImageError as error:
        raise NoImage("is no image that can be read") from error
    except Image.DecompressionBombError as error:
        raise NoImage("is too large to be decoded") from error
    except (OSError, ValueError, SyntaxError, TypeError, EOFError, IndexError, KeyError, OverflowError) as error:
        raise NoImage(f"is broken: {error}") from error


def _decoded(image: Image.Image, data: bytes, sha256: str) -> Picture:
    width, height = image.size
    mode, kind = image.mode, image.format or "unknown"
    frames = int(getattr(image, "n_frames", 1))
    longest = max(width, height)
    if kind == "JPEG" and longest >= 2 * SIDE:
        share = SIDE / longest
        image.draft(image.mode, (max(1, int(width * share)), max(1, int(height * share))))
    image.load()
    orientation = image.getexif().get(0x0112, 1)
    plain = in_plain_mode(image)
    if plain.mode in ("LA", "RGBA"):
        plain = _shown(plain, image)  # before it shrinks: what lies behind transparent pixels must not bleed in
    factor = max(plain.size) // SIDE
    if factor >= 2:
        plain = plain.reduce(factor)
    if plain.mode != "RGB" or image.info.get("icc_profile"):
        plain = _shown(plain, image)
    if orientation in _TURNS:
        plain = plain.transpose(_TURNS[orientation])
        if orientation >= 5:
            width, height = height, width
    return Picture(np.asarray(plain), width, height, kind, mode, frames, sha256, len(data))


def _shown(plain: Image.Image, image: Image.Image) -> Image.Image:
    """An image in a plain mode as it is shown: sRGB, over the background."""
    space = {"L": "GRAY", "LA": "GRAY", "CMYK": "CMYK", "LAB": "Lab"}.get(plain.mode, "RGB")
    known = image.mode == plain.mode or space == "RGB"
    icc = image.info.pop("icc_profile", None) if known else None
    return over(to_srgb(plain, read_profile(icc, space)), BACKGROUND)


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes an image upright, by EXIF orientation."""


def shrink(rgb: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """An image in its shape with a longest side of at most ``side`` pixels, by area; smaller ones stay as they are.

    By a whole number first where there is one to spare, which OpenCV does several times as fast.
    """
    height, width = rgb.shape[:2]
    whole = max(height, width) // (2 * side)
    if whole >= 2:
        height, width = max(1, height // whole), max(1, width // whole)
        rgb = np.asarray(cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    share = side / max(height, width)
    if share >= 1:
        return rgb
    size = (max(1, round(width * share)), max(1, round(height * share)))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def read_picture(path: Path) -> Picture:
    """The image at ``path``; raises NoImage."""
    return decode(*read_digest(path))
