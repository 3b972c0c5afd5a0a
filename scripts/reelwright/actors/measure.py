"""What can be told of an image without a model: black-and-white from colour, blur, darkness, size, symmetry, its hash.

Whether a picture is a photograph or a drawing, where somebody looks and whether hands are right, nobody can measure.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from reelwright.actors.pictures import SIDE, Picture, shrink
from reelwright.phash import perceptual_hash

if TYPE_CHECKING:
    from numpy.typing import NDArray

COLOUR_SIDE = 256
"""Longest side in pixels at which colours are measured: JPEG's noise is averaged away, and a spot of 1 % still has 650."""

SYMMETRY_SIDE = 128
"""Side in pixels at which an image is compared with its mirror image."""

STEPS = 64
"""Steps of brightness in each of which a toned image (sepia, cyanotype) has one colour. Brightness is the mean of R, G and B:
where two of them are at their end, as in sepia's whites, lightness hardly changes any more and the colour still does."""

UNTONED = 3.0
"""Median chroma below which an image has no tone, and every colour in it counts."""

OFF_TONE = 8.0
"""Distance in a*b* from the tone, from which on a pixel has a colour: JPEG's noise is less at ``COLOUR_SIDE``."""

TONE_CHROMA = 45.0
"""Largest chroma of a tone: sepia has up to 30, cyanotype 40; what has more is coloured."""

CLEARLY_COLOURED = 0.05
"""Share of a fifth of the pixels from which on nobody need look at the others: fifty times the usual limit."""

BLANK_DEVIATION = 3.0
"""Standard deviation of luma below which an image shows nothing."""

BEST = 8
"""Quality of an image in which no fault can be measured: whether it is a good picture nobody can."""

PENALTIES = {"blank": 7, "blur": 4, "dark": 4, "small": 3, "symmetry": 2}
"""What each measured defect takes from the quality: those of the first three alone bring an image below the middle."""


@dataclass(frozen=True)
class Limits:
    """What counts as what: the spec's `actors.evaluation.measuring` as a job gets it. Hundreds of jobs, one an actor, would
    each spend 0.2 s on importing the spec."""

    duplicate_bits: int
    coloured_share: float
    blur: float
    dark: float
    min_side: int
    symmetry: float


@dataclass(frozen=True)
class Measures:
    """The measurements of one image."""

    chroma: float
    """Mean chroma, in CIELAB."""
    chroma_spread: float
    """Standard deviation of a* and b* together."""
    coloured_share: float
    """Share of the pixels that have another colour than the tone of the image, which is grey where it has none."""
    blur: float
    """Variance of the Laplacian of luma at ``SIDE`` pixels: the lower, the more blurred."""
    luma: float
    """Mean luma, 0 to 255."""
    deviation: float
    """Standard deviation of luma."""
    symmetry: float
    """Correlation with the mirror image, -1 to 1."""
    phash: int
    """64-bit perceptual hash."""


def measure(picture: Picture) -> Measures:
    """Measure one image."""
    rgb = shrink(picture.rgb, SIDE)
    gray = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY))
    mean, deviation = (float(one[0, 0]) for one in cv2.meanStdDev(gray))
    edges = cv2.Laplacian(gray, cv2.CV_16S)
    small = shrink(rgb, COLOUR_SIDE)
    a, b = _chroma(small)
    brightness = (small[..., 0].astype(np.uint16) + small[..., 1] + small[..., 2]).ravel()
    return Measures(
        chroma=float(np.hypot(a, b).mean()),
        chroma_spread=float(np.sqrt(a.var() + b.var())),
        coloured_share=_coloured_share(a, b, brightness),
        blur=cv2.norm(edges) ** 2 / edges.size - cv2.mean(edges)[0] ** 2,
        luma=mean,
        deviation=deviation,
        symmetry=_symmetry(gray),
        phash=perceptual_hash(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)),
    )


def _chroma(rgb: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """a* and b* of every pixel of an sRGB image, one after the other, to 0.06: half a step of light in each of two roots,
    where the curve is steepest (500 x 7.787 / 65,535).

    OpenCV's own conversion spends 0.1 s on its tables the first time that a process asks for it, a fifth of a job on an actor.
    """
    linear, curve = _tables()
    xyz = cv2.transform(cv2.LUT(rgb, linear), _TO_XYZ)
    steps = np.clip(np.rint(xyz * (len(curve) - 1)), 0, len(curve) - 1).astype(np.uint16)
    x, y, z = (curve[steps[..., place]].ravel() for place in range(3))
    return 500 * (x - y), 200 * (y - z)


@functools.cache
def _tables() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What is linear light to each byte of sRGB (IEC 61966-2-1), and CIELAB's cube root of each of 65,536 steps of light."""
    byte = np.arange(256) / 255
    linear = np.where(byte <= 0.04045, byte / 12.92, ((byte + 0.055) / 1.055) ** 2.4)
    light = np.arange(65536) / 65535
    curve = np.where(light > (6 / 29) ** 3, np.cbrt(light), light / (3 * (6 / 29) ** 2) + 4 / 29)
    return linear.astype(np.float32), curve.astype(np.float32)


_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_TO_XYZ /= _TO_XYZ.sum(axis=1, keepdims=True)
"""Linear sRGB to XYZ (IEC 61966-2-1, D65), as shares of the white."""


def _coloured_share(a: NDArray[Any], b: NDArray[Any], brightness: NDArray[Any]) -> float:
    """Share of the pixels that toning a black-and-white picture doesn't account for; ``brightness`` is R + G + B.

    Toning gives each brightness one colour, so what is as bright as others but another colour was coloured. Every fifth pixel
    is enough to see that a picture is in colour; it takes all of them to find that one isn't.
    """
    some = _share_off_tone(a[::5], b[::5], brightness[::5], STEPS // 4)
    return some if some >= CLEARLY_COLOURED else _share_off_tone(a, b, brightness, STEPS)


def _share_off_tone(a: NDArray[Any], b: NDArray[Any], brightness: NDArray[Any], count: int) -> float:
    chroma = np.hypot(a, b)
    if np.median(chroma) < UNTONED:
        return float((chroma > OFF_TONE).mean())
    steps = (brightness.astype(np.int32) * count // 766).astype(np.uint8)
    order = np.argsort(steps, kind="stable")
    ends = np.cumsum(np.bincount(steps, minlength=count))[:-1]
    tone_a, tone_b = (
        np.array([np.median(part) if len(part) else 0.0 for part in np.split(one[order], ends)], np.float32)
        for one in (a, b)
    )
    strength = np.hypot(tone_a, tone_b)
    along_a, along_b = ((one / np.maximum(strength, 1e-6))[steps] for one in (tone_a, tone_b))
    # Between grey and the strongest tone of its hue: shrinking and JPEG mix neighbours of different brightness.
    reach = np.clip(a * along_a + b * along_b, 0, min(float(strength.max()), TONE_CHROMA))
    return float((np.hypot(a - reach * along_a, b - reach * along_b) > OFF_TONE).mean())


def _symmetry(gray: NDArray[Any]) -> float:
    small = cv2.resize(gray, (SYMMETRY_SIDE, SYMMETRY_SIDE), interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small.astype(np.float32), (0, 0), 2.0)
    soft -= soft.mean()
    power = float((soft * soft).sum())
    return float((soft * soft[:, ::-1]).sum()) / power if power > 0 else 1.0


def is_gray(seen: Measures, limits: Limits) -> bool:
    """Whether an image is black-and-white: without colour, or in one tone throughout."""
    return seen.coloured_share < limits.coloured_share


def tone_of(seen: Measures, limits: Limits) -> str:
    """``black_and_white`` or ``colour``; ``unclear`` where there is too little light, or nothing, to be seen."""
    if seen.luma < limits.dark or seen.deviation < BLANK_DEVIATION:
        return "unclear"
    return "black_and_white" if is_gray(seen, limits) else "colour"


def defects_of(size: tuple[int, int], seen: Measures, limits: Limits) -> tuple[str, ...]:
    """What is measurably wrong with an image of ``size`` (width, height): ``blank blur dark small symmetry``."""
    found = {
        "blank": seen.deviation < BLANK_DEVIATION,
        # What is dark has weak edges, however sharp it is.
        "blur": seen.blur < limits.blur and seen.deviation >= BLANK_DEVIATION and seen.luma >= limits.dark,
        "dark": seen.luma < limits.dark,
        "small": max(size) < limits.min_side,
        "symmetry": seen.symmetry >= limits.symmetry and seen.deviation >= BLANK_DEVIATION,
    }
    return tuple(name for name, hit in found.items() if hit)


def quality_of(defects: tuple[str, ...]) -> int:
    """Quality, 1 to 10, by measured defects alone."""
    return max(1, BEST - sum(PENALTIES[name] for name in defects))
