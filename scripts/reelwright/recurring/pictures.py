"""Pictures of a season's masters for a closer look: decompressed a chunk at a time, the last ones kept."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np

from reelwright.align.footage import Footage
from reelwright.scan.file import CHUNK
from reelwright.scan.measure import THUMB_HEIGHT, THUMB_WIDTH

KEPT = 128
"""Chunks that are kept: 170 MB, the luma thumbs of four episodes of 22 minutes."""


class Pictures:
    """The pictures of several masters by number."""

    def __init__(self, masters: Sequence[Footage]) -> None:
        self._masters = masters
        self._chunk = functools.lru_cache(maxsize=KEPT)(self._read)

    def _read(self, master: int, chunk: int) -> np.ndarray:
        footage = self._masters[master]
        frames = np.arange(chunk * CHUNK, min((chunk + 1) * CHUNK, footage.frames))
        return np.asarray(np.clip(np.rint(footage.pictures(frames)), 0, 255), np.uint8)

    def look(self, master: int, frames: np.ndarray) -> np.ndarray:
        """Luma of the picture of frames of a master, float32 of shape (frames, 27, 48); its cells where it has no thumbs."""
        footage = self._masters[master]
        if footage.luma is None:
            cells = footage.cells[frames].reshape(-1, 9, 16).astype(np.float32)
            return np.asarray(cells.repeat(THUMB_HEIGHT // 9, axis=1).repeat(THUMB_WIDTH // 16, axis=2))
        numbers, back = np.unique(frames, return_inverse=True)
        parts = [np.empty((0, THUMB_HEIGHT, THUMB_WIDTH), np.uint8)]
        for chunk in np.unique(numbers // CHUNK).tolist():
            parts.append(self._chunk(master, chunk)[numbers[numbers // CHUNK == chunk] - chunk * CHUNK])
        return np.concatenate(parts)[back].astype(np.float32)
