"""Which files of production art can become images of a package, as the dictionaries list them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from string import capwords
from typing import Any

from reelwright.design.assets import GRADES
from reelwright.errors import BuildError
from reelwright.names import plain_words
from reelwright.packages.select import rank
from reelwright.spec.explain import nearest_name
from reelwright.spec.lane import DesignPackage

FORMATS = ("psd", "psb", "tiff", "png", "jpg", "ai", "pdf")
"""Formats of one drawing, the one to take first: nearer to what was drawn before what was exported from it."""

PEOPLE = ("characters", "outfits")
"""Dictionaries that show somebody."""


@dataclass(frozen=True)
class Drawing:
    """One file of production art, as a package may take it."""

    archive: str | None
    path: str
    """Below the delivered folder, or within the archive."""
    format: str
    bytes: int
    crc32: str | None
    production_name: str
    asset: str
    """Id of its dictionary entry: of the outfit, where one is worn."""
    dictionary: str
    category: str
    """Key of the package's categories."""
    kind: str | None
    name: str
    """Prompt token of the asset."""
    character: str | None
    """Who is shown, as the spec writes it."""
    states: tuple[str, ...]
    version: str | None
    episodes: tuple[str, ...]
    confidence: str
    """How surely its name was read: ``low medium high``."""
    named_sheet: bool
    """Whether its file is named after a sheet."""

    @property
    def place(self) -> str:
        """Its path below the delivered folder, the archive like a folder."""
        return f"{self.archive}/{self.path}" if self.archive else self.path


@dataclass(frozen=True)
class Drop:
    """A drawing of the package's categories that is not in it."""

    place: str
    category: str
    reason: str
    """``<rule>: <why>``."""
    character: str | None = None

    @classmethod
    def of(cls, drawing: Drawing, reason: str) -> Drop:
        """Why ``drawing`` is not taken."""
        return cls(drawing.place, drawing.category, reason, drawing.character)


@dataclass
class Pool:
    """What there is to choose from."""

    drawings: list[Drawing]
    """By rank."""
    alternatives: dict[str, list[Drawing]]
    """The same drawings in other formats, by place: taken where one is damaged."""
    dropped: list[Drop]
    others: dict[str, int]
    """Files in no category of the package, by dictionary or kind."""


def squeezed_name(name: str) -> str:
    """A character's name without case, spaces, accents."""
    return plain_words(name).replace(" ", "")


class _Names:
    """Characters as the spec writes them."""

    def __init__(self, declared: Iterable[str]) -> None:
        self._declared = {squeezed_name(one): one for one in declared}

    def of(self, entry: Mapping[str, Any]) -> str:
        return self._declared.get(squeezed_name(entry["name"])) or capwords(entry["name"])


def find_drawings(
    entries: Mapping[str, Sequence[Mapping[str, Any]]], settings: DesignPackage, names: Sequence[str]
) -> Pool:
    """The drawings of the package's categories, by rank; ``entries`` by dictionary, ``names`` characters of the spec.

    Raises BuildError for a character of the package that no production art is of.
    """
    people = _Names([*(settings.characters or []), *(one for group in settings.balance for one in group), *names])
    known = {squeezed_name(one["name"]): people.of(one) for one in entries["characters"]}
    _check_characters(settings, list(known.values()))
    found, others = list[Drawing](), Counter[str]()
    for drawing, category in _all(entries, settings, people):
        if category is None:
            others[drawing.kind or drawing.dictionary] += 1
        else:
            found.append(drawing)
    found.sort(key=lambda one: rank(settings.seed, one.place))
    wanted = None if settings.characters is None else {squeezed_name(one) for one in settings.characters}
    kept, dropped = list[Drawing](), list[Drop]()
    for one in found:
        why = _refused(one, settings, wanted)
        if why:
            dropped.append(Drop.of(one, why))
        else:
            kept.append(one)
    return _paired(kept, dropped, dict(sorted(others.items())))


def _check_characters(settings: DesignPackage, known: Sequence[str]) -> None:
    squeezed = {squeezed_name(one) for one in known}
    for name in [*(settings.characters or []), *(one for group in settings.balance for one in group)]:
        if squeezed_name(name) not in squeezed:
            near = nearest_name(name, known)
            hint = f"; did you mean {near!r}?" if near else ""
            raise BuildError(f"there is no production art of the character {name}{hint}")


def _all(
    entries: Mapping[str, Sequence[Mapping[str, Any]]], settings: DesignPackage, people: _Names
) -> Iterator[tuple[Drawing, str | None]]:
    """Every listed file once, with its category where it has one: what somebody wears counts as the outfit."""
    characters = {one["id"]: people.of(one) for one in entries["characters"]}
    worn = set[tuple[str | None, str]]()
    for dictionary in ("outfits", *(one for one in entries if one != "outfits")):
        for entry in entries[dictionary]:
            who = characters.get(entry["character"] if dictionary == "outfits" else entry["id"])
            for file in entry["files"]:
                key = (file["archive"], file["path"])
                if dictionary == "characters" and key in worn:
                    continue
                if dictionary == "outfits":
                    worn.add(key)
                category = next((one for one in (entry["kind"], dictionary) if one in settings.categories), None)
                yield _drawing(entry, file, dictionary, category or "", who, settings), category


def _drawing(
    entry: Mapping[str, Any],
    file: Mapping[str, Any],
    dictionary: str,
    category: str,
    who: str | None,
    settings: DesignPackage,
) -> Drawing:
    name = file["path"].rsplit("/", 1)[-1].lower()
    return Drawing(
        archive=file["archive"],
        path=file["path"],
        format=file["format"],
        bytes=file["bytes"],
        crc32=file["crc32"],
        production_name=file["production_name"],
        asset=entry["id"],
        dictionary=dictionary,
        category=category,
        kind=entry["kind"],
        name=entry["prompt_token"],
        character=who,
        states=tuple(file["states"]),
        version=file["version"],
        episodes=tuple(entry["episodes"]),
        confidence=file["confidence"],
        named_sheet=any(fnmatchcase(name, one.lower()) for one in settings.sheet_names),
    )


def _refused(one: Drawing, settings: DesignPackage, wanted: set[str] | None) -> str | None:
    states = [state for state in one.states if state in settings.leave_out]
    if states:
        return f"state: {' '.join(states)}"
    if GRADES.index(one.confidence) < GRADES.index(settings.min_confidence):
        return f"name: was read with {one.confidence} confidence, and captions come from names"
    if wanted is not None and one.dictionary in PEOPLE and squeezed_name(one.character or "") not in wanted:
        return f"character: {one.character} is none of the package's"
    return None


def _paired(kept: Sequence[Drawing], dropped: list[Drop], others: dict[str, int]) -> Pool:
    """One file of each drawing: a PSD and its JPG have one production name."""
    groups: dict[tuple[str, str], list[Drawing]] = defaultdict(list)
    for one in kept:
        groups[one.asset, one.production_name.casefold()].append(one)
    first, alternatives = list[Drawing](), dict[str, list[Drawing]]()
    for several in groups.values():
        ordered = sorted(several, key=lambda one: FORMATS.index(one.format))
        best = ordered[0].format
        same = [one for one in ordered if one.format == best]
        first += same
        if len(same) < len(ordered):
            alternatives[same[0].place] = ordered[len(same) :]
            dropped += [Drop.of(one, f"format: taken as {same[0].place}") for one in ordered[len(same) :]]
    order = {one.place: at for at, one in enumerate(kept)}
    return Pool(sorted(first, key=lambda one: order[one.place]), alternatives, dropped, others)


def within_caps(drawings: Sequence[Drawing], settings: DesignPackage) -> tuple[list[Drawing], list[Drop]]:
    """The first of ``drawings`` (by rank) that the caps on assets, characters and categories leave, and the others."""
    counts: Counter[tuple[str, str]] = Counter()
    kept, dropped = list[Drawing](), list[Drop]()
    for one in drawings:
        limits = settings.categories[one.category]
        caps = [("asset", one.asset, limits.max_per_asset), ("category", one.category, limits.max_images)]
        if one.character and one.dictionary in PEOPLE:
            caps.append(("character", one.character, settings.max_per_character))
        full = next(((what, which, cap) for what, which, cap in caps if cap and counts[what, which] >= cap), None)
        if full:
            dropped.append(Drop.of(one, f"cap: the {full[0]} {full[1]} has {full[2]} already"))
        else:
            counts.update((what, which) for what, which, _ in caps)
            kept.append(one)
    return kept, dropped
