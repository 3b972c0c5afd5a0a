"""The composite: an actor's images side by side, as a person and a model see them.

Thumbnails of 200 pixels, centred in their cells, five columns, rows as needed, on #F0F0F0, JPEG of quality 90.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from reelwright.actors.pictures import shrink
from reelwright.files import whole

if TYPE_CHECKING:
    from numpy.typing import NDArray

CELL = 200
COLUMNS = 5
GROUND = 0xF0
QUALITY = 90


def thumbnail(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """An image no larger than a cell, in its shape; smaller ones stay as they are."""
    return shrink(rgb, CELL)


def composite(thumbnails: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """The sheet of thumbnails, row by row; one empty row where there are none."""
    rows = max(1, -(-len(thumbnails) // COLUMNS))
    sheet = np.full((rows * CELL, COLUMNS * CELL, 3), GROUND, np.uint8)
    for place, one in enumerate(thumbnails):
        height, width = one.shape[:2]
        top = place // COLUMNS * CELL + (CELL - height) // 2
        left = place % COLUMNS * CELL + (CELL - width) // 2
        sheet[top : top + height, left : left + width] = one
    return sheet


def write_composite(path: Path, thumbnails: Sequence[NDArray[np.uint8]]) -> None:
    """Write the sheet as JPEG, whole or not at all."""
    with whole(path) as temporary:
        Image.fromarray(composite(thumbnails)).save(temporary, "JPEG", quality=QUALITY)
