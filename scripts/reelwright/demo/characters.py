"""Drawing the characters: rubber-hose limbs, inked outlines, one cel shadow."""

from __future__ import annotations

import math

from reelwright.demo.faces import Look, back_hair, head
from reelwright.demo.paint import Painter, bent, mix, oval, smooth
from reelwright.demo.poses import Pose, pose_of
from reelwright.demo.show import Character, Outfit

LINE = 3.2
"""Width of the ink line in units of the stage: 3 pixels in a 1280-pixel medium shot."""


def _limb_to(
    painter: Painter,
    joint: tuple[float, float],
    reach: tuple[float, float],
    length: float,
    bow: float,
    half: tuple[float, float],
    colour: str,
) -> tuple[float, float]:
    """Draw a hose limb from ``joint``; the slack between its length and the reach bows out. Returns where it ends."""
    end = (joint[0] + reach[0] * length, joint[1] + reach[1] * length)
    slack = length * math.sqrt(max(0.0, 1.0 - min(1.0, math.hypot(*reach)) ** 2)) * 0.9
    across = (-reach[1], reach[0])
    size = math.hypot(*across) or 1.0
    middle = ((joint[0] + end[0]) / 2, (joint[1] + end[1]) / 2)
    bend = (middle[0] + across[0] / size * slack * bow, middle[1] + across[1] / size * slack * bow)
    painter.limb(bent(joint, bend, end), *half, colour, LINE)
    return end


def _shoe(painter: Painter, at: tuple[float, float], outfit: Outfit, size: float) -> None:
    x, y = at
    shape = smooth(
        [
            (x - 0.6 * size, y),
            (x - 0.55 * size, y - 0.7 * size),
            (x + 0.3 * size, y - 0.75 * size),
            (x + 1.25 * size, y - 0.35 * size),
            (x + 1.3 * size, y),
        ]
    )
    painter.fill(shape, outfit.shoes, LINE)
    painter.limb([(x - 0.5 * size, y - 1), (x + 1.2 * size, y - 1)], 2.2, 2.2, mix(outfit.shoes, "#000000", 0.35))


def _hand(painter: Painter, at: tuple[float, float], skin: str, size: float) -> None:
    x, y = at
    painter.oval(x + 0.35 * size, y - 0.65 * size, 0.32 * size, 0.5 * size, skin, LINE, 0.5)
    painter.oval(x, y, size, 0.92 * size, skin, LINE)
    painter.oval(x + 0.35 * size, y - 0.55 * size, 0.3 * size, 0.42 * size, skin, 0.0, 0.5)


def _torso(painter: Painter, who: Character, outfit: Outfit) -> None:
    """The body from neck (y 0) down; the origin is the neck."""
    s, h, t = who.shoulders, who.hips, who.torso
    shape = smooth(
        [
            (-0.45 * s, -4),
            (-s, 10),
            (-0.5 * (s + h), 0.55 * t),
            (-h, t),
            (0, t + 0.08 * h),
            (h, t),
            (0.5 * (s + h), 0.55 * t),
            (s, 10),
            (0.45 * s, -4),
        ]
    )
    painter.fill(shape, outfit.top, LINE)
    shade = smooth(
        [(-0.98 * s, 12), (-0.5 * (s + h) - 1, 0.55 * t), (-h + 1, t - 2), (-0.45 * h, t), (-0.6 * h, 0.55 * t)]
    )
    painter.fill(shade, mix(outfit.top, "#241a3a", 0.25))
    if "stripes" in outfit.extras:
        for row in (0.3, 0.52):
            painter.limb([(-0.8 * s, row * t), (0, row * t + 5), (0.86 * s, row * t)], 4.5, 4.5, outfit.accent)
    if "apron" in outfit.extras:
        apron = smooth(
            [
                (-0.5 * s, 14),
                (0.55 * s, 14),
                (0.8 * h, 0.6 * t),
                (0.85 * h, 1.12 * t),
                (-0.75 * h, 1.12 * t),
                (-0.75 * h, 0.6 * t),
            ]
        )
        painter.fill(apron, outfit.accent, LINE * 0.8)
        painter.limb([(-0.3 * h, 0.72 * t), (0.4 * h, 0.72 * t)], 1.6, 1.6, mix(outfit.accent, "#7a5a4a", 0.5))
    if "belt" in outfit.extras:
        painter.limb([(-0.97 * h, 0.86 * t), (0, 0.92 * t), (0.97 * h, 0.86 * t)], 6.5, 6.5, outfit.shoes, LINE * 0.6)
        painter.oval(0.15 * h, 0.91 * t, 9, 8, "#f2cf63", LINE * 0.6)
    if "badge" in outfit.extras:
        painter.oval(0.45 * s, 0.34 * t, 9, 9, outfit.accent, LINE * 0.7)


def _cape(painter: Painter, who: Character, outfit: Outfit, t: float, wind: float) -> None:
    flap = 8 * math.sin(7 * t) * (0.4 + wind)
    back = 30 + 55 * wind
    drop = who.torso * (1.35 - 0.25 * wind)
    shape = smooth(
        [
            (0.6 * who.shoulders, 0),
            (-0.9 * who.shoulders, 2),
            (-who.shoulders - 0.5 * back, 0.6 * drop),
            (-who.shoulders - back, drop + flap),
            (-0.5 * back, drop - 4 - flap),
            (0.4 * who.hips, 0.8 * drop),
        ]
    )
    painter.fill(shape, outfit.accent, LINE)
    fold = bent(
        (-0.7 * who.shoulders, 14), (-who.shoulders - 0.3 * back, 0.5 * drop), (-who.shoulders - 0.6 * back, drop)
    )
    painter.limb(fold, 2, 2, mix(outfit.accent, "#1c1430", 0.35))


def _scarf(painter: Painter, who: Character, outfit: Outfit, t: float) -> None:
    s = who.shoulders
    tail = bent((-0.5 * s, 6), (-1.3 * s, 4 + 6 * math.sin(5 * t)), (-1.7 * s, 34 + 12 * math.sin(5 * t + 1)))
    painter.limb(tail, 9, 12, outfit.accent, LINE)
    painter.limb([(-0.7 * s, 2), (0, 10), (0.7 * s, 2)], 11, 11, outfit.accent, LINE)


def draw_character(
    painter: Painter,
    who: Character,
    outfit: Outfit,
    *,
    x: float,
    facing: int,
    action: str,
    t: float,
    phase: float,
    speech: float = 0.0,
) -> None:
    """Draw ``who`` standing at stage point (x, 0), ``t`` seconds into ``action``; ``facing`` is 1 (right) or -1.

    ``speech``: see ``pose_of``.
    """
    pose = pose_of(action, t, phase, speech)
    shadow = max(0.5, 1 - pose.lift / 220)
    painter.glaze(oval(x + pose.sway, 4, 1.5 * who.hips * shadow + 14, 13 * shadow), "#180f2a", 0.38)
    squeeze = 1 / math.sqrt(pose.stretch)
    body = painter.at(x + pose.sway, -pose.lift, facing * squeeze, pose.stretch)
    _draw_body(body, who, outfit, pose, t, 1.0 if action == "run" else 0.0)


def _draw_body(body: Painter, who: Character, outfit: Outfit, pose: Pose, t: float, wind: float) -> None:
    """Back to front, so that nothing needs a mask."""
    arm, sleeve = 0.62 * who.torso + 42, mix(outfit.top, "#ffffff", 0.06)
    thick = 9 + 0.07 * who.hips
    upper = body.at(0, -who.legs, turn=pose.lean).at(0, -who.torso)
    face = upper.at(0, 6 - 0.86 * who.head[1], turn=pose.tilt)
    look = Look(pose.gaze, pose.eyes, pose.brow, pose.mouth)
    if "cape" in outfit.extras:
        _cape(upper, who, outfit, t, wind)
    back_hair(face, who, t)
    far = _limb_to(
        upper, (-0.78 * who.shoulders, 16), pose.far_hand, arm, 1, (thick, thick - 1), mix(sleeve, "#1c1430", 0.22)
    )
    _hand(upper, far, mix(who.skin, "#3a1f3a", 0.15), 12.5)
    shoe = 17 + 0.05 * who.hips
    for foot, side, shade in ((pose.far_foot, -1, 0.22), (pose.near_foot, 1, 0.0)):
        hip = (0.45 * who.hips * side, -who.legs - 6)
        trouser = mix(outfit.bottom, "#1c1430", shade)
        end = _limb_to(body, hip, foot, who.legs + 2 - 0.5 * shoe, -1, (thick + 4, thick), trouser)
        _shoe(body, (end[0], end[1] + 0.5 * shoe), outfit, shoe)
    _torso(upper, who, outfit)
    if "scarf" in outfit.extras:
        _scarf(upper, who, outfit, t)
    head(face, who, outfit, look)
    near = _limb_to(upper, (0.72 * who.shoulders, 18), pose.near_hand, arm, 1, (thick + 1, thick), sleeve)
    _hand(upper, near, who.skin, 13.5)
