"""Which of an actor's images are the same picture: equal bytes, or within one style nearly equal perceptual hashes.

The hash ignores colour and stroke, and an actor's images may all be made from one: a drawing after a photograph is no
duplicate of it, so styles are compared apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from reelwright.actors.measure import Measures


def duplicate_groups(rows: Sequence[Mapping[str, Any]], seen: Mapping[str, Measures], bits: int) -> dict[str, str]:
    """The group of each image that has a double, by file name: ``d1``, ``d2``... in the order of the images.

    ``rows`` have ``file``, ``sha256``, ``class`` (``unknown`` is a style here: images in colour) and ``measured``.
    """
    shown = [row for row in rows if row["file"] in seen]
    parent = {row["file"]: row["file"] for row in shown}

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for one, other in combinations(shown, 2):
        if _same(one, other, seen, bits):
            first, second = sorted((root(one["file"]), root(other["file"])), key=list(parent).index)
            parent[second] = first
    members: dict[str, list[str]] = {}
    for name in parent:
        members.setdefault(root(name), []).append(name)
    doubles = [names for names in members.values() if len(names) > 1]
    return {name: f"d{number}" for number, names in enumerate(doubles, 1) for name in names}


def _same(one: Mapping[str, Any], other: Mapping[str, Any], seen: Mapping[str, Measures], bits: int) -> bool:
    if one["sha256"] == other["sha256"]:
        return True
    if (
        one["class"] != other["class"]
        or "blank" in one["measured"]["defects"]
        or "blank" in other["measured"]["defects"]
    ):
        return False
    return (seen[one["file"]].phash ^ seen[other["file"]].phash).bit_count() <= bits
