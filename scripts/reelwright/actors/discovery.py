"""Which actors there are and which images they have, from the roster and one shallow listing of each actor's folder.

Runs when the workflow is parsed: it opens the roster alone and imports nothing heavy. What is wrong with the roster, or with
an entry of it, fails when the roster is listed, by name, and the other actors go on.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any

from reelwright.actors.classes import ACTOR, SUFFIXES, WORDS, in_order, is_image_name, number_of
from reelwright.errors import BadItem, Problem, SpecError
from reelwright.foreign import read_foreign_json
from reelwright.spec.actors import Actors, Target
from reelwright.spec.explain import nearest_name, short

LEGACY = ("prompt_metadata.json", "response.json")
"""Metadata of images before there were manifests."""

DESCRIPTIONS = "actor_manifests"
"""Folder of the actors' own metadata, below the folder of the actors. It is never written to."""

IMAGES = f"expected {', '.join(SUFFIXES)} without {', '.join(WORDS)} in the name"
"""What counts as an image, for messages."""


@dataclass(frozen=True)
class Entry:
    """One entry of the roster, and why it is in or out."""

    row: int
    """Its place in the roster, from 0."""
    name: str
    """The actor's id, or what stands in its place."""
    reason: str
    """``has_images`` for an actor that is in; ``no_name``, ``bad_name``, ``duplicate_name`` (of which the entry is at fault),
    ``no_folder``, ``no_training_data``, ``no_images``."""
    message: str = ""
    """Why it is out, or what is wrong with an entry at fault, in a sentence; empty for an actor that is in."""
    images: tuple[str, ...] = ()
    """File names in ``training_data/``, by index."""
    metadata: tuple[str, ...] = ()
    """``manifest.json`` and legacy metadata that lie beside them."""
    base_image: str | None = None
    """Path, below the folder of the actors, of the image that others are generated from; None where there is none."""
    described: str | None = None
    """Path, below the folder of the actors, of the actor's own metadata; None where there is none."""

    @property
    def is_in(self) -> bool:
        """Whether the actor counts: it has images."""
        return self.reason == "has_images"


class ActorListing:
    """The actors of a spec's part `actors`; none where it has no such part.

    ``drawn`` are the files of a delivery that will be drawn first, below the folder of the actors, the roster's text among
    them under its own path; it stands in for the disk where it is given. ``made`` says that a rule draws them.
    """

    def __init__(self, actors: Actors | None, drawn: dict[str, str] | None = None, made: bool = False) -> None:
        self.settings = actors
        self._drawn = drawn
        self._made = made
        self._stamps: dict[tuple[str, str], tuple[int, int]] = {}
        self._problem: str | None = None

    @property
    def folder(self) -> Path:
        """Where the roster, ``actors/`` and ``actor_manifests/`` lie."""
        assert self.settings is not None
        return Path(self.settings.folder)

    @cached_property
    def entries(self) -> list[Entry]:
        """Every entry of the roster, in its order."""
        if self.settings is None:
            return []
        try:
            rows = self._roster(self.folder / self.settings.roster)
        except BadItem as error:
            self._problem = error.message
            return []
        return [self._found(entry) for entry in _named(rows)]

    @property
    def problem(self) -> str | None:
        """Why there is no roster; None where there is one."""
        return self._problem if not self.entries else None

    @cached_property
    def actors(self) -> dict[str, Entry]:
        """The actors that count, by id."""
        return {entry.name: entry for entry in self.entries if entry.is_in}

    @property
    def items(self) -> list[str]:
        """What outcome records of this part are about."""
        return [
            *self.actors,
            *(["roster", "decisions"] if self.settings else []),
            *(["evaluations"] if self.settings and self.settings.evaluation.imports else []),
        ]

    @cached_property
    def unlisted(self) -> list[str]:
        """Folders of ``actors/`` that the roster doesn't name, sorted."""
        return sorted(self._folders - {entry.name for entry in self.entries}) if self.settings else []

    def training_folder(self, actor: str) -> str:
        """Where an actor's images lie."""
        return str(self.folder / "actors" / actor / "training_data")

    def images(self, actor: str) -> list[str]:
        """Paths of an actor's images."""
        folder = self.training_folder(actor)
        return [f"{folder}/{name}" for name in self.actors[actor].images]

    def inputs(self, actor: str) -> list[str]:
        """Images that a rule makes, and so has to wait for: those of a demo."""
        return self.images(actor) if self._made else []

    def stamps(self, actor: str) -> list[tuple[str, int, int]]:
        """Name, bytes and time of change of each image, as a value for a rule: it is run again where one is another.

        Thousands of images as inputs would cost the scheduler more time, with every job that ends, than looking at them takes.
        """
        return [] if self._made else [(name, *self._stamps[actor, name]) for name in self.actors[actor].images]

    def metadata(self, actor: str) -> list[str]:
        """Paths of the manifest, or else of the legacy metadata, of an actor's images."""
        folder, names = self.training_folder(actor), self.actors[actor].metadata
        chosen = [name for name in names if name == "manifest.json"] or list(names)
        return [f"{folder}/{name}" for name in chosen]

    def description(self, actor: str) -> list[str]:
        """Path of the actor's own metadata, where there is some."""
        described = self.actors[actor].described
        return [str(self.folder / described)] if described else []

    def planned(self, actor: str) -> dict[str, Any]:
        """What a plan draws on, and what the set should be, as values for a rule."""
        assert self.settings is not None
        target, group = target_of(self.settings, actor)
        return {
            "actor": actor,
            "target": target.model_dump(mode="json"),
            "group": group,
            "metadata": self.metadata(actor),
            "description": self.description(actor),
        }

    @cached_property
    def imports(self) -> list[str]:
        """Files of evaluations made elsewhere; of a folder that is named, its JSON files."""
        found: list[str] = []
        for path in self.settings.evaluation.imports if self.settings else []:
            inside = sorted(one.name for one in _scan(Path(path)) if one.name.endswith(".json"))
            found += [f"{path}/{name}" for name in inside] or [path]
        return found

    @property
    def import_inputs(self) -> list[str]:
        """Those of ``imports`` that are there, or are drawn first."""
        drawn = {str(self.folder / path) for path in self._drawn or ()}
        return [path for path in self.imports if path in drawn or Path(path).exists()]

    def params(self) -> list[tuple[Any, ...]]:
        """The entries as values for a rule."""
        return [astuple(entry) for entry in self.entries]

    @cached_property
    def _folders(self) -> set[str]:
        if self._drawn is not None:
            paths = (path.split("/") for path in self._drawn)
            return {parts[1] for parts in paths if parts[0] == "actors" and len(parts) > 2}
        return {one.name for one in _scan(self.folder / "actors") if one.is_dir()}

    def _roster(self, path: Path) -> list[Any]:
        if self._drawn is not None:
            import json

            return list(json.loads(self._drawn[str(self.settings.roster)])) if self.settings else []
        rows = read_foreign_json(path, "the roster of actors (actors.roster)")
        if not isinstance(rows, list):
            raise BadItem("no_list", f"{path}: the roster is {short(rows)}: expected a list of objects with `name`")
        return rows

    def _found(self, entry: Entry) -> Entry:
        """An entry with what lies in its folder."""
        if entry.reason != "has_images":
            return entry
        if entry.name not in self._folders:
            return replace(entry, reason="no_folder", message=f"there is no folder actors/{entry.name}")
        names = self._names(entry.name)
        if names is None:
            missing = f"actors/{entry.name} has no training_data"
            return replace(entry, reason="no_training_data", message=missing)
        images = tuple(in_order([name for name in names if is_image_name(name)], entry.name))
        base = f"actors/{entry.name}/base_image/{entry.name}_base.png"
        described = f"{number_of(entry.name)}_manifest.json"
        return replace(
            entry,
            reason="has_images" if images else "no_images",
            message="" if images else f"actors/{entry.name}/training_data has no image: {IMAGES}",
            images=images,
            metadata=tuple(name for name in ("manifest.json", *LEGACY) if name in names),
            base_image=base if self._exists(base) else None,
            described=f"{DESCRIPTIONS}/{described}" if described in self._descriptions else None,
        )

    def _exists(self, path: str) -> bool:
        return path in self._drawn if self._drawn is not None else (self.folder / path).is_file()

    @cached_property
    def _descriptions(self) -> set[str]:
        if self._drawn is not None:
            return {path.rpartition("/")[2] for path in self._drawn if path.startswith(f"{DESCRIPTIONS}/")}
        return {one.name for one in _scan(self.folder / DESCRIPTIONS)}

    def _names(self, actor: str) -> set[str] | None:
        """Names of the files in an actor's ``training_data``; None where there is no such folder."""
        if self._drawn is not None:
            start = f"actors/{actor}/training_data/"
            names = {path.removeprefix(start) for path in self._drawn if path.startswith(start)}
            return names or None
        try:
            with os.scandir(self.training_folder(actor)) as found:
                files = [one for one in found if one.is_file()]
                for one in files:
                    about = one.stat()
                    self._stamps[actor, one.name] = about.st_size, about.st_mtime_ns
                return {one.name for one in files}
        except OSError:
            return None


def _scan(folder: Path) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            yield from found
    except OSError:
        return


def _named(rows: Sequence[Any]) -> Iterator[Entry]:
    """The roster's rows by name; what is wrong with one is its reason."""
    first: dict[str, int] = {}
    for row, one in enumerate(rows):
        name = one.get("name") if isinstance(one, dict) else None
        if not isinstance(name, str) or not name:
            text = short(one)
            yield Entry(row, text, "no_name", f"row {row} of the roster is {text}: expected an object with `name`")
        elif not re.fullmatch(ACTOR, name):
            words = "expected letters, digits, _ and -, and single dots between them"
            yield Entry(row, name, "bad_name", f"row {row} of the roster: the name {short(name)} is no id: {words}")
        elif name.casefold() in first:
            words = f"is the name of row {first[name.casefold()]} already; that one counts"
            yield Entry(row, name, "duplicate_name", f"row {row} of the roster: {short(name)} {words}")
        else:
            first[name.casefold()] = row
            yield Entry(row, name, "has_images")


def chosen_actors(config: Mapping[str, Any], typed: Sequence[str] = ()) -> object:
    """What `--config actors=` names; None where it holds keys of the spec's part instead.

    Snakemake makes numbers of what can be one, 16 of 0000_16 too: where the words that were ``typed`` on the command line hold
    it, it is taken as it stands there.
    """
    wanted = config.get("actors")
    if isinstance(wanted, int):
        return next((one.removeprefix("actors=") for one in typed if one.startswith("actors=")), wanted)
    return None if isinstance(wanted, Mapping) else wanted


def select_actors(wanted: object, actors: Iterable[str]) -> list[str]:
    """The actors that ``--config actors=0000,0007_european_16_male`` means, in their order; all where it is None or empty.

    An actor is named by id or by the number it begins with; Snakemake makes the number 0 of 0000, which is taken as well.
    Raises SpecError naming each that is none, with the nearest.
    """
    known = list(actors)
    if wanted is None or wanted == "" or wanted == []:
        return known
    parts = wanted if isinstance(wanted, list) else str(wanted).split(",")
    chosen: set[str] = set()
    problems = []
    for part in (str(one).strip() for one in parts):
        found = [part] if part in known else [one for one in known if _same_number(part, number_of(one))]
        if len(found) == 1:
            chosen.add(found[0])
            continue
        expected = f"is the number of {', '.join(found)}: expected a full id" if found else "is no actor with images"
        nearest = None if found else nearest_name(part, [*known, *map(number_of, known)])
        problems.append(Problem("--config", "actors", part, expected, nearest))
    if problems:
        raise SpecError(problems)
    return [one for one in known if one in chosen]


def _same_number(part: str, number: str) -> bool:
    return part.isdecimal() and number.isdecimal() and int(part) == int(number)


def target_of(actors: Actors, actor: str) -> tuple[Target, str | None]:
    """What an actor's set should be, and the name of the group that says so (None for the target of all)."""
    for name, group in actors.groups.items():
        if any(fnmatchcase(actor, pattern) for pattern in group.actors):
            own = {key: value for key in Target.model_fields if (value := getattr(group, key)) is not None}
            return actors.target.model_copy(update=own), name
    return actors.target, None
