"""Prompts from labels: plain sentences, the same for the same facts, with nothing in them that nobody has stated."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from reelwright.captions.bible import Bible, Character
from reelwright.captions.labels import Labels
from reelwright.digest import recipe_digest

ON_PLACES = frozenset(
    [
        *(
            "balcony",
            "beach",
            "bridge",
            "deck",
            "dock",
            "field",
            "highway",
            "hill",
            "ice",
            "island",
            "moon",
            "mountain",
        ),
        *("pier", "planet", "platform", "road", "roof", "rooftop", "rooftops", "runway", "ship", "shore", "stage"),
        *("stairs", "street", "terrace", "train"),
    ]
)
"""Places that one is on, not in, by their last word."""

PREPOSITIONS = ("above", "at", "behind", "below", "by", "in", "inside", "near", "on", "outside", "over", "under")
"""A location that begins with one of these is used as it is written."""


@dataclass(frozen=True)
class Facts:
    """All that a structured caption depends on."""

    show: str
    season: int | None
    title: str
    """The episode's title."""
    people: tuple[str, ...]
    """Each character seen, with how it looks: "Sam, red hair, green suit"."""
    speakers: tuple[str, ...]
    """Those of the characters seen who talk, where no action says so already."""
    location: str
    scene_type: str
    actions: tuple[str, ...]
    gadgets: tuple[str, ...]
    """A sentence on each gadget that an action names."""

    @property
    def digest(self) -> str:
        """Digest of these facts: equal facts make equal captions."""
        return recipe_digest({"caption": "structured", **dataclasses.asdict(self)})


@dataclass(frozen=True)
class Wording:
    """The texts of one caption."""

    visual_description: str
    """What is seen; empty where nothing is labelled."""
    context: str
    """A sentence on scene and show."""
    structured_caption: str
    """Both in one."""


def facts_of(
    show: str,
    season: int | None,
    title: str,
    bible: Bible,
    labels: Labels,
    speakers: Sequence[str],
    identity: Literal["named", "described"] = "described",
) -> Facts:
    """Gather the facts of one clip; ``speakers`` are the names before its transcript's lines, in any case.

    ``identity`` says whether known characters are described by hair and suit, or only named.
    """
    outfits = dict(labels.outfits)
    cast = {character.name: character for character in bible.characters}
    heard = {name.casefold() for name in speakers}
    said = " ".join(labels.actions)
    return Facts(
        show=_line(show),
        season=season,
        title=_line(title),
        people=tuple(_person(cast.get(name), name, outfits.get(name), bible, identity) for name in labels.characters),
        speakers=tuple(
            name for name in labels.characters if name.casefold() in heard and not _says_that_talks(name, said)
        ),
        location=labels.location or "",
        scene_type=labels.scene_type or "",
        actions=labels.actions,
        gadgets=tuple(
            f"The {gadget.name} is {gadget.description}"
            for gadget in bible.gadgets
            if gadget.description and re.search(rf"\b{re.escape(gadget.name)}\b", said, re.IGNORECASE)
        ),
    )


def word(facts: Facts) -> Wording:
    """The texts of a caption: what is seen, where it comes from, and both."""
    place = _place(facts.location)
    seen = ", ".join(filter(None, [_people(facts.people), place]))
    rest = [*facts.actions, *_talk(facts.speakers), *facts.gadgets]
    scene = _scene(facts)
    if facts.people:
        visual = _sentences([seen, *rest])
        structured = _sentences([f"{scene}: {seen}", *rest])
    else:
        visual = _sentences([*rest, f"set {place}" if place else ""])
        structured = _sentences([f"{scene}, set {place}" if place else scene, *rest])
    return Wording(visual, _sentences([scene]), structured)


def _says_that_talks(name: str, actions: str) -> bool:
    return re.search(rf"\b{re.escape(name)} (talks|speaks|says|is talking)\b", actions, re.IGNORECASE) is not None


def _line(text: str) -> str:
    return " ".join(text.split())


def _person(
    character: Character | None, name: str, outfit: str | None, bible: Bible, identity: Literal["named", "described"]
) -> str:
    """ "Sam, red hair, green suit"; an outfit takes the place of the suit.

    Named only: "Sam", or "Sam, wearing a parka" where that is not her usual outfit.
    """
    known = next((one for one in bible.outfits if (one.character, one.name) == (name, outfit)), None)
    unsaid = outfit is None or (identity == "named" and known is not None and known.usual)
    worn = "" if unsaid else f"wearing {(known and known.description) or outfit}"
    if character is None or (identity == "named" and (character.hair or character.suit)):
        return ", ".join(filter(None, [name, worn]))
    if not character.hair and not character.suit:
        return ", ".join(filter(None, [name, character.description, worn]))
    return ", ".join(filter(None, [name, character.hair, worn or character.suit]))


def _people(people: Sequence[str]) -> str:
    """ "Sam, Clover and Alex"; with semicolons where one of them has commas of its own."""
    if len(people) < 2:
        return "".join(people)
    if any("," in one for one in people):
        return "; ".join([*people[:-1], f"and {people[-1]}"])
    return f"{', '.join(people[:-1])} and {people[-1]}"


def _talk(speakers: Sequence[str]) -> list[str]:
    if not speakers:
        return []
    return [f"{_people(speakers)} {'is' if len(speakers) == 1 else 'are'} talking"]


def _place(location: str) -> str:
    """ "in the kitchen", "on the rooftops", "in Paris" (a name), "under the tree" (as written)."""
    first, *_ = location.split() or [""]
    if not location or first.lower() in PREPOSITIONS:
        return location
    preposition = "on" if location.split()[-1].lower() in ON_PLACES else "in"
    article = "" if first[0].isupper() or first.lower() in ("the", "a", "an") else "the "
    return f"{preposition} {article}{location}"


def _scene(facts: Facts) -> str:
    """ "A dialogue scene from SHOW"; where no label says more, with season and episode."""
    kind = facts.scene_type
    if kind and kind.split()[-1].lower() not in ("scene", "shot"):
        kind += " scene"
    kind = kind or "scene"
    article = "An" if kind[0].lower() in "aeiou" else "A"
    where = [facts.show]
    if not facts.people and not facts.location and not facts.actions:
        where += [f"season {facts.season}"] if facts.season is not None else []
        where += [f'episode "{facts.title}"'] if facts.title.casefold() != facts.show.casefold() and facts.title else []
    return f"{article} {kind} from {', '.join(where)}"


def _sentences(parts: Sequence[str]) -> str:
    """Each part with a capital and a full stop, unless it ends with a mark of its own."""
    whole = [part[0].upper() + part[1:] for part in parts if part]
    return " ".join(part if part[-1] in ".!?" else f"{part}." for part in whole)
