"""A season's masters as samples, and where two of them may show the same footage: products of unit vectors, and diagonals.

One master is sampled densely, the other by anchors, so far apart that every stretch that counts holds one. An anchor's product
with every sample is the correlation of their pictures. Where footage comes back, samples after or before the anchor are alike
too: a diagonal. (Temporal alignment by diagonals of a frame similarity matrix, as in near-duplicate video retrieval.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from reelwright.align.footage import STEP_S, Footage, unit_vectors

LINKS = 2
"""Samples beside an anchor that must be found beside its like too: one is alike by chance wherever a shot resembles another."""

LONGEST_SPACING = 48
"""Most steps between anchors (5.8 s): over longer ones, what moves between an anchor and its links would go unseen."""

SHORTEST_LINK = 3
"""Least steps between an anchor and its links: in less, too little moves."""

ALIKE = 0.85
"""Correlation from which on two samples may be the same: copies have 0.99 on the very frame, and less half a step beside it
in motion."""

MOVES = 1.0
"""What moves between an anchor and its links, in levels (root mean square over cells), below which it only rounds otherwise."""

BLOCK = 256
"""Anchors whose products are made at a time: 11 MB with an episode of 22 minutes."""

GATHERED = 20_000
"""Hits whose links are looked at a time: 10 MB of vectors each."""


@dataclass(frozen=True)
class Seeds:
    """Pairs of moments that may show the same footage, and so may the ``Sampled.span`` steps that follow them."""

    a_steps: np.ndarray
    b_steps: np.ndarray
    """int64, one a seed."""
    likeness: np.ndarray
    """Mean correlation of anchor and links with what they are like."""

    def __len__(self) -> int:
        return len(self.a_steps)

    def of(self, chosen: np.ndarray) -> Seeds:
        """Those that ``chosen``, a mask or numbers, says."""
        return Seeds(self.a_steps[chosen], self.b_steps[chosen], self.likeness[chosen])


class Sampled:
    """A master, one sample each ``STEP_S``."""

    def __init__(self, footage: Footage, shortest_s: float) -> None:
        """``shortest_s``: length of the stretches of which each must hold an anchor and its links."""
        self.footage = footage
        length = float(footage.times[-1]) if footage.frames else 0.0
        steps = np.arange(0.0, length + STEP_S / 2, STEP_S)
        self.frames = footage.nearest(steps) if footage.frames else np.empty(0, np.int64)
        self.cells = footage.cells[self.frames]
        self.vectors = unit_vectors(self.cells)
        self.shortest = int(shortest_s / STEP_S + 1e-6)
        """Steps in the shortest stretch."""
        held = min(self.shortest, LONGEST_SPACING)
        self.link = max(SHORTEST_LINK, (held - 1) // (2 * LINKS))
        """Steps between an anchor and its links."""
        self.span = LINKS * self.link
        """Steps between an anchor and its last link."""
        # Wherever anchors lie in a stretch, one of them has its links in it too, all before or all after it.
        self.spacing = held - 1 if 2 * self.span <= held else held - self.span + 1
        """Steps between anchors."""
        self.anchors = self._anchors()

    def _anchors(self) -> np.ndarray:
        """Steps of the anchors beside which something moves.

        What doesn't move can't say which moment is which: held drawings are like each other for long.
        """
        anchors = np.arange(0, len(self.cells), self.spacing)
        starts = np.concatenate([anchors, anchors - self.span])
        starts = np.unique(starts[(starts >= 0) & (starts + self.span < len(self.cells))])
        ends = (starts + self.span + 1).tolist()
        energy = np.array(
            [self.cells[start:end].var(axis=0).mean() for start, end in zip(starts.tolist(), ends, strict=True)]
        )
        moving = starts[energy >= MOVES**2]
        sides = np.concatenate([moving, moving + self.span])
        return np.unique(sides[sides % self.spacing == 0])

    def seconds(self, step: int) -> float:
        """When the sample of a step is shown."""
        return float(self.footage.times[self.frames[step]])


def find_seeds(a: Sampled, b: Sampled) -> Seeds:
    """Where ``a`` and ``b`` may show the same footage, at speeds that differ by up to a tenth, the likeliest first.

    In one and the same master, the later moment is that of ``b``, and no stretch overlaps its repeat.
    """
    parts = [_linked(a, b, *hits, way) for hits in _hits(a, b) for way in (1, -1)]
    names = ("a_steps", "b_steps", "likeness")
    found = Seeds(*(np.concatenate([np.empty(0, np.int64), *(getattr(one, name) for one in parts)]) for name in names))
    if a is b:
        found = found.of(found.b_steps - found.a_steps >= a.shortest)
    return found.of(np.argsort(-found.likeness, kind="stable"))


def _hits(a: Sampled, b: Sampled) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Anchors of ``a`` and samples of ``b`` that are alike, some at a time: their steps, and their correlations."""
    for first in range(0, len(a.anchors), BLOCK):
        anchors = a.anchors[first : first + BLOCK]
        products = (a.vectors[anchors] @ b.vectors.T).ravel()
        hits = np.flatnonzero(products >= ALIKE)
        for start in range(0, len(hits), GATHERED):
            some = hits[start : start + GATHERED]
            yield anchors[some // len(b.vectors)], some % len(b.vectors), products[some]


def _linked(a: Sampled, b: Sampled, a_steps: np.ndarray, b_steps: np.ndarray, values: np.ndarray, way: int) -> Seeds:
    """The hits whose links after (``way`` 1) or before (-1) the anchor are alike too."""
    first_a, first_b, at, total = a_steps, b_steps, b_steps, values
    for number in range(1, LINKS + 1):
        own = first_a + way * a.link * number
        near = at + way * a.link + np.array([[0], [-1], [1]])
        inside = (near >= 0) & (near < len(b.vectors)) & (own >= 0) & (own < len(a.vectors))
        vectors = a.vectors[np.clip(own, 0, len(a.vectors) - 1)]
        alike = np.stack(
            [np.einsum("ij,ij->i", vectors, b.vectors[np.clip(one, 0, len(b.vectors) - 1)]) for one in near]
        )
        alike[~inside] = -1.0
        best = alike.argmax(axis=0)
        there = np.arange(len(own))
        found = alike[best, there] >= ALIKE
        at, total = near[best, there][found], (total + alike[best, there])[found]
        first_a, first_b = first_a[found], first_b[found]
    return Seeds(first_a if way > 0 else first_a - a.span, first_b if way > 0 else at, total / (LINKS + 1))
