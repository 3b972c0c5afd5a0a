"""Which asset a name of the wiki means: by words after normalising, graded, and never more than a proposal where unsure.

high: equal after normalising, unique both ways. medium: ratio of at least 90 and 8 ahead of the next, and the words in which
they differ look like spellings of one word. low: the best there is, for a person. none: nothing is alike. WRatio and partial
ratios are no use: they call "Powder" a perfect "Compowder".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rapidfuzz import fuzz, process

from reelwright.design.grammar import squeezed
from reelwright.design.wiki import WikiName
from reelwright.names import ALIKE, MARGIN, normal_name, numbers, plain_words

WORTH_SHOWING = 60.0
"""Likeness below which nothing is proposed: two random names of this kind are 30 to 50 alike."""

PROPOSED = 3
"""Assets that are shown beside each name."""


@dataclass(frozen=True)
class Asset:
    """What a dictionary entry is matched by."""

    id: str
    dictionary: str
    name: str
    character: str | None
    """Name of who wears it, of an outfit."""
    entry: Mapping[str, Any]


@dataclass
class Match:
    """What a wiki name means."""

    wiki: WikiName
    grade: str = "none"
    """``high medium low none``."""
    how: str = "none"
    """``equal alike several decision none``."""
    assets: list[str] = field(default_factory=list)
    """Ids of what it means; empty unless the grade is high or medium."""
    score: float = 0.0
    margin: float = 0.0
    candidates: list[tuple[str, float]] = field(default_factory=list)
    """The most alike assets and their likeness, the best first."""
    review: list[str] = field(default_factory=list)

    def refuse(self, how: str, why: str) -> None:
        """Leave it to a person."""
        self.grade, self.how, self.assets = "low", how, []
        self.review.append(why)


def wiki_words(name: str, show: str, respell: Callable[[str], str]) -> str:
    """A wiki name for comparing: without what stands in brackets, articles in front, numbering, the show's title."""
    bare = re.sub(r"\([^()]*\)|\[[^\[\]]*\]", " ", name)
    words = normal_name(bare if plain_words(bare) else name, show).split()
    if len(words) > 1 and words[0] in ("the", "a", "an"):
        words = words[1:]
    return respell(" ".join(words))


class Matcher:
    """Matches the names of a wiki with the assets of a season."""

    def __init__(
        self, assets: Sequence[Asset], names: Iterable[WikiName], *, show: str, respell: Callable[[str], str]
    ) -> None:
        self._show, self._respell = show, respell
        self._assets = assets
        self._asset_words = Counter(word for one in assets for word in set(one.name.split()))
        self._wiki_words = Counter(word for one in names for word in set(self._words(one.name).split()))

    def match(self, wiki: WikiName, dictionary: str) -> Match:
        """What one name means by itself; whether others mean the same is for ``settle``."""
        pool = self._pool(wiki, dictionary)
        found = Match(wiki)
        wanted = list(dict.fromkeys(self._words(one) for one in (wiki.name, *wiki.aliases)))
        if not pool:
            return found
        scores, shown = _likenesses(wanted, [one.name for one in pool])
        ranked = sorted(range(len(pool)), key=lambda at: (-shown[at], pool[at].id))
        found.candidates = [
            (pool[at].id, round(shown[at], 1)) for at in ranked[:PROPOSED] if shown[at] >= WORTH_SHOWING
        ]
        best, *others = sorted(range(len(pool)), key=lambda at: (-scores[at], pool[at].id))
        score, behind = scores[best], scores[others[0]] if others else 0.0
        found.score, found.margin = round(score, 1), round(score - behind, 1)
        equal = [one for one in pool if squeezed(one.name) in map(squeezed, wanted)]
        if len(equal) == 1:
            found.grade, found.how, found.assets = "high", "equal", [equal[0].id]
            found.score = 100.0
        elif equal:
            found.refuse("several", f"its name is that of {', '.join(one.id for one in equal)}")
        elif (
            score >= ALIKE and score - behind >= MARGIN and any(self._spelled(name, pool[best].name) for name in wanted)
        ):
            found.grade, found.how, found.assets = "medium", "alike", [pool[best].id]
        elif found.candidates:
            found.grade, found.how = "low", "none"
            found.review.append(f"nothing is called so; nearest: {', '.join(key for key, _ in found.candidates)}")
        return found

    def _pool(self, wiki: WikiName, dictionary: str) -> list[Asset]:
        """Assets that it may mean: of its dictionary, and of who wears it."""
        who = squeezed(self._words(wiki.character)) if wiki.character and dictionary == "outfits" else None
        return [
            one
            for one in self._assets
            if one.dictionary == dictionary and (who is None or squeezed(one.character or "") == who)
        ]

    def _words(self, name: str) -> str:
        return wiki_words(name, self._show, self._respell)

    def _spelled(self, wiki: str, asset: str) -> bool:
        """Whether all words in which two alike names differ look like one word spelled in two ways.

        They don't where production art or wiki know both words: who has MOON_ROCKET and MOO_BOOTS means no "Moon Boots".
        """
        one, other = wiki.split(), asset.split()
        if numbers(wiki) != numbers(asset):
            return False
        if len(one) != len(other):
            # Parted otherwise is fine, a word more is another thing: "Foam" and "Foam X".
            shorter, longer = map(Counter, sorted((one, other), key=len))
            return not shorter <= longer and abs(len(squeezed(wiki)) - len(squeezed(asset))) <= 1
        for mine, theirs in zip(one, other, strict=True):
            if mine.rstrip("s") == theirs.rstrip("s"):
                continue
            if self._asset_words[mine] or self._wiki_words[theirs] or fuzz.ratio(mine, theirs) < 100 - 4 * MARGIN:
                return False
        return True


def _likenesses(wanted: Sequence[str], names: Sequence[str]) -> tuple[list[float], list[float]]:
    """How alike each of ``names`` is to the likest of ``wanted``: for deciding, and for proposals.

    Words in another order, or more of them, decide nothing and are worth showing to a person.
    """
    import numpy as np

    apart = process.cdist(wanted, names, scorer=fuzz.ratio, dtype=np.float64)
    joined = process.cdist([*map(squeezed, wanted)], [*map(squeezed, names)], scorer=fuzz.ratio, dtype=np.float64)
    words = process.cdist(wanted, names, scorer=fuzz.token_set_ratio, dtype=np.float64)
    ratio = np.maximum(apart, joined).max(axis=0)
    return ratio.tolist(), np.maximum(ratio, 0.95 * words.max(axis=0)).tolist()


def settle(matches: Sequence[Match]) -> None:
    """Where several names mean one asset, only what people say, or the surest of them, stays (unless they may share it)."""
    order = {"high": 2, "medium": 1}
    claims: dict[str, list[Match]] = {}
    for one in matches:
        for asset in one.assets:
            claims.setdefault(asset, []).append(one)
    for asset, several in claims.items():
        rivals = [one for one in several if not one.wiki.shared and one.how != "decision"]
        decided = [one for one in several if one.how == "decision"]
        if not rivals or len(several) == 1:
            continue
        surest = max(order[one.grade] for one in rivals)
        sure = [] if decided else [one for one in rivals if order[one.grade] == surest]
        for one in rivals:
            if sure != [one]:
                others = ", ".join(other.wiki.item for other in several if other is not one)
                one.refuse("several", f"{asset} is claimed by {others} too")
