"""Many small pictures in few files: JPEG sprites, of which a page shows a rectangle each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from reelwright.fit import write_picture

Rectangle = tuple[str, int, int, int, int]
"""Name of a sprite's file; left, top, width and height in it."""

GROUND = 24
"""Grey level where there is no picture."""

QUALITY = 76
"""JPEG quality: a glance, not a master (our choice: a strip of six frames takes some 25 kB)."""

PIXELS = 700_000
"""Pixels of a sprite, at most: a browser decodes it whole, in some 15 ms, and holds 4 bytes a pixel (our choice: 40
thumbnails or 13 film strips)."""


@dataclass
class Sprites:
    """Puts pictures of one size into files ``<name>_000.jpg``, ``<name>_001.jpg``... of a folder."""

    folder: Path
    name: str
    width: int
    """Of a picture."""
    height: int
    columns: int

    def __post_init__(self) -> None:
        self._rows = max(1, PIXELS // (self.columns * self.width * self.height))
        self._sheet = self._empty()
        self._taken = 0
        self._files = 0

    def _empty(self) -> np.ndarray:
        return np.full((self._rows * self.height, self.columns * self.width, 3), GROUND, np.uint8)

    def add(self, bgr: np.ndarray | None) -> Rectangle:
        """Add a picture of the right size (None: nothing to be seen) and say where it will lie."""
        down, across = divmod(self._taken, self.columns)
        left, top = across * self.width, down * self.height
        if bgr is not None:
            self._sheet[top : top + self.height, left : left + self.width] = bgr
        self._taken += 1
        place = (f"{self.name}_{self._files:03d}.jpg", left, top, self.width, self.height)
        if self._taken == self._rows * self.columns:
            self.close()
        return place

    def close(self) -> None:
        """Write the file that is being filled."""
        if self._taken:
            used = -(-self._taken // self.columns) * self.height
            write_picture(self.folder / f"{self.name}_{self._files:03d}.jpg", self._sheet[:used], QUALITY)
            self._sheet, self._taken, self._files = self._empty(), 0, self._files + 1


@contextmanager
def sprites(folder: Path, name: str, width: int, height: int, columns: int) -> Iterator[Sprites]:
    """Sprites that are written when the block ends well."""
    made = Sprites(folder, name, width, height, columns)
    yield made
    made.close()


def contained(path: Path, width: int, height: int, ground: int = GROUND) -> np.ndarray | None:
    """A picture file shrunk to lie whole in ``width`` x ``height`` on a grey ``ground``; None where it can't be read."""
    found: Any = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if found is None:
        return None
    scale = min(width / found.shape[1], height / found.shape[0])
    size = max(1, round(found.shape[1] * scale)), max(1, round(found.shape[0] * scale))
    small = cv2.resize(found, size, interpolation=cv2.INTER_AREA)
    canvas = np.full((height, width, 3), ground, np.uint8)
    top, left = (height - size[1]) // 2, (width - size[0]) // 2
    canvas[top : top + size[1], left : left + size[0]] = small
    return canvas
