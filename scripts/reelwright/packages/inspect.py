"""What a video file of a package really holds: every frame decoded, as a trainer's loader does."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np

from reelwright.align.footage import Footage
from reelwright.digest import file_sha256
from reelwright.errors import BadItem
from reelwright.media import open_video, reason
from reelwright.scan.measure import GRID_HEIGHT, GRID_WIDTH, THUMB_HEIGHT, THUMB_WIDTH, FrameMeter

LOOK_S = 0.24
"""Seconds between the frames that are kept: every fourth at 16 frames a second. A season's rows take 120 MB so."""


@dataclass(frozen=True)
class Inspection:
    """The facts of one media file."""

    sha256: str
    frames: int = 0
    """Frames that can be decoded."""
    width: int = 0
    height: int = 0
    rate: Fraction | None = None
    """Frames a second, where all frames but the last are shown equally long; None where they aren't."""
    pixel_format: str = ""
    error: str | None = None
    """Why it can't be decoded to its end."""
    seen: Footage | None = None
    """Some of its frames as footage, where they were asked for."""


class _Look:
    """Frames of training media, BT.709 at limited range, as a scan measures them: one each ``LOOK_S`` seconds."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._meter = FrameMeter()
        self._times: list[float] = []
        self._cells: list[np.ndarray] = []
        self._luma: list[np.ndarray] = []

    def take(self, time: float, frame: av.VideoFrame) -> None:
        """Measure a frame where it is due."""
        if self._times and time < self._times[-1] + LOOK_S:
            return
        small = self._meter.shrink(frame)[1]
        self._times.append(time)
        self._cells.append(cv2.resize(small, (GRID_WIDTH, GRID_HEIGHT), interpolation=cv2.INTER_AREA).ravel())
        self._luma.append(cv2.resize(small, (THUMB_WIDTH, THUMB_HEIGHT), interpolation=cv2.INTER_AREA))

    def footage(self) -> Footage:
        """What was measured."""
        luma = np.stack(self._luma)
        times = np.array(self._times) - self._times[0]
        return Footage(self._name, np.stack(self._cells), times, lambda frames: luma[frames].astype(np.float32))


def inspect_media(path: Path, look: str | None = None) -> Inspection:
    """Decode the file at ``path`` from its first frame to its last on one thread.

    ``look`` is the name under which some of its frames are kept as footage; None where they aren't.
    """
    sha256 = file_sha256(path)
    taken = None if look is None else _Look(look)
    times: list[Fraction] = []
    sizes: set[tuple[int, int]] = set()
    pixel_format = ""
    try:
        container, stream = open_video(path, threads=1)
        with container:
            base = stream.time_base or Fraction(1)
            for frame in container.decode(stream):
                times.append((frame.pts or 0) * base)
                if taken is not None:
                    taken.take(float(times[-1]), frame)
                sizes.add((frame.width, frame.height))
                pixel_format = frame.format.name
            average = stream.average_rate
    except BadItem as error:
        return Inspection(sha256, error=error.message)
    except (av.FFmpegError, OSError) as error:
        return Inspection(sha256, error=reason(error))
    if len(sizes) != 1:
        return Inspection(sha256, error="its pictures change size" if sizes else "it has no picture")
    width, height = sizes.pop()
    seen = taken.footage() if taken else None
    return Inspection(sha256, len(times), width, height, _rate(times, average), pixel_format, seen=seen)


def _rate(times: list[Fraction], average: Fraction | None) -> Fraction | None:
    """The constant rate of frames shown from ``times`` on; of a single frame, what the file says."""
    steps = {later - earlier for earlier, later in pairwise(times)}
    if not steps:
        return average
    step = steps.pop()
    return 1 / step if not steps and step > 0 else None
