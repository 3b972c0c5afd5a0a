"""Whether an image that was made counts: it opens, is large enough, shows something of the class asked for, and nothing twice.

Only what can be measured is held against it; whether a picture is a good one is for the next evaluation to say. What that
would replace for a measured defect is refused here, for it would be bought twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from reelwright.actors.measure import BLANK_DEVIATION, Limits, Measures, defects_of, is_gray, measure
from reelwright.actors.pictures import NoImage, Picture, decode, read_digest

GRAY_CLASS = "bw_stylized"
"""The class of images without colour; the others are in colour."""

FATAL = ("blank", "dark", "blur")
"""Measured defects, each of which brings an image below the middle of the scale, `small` aside, which is told in pixels."""

STYLES = ("black_and_white", "colour", "blank")
"""What images are compared within: a drawing may be made after the very photograph that it stands beside."""


@dataclass(frozen=True)
class Seen:
    """What of an image is kept when it is gone: enough to know it, and what looks like it, again."""

    sha256: str
    phash: str
    """64-bit perceptual hash, 16 hex digits."""
    style: str
    """One of ``STYLES``."""


def seen(image: bytes | Path) -> Seen:
    """What an image looks like; raises NoImage, with the reason, where it can't be opened."""
    return _looks(*_opened(image))


def _opened(image: bytes | Path) -> tuple[Picture, Measures]:
    data, sha256 = read_digest(image) if isinstance(image, Path) else (image, hashlib.sha256(image).hexdigest())
    picture = decode(data, sha256)
    return picture, measure(picture)


def _looks(picture: Picture, measures: Measures) -> Seen:
    blank = measures.deviation < BLANK_DEVIATION
    # By the default limit, whatever the spec says: styles are kept for good, and must mean the same in the next run.
    gray = measures.coloured_share < COLOURED_SHARE
    return Seen(picture.sha256, f"{measures.phash:016x}", "blank" if blank else "black_and_white" if gray else "colour")


COLOURED_SHARE = 0.001
"""Share of coloured pixels from which on an image has the style `colour` (the default of `coloured_share`)."""


def refuse_image(
    data: bytes, wanted: str, others: Sequence[Seen], rejected: Sequence[Seen], limits: Limits
) -> str | None:
    """Why an image doesn't count as one of the class ``wanted``; None where nothing speaks against it.

    ``others`` are the actor's images, ``rejected`` those that were deleted or rejected before.
    """
    try:
        picture, measures = _opened(data)
    except NoImage as error:
        return f"the image {error}"
    if max(picture.width, picture.height) < limits.min_side:
        return (
            f"the image has {picture.width} x {picture.height} pixels: expected at least {limits.min_side} on one side"
        )
    found = defects_of((picture.width, picture.height), measures, limits)
    if fatal := [name for name in found if name in FATAL]:
        return f"the image is {WORDS[fatal[0]]}"
    if wanted == GRAY_CLASS and not is_gray(measures, limits):
        return f"the image is in colour ({measures.coloured_share:.1%} of it): black-and-white was asked for"
    if wanted != GRAY_CLASS and is_gray(measures, limits):
        return f"the image is black-and-white: {wanted} was asked for, in colour"
    looks = _looks(picture, measures)
    if _like(looks, others, limits.duplicate_bits):
        return "the image shows the same as one that is there"
    if _like(looks, rejected, limits.duplicate_bits):
        return "the image shows the same as one that was deleted or rejected"
    return None


WORDS = {"blank": "blank: it shows nothing", "dark": "dark", "blur": "blurred"}
"""Defects in words."""


def _like(looks: Seen, known: Iterable[Seen], bits: int) -> bool:
    """Whether an image is among ``known``, or looks like one within its style by at most ``bits`` bits; -1: only the former."""
    return any(
        one.sha256 == looks.sha256
        or (one.style == looks.style != "blank" and (int(one.phash, 16) ^ int(looks.phash, 16)).bit_count() <= bits)
        for one in known
    )
