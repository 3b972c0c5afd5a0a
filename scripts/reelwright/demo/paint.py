"""Painting smooth, inked shapes on a canvas that is BT.709 YCbCr (limited range) from the start.

Blending and gradients are linear, so painting in YCbCr gives what painting in RGB would and saves a conversion of
every frame: a canvas is ``uint8`` of shape (height, width, 3), channels Y, Cb, Cr.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw, ImageFont

Canvas: TypeAlias = NDArray[np.uint8]
Points: TypeAlias = NDArray[np.float64]
Triple: TypeAlias = tuple[float, float, float]

INK = "#2a1d2b"
"""Colour of outlines: a warm near-black, as ink on paper."""

_SUBPIXEL = 4
"""Fractional bits of the coordinates that OpenCV gets: sixteenths of a pixel."""

# ITU-R BT.709 luma weights, to 8-bit limited range (Y 16-235, C 16-240).
_KR, _KB = 0.2126, 0.0722
_MATRIX = np.array(
    [
        [219 * _KR, 219 * (1 - _KR - _KB), 219 * _KB],
        [-112 * _KR / (1 - _KB), -112 * (1 - _KR - _KB) / (1 - _KB), 112.0],
        [112.0, -112 * (1 - _KR - _KB) / (1 - _KR), -112 * _KB / (1 - _KR)],
    ]
)
_OFFSET = np.array([16.0, 128.0, 128.0])


@dataclass(frozen=True)
class Light:
    """The light on a stage: every colour is multiplied by ``tint`` in the given share and scaled by ``gain``."""

    tint: str = "#ffffff"
    share: float = 0.0
    gain: float = 1.0


DAYLIGHT = Light()


def rgb(colour: str) -> NDArray[np.float64]:
    """``#rrggbb`` as three numbers from 0 to 1."""
    return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])


@functools.lru_cache(maxsize=4096)
def ycbcr(colour: str, light: Light = DAYLIGHT) -> Triple:
    """``#rrggbb`` under a light as Y, Cb, Cr."""
    lit = np.clip(rgb(colour) * light.gain, 0, 1) * (1 - light.share + light.share * rgb(light.tint))
    y, cb, cr = _MATRIX @ lit + _OFFSET
    return (float(y), float(cb), float(cr))


def mix(one: str, other: str, share: float) -> str:
    """The colour ``share`` of the way from ``one`` to ``other``."""
    values = np.rint((rgb(one) * (1 - share) + rgb(other) * share) * 255).astype(int)
    return "#" + "".join(f"{value:02x}" for value in values)


def blank(width: int, height: int, colour: str = "#000000") -> Canvas:
    """A canvas of one colour."""
    canvas = np.empty((height, width, 3), np.uint8)
    canvas[:] = np.rint(ycbcr(colour))
    return canvas


@functools.lru_cache(maxsize=8)
def _basis(steps: int) -> NDArray[np.float64]:
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    return np.hstack([-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, t**3 - t**2]) / 2


def smooth(points: ArrayLike, *, closed: bool = True, steps: int = 6) -> Points:
    """A Catmull-Rom curve through ``points`` (shape (n, 2)), ``steps`` points a segment."""
    p = np.asarray(points, np.float64)
    chain = (
        np.concatenate([p[-1:], p, p[:2]]) if closed else np.concatenate([2 * p[:1] - p[1:2], p, 2 * p[-1:] - p[-2:-1]])
    )
    count = len(chain) - 3
    corners = np.stack([chain[k : k + count] for k in range(4)], 1)
    curve: Points = (_basis(steps) @ corners).reshape(-1, 2)
    return curve if closed else np.concatenate([curve, p[-1:]])


def _circle(count: int) -> Points:
    angle = np.linspace(0, 2 * math.pi, count, endpoint=False)
    return np.stack([np.cos(angle), np.sin(angle)], 1)


_UNIT_CIRCLE = _circle(32)
_CAP = _circle(16)[:9]
"""Half a circle from a stroke's side over its end to the other side."""


def oval(x: float, y: float, rx: float, ry: float, turn: float = 0.0) -> Points:
    """An ellipse; ``turn`` in radians."""
    cos, sin = math.cos(turn), math.sin(turn)
    outline: Points = (_UNIT_CIRCLE * (rx, ry)) @ np.array([[cos, sin], [-sin, cos]]) + (x, y)
    return outline


def box(left: float, top: float, right: float, bottom: float) -> Points:
    """A rectangle."""
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float64)


def bent(start: tuple[float, float], bend: tuple[float, float], end: tuple[float, float]) -> Points:
    """A quadratic curve from ``start`` to ``end``, pulled towards ``bend``."""
    t = _evenly(9)
    return np.asarray((1 - t) ** 2 * np.array(start) + 2 * t * (1 - t) * np.array(bend) + t**2 * np.array(end))


def _unit_normals(along: Points) -> Points:
    """Left-hand normals of directions, of length 1."""
    normals = np.empty_like(along)
    length = np.sqrt(along[:, 0] ** 2 + along[:, 1] ** 2) + 1e-9
    normals[:, 0] = along[:, 1] / length
    normals[:, 1] = -along[:, 0] / length
    return normals


def _grown(xy: Points, by: float) -> Points:
    """A closed outline moved outwards by ``by``."""
    ring = np.concatenate([xy[-1:], xy, xy[:1]])
    x, y = ring[:, 0], ring[:, 1]
    clockwise = float(x[:-1] @ y[1:] - y[:-1] @ x[1:]) >= 0
    grown: Points = xy + _unit_normals(ring[2:] - ring[:-2]) * (by if clockwise else -by)
    return grown


@functools.lru_cache(maxsize=16)
def _evenly(count: int) -> Points:
    return np.linspace(0, 1, count, dtype=np.float64).reshape(-1, 1)


def _sausage(line: Points, start: float, end: float) -> Points:
    """Outline of a round-ended stroke along ``line`` whose half width goes from ``start`` to ``end``."""
    along = np.empty_like(line)
    along[1:-1] = line[2:] - line[:-2]
    along[0], along[-1] = line[1] - line[0], line[-1] - line[-2]
    normal = _unit_normals(along)
    offset = normal * (start + (end - start) * _evenly(len(line)))
    caps = []
    for at, x, y, radius in ((line[-1], *normal[-1], end), (line[0], *-normal[0], start)):
        caps.append(_CAP @ np.array([[x * radius, y * radius], [-y * radius, x * radius]]) + at)
    return np.concatenate([line + offset, caps[0], (line - offset)[::-1], caps[1]])


@dataclass(frozen=True)
class Painter:
    """Paints on a canvas in the units of a stage: ``matrix`` (2x3) takes stage points to pixels."""

    canvas: Canvas
    matrix: NDArray[np.float64]
    light: Light = DAYLIGHT

    @property
    def unit(self) -> float:
        """Pixels a stage unit."""
        (a, b, _), (c, d, _) = self.matrix.tolist()
        return math.sqrt(abs(a * d - b * c))

    def at(self, x: float, y: float, sx: float = 1.0, sy: float | None = None, turn: float = 0.0) -> Painter:
        """A painter whose origin is (x, y) here, scaled and turned (radians)."""
        sy = sx if sy is None else sy
        cos, sin = math.cos(turn), math.sin(turn)
        linear = np.array([[cos * sx, -sin * sy], [sin * sx, cos * sy]])
        matrix = np.column_stack([self.matrix[:, :2] @ linear, self.matrix @ (x, y, 1.0)])
        return replace(self, matrix=matrix)

    def lit(self, light: Light) -> Painter:
        """The same painter under another light."""
        return replace(self, light=light)

    def pixels(self, xy: ArrayLike) -> Points:
        """Stage points in pixels."""
        points: Points = np.asarray(xy, np.float64) @ self.matrix[:, :2].T
        points += self.matrix[:, 2]
        return points

    def _poly(self, pixels: Points, colour: Triple) -> None:
        fixed = (pixels * (1 << _SUBPIXEL)).astype(np.int32)
        cv2.fillPoly(self.canvas, [fixed], colour, cv2.LINE_AA, _SUBPIXEL)

    def fill(self, xy: ArrayLike, colour: str, width: float = 0.0, ink: str = INK) -> None:
        """Fill an outline; ``width`` (stage units) adds an ink line around it."""
        pixels = self.pixels(xy)
        if width:
            self._poly(_grown(pixels, max(width * self.unit, 0.7)), ycbcr(ink, self.light))
        self._poly(pixels, ycbcr(colour, self.light))

    def oval(
        self, x: float, y: float, rx: float, ry: float, colour: str, width: float = 0.0, turn: float = 0.0
    ) -> None:
        """Fill an ellipse."""
        self.fill(oval(x, y, rx, ry, turn), colour, width)

    def limb(self, line: ArrayLike, start: float, end: float, colour: str, width: float = 0.0, ink: str = INK) -> None:
        """A round-ended stroke of half width ``start`` to ``end``; ``width`` adds an ink line around it."""
        pixels, unit = self.pixels(line), self.unit
        # In two halves, since an outline that crosses itself in a tight bend would leave a hole.
        cut = len(pixels) // 2
        halves = [(pixels, 0.0, 1.0)] if cut < 3 else [(pixels[: cut + 1], 0.0, 0.5), (pixels[cut:], 0.5, 1.0)]
        for shade, edge in ((ink, max(width * unit, 0.7)), (colour, 0.0))[0 if width else 1 :]:
            for half, first, last in halves:
                radii = [max((start + (end - start) * share) * unit, 0.4) + edge for share in (first, last)]
                self._poly(_sausage(half, radii[0], radii[1]), ycbcr(shade, self.light))

    def _window(self, pixels: Points) -> tuple[slice, slice] | None:
        height, width = self.canvas.shape[:2]
        left, top = np.floor(pixels.min(0)).astype(int) - 1
        right, bottom = np.ceil(pixels.max(0)).astype(int) + 2
        left, top, right, bottom = max(left, 0), max(top, 0), min(right, width), min(bottom, height)
        return (slice(top, bottom), slice(left, right)) if right > left and bottom > top else None

    def glaze(self, xy: ArrayLike, colour: str, share: float) -> None:
        """Fill an outline with a see-through colour (``share`` 0 to 1)."""
        pixels = self.pixels(xy)
        window = self._window(pixels)
        if window is None:
            return
        part = self.canvas[window]
        over = part.copy()
        moved = pixels - (window[1].start, window[0].start)
        fixed = np.rint(np.clip(moved, -20000, 20000) * (1 << _SUBPIXEL)).astype(np.int32)
        cv2.fillPoly(over, [fixed], ycbcr(colour, self.light), cv2.LINE_AA, _SUBPIXEL)
        cv2.addWeighted(over, share, part, 1 - share, 0, dst=part)

    def wash(self, xy: ArrayLike, stops: Sequence[str], width: float = 0.0, *, across: bool = False) -> None:
        """Fill an outline with an even gradient from its top to its bottom (or left to right)."""
        pixels = self.pixels(xy)
        if width:
            self._poly(_grown(pixels, max(width * self.unit, 0.7)), ycbcr(INK, self.light))
        window = self._window(pixels)
        if window is None:
            return
        axis = 0 if across else 1
        first, last = float(pixels[:, axis].min()), float(pixels[:, axis].max())
        line = np.arange(window[1 - axis].start, window[1 - axis].stop)
        share = np.clip((line - first) / max(last - first, 1e-9), 0, 1) * (len(stops) - 1)
        table = np.array([ycbcr(stop, self.light) for stop in stops])
        ramp = np.stack([np.interp(share, range(len(stops)), table[:, i]) for i in range(3)], -1)
        part = self.canvas[window]
        mask = np.zeros(part.shape[:2], np.uint8)
        fixed = np.rint((pixels - (window[1].start, window[0].start)) * (1 << _SUBPIXEL)).astype(np.int32)
        cv2.fillPoly(mask, [fixed], 255, cv2.LINE_AA, _SUBPIXEL)
        alpha = mask[..., None].astype(np.float32) / 255
        colour = (ramp[None, :] if across else ramp[:, None]).astype(np.float32)
        part[:] = np.rint(part + (colour - part) * alpha).astype(np.uint8)

    def glow(self, x: float, y: float, radius: float, colour: str, share: float) -> None:
        """Light around a point, fading to nothing at ``radius``; the stage's light doesn't dim it."""
        centre = self.pixels([(x, y)])[0]
        reach = radius * self.unit
        window = self._window(np.array([centre - reach, centre + reach]))
        if window is None:
            return
        rows = (np.arange(window[0].start, window[0].stop) - centre[1])[:, None] / reach
        columns = (np.arange(window[1].start, window[1].stop) - centre[0])[None, :] / reach
        alpha = (np.clip(1 - np.hypot(rows, columns), 0, 1) ** 2 * share)[..., None].astype(np.float32)
        part = self.canvas[window]
        part[:] = np.rint(part + (np.array(ycbcr(colour), np.float32) - part) * alpha).astype(np.uint8)


def view_painter(canvas: Canvas, left: float, top: float, unit: float, light: Light = DAYLIGHT) -> Painter:
    """A painter whose canvas begins at stage point (left, top) with ``unit`` pixels a stage unit."""
    return Painter(canvas, np.array([[unit, 0.0, -left * unit], [0.0, unit, -top * unit]]), light)


def brush_texture(canvas: Canvas, seed: int, strength: float) -> None:
    """Uneven brush strokes on the luma of a painted background (``strength``: standard deviation in luma steps)."""
    height, width = canvas.shape[:2]
    random = np.random.Generator(np.random.PCG64(seed))
    total = np.zeros((height, width), np.float32)
    for tall, wide, weight in ((5, 40, 0.75), (30, 90, 0.85), (3, 9, 0.35)):
        coarse = random.standard_normal((height // tall + 2, width // wide + 2)).astype(np.float32)
        total += weight * cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    canvas[..., 0] = np.clip(canvas[..., 0] + total * strength, 16, 235).astype(np.uint8)


@functools.lru_cache(maxsize=32)
def _font(size: int) -> Any:
    return ImageFont.load_default(size)


def letters(
    canvas: Canvas,
    text: str,
    centre: tuple[float, float],
    size: float,
    colour: str,
    *,
    bold: float = 0.03,
    ink: str | None = None,
    ink_width: float = 0.0,
) -> None:
    """Write a line of text about a point (pixels), ``size`` pixels high, thickened by ``bold`` of that."""
    font = _font(max(round(size), 6))
    passes = [(ink, bold + ink_width)] if ink else []
    for shade, stroke in [*passes, (colour, bold)]:
        assert shade is not None
        mask = Image.new("L", (canvas.shape[1], canvas.shape[0]))
        ImageDraw.Draw(mask).text(centre, text, fill=255, font=font, anchor="mm", stroke_width=round(stroke * size))
        bounds = mask.getbbox()
        if bounds is None:
            continue
        left, top, right, bottom = bounds
        part = canvas[top:bottom, left:right]
        alpha = np.asarray(mask)[top:bottom, left:right, None].astype(np.float32) / 255
        part[:] = np.rint(part + (np.array(ycbcr(shade), np.float32) - part) * alpha).astype(np.uint8)
