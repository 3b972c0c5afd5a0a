"""Finished pictures as planes, and what happens to them after the drawing: weather, flashes, fades, grain."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from reelwright.demo.paint import Canvas, Points, ycbcr

Plane = NDArray[np.uint8]

GRAIN = 0.8
"""Standard deviation of the grain in luma steps: seen in flat skies, lost in lines."""


@dataclass(frozen=True)
class Picture:
    """A 4:2:0 picture: luma (height, width), both chroma planes half of that."""

    y: Plane
    cb: Plane
    cr: Plane

    @classmethod
    def plain(cls, width: int, height: int, colour: str) -> Picture:
        """A picture of one colour."""
        y, cb, cr = (round(value) for value in ycbcr(colour))
        half = (height // 2, width // 2)
        return cls(np.full((height, width), y, np.uint8), np.full(half, cb, np.uint8), np.full(half, cr, np.uint8))

    @classmethod
    def of_canvas(cls, canvas: Canvas) -> Picture:
        """The picture of a canvas of even width and height."""
        y, cb, cr = cv2.split(canvas)
        size = (canvas.shape[1] // 2, canvas.shape[0] // 2)
        return cls(
            np.asarray(y, np.uint8),
            np.asarray(cv2.resize(cb, size, interpolation=cv2.INTER_AREA), np.uint8),
            np.asarray(cv2.resize(cr, size, interpolation=cv2.INTER_AREA), np.uint8),
        )

    @property
    def planes(self) -> tuple[Plane, Plane, Plane]:
        """All three planes."""
        return (self.y, self.cb, self.cr)

    def copy(self) -> Picture:
        """A picture of its own."""
        return Picture(self.y.copy(), self.cb.copy(), self.cr.copy())

    def paste(self, other: Picture, left: int, top: int) -> None:
        """Put ``other`` here; ``left`` and ``top`` are even."""
        for mine, theirs, step in zip(self.planes, other.planes, (1, 2, 2), strict=True):
            rows, columns = theirs.shape
            mine[top // step : top // step + rows, left // step : left // step + columns] = theirs

    def window(self, left: int, top: int, right: int, bottom: int) -> Picture:
        """A view of a part; all bounds are even."""
        parts = [
            plane[top // s : bottom // s, left // s : right // s]
            for plane, s in zip(self.planes, (1, 2, 2), strict=True)
        ]
        return Picture(*parts)

    def seen_from(self, left: float, top: float, scale: float, width: int, height: int) -> Picture:
        """The view whose corner is (left, top) here, ``scale`` pixels of this picture wide a pixel of the view."""
        out = []
        for plane, step in zip(self.planes, (1, 2, 2), strict=True):
            matrix = np.array([[scale, 0, left / step], [0, scale, top / step]])
            flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            view = cv2.warpAffine(
                plane, matrix, (width // step, height // step), flags=flags, borderMode=cv2.BORDER_REPLICATE
            )
            out.append(np.asarray(view, np.uint8))
        return Picture(*out)

    def fill(self, xy: Points, colour: str) -> None:
        """Fill an outline given in pixels."""
        for plane, value, step in zip(self.planes, ycbcr(colour), (1, 2, 2), strict=True):
            fixed = np.rint(np.clip(xy / step, -8000, 8000) * 16).astype(np.int32)
            cv2.fillPoly(plane, [fixed], value, cv2.LINE_AA, 4)

    def shine(self, x: float, y: float, radius: int, warmth: int, strength: float) -> None:
        """Add a soft light; ``warmth`` moves it from white (0) towards amber."""
        for plane, step, gain in zip(self.planes, (1, 2, 2), (110, -warmth, 0.5 * warmth), strict=True):
            sprite = _halo(max(radius // step, 2), abs(gain * strength))
            r = sprite.shape[0] // 2
            cx, cy = round(x / step), round(y / step)
            rows, columns = plane.shape
            top, left = max(cy - r, 0), max(cx - r, 0)
            bottom, right = min(cy + r + 1, rows), min(cx + r + 1, columns)
            if bottom > top and right > left:
                part = plane[top:bottom, left:right]
                glow = sprite[top - cy + r : bottom - cy + r, left - cx + r : right - cx + r]
                (cv2.add if gain >= 0 else cv2.subtract)(part, glow, dst=part)

    def mixed(self, other: Picture, share: float) -> Picture:
        """``share`` of ``other`` over the rest of this."""
        return Picture(
            *(
                np.asarray(cv2.addWeighted(a, 1 - share, b, share, 0), np.uint8)
                for a, b in zip(self.planes, other.planes, strict=True)
            )
        )


@functools.lru_cache(maxsize=256)
def _halo(radius: int, peak: float) -> Plane:
    axis = np.arange(-radius, radius + 1) / radius
    return np.asarray(np.clip(1 - np.hypot(axis[:, None], axis[None, :]), 0, 1) ** 2 * peak, np.uint8)


def flash(picture: Picture) -> Picture:
    """A white flash through which the picture just shows."""
    white = Picture.plain(picture.y.shape[1], picture.y.shape[0], "#ffffff")
    return picture.mixed(white, 0.9)


class Grain:
    """Film grain on luma, another one on each frame, the same each time for the same frame number."""

    def __init__(self, width: int, height: int, seed: int) -> None:
        random = np.random.Generator(np.random.PCG64(seed))
        noise = random.standard_normal((height + 64, width + 64)) * GRAIN
        self._tile = np.clip(np.rint(noise + 8), 0, 16).astype(np.uint8)
        self._size, self._eight = (width, height), np.full((height, width), 8, np.uint8)

    def on(self, luma: Plane, frame: int) -> Plane:
        """``luma`` with grain."""
        width, height = self._size
        left, top = frame * 37 % 64, frame * 23 % 61
        # The tile is noise on top of 8, which saturating unsigned sums need and the second step takes away.
        raised = cv2.add(luma, self._tile[top : top + height, left : left + width])
        return np.asarray(cv2.subtract(raised, self._eight), np.uint8)


def weather(picture: Picture, kind: str, t: float, seed: int) -> None:
    """Draw what falls, flies or rises before the scene, ``t`` seconds into the shot."""
    if kind == "clear":
        return
    height, width = picture.y.shape
    unit = height / 720
    count, fall, drift = _FALLING[kind]
    starts = np.random.Generator(np.random.PCG64(seed)).random((count, 4))
    for x0, y0, pace, phase in starts:
        speed = 0.6 + 0.8 * pace
        x = ((x0 + drift * speed * t + 0.012 * math.sin(2 * t + 6.3 * phase)) % 1.1 - 0.05) * width
        y = ((y0 + fall * speed * t) % 1.2 - 0.1) * height
        _particle(picture, kind, x, y, unit * (0.6 + 0.8 * pace), t + 7 * phase)


_FALLING = {
    "rain": (60, 2.3, -0.35),
    "snow": (70, 0.16, -0.03),
    "fireflies": (16, -0.02, 0.015),
    "embers": (20, -0.14, 0.02),
    "bubbles": (11, -0.12, 0.02),
    "leaves": (11, 0.15, -0.14),
    "stars": (14, 0.0, 0.0),
    "steam": (9, -0.1, 0.01),
}
"""How many there are, and how fast they fall (heights a second) and drift (widths a second)."""

_LEAF = np.array([(-1.0, 0.0), (-0.4, -0.55), (0.5, -0.5), (1.1, 0.0), (0.4, 0.5), (-0.5, 0.45)])
_STAR = np.array(
    [(math.cos(k * math.pi / 4) * r, math.sin(k * math.pi / 4) * r) for k in range(8) for r in [(1.0, 0.16)[k % 2]]]
)


def _particle(picture: Picture, kind: str, x: float, y: float, size: float, t: float) -> None:
    if kind == "rain":
        streak = np.array([(x, y), (x + 1.6 * size, y), (x - 7 * size, y + 44 * size), (x - 8 * size, y + 44 * size)])
        picture.fill(streak, "#c4d8ee")
    elif kind == "snow":
        picture.fill(_STAR_ROUND * (4.4 * size) + (x, y), "#ffffff")
    elif kind in ("fireflies", "embers"):
        strength = round(0.5 + 0.5 * math.sin(3.1 * t), 1) if kind == "fireflies" else 0.8
        picture.shine(x, y, round(30 * size), 70 if kind == "fireflies" else 95, strength)
        if strength > 0.3:
            picture.fill(_STAR_ROUND * (3.4 * size) + (x, y), "#fffbd0" if kind == "fireflies" else "#ffb45a")
    elif kind == "bubbles":
        r = 26 * size
        picture.shine(x, y, round(r * 1.15), -14, 0.35)
        cv2.circle(
            picture.y,
            (round(x * 16), round(y * 16)),
            round(r * 16),
            (232.0, 0, 0, 0),
            max(1, round(2.4 * size)),
            cv2.LINE_AA,
            4,
        )
        picture.fill(_STAR_ROUND * (0.17 * r) + (x - 0.4 * r, y - 0.42 * r), "#ffffff")
    elif kind == "leaves":
        turn, flat = 2.2 * t, 0.35 + 0.65 * abs(math.cos(2.7 * t))
        spin = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
        picture.fill(
            (_LEAF * (13 * size, 13 * size * flat)) @ spin + (x, y),
            ("#e0803c", "#d8b040", "#8fae4a")[round(10 * size) % 3],
        )
    elif kind == "stars":
        picture.fill(_STAR * (4 + 11 * size * abs(math.sin(1.9 * t))) + (x, y * 0.6), "#ffffff")
    else:
        picture.shine(x, y, round(120 * size), 4, 0.45)


_STAR_ROUND = np.array([(math.cos(k * math.pi / 5), math.sin(k * math.pi / 5)) for k in range(10)])
