"""What backgrounds have in common: skies, hills, trees, clouds, and the light of an hour.

A stage has its ground at y 0 (y points down); sky reaches to -1500, the floor to 500, and x from -2600 to 2600.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

import numpy as np

from reelwright.demo.paint import INK, Light, Painter, Points, bent, box, mix, smooth

LEFT, RIGHT, TOP, BOTTOM = -2600.0, 2600.0, -1500.0, 500.0

NearShape: TypeAlias = tuple[Points, str]
"""An outline and its colour on the layer before the stage, which moves faster than the stage in a pan."""


@dataclass(frozen=True)
class Hour:
    """Palette of an hour of the day."""

    sky: tuple[str, ...]
    light: Light
    cloud: str
    sun: str
    glow: float
    """How strongly lamps shine."""


HOURS = {
    "day": Hour(("#4aa3e0", "#9bd4f0", "#e8f4e4"), Light(), "#ffffff", "#fff3b0", 0.25),
    "dusk": Hour(("#4b3f8f", "#d5688f", "#ffb56b", "#ffe09a"), Light("#ff9d78", 0.38), "#ffc3a8", "#ffe9a8", 0.6),
    "night": Hour(("#0d1238", "#20306e", "#4a5da8"), Light("#6f86d8", 0.55, 0.92), "#5566ad", "#fdf6d0", 0.85),
}


def every(first: float, end: float, step: float) -> list[float]:
    """Places from ``first`` to before ``end``, ``step`` apart."""
    return [float(x) for x in np.arange(first, end, step)]


def wobble(
    random: Random, left: float, right: float, y: float, height: float, step: float
) -> list[tuple[float, float]]:
    """A hilly line from left to right about ``y``."""
    count = max(3, round((right - left) / step))
    return [(left + (right - left) * i / count, y - random.uniform(0, height)) for i in range(count + 1)]


def ridge(
    painter: Painter, line: list[tuple[float, float]], stops: tuple[str, ...], bottom: float, width: float = 0.0
) -> None:
    """A hill: the line, smoothed, filled down to ``bottom``."""
    top = smooth(line, closed=False)
    painter.wash(np.vstack([top, [(line[-1][0], bottom), (line[0][0], bottom)]]), stops, width)


def sky(painter: Painter, hour: str, random: Random, horizon: float, sun_x: float) -> None:
    """Sky with sun or moon, clouds or stars."""
    palette = HOURS[hour]
    air = painter.lit(Light())
    air.wash(box(LEFT, TOP, RIGHT, horizon + 60), palette.sky)
    if hour == "night":
        for _ in range(160):
            size = random.choice((1.6, 2.2, 3.4))
            air.oval(random.uniform(LEFT, RIGHT), random.uniform(TOP, horizon - 80), size, size, "#e8ecff")
    at = (sun_x, horizon - (430 if hour == "night" else 230 if hour == "dusk" else 520))
    air.glow(*at, 420, palette.sun, 0.75)
    air.oval(*at, 92, 92, palette.sun)
    if hour == "night":
        for dx, dy, r in ((-30, -18, 17), (28, 22, 24), (14, -42, 10)):
            air.oval(at[0] + dx, at[1] + dy, r, r, mix(palette.sun, "#9a94b8", 0.35))
    for _ in range(9):
        cloud(
            air,
            random.uniform(LEFT, RIGHT),
            random.uniform(horizon - 780, horizon - 220),
            random.uniform(60, 150),
            palette.cloud,
            random,
        )


def cloud(painter: Painter, x: float, y: float, size: float, colour: str, random: Random) -> None:
    """A cumulus with a shaded base."""
    lumps = [
        (
            dx * size * 0.62,
            -abs(math.cos(dx * 0.55)) * size * random.uniform(0.35, 0.75),
            size * random.uniform(0.4, 0.62),
        )
        for dx in (-2, -1, 0, 1, 2)
    ]
    for shade, down in ((mix(colour, "#6a6aa8", 0.28), 0.16), (colour, 0.0)):
        for dx, dy, r in lumps:
            painter.oval(x + dx, y + dy * 0.7 + down * size, r * 1.15, r * 0.72, shade)
        painter.fill(
            smooth(
                [
                    (x - 1.7 * size, y + down * size),
                    (x, y - 0.3 * size + down * size),
                    (x + 1.7 * size, y + down * size),
                    (x, y + (0.22 + down) * size),
                ]
            ),
            shade,
        )


def tuft(x: float, y: float, size: float, random: Random) -> Points:
    """A tuft of grass, as one outline."""
    points = [(x - size, y)]
    for i in range(7):
        points.append(
            (
                x - size + size * 2 * (i + 0.5) / 7 + random.uniform(-0.3, 0.3) * size,
                y - size * random.uniform(0.7, 1.7),
            )
        )
        points.append((x - size + size * 2 * (i + 1) / 7, y - 0.15 * size))
    return np.array([*points, (x + size, y + size), (x - size, y + size)])


def leaves(
    painter: Painter, x: float, y: float, rx: float, ry: float, colour: str, random: Random, width: float = 3.0
) -> None:
    """A crown of leaves: scalloped outline, darker below, dabs of light above."""
    count = 13
    rim = []
    for i in range(count):
        angle = 2 * math.pi * i / count
        for bulge, turn in ((1.0, 0.0), (0.86, math.pi / count)):
            r = bulge * random.uniform(0.94, 1.06)
            rim.append((x + rx * r * math.cos(angle + turn), y + ry * r * math.sin(angle + turn)))
    painter.wash(smooth(rim, steps=3), (mix(colour, "#fff6b0", 0.22), colour, mix(colour, "#14283c", 0.42)), width)
    for _ in range(10):
        angle, r = random.uniform(0, 6.28), random.uniform(0.2, 0.75)
        painter.oval(
            x + rx * r * math.cos(angle),
            y - 0.15 * ry + ry * r * math.sin(angle) * 0.7,
            rx * 0.11,
            ry * 0.06,
            mix(colour, "#fff6b0", 0.3),
        )


def trunk(
    painter: Painter, x: float, base: float, top: float, half: float, colour: str, random: Random, width: float = 3.0
) -> None:
    """A tree trunk with roots and bark."""
    left = [(x - 1.9 * half, base), (x - 1.1 * half, base - 70), (x - 0.85 * half, (base + top) / 2), (x - half, top)]
    right = [(x + half, top), (x + 0.8 * half, (base + top) / 2), (x + 1.15 * half, base - 60), (x + 2.0 * half, base)]
    painter.wash(
        smooth([*left, *right]), (mix(colour, "#fff0c8", 0.18), colour, mix(colour, "#1c1430", 0.4)), width, across=True
    )
    for _ in range(6):
        bx, by = x + random.uniform(-0.6, 0.6) * half, random.uniform(top, base - 40)
        painter.limb(bent((bx, by), (bx + 5, by + 35), (bx - 2, by + 70)), 2, 1, mix(colour, "#1c1430", 0.5))


def lamp(painter: Painter, x: float, y: float, size: float, colour: str, glow: float) -> None:
    """A paper lantern that shines."""
    bright = painter.lit(Light())
    bright.glow(x, y, size * 5, colour, glow * 0.6)
    bright.limb([(x, y - 1.8 * size), (x, y - size)], 1.5, 1.5, INK)
    bright.fill(
        smooth(
            [
                (x - 0.45 * size, y - size),
                (x + 0.45 * size, y - size),
                (x + 0.85 * size, y),
                (x + 0.45 * size, y + size),
                (x - 0.45 * size, y + size),
                (x - 0.85 * size, y),
            ]
        ),
        colour,
        2.4,
    )
    bright.oval(x, y + 0.1 * size, 0.42 * size, 0.6 * size, mix(colour, "#ffffff", 0.6))
    for end in (-1, 1):
        bright.fill(box(x - 0.4 * size, y + end * size - 4, x + 0.4 * size, y + end * size + 4), "#7a2f2f", 1.6)


def planks(painter: Painter, colour: str, random: Random, step: float = 150) -> None:
    """A floor of boards that run towards us."""
    painter.wash(box(LEFT, -70, RIGHT, BOTTOM), (mix(colour, "#1c1430", 0.3), colour, mix(colour, "#fff0c8", 0.1)))
    for i in range(int((RIGHT - LEFT) / step) + 1):
        x = LEFT + i * step
        painter.limb([(x * 0.9, -70), (x * 1.35, BOTTOM)], 1.6, 2.6, mix(colour, "#1c1430", 0.5))
    for _ in range(60):
        x, y = random.uniform(LEFT, RIGHT), random.uniform(-55, BOTTOM)
        painter.limb([(x, y), (x + random.uniform(20, 60), y)], 1.4, 0.8, mix(colour, "#1c1430", 0.3))


def grass_near(random: Random, colour: str) -> list[NearShape]:
    """Grass before the stage."""
    return [
        (tuft(x + random.uniform(-80, 80), 190 + random.uniform(0, 50), random.uniform(60, 120), random), colour)
        for x in range(-3000, 3001, 330)
    ]


SceneryPainter: TypeAlias = Callable[[Painter, str, Random], list[NearShape]]
"""Paints a place at an hour and returns what stands before the stage."""
