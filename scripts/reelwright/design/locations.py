"""The stage ``link_locations``: the production backgrounds that show each location of the show.

By what the spec says, or by name with the grades of the crosswalk. A background whose name only contains the location's is
proposed to a person and used by nothing: the moon ferry is not the moon.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from reelwright.captions.bible import read_bible
from reelwright.design.assets import GRADES
from reelwright.design.crosswalk import assets_of
from reelwright.design.grammar import Table, squeezed
from reelwright.design.match import Asset, Matcher
from reelwright.design.wiki import WikiName
from reelwright.errors import BadItem
from reelwright.files import read_json, write_json
from reelwright.names import plain_words
from reelwright.outcome import Notes, Record, attempt, require
from reelwright.spec.design import Design
from reelwright.spec.explain import nearest_name

GROUP = "locations"
"""Group in which locations are looked up, as names of a wiki are."""

PLACES = ("backgrounds", "style_guides")
"""Dictionaries that show places."""

SPEEDLINES = "speedlines"
"""Kind of backgrounds that show no place."""

PROPOSED = 5
"""Backgrounds that are shown to a person beside a location."""


def link_locations(
    dictionaries: Mapping[str, Path],
    upstream: Path,
    out: Path,
    record: Record,
    *,
    settings: Design,
    locations: Sequence[str] | None,
    bible: Path | None,
    show: str,
    season: int | None,
) -> None:
    """Write the links (schema ``locations``). ``locations`` are those of the spec; where it names none, the bible's.

    An alias of the spec that names no asset is a failed part, with the nearest one.
    """
    with attempt(record, [out]) as notes:
        require([upstream])
        entries = {name: read_json(path)["entries"] for name, path in dictionaries.items() if name in PLACES}
        named = locations
        if named is None:
            named = read_bible(bible, show, season).locations if bible else ()
        rows = linked(named, entries, settings, show, notes)
        counts = dict(sorted(Counter(row["confidence"] for row in rows).items()))
        write_json(out, {"locations": rows, "counts": counts}, "locations")
        none = [row["location"] for row in rows if not row["backgrounds"]]
        if none:
            notes.warn(
                f"{len(none)} of {len(rows)} locations have no production background for sure: {', '.join(none)}"
            )


def linked(
    locations: Sequence[str],
    entries: Mapping[str, Sequence[Mapping[str, Any]]],
    settings: Design,
    show: str,
    notes: Notes,
) -> list[dict[str, Any]]:
    """A row a location: the backgrounds that show it, each with how that is known, and what a person might mean instead."""
    assets = [one for one in assets_of(entries) if one.entry["kind"] != SPEEDLINES]
    aliases = Table(settings.names.aliases)
    names = [WikiName(location, GROUP) for location in locations]
    matcher = Matcher(assets, names, show=show, respell=lambda name: " ".join(aliases.replace(name.split())))
    said = {plain_words(location): several for location, several in settings.locations.items()}
    for location in settings.locations:
        if plain_words(location) not in map(plain_words, locations):
            notes.fail(location, _unknown(f"design.locations.{location}", "location of the show", location, locations))
    return [_row(one, matcher, assets, said.get(plain_words(one.name), ()), notes) for one in names]


def _row(
    name: WikiName, matcher: Matcher, assets: Sequence[Asset], said: Iterable[str], notes: Notes
) -> dict[str, Any]:
    links = dict.fromkeys(_said(name.name, said, assets, notes), ("spec", "high"))
    proposals = list[str]()
    for dictionary in PLACES:
        match = matcher.match(name, dictionary)
        for asset in match.assets:
            links.setdefault(asset, (match.how, match.grade))
        proposals += [key for key, _ in match.candidates]
    contained = [one.id for one in assets if _contains(one.name, plain_words(name.name))]
    proposed = [one for one in dict.fromkeys([*contained, *proposals]) if one not in links][:PROPOSED]
    grades = [grade for _, grade in links.values()]
    found = max(grades, key=GRADES.index) if grades else "low" if proposed else "none"
    return {
        "location": name.name,
        "confidence": found,
        "backgrounds": [{"id": key, "how": how, "confidence": grade} for key, (how, grade) in links.items()],
        "proposals": proposed,
    }


def _said(location: str, said: Iterable[str], assets: Sequence[Asset], notes: Notes) -> Iterator[str]:
    """Ids of the assets that the spec names for a location; one that is none is a failed part."""
    for one in said:
        found = [asset.id for asset in assets if one == asset.id or squeezed(plain_words(one)) == squeezed(asset.name)]
        if not found:
            choices = [asset.name for asset in assets]
            notes.fail(location, _unknown(f"design.locations.{location}", "background", one, choices))
        yield from found


def _unknown(where: str, what: str, name: str, choices: Sequence[str]) -> BadItem:
    near = nearest_name(name, choices)
    hint = f"; did you mean {near!r}?" if near else ""
    return BadItem("unknown_name", f"{where} names {name!r}, which is no {what}{hint}", retryable=False)


def _contains(name: str, words: str) -> bool:
    return f" {words} " in f" {name} "
