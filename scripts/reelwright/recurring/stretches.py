"""From matches of two places each to stretches: each with all its places in the season."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from reelwright.align.footage import Footage
from reelwright.recurring.matches import Match

JOINED_S = 5.0
"""Longest gap, at either place, over which two matches in a row are one: an opening that was shortened, a card put in."""

SAME_PLACE = 0.5
"""Share of the longer of two ranges of a master that both must cover to be one occurrence."""

ROUNDS = 3
"""How often it is looked at what a match has beyond the stretches that were found."""

EDGE_SHARE = 0.25
"""First and last share of an episode in which openings and credits lie (the quarter that intro-skipper looks through)."""

EDGE_OCCURRENCES = 0.75
"""Share of a stretch's occurrences that must lie there."""


@dataclass(frozen=True)
class Occurrence:
    """Footage that recurs, at one of its places."""

    master: int
    start: int
    end: int
    """Frames; the end is exclusive."""
    alike: int
    """Of its frames, those that are the same at the place that it shares most with."""


@dataclass(frozen=True)
class Stretch:
    """Footage that recurs, with every place where it does, in the order of the masters."""

    occurrences: tuple[Occurrence, ...]

    @property
    def masters(self) -> frozenset[int]:
        """The masters in which it occurs."""
        return frozenset(one.master for one in self.occurrences)


def joined(matches: Sequence[Match], masters: Sequence[Footage]) -> list[Match]:
    """Matches of one pair of masters, with those that follow one another at both places as one."""
    found: list[Match] = []
    for match in sorted(matches, key=lambda one: (one.a, one.b, one.a_start)):
        before = next((one for one in reversed(found) if _follows(match, one, masters)), None)
        if before is None:
            found.append(match)
            continue
        found.remove(before)
        found.append(replace(before, a_end=match.a_end, b_end=match.b_end, alike=before.alike + match.alike))
    return found


def _follows(match: Match, before: Match, masters: Sequence[Footage]) -> bool:
    if (match.a, match.b) != (before.a, before.b):
        return False
    a_gap = (match.a_start - before.a_end) * masters[match.a].step_s
    b_gap = (match.b_start - before.b_end) * masters[match.b].step_s
    itself = match.a == match.b and match.a_end > before.b_start
    return not itself and 0 <= a_gap <= JOINED_S and 0 <= b_gap <= JOINED_S


def _same(one: Occurrence, other: Occurrence) -> bool:
    common = min(one.end, other.end) - max(one.start, other.start)
    longest = max(one.end - one.start, other.end - other.start)
    return one.master == other.master and common >= SAME_PLACE * longest


def _within(one: Occurrence, other: Occurrence) -> bool:
    common = min(one.end, other.end) - max(one.start, other.start)
    return one.master == other.master and common >= 0.9 * (one.end - one.start)


def _groups(matches: Sequence[Match]) -> list[list[Match]]:
    """Matches that are connected: at one place of a master, both cover about the same."""
    parents = list(range(len(matches)))

    def root(number: int) -> int:
        while parents[number] != number:
            parents[number] = parents[parents[number]]
            number = parents[number]
        return number

    by_master: dict[int, list[tuple[Occurrence, int]]] = {}
    for number, match in enumerate(matches):
        for one in _sides(match):
            by_master.setdefault(one.master, []).append((one, number))
    for entries in by_master.values():
        for at, (one, number) in enumerate(entries):
            for other, with_number in entries[:at]:
                if _same(one, other):
                    parents[root(number)] = root(with_number)
    groups: dict[int, list[Match]] = {}
    for number, match in enumerate(matches):
        groups.setdefault(root(number), []).append(match)
    return list(groups.values())


def _sides(match: Match) -> tuple[Occurrence, Occurrence]:
    share = match.alike / (match.a_end - match.a_start)
    return (
        Occurrence(match.a, match.a_start, match.a_end, match.alike),
        Occurrence(match.b, match.b_start, match.b_end, round(share * (match.b_end - match.b_start))),
    )


def _overlap(one: Occurrence, other: Occurrence) -> bool:
    return one.master == other.master and one.end > other.start and one.start < other.end


def _places(sides: Iterable[Occurrence]) -> list[Occurrence]:
    """The distinct places of matches, those that most of them cover first: each from and to where most begin and end."""
    kept: list[Occurrence] = []
    sides = sorted(sides, key=lambda one: (one.start - one.end, -one.alike))
    for one in sides:
        if not any(_overlap(one, other) for other in kept):
            kept.append(one)
    counted = [(one, [other for other in sides if _same(one, other)]) for one in kept]
    counted.sort(key=lambda entry: (-len(entry[1]), entry[0].master, entry[0].start))
    return [_agreed(one, others) for one, others in counted]


def _agreed(one: Occurrence, others: Sequence[Occurrence]) -> Occurrence:
    start = statistics.median_high(other.start for other in others)
    end = statistics.median_low(other.end for other in others)
    return one if end <= start else replace(one, start=start, end=end, alike=min(one.alike, end - start))


class _Lines:
    """The matches as a way from one place to another."""

    def __init__(self, matches: Sequence[Match], masters: Sequence[Footage]) -> None:
        self._matches, self._masters = matches, masters

    def elsewhere(self, place: Occurrence) -> Iterator[Occurrence]:
        """Where else a place is shown, by the matches in which it lies."""
        for match in self._matches:
            a, b = self._masters[match.a], self._masters[match.b]
            if place.master == match.a and _covered(place, match.a_start, match.a_end):
                yield self._moved(place, a, b, match.b, match.offset_s, match.rate, (match.b_start, match.b_end))
            if place.master == match.b and _covered(place, match.b_start, match.b_end):
                back = -match.offset_s / match.rate
                yield self._moved(place, b, a, match.a, back, 1 / match.rate, (match.a_start, match.a_end))

    @staticmethod
    def _moved(
        place: Occurrence,
        there: Footage,
        here: Footage,
        number: int,
        offset: float,
        rate: float,
        within: tuple[int, int],
    ) -> Occurrence:
        ends = here.nearest(offset + rate * there.times[[place.start, place.end - 1]])
        start, end = max(int(ends[0]), within[0]), min(int(ends[1]) + 1, within[1])
        alike = round((end - start) * place.alike / (place.end - place.start))
        return Occurrence(number, start, end, alike)


def _covered(place: Occurrence, start: int, end: int) -> bool:
    return _within(place, Occurrence(place.master, start, end, 0))


def _complete(places: Sequence[Occurrence], lines: _Lines) -> Stretch:
    """The stretch that lies at the first of ``places``, wherever else that is shown, and at those of the others that are left.

    What follows from two matches was never looked at, so the matches are followed from place to place.
    """
    found: list[Occurrence] = []
    for place in places:
        todo = [place]
        while todo:
            one = todo.pop()
            if not any(_overlap(one, other) for other in found):
                found.append(one)
                todo.extend(lines.elsewhere(one))
    return Stretch(tuple(sorted(found, key=lambda one: (one.master, one.start))))


def _rest(match: Match, stretch: Stretch, masters: Sequence[Footage], shortest_s: float) -> Iterator[Match]:
    """What a match has before and after a stretch that most share: footage that comes back in fewer places."""
    a, b = masters[match.a], masters[match.b]
    sides = [one for one in stretch.occurrences if _overlap(one, _sides(match)[0])]
    if not sides:
        return
    for first, end in ((match.a_start, sides[0].start), (sides[-1].end, match.a_end)):
        if (end - first) * a.step_s < shortest_s - a.step_s / 2:
            continue
        there = b.nearest(match.offset_s + match.rate * a.times[[first, end - 1]])
        share = match.alike / (match.a_end - match.a_start)
        yield replace(
            match,
            a_start=first,
            a_end=end,
            b_start=max(int(there[0]), match.b_start),
            b_end=min(int(there[1]) + 1, match.b_end),
            alike=round(share * (end - first)),
        )


def stretches_of(matches: Sequence[Match], masters: Sequence[Footage], shortest_s: float) -> list[Stretch]:
    """The stretches of at least ``shortest_s`` seconds that recur, the first to occur first.

    A stretch is what most matches at a place agree on; what some have beyond it is a stretch of its own. One that lies wholly
    within another's places is left out.
    """
    lines, found = _Lines(matches, masters), []
    left = joined(matches, masters)
    for _ in range(ROUNDS):
        rest: list[Match] = []
        for group in _groups(left):
            found.append(_complete(_places(side for match in group for side in _sides(match)), lines))
            rest.extend(part for match in group for part in _rest(match, found[-1], masters, shortest_s))
        left = rest
    whole = [
        one
        for number, one in enumerate(found)
        if not any(_adds_nothing(one, other, number > at) for at, other in enumerate(found) if other is not one)
    ]
    return sorted(whole, key=lambda one: (one.occurrences[0].master, one.occurrences[0].start, one.occurrences[0].end))


def _adds_nothing(one: Stretch, other: Stretch, later: bool) -> bool:
    """Whether all places of a stretch lie in those of another one; of two that are the same, the ``later`` adds nothing."""

    def inside(small: Stretch, large: Stretch) -> bool:
        return all(any(_within(place, wider) for wider in large.occurrences) for place in small.occurrences)

    if len(other.occurrences) < len(one.occurrences) or not inside(one, other):
        return False
    return later or not (len(one.occurrences) == len(other.occurrences) and inside(other, one))


def place_of(stretch: Stretch, masters: Sequence[Footage]) -> str:
    """``head`` or ``tail`` where most occurrences lie in the first or last part of their episode, else ``within``."""
    shares = [
        (one.end / masters[one.master].frames, one.start / masters[one.master].frames) for one in stretch.occurrences
    ]
    needed = EDGE_OCCURRENCES * len(shares)
    if sum(end <= EDGE_SHARE for end, _ in shares) >= needed:
        return "head"
    return "tail" if sum(start >= 1 - EDGE_SHARE for _, start in shares) >= needed else "within"
