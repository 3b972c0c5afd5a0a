"""Where an episode's time goes under one setting: every frame is kept, or lost to exactly one rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from reelwright.clips.select import Candidate, Timeline, exact
from reelwright.shots.boundaries import Boundary
from reelwright.spec.model import Clips

RULES = ("gradual", "edges", "head", "tail", "damage", "short", "long", "duplicate")
"""What takes time away. ``gradual``: frames of gradual transitions, which belong to no shot. ``edges``: frames trimmed at
the ends of a shot. ``head``, ``tail``, ``damage``, ``short``, ``duplicate``: as the row of a dropped candidate says, and what
the head or the tail takes off a candidate that is kept. ``long``: shots discarded for their length, and what is left of
those trimmed to ``max_s``. Any other rule that drops a candidate is listed behind these by the name its row gives it."""


@dataclass(frozen=True)
class Account:
    """What one setting makes of an episode, or of several."""

    cuts: int
    gradual: int
    """Gradual transitions."""
    shots: int
    clips: int
    """Kept clips."""
    kept: Fraction
    """Seconds of the kept clips; exact."""
    lost: Mapping[str, Fraction]
    """Seconds lost to each rule; exact. With ``kept`` they add up to the duration."""

    @property
    def duration(self) -> Fraction:
        """Seconds of the footage."""
        return self.kept + sum(self.lost.values())


def total(accounts: Iterable[Account]) -> Account:
    """The sum of several episodes' accounts."""
    accounts = list(accounts)
    rules = dict.fromkeys([*RULES, *(rule for one in accounts for rule in one.lost)])
    return Account(
        cuts=sum(one.cuts for one in accounts),
        gradual=sum(one.gradual for one in accounts),
        shots=sum(one.shots for one in accounts),
        clips=sum(one.clips for one in accounts),
        kept=sum((one.kept for one in accounts), Fraction()),
        lost={rule: sum((one.lost.get(rule, Fraction()) for one in accounts), Fraction()) for rule in rules},
    )


def _rule_of_frames(
    timeline: Timeline, shots: Sequence[tuple[int, int]], candidates: Sequence[Candidate], settings: Clips
) -> tuple[np.ndarray, list[str]]:
    """For each frame the index of its rule in the returned list, whose last entry means that the frame is kept."""
    rules = list(dict.fromkeys([*RULES, *sorted({one.drop for one in candidates if one.drop})]))
    frames = len(timeline.pts) - 1
    rule = np.full(frames, rules.index("gradual"), np.uint8)
    first = timeline.first_at(exact(settings.head_s))
    last = timeline.last_end(0, timeline.seconds(frames) - exact(settings.tail_s))
    for start, end in ((start, end) for shot in shots for start, end, sound in timeline.sound(*shot) if sound):
        rule[start:end] = rules.index("long")
        rule[start : min(end, first)] = rules.index("head")
        rule[max(start, last) : end] = rules.index("tail")
        rule[start : min(end, start + settings.trim_frames)] = rules.index("edges")
        rule[max(start, end - settings.trim_frames) : end] = rules.index("edges")
    for one in candidates:
        rule[one.start : one.end] = len(rules) if one.drop is None else rules.index(one.drop)
    return rule, [*rules, "kept"]


def account(
    timeline: Timeline,
    boundaries: Sequence[Boundary],
    shots: Sequence[tuple[int, int]],
    candidates: Sequence[Candidate],
    settings: Clips,
) -> Account:
    """Count what ``boundaries`` and ``candidates`` give, and give every frame's time to what kept or took it.

    ``shots`` are (first frame, end exclusive), ``candidates`` what the clips stage made of them with ``settings``.
    """
    rule, names = _rule_of_frames(timeline, shots, candidates, settings)
    shown = np.diff(timeline.pts)
    seconds = {name: int(shown[rule == index].sum()) * timeline.time_base for index, name in enumerate(names)}
    return Account(
        cuts=sum(one.kind == "cut" for one in boundaries),
        gradual=sum(one.kind != "cut" for one in boundaries),
        shots=len(shots),
        clips=sum(one.drop is None for one in candidates),
        kept=seconds.pop("kept"),
        lost=seconds,
    )
