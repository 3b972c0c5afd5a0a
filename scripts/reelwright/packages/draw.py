"""The draw: which of the clips that could be rows are taken, where a package wants fewer than there are.

A clip's place depends on nothing but the seed and its id, and groups take turns in an order of that kind too. So the draw
is the same on every machine, and clips that come with another episode may take the place of some that were drawn before,
but never bring in an old one that wasn't.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field


def rank(seed: int, clip_id: str) -> str:
    """A clip's place in the draw: it depends on nothing but the seed and the clip, so added clips never reshuffle."""
    return hashlib.sha256(f"{seed}:{clip_id}".encode()).hexdigest()


def lowest_ranked(clip_ids: Collection[str], count: int | None, seed: int) -> frozenset[str]:
    """The ``count`` clips of lowest rank; all of them where it is None."""
    ranked = sorted(clip_ids, key=lambda clip_id: rank(seed, clip_id))
    return frozenset(ranked if count is None else ranked[:count])


@dataclass
class Draw:
    """What was drawn."""

    rows: int
    """How many were wanted."""
    taken: dict[str, str] = field(default_factory=dict)
    """The clips that were drawn, each with the group in whose turn it was."""
    has: dict[str, int] = field(default_factory=dict)
    """Clips of each group, in the order in which the groups take turns."""
    short: set[str] = field(default_factory=set)
    """Groups that had nothing left in a turn of theirs."""

    def given(self, group: str) -> int:
        """Rows that were drawn in the turns of a group."""
        return sum(one == group for one in self.taken.values())


def draw(clips: Mapping[str, Sequence[str]], groups: Collection[str], rows: int, seed: int) -> Draw:
    """Draw ``rows`` of ``clips`` (each with the groups it belongs to), ``groups`` taking turns; fewer where they run out.

    This shares ``rows`` out equally (the quota of each is ``rows`` by their number, the largest remainders being equal and
    so decided by rank), and what a group lacks among the others.
    """
    order = sorted(set(groups), key=lambda group: (rank(seed, group), group))
    waiting: dict[str, list[str]] = {group: [] for group in order}
    for clip_id in sorted(clips, key=lambda clip_id: rank(seed, clip_id), reverse=True):
        for group in set(clips[clip_id]) & waiting.keys():
            waiting[group].append(clip_id)
    drawn = Draw(rows, has={group: len(waiting[group]) for group in order})
    while len(drawn.taken) < rows:
        before = len(drawn.taken)
        for group in order:
            if len(drawn.taken) == rows:
                break
            mine = waiting[group]
            while mine and mine[-1] in drawn.taken:
                mine.pop()
            if mine:
                drawn.taken[mine.pop()] = group
            else:
                drawn.short.add(group)
        if len(drawn.taken) == before:
            break
    return drawn
