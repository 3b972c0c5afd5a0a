"""Choosing the items of an evaluation set: balanced over labels, the same on every machine, stable when candidates come."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Medium:
    """A file that belongs to an item."""

    role: Literal["reference", "clip", "first_frame", "sheet"]
    root: Literal["results", "design", "reference"]
    """What `path` is below: the project's results, the delivered art, the old clips."""
    path: str
    archive: str | None = None
    """The archive below its root that `path` is a member of."""
    trained: bool = False
    """Whether packages of production art may train on it."""


@dataclass(frozen=True)
class Candidate:
    """What can become an item of an evaluation set."""

    item_id: str
    label: str
    """What the set is balanced over."""
    prompt: str
    labels: Mapping[str, Any]
    """What is expected to be seen."""
    media: tuple[Medium, ...]
    manifest: str
    """The list, below the results, that it is from."""
    span: Mapping[str, Any] | None = None
    """The held-out clip it is made of."""
    prefer: int = 0
    """Of a label, candidates of lower numbers are taken first."""


def rank(seed: int, name: str) -> str:
    """A name's place in the draw: it depends on nothing but the seed and the name."""
    return hashlib.sha256(f"{seed}:{name}".encode()).hexdigest()


def balanced(candidates: Sequence[Candidate], size: int, seed: int) -> list[Candidate]:
    """At most ``size`` candidates, one of each label in turn, labels and those of a label by rank.

    A candidate that is added only ever pushes others back: what was not chosen before stays so.
    """
    of_label: dict[str, list[Candidate]] = defaultdict(list)
    for one in candidates:
        of_label[one.label].append(one)
    turns = []
    for label, several in of_label.items():
        several.sort(key=lambda one: (one.prefer, rank(seed, one.item_id)))
        turns += [(turn, rank(seed, label), one) for turn, one in enumerate(several)]
    turns.sort(key=lambda one: one[:2])
    return [one for _, _, one in turns[:size]]


Refuse = Callable[[Sequence[Candidate]], Mapping[str, str]]
"""Why some of these candidates can't be items, by item_id."""


def choose(
    candidates: Sequence[Candidate], size: int, seed: int, refuse: Refuse
) -> tuple[list[Candidate], dict[str, str]]:
    """The items, and why others that would have been chosen are none. Only what would be chosen is looked at closely."""
    refused: dict[str, str] = {}
    looked_at: set[str] = set()
    while True:
        chosen = balanced([one for one in candidates if one.item_id not in refused], size, seed)
        fresh = [one for one in chosen if one.item_id not in looked_at]
        if not fresh:
            return chosen, refused
        looked_at.update(one.item_id for one in fresh)
        refused.update(refuse(fresh))
