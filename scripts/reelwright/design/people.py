"""Characters and what they wear, from folders of characters and the names of files in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reelwright.design.assets import Reading, entry, new_id
from reelwright.design.grammar import Grammar, Table, squeezed
from reelwright.names import plain_words
from reelwright.spec.design import ArtNames


@dataclass(frozen=True)
class Portrait:
    """A file of a character, and who wears what in it."""

    reading: Reading
    character: str
    group: str | None
    """The folder of many that it lies in."""
    outfit: str | None


class Cast:
    """Tells who is shown, by the folders that there are."""

    def __init__(self, readings: Iterable[Reading], settings: ArtNames, grammar: Grammar) -> None:
        self._grammar = grammar
        self._groups = {squeezed(plain_words(one)): plain_words(one) for one in settings.groups}
        self._views = Table(dict.fromkeys(settings.views, ""))
        self._outfits = Table({one: plain_words(one) for one in settings.outfits})
        self._front = Table(dict.fromkeys([*settings.categories, *filter(None, [settings.show])], ""))
        folders = {self._folder(one) for one in readings}
        self._known = {one for one in folders if one and squeezed(one) not in self._groups}

    def portrait(self, one: Reading) -> Portrait:
        """Who is shown in a file, and in what."""
        folder = self._folder(one)
        group = self._groups.get(squeezed(folder))
        words, notes = one.name.split(), list(one.notes)
        named = max((who for who in self._known if _begins(words, who)), key=len, default="")
        who = named or ("" if group else folder)
        if named and folder and not group and named != folder:
            notes.append(f"lies in the folder of {folder}, and is named after {named}")
        rest, _ = self._views.without(words[len(_taken(words, named)) :])
        below = [word for part in one.file.within.split("/")[1:-1] for word in self._grammar.words(part)]
        outfit, rest = self._outfit(rest, below)
        if not who:
            who, outfit, rest = (" ".join(rest), outfit, []) if rest else (" ".join(words), None, [])
        elif outfit is None and rest:
            outfit, rest = " ".join(rest), []
            if self._outfits.phrases:
                notes.append(f"wears {outfit!r}, which is no outfit of design.names.outfits")
        states = (*one.states, *rest)
        confidence = "medium" if len(notes) > len(one.notes) and one.confidence == "high" else one.confidence
        return Portrait(replace(one, notes=tuple(notes), states=states, confidence=confidence), who, group, outfit)

    def _folder(self, one: Reading) -> str:
        """The name of the folder of characters that a file lies in, without numbers and codes in front of it."""
        parts = one.file.within.split("/")
        words = self._grammar.words(parts[0]) if len(parts) > 1 else []
        while len(words) > 1 and (words[0].isdigit() or self._front.first(words)):
            words = words[1:]
        return " ".join(words)

    def _outfit(self, words: list[str], below: list[str]) -> tuple[str | None, list[str]]:
        """The known outfit that ``words``, or else folders below the character, name; and what is left of the words."""
        for where in (words, below):
            rest, found = self._outfits.without(where)
            if found:
                return found[0], rest if where is words else words
        if not words and below:
            kept, _ = self._views.without(below)
            return (" ".join(kept) or None), words
        return None, words


def _begins(words: Sequence[str], who: str) -> bool:
    return bool(_taken(words, who))


def _taken(words: Sequence[str], who: str) -> Sequence[str]:
    """The words at the beginning that spell ``who``, however they are parted; none where they don't."""
    letters = ""
    for at, word in enumerate(words):
        letters += word
        if letters == squeezed(who):
            return words[: at + 1]
        if not squeezed(who).startswith(letters):
            break
    return ()


def character_entries(portraits: Iterable[Portrait]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The dictionaries of characters and of outfits."""
    by_character: dict[str, list[Portrait]] = defaultdict(list)
    for one in portraits:
        by_character[squeezed(one.character)].append(one)
    characters, outfits = [], []
    taken: set[str] = set()
    for _, several in sorted(by_character.items()):
        group = next((one.group for one in several if one.group), None)
        readings = [replace(one.reading, name=one.character) for one in several]
        whole = entry(readings, taken, group=group, outfits=[])
        worn = _worn(whole, several, taken)
        characters.append({**whole, "outfits": [one["id"] for one in worn]})
        outfits += worn
    return characters, outfits


def _worn(character: dict[str, Any], portraits: Iterable[Portrait], taken: set[str]) -> list[dict[str, Any]]:
    by_outfit: dict[str, list[Reading]] = defaultdict(list)
    for one in portraits:
        if one.outfit:
            by_outfit[squeezed(one.outfit)].append(replace(one.reading, name=one.outfit, dictionary="outfits"))
    entries = []
    owner = character["id"].removeprefix("character.")
    for key, readings in sorted(by_outfit.items()):
        made = entry(readings, set(), character=character["id"])
        entries.append({**made, "id": new_id("outfits", made["name"], key, taken, owner)})
    return entries
