"""An index over footage: where short pieces may lie in hours of it, for a few matrix products.

A few frames of a piece, at the distances that they have in it, vote for its place (temporal Hough voting with one slope):
each place's likeness is the mean correlation of these frames with those that lie there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from reelwright.align.footage import STEP_S, Footage, unit_vectors

KEY_FRAMES = 5
"""Frames of a piece that vote: fewer find too many places alike, more cost time and find the same."""

BLOCK = 8
"""Steps (a second) of which only the likeliest start counts as a place."""

BATCH = 64
"""Pieces that are looked for at a time: 15 MB of products an episode."""

PER_FOOTAGE = 4
"""Places an indexed footage may propose for a piece."""


@dataclass(frozen=True)
class Place:
    """Where a piece may lie."""

    footage: int
    """Number of the indexed footage."""
    start: float
    """Second of it at which the piece would begin."""
    likeness: float
    """Mean correlation of the frames that voted, -1 to 1."""


@dataclass(frozen=True)
class Stretch:
    """Steps of which none is more than a second away from the next, all like one frame."""

    footage: int
    """Number of the indexed footage."""
    start: float
    """Second of its first step."""
    end: float
    """Second of its last step."""
    likeness: float
    """Highest correlation with the frame, -1 to 1."""


def _steps(footage: Footage) -> np.ndarray:
    """Frames of the footage, one each ``STEP_S``."""
    length = float(footage.times[-1]) if footage.frames else 0.0
    return footage.nearest(np.arange(0.0, length + STEP_S / 2, STEP_S))


def _keys(piece: Footage) -> tuple[np.ndarray, np.ndarray] | None:
    """Unit vectors and times of the frames that vote; None where every frame is flat."""
    vectors = unit_vectors(piece.cells)
    telling = np.flatnonzero(vectors.any(axis=1))
    if len(telling) == 0:
        return None
    chosen = telling[np.linspace(0, len(telling) - 1, KEY_FRAMES).round().astype(np.int64)]
    return vectors[chosen], piece.times[chosen]


class Index:
    """Unit vectors of much footage, one frame each ``STEP_S``."""

    def __init__(self, footage: Sequence[Footage]) -> None:
        self.footage = list(footage)
        self._vectors = [unit_vectors(one.cells[_steps(one)]) for one in self.footage]

    def places(self, pieces: Sequence[Footage], count: int) -> list[list[Place]]:
        """For each piece up to ``count`` places, the likeliest first, none within a second of a better one."""
        found: list[list[Place]] = []
        for first in range(0, len(pieces), BATCH):
            found.extend(self._batch(pieces[first : first + BATCH], count))
        return found

    def _batch(self, pieces: Sequence[Footage], count: int) -> list[list[Place]]:
        keys = [_keys(piece) for piece in pieces]
        known = [number for number, one in enumerate(keys) if one is not None]
        found: list[list[Place]] = [[] for _ in pieces]
        if not known:
            return found
        votes = np.concatenate([one[0] for one in keys if one is not None])
        shifts = [np.rint(one[1] / STEP_S).astype(np.int64) for one in keys if one is not None]
        for number, vectors in enumerate(self._vectors):
            products = _forgiving(votes @ vectors.T).reshape(len(known), KEY_FRAMES, -1)
            for piece, places in zip(known, _best_starts(number, products, shifts), strict=True):
                found[piece].extend(places)
        return [_apart(sorted(places, key=lambda one: -one.likeness), count) for places in found]

    def stretches(self, vectors: np.ndarray, least: float) -> list[list[Stretch]]:
        """For each of ``vectors`` (unit vectors of single frames) every stretch of footage that is at least so like it."""
        found: list[list[Stretch]] = [[] for _ in vectors]
        for first in range(0, len(vectors), BATCH):
            for number, indexed in enumerate(self._vectors):
                products = vectors[first : first + BATCH] @ indexed.T
                for one in np.flatnonzero((products >= least).any(axis=1)).tolist():
                    found[first + one].extend(_stretches(number, products[one], least))
        return found


def _stretches(number: int, likeness: np.ndarray, least: float) -> list[Stretch]:
    near = np.flatnonzero(likeness >= least)
    parts = np.split(near, np.flatnonzero(np.diff(near) > BLOCK) + 1)
    return [
        Stretch(number, float(part[0] * STEP_S), float(part[-1] * STEP_S), float(likeness[part].max()))
        for part in parts
    ]


def _forgiving(products: np.ndarray) -> np.ndarray:
    """The best of each step and its neighbours: for other speeds, and steps that fall between the frames of a piece."""
    return np.asarray(cv2.dilate(products, np.ones((1, 3), np.uint8)))


def _best_starts(number: int, products: np.ndarray, shifts: Sequence[np.ndarray]) -> list[list[Place]]:
    """The likeliest starts of each piece in one footage, from the products (pieces, votes, steps) of the frames that vote.

    Frames that would lie beyond the footage's end count as unlike.
    """
    pieces, votes, steps = products.shape
    blocks = -(-steps // BLOCK)
    likeness = np.full((pieces, blocks * BLOCK), -float(votes), np.float32)
    likeness[:, :steps] = 0
    for total, voted, own in zip(likeness, products, shifts, strict=True):
        for one, shift in zip(voted, own.tolist(), strict=True):
            inside = max(0, steps - shift)
            total[:inside] += one[shift:]
            total[inside:steps] -= 1
    likeness /= votes
    best = np.asarray(cv2.dilate(likeness, np.ones((1, BLOCK), np.uint8), anchor=(0, 0)))[:, ::BLOCK]
    top = np.argsort(-best, axis=1)[:, :PER_FOOTAGE] if blocks <= PER_FOOTAGE else _highest(best)
    found = []
    for own, likely, chosen in zip(likeness, best, top.tolist(), strict=True):
        inner = [int(own[block * BLOCK : (block + 1) * BLOCK].argmax()) for block in chosen]
        found.append(
            [
                Place(number, float((block * BLOCK + at) * STEP_S), float(likely[block]))
                for block, at in zip(chosen, inner, strict=True)
            ]
        )
    return found


def _highest(values: np.ndarray) -> np.ndarray:
    """Where the ``PER_FOOTAGE`` highest values of each row are, in no order."""
    return np.argpartition(-values, PER_FOOTAGE, axis=1)[:, :PER_FOOTAGE]


def _apart(places: list[Place], count: int) -> list[Place]:
    """The first ``count`` places that don't lie within a second of one before."""
    kept: list[Place] = []
    for place in places:
        near = any(place.footage == one.footage and abs(place.start - one.start) < BLOCK * STEP_S for one in kept)
        if not near:
            kept.append(place)
        if len(kept) == count:
            break
    return kept
