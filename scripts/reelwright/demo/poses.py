"""How a character stands, moves and looks at a moment of an action: limited animation, drawn from key poses."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

Point = tuple[float, float]


@dataclass(frozen=True)
class Pose:
    """A pose. Hands and feet are in units of the arm's and the leg's length, from shoulder and hip; y points down."""

    near_hand: Point = (0.12, 0.92)
    far_hand: Point = (-0.1, 0.92)
    near_foot: Point = (0.12, 1.0)
    far_foot: Point = (-0.12, 1.0)
    lift: float = 0.0
    """Height of the whole body above the ground, in units of the stage."""
    sway: float = 0.0
    """Sideways shift of the whole body, in units of the stage."""
    stretch: float = 1.0
    """Above 1 taller and thinner, below 1 squashed; the area stays."""
    lean: float = 0.0
    """Turn of the upper body in radians, forwards positive."""
    tilt: float = 0.0
    """Turn of the head in radians."""
    gaze: Point = (0.35, 0.0)
    """Where the pupils sit, -1 to 1."""
    eyes: float = 1.0
    """How far the lids are open: 0 shut, 1 open, 1.2 wide."""
    brow: float = 0.0
    """Brows: -1 angry, 1 surprised."""
    mouth: str = "smile"
    """``smile closed small round wide teeth frown``."""


_FLAPS = ("small", "wide", "round", "small", "closed", "teeth", "wide", "small", "round", "closed")
"""Mouths of a talking character, six a second: flaps, not phonemes."""


_GESTURES = (((0.75, -0.1), (-0.25, 0.85)), ((0.5, 0.45), (-0.25, 0.85)), ((0.75, 0.1), (-0.4, 0.5)))
"""Near and far hand of the gestures that a talker goes through."""


def _wave(t: float, per_second: float, phase: float = 0.0) -> float:
    return math.sin(2 * math.pi * (t * per_second + phase))


def _stand(t: float) -> Pose:
    breath = _wave(t, 0.45)
    return Pose(
        near_hand=(0.2 + 0.03 * breath, 0.9),
        far_hand=(-0.2 - 0.03 * breath, 0.9),
        stretch=1 + 0.012 * breath,
        tilt=0.04 * _wave(t, 0.23),
        gaze=(0.35 + 0.2 * _wave(t, 0.31), 0.0),
    )


def _talk(t: float) -> Pose:
    beat, turn = math.floor(t * 1.1) % 3, min(1.0, t * 1.1 % 1.0 * 4)
    near, far = _GESTURES[beat - 1], _GESTURES[beat]
    hands = [tuple(a + (b - a) * turn for a, b in zip(*pair, strict=True)) for pair in zip(near, far, strict=True)]
    return Pose(
        near_hand=(hands[0][0], hands[0][1] + 0.06 * _wave(t, 1.5)),
        far_hand=(hands[1][0], hands[1][1]),
        tilt=0.07 * _wave(t, 0.7),
        stretch=1 + 0.02 * abs(_wave(t, 1.5)),
        brow=0.5 * _wave(t, 0.6),
        lean=0.04,
    )


def _listen(t: float) -> Pose:
    nod = max(0.0, _wave(t, 0.5)) ** 4
    return replace(_stand(t), tilt=0.12 * nod, brow=0.4 * nod, mouth="closed", near_hand=(-0.1, 0.62))


def _stride(t: float, pace: float, reach: float, lean: float) -> Pose:
    swing, rise = _wave(t, pace), abs(_wave(t, pace))
    return Pose(
        near_foot=(reach * swing, 1 - 0.28 * max(0.0, _wave(t, pace, 0.25))),
        far_foot=(-reach * swing, 1 - 0.28 * max(0.0, _wave(t, pace, 0.75))),
        near_hand=(-0.75 * reach * swing / 0.4, 0.75),
        far_hand=(0.75 * reach * swing / 0.4, 0.75),
        lift=9 * (1 - rise),
        stretch=1 + 0.03 * (0.5 - rise),
        lean=lean,
        tilt=-lean * 0.4,
        gaze=(0.7, 0.0),
    )


def _walk(t: float) -> Pose:
    return _stride(t, 1.0, 0.42, 0.05)


def _run(t: float) -> Pose:
    return replace(
        _stride(t, 1.9, 0.72, 0.24),
        near_hand=(0.5 + 0.4 * _wave(t, 1.9), 0.35),
        far_hand=(0.3 - 0.5 * _wave(t, 1.9), 0.4),
        mouth="wide",
        brow=0.4,
        lift=16 * abs(_wave(t, 1.9)),
    )


def _sneak(t: float) -> Pose:
    step = _stride(t, 0.6, 0.5, 0.2)
    return replace(
        step,
        near_hand=(0.6, 0.1),
        far_hand=(0.45, 0.2),
        mouth="closed",
        brow=0.6,
        gaze=(0.8 * _wave(t, 0.35), 0.0),
        stretch=0.94 + 0.03 * _wave(t, 1.2),
    )


def _hop(t: float) -> Pose:
    beat = (t * 1.25) % 1.0
    if beat < 0.22:  # crouch, then spring: anticipation is what makes it read as a hop
        down = math.sin(math.pi * beat / 0.22)
        return Pose(near_hand=(0.4, 0.8), far_hand=(-0.4, 0.8), stretch=1 - 0.2 * down, eyes=0.7, mouth="closed")
    air = (beat - 0.22) / 0.78
    return Pose(
        near_hand=(0.75, -0.55),
        far_hand=(-0.75, -0.55),
        near_foot=(0.25, 0.85),
        far_foot=(-0.2, 0.75),
        lift=95 * 4 * air * (1 - air),
        stretch=1 + 0.1 * abs(1 - 2 * air),
        mouth="wide",
        brow=0.8,
        eyes=1.15,
    )


def _cheer(t: float) -> Pose:
    up = abs(_wave(t, 1.1))
    return Pose(
        near_hand=(0.5 + 0.15 * _wave(t, 2.2), -0.85),
        far_hand=(-0.5 + 0.15 * _wave(t, 2.2), -0.85),
        lift=26 * up,
        stretch=0.96 + 0.09 * up,
        mouth="wide",
        brow=0.9,
        eyes=0.0 if up > 0.8 else 1.1,
        tilt=0.1 * _wave(t, 1.1),
    )


def _wave_hand(t: float) -> Pose:
    return replace(_stand(t), near_hand=(0.5 + 0.3 * _wave(t, 1.6), -0.75), mouth="wide", brow=0.5, tilt=0.08)


def _point(t: float) -> Pose:
    jab = max(0.0, _wave(t, 0.8))
    return replace(
        _stand(t),
        near_hand=(0.92 + 0.08 * jab, -0.12),
        far_hand=(-0.32, 0.5),
        lean=0.08 + 0.06 * jab,
        brow=-0.5,
        gaze=(0.8, -0.1),
        mouth="teeth" if jab > 0.5 else "small",
    )


def _hold(t: float) -> Pose:
    return replace(
        _stand(t),
        near_hand=(0.55, 0.32 + 0.03 * _wave(t, 0.6)),
        far_hand=(0.35, 0.4),
        gaze=(0.5, 0.45),
        tilt=0.1,
        brow=0.3,
        mouth="round" if _wave(t, 0.4) > 0.3 else "smile",
    )


def _shiver(t: float) -> Pose:
    shake = 3.0 if math.floor(t * 12.5) % 2 else -3.0
    return Pose(
        near_hand=(-0.35, 0.42),
        far_hand=(0.3, 0.42),
        sway=shake,
        stretch=0.95,
        mouth="teeth",
        brow=0.7,
        gaze=(0.3 * _wave(t, 0.5), 0.1),
        tilt=0.03 * shake / 3,
    )


def _look(t: float) -> Pose:
    side = max(-1.0, min(1.0, 1.6 * _wave(t, 0.42)))
    return replace(
        _stand(t),
        gaze=(0.85 * side, -0.25),
        tilt=0.1 * side,
        brow=0.6,
        mouth="closed",
        eyes=1.1,
        near_hand=(0.42, -0.45) if side > 0.3 else (0.2, 0.9),
    )


def _gasp(t: float) -> Pose:
    start = min(t / 0.3, 1.0)
    return Pose(
        near_hand=(0.3, 0.1),
        far_hand=(-0.3, 0.1),
        stretch=0.9 + 0.16 * start + 0.015 * _wave(t, 2.5),
        lean=-0.1 * start,
        eyes=1.25,
        brow=1.0,
        mouth="round",
        gaze=(0.3, -0.1),
    )


ACTIONS: dict[str, tuple[Callable[[float], Pose], str]] = {
    "stand": (_stand, "stands"),
    "talk": (_talk, "talks"),
    "listen": (_listen, "listens"),
    "walk": (_walk, "walks"),
    "run": (_run, "runs"),
    "sneak": (_sneak, "tiptoes"),
    "hop": (_hop, "hops"),
    "cheer": (_cheer, "cheers"),
    "wave": (_wave_hand, "waves"),
    "point": (_point, "points ahead"),
    "hold": (_hold, "looks at what is in the hand"),
    "shiver": (_shiver, "shivers"),
    "look": (_look, "looks around"),
    "gasp": (_gasp, "gasps"),
}
"""The pose function of each action (seconds in, pose out) and the verb that tells it."""


def _between(one: Pose, other: Pose, share: float) -> Pose:
    """The pose ``share`` of the way from ``one`` to ``other``; the mouth is the nearer one's."""

    def number(a: float, b: float) -> float:
        return a + (b - a) * share

    def point(a: Point, b: Point) -> Point:
        return (number(a[0], b[0]), number(a[1], b[1]))

    return Pose(
        point(one.near_hand, other.near_hand),
        point(one.far_hand, other.far_hand),
        point(one.near_foot, other.near_foot),
        point(one.far_foot, other.far_foot),
        number(one.lift, other.lift),
        number(one.sway, other.sway),
        number(one.stretch, other.stretch),
        number(one.lean, other.lean),
        number(one.tilt, other.tilt),
        point(one.gaze, other.gaze),
        number(one.eyes, other.eyes),
        number(one.brow, other.brow),
        (one, other)[share >= 0.5].mouth,
    )


def pose_of(action: str, t: float, phase: float, speech: float = 0.0) -> Pose:
    """The pose ``t`` seconds into an action; ``phase`` (seconds) keeps two characters from moving as one.

    ``speech`` goes from 0 (silent) to 1 (speaks): a talker's hands move with it, and the mouth flaps from 0.5 on.
    """
    pose = ACTIONS[action][0](t if action == "gasp" else t + phase)
    if action == "talk":
        pose = _between(_listen(t + phase), pose, speech)
    if speech >= 0.5:
        pose = replace(pose, mouth=_FLAPS[math.floor((t + phase) * 6) % len(_FLAPS)])
    blink = (t + phase * 3.1) % 2.7 < 0.13
    return replace(pose, eyes=0.0) if blink else pose
