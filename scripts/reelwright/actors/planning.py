"""The stage ``plan_actors``: the plan of every actor. One job makes them all: each takes milliseconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reelwright.actors.action_plan import Aim, Who, make_plan
from reelwright.actors.decided import decide, read_actor_decisions
from reelwright.actors.progress import SUFFIX, note_progress
from reelwright.actors.prompts import Prompt, descriptor, read_prompts, used_prompts
from reelwright.actors.summary import summarise_actors
from reelwright.errors import BadItem, SpecError, listed
from reelwright.files import read_json, write_json
from reelwright.foreign import read_foreign_json
from reelwright.outcome import Notes, Record, attempt, require

DECISIONS = "actors.csv"
"""What messages call the decisions' file."""

SHOWN = 5
"""Items that a warning names."""


@dataclass(frozen=True)
class Planned:
    """An actor whose plan is made, and what it draws on."""

    actor: str
    aim: Aim
    evaluation: Path
    evaluation_outcome: Path
    metadata: tuple[Path, ...]
    """The manifest, or else legacy metadata: which prompts were used already."""
    description: Path | None
    """The actor's own metadata, which is only read."""
    out: Path
    """``actors/action_plans/<actor>_action_plan.json``."""
    record: Record


@dataclass(frozen=True)
class Shared:
    """What the plans of all actors draw on."""

    prompts: Path | None
    """Prompts of the spec; None stands for our own."""
    decisions: Path | None
    """People's decisions; None where there are none."""
    duplicate_bits: int
    """As in the spec's `actors.evaluation.measuring`."""


def plan_actors(actors: Sequence[Planned], summary: Path, shared: Shared, record: Record) -> None:
    """Write the plan of each actor (schema ``action_plan``) with its outcome record, and all of them in one: ``summary``.

    The plans lie beside the summary. ``record`` is of the decisions: it tells of those that are about no actor. Plans of
    actors that are no longer in are removed from the folder: nobody should carry them out. Raises SpecError where the
    decisions can't be read.
    """
    decisions = read_actor_decisions(shared.decisions)
    known = _prompts(shared.prompts)
    for one in actors:
        with attempt(one.record, [one.out]) as notes:
            require([one.evaluation_outcome])
            if isinstance(known, BadItem):
                raise known
            who = _who(one, known, notes)
            evaluation = read_json(one.evaluation)
            about = decisions.get(one.actor, [])
            decided = decide(one.actor, evaluation["images"], about, shared.duplicate_bits)
            for message in decided.warnings:
                notes.warn(f"{DECISIONS}: {message}")
            write_json(one.out, make_plan(decided, evaluation["disagreements"], who, one.aim), "action_plan")
    with attempt(record, []) as notes:
        for actor in sorted(set(decisions) - {one.actor for one in actors}):
            items = listed([one.item for one in decisions[actor]], SHOWN)
            notes.warn(f"{DECISIONS}: {actor} is no actor with images; what was decided is not applied: {items}")
    plans = summary.parent
    for path in set(plans.glob(f"*{SUFFIX}")) - {one.out for one in actors}:
        path.unlink()
    note_progress(plans, len(actors))
    summarise_actors([one.out for one in actors], [one.record.path for one in actors], summary)


def _prompts(path: Path | None) -> list[Prompt] | BadItem:
    """The prompts, or what is wrong with them: every actor's plan says it."""
    try:
        return read_prompts(path)
    except SpecError as error:
        return BadItem("bad_prompts", str(error))


def _who(one: Planned, prompts: Sequence[Prompt], notes: Notes) -> Who:
    metadata: list[Any] = []
    for path in one.metadata:
        try:
            metadata.append(read_foreign_json(path, "metadata of images"))
        except BadItem as error:
            notes.warn(f"{error.message}; prompts that it tells of are not counted")
    description = None
    if one.description is not None:
        try:
            description = read_foreign_json(one.description, "the actor's metadata")
        except BadItem as error:
            notes.warn(f"{error.message}; the actor is described by its id")
    return Who(one.actor, descriptor(one.actor, description), used_prompts(prompts, metadata), prompts)
