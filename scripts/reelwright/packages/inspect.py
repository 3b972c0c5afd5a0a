"""What a video file of a package really holds: every frame decoded, as a trainer's loader does."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av

from reelwright.digest import file_sha256
from reelwright.errors import BadItem
from reelwright.media import open_video, reason


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


def inspect_media(path: Path) -> Inspection:
    """Decode the file at ``path`` from its first frame to its last on one thread."""
    sha256 = file_sha256(path)
    times: list[Fraction] = []
    sizes: set[tuple[int, int]] = set()
    pixel_format = ""
    try:
        container, stream = open_video(path, threads=1)
        with container:
            base = stream.time_base or Fraction(1)
            for frame in container.decode(stream):
                times.append((frame.pts or 0) * base)
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
    return Inspection(sha256, len(times), width, height, _rate(times, average), pixel_format)


def _rate(times: list[Fraction], average: Fraction | None) -> Fraction | None:
    """The constant rate of frames shown from ``times`` on; of a single frame, what the file says."""
    steps = {later - earlier for earlier, later in pairwise(times)}
    if not steps:
        return average
    step = steps.pop()
    return 1 / step if not steps and step > 0 else None
