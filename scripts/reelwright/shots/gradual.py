"""Gradual transitions as intervals: fades through black, and dissolves.

A dissolve is a stretch in which every part of the picture goes evenly from one image to another: the frames at a quarter,
half and three quarters of it are the matching mixtures of its ends. Camera moves and action are not; a change of light is,
but keeps the picture's structure, which the perceptual hashes of the two ends show. Measured on 16x9 luma.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from reelwright.scan.file import Scan
from reelwright.shots.detectors import runs

BLACK_LUMA = 10.0
"""Mean luma (0 to 255) up to which a frame is black: the bottom of a fade."""

FADE_FRAMES = 40
"""Longest way from a shot's own brightness to black, in frames."""

FADE_SLOPE = 3
"""Shortest slope of a fade, in frames: a picture that is there within fewer was cut to."""

FADE_STEP = 0.4
"""Change of mean luma a frame below which a fade has ended."""

DISSOLVE_FRAMES = (8, 12, 16, 24, 32, 48, 64)
"""Lengths of stretches that are tried: a third of a second to nearly three."""

DISSOLVE_CHANGE = 15.0
"""Least mean luma difference between the ends of a dissolve: below it, two shots look alike and light alone does more."""

DISSOLVE_RESIDUE = 0.15
"""Largest distance of the frames between from the mixture of the ends, over the distance of the ends. A cut has at least
0.25, pans and action on drawn and rendered footage 0.2 and more, dissolves under 0.12 (0.04 to 0.10 where the camera
rests)."""

OTHER_PICTURE_BITS = 18
"""Least distance of the ends' 64-bit hashes: a change of light alone stays below."""

CELL_CHANGE = 4.0
"""Luma difference from which on a cell of the grid has changed: rounding, grain and compression stay below."""

CHANGED_CELLS = 0.7
"""Least share of changed cells among those that are lit: a title that fades in, or a lamp, leaves the rest as it was."""

DARK_CELL = 24
"""Luma up to which a cell is dark: letterboxes and night skies are dark in both shots, and say nothing."""

DETAIL_LEFT = 0.8
"""Most of the ends' detail (variance of the Laplacian) that is left halfway through a dissolve. Mixing two unrelated
pictures halves it, a picture that moves or brightens keeps it; dissolves were 0.49 to 0.69, camera moves and titles that fade
in 0.86 and more."""

STILL_MIXING = 1 / 3
"""Share of a dissolve's own speed below which the mixture has come to its end: what moves in a shot is slower."""

AHEAD = 4
"""Frames over which the speed is taken: a frame that was repeated for another rate must not look like the end."""

MARGIN = 6
"""Frames added at each end (a quarter of a second at 24 fps), for transitions that set in and end softly."""


@dataclass(frozen=True)
class Interval:
    """Frames ``start`` to ``end`` (inclusive) of a gradual transition."""

    start: int
    end: int
    kind: str
    """``fade`` or ``dissolve``."""


def with_margin(first: int, last: int, kind: str, frames: int) -> Interval:
    """The transition from ``first`` to ``last`` with a margin at each end, within a film of ``frames``."""
    return Interval(max(0, first - MARGIN), min(frames - 1, last + MARGIN), kind)


def _slope_end(brightness: np.ndarray, frame: int, step: int) -> int:
    """The last frame on the slope of brightness that rises from a black ``frame`` in direction ``step``."""
    position = frame
    for _ in range(FADE_FRAMES):
        following = position + step
        if not 0 <= following < len(brightness) or brightness[following] - brightness[position] < FADE_STEP:
            break
        position = following
    return position if abs(position - frame) >= FADE_SLOPE else frame


@functools.lru_cache(maxsize=1)  # the same for every setting that is tried on a scan
def find_fades(scan: Scan) -> list[Interval]:
    """Fades through black: each run of black frames that has a slope into or out of it, with its slopes."""
    brightness = scan["brightness"].astype(np.float64)
    fades = []
    for first, last in runs(brightness <= BLACK_LUMA):
        start, end = _slope_end(brightness, first, -1), _slope_end(brightness, last, +1)
        if start < first or end > last:
            # A side without a slope is cut to, and needs no margin.
            wide = with_margin(start, end, "fade", scan.frames)
            fades.append(
                replace(wide, start=wide.start if start < first else start, end=wide.end if end > last else end)
            )
    return fades


def _changed_share(first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Share of changed cells among those that are lit in one of the pictures, for each pair of grids."""
    lit = (first > DARK_CELL) | (last > DARK_CELL)
    changed = (np.abs(last - first) > CELL_CHANGE) & lit
    share: np.ndarray = changed.sum(axis=1) / np.maximum(1, lit.sum(axis=1))
    return share


def _dissolving(grid: np.ndarray, hashes: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
    """First frames of the stretches of ``length`` frames that go evenly from one picture to another, and their change."""
    left = np.flatnonzero(np.bitwise_count(hashes[:-length] ^ hashes[length:]) >= OTHER_PICTURE_BITS)
    change = np.abs(grid[left + length] - grid[left]).mean(axis=1)
    left, change = left[change >= DISSOLVE_CHANGE], change[change >= DISSOLVE_CHANGE]
    for share in (0.5, 0.25, 0.75):
        # Most stretches have dropped out by the first test: the rest is looked at alone.
        mixture = grid[left] * (1 - share) + grid[left + length] * share
        even = np.abs(grid[left + int(length * share)] - mixture).mean(axis=1) <= DISSOLVE_RESIDUE * change
        left, change = left[even], change[even]
    whole = _changed_share(grid[left], grid[left + length]) >= CHANGED_CELLS
    return left[whole], change[whole]


def _end_of_mixing(shares: np.ndarray, middle: int, speed: float, step: int) -> int:
    """The last frame, from ``middle`` on in direction ``step``, to which the share of the new picture goes on changing."""
    position = middle
    while 0 <= position + AHEAD * step < len(shares):
        if (shares[position + AHEAD * step] - shares[position]) * step < AHEAD * speed * STILL_MIXING:
            # There is a frame's worth of mixing left in those ahead.
            return position + step
        position += step
    return position


def _extent(grid: np.ndarray, first: int, length: int) -> tuple[int, int]:
    """First and last frame of the dissolve that the stretch is a part of, or that is a part of it.

    The share of the new picture in each frame rises evenly through a dissolve and stands still around it.
    """
    low, high = max(0, first - length), min(len(grid), first + 2 * length + 1)
    way = grid[first + length] - grid[first]
    shares = (grid[low:high] - grid[first]) @ way / float(way @ way)
    inside = shares[first - low : first - low + length + 1]
    half = first - low + int(np.argmax(inside >= 0.5))
    speed = float(np.median(np.diff(inside)[(inside[:-1] >= 0.25) & (inside[:-1] <= 0.75)]))
    return low + _end_of_mixing(shares, half, speed, -1), low + _end_of_mixing(shares, half, speed, 1)


def _detail_left(sharpness: np.ndarray, start: int, end: int) -> float:
    """Detail halfway between ``start`` and ``end`` over the mean of theirs."""
    middle = (start + end) // 2
    ends = (float(sharpness[start]) + float(sharpness[end])) / 2
    return float(sharpness[max(0, middle - 1) : middle + 2].mean()) / max(1e-6, ends)


@functools.lru_cache(maxsize=1)
def find_dissolves(scan: Scan) -> list[Interval]:
    """Dissolves of any of the tried lengths, each from where the mixture sets in to where it ends, with a margin."""
    grid, frames = scan["grid"].astype(np.float32), scan.frames
    stretches: list[tuple[float, int, int]] = []
    for length in DISSOLVE_FRAMES:
        if length < frames:
            firsts, changes = _dissolving(grid, scan["phash"], length)
            stretches += [
                (change, first, length) for first, change in zip(firsts.tolist(), changes.tolist(), strict=True)
            ]
    found: list[Interval] = []
    # The stretch with the greatest change sees most of a dissolve; those around the same one say nothing more.
    for _, first, length in sorted(stretches, reverse=True):
        if any(one.start <= first + length // 2 <= one.end for one in found):
            continue
        start, end = _extent(grid, first, length)
        if _detail_left(scan["sharpness"], start, end) > DETAIL_LEFT:
            continue
        found.append(with_margin(start, end, "dissolve", frames))
    return sorted(found, key=lambda interval: interval.start)


def find_gradual(scan: Scan, others: Sequence[Interval] = ()) -> list[Interval]:
    """Fades, dissolves and ``others`` in order; overlapping ones are joined, and a fade gives the joined one its kind."""
    joined: list[Interval] = []
    for one in sorted([*find_fades(scan), *find_dissolves(scan), *others], key=lambda interval: interval.start):
        if joined and one.start <= joined[-1].end:
            last = joined.pop()
            kind = "fade" if "fade" in (last.kind, one.kind) else "dissolve"
            one = Interval(last.start, max(last.end, one.end), kind)
        joined.append(one)
    return joined
