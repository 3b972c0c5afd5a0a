"""The purity guard: does anything that was measured leave doubt that a clip shows one shot only?

A cut puts all of a lasting change into one step. For each frame the lasting change is the distance between the mean
pictures (16x9 luma) of the frames before and after it, the step that between the frame and the one before it. Where the
step makes up nearly all of a lasting change, the perceptual hashes on its two sides are those of different pictures, and
most of the picture changes in it, a second shot is likelier than action or a camera move: these spread their change over
frames or leave the backdrop alone, and flashes take theirs back.

The thresholds follow from that, not from a film: the share is 1 for a cut by definition, and compression, grain and fast
action around it cost a few hundredths. On 65 cuts of the drawn season and 124 of a rendered film it is 0.96 or more, the
lasting change 17 levels or more, the hashes 20 bits or more apart, and two thirds of the picture change; the fastest action
of the film (a leap before the lens, a bat across the whole picture) changes 0.59 of it. Refusing a clean clip costs one clip,
keeping a stray frame teaches a model to cut.
"""

from __future__ import annotations

import numpy as np

from reelwright.scan.file import Scan
from reelwright.shots.boundaries import is_flash

NEIGHBOURS = 6
"""Frames on each side whose mean counts as what lasts."""

EDGE_NEIGHBOURS = 2
"""The same near a clip's ends, where the next shot is within reach of the wider window."""

STEP_SHARE = 0.85
"""Least share of the lasting change that one step makes up."""

LASTING_CHANGE = 8.0
"""Least lasting change, in luma levels: below it compression and grain make steps of their own."""

CHANGED_SHARE = 0.6
"""Least share of the picture that changes in the step: a cut replaces the backdrop too."""

CHANGED_LEVELS = 4
"""Luma difference from which on a cell of the grid counts as changed."""

OTHER_PICTURE_BITS = 16
"""Least distance of the 64-bit hashes on both sides: four standard deviations from that of unrelated pictures (32 +- 4)."""


class PurityGuard:
    """Answers for any stretch of one scan whether a second shot may be in it."""

    def __init__(self, scan: Scan) -> None:
        self._scan = scan
        grid = scan["grid"].astype(np.float64)
        self._sums = np.concatenate([np.zeros((1, grid.shape[1])), np.cumsum(grid, axis=0)])
        self._step = np.zeros(len(grid))
        self._step[1:] = np.abs(np.diff(grid, axis=0)).mean(axis=1)
        self._other = np.zeros(len(grid), bool)
        replaced = (np.abs(np.diff(grid, axis=0)) > CHANGED_LEVELS).mean(axis=1) >= CHANGED_SHARE
        hashes = scan["phash"]
        self._other[2:-1] = np.bitwise_count(hashes[:-3] ^ hashes[3:]) >= OTHER_PICTURE_BITS
        self._other[1:] &= replaced
        self._inside = self._stepping(NEIGHBOURS)
        self._edge = self._stepping(EDGE_NEIGHBOURS)

    def _stepping(self, neighbours: int) -> np.ndarray:
        """Frames at which one step makes up nearly all of a lasting change to another picture."""
        frames = len(self._step)
        stepping = np.zeros(frames, bool)
        at = np.arange(neighbours, frames - neighbours)
        after = self._sums[at + neighbours] - self._sums[at]
        before = self._sums[at] - self._sums[at - neighbours]
        lasting = np.abs(after - before).mean(axis=1) / neighbours
        stepping[at] = (lasting >= LASTING_CHANGE) & (self._step[at] >= STEP_SHARE * lasting) & self._other[at]
        return stepping

    def doubtful_frame(self, start: int, end: int) -> int | None:
        """The first frame of ``start`` to ``end`` (exclusive) at which a second shot may begin; None where all is pure."""
        frames = np.arange(start + 1, end)
        near_edge = (frames < start + NEIGHBOURS) | (frames > end - NEIGHBOURS)
        suspects = frames[np.where(near_edge, self._edge[frames] | self._inside[frames], self._inside[frames])]
        return next((int(frame) for frame in suspects if not is_flash(self._scan, int(frame))), None)
