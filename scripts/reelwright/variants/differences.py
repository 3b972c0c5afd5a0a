"""Where two aligned masters differ, by their scans: what lies between segments, and frames that show something else.

A difference inside a segment (a title card in another language) is only a suspicion here: at the size of thumbs, small type
that was sampled otherwise looks like other words. A look at the decoded pictures settles it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from reelwright.align.compare import WARY_THUMB, shown_part, unlike_map
from reelwright.align.footage import FLAT_DEVIATION, Footage
from reelwright.align.picture import WHOLE, Window
from reelwright.align.segments import Alignment, unmatched
from reelwright.scan.file import CHUNK

LOOK_S = 0.2
"""Seconds between the frames whose thumbs are compared; the frames at the ends of what differs are compared one by one."""

UNLIKE_PLACES = 8
"""Neighbourhoods of 1,012 from which on a frame is suspect: 0.8 % of the picture, a short word in small type."""

OVERLAY_SHARE = 0.5
"""Share of the frames from which on a place that differs is an overlay (a logo), not a difference of frames."""

OVERLAY_FRAMES = 50
"""Compared frames without which nothing is taken for an overlay."""

JOINED_S = 1.0
"""Seconds of likeness that don't end a difference."""

SHORTEST_FRAMES = 3
"""Frames below which what differs inside a segment is no difference: beside a cut, another speed shows its wrong side."""

PART_PLACES, PART_FRAMES = 4, 3
"""Places, spread over a master, and frames at each, by which it is found which part of the picture the other one shows."""

PART_STEPS = 0.01
"""Share of width or height up to which a part counts as the whole picture."""

TITLE_S, TITLE_SHARE, TITLE_LONGEST_S = 180.0, 0.15, 15.0
"""A title card begins in the first 3 minutes and 15 % of an episode, and lasts 15 s at most (our reading of a season's)."""


@dataclass(frozen=True)
class Difference:
    """A stretch in which two masters differ; empty on one side where it was put in or left out."""

    a_start: int
    a_end: int
    """Exclusive."""
    b_start: int
    b_end: int
    """Exclusive."""
    a_frame: int
    b_frame: int
    """Frames that show it best, or lie beside it where it is empty."""
    certain: bool
    """Whether no look at the pictures is needed."""

    def kind(self, a: Footage) -> str:
        """``inserted`` or ``dropped`` (in the second master), ``title_card`` or ``other``."""
        if self.a_start == self.a_end:
            return "inserted"
        if self.b_start == self.b_end:
            return "dropped"
        begins, lasts = float(a.times[self.a_start]), (self.a_end - self.a_start) * a.step_s
        early = begins <= min(TITLE_S, TITLE_SHARE * float(a.times[-1]))
        return "title_card" if early and lasts <= TITLE_LONGEST_S else "other"


@dataclass(frozen=True)
class Differences:
    """All in which two masters differ."""

    ranges: tuple[Difference, ...]
    part: Window
    """The part of the second master's picture that the first one shows."""
    overlay: np.ndarray
    """Neighbourhoods of the thumbs that differ throughout, bool of shape (23, 44)."""


def common_part(a: Footage, b: Footage, shown: np.ndarray) -> Window:
    """The part of ``b``'s picture that ``a`` shows, by frames that show enough; the whole where there are none."""
    frames = np.flatnonzero((shown >= 0) & (a.cells.std(axis=1) >= 4 * FLAT_DEVIATION))
    if len(frames) == 0:
        return WHOLE
    places = np.linspace(0, len(frames) - 1, PART_PLACES + 2)[1:-1].astype(np.int64)
    near = places[:, None] + np.arange(PART_FRAMES) * round(LOOK_S / a.step_s)
    seen = np.unique(frames[np.minimum(near, len(frames) - 1)])
    part, _ = shown_part(a.pictures(seen), b.pictures(shown[seen]))
    sides = (part.top, part.bottom, part.left, part.right)
    return part if max(map(abs, sides)) > PART_STEPS else WHOLE


def _maps(a: Footage, b: Footage, shown: np.ndarray, frames: np.ndarray, part: Window) -> np.ndarray:
    return unlike_map(a.pictures(frames), b.pictures(shown[frames], part), WARY_THUMB)


def _compared(a: Footage, b: Footage, shown: np.ndarray, part: Window) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Numbers and maps of the frames that are compared, a chunk of the scan at a time."""
    every = max(1, round(LOOK_S / a.step_s))
    for first in range(0, a.frames, CHUNK):
        frames = np.arange(-(-first // every) * every, min(first + CHUNK, a.frames), every)
        frames = frames[shown[frames] >= 0]
        if len(frames):
            yield frames, _maps(a, b, shown, frames, part)


def _suspects(a: Footage, b: Footage, shown: np.ndarray, part: Window) -> tuple[list[Difference], np.ndarray]:
    """Stretches that may differ though both masters have them, and the overlay."""
    every = max(1, round(LOOK_S / a.step_s))
    numbers, maps = [], []
    for frames, unlike in _compared(a, b, shown, part):
        numbers.append(frames)
        maps.append(np.packbits(unlike.reshape(len(frames), -1), axis=1))
        shape = unlike.shape[1:]
    if not numbers:
        return [], np.zeros((0, 0), bool)
    frames, packed = np.concatenate(numbers), np.concatenate(maps)
    unlike = np.unpackbits(packed, axis=1, count=shape[0] * shape[1]).view(bool)
    overlay = unlike.mean(axis=0) > OVERLAY_SHARE if len(frames) >= OVERLAY_FRAMES else np.zeros(unlike.shape[1], bool)
    places = (unlike & ~overlay).sum(axis=1)
    suspect = np.flatnonzero(places >= UNLIKE_PLACES)
    groups = (
        np.split(suspect, np.flatnonzero(np.diff(frames[suspect]) > JOINED_S / a.step_s) + 1) if len(suspect) else []
    )
    found = []
    for group in groups:
        worst = int(frames[group[int(np.argmax(places[group]))]])
        first, last = int(frames[group[0]]), int(frames[group[-1]])
        around = np.concatenate([np.arange(first - every + 1, first), np.arange(last + 1, last + every)])
        around = around[(around >= 0) & (around < a.frames)]
        around = around[shown[around] >= 0]
        maps_around = _maps(a, b, shown, around, part).reshape(len(around), -1)
        more = around[(maps_around & ~overlay).sum(axis=1) >= UNLIKE_PLACES]
        first, last = min([first, *more.tolist()]), max([last, *more.tolist()])
        if last - first + 1 >= SHORTEST_FRAMES:
            found.append(
                Difference(first, last + 1, int(shown[first]), int(shown[last]) + 1, worst, int(shown[worst]), False)
            )
    return found, overlay.reshape(shape)


def _gaps(a: Footage, b: Footage, alignment: Alignment) -> list[Difference]:
    """What lies before, between and after the segments."""
    found = []
    for a_start, a_end, b_start, b_end in unmatched(a, b, alignment.segments):
        if a_end > a_start or b_end > b_start:
            middle = (min((a_start + a_end) // 2, a.frames - 1), min((b_start + b_end) // 2, b.frames - 1))
            found.append(Difference(a_start, a_end, b_start, b_end, *middle, True))
    return found


def joined(ranges: Sequence[Difference], a: Footage, b: Footage) -> list[Difference]:
    """Differences in order, those that touch or nearly do made one: a longer title card in another language is one."""
    kept: list[Difference] = []
    for one in sorted(ranges, key=lambda each: (each.a_start, each.b_start)):
        last = kept[-1] if kept else None
        near_a, near_b = JOINED_S / a.step_s / 2, JOINED_S / b.step_s / 2
        if last and one.a_start - last.a_end <= near_a and one.b_start - last.b_end <= near_b:
            shows = last if last.certain < one.certain or last.a_end > last.a_start else one
            ends = {"a_end": max(last.a_end, one.a_end), "b_end": max(last.b_end, one.b_end)}
            frames = {"a_frame": shows.a_frame, "b_frame": shows.b_frame}
            kept[-1] = replace(last, **ends, **frames, certain=last.certain and one.certain)
        else:
            kept.append(one)
    return kept


def differences(a: Footage, b: Footage, alignment: Alignment) -> Differences:
    """In what two masters differ."""
    part = common_part(a, b, alignment.shown)
    suspects, overlay = _suspects(a, b, alignment.shown, part)
    return Differences((*_gaps(a, b, alignment), *suspects), part, overlay)
