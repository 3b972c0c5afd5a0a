"""Which production assets a manifest row shows: by episode, name and outfit, from the dictionaries and the crosswalk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reelwright.files import read_json
from reelwright.names import normal_name

SURE = frozenset({"high", "medium"})
"""Grades of the crosswalk that are used without a person."""


@dataclass(frozen=True)
class DesignFiles:
    """What a build has of the design half."""

    dictionaries: Mapping[str, Path]
    """By name; none without production art."""
    crosswalk: Sequence[Path]
    """The crosswalk, where there is one."""


def _entries(path: Path) -> list[Mapping[str, Any]]:
    """Entries of a dictionary or crosswalk; none of one that failed."""
    found: list[Mapping[str, Any]] = (read_json(path) or {"entries": []})["entries"]
    return found


def _squeezed(name: str) -> str:
    return normal_name(name).replace(" ", "")


class DesignRefs:
    """Finds assets by the names that manifest rows use: those of production, and those of the wiki where it is sure."""

    def __init__(self, files: DesignFiles | None) -> None:
        self._named: dict[tuple[str, str, str], list[Mapping[str, Any]]] = defaultdict(list)
        self._names: dict[str, str] = {}
        if files is None:
            return
        entries = {name: _entries(path) for name, path in files.dictionaries.items()}
        by_id = {one["id"]: one for several in entries.values() for one in several}
        self._names = {one["id"]: one["name"] for one in entries.get("characters", ())}
        for dictionary, several in entries.items():
            for one in several:
                self._add(dictionary, one["name"], one)
        for row in (row for path in files.crosswalk for row in _entries(path)):
            if row["confidence"] in SURE:
                for asset in row["assets"]:
                    self._add(row["dictionary"], row["wiki_name"], by_id[asset])

    def _add(self, dictionary: str, name: str, entry: Mapping[str, Any]) -> None:
        owner = _squeezed(self._names.get(entry.get("character", ""), ""))
        several = self._named[dictionary, owner, _squeezed(name)]
        if entry not in several:
            several.append(entry)

    def _ids(self, dictionary: str, names: Iterable[str], episode: str, owner: str = "") -> list[str]:
        """Assets of these names that exist in the episode, or all season."""
        found = [one for name in names for one in self._named.get((dictionary, owner, _squeezed(name)), ())]
        return [one["id"] for one in found if one["season_wide"] or not one["episodes"] or episode in one["episodes"]]

    def of(self, row: Mapping[str, Any]) -> dict[str, list[str]]:
        """``production_asset_refs`` (props) and ``official_design_refs`` (characters, outfits, backgrounds) of a row.

        ``row`` has ``production_episode``, ``props``, ``characters``, ``outfits`` and ``location``.
        """
        episode = row["production_episode"]
        design = self._ids("characters", row["characters"], episode)
        for who, outfit in row["outfits"].items():
            if outfit:
                design += self._ids("outfits", [outfit], episode, self._character(who))
        design += self._ids("backgrounds", filter(None, [row["location"]]), episode)
        props = self._ids("props", row["props"], episode)
        return {
            "production_asset_refs": list(dict.fromkeys(props)),
            "official_design_refs": list(dict.fromkeys(design)),
        }

    def _character(self, name: str) -> str:
        """The production name of a character, for finding outfits: the wiki may call it otherwise."""
        found = self._named.get(("characters", "", _squeezed(name)), ())
        return _squeezed(found[0]["name"]) if found else _squeezed(name)
