"""Which of an actor's images are the same picture: equal bytes, or within one style nearly equal perceptual hashes.

The hash ignores colour and stroke, and an actor's images may all be made from one: a drawing after a photograph is no
duplicate of it, so styles are compared apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any


def duplicate_groups(rows: Sequence[Mapping[str, Any]], bits: int) -> dict[str, str]:
    """The group of each image that has a double, by file name: ``d1``, ``d2``... in the order of the images.

    ``rows`` have ``file``, ``sha256``, ``class`` (``unknown`` is a style here: images in colour) and ``measured`` (None: it
    can't be opened).
    """
    shown = [row for row in rows if row["measured"] is not None]
    parent = {row["file"]: row["file"] for row in shown}

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for one, other in combinations(shown, 2):
        if _same(one, other, bits):
            first, second = sorted((root(one["file"]), root(other["file"])), key=list(parent).index)
            parent[second] = first
    members: dict[str, list[str]] = {}
    for name in parent:
        members.setdefault(root(name), []).append(name)
    doubles = [names for names in members.values() if len(names) > 1]
    return {name: f"d{number}" for number, names in enumerate(doubles, 1) for name in names}


def _same(one: Mapping[str, Any], other: Mapping[str, Any], bits: int) -> bool:
    if one["sha256"] == other["sha256"]:
        return True
    seen = one["measured"], other["measured"]
    if one["class"] != other["class"] or any("blank" in measured["defects"] for measured in seen):
        return False
    first, second = (int(measured["phash"], 16) for measured in seen)
    return (first ^ second).bit_count() <= bits
