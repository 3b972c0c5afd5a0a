"""The stage ``build_dictionaries``: what production art there is, from names of files and folders alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from reelwright.design.art import PICTURES, ArtFile, folder_of, read_inventory
from reelwright.design.assets import Reading, entries_of, fold_conditions, of_one_name
from reelwright.design.grammar import Grammar, Parsed, Refused, Table
from reelwright.design.people import Cast, character_entries
from reelwright.files import write_json
from reelwright.names import plain_words
from reelwright.outcome import Record, attempt, require
from reelwright.spec.design import Design

DICTIONARIES = ("characters", "outfits", "props", "backgrounds", "style_guides")
"""Each becomes ``design/<name>.json``."""


@dataclass(frozen=True)
class Season:
    """What production codes are read by."""

    season: int | None
    code_pattern: str | None
    """``7{episode}``; None where the spec gives none."""
    episodes: Collection[str]
    """Two-digit numbers."""


def build_dictionaries(
    inventory: Path, upstream: Path, outputs: Mapping[str, Path], record: Record, *, settings: Design, season: Season
) -> None:
    """Write the dictionaries and what could not be read of the names.

    ``outputs`` go by ``DICTIONARIES`` and ``names``; ``upstream`` is the outcome of the inventory.
    """
    with attempt(record, list(outputs.values())) as notes:
        require([upstream])
        made, names = dictionaries(read_inventory(inventory), settings, season)
        for dictionary, entries in made.items():
            write_json(outputs[dictionary], {"entries": entries}, "dictionary")
        write_json(outputs["names"], names, "art_names")
        counts = names["counts"]
        if counts["unread"]:
            notes.warn(
                f"{counts['unread']} of {counts['files']} names of production art could not be read: {outputs['names']}"
            )
        if names["one_name"]:
            notes.warn(
                f"{len(names['one_name'])} names of production art stand for more than one thing, or nearly do: see there"
            )
        if counts["differing"]:
            notes.warn(f"{counts['differing']} unpacked files differ from their archive, whose members are taken")


def dictionaries(
    files: Collection[ArtFile], settings: Design, season: Season
) -> tuple[dict[str, list[dict[str, Any]]], dict[str, Any]]:
    """Entries by dictionary, and what there is to say of the names (schema ``art_names``)."""
    grammar = Grammar(settings.names, season=season.season, code_pattern=season.code_pattern, episodes=season.episodes)
    readings, unread = list[Reading](), list[dict[str, Any]]()
    for file in _taken(files):
        found = _read(file, settings, grammar)
        if isinstance(found, Reading):
            readings.append(found)
        else:
            unread.append(
                {
                    "archive": file.archive or None,
                    "path": file.path,
                    "reason": found.reason,
                    "nearest_rule": found.rule or None,
                }
            )
    people = [one for one in readings if one.dictionary == "characters"]
    cast = Cast(people, settings.names, grammar)
    characters, outfits = character_entries(cast.portrait(one) for one in people)
    things = fold_conditions(
        (one for one in readings if one.dictionary != "characters"), Table(settings.names.conditions)
    )
    made = {"characters": characters, "outfits": outfits}
    made |= {
        name: entries_of(one for one in things if one.dictionary == name) for name in DICTIONARIES if name not in made
    }
    states = Counter(one.state for one in files if not one.archive)
    counts = {
        "files": len(readings) + len(unread),
        "read": len(readings),
        "unread": len(unread),
        "passed_over": {
            "system": sum(one.kind == "system" for one in files),
            "archives": sum(one.kind == "archive" and not one.archive for one in files),
            "copies_of_members": states["matching"] + states["differing"],
        },
        "differing": states["differing"],
        "confidence": dict(sorted(Counter(one.confidence for one in readings).items())),
    }
    return made, {"counts": counts, "unread": unread, "one_name": of_one_name(made)}


def _taken(files: Collection[ArtFile]) -> list[ArtFile]:
    """Files that are to be read: not what systems leave behind, not archives, and of an unpacked file its member."""
    return [
        one
        for one in files
        if one.kind != "system"
        and not (one.kind == "archive" and not one.archive)
        and not (not one.archive and one.state in ("matching", "differing"))
    ]


def _read(file: ArtFile, settings: Design, grammar: Grammar) -> Reading | Refused:
    """What the name of one file says."""
    if file.problem:
        return Refused(file.problem, "")
    if file.kind not in PICTURES:
        return Refused(f"is no picture: expected one of {', '.join(sorted(PICTURES))}", "")
    key = folder_of(file.place, settings.folders) or file.folder
    if not key:
        return Refused("lies in no folder of design.folders", "")
    folder = settings.folders[key]
    stem = PurePosixPath(file.path).stem
    parsed = grammar.parse(stem, folder.rules)
    if isinstance(parsed, Refused):
        return parsed
    return _reading(file, stem, parsed, folder.dictionary, _kind_of(file, grammar) or folder.kind)


def _reading(file: ArtFile, stem: str, parsed: Parsed, dictionary: str, kind: str | None) -> Reading:
    notes, confidence = list(parsed.notes), parsed.confidence
    if parsed.category and parsed.category != dictionary:
        notes.append(f"its name says {parsed.category}, its folder {dictionary}")
        confidence = "low"
    return Reading(
        file,
        stem,
        parsed,
        parsed.category or dictionary,
        parsed.kind or kind,
        parsed.name,
        parsed.states,
        tuple(notes),
        confidence,
    )


def _kind_of(file: ArtFile, grammar: Grammar) -> str | None:
    """The kind that the nearest folder is named after."""
    for part in reversed(file.within.split("/")[:-1]):
        words = plain_words(part).split()
        found = grammar.kinds.first(words)
        if found and found[1] == len(words):
            return found[0]
    return None
