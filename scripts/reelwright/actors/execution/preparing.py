"""What is to be done with each actor: a run that goes on, a plan that is to be frozen, nothing, or why nothing may be done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from reelwright.actors.execution.freezing import (
    frozen_operations,
    read_plan,
    refuse_held,
    refuse_stale,
    refuse_unknown,
    refuse_urls,
    unwritten,
    urls_of,
)
from reelwright.actors.execution.generating import base_of
from reelwright.actors.execution.given import DRY, Given, new_run
from reelwright.actors.execution.journal import Run
from reelwright.actors.execution.report import Told
from reelwright.actors.execution.world import World
from reelwright.errors import BadItem

MODES = {
    "dry-run": frozenset({"delete", "generate"}),
    "delete-only": frozenset({"delete"}),
    "generate-only": frozenset({"generate"}),
    "execute": frozenset({"delete", "generate"}),
}
"""What `--config actors_mode=` may be, the default first, and the operations that each does, or says it would."""


class Preparation:
    """Decides what is to be done with each actor; nothing is changed."""

    def __init__(self, given: Given, world: World, mode: str, *, anew: bool = False) -> None:
        """``anew`` takes the plans that there are, though runs of others have not ended."""
        self._given = given
        self._world = world
        self._mode = mode
        self._run = new_run()
        self._anew = anew

    def all(self, actors: Sequence[str]) -> list[Told]:
        """What there is to do with each actor, or why nothing may be done."""
        return [self._one(actor) for actor in actors]

    def _one(self, actor: str) -> Told:
        asked = self._given.settings.generate
        told = Told(actor, self._mode, MODES[self._mode], asked.price, asked.currency, dry=self._mode == DRY)
        try:
            self._prepare(told)
        except BadItem as error:
            told.error, told.run = error, told.run if told.resumed else None
        return told

    def _prepare(self, told: Told) -> None:
        last = self._world.journal.last(told.actor)
        if last is not None and last.state == "undoing":
            raise BadItem("undoing", f"run {last.run} is being rolled back: `actors_rollback` has to end first")
        if last is not None and last.state == "open":
            told.run, told.resumed = last, True
            if not self._anew and self._goes_on(told, last):
                self._refuse_held(told.actor, last)
                told.notes.append(f"goes on with run {last.run}, frozen {last.time}")
                self._ready(told)
                return
        plan, sha256 = read_plan(self._plan(told.actor), told.actor)
        refuse_held(plan, self._given.decisions)
        if told.run is not None and sha256 == told.run.plan_sha256 and not self._anew:
            if told.due:
                told.notes.append(f"tries again what failed in run {told.run.run}")
            self._ready(told)
            return
        refuse_unknown(plan)
        actors = self._world.set_of(told.actor)
        refuse_stale(plan, actors)
        waiting = [one for one in told.run.operations if one.unsettled] if told.run else []
        if waiting:
            raise BadItem(
                "in_flight",
                f"{waiting[0].kind} {waiting[0].file} of the run before this plan was begun and has not ended: run it to its "
                "end first, with actors_mode=execute",
            )
        if not plan["operations"] and not told.due:
            return
        former, told.run, told.resumed = told.run, None, False
        if not plan["operations"]:
            return
        refuse_urls(self._world, told.actor, urls_of(actors), reachable=self._reachable)
        suffix = f".{self._given.settings.generate.inputs.output_format}"
        operations = frozen_operations(self._world, actors, plan, suffix)
        told.run = unwritten(self._run, sha256, operations, actors)
        made_from = actors.made_from()
        if made_from is not None:
            told.notes.append(f"manifest.json is written from {' and '.join(made_from) or 'the files that are there'}")
        self._ready(told)
        told.former = former

    def _plan(self, actor: str) -> Path:
        return self._given.plans / f"{actor}_action_plan.json"

    def _refuse_held(self, actor: str, run: Run) -> None:
        """Raise BadItem where the plan of a run has been put on hold meanwhile."""
        try:
            plan, sha256 = read_plan(self._plan(actor), actor)
        except BadItem:
            return
        if sha256 == run.plan_sha256:
            refuse_held(plan, self._given.decisions)

    def _goes_on(self, told: Told, last: Run) -> bool:
        """Whether a run was begun and has more to do in this mode: whatever plan there is by now, that comes first."""
        begun = any(one.touched for one in last.operations)
        return begun and any(one.unsettled or not one.begun for one in told.due)

    @property
    def _reachable(self) -> bool:
        return self._world.bucket is not None or (self._mode == DRY and self._given.settings.bucket is not None)

    def _ready(self, told: Told) -> None:
        """Raise BadItem where what is due can't be done, before any of it is."""
        if told.due:
            refuse_urls(self._world, told.actor, urls_of(self._world.set_of(told.actor)), reachable=self._reachable)
        if any(one.kind == "generate" for one in told.due):
            base_of(self._world.places.folder, told.actor)
