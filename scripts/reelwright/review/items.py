"""What review pages show: kinds of things, the words that people can say of each, and one typed row a thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Tone = Literal["good", "part", "bad", "plain"]
"""How a word is coloured: it trains, it serves evaluation alone, it is out, neither."""


@dataclass(frozen=True)
class Word:
    """One decision that a person can make about a thing."""

    word: str
    """As ``config/<project>/decisions/<domain>.csv`` has it."""
    label: str
    """As the page has it."""
    key: str
    """The digit that decides so; without digit and letter it is offered by things' own choices alone."""
    letter: str
    """The letter that does the same; empty where there is none."""
    tone: Tone
    meaning: str
    """What the build makes of it, in a sentence."""
    asks: str = ""
    """What has to be written with it; empty where nothing has."""
    values: Sequence[str] = ()
    """What alone can be written with it; empty where anything can."""
    among: str = ""
    """The facet that things share whose titles can be written with it too; empty where none can."""

    def as_row(self) -> dict[str, str]:
        """As the page's data has it."""
        return dict(vars(self))


@dataclass(frozen=True)
class Kind:
    """One kind of things: a tab of the page."""

    name: str
    title: str
    domain: str
    """Stem of the file of decisions."""
    words: Sequence[Word]
    about: str
    """What a reviewer decides here and what becomes of it, in a sentence or two."""
    facets: Mapping[str, str]
    """Title of each facet, in the order in which they are shown."""
    sorts: Mapping[str, str] = field(default_factory=dict)
    """Title of each number that things can be sorted by."""
    edits: str = ""
    """The word whose value is the thing's text, edited; empty where no text is."""
    layout: Literal["cards", "lines", "strips"] = "cards"
    apart: bool = False
    """Whether a thing has a decision of each word, else one alone."""
    applied: bool = True
    """Whether the build acts on decisions; else it records and counts them."""

    def as_row(self) -> dict[str, Any]:
        """As the page's data has it."""
        mappings = {"facets": list(map(list, self.facets.items())), "sorts": list(map(list, self.sorts.items()))}
        return {**vars(self), **mappings, "words": [one.as_row() for one in self.words]}


@dataclass(frozen=True)
class Item:
    """One thing to look at (``review_item`` schema). Paths are relative to the project's results."""

    item: str
    """What its decision names."""
    sha256: str
    """The thing as it is: a decision holds while this is the same."""
    title: str
    now: str
    """What the build makes of it now, in a few words."""
    text: str = ""
    """What is to be read, or edited where the kind has ``edits``."""
    facts: Sequence[tuple[str, str]] = ()
    """Name and value of what else is known."""
    facets: Mapping[str, Sequence[str]] = field(default_factory=dict)
    sorts: Mapping[str, float] = field(default_factory=dict)
    thumb: tuple[str, int, int, int, int] | None = None
    """A picture within a sprite: path; left, top, width and height in pixels."""
    video: tuple[str, float] | None = None
    """Path, and frames a second."""
    pictures: Sequence[tuple[str, str]] = ()
    """Path and words of each."""
    strip: Sequence[str] = ()
    """Words below each frame of a film strip, which is ``thumb``."""
    mark: int = 0
    """The frame of the strip, from 0, that a new shot begins with."""
    choices: Sequence[tuple[str, str, str]] = ()
    """Word, value and label of what can be decided about this one alone, before the words of its kind."""

    def as_row(self) -> dict[str, Any]:
        """As the page's data has it: what says nothing is left out."""
        return {"now": "", **{name: _plain(value) for name, value in vars(self).items() if value}}


def _plain(value: Any) -> Any:
    """A value as JSON has it: no tuples."""
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return {key: _plain(one) for key, one in value.items()} if isinstance(value, dict) else value


@dataclass(frozen=True)
class Part:
    """The things of one kind, and what could not be shown."""

    kind: Kind
    items: Sequence[Item]
    missing: Sequence[str] = ()
    """What is not there, and why, a sentence each."""


TRAIN_WORDS = ("TRAIN", "EVAL_ONLY", "EXCLUDE")
"""How pages call the three ways that things go, whatever a domain's file calls them."""


def three_words(words: tuple[str, str, str], meanings: tuple[str, str, str]) -> list[Word]:
    """TRAIN, EVAL_ONLY and EXCLUDE on the keys that are the same everywhere; ``words`` are the domain's own."""
    keys = (("1", "t", "good"), ("2", "e", "part"), ("3", "x", "bad"))
    return [
        Word(word, label, key, letter, tone, meaning)  # type: ignore[arg-type]
        for word, label, (key, letter, tone), meaning in zip(words, TRAIN_WORDS, keys, meanings, strict=True)
    ]
