"""Lines of a transcript, and what of them is said in a clip: by words where these have times, else by share of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

LINE_SHARE = 0.5
"""A line belongs to a clip when at least this share of its time lies within the clip, or fills this share of the clip."""

ROUNDING = 1e-9
"""Shares of time are compared with so much grace: times are binary fractions of seconds."""

GAP = "\N{HORIZONTAL ELLIPSIS}"
"""Stands for the words of a line that are taken to be said before or behind a clip."""


@dataclass(frozen=True)
class Word:
    """A word of a line."""

    start_s: float
    end_s: float
    text: str
    """The word as it stands in its line, with the space before it."""

    def within(self, start_s: float, end_s: float) -> bool:
        """Whether its middle lies in a clip of that span: of clips without a gap, each word belongs to exactly one."""
        return start_s <= (self.start_s + self.end_s) / 2 < end_s


@dataclass(frozen=True)
class Line:
    """Something that one speaker says."""

    start_s: float
    end_s: float
    speaker: str
    """Name of the speaker, as written; empty where there is none."""
    text: str
    words: tuple[Word, ...] = ()
    """The words of the text where it is known when each is said; else none."""

    def __str__(self) -> str:
        return f"{self.speaker}: {self.text}" if self.speaker else self.text

    def within(self, start_s: float, end_s: float) -> bool:
        """Whether something of the line is said in a clip of that span."""
        return self.part(start_s, end_s) is not None

    def part(self, start_s: float, end_s: float) -> Line | None:
        """What of the line is said in a clip of that span (seconds, end exclusive); None where nothing is.

        Words with times: those whose middle lies within. Without: the whole line where LINE_SHARE of its time lies within.
        Of a longer line that fills LINE_SHARE of the clip, the words that lie within if they are spread evenly, between
        ellipses, since this is a guess.
        """
        if self.words:
            said = [word for word in self.words if word.within(start_s, end_s)]
            return self._of(said, "".join(word.text for word in said)) if said else None
        inside = min(self.end_s, end_s) - max(self.start_s, start_s)
        if inside >= LINE_SHARE * (self.end_s - self.start_s) - ROUNDING:
            return self
        if inside >= LINE_SHARE * (end_s - start_s) - ROUNDING:
            return self._guessed(start_s, end_s)
        return None

    def _of(self, words: list[Word], text: str) -> Line:
        return replace(
            self, start_s=words[0].start_s, end_s=words[-1].end_s, text=" ".join(text.split()), words=tuple(words)
        )

    def _guessed(self, start_s: float, end_s: float) -> Line | None:
        spread = list(spread_words(self.text, self.start_s, self.end_s))
        said = [index for index, word in enumerate(spread) if word.within(start_s, end_s)]
        if not said:
            return None
        before, behind = said[0] > 0, said[-1] < len(spread) - 1
        text = "".join(spread[index].text for index in said)
        guessed = self._of([spread[index] for index in said], f"{GAP * before} {text} {GAP * behind}")
        return replace(guessed, words=())


def spread_words(text: str, start_s: float, end_s: float) -> Iterator[Word]:
    """The words of ``text`` as if they were said evenly from ``start_s`` to ``end_s``, longer ones longer."""
    words = text.split()
    whole, done = sum(len(word) + 1 for word in words), 0
    for word in words:
        begin, done = done, done + len(word) + 1
        yield Word(start_s + (end_s - start_s) * begin / whole, start_s + (end_s - start_s) * done / whole, f" {word}")


def lines_within(lines: Iterable[Line], start_s: float, end_s: float) -> list[Line]:
    """What of ``lines`` is said in a clip of that span (seconds, end exclusive), in their order; see ``Line.part``."""
    return [part for line in lines if (part := line.part(start_s, end_s)) is not None]
