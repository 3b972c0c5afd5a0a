"""Which production episode the name of an old one means: by letters after normalising, never by number.

Normalising matters more than the scorer: names differ in case, punctuation, accents, version tags and in what was put around
them, and some were cut off ("Over" for OVER-SIMULATED).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from reelwright.names import ALIKE, MARGIN, normal_name, numbers

MIN_LETTERS = 4
"""A name with fewer letters is not taken for the beginning of a longer one."""

PROPOSED = 3
"""Episodes that are proposed to a person where no name is taken."""


@dataclass(frozen=True)
class Match:
    """What the name of an old episode means."""

    episode: str | None
    """The production episode; None where the name alone does not say it."""
    grade: str
    """``high``: equal after normalising, unique; ``medium``: alike or cut off, and far ahead of others; ``low``: unclear."""
    how: str
    """``equal``, ``alike``, ``cut off``, ``several`` (fits more than one) or ``none``."""
    score: float
    """Likeness to the best title, 0 to 100."""
    margin: float
    """How far that is ahead of the best title of any other episode."""
    proposals: tuple[str, ...]
    """The production episodes that it is most like, the best first."""


def _cut_words(name: str, title: str) -> float:
    """Likeness where the longer of two names is cut to as many words as the other; 0 for too short ones."""
    one, other = name.split(), title.split()
    length = min(len(one), len(other))
    if len(one) == len(other) or (len(other) < len(one) and length < 2):
        return 0.0
    return _cut_off(" ".join(one[:length]), " ".join(other[:length]))


def _cut_letters(name: str, title: str) -> float:
    """Likeness where a title is cut to as many letters as a shorter name, in the middle of a word."""
    return _cut_off(name, title[: len(name)]) if len(name) < len(title) else 0.0


def _cut_off(name: str, part: str) -> float:
    return fuzz.ratio(name, part) if len(name.replace(" ", "")) >= MIN_LETTERS else 0.0


def _apart(measure: Callable[[str, str], float]) -> Callable[[str, str], float]:
    """The same measure, but for names with different numbers: part 1 is not part 2."""
    return lambda name, title: measure(name, title) if numbers(name) == numbers(title) else 0.0


MEASURES: tuple[tuple[str, str, Callable[[str, str], float]], ...] = (
    ("equal", "high", lambda name, title: 100.0 if name == title else 0.0),
    ("alike", "medium", _apart(lambda name, title: fuzz.ratio(name, title))),
    ("cut off", "medium", _apart(_cut_words)),
    ("cut off", "medium", _apart(_cut_letters)),
)
"""How names are compared, with the grade of what is found: the first that finds a likeness decides."""


def match_name(name: str, titles: Mapping[str, Sequence[str]], show: str = "") -> Match:
    """The production episode that ``name`` means; ``titles`` are all that each of them is delivered under."""
    wanted = normal_name(name, show)
    known = {episode: [normal_name(title, show) for title in several] for episode, several in titles.items()}
    likes = {
        episode: max((max(fuzz.ratio(wanted, one), fuzz.token_set_ratio(wanted, one)) for one in several), default=0.0)
        for episode, several in known.items()
    }
    proposals = tuple(sorted(likes, key=lambda episode: -likes[episode])[: PROPOSED if wanted else 0])
    score = margin = 0.0
    for how, grade, measure in MEASURES:
        scores = {
            episode: max((measure(wanted, one) for one in several), default=0.0) for episode, several in known.items()
        }
        (best, score), (_, next_score) = [*sorted(scores.items(), key=lambda one: -one[1]), ("", 0.0), ("", 0.0)][:2]
        margin = score - next_score
        if score >= ALIKE:
            if margin >= MARGIN:
                return Match(best, grade, how, round(score, 1), round(margin, 1), (best,))
            fits = tuple(episode for episode, one in scores.items() if one > score - MARGIN)
            return Match(None, "low", "several", round(score, 1), round(margin, 1), fits)
    best_two = [*sorted(likes.values(), reverse=True), 0.0, 0.0][:2]
    return Match(None, "low", "none", round(best_two[0], 1), round(best_two[0] - best_two[1], 1), proposals)
