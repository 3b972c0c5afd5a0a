"""The recurring stretches of a season: every master with itself and with every other one."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Sequence

from reelwright.align.footage import STEP_S, Footage
from reelwright.recurring.matches import NEAR_STEPS, Match, Pair, find_matches
from reelwright.recurring.pictures import Pictures
from reelwright.recurring.sampled import Sampled
from reelwright.recurring.stretches import Stretch, stretches_of


class _Found:
    """What is known of a season so far, by pairs of masters."""

    def __init__(self, masters: Sequence[Footage]) -> None:
        self._masters = masters
        self._matches: defaultdict[tuple[int, int], list[Match]] = defaultdict(list)

    def add(self, numbers: tuple[int, int], matches: Sequence[Match]) -> None:
        self._matches[numbers].extend(matches)

    def all(self) -> list[Match]:
        return [one for matches in self._matches.values() for one in matches]

    def _earlier(self, first: int, master: int, second: float) -> list[float]:
        """The seconds of the master ``first`` that are shown at a second of a later one."""
        times = self._masters[first].times
        seconds = [(second - one.offset_s) / one.rate for one in self._matches[first, master]]
        ranges = [(float(times[one.a_start]), float(times[one.a_end - 1])) for one in self._matches[first, master]]
        return [at for at, (start, end) in zip(seconds, ranges, strict=True) if start <= at <= end]

    def implied(self, a: int, b: int, a_second: float, b_second: float) -> bool:
        """Whether both seconds show one moment of an earlier master: then their match is known without a look."""
        near = NEAR_STEPS * STEP_S
        return any(
            abs(one - other) <= near
            for first in range(a)
            for one in self._earlier(first, a, a_second)
            for other in self._earlier(first, b, b_second)
        )


def find_stretches(masters: Sequence[Footage], shortest_s: float) -> list[Stretch]:
    """Every stretch of at least ``shortest_s`` seconds that comes back in ``masters``, in another one or the same.

    Every pair of masters is compared; what follows from two matches with an earlier master isn't looked at again.
    """
    pictures, found = Pictures(masters), _Found(masters)
    sampled = [Sampled(one, shortest_s) for one in masters]
    for a in range(len(masters)):
        for b in range(a, len(masters)):
            looks = functools.partial(pictures.look, a), functools.partial(pictures.look, b)
            pair = Pair(sampled[a], sampled[b], looks, shortest_s)
            found.add((a, b), find_matches(pair, (a, b), functools.partial(found.implied, a, b)))
    return stretches_of(found.all(), masters, shortest_s)
