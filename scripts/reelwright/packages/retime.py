"""Which source frame each frame of a training row shows: exact arithmetic on time stamps, no rounding anywhere.

Frame ``k`` of a row lasts from ``k / rate`` to ``(k + 1) / rate`` seconds after its clip's start, and shows the source
frame that is on screen in the middle of that time: the last one whose PTS is not later. The middle, because at the
beginning of a frame the source often changes its own, and then the rounding of time stamps would decide: 24 fps film in
microseconds, taken at 24 fps by the beginnings, repeats or leaves out every fifth frame. (FFmpeg's fps filter, which
rounds to the nearest, picks the same frames.)
"""

from __future__ import annotations

import math
from fractions import Fraction

from reelwright.spec.model import Package

FRAME_STEP = 4
"""Wan's video encoder packs 4 frames into one latent after the first: rows have 4n+1 frames."""


MIDDLE = Fraction(1, 2)
"""Share of its own time after which a row's frame looks at the source."""


def available_frames(duration: Fraction, rate: Fraction) -> int:
    """How many frames of a row, from the first on, have their middle before ``duration`` seconds have passed."""
    return max(0, math.ceil(duration * rate - MIDDLE))


def row_frames(available: int, settings: Package) -> int | None:
    """Frames of a row made of a clip with ``available`` frames; None where the package drops such a clip.

    The largest declared bucket that fits; below the smallest, by ``short_clips``, the largest 4n+1 that fits or none.
    Never fewer than ``min_frames``.
    """
    fitting = [bucket for bucket in settings.frame_buckets if bucket <= available]
    if fitting:
        count = max(fitting)
    elif settings.short_clips == "floor" and available > 0:
        count = available - (available - 1) % FRAME_STEP
    else:
        return None
    return count if count >= settings.min_frames else None


class Instants:
    """The middles of the frames of one row, handed out as its source frames pass by in presentation order."""

    def __init__(self, start_pts: int, time_base: Fraction, rate: Fraction, count: int) -> None:
        self._start = start_pts
        self._step = 1 / (rate * time_base)
        self._count = count
        self._next = 0

    def pts(self, index: int) -> Fraction:
        """Middle of frame ``index`` of the row, in units of the source's time base; exact, so seldom whole."""
        return self._start + (index + MIDDLE) * self._step

    def before(self, pts: int) -> range:
        """Row frames, not handed out before, whose instants lie before ``pts``: they show what was on screen."""
        passed = math.ceil((pts - self._start) / self._step - MIDDLE)
        first, self._next = self._next, max(self._next, min(passed, self._count))
        return range(first, self._next)

    def rest(self) -> range:
        """Row frames not handed out yet: they show the last source frame."""
        first, self._next = self._next, self._count
        return range(first, self._count)
