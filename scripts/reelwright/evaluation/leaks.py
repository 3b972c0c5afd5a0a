"""Leaks: footage that shows nearly the picture of something that is held out, so that a model must not be trained on it.

Every row is met by every guarded picture in three steps, each dearer and stricter than the one before: the correlation of
their cells, the same with the one picture cropped and moved a little, and a look at the thumbs. So copies are found that
were re-encoded, scaled, mirrored, cropped by a few percent or put under a logo, while another shot of the same set differs
where people stand in it.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from reelwright.align.compare import THUMB, shown_part, unlike_map
from reelwright.align.footage import INNER, STEP_S, Footage, unit_vectors
from reelwright.align.picture import area_weights, resample
from reelwright.scan.measure import GRID_HEIGHT, GRID_WIDTH, THUMB_HEIGHT, THUMB_WIDTH

GUARDED_STEP_S = 0.48
"""Seconds between the frames of guarded footage that are looked for: what is shared for longer is found."""

LIKE = 0.80
"""Correlation of cells from which on a closer look is taken. Copies of 206 pictures of a film and of drawn episodes have 0.84
and more, cropped by 3 % at each side; pages of fine print, which thumbs can't hold, have 0.78."""

LIKE_MOVED = 0.94
"""The same with the picture cropped and moved as a copy may be: 0.957 and more."""

CROPS = (-0.03, -0.015, 0.0, 0.015, 0.03)
"""Shares of the picture that are cut off at (or, below 0, added to) each side."""

SHIFTS = (-0.015, 0.0, 0.015)
"""Shares by which it is moved besides, sideways and upright."""

CORNER_ROWS, CORNER_COLUMNS = 8, 11
"""Points of the thumb's 27 and 48 in the one corner that may differ, where a logo may be: its neighbourhoods included."""

SAME_PICTURE = 0.05
"""Largest share of the picture, that corner aside, that may differ in a copy: 0.040 at most in those it was chosen on, 0.024
in others (docs/evaluation.md). What is below it and no copy shows the same set from the same camera in nearly the same pose,
and who has trained on the one has seen the other: that is a leak too. Other set-ups differ by more."""

TELLING = 0.15
"""Least share of the picture that must show something: where less does, all pictures are alike (our choice)."""

BATCH = 48
"""Rows that are compared at a time: 30 MB of correlations for an episode held out."""

PAIRS = 12
"""Guarded pictures, the likest first, that are looked at closely for a row and a way round."""

GUARDED_LOOKS = 4
"""Frames of guarded footage, the likest first, that a row is met by."""

LOOKS = 6
"""Frames of a row, the likest first, whose thumbs are compared with one guarded frame."""

MOVING = 0.99
"""Correlation of a frame with the one before, below which it is looked for as well: in fast motion sampled frames are
unlike those between them."""


@dataclass(frozen=True)
class Leak:
    """A row that nearly copies something guarded."""

    row: str
    guarded: str
    row_frame: int
    """Frame of the row's master (or file) that shows it."""
    guarded_frame: int
    """Frame of the guarded footage's master; 0 for a still."""
    differs: float
    """Share of the picture that differs nevertheless, 0 to 1."""
    mirrored: bool
    """Whether one is the other's mirror image."""


@functools.cache
def _variants() -> tuple[np.ndarray, np.ndarray]:
    """For each way of cropping and moving a thumb, the matrices that average its rows and its columns over cells."""
    down, across = [], []
    for crop, upright, sideways in itertools.product(CROPS, SHIFTS, SHIFTS):
        down.append(area_weights(THUMB_HEIGHT, crop + upright, crop - upright, GRID_HEIGHT))
        across.append(area_weights(THUMB_WIDTH, crop + sideways, crop - sideways, GRID_WIDTH).T)
    return np.stack(down), np.stack(across)


def _moved(picture: np.ndarray) -> np.ndarray:
    """Unit vectors of a thumb's cells, (variants, cells), for each way in which a copy may be cropped and moved."""
    down, across = _variants()
    cells = np.matmul(np.matmul(down, picture), across)
    return unit_vectors(cells.reshape(len(cells), -1))


def _mirrored(vectors: np.ndarray) -> np.ndarray:
    """The vectors of the mirrored pictures: the corners left out lie alike on both sides."""
    cells = np.zeros((len(vectors), GRID_HEIGHT * GRID_WIDTH), np.float32)
    cells[:, INNER] = vectors
    turned = cells.reshape(-1, GRID_HEIGHT, GRID_WIDTH)[:, :, ::-1]
    return turned.reshape(len(vectors), -1)[:, INNER]


@dataclass(frozen=True)
class _Samples:
    """Frames of several pieces of footage that are looked for."""

    frames: np.ndarray
    """Number of each in its own piece."""
    vectors: np.ndarray
    starts: np.ndarray
    """Where the frames of each piece begin."""

    def of(self, piece: int) -> slice:
        """Where the frames of a piece lie."""
        end = self.starts[piece + 1] if piece + 1 < len(self.starts) else len(self.frames)
        return slice(int(self.starts[piece]), int(end))


def _sample(pieces: Sequence[Footage], step_s: float, moving: float = -1.0) -> _Samples:
    """A frame each ``step_s`` seconds, and those whose correlation with the one before is below ``moving``."""
    frames, vectors = [], []
    for piece in pieces:
        regular = piece.nearest(np.arange(0.0, float(piece.times[-1]) + step_s / 2, step_s))
        every = unit_vectors(piece.cells)
        changed = np.flatnonzero(np.einsum("ij,ij->i", every[1:], every[:-1]) < moving) + 1
        frames.append(np.union1d(regular, changed))
        vectors.append(every[frames[-1]])
    starts = np.cumsum([0, *(len(each) for each in frames[:-1])])
    return _Samples(np.concatenate(frames), np.concatenate(vectors), starts)


def _telling(picture: np.ndarray) -> np.ndarray:
    """Where a thumb shows something, bool of the shape that ``unlike_map`` gives."""
    across, edge = (THUMB.across, THUMB.across), THUMB.across // 2
    spread = cv2.boxFilter(picture * picture, -1, across) - cv2.boxFilter(picture, -1, across) ** 2
    return np.asarray(spread > THUMB.grain**2)[edge:-edge, edge:-edge]


def _corners() -> Iterator[tuple[slice, slice]]:
    """Rows and columns of each corner of a thumb, an empty one first."""
    yield slice(0), slice(0)
    upright = (slice(CORNER_ROWS), slice(THUMB_HEIGHT - CORNER_ROWS, None))
    sideways = (slice(CORNER_COLUMNS), slice(THUMB_WIDTH - CORNER_COLUMNS, None))
    yield from itertools.product(upright, sideways)


def differing(one: np.ndarray, other: np.ndarray) -> float | None:
    """Share of the picture that differs between two thumbs, one corner and what only one of them shows aside.

    Luma, float32 of shape (27, 48). None where they show too little to be told from other pictures.
    """
    part, _ = shown_part(one[None], other[None])
    there = resample(other[None], part, THUMB_HEIGHT, THUMB_WIDTH)[0]
    telling = _telling(one) | _telling(there)
    edge = THUMB.across // 2
    found = []
    for corner in _corners():
        # Filled before the pictures are compared: a bright logo would spoil the contrast that they are matched by.
        filled = one.copy()
        filled[corner] = there[corner]
        kept = np.ones(one.shape, bool)
        kept[corner] = False
        kept = kept[edge:-edge, edge:-edge]
        unlike = unlike_map(filled[None], there[None])[0]
        found.append((float(unlike[kept].mean()), float(telling[kept].mean())))
    share, shown = min(found)
    return share if shown >= TELLING else None


class _Search:
    """The guarded footage, made ready to be looked for."""

    def __init__(self, guarded: Sequence[Footage], same: float) -> None:
        self._guarded = guarded
        self._same = same
        self._samples = _sample(guarded, GUARDED_STEP_S)
        upright = self._samples.vectors
        self._ways = (np.ascontiguousarray(upright.T), np.ascontiguousarray(_mirrored(upright).T))

    def leaks(self, rows: Sequence[Footage]) -> list[Leak]:
        """At most one leak of each row."""
        mine = _sample(rows, STEP_S, MOVING)
        found: dict[int, Leak] = {}
        for mirrored, vectors in enumerate(self._ways):
            products = mine.vectors @ vectors
            of_rows = np.maximum.reduceat(products, mine.starts, axis=0)
            best = np.maximum.reduceat(of_rows, self._samples.starts, axis=1)
            for number in np.flatnonzero((best >= LIKE).any(axis=1)).tolist():
                if number not in found:
                    leak = self._leak(rows[number], products[mine.of(number)], best[number], bool(mirrored))
                    found.update({number: leak} if leak else {})
        return [found[number] for number in sorted(found)]

    def _leak(self, row: Footage, products: np.ndarray, likeness: np.ndarray, mirrored: bool) -> Leak | None:
        """The first leak of a row, the likest guarded footage first.

        ``products`` are the correlations of its sampled frames with the guarded ones, ``likeness`` the best of each footage.
        """
        every = unit_vectors(row.cells)
        for item in np.argsort(-likeness)[:PAIRS].tolist():
            here = self._samples.of(item)
            like = products[:, here].max(axis=0)
            for at in np.argsort(-like)[:GUARDED_LOOKS].tolist():
                if like[at] < LIKE:
                    break
                leak = self._looked_at(row, every, item, int(self._samples.frames[here][at]), mirrored)
                if leak is not None:
                    return leak
        return None

    def _looked_at(
        self, row: Footage, vectors: np.ndarray, item: int, guarded_frame: int, mirrored: bool
    ) -> Leak | None:
        """A guarded frame against those of a row that are likest by their cells."""
        guarded = self._guarded[item]
        picture = guarded.pictures(np.array([guarded_frame]))[0]
        if mirrored:
            picture = np.ascontiguousarray(picture[:, ::-1])
        likeness = (vectors @ _moved(picture).T).max(axis=1)
        for best in np.argsort(-likeness)[:LOOKS].tolist():
            if likeness[best] < LIKE_MOVED:
                break
            differs = differing(picture, row.pictures(np.array([best]))[0])
            if differs is not None and differs <= self._same:
                shown = guarded.first + guarded_frame
                return Leak(row.name, guarded.name, row.first + best, shown, round(differs, 4), mirrored)
        return None


def find_leaks(rows: Sequence[Footage], guarded: Sequence[Footage], same: float = SAME_PICTURE) -> list[Leak]:
    """The rows that nearly copy something of ``guarded``, in their order, each with the likest copy found first.

    Both are clips of a scan (``Footage.part``) or stills (``stills.still``), with their luma. Nothing is decoded. ``same``
    is the largest share of the picture that may differ.
    """
    guarded, rows = ([one for one in each if one.frames] for each in (guarded, rows))
    if not guarded:
        return []
    search = _Search(guarded, same)
    batches = (rows[first : first + BATCH] for first in range(0, len(rows), BATCH))
    return [leak for batch in batches for leak in search.leaks(batch)]
