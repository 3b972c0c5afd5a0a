"""Gradual transitions as intervals: fades through black, and dissolves.

A dissolve is a stretch in which every part of the picture goes evenly from one image to another: the frames at a quarter,
half and three quarters of it are the matching mixtures of its ends. Camera moves and action are not; a change of light is,
but keeps the picture's structure, which the perceptual hashes of the two ends show. Measured on 16x9 luma.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reelwright.scan.file import Scan

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

DISSOLVE_MARGIN = 4
"""Frames added at each end, where less than a tenth of the other shot is mixed in."""


@dataclass(frozen=True)
class Interval:
    """Frames ``start`` to ``end`` (inclusive) of a gradual transition."""

    start: int
    end: int
    kind: str
    """``fade`` or ``dissolve``."""


def _runs(mask: np.ndarray) -> list[tuple[int, int]]:
    """First and last index of each run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(first), int(after) - 1) for first, after in zip(edges[::2], edges[1::2], strict=True)]


def _slope_end(brightness: np.ndarray, frame: int, step: int) -> int:
    """The last frame on the slope of brightness that rises from a black ``frame`` in direction ``step``."""
    position = frame
    for _ in range(FADE_FRAMES):
        following = position + step
        if not 0 <= following < len(brightness) or brightness[following] - brightness[position] < FADE_STEP:
            break
        position = following
    return position if abs(position - frame) >= FADE_SLOPE else frame


def find_fades(scan: Scan) -> list[Interval]:
    """Fades through black: each run of black frames that has a slope into or out of it, with its slopes."""
    brightness = scan["brightness"].astype(np.float64)
    fades = []
    for first, last in _runs(brightness <= BLACK_LUMA):
        start, end = _slope_end(brightness, first, -1), _slope_end(brightness, last, +1)
        if start < first or end > last:
            fades.append(Interval(start, end, "fade"))
    return fades


def _dissolving(grid: np.ndarray, hashes: np.ndarray, length: int) -> np.ndarray:
    """For each frame, whether the ``length`` frames from it on go evenly from one picture to another."""
    first, last = grid[:-length], grid[length:]
    change = np.abs(last - first).mean(axis=1)
    mixing = change >= DISSOLVE_CHANGE
    mixing &= np.bitwise_count(hashes[:-length] ^ hashes[length:]) >= OTHER_PICTURE_BITS
    for share in (0.5, 0.25, 0.75):
        # Most stretches have dropped out by the first test: the rest is looked at alone.
        left = np.flatnonzero(mixing)
        between = grid[left + int(length * share)]
        residue = np.abs(between - (first[left] * (1 - share) + last[left] * share)).mean(axis=1)
        mixing[left] = residue <= DISSOLVE_RESIDUE * change[left]
    return np.asarray(mixing)


def find_dissolves(scan: Scan) -> list[Interval]:
    """Stretches that dissolve at any of the tried lengths, joined where they overlap, with a margin."""
    grid, frames = scan["grid"].astype(np.float32), scan.frames
    inside = np.zeros(frames, bool)
    for length in DISSOLVE_FRAMES:
        if length < frames:
            for start in np.flatnonzero(_dissolving(grid, scan["phash"], length)):
                inside[start : start + length + 1] = True
    return [
        Interval(max(0, first - DISSOLVE_MARGIN), min(frames - 1, last + DISSOLVE_MARGIN), "dissolve")
        for first, last in _runs(inside)
    ]


def find_gradual(scan: Scan) -> list[Interval]:
    """Fades and dissolves in order; overlapping ones are joined, and a fade gives the joined one its kind."""
    joined: list[Interval] = []
    for one in sorted([*find_fades(scan), *find_dissolves(scan)], key=lambda interval: interval.start):
        if joined and one.start <= joined[-1].end:
            last = joined.pop()
            kind = "fade" if "fade" in (last.kind, one.kind) else "dissolve"
            one = Interval(last.start, max(last.end, one.end), kind)
        joined.append(one)
    return joined
