"""Colours of delivered pictures to sRGB, by the ICC profile that they carry."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageCms

if TYPE_CHECKING:
    from PIL.ImageCms import ImageCmsProfile

SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK", "LAB": "Lab"}
"""The colour space of an ICC profile for each mode that has one."""


@dataclass(frozen=True)
class Profile:
    """The ICC profile of a picture, as far as it can be used."""

    name: str | None
    """Its description; None where the picture carries none."""
    flags: tuple[str, ...] = ()
    """``icc_unreadable``, ``icc_mismatch`` (for another colour space), ``cmyk_without_icc``."""
    profile: ImageCmsProfile | None = None
    """None where colours are taken as sRGB: without a profile, and for sRGB itself."""

    @property
    def guessed(self) -> bool:
        """Whether nobody knows which colours are meant."""
        return "cmyk_without_icc" in self.flags


def read_profile(icc: bytes | None, space: str) -> Profile:
    """The profile in ``icc`` for a picture in ``space`` (``GRAY RGB CMYK Lab``)."""
    missing = ("cmyk_without_icc",) if space == "CMYK" else ()
    if not icc:
        return Profile(None, missing)
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        name = ImageCms.getProfileDescription(profile).strip() or "unnamed"
        found = profile.profile.xcolor_space.strip()
    except (ImageCms.PyCMSError, OSError, AttributeError):
        return Profile(None, ("icc_unreadable", *missing))
    if found != space:
        return Profile(name, ("icc_mismatch", *missing))
    return Profile(name, (), None if space == "RGB" and name.lower().startswith("srgb") else profile)


def to_srgb(image: Image.Image, profile: Profile) -> Image.Image:
    """``image`` in sRGB, as RGB or RGBA.

    By the perceptual intent, which is the one for pictures, and psd-tools'. Grey and CMYK without a profile are converted as
    Pillow does, which for CMYK is a guess.
    """
    image, alpha = _without_alpha(image)
    if profile.profile is not None:
        image = _by_profile(image, profile.profile)
    elif image.mode == "LAB":
        image = _by_profile(image, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")))
    elif image.mode != "RGB":
        image = image.convert("RGB")
    if alpha is not None:
        image.putalpha(alpha)
    return image


def _by_profile(image: Image.Image, profile: ImageCmsProfile) -> Image.Image:
    transform = ImageCms.buildTransform(
        profile,
        ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")),
        image.mode,
        "RGB",
        ImageCms.Intent.PERCEPTUAL,
    )
    made = ImageCms.applyTransform(image, transform)
    assert made is not None, "only in place is nothing returned"
    return made


def _without_alpha(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    if image.mode in ("RGBA", "LA"):
        return image.convert(image.mode[:-1]), image.getchannel("A")
    return image, None


def in_plain_mode(image: Image.Image) -> Image.Image:
    """``image`` in one of the modes L, LA, RGB, RGBA, CMYK, LAB, whatever file format it came from."""
    if image.mode in ("L", "LA", "RGB", "RGBA", "CMYK", "LAB"):
        return image
    if image.mode in ("P", "PA") or "transparency" in image.info:
        transparent = image.mode == "PA" or "transparency" in image.info
        return image.convert("RGBA" if transparent else "RGB")
    if image.mode.startswith("I"):
        return Image.fromarray(eight_bits(np.asarray(image)))
    if image.mode == "1":
        return image.convert("L")
    return image.convert("RGB")


def eight_bits(values: np.ndarray[Any, Any]) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """16-bit values (0 to 65535) as 8-bit ones, rounded."""
    return np.asarray((values.astype(np.uint32) * 255 + 32767) // 65535, np.uint8)


def from_linear(values: np.ndarray[Any, Any]) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Linear light (0 to 1, what is brighter is cut off) as 8-bit sRGB (IEC 61966-2-1)."""
    light = np.clip(np.nan_to_num(values), 0, 1)
    coded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(coded * 255), np.uint8)


def over(image: Image.Image, background: str) -> Image.Image:
    """An RGBA picture in sRGB laid over a colour (``#rrggbb``); an RGB one as it is."""
    if image.mode != "RGBA":
        return image
    ground = Image.new("RGBA", image.size, background)
    return Image.alpha_composite(ground, image).convert("RGB")
