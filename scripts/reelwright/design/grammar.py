"""From a production name to data: which words of it are show, code, category, kind, name, version and state.

Words of the spec's ``design.names`` and of names are compared as plain words: without case, accents, separators, apostrophes;
CamelCase is split. A name that follows no rule is refused, with the reason of the one that came furthest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from reelwright.names import plain_words
from reelwright.spec.design import ArtNames
from reelwright.spec.explain import nearest_name

STOCK = "00"
"""Digits that stand for the season's stock where an episode's number would stand."""

LEADING = ("show", "code", "category", "kind")
TRAILING = ("version", "state")
"""Fields before and behind the name."""

Words = tuple[str, ...]

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_VERSION = re.compile(r"v(?:er|ersion)?0*(\d{1,3})([a-z]?)")
_VERSION_WORDS = frozenset({"v", "ver", "version"})
_DATE = re.compile(r"(19|20)\d{6}|\d{2}(0[1-9]|1[0-2])([0-2]\d|3[01])")
"""20240506, 240506."""


@dataclass(frozen=True)
class Parsed:
    """What a name says."""

    rule: str
    show: str | None
    code: str | None
    """Production code, as 703."""
    season: int | None
    episode: str | None
    """Two digits; None for the season's stock, and where there is no code."""
    season_wide: bool
    category: str | None
    """The dictionary that the name itself says."""
    kind: str | None
    words: Words
    """The name."""
    version: str | None
    """``v1``, ``v2b``."""
    states: tuple[str, ...]
    notes: tuple[str, ...]
    """What makes the reading less sure."""

    @property
    def name(self) -> str:
        """The name's words, in lower case."""
        return " ".join(self.words)

    @property
    def confidence(self) -> str:
        """``high``: all of it is as the grammar says; ``medium``: a plain name, or something is odd."""
        return "high" if self.code and self.category and not self.notes else "medium"


@dataclass(frozen=True)
class Refused:
    """Why a name could not be read."""

    reason: str
    rule: str
    """The rule that came nearest."""


class Table:
    """Phrases of the spec and what they stand for, found at either end of a name however their words are parted."""

    def __init__(self, meanings: Mapping[str, str]) -> None:
        self.phrases = [plain_words(phrase) for phrase in meanings]
        self._by_letters = dict(zip(map(squeezed, self.phrases), meanings.values(), strict=True))
        self._longest = 1 + max((len(one.split()) for one in self.phrases), default=-1)

    def first(self, words: Sequence[str]) -> tuple[str, int] | None:
        """Meaning and length of the longest phrase that ``words`` begin with."""
        return self._found(lambda length: words[:length], len(words))

    def last(self, words: Sequence[str]) -> tuple[str, int] | None:
        """Meaning and length of the longest phrase that ``words`` end with."""
        return self._found(lambda length: words[-length:], len(words))

    def _found(self, part: Callable[[int], Sequence[str]], count: int) -> tuple[str, int] | None:
        for length in range(min(self._longest, count), 0, -1):
            letters = "".join(part(length))
            if letters in self._by_letters:
                return self._by_letters[letters], length
        return None

    def replace(self, words: Iterable[str]) -> list[str]:
        """``words`` with every phrase replaced by the words of its meaning."""
        left, done = list(words), []
        while left:
            found = self.first(left)
            done += plain_words(found[0]).split() if found else left[:1]
            left = left[found[1] if found else 1 :]
        return done

    def without(self, words: Sequence[str]) -> tuple[list[str], list[str]]:
        """``words`` without its phrases, and what these mean."""
        left, rest, meanings = list(words), [], []
        while left:
            found = self.first(left)
            if found:
                meanings.append(found[0])
            else:
                rest.append(left[0])
            left = left[found[1] if found else 1 :]
        return rest, meanings


def squeezed(name: str) -> str:
    """A name without spaces: "moo box" and "moobox" are one name."""
    return name.replace(" ", "")


class Grammar:
    """Reads names by the rules of a spec."""

    def __init__(
        self, settings: ArtNames, *, season: int | None, code_pattern: str | None, episodes: Collection[str]
    ) -> None:
        self._show = plain_words(settings.show or "")
        self._rules = {name: re.findall(r"\{(\w+)(\??)\}", pattern) for name, pattern in settings.rules.items()}
        self.aliases = Table(settings.aliases)
        self._categories = Table(dict(settings.categories))
        self.kinds = Table(settings.kinds)
        self._states = Table(settings.states)
        self._noise = Table(dict.fromkeys(settings.noise, ""))
        self._season, self._episodes = season, episodes
        before, _, behind = (code_pattern or "").partition("{episode}")
        self._code = (
            re.compile(re.escape(before.lower()) + r"(\d\d)" + re.escape(behind.lower())) if code_pattern else None
        )
        show = re.escape(settings.show or "(?!)")
        self._glued = re.compile(rf"^\s*({show})[\W_]*(\d{{3,4}})(?!\d)", re.IGNORECASE)

    def words(self, text: str) -> list[str]:
        """The plain words of a name, CamelCase split and other spellings replaced."""
        apart = _CAMEL.sub(" ", self._glued.sub(r"\1 \2 ", text))
        return self.aliases.replace(plain_words(apart).split())

    def parse(self, stem: str, rules: Sequence[str]) -> Parsed | Refused:
        """What the file name ``stem`` (without suffix) says by the first of ``rules`` that it follows."""
        words = self.words(stem)
        refusals: list[tuple[int, Refused]] = []
        for rule in rules:
            found = self._parse(words, rule)
            if isinstance(found, Parsed):
                return found
            refusals.append(found)
        return max(refusals, key=lambda one: one[0])[1]

    def _parse(self, words: list[str], rule: str) -> Parsed | tuple[int, Refused]:
        """By one rule; where it doesn't follow that, how many fields it did follow, and why not more."""
        fields: dict[str, str] = {}
        rest = list(words)
        names = [name for name, _ in self._rules[rule]]
        for step, (field, optional) in enumerate(self._rules[rule]):
            if field == "name":
                break
            found = self._leading(field, rest)
            if isinstance(found, tuple):
                fields[field], length = found
                rest = rest[length:]
            elif not optional:
                return step, Refused(found, rule)
        kept, version, states = self._trailing(rest, names)
        if not kept and "kind" in fields:
            kept = plain_words(fields.pop("kind")).split()
        if not kept:
            return len(fields), Refused("nothing is left for a name", rule)
        return self._read(rule, fields, tuple(kept), version, states)

    def _leading(self, field: str, words: list[str]) -> tuple[str, int] | str:
        """Value and length of a field at the beginning of ``words``; or why it doesn't stand there."""
        first = words[0] if words else ""
        if field == "show":
            length = len(self._show.split())
            if not self._show:
                return "", 0
            right = words[:length] == self._show.split()
            return (self._show, length) if right else f"begins with {first!r}: expected {self._show.upper()}"
        if field == "code":
            right = bool(re.fullmatch(r"\d{3,4}", first) or (self._code and self._code.fullmatch(first)))
            expected = "expected season and two digits of the episode, as 703"
            return (first, 1) if right else f"{first!r} is no production code: {expected}"
        table = self._categories if field == "category" else self.kinds
        found = table.first(words)
        if found is not None:
            return found
        known = sorted({one.upper() for one in table.phrases})
        nearest = nearest_name(first.upper(), known, cutoff=0.5)
        hint = f"; did you mean {nearest}?" if nearest else ""
        return f"{first!r} is no {field}: expected one of {', '.join(known)}{hint}"

    def _trailing(self, words: list[str], names: Sequence[str]) -> tuple[list[str], str | None, tuple[str, ...]]:
        """What is left of ``words`` for the name, its version, and its states in the order of reading."""
        kept, version, states = list(words), None, list[str]()
        while kept:
            found = _version_at_end(kept) if "version" in names else None
            state = self._states.last(kept) if "state" in names else None
            noise = self._noise.last(kept)
            if found is not None:
                version, kept = version or found[0], kept[: -found[1]]
            elif state is not None:
                states.insert(0, state[0])
                kept = kept[: -state[1]]
            elif noise is not None or (len(kept) > 1 and _DATE.fullmatch(kept[-1])):
                kept = kept[: -(noise[1] if noise else 1)]
            else:
                break
        if "version" in names:
            inner = [word for word in kept if _VERSION.fullmatch(word)]
            kept = [word for word in kept if word not in inner]
            version = version or (_tidy(inner[-1]) if inner else None)
        return kept, version, tuple(dict.fromkeys(states))

    def _read(
        self, rule: str, fields: dict[str, str], words: Words, version: str | None, states: tuple[str, ...]
    ) -> Parsed:
        code = fields.get("code")
        season, episode, notes = None, None, []
        if code is not None:
            ours = self._code.fullmatch(code) if self._code else None
            season = self._season if ours else int(code[:-2]) if code[:-2].isdigit() else None
            episode = ours[1] if ours else code[-2:]
            if self._code and not ours:
                notes.append(f"the production code {code} is none of this season")
            elif episode != STOCK and episode not in self._episodes:
                notes.append(f"the spec has no episode {episode}")
        stock = episode == STOCK
        return Parsed(
            rule,
            fields.get("show") or None,
            code,
            season,
            None if stock else episode,
            stock,
            fields.get("category"),
            fields.get("kind"),
            words,
            version,
            states,
            tuple(notes),
        )


def _version_at_end(words: Sequence[str]) -> tuple[str, int] | None:
    """The version that ``words`` end with (``v1``, ``V 01``, ``version 2``), and how many words it takes."""
    if len(words) > 1 and words[-2] in _VERSION_WORDS and re.fullmatch(r"\d{1,3}", words[-1]):
        return f"v{int(words[-1])}", 2
    if len(words) > 1 and _VERSION.fullmatch(words[-1]):
        return _tidy(words[-1]), 1
    return None


def _tidy(version: str) -> str:
    match = _VERSION.fullmatch(version)
    assert match is not None
    return f"v{match[1]}{match[2]}"
