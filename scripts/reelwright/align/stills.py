"""Stills: single pictures, measured as a scan measures the frames of a master, and where in the masters they are frames of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np

from reelwright.align.compare import WARY_THUMB, shown_part, unlike_share
from reelwright.align.footage import STEP_S, Footage, unit_vectors
from reelwright.align.forked import each_forked
from reelwright.align.index import Index, Stretch
from reelwright.align.picture import LUMA_WEIGHTS
from reelwright.errors import BadItem
from reelwright.scan.measure import GRID_HEIGHT, GRID_WIDTH, FrameMeter

MATRIX = "bt601"
"""What swscale turns RGB into, and so what the meter has to turn back."""

LIKE = 0.90
"""Correlation of cells from which on a stretch of footage is looked at."""

LOOKED_AT = 12
"""Stretches, the likest first, that a still is compared with."""

SAME_CELLS = 0.97
"""Correlation of cells, of the part that is shown, from which on the pictures are compared."""

SAME_STILL = 0.03
"""Largest share of a picture that differs in a copy of it: a logo takes up 0.025."""

TELLING = 0.15
"""Least share of a picture that must show something: where less does, all pictures are alike (our choice)."""

AGAIN = 48
"""Frames of a stretch, the likest first, that are compared anew where only a part of the picture is shown."""

ALIKE = 0.001
"""Difference of correlations by which frames of a stretch can't be told apart."""

HELD_S = 2.0
"""Seconds that frames which can't be told apart may span: past it, nobody knows which one a still is (our choice)."""


def measured(name: str, bgr: np.ndarray) -> Footage:
    """A picture, uint8 of shape (height, width, 3), as footage of one frame."""
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(bgr), format="bgr24").reformat(format="yuv420p")
    row, thumb = FrameMeter(MATRIX).measure(frame)
    luma = (thumb.astype(np.float32) @ np.array(LUMA_WEIGHTS[MATRIX], np.float32))[None]
    return Footage(name, np.asarray(row["grid"])[None], np.zeros(1), lambda frames: luma[frames])


def read_picture(path: Path) -> np.ndarray:
    """The picture in the file at ``path``, uint8 of shape (height, width, 3); raises BadItem where there is none."""
    bgr = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR) if path.stat().st_size else None
    if bgr is None:
        raise BadItem("unreadable", f"{path}: no picture of it can be decoded")
    return np.asarray(bgr)


def still(name: str, path: Path) -> Footage:
    """The same as footage of one frame."""
    return measured(name, read_picture(path))


@dataclass(frozen=True)
class StillPlace:
    """A frame that shows a still."""

    footage: int
    """Number of the footage in the index."""
    frame: int
    score: float
    """Correlation of cells, -1 to 1."""
    held_s: float
    """Seconds around it that can't be told from it."""


@dataclass(frozen=True)
class StillSearch:
    """What was found of a still."""

    places: tuple[StillPlace, ...] = ()
    """Every place that shows it, the likest first."""
    score: float = 0.0
    """Correlation with the frame that is likest by its cells."""
    rival: float = 0.0
    """That with the likest of the other stretches that were looked at."""
    blank: bool = False
    """It shows nothing to be found by."""

    @property
    def clear(self) -> bool:
        """Whether one place alone shows it."""
        return len(self.places) == 1 and self.places[0].held_s <= HELD_S


def find_stills(stills: Sequence[Footage], index: Index, processes: int = 1) -> list[StillSearch]:
    """Where each still (footage of one frame, with its luma) is shown in the footage of ``index``."""
    if not stills:
        return []
    vectors = unit_vectors(np.concatenate([one.cells[:1] for one in stills]))
    work = list(zip(stills, vectors, index.stretches(vectors, LIKE), strict=True))
    return each_forked(lambda one: _found(*one, index), work, processes)


def _found(sought: Footage, vector: np.ndarray, stretches: Sequence[Stretch], index: Index) -> StillSearch:
    picture = sought.pictures(np.zeros(1, np.int64))
    if not vector.any() or _telling_share(picture) < TELLING:
        return StillSearch(blank=True)
    likest = sorted(stretches, key=lambda one: -one.likeness)[:LOOKED_AT]
    places = [place for one in likest if (place := _place(sought, picture, vector, one, index.footage[one.footage]))]
    best, rival, *_ = [*(round(one.likeness, 4) for one in likest), 0.0, 0.0]
    return StillSearch(tuple(sorted(places, key=lambda one: -one.score)), best, rival)


def _telling_share(picture: np.ndarray) -> float:
    """Share of a thumb's neighbourhoods that show something."""
    across = (WARY_THUMB.across, WARY_THUMB.across)
    spread = cv2.boxFilter(picture[0] ** 2, -1, across) - cv2.boxFilter(picture[0], -1, across) ** 2
    return float((spread > WARY_THUMB.grain**2).mean())


def _place(
    sought: Footage, picture: np.ndarray, vector: np.ndarray, stretch: Stretch, other: Footage
) -> StillPlace | None:
    """The frame of a stretch that shows the picture; None where none does."""
    low, high = other.nearest(np.array([stretch.start - STEP_S, stretch.end + STEP_S])).tolist()
    likeness = unit_vectors(other.cells[low : high + 1]) @ vector
    part, _ = shown_part(picture, other.pictures(np.array([low + int(likeness.argmax())])))
    if not part.whole:
        near = np.sort(np.argsort(-likeness)[:AGAIN])
        cells = other.pictures(low + near, part, GRID_HEIGHT, GRID_WIDTH).reshape(len(near), -1)
        likeness = np.full(len(likeness), -1.0, np.float32)
        likeness[near] = unit_vectors(cells) @ vector
    best = float(likeness.max())
    if best < SAME_CELLS:
        return None
    alike = np.flatnonzero(likeness >= best - ALIKE)
    frame = low + int(likeness.argmax())
    there = other.pictures(np.array([frame]), part)
    if float(unlike_share(picture, there, WARY_THUMB)[0]) > SAME_STILL:
        return None
    held = float(other.times[low + alike[-1]] - other.times[low + alike[0]])
    return StillPlace(stretch.footage, frame, round(best, 4), held)
