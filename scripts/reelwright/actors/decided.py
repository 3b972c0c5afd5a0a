"""People's decisions about actors' images, ``config/<project>/decisions/actors.csv``: what is said of an image is overridden.

The item is ``<actor>/<file>``, the sha256 the image's. The decision says what is overridden: ``class`` (the value is one of the
three), ``quality`` (1 to 10), ``duplicate`` (the file that shows the same, or ``none``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reelwright.actors.classes import CLASSES
from reelwright.actors.duplicates import duplicate_groups
from reelwright.decisions import Decision, apply_apart, read_decisions
from reelwright.errors import Problem, SpecError
from reelwright.spec.explain import nearest_name

CLASS, QUALITY, DUPLICATE = SIDES = ("class", "quality", "duplicate")
"""What can be decided of an image, each apart from the others."""

NONE = "none"
"""The value of ``duplicate`` for an image that shows the same as no other."""


@dataclass
class Decided:
    """An actor's images as people have decided about them."""

    rows: list[dict[str, Any]]
    """The rows of the evaluation, overridden."""
    applied: set[str] = field(default_factory=set)
    """Items that a decision holds for."""
    stale: set[str] = field(default_factory=set)
    """Items that have another picture now."""
    unknown: set[str] = field(default_factory=set)
    """Items that are not there."""
    warnings: list[str] = field(default_factory=list)
    """Sentences about decisions that are not applied."""

    @property
    def report(self) -> dict[str, list[str]]:
        """As it stands in a plan."""
        return {name: sorted(getattr(self, name)) for name in ("applied", "stale", "unknown")}


def read_actor_decisions(path: Path | None) -> dict[str, list[Decision]]:
    """The decisions in ``path`` by actor; raises SpecError with every problem found."""
    decisions = read_decisions(path, SIDES, apart=True) if path is not None else []
    problems = [problem for one in decisions for problem in _wrong_values(str(path), one)]
    if problems:
        raise SpecError(problems)
    found: dict[str, list[Decision]] = {}
    for one in decisions:
        found.setdefault(_actor(one), []).append(one)
    return found


def _actor(decision: Decision) -> str:
    return decision.item.partition("/")[0]


def _file(decision: Decision) -> str:
    return decision.item.partition("/")[2]


def _wrong_values(path: str, decision: Decision) -> Iterator[Problem]:
    where, value = f"value of {decision.item}", repr(decision.value)
    if not _file(decision):
        yield Problem(path, "item", decision.item, "expected <actor>/<file>, as 0000_x_30_male/0000_x_30_male_3.jpg")
    elif decision.decision == CLASS and decision.value not in CLASSES:
        yield Problem(
            path, where, value, f"expected one of {', '.join(CLASSES)}", nearest_name(decision.value, CLASSES)
        )
    elif decision.decision == QUALITY and decision.value not in map(str, range(1, 11)):
        yield Problem(path, where, value, "expected a whole number from 1 to 10")
    elif decision.decision == DUPLICATE and decision.value in ("", _file(decision)):
        yield Problem(path, where, value, f"expected the file that shows the same, or {NONE}")


def decide(
    actor: str, rows: Sequence[Mapping[str, Any]], decisions: Sequence[Decision], duplicate_bits: int
) -> Decided:
    """The rows of an actor's evaluation with people's ``decisions`` about its images applied.

    What shows the same is looked for anew where classes are decided, within ``duplicate_bits``: styles are compared apart.
    """
    decided = Decided([dict(row) for row in rows])
    images = {row["file"]: row for row in decided.rows}
    there = {f"{actor}/{file}": str(row["sha256"]) for file, row in images.items()}
    holding: dict[str, list[Decision]] = {}
    for side, met in apply_apart(there, decisions, SIDES).items():
        decided.stale |= {one.item for one in met.stale}
        decided.unknown |= {one.item for one in met.unknown}
        holding[side] = [one for one in met.applied.values() if _can_hold(one, images, decided)]
        decided.applied |= {one.item for one in holding[side]}
    for one in holding[CLASS]:
        images[_file(one)] |= {"class": one.value, "origin": "decided"}
    for one in holding[QUALITY]:
        images[_file(one)] |= {"quality": int(one.value), "decided_by": one.reviewer}
    if holding[CLASS]:
        groups = duplicate_groups(decided.rows, duplicate_bits)
        for row in decided.rows:
            row["duplicate_group"] = groups.get(row["file"])
    _group(holding[DUPLICATE], images)
    decided.warnings += [f"{one} was decided about another picture; look at it again" for one in sorted(decided.stale)]
    decided.warnings += [
        f"there is no {one} (any more); its decision is not applied" for one in sorted(decided.unknown)
    ]
    return decided


def _can_hold(decision: Decision, images: Mapping[str, Mapping[str, Any]], decided: Decided) -> bool:
    """Whether a decision about an image that is there can be applied; what stands in its way becomes a warning."""
    why = None
    if images[_file(decision)]["broken"] is not None:
        why = "it can't be opened"
    elif decision.decision == DUPLICATE and decision.value not in (NONE, *images):
        why = f"there is no {decision.value} (any more)"
    if why is not None:
        decided.warnings.append(f"{decision.item}: {why}; its decision is not applied")
    return why is None


def _group(decisions: Sequence[Decision], images: Mapping[str, dict[str, Any]]) -> None:
    """Put images into the groups that people say, after those that they take out of theirs."""
    for one in decisions:
        if one.value == NONE:
            images[_file(one)]["duplicate_group"] = None
    for number, one in enumerate((one for one in decisions if one.value != NONE), 1):
        other = images[one.value]
        other["duplicate_group"] = other["duplicate_group"] or f"p{number}"
        images[_file(one)]["duplicate_group"] = other["duplicate_group"]
