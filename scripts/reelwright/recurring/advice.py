"""Whether `clips.head_s` and `clips.tail_s` are right for a season: what its opening and credits need, and what they cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from reelwright.align.footage import FLAT_DEVIATION, Footage
from reelwright.recurring.stretches import Stretch, place_of

MOST_EPISODES = 0.5
"""Share of the episodes in which a stretch at the head must occur to be the opening, or at the tail the credits."""

NAMED_AT_MOST = 8
"""Episodes that one line names; it counts the rest."""

Edge = Literal["head", "tail"]
WORDS: dict[Edge, tuple[str, str]] = {"head": ("opening", "an opening"), "tail": ("credits", "credits")}


@dataclass(frozen=True)
class Season:
    """What the advice is about."""

    episodes: Sequence[str]
    masters: Sequence[Footage]
    stretches: Sequence[tuple[str, Stretch]]
    """With their ids."""
    shortest_clip_s: float
    """Less footage than this makes no clip, and is no loss."""


def _length(master: Footage) -> float:
    return float(master.times[-1]) + master.step_s if master.frames else 0.0


def _new(season: Season, number: int) -> np.ndarray:
    """Which frames of a master are neither blank nor recurring."""
    master = season.masters[number]
    new = np.asarray(master.cells.std(axis=1) >= FLAT_DEVIATION)
    for _, stretch in season.stretches:
        for one in stretch.occurrences:
            if one.master == number:
                new[one.start : one.end] = False
    return new


def _of_edge(season: Season, edge: Edge) -> list[tuple[str, Stretch]]:
    """The opening, or the credits: what lies at that edge of most episodes."""
    least = max(2.0, MOST_EPISODES * len(season.masters))
    return [
        (name, one)
        for name, one in season.stretches
        if len(one.masters) >= least and place_of(one, season.masters) == edge
    ]


def _episode(season: Season, number: int, edge: Edge, set_s: float, found: list[tuple[str, Stretch]]) -> dict[str, Any]:
    """What lies at an edge of one episode; distances in seconds from that edge."""
    master, length = season.masters[number], _length(season.masters[number])
    middles = master.times + master.step_s / 2
    away = middles if edge == "head" else length - middles
    new = _new(season, number)
    seconds = []
    for one in (one for _, stretch in found for one in stretch.occurrences if one.master == number):
        begins, ends = float(master.times[one.start]), float(master.times[one.end - 1]) + master.step_s
        seconds.append((begins, ends) if edge == "head" else (length - ends, length - begins))
    begins_s, ends_s = (min(one for one, _ in seconds), max(one for _, one in seconds)) if seconds else (None, None)
    before_s = 0.0 if begins_s is None else float((new & (away < begins_s)).sum()) * master.step_s
    return {
        "episode": season.episodes[number],
        "source_id": master.name,
        "from_s": None if begins_s is None else round(begins_s, 3),
        "to_s": None if ends_s is None else round(ends_s, 3),
        "left_s": round(sum(max(0.0, end - max(begin, set_s)) for begin, end in seconds), 3),
        "before_s": round(before_s, 3),
        "lost_s": round(float((new & (away < set_s)).sum()) * master.step_s, 3),
    }


def advise(season: Season, edge: Edge, set_s: float) -> dict[str, Any]:
    """Whether ``set_s`` seconds at an edge of every episode are right, episode by episode, and in one line.

    Where a clip's length of other footage lies before the opening (a cold open), no head is right: it would take that too.
    """
    found = _of_edge(season, edge)
    rows = [_episode(season, number, edge, set_s, found) for number in range(len(season.masters))]
    cold = [row for row in rows if row["before_s"] >= season.shortest_clip_s]
    at_edge = [row["to_s"] for row in rows if row["to_s"] is not None and row not in cold]
    needed = round(max(at_edge), 3) if at_edge else None
    lost = [row for row in rows if row["lost_s"] >= season.shortest_clip_s]
    minutes = round(sum(row["lost_s"] for row in lost) / 60, 2)
    left = [row for row in rows if row["left_s"] > 0.05]
    fits = not left and not lost
    return {
        "set_s": set_s,
        "needed_s": needed,
        "stretches": [name for name, _ in found],
        "fits": fits,
        "lost_minutes": minutes,
        "episodes": rows,
        "advice": _line(edge, set_s, needed, rows, cold, left, lost, minutes),
    }


def _named(rows: Sequence[dict[str, Any]]) -> str:
    names = [row["episode"] for row in rows[:NAMED_AT_MOST]]
    more = f" and {len(rows) - NAMED_AT_MOST} more" if len(rows) > NAMED_AT_MOST else ""
    return ", ".join(names) + more


def _line(
    edge: Edge,
    set_s: float,
    needed: float | None,
    rows: Sequence[dict[str, Any]],
    cold: Sequence[dict[str, Any]],
    left: Sequence[dict[str, Any]],
    lost: Sequence[dict[str, Any]],
    minutes: float,
) -> str:
    name, one = WORDS[edge]
    where = "start" if edge == "head" else "end"
    have = [row for row in rows if row["to_s"] is not None]
    said = [f"clips.{edge}_s is {set_s:g}"]
    if not have:
        said.append(f"nothing at the {where} of most episodes recurs, so no {name} can be told")
    elif needed is not None:
        said.append(f"{needed:.2f} would hold {one} found in {len(have)} of {len(rows)} episodes")
    if left:
        said.append(f"it leaves some of the {name} in {_named(left)}")
    if cold:
        other = "before" if edge == "head" else "after"
        said.append(f"other footage lies {other} the {name} in {_named(cold)}: leave that to recurring.use")
    if lost:
        said.append(f"it cuts {minutes:g} minutes that don't recur, in {_named(lost)}")
    return "; ".join(said)
