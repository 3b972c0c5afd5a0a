"""Drawing the gadgets of the show; the origin is the middle of the gadget, about 100 units across."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from reelwright.demo.paint import INK, Painter, bent, box, oval, smooth


def _compass(painter: Painter, t: float) -> None:
    painter.limb(oval(0, -74, 14, 15)[4:30], 4, 4, "#e0b04a", 3)
    painter.oval(0, 0, 66, 66, "#c8923a", 3.6)
    painter.oval(0, 0, 54, 54, "#fbf1d4", 2.6)
    for k in range(12):
        angle = k * math.pi / 6
        painter.limb(
            [(44 * math.cos(angle), 44 * math.sin(angle)), (50 * math.cos(angle), 50 * math.sin(angle))], 2, 2, INK
        )
    needle = painter.at(0, 0, turn=1.1 * math.sin(1.7 * t) + 0.5 * math.sin(4.3 * t))
    painter.glow(0, 0, 90, "#ffb03c", 0.55 + 0.2 * math.sin(9 * t))
    needle.fill(smooth([(-9, 6), (-12, -14), (-3, -26), (0, -44), (8, -24), (12, -8), (7, 8)]), "#ff8a2c", 2.6)
    needle.fill(smooth([(-4, 4), (-5, -12), (1, -28), (6, -8), (4, 5)]), "#ffe98a")
    painter.oval(0, 0, 7, 7, "#8a5a2a", 2.4)
    painter.limb(bent((-40, -20), (-34, -40), (-14, -46)), 4, 2, "#ffffff")


def _kite(painter: Painter, t: float) -> None:
    sail = painter.at(0, 0, turn=0.16 * math.sin(2.2 * t))
    tail = [
        (0.0, 70.0),
        (14 * math.sin(3 * t), 95.0),
        (-14 * math.sin(3 * t + 1), 125.0),
        (12 * math.sin(3 * t + 2), 150.0),
    ]
    sail.limb(smooth(tail, closed=False), 2.4, 2.4, "#f4e6c0", 2.0)
    sail.fill(np.array([(0, -84), (60, -8), (0, 72), (-60, -8)]), "#e0453c", 3.6)
    sail.fill(np.array([(0, -84), (60, -8), (0, -8)]), "#f7c948")
    sail.fill(np.array([(0, 72), (-60, -8), (0, -8)]), "#f07f5a")
    sail.limb([(0, -82), (0, 70)], 2.2, 2.2, INK)
    sail.limb([(-58, -8), (58, -8)], 2.2, 2.2, INK)
    end = tail[-1]
    sail.limb(bent((end[0], end[1]), (end[0] + 30, end[1] + 34), (end[0] + 4, end[1] + 34)), 4, 3, "#b8bcc8", 2.4)


def _whistle(painter: Painter, t: float) -> None:
    for k in range(4):
        age = (t * 0.6 + k / 4) % 1.0
        size = 10 + 34 * age
        x, y = 66 + 60 * age + 10 * math.sin(5 * age + k), -40 - 90 * age
        painter.glaze(oval(x, y, size, size), "#d8f4ff", 0.35)
        painter.limb(np.vstack([oval(x, y, size, size), oval(x, y, size, size)[:1]]), 1.6, 1.6, "#ffffff", 1.2)
        painter.oval(x - 0.4 * size, y - 0.4 * size, 0.16 * size, 0.16 * size, "#ffffff")
    painter.fill(
        smooth([(-96, -16), (-10, -20), (24, -34), (62, -12), (62, 30), (20, 52), (-22, 30), (-34, 12), (-96, 12)]),
        "#8ad0ea",
        3.6,
    )
    painter.oval(20, 8, 28, 28, "#c8f0fa", 2.6)
    painter.oval(20 + 9 * math.sin(8 * t), 10, 12, 12, "#f08a5a", 2.2)
    painter.fill(box(-34, -22, -8, -4), "#3a5a7a", 2.0)
    painter.limb(bent((-80, -8), (-40, -12), (-8, -12)), 3, 2, "#ffffff")


def _ladle(painter: Painter, t: float) -> None:
    tilted = painter.at(0, 10, turn=0.35 + 0.12 * math.sin(2 * t))
    painter.glow(0, 30, 150, "#fff0a0", 0.5 + 0.15 * math.sin(3 * t))
    tilted.limb([(0, 10), (4, -110)], 7, 6, "#e8c860", 3.4)
    tilted.limb(oval(4, -124, 12, 14)[2:32], 4, 4, "#e8c860", 2.6)
    tilted.fill(smooth([(-58, 8), (-50, 46), (0, 68), (50, 46), (58, 8)]), "#f7d870", 3.6)
    tilted.oval(0, 8, 58, 18, "#d86a3c", 3.2)
    tilted.oval(-8, 6, 40, 10, "#f09a5a")
    star = [
        (math.cos(a) * r, 40 + math.sin(a) * r * 0.8)
        for k in range(10)
        for a, r in [(k * math.pi / 5 - math.pi / 2, 20 if k % 2 == 0 else 9)]
    ]
    tilted.fill(np.array(star), "#fffbe0", 2.2)
    for k in range(3):
        rise = (t * 0.5 + k / 3) % 1.0
        painter.glaze(
            oval(-30 + 30 * k + 8 * math.sin(4 * rise + k), -10 - 80 * rise, 12 + 10 * rise, 9 + 8 * rise),
            "#ffffff",
            0.4 * (1 - rise),
        )


_GADGETS: dict[str, Callable[[Painter, float], None]] = {
    "glow compass": _compass,
    "grapple kite": _kite,
    "bubble whistle": _whistle,
    "star ladle": _ladle,
}


def draw_gadget(painter: Painter, name: str, t: float) -> None:
    """Draw a gadget that hovers and turns, ``t`` seconds into the shot, before soft rays."""
    for k in range(10):
        a = k * math.pi / 5 + 0.15 * t
        ray = np.array(
            [
                (30 * math.cos(a), 30 * math.sin(a)),
                (230 * math.cos(a - 0.12), 230 * math.sin(a - 0.12)),
                (230 * math.cos(a + 0.12), 230 * math.sin(a + 0.12)),
            ]
        )
        painter.glaze(ray, "#fff6c8", 0.16)
    _GADGETS[name](painter.at(0, 5 * math.sin(2.4 * t)), t)
