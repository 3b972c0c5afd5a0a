"""From files whose names were read to assets: versions, states and PSD/JPG/PNG pairs of one thing are one asset."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reelwright.design.art import ArtFile
from reelwright.design.grammar import Parsed, Table, squeezed
from reelwright.names import ALIKE, numbers
from reelwright.spec.titles import slug

SINGULAR = {
    "characters": "character",
    "outfits": "outfit",
    "props": "prop",
    "backgrounds": "background",
    "style_guides": "style-guide",
}
"""What ids of each dictionary begin with."""

GRADES = ("low", "medium", "high")
"""How sure something is, the least sure first."""


@dataclass(frozen=True)
class Reading:
    """A file and what its name says."""

    file: ArtFile
    stem: str
    """The production name: its file name without suffix."""
    parsed: Parsed
    dictionary: str
    kind: str | None
    name: str
    """The asset's name in lower case, its words apart."""
    states: tuple[str, ...]
    notes: tuple[str, ...]
    confidence: str

    @property
    def key(self) -> str:
        """What files of one asset have in common."""
        return squeezed(self.name)

    def row(self) -> dict[str, Any]:
        """The file as dictionaries list it."""
        return {
            "archive": self.file.archive or None,
            "path": self.file.path,
            "format": self.file.kind,
            "bytes": self.file.bytes,
            "crc32": self.file.crc32 or None,
            "production_name": self.stem,
            "production_code": self.parsed.code,
            "episode": self.parsed.episode,
            "version": self.parsed.version,
            "states": list(self.states),
            "confidence": self.confidence,
            "notes": list(self.notes),
        }


def fold_conditions(readings: Iterable[Reading], conditions: Table) -> list[Reading]:
    """The same readings, those of a thing in some state under the thing's name where there is such a thing."""
    every = list(readings)
    known = {(one.dictionary, one.key) for one in every}
    return [_folded(one, known, conditions) for one in every]


def _folded(one: Reading, known: set[tuple[str, str]], conditions: Table) -> Reading:
    words, states = one.name.split(), list(one.states)
    while found := conditions.last(words):
        base = words[: -found[1]]
        if not base or (one.dictionary, "".join(base)) not in known:
            break
        words, states = base, [found[0], *states]
    return replace(one, name=" ".join(words), states=tuple(dict.fromkeys(states)))


def entries_of(readings: Iterable[Reading]) -> list[dict[str, Any]]:
    """One entry an asset, by name."""
    groups: dict[tuple[str, str], list[Reading]] = defaultdict(list)
    for one in readings:
        groups[one.dictionary, one.key].append(one)
    taken: set[str] = set()
    entries = [entry(several, taken) for _, several in sorted(groups.items())]
    return sorted(entries, key=lambda one: str(one["id"]))


def entry(readings: Sequence[Reading], taken: set[str], **more: Any) -> dict[str, Any]:
    """What the dictionaries say of one asset; ``more`` stands behind its kind. Its id is new in ``taken``."""
    first = readings[0]
    name = _commonest(one.name for one in readings) or first.name
    kinds = [one.kind for one in readings if one.kind]
    codes = {one.parsed.code for one in readings if one.parsed.code}
    return {
        "id": new_id(first.dictionary, name, first.key, taken),
        "name": name,
        "prompt_token": name,
        "kind": _commonest(kinds),
        **more,
        "episodes": sorted({one.parsed.episode for one in readings if one.parsed.episode}),
        "season_wide": any(one.parsed.season_wide for one in readings),
        "production_codes": sorted(codes),
        "production_names": sorted({one.stem for one in readings}),
        "versions": sorted({one.parsed.version for one in readings if one.parsed.version}, key=_version_order),
        "states": sorted({state for one in readings for state in one.states}),
        "confidence": min((one.confidence for one in readings), key=GRADES.index),
        "review": list(dict.fromkeys([*_disagreements(readings), *(note for one in readings for note in one.notes)])),
        "files": [one.row() for one in sorted(readings, key=lambda one: (one.file.archive, one.file.path))],
    }


def new_id(dictionary: str, name: str, key: str, taken: set[str], owner: str = "") -> str:
    """``prop.laser-lipstick``; where another asset has the same letters in ASCII, with a digest behind it."""
    wanted = ".".join(filter(None, (SINGULAR[dictionary], owner, slug(name))))
    if wanted in taken:
        wanted = f"{wanted}-{hashlib.sha256(key.encode()).hexdigest()[:6]}"
    taken.add(wanted)
    return wanted


def _commonest(values: Iterable[str]) -> str | None:
    """The value that is there most often; of several the one with most words, then the first by alphabet."""
    counts = Counter(values)
    return min(counts, key=lambda one: (-counts[one], -one.count(" "), one), default=None)


def _version_order(version: str) -> tuple[int, str]:
    digits = "".join(letter for letter in version if letter.isdigit())
    return int(digits or 0), version


def _disagreements(readings: Sequence[Reading]) -> Iterator[str]:
    """What speaks against all of these being one asset."""
    names = sorted({one.name for one in readings})
    if len(names) > 1:
        yield f"is written as {' and '.join(map(repr, names))}"
    kinds = sorted({one.kind for one in readings if one.kind})
    if len(kinds) > 1:
        yield f"is called {' and '.join(kinds)}"
    yield from _twice(readings)


def _twice(readings: Sequence[Reading]) -> Iterator[str]:
    """Files that claim to be the same drawing and are not."""
    claims: dict[tuple[Any, ...], list[Reading]] = defaultdict(list)
    for one in readings:
        if one.file.crc32:
            claims[one.parsed.code, one.parsed.version, one.states, one.file.kind, one.stem.casefold()].append(one)
    for several in claims.values():
        if len({one.file.crc32 for one in several}) > 1:
            places = ", ".join(one.file.place for one in several)
            yield f"{several[0].stem}.{several[0].file.kind} is there {len(several)} times with other pictures: {places}"


def of_one_name(entries: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """Assets that normalise to one name and don't look like one, and pairs that differ by a letter or two."""
    found = [
        {"dictionary": dictionary, "ids": [one["id"]], "why": why}
        for dictionary, several in entries.items()
        for one in several
        for why in one["review"]
        if why.startswith(("is written as ", "is called ")) or " is there " in why
    ]
    for dictionary, several in entries.items():
        if dictionary != "outfits":
            found += [{"dictionary": dictionary, **pair} for pair in _alike(several)]
    return found


def _alike(entries: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    import numpy as np
    from rapidfuzz import fuzz, process

    names = [one["name"] for one in entries]
    if len(names) < 2:
        return
    apart = [numbers(name) for name in names]
    scores = process.cdist(names, names, scorer=fuzz.ratio, score_cutoff=ALIKE, dtype=np.uint8)
    for one, other in zip(*np.nonzero(np.triu(scores, 1)), strict=True):
        if apart[one] == apart[other]:
            ids = [entries[one]["id"], entries[other]["id"]]
            yield {"ids": ids, "why": f"{names[one]!r} and {names[other]!r} are nearly the same name"}
