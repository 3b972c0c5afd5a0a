"""The old season bible: which episodes it knows, what in it goes by their numbers, and the same with production episodes.

Nothing is presumed of its form but that records say ``episode_id`` and ``episode_name``, or that a record lies under its id.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

ID, NAME, PRODUCTION = "episode_id", "episode_name", "production_episode"

NUMBER_KEY = re.compile(r"(^|_)(ep|episode)s?(_?(nr|no|num|number|index|order))?s?$", re.IGNORECASE)
"""A key whose value is an episode's number, or a list of them, where it is a number."""

COUNT_KEY = re.compile(r"^(n|num|number|count|total)_", re.IGNORECASE)
"""A key that says how many episodes, not which."""

NUMBER = re.compile(r"(s\d+)?[\s_-]*(e|ep|episode)?[\s_.#-]*\d{1,3}", re.IGNORECASE)
"""An episode's number as text: 7, 07, EP07, S7E07, episode_7."""

NUMBERED_NAME = re.compile(r"(s\d+[\s_-]*(e|ep)|ep|episode)[\s_.#-]*\d{1,3}", re.IGNORECASE)
"""A number that says by itself that it is an episode's."""


@dataclass(frozen=True)
class Numbered:
    """Something in the old bible that goes by an episode's number."""

    path: str
    """Where it is, with ``[*]`` for any place in a list."""
    value: str
    """The number, as it stands there."""
    first: str
    """Where it is met first."""
    episode_id: str | None
    """The old episode that the record around it names, where it names one."""


def text_of(value: Any) -> str | None:
    """An id or a name as text, without surplus spaces; None for what is neither text nor a whole number."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return " ".join(str(value).split()) or None


def _records(value: Any, path: str = "$", key: str | None = None) -> Iterator[tuple[str, str | None, dict[str, Any]]]:
    """Every object below ``value`` with its path and, where it lies in an object, the key that it lies under."""
    if isinstance(value, dict):
        yield path, key, value
        for name, one in value.items():
            yield from _records(one, f"{path}.{name}", name)
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from _records(one, f"{path}[{index}]")


def old_episodes(bible: Any) -> dict[str, list[str]]:
    """The names of each old episode by its id, in the order of the bible: more than one where it contradicts itself.

    An id without any name has none. Ids and names are found in records (``episode_id`` beside ``episode_name``), in records
    that lie under their id, and in an object that gives names by id.
    """
    found: dict[str, list[str]] = {}

    def take(episode: str, name: str | None) -> None:
        names = found.setdefault(episode, [])
        if name and name not in names:
            names.append(name)

    for _, key, record in _records(bible):
        if ID in record:
            if episode := text_of(record[ID]):
                take(episode, text_of(record.get(NAME)))
        elif NAME in record and key is not None and (name := text_of(record[NAME])):
            take(key, name)
        elif key in ("episodes", "episode_names") and record and all(isinstance(one, str) for one in record.values()):
            for episode, name in record.items():
                take(" ".join(episode.split()), text_of(name))
    if not found and isinstance(bible, dict) and all(isinstance(one, str) for one in bible.values()):
        return {" ".join(episode.split()): [" ".join(name.split())] for episode, name in bible.items()}
    return found


def with_production(bible: Any, by_id: Mapping[str, str | None], by_name: Mapping[str, str | None]) -> Any:
    """A copy of the bible in which every record of an old episode has ``production_episode`` beside what it has.

    Records are known by id, else by exact name; null where they are not mapped.
    """

    def copy(value: Any, key: str | None = None) -> Any:
        if isinstance(value, list):
            return [copy(one) for one in value]
        if not isinstance(value, dict):
            return value
        made = {name: copy(one, name) for name, one in value.items()}
        episode, name = text_of(value.get(ID)), text_of(value.get(NAME))
        if episode is None and name is not None and key in by_id:
            episode = key
        if episode is not None or name is not None:
            made[PRODUCTION] = by_id.get(episode) if episode is not None else by_name.get(name or "")
        return made

    return copy(bible)


def own_production(bible: Any) -> list[tuple[str, str, str]]:
    """Path, old episode id and value of every ``production_episode`` that the bible states itself."""
    return [
        (path, text_of(record.get(ID)) or key or "", text_of(record[PRODUCTION]) or json.dumps(record[PRODUCTION]))
        for path, key, record in _records(bible)
        if PRODUCTION in record
    ]


def numbered(value: Any) -> dict[Numbered, int]:
    """What goes by an old episode's number, and how often: number keys with numbers, and objects with numbers for keys."""
    counts: dict[Numbered, int] = {}
    firsts: dict[tuple[str, str, str | None], Numbered] = {}
    for path, key, record in _records(value):
        for name, one in record.items():
            for number in _numbers_in(key, name, one):
                place = f"{path}.{name}"
                pattern, episode = re.sub(r"\[\d+\]", "[*]", place), text_of(record.get(ID))
                same = firsts.setdefault((pattern, number, episode), Numbered(pattern, number, place, episode))
                counts[same] = counts.get(same, 0) + 1
    return counts


def _numbers_in(outer: str | None, key: str, value: Any) -> Iterator[str]:
    """The numbers of episodes that a key and its value hold; ``outer`` is the key that their object lies under."""
    by_episode = outer is not None and re.search(r"(^|_)(ep|episode)s?($|_)", outer, re.IGNORECASE)
    if NUMBERED_NAME.fullmatch(key) or (by_episode and NUMBER.fullmatch(key)):
        yield key
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key)
    if PRODUCTION in snake or COUNT_KEY.search(snake) or not NUMBER_KEY.search(snake):
        return
    for one in value if isinstance(value, list) else [value]:
        if (text := text_of(one)) and NUMBER.fullmatch(text):
            yield text
