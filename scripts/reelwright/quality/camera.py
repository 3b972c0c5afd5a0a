"""Camera: how the camera of a clip moves, from the stored thumbs.

The backdrop is followed through the clip, some tenths of a second at a time, always back to one and the same reference
while enough of it is in sight: a camera at rest stays at exactly zero however long the clip is. The move's name follows
from the whole way, its speed from its length.
"""

from __future__ import annotations

import copy
from dataclasses import asdict, dataclass

import numpy as np

from reelwright.quality.registration import Match, Reference
from reelwright.scan.measure import THUMB_HEIGHT, THUMB_WIDTH
from reelwright.spec.quality import CameraLimits

SAMPLE_S = 0.2
"""Seconds between the frames that are compared: drawings held on twos and threes have changed, a fast pan is still in sight."""

FRESH_COST = 0.35
"""Unexplained share from which on a fresher reference is tried."""

FRESHER_BY = 0.05
"""Unexplained share that a fresher reference must save: each one adds its own error to the way."""

NO_MATCH = 0.55
"""Unexplained share from which on a frame says nothing about the camera: a flash, or something right before the lens."""

SOUND_SHARE = 0.5
"""Share of the frames that must show something."""

LOST_S = 0.6
"""Seconds at a clip's end for which the backdrop is lost, from which on its camera can't be named; shorter, and somebody has
stepped before the lens."""

BLANK = 4.0
"""Deviation of luma below which a frame shows nothing to hold on to."""

REFERENCE_REACH = np.array([THUMB_WIDTH / 4, THUMB_HEIGHT / 4, 0.25])
"""Pixels, and logarithm of the scale, after which a new reference is taken."""

UNITS = np.array([THUMB_WIDTH, THUMB_HEIGHT, 1.0])


@dataclass(frozen=True)
class Camera:
    """The move of a clip's camera, and its mean speeds."""

    move: str
    """static, pan_left, pan_right, tilt_up, tilt_down, zoom_in, zoom_out or complex: where the camera turns, so in
    ``pan_right`` the picture moves to the left."""
    speed: float | None
    """Of a pan or tilt: picture widths or heights a second. Of a zoom: factor a second, above 1. 0 for a static camera, None
    for a complex move."""
    pan: float
    """Picture widths a second, to the right."""
    tilt: float
    """Picture heights a second, upwards."""
    zoom: float
    """Factor a second: above 1 the picture grows."""

    def row(self) -> dict[str, str | float | None]:
        """The camera as it stands in rows."""
        return {name: round(one, 4) if isinstance(one, float) else one for name, one in asdict(self).items()}


def _joined(before: np.ndarray, motion: np.ndarray) -> np.ndarray:
    """The motion that ``before`` and then ``motion`` make."""
    scale = np.exp(motion[2])
    return np.array([scale * before[0] + motion[0], scale * before[1] + motion[1], before[2] + motion[2]])


def _sampled(seconds: np.ndarray) -> np.ndarray:
    """Positions of frames about ``SAMPLE_S`` apart, the first and the last among them."""
    count = max(2, round(float(seconds[-1] - seconds[0]) / SAMPLE_S) + 1)
    wanted = np.linspace(seconds[0], seconds[-1], count)
    return np.unique(np.abs(seconds[:, None] - wanted).argmin(axis=0))


class _Follower:
    """Follows the backdrop from picture to picture."""

    def __init__(self, first: np.ndarray) -> None:
        self._reference, self._base = Reference(first), np.zeros(3)
        self._last, self._pace = np.zeros(3), np.zeros(3)
        self._newest = (first, np.zeros(3))
        """The last picture that was matched, and its motion from the clip's first."""

    def follow(self, picture: np.ndarray) -> np.ndarray | None:
        """The motion from the clip's first picture to this one; None where it says nothing."""
        found = self._reference.match(picture, [self._last, self._last + self._pace, np.zeros(3)])
        if found.cost > FRESH_COST:
            found = self._fresher(picture, found)
        if found.cost > NO_MATCH:
            return None
        self._pace, self._last = found.motion - self._last, found.motion
        motion = _joined(self._base, found.motion)
        self._newest = (picture, motion)
        if np.any(np.abs(found.motion) > REFERENCE_REACH):
            self._refer_to(picture, motion)
        return motion

    def walk(self, pictures: np.ndarray) -> tuple[_Follower, np.ndarray] | None:
        """Another follower that has come to the last of ``pictures`` by way of all of them, and the motion to there.

        For moves too fast to be seen from afar; None where one of the pictures says nothing.
        """
        walker, motion = copy.copy(self), None
        walker._refer_to(*self._newest)
        for picture in pictures:
            motion = walker.follow(picture)
            if motion is None:
                return None
        return (walker, motion) if motion is not None else None

    def _fresher(self, picture: np.ndarray, found: Match) -> Match:
        """The match with the newest picture as reference, where that is better."""
        fresh, base = self._newest
        better = Reference(fresh).match(picture, [np.zeros(3), self._pace])
        if better.cost >= found.cost - FRESHER_BY:
            return found
        self._refer_to(fresh, base)
        return better

    def _refer_to(self, picture: np.ndarray, motion: np.ndarray) -> None:
        self._reference, self._base = Reference(picture), motion
        self._last = np.zeros(3)


@dataclass
class Way:
    """How far the backdrop has moved, by the frames that say something about it."""

    seconds: list[float]
    """From the clip's first frame."""
    motions: list[np.ndarray]
    """Shift to the right and down, in pixels of a thumb, and logarithm of the scale."""
    lost_s: float
    """Time at the clip's end for which nothing could be followed."""


def follow_backdrop(luma: np.ndarray, seconds: np.ndarray) -> Way:
    """The way of the backdrop through a clip; ``luma`` of shape (frames, 27, 48), ``seconds`` of each frame."""
    sampled = _sampled(seconds)
    chosen = sampled[luma[sampled].std(axis=(1, 2)) >= BLANK].tolist()
    if not chosen:
        return Way([], [], float(seconds[-1] - seconds[0]))
    follower = _Follower(luma[chosen[0]])
    way = Way([0.0], [np.zeros(3)], 0.0)
    before = chosen[0]
    for frame in chosen[1:]:
        motion = follower.follow(luma[frame])
        walked = follower.walk(luma[before + 1 : frame + 1]) if motion is None else None
        if walked is not None:
            follower, motion = walked
        if motion is not None:
            before = frame
            way.seconds.append(float(seconds[frame] - seconds[chosen[0]]))
            way.motions.append(motion)
    way.lost_s = float(seconds[-1] - seconds[chosen[0]]) - way.seconds[-1]
    return way


def _name(way: np.ndarray, aspect: float, limits: CameraLimits) -> str:
    """The name of the move along ``way``."""
    # How far the move takes the point that it moves most, in picture widths: a zoom moves the sides by half its growth.
    moved = way * (1.0, 1 / aspect, 0.5)
    extent, net = np.ptp(moved, axis=0), moved[-1]
    if extent.max() < limits.moved:
        return "static"
    shift = float(np.hypot(net[0], net[1]))
    # A zoom's fixed point lies within the picture: the middle moves less than the sides.
    kind = 2 if abs(net[2]) > shift else int(abs(net[1]) > abs(net[0]))
    others = np.delete(extent, kind).max()
    allowed = abs(net[kind]) * (1 if kind == 2 else limits.mixed)
    if abs(net[kind]) < max(limits.moved, limits.straight * extent[kind]) or others > allowed:
        return "complex"
    # The backdrop moves against the camera.
    names = (("pan_left", "pan_right"), ("tilt_up", "tilt_down"), ("zoom_in", "zoom_out"))
    return names[kind][int(net[kind] < 0)]


def measure_camera(luma: np.ndarray, seconds: np.ndarray, aspect: float, limits: CameraLimits) -> Camera | None:
    """The camera of a clip; None where too little is to be seen.

    ``luma`` of shape (frames, 27, 48) is the upright picture within its bars, of display ``aspect`` (width over height);
    ``seconds`` are those of its frames.
    """
    if len(luma) < 2 or np.mean(luma.std(axis=(1, 2)) >= BLANK) < SOUND_SHARE:
        return None
    way = follow_backdrop(luma, seconds)
    motions = np.array(way.motions) / UNITS
    duration = max(way.seconds[-1], SAMPLE_S)
    pan, tilt = -float(motions[-1, 0] / duration), float(motions[-1, 1] / duration)
    zoom = float(np.exp(motions[-1, 2] / duration))
    move = "complex" if way.lost_s > LOST_S else _name(motions, aspect, limits)
    speeds = {"static": 0.0, "pan": abs(pan), "tilt": abs(tilt), "zoom": max(zoom, 1 / zoom)}
    return Camera(move, speeds.get(move.split("_")[0]), pan, tilt, zoom)
