"""Which parts of the shots become clips, and why the others don't: arithmetic on frames and PTS, nothing decoded."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from reelwright.spec.model import Clips


@dataclass(frozen=True)
class Timeline:
    """When each frame of a master is shown, and its perceptual hash."""

    pts: np.ndarray
    """PTS of each frame and, last, the PTS at which the last one ends; int64, in ``time_base``."""
    time_base: Fraction
    hashes: np.ndarray
    """64-bit perceptual hash of each frame."""
    holes: np.ndarray = field(default_factory=lambda: np.empty((0, 2), np.int64))
    """First PTS of each hole and its end (exclusive), in order: no clip crosses one."""

    def seconds(self, frame: int) -> Fraction:
        """Seconds from the first frame to ``frame``; exact."""
        return int(self.pts[frame] - self.pts[0]) * self.time_base

    def duration(self, start: int, end: int) -> Fraction:
        """Seconds that frames ``start`` to ``end`` (exclusive) are shown; exact."""
        return int(self.pts[end] - self.pts[start]) * self.time_base

    def first_at(self, seconds: Fraction) -> int:
        """First frame shown at ``seconds`` or later; the number of frames where there is none."""
        target = self.pts[0] + math.ceil(seconds / self.time_base)
        return min(int(np.searchsorted(self.pts, target, side="left")), len(self.pts) - 1)

    def sound(self, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
        """Frames ``start`` to ``end`` (exclusive) cut at holes: (first, end, whether they are sound) of each part.

        A frame that is on screen when a hole begins belongs to it: nobody knows for how long it was meant to be shown.
        """
        for hole_start, hole_end in self.holes:
            first = min(end, max(start, int(np.searchsorted(self.pts[1:], hole_start, side="right"))))
            after = min(end, max(first, int(np.searchsorted(self.pts[:-1], hole_end, side="left"))))
            if start < first:
                yield start, first, True
            if first < after:
                yield first, after, False
            start = after
        if start < end:
            yield start, end, True

    def last_end(self, start: int, seconds: Fraction) -> int:
        """Largest ``end`` (exclusive) such that frames ``start`` to ``end`` last at most ``seconds``."""
        target = self.pts[start] + math.floor(seconds / self.time_base)
        return min(int(np.searchsorted(self.pts, target, side="right")) - 1, len(self.pts) - 1)


@dataclass(frozen=True)
class Candidate:
    """A part of a shot that could be a clip."""

    shot: int
    start: int
    """First frame."""
    end: int
    """Frame after the last."""
    drop: str | None = None
    """The rule that drops it: head, tail, damage, short, long, impure or duplicate; None where it is kept."""
    twin: str | None = None
    """The clip kept instead of a duplicate."""
    frame: int | None = None
    """The frame at which an impure one may turn to another shot."""

    def clip_id(self, episode: str) -> str:
        """``ep<NN>_<start>_<end>``."""
        return f"ep{episode}_{self.start:06d}_{self.end:06d}"


@functools.cache
def exact(seconds: float) -> Fraction:
    """A number of seconds as the person wrote it: 0.1 is a tenth."""
    return Fraction(str(seconds))


def _split(timeline: Timeline, part: Candidate, low: Fraction, high: Fraction) -> Iterator[Candidate]:
    """Equal parts of ``low`` to ``high`` seconds; where no number of parts fits, the first ``high`` seconds."""
    duration = timeline.duration(part.start, part.end)
    count = math.ceil(duration / high)
    if duration / count < low:
        yield replace(part, end=timeline.last_end(part.start, high))
        return
    start = part.start
    for number in range(1, count + 1):
        end = part.end
        if number < count:
            end = timeline.first_at(timeline.seconds(part.start) + duration * number / count)
        end = min(end, timeline.last_end(start, high))
        yield replace(part, start=start, end=end)
        start = end


def _parts(timeline: Timeline, shot: Candidate, settings: Clips) -> Iterator[Candidate]:
    """The candidates of one shot, trimmed at its edges and to the episode's usable stretch."""
    low, high = exact(settings.min_s), exact(settings.max_s)
    inner = replace(shot, start=shot.start + settings.trim_frames, end=shot.end - settings.trim_frames)
    if inner.end <= inner.start or timeline.duration(inner.start, inner.end) < low:
        yield replace(shot, drop="short")
        return
    frames = len(timeline.pts) - 1
    first = timeline.first_at(exact(settings.head_s))
    last = timeline.last_end(0, timeline.seconds(frames) - exact(settings.tail_s))
    usable = replace(inner, start=max(inner.start, first), end=min(inner.end, last))
    if usable.end <= usable.start or timeline.duration(usable.start, usable.end) < low:
        yield replace(inner, drop="head" if inner.start < first else "tail")
        return
    if timeline.duration(usable.start, usable.end) <= high:
        yield usable
    elif settings.long_shots == "discard":
        yield replace(usable, drop="long")
    else:
        trimmed = [replace(usable, end=timeline.last_end(usable.start, high))]
        for part in trimmed if settings.long_shots == "trim" else _split(timeline, usable, low, high):
            # Where max_s is hardly above min_s, whole frames may miss both.
            yield part if timeline.duration(part.start, part.end) >= low else replace(part, drop="short")


def _sound_parts(timeline: Timeline, shot: Candidate, settings: Clips) -> Iterator[Candidate]:
    """The candidates of one shot, of each part of it between holes; the holes are candidates dropped as damage."""
    for start, end, sound in timeline.sound(shot.start, shot.end):
        part = replace(shot, start=start, end=end)
        if sound:
            yield from _parts(timeline, part, settings)
        else:
            yield replace(part, drop="damage")


def _signature(timeline: Timeline, part: Candidate) -> np.ndarray:
    """Hashes of the first, middle and last frame: one alone would call two actions before one background the same."""
    return timeline.hashes[[part.start, (part.start + part.end) // 2, part.end - 1]]


def select_clips(
    timeline: Timeline,
    shots: list[tuple[int, int]],
    settings: Clips,
    episode: str,
    doubtful: Callable[[int, int], int | None] = lambda start, end: None,
) -> list[Candidate]:
    """Every candidate clip of an episode in order, each either kept or dropped by a named rule.

    ``shots`` are (first frame, end exclusive). ``doubtful`` gives the frame of a stretch (first frame, end exclusive) at
    which a second shot may begin, or None: such a stretch is dropped as impure. Of two clips whose first, middle and
    last frames all differ by at most ``dedupe_threshold`` bits the earlier is kept, and the later names it.
    """
    chosen: list[Candidate] = []
    signatures: list[np.ndarray] = []
    keepers: list[str] = []
    for shot in (Candidate(number, start, end) for number, (start, end) in enumerate(shots)):
        for part in _sound_parts(timeline, shot, settings):
            if part.drop is not None:
                chosen.append(part)
                continue
            frame = doubtful(part.start, part.end)
            if frame is not None:
                chosen.append(replace(part, drop="impure", frame=frame))
                continue
            signature = _signature(timeline, part)
            if signatures:
                worst = np.bitwise_count(np.stack(signatures) ^ signature).max(axis=1)
                nearest = int(worst.argmin())
                if worst[nearest] <= settings.dedupe_threshold:
                    chosen.append(replace(part, drop="duplicate", twin=keepers[nearest]))
                    continue
            signatures.append(signature)
            keepers.append(part.clip_id(episode))
            chosen.append(part)
    return chosen
