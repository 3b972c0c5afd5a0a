"""Drawing heads: hair, eyes, brows, mouths, hats. The origin is the centre of the head, facing right."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from reelwright.demo.paint import INK, Painter, bent, mix, oval, smooth
from reelwright.demo.show import Character, Outfit

_LINE = 3.2


@dataclass(frozen=True)
class Look:
    """What the face does: see ``Pose``."""

    gaze: tuple[float, float]
    eyes: float
    brow: float
    mouth: str


def back_hair(painter: Painter, who: Character, t: float) -> None:
    """The hair behind head and body."""
    w, h = who.head
    sway = 2.5 * math.sin(3.1 * t)
    dark = mix(who.hair_colour, "#1c1430", 0.22)
    if who.hair_style == "bob":
        shape = [
            (-1.1 * w, -0.2 * h),
            (-0.75 * w, -h),
            (0.1 * w, -1.2 * h),
            (0.85 * w, -0.85 * h),
            (1.08 * w, 0),
            (1.1 * w + sway, 0.75 * h),
            (0.6 * w, 0.86 * h),
            (-0.6 * w, 0.9 * h),
            (-1.25 * w + sway, 0.85 * h),
        ]
        painter.fill(smooth(shape), dark, _LINE)
    elif who.hair_style == "buns":
        for x in (-0.85, 0.72):
            painter.oval(x * w, -0.92 * h + 0.4 * sway, 0.48 * w, 0.46 * h, who.hair_colour, _LINE)
            painter.limb(oval(x * w, -0.92 * h + 0.4 * sway, 0.2 * w, 0.18 * h)[4:22], 1.3, 1.3, dark)
    elif who.hair_style == "flame":
        painter.fill(
            smooth([(-1.0 * w, 0.3 * h), (-1.25 * w, -0.3 * h), (-0.9 * w, -0.9 * h), (0, -h), (0, 0.3 * h)]),
            dark,
            _LINE,
        )


def _bob(painter: Painter, who: Character) -> None:
    w, h = who.head
    fringe = [
        (-1.06 * w, 0.12 * h),
        (-1.0 * w, -0.6 * h),
        (-0.4 * w, -1.14 * h),
        (0.4 * w, -1.12 * h),
        (0.98 * w, -0.55 * h),
        (1.02 * w, -0.05 * h),
        (0.72 * w, -0.4 * h),
        (0.45 * w, -0.28 * h),
        (0.2 * w, -0.52 * h),
        (-0.15 * w, -0.25 * h),
        (-0.4 * w, -0.5 * h),
        (-0.78 * w, -0.15 * h),
    ]
    painter.fill(smooth(fringe), who.hair_colour, _LINE)
    painter.limb(
        bent((-0.55 * w, -0.75 * h), (-0.1 * w, -1.05 * h), (0.4 * w, -0.82 * h)),
        3.5,
        1.2,
        mix(who.hair_colour, "#ffffff", 0.35),
    )
    painter.limb(
        bent((0, -1.1 * h), (0.02 * w, -1.35 * h), (0.14 * w, -1.45 * h)),
        2.5,
        2.0,
        mix(who.hair_colour, "#2a4a1a", 0.4),
        2.0,
    )
    for side in (-1, 1):
        leaf = smooth(
            [
                (0.14 * w, -1.42 * h),
                (0.14 * w + side * 14, -1.66 * h),
                (0.14 * w + side * 32, -1.6 * h),
                (0.14 * w + side * 18, -1.4 * h),
            ]
        )
        painter.fill(leaf, "#9ed65a", 2.4)


def _flame(painter: Painter, who: Character) -> None:
    w, h = who.head
    tongue = [
        (-1.04 * w, 0.0),
        (-1.3 * w, -0.5 * h),
        (-1.12 * w, -0.95 * h),
        (-1.3 * w, -1.35 * h),
        (-0.72 * w, -1.2 * h),
        (-0.5 * w, -1.75 * h),
        (-0.1 * w, -1.3 * h),
        (0.45 * w, -1.85 * h),
        (0.5 * w, -1.28 * h),
        (1.15 * w, -1.38 * h),
        (0.92 * w, -0.85 * h),
        (1.1 * w, -0.5 * h),
        (0.8 * w, -0.42 * h),
        (0.3 * w, -0.62 * h),
        (-0.3 * w, -0.48 * h),
        (-0.72 * w, -0.3 * h),
    ]
    painter.fill(smooth(tongue, steps=4), who.hair_colour, _LINE)
    inner = [
        (-0.8 * w, -0.55 * h),
        (-0.75 * w, -1.0 * h),
        (-0.4 * w, -1.35 * h),
        (-0.1 * w, -1.0 * h),
        (0.35 * w, -1.4 * h),
        (0.4 * w, -0.95 * h),
        (0.75 * w, -1.05 * h),
        (0.6 * w, -0.72 * h),
        (-0.2 * w, -0.72 * h),
    ]
    painter.fill(smooth(inner, steps=4), mix(who.hair_colour, "#fff4c0", 0.55))


def _buns(painter: Painter, who: Character) -> None:
    w, h = who.head
    cap = [
        (-1.03 * w, 0.0),
        (-1.0 * w, -0.65 * h),
        (-0.45 * w, -1.1 * h),
        (0.4 * w, -1.1 * h),
        (0.98 * w, -0.6 * h),
        (1.03 * w, -0.05 * h),
        (0.78 * w, -0.45 * h),
        (0.3 * w, -0.68 * h),
        (0.1 * w, -0.72 * h),
        (-0.3 * w, -0.62 * h),
        (-0.8 * w, -0.3 * h),
    ]
    painter.fill(smooth(cap), who.hair_colour, _LINE)
    painter.limb(
        bent((0.1 * w, -0.74 * h), (0.06 * w, -0.9 * h), (-0.02 * w, -1.08 * h)),
        1.2,
        1.2,
        mix(who.hair_colour, "#1c1430", 0.4),
    )
    painter.limb(
        bent((-0.75 * w, -0.62 * h), (-0.5 * w, -0.92 * h), (-0.25 * w, -0.95 * h)),
        3.0,
        1.2,
        mix(who.hair_colour, "#ffffff", 0.35),
    )


def _beard(painter: Painter, who: Character) -> None:
    w, h = who.head
    for side in (-1, 1):
        painter.oval(side * 1.02 * w, -0.12 * h, 0.2 * w, 0.32 * h, who.hair_colour, _LINE)
    painter.limb(
        bent((-0.4 * w, -0.8 * h), (0, -0.98 * h), (0.35 * w, -0.84 * h)), 3.5, 1.5, mix(who.skin, "#ffffff", 0.5)
    )


def _hat(painter: Painter, who: Character) -> None:
    w, h = who.head
    painter.fill(
        smooth([(-0.95 * w, -0.2 * h), (-w, 0.25 * h), (-0.8 * w, 0.3 * h), (-0.78 * w, -0.3 * h)]),
        who.hair_colour,
        _LINE,
    )
    crown = [
        (-0.92 * w, -0.62 * h),
        (-1.05 * w, -1.3 * h),
        (-1.12 * w, -1.95 * h),
        (0, -2.08 * h),
        (1.12 * w, -1.9 * h),
        (0.98 * w, -1.3 * h),
        (0.9 * w, -0.62 * h),
    ]
    painter.fill(smooth(crown), "#2b2b38", _LINE)
    painter.fill(
        smooth([(-0.8 * w, -0.8 * h), (-0.92 * w, -1.75 * h), (-0.6 * w, -1.85 * h), (-0.5 * w, -0.8 * h)]), "#454558"
    )
    painter.limb([(-0.92 * w, -0.82 * h), (0, -0.74 * h), (0.93 * w, -0.82 * h)], 8, 8, "#b5283c", _LINE * 0.7)
    painter.fill(
        smooth(
            [
                (-1.65 * w, -0.66 * h),
                (0, -0.82 * h),
                (1.65 * w, -0.68 * h),
                (1.4 * w, -0.5 * h),
                (0, -0.46 * h),
                (-1.4 * w, -0.5 * h),
            ]
        ),
        "#23232e",
        _LINE,
    )


_FRONT: dict[str, Callable[[Painter, Character], None]] = {
    "bob": _bob,
    "flame": _flame,
    "buns": _buns,
    "beard": _beard,
    "hat": _hat,
}


def _skull(painter: Painter, who: Character) -> None:
    w, h = who.head
    shape = smooth(
        [
            (-0.55 * w, -0.9 * h),
            (0.1 * w, -h),
            (0.75 * w, -0.8 * h),
            (0.98 * w, -0.1 * h),
            (0.92 * w, 0.45 * h),
            (0.45 * w, 0.92 * h),
            (0, h),
            (-0.5 * w, 0.88 * h),
            (-0.95 * w, 0.4 * h),
            (-w, -0.2 * h),
        ]
    )
    painter.oval(-0.98 * w, 0.12 * h, 0.17 * w, 0.2 * h, who.skin, _LINE)
    painter.fill(shape, who.skin, _LINE)
    shade = smooth(
        [
            (-0.97 * w, -0.2 * h),
            (-0.93 * w, 0.4 * h),
            (-0.5 * w, 0.86 * h),
            (0, 0.98 * h),
            (-0.4 * w, 0.7 * h),
            (-0.7 * w, 0.3 * h),
        ]
    )
    painter.fill(shade, mix(who.skin, "#7a3050", 0.22))


def _eyes(painter: Painter, who: Character, look: Look) -> None:
    w, h = who.head
    rx, ry = 0.24 * w, 0.3 * h * min(look.eyes, 1.25)
    for x in (-0.18 * w, 0.5 * w):
        y = -0.04 * h
        if look.eyes < 0.3:
            painter.limb(bent((x - rx, y), (x, y + 0.22 * h), (x + rx, y)), 2.4, 2.4, INK)
            continue
        painter.oval(x, y, rx, ry, "#fffdf6", _LINE * 0.85)
        px, py = x + look.gaze[0] * 0.42 * rx, y + look.gaze[1] * 0.4 * ry
        painter.oval(px, py, 0.62 * rx, min(0.7 * ry, 0.2 * h), who.iris)
        painter.oval(px, py, 0.36 * rx, min(0.44 * ry, 0.13 * h), "#17101c")
        painter.oval(px + 0.22 * rx, py - 0.26 * ry, 0.2 * rx, 0.18 * ry, "#ffffff")
    heavy = who.hair_style in ("beard", "hat")
    brow = who.hair_colour if who.hair_style != "flame" else mix(who.hair_colour, "#6a3a10", 0.35)
    for x, side in ((-0.18 * w, 1), (0.5 * w, -1)):
        y = -0.46 * h - 0.09 * h * look.brow
        # Inner ends go down in anger and up in surprise.
        slope = -side * 0.09 * h * (0.5 + look.brow)
        line = bent((x - 0.27 * w, y - slope), (x, y - 0.14 * h), (x + 0.27 * w, y + slope))
        painter.limb(line, 5.5 if heavy else 2.6, 4.0 if heavy else 2.0, brow, 1.8)


def _mouth(painter: Painter, who: Character, kind: str) -> None:
    w, h = who.head
    x, y = 0.18 * w, 0.55 * h
    if kind == "smile":
        painter.limb(bent((x - 0.26 * w, y - 0.04 * h), (x, y + 0.2 * h), (x + 0.3 * w, y - 0.06 * h)), 2.2, 2.2, INK)
    elif kind == "closed":
        painter.limb([(x - 0.18 * w, y), (x + 0.2 * w, y - 0.02 * h)], 2.2, 2.2, INK)
    elif kind == "frown":
        painter.limb(bent((x - 0.2 * w, y + 0.1 * h), (x, y - 0.08 * h), (x + 0.22 * w, y + 0.08 * h)), 2.2, 2.2, INK)
    elif kind == "small":
        painter.oval(x, y, 0.16 * w, 0.09 * h, "#6e1f2f", _LINE * 0.8)
    elif kind == "round":
        painter.oval(x + 0.04 * w, y + 0.03 * h, 0.15 * w, 0.2 * h, "#5e1a2a", _LINE * 0.8)
    elif kind == "teeth":
        painter.fill(
            smooth(
                [
                    (x - 0.28 * w, y - 0.08 * h),
                    (x, y - 0.04 * h),
                    (x + 0.3 * w, y - 0.1 * h),
                    (x + 0.22 * w, y + 0.12 * h),
                    (x - 0.18 * w, y + 0.12 * h),
                ]
            ),
            "#fffaf0",
            _LINE * 0.8,
        )
        painter.limb([(x - 0.22 * w, y + 0.03 * h), (x + 0.25 * w, y + 0.01 * h)], 0.9, 0.9, INK)
    else:
        lips = smooth(
            [
                (x - 0.3 * w, y - 0.1 * h),
                (x, y - 0.05 * h),
                (x + 0.34 * w, y - 0.12 * h),
                (x + 0.24 * w, y + 0.2 * h),
                (x, y + 0.3 * h),
                (x - 0.2 * w, y + 0.18 * h),
            ]
        )
        painter.fill(lips, "#5e1a2a", _LINE * 0.8)
        painter.oval(x + 0.03 * w, y + 0.19 * h, 0.15 * w, 0.08 * h, "#e0707a")
        painter.limb([(x - 0.2 * w, y - 0.04 * h), (x + 0.25 * w, y - 0.05 * h)], 2.6, 2.6, "#fffaf0")


def _moustache(painter: Painter, who: Character) -> None:
    w, h = who.head
    if who.hair_style == "hat":
        for side in (-1, 1):
            line = bent(
                (0.2 * w, 0.34 * h), (0.2 * w + side * 0.5 * w, 0.52 * h), (0.2 * w + side * 0.85 * w, 0.16 * h)
            )
            painter.limb(line, 4.5, 1.2, who.hair_colour, 1.4)
    elif who.hair_style == "beard":
        for side in (-1, 1):
            line = bent(
                (0.16 * w, 0.34 * h), (0.2 * w + side * 0.4 * w, 0.3 * h), (0.2 * w + side * 0.72 * w, 0.52 * h)
            )
            painter.limb(line, 9, 3, who.hair_colour, 2.4)


def _beard_below(painter: Painter, who: Character) -> None:
    w, h = who.head
    shape = [
        (-1.0 * w, 0.0),
        (-1.12 * w, 0.7 * h),
        (-0.8 * w, 1.4 * h),
        (-0.35 * w, 1.6 * h),
        (0.05 * w, 2.0 * h),
        (0.5 * w, 1.55 * h),
        (0.95 * w, 1.25 * h),
        (1.1 * w, 0.6 * h),
        (1.0 * w, 0.05 * h),
        (0.78 * w, 0.38 * h),
        (0.2 * w, 0.3 * h),
        (-0.62 * w, 0.4 * h),
    ]
    painter.fill(smooth(shape), who.hair_colour, _LINE)
    for x in (-0.5, 0.0, 0.5):
        painter.limb(
            bent((x * w, 0.85 * h), (x * w + 6, 1.15 * h), (x * w - 2, 1.4 * h)),
            1.6,
            1.0,
            mix(who.hair_colour, "#8a8296", 0.4),
        )


def head(painter: Painter, who: Character, outfit: Outfit, look: Look) -> None:
    """The head with all that is on it."""
    w, h = who.head
    if "hood" in outfit.extras:
        painter.oval(-0.06 * w, -0.02 * h, 1.34 * w, 1.3 * h, outfit.top, _LINE)
        painter.oval(0.02 * w, 0.02 * h, 1.2 * w, 1.18 * h, outfit.accent, _LINE * 0.6)
    _skull(painter, who)
    painter.glaze(oval(-0.42 * w, 0.4 * h, 0.2 * w, 0.13 * h), "#e8505a", 0.35)
    painter.glaze(oval(0.74 * w, 0.38 * h, 0.16 * w, 0.13 * h), "#e8505a", 0.35)
    if who.hair_style == "bob":
        for x, y in ((0.62, 0.24), (0.72, 0.3), (0.8, 0.22)):
            painter.oval(x * w, y * h, 1.8, 1.8, mix(who.skin, "#8a4a2a", 0.6))
    if who.hair_style == "beard":
        _beard_below(painter, who)
    _mouth(painter, who, look.mouth)
    _eyes(painter, who, look)
    nose = 0.2 if who.hair_style in ("beard", "hat") else 0.11
    painter.oval(0.24 * w, 0.2 * h, nose * w, 0.9 * nose * h, mix(who.skin, "#d0503a", 0.28), _LINE * 0.7)
    _moustache(painter, who)
    _FRONT[who.hair_style](painter, who)
    if "helmet" in outfit.extras:
        _helmet(painter, w, h)


def _helmet(painter: Painter, w: float, h: float) -> None:
    bubble = oval(0, -0.15 * h, 1.5 * w, 1.55 * h)
    painter.glaze(bubble, "#bfe6ff", 0.16)
    painter.limb(np.vstack([bubble, bubble[:1]]), 2.2, 2.2, "#eaf6ff", 1.5)
    painter.limb(bent((-1.1 * w, -0.75 * h), (-0.85 * w, -1.25 * h), (-0.3 * w, -1.42 * h)), 5, 3, "#ffffff")
    painter.limb([(-0.95 * w, 1.08 * h), (0, 1.2 * h), (0.95 * w, 1.08 * h)], 8, 8, "#c8ccd8", _LINE)
