"""The season bible: who and what is in a show, and which of it is seen when (``bible`` schema).

Texts are used as they are written, so they should read well after a name and a comma: hair "red hair", suit "green
suit", description "a huge rabbit with pale grey fur". Times are seconds from an episode's first frame.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reelwright.errors import BadItem, listed
from reelwright.files import check
from reelwright.foreign import read_foreign_json

SHOWN = 5
"""Violations that a message names before it only counts them."""


@dataclass(frozen=True)
class Character:
    """Somebody of the show."""

    name: str
    hair: str
    """Anchor; empty where there is none to name (an animal)."""
    suit: str
    """What is worn unless a label says otherwise; empty where there is nothing to name."""
    description: str
    """Used where hair and suit are both empty."""


@dataclass(frozen=True)
class Outfit:
    """Something that one character wears in some shots."""

    character: str
    name: str
    description: str
    usual: bool = False
    """Whether it is what the character wears unless something else is said."""


@dataclass(frozen=True)
class Gadget:
    """A thing that is described where an action names it."""

    name: str
    description: str


@dataclass(frozen=True)
class EpisodeNote:
    """What an episode tells."""

    episode: str
    title: str
    story_context: str


@dataclass(frozen=True)
class LabelledShot:
    """What is seen from ``start_s`` to ``end_s`` of an episode."""

    episode: str
    start_s: float
    end_s: float
    characters: tuple[str, ...]
    """In the order of their weight."""
    outfits: tuple[tuple[str, str], ...]
    """Pairs of character and outfit."""
    location: str
    scene_type: str
    action: str
    """One sentence or more; empty where nothing is said."""


@dataclass(frozen=True)
class Bible:
    """What is known of a show; empty where a project has no bible."""

    characters: tuple[Character, ...] = ()
    outfits: tuple[Outfit, ...] = ()
    locations: tuple[str, ...] = ()
    gadgets: tuple[Gadget, ...] = ()
    episodes: tuple[EpisodeNote, ...] = ()
    shots: tuple[LabelledShot, ...] = ()

    def story_context(self, episode: str) -> str:
        """What ``episode`` tells; empty where the bible doesn't say."""
        return next((note.story_context for note in self.episodes if note.episode == episode), "")

    def outfits_of(self, episode: str) -> tuple[Outfit, ...]:
        """Outfits that labels of ``episode`` name; every outfit where they name none."""
        worn = {pair for shot in self.shots if shot.episode == episode for pair in shot.outfits}
        return tuple(one for one in self.outfits if (one.character, one.name) in worn) or self.outfits

    def gadgets_of(self, episode: str) -> tuple[Gadget, ...]:
        """Gadgets that the labelled actions or the story of ``episode`` name; every gadget where they name none."""
        actions = [shot.action for shot in self.shots if shot.episode == episode]
        said = " ".join([*actions, self.story_context(episode)]).casefold()
        return tuple(one for one in self.gadgets if one.name.casefold() in said) or self.gadgets

    def shots_of(self, episode: str) -> tuple[LabelledShot, ...]:
        """The labelled shots of ``episode``, in the order of their start."""
        return tuple(sorted((s for s in self.shots if s.episode == episode), key=lambda s: (s.start_s, s.end_s)))


def read_bible(path: Path, show: str, season: int | None) -> Bible:
    """Read and check the bible at ``path``.

    Raises BadItem ``bible`` naming the file and what is wrong: missing, no JSON, against its schema, of another show or
    season, or a shot with a character, outfit or location that the bible doesn't list.
    """
    data = read_foreign_json(path, "the season bible (captions.bible)", "bible")
    try:
        check(data, "bible", path.name)
    except ValueError as error:
        raise _bad(path, str(error).split("\n")) from error
    problems = [*_foreign(data, show, season), *_unlisted(data)]
    if problems:
        raise _bad(path, [f"{path.name}: {problem}" for problem in problems])
    return Bible(
        characters=tuple(
            Character(_phrase(c["name"]), _phrase(c.get("hair")), _phrase(c.get("suit")), _phrase(c.get("description")))
            for c in data["characters"]
        ),
        outfits=tuple(
            Outfit(_phrase(o["character"]), _phrase(o["name"]), _phrase(o.get("description")), o.get("usual", False))
            for o in data.get("outfits", [])
        ),
        locations=tuple(map(_phrase, data["locations"])),
        gadgets=tuple(Gadget(_phrase(g["name"]), _phrase(g.get("description"))) for g in data.get("gadgets", [])),
        episodes=tuple(
            EpisodeNote(e["episode"], _text(e.get("title")), _text(e.get("story_context")))
            for e in data.get("episodes", [])
        ),
        shots=tuple(_shot(shot) for shot in data.get("shots", [])),
    )


def _bad(path: Path, problems: list[str]) -> BadItem:
    # check() says what a line is about in each line, and here the whole path says it better.
    named = [problem.removeprefix(f"{path.name}: ") for problem in problems]
    return BadItem("bible", f"{path}: {listed(named, SHOWN)}")


def _text(value: str | None) -> str:
    """One line without surplus spaces; empty for null."""
    return " ".join((value or "").split())


def _phrase(value: str | None) -> str:
    """A text that becomes a part of a sentence: without a full stop."""
    return _text(value).rstrip(".")


def _shot(shot: dict[str, Any]) -> LabelledShot:
    return LabelledShot(
        episode=shot["episode"],
        start_s=float(shot["start_s"]),
        end_s=float(shot["end_s"]),
        characters=tuple(dict.fromkeys(_phrase(name) for name in shot.get("characters", []))),
        outfits=tuple((_phrase(who), _phrase(outfit)) for who, outfit in (shot.get("outfits") or {}).items() if outfit),
        location=_phrase(shot.get("location")),
        scene_type=_phrase(shot.get("scene_type")),
        action=_text(shot.get("action")),
    )


def _foreign(data: dict[str, Any], show: str, season: int | None) -> Iterator[str]:
    """A bible of another show would put its names into every prompt."""
    if _phrase(data["show"]).casefold() != _phrase(show).casefold():
        yield f"$.show is {data['show']!r}: expected the spec's show {show!r}"
    stated = data.get("season")
    if stated is not None and season is not None and stated != season:
        yield f"$.season is {stated!r}: expected the spec's season {season}"


def _unlisted(data: dict[str, Any]) -> Iterator[str]:
    """Labels that name what the bible doesn't list, and spans that are none."""
    characters = [_phrase(character["name"]) for character in data["characters"]]
    worn = {(_phrase(outfit["character"]), _phrase(outfit["name"])) for outfit in data.get("outfits", [])}
    locations = [_phrase(location) for location in data["locations"]]
    for index, shot in enumerate(data.get("shots", [])):
        where = f"$.shots[{index}]"
        if shot["end_s"] <= shot["start_s"]:
            yield f"{where}.end_s is {shot['end_s']}: expected more than start_s, {shot['start_s']}"
        for name in [*shot.get("characters", []), *(shot.get("outfits") or {})]:
            if _phrase(name) not in characters:
                yield f"{where} names the character {name!r}{_hint(name, characters)}"
        for who, outfit in (shot.get("outfits") or {}).items():
            if outfit and (_phrase(who), _phrase(outfit)) not in worn:
                own = [name for owner, name in worn if owner == _phrase(who)]
                yield f"{where}.outfits gives {who} {outfit!r}{_hint(outfit, own)}"
        if shot.get("location") and _phrase(shot["location"]) not in locations:
            yield f"{where}.location is {shot['location']!r}{_hint(shot['location'], locations)}"


def _hint(name: str, listed: Iterable[str]) -> str:
    nearest = difflib.get_close_matches(_phrase(name), sorted(listed), n=1)
    return ", which the bible doesn't list" + (f"; did you mean {nearest[0]!r}?" if nearest else "")
