"""The stage ``actors_repair``: bring folder, manifest and bucket together where the audit finds that they differ.

A repair is a run as any other: frozen in the journal, resumed from it, undone by ``actors_rollback``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from reelwright.actors.execution.audit import (
    Finding,
    audit,
    audit_report,
    failed_actors,
    in_lines,
    reach_bucket,
)
from reelwright.actors.execution.freezing import freeze, refuse_urls, unwritten, urls_of
from reelwright.actors.execution.given import DRY, Given, chosen_actors, chosen_mode, new_run, open_world
from reelwright.actors.execution.journal import Run
from reelwright.actors.execution.mending import MENDERS
from reelwright.actors.execution.runner import Runner
from reelwright.actors.execution.world import Task, World
from reelwright.errors import BadItem
from reelwright.files import write_json

MODES = (DRY, "execute")
"""What `--config actors_mode=` may be here; the first is the default."""


def actors_repair(given: Given, mode: object, wanted: object) -> None:
    """Mend, in ``mode``, what the audit finds about the ``wanted`` actors; what a person must decide on is left and said.

    ``audit.json`` then tells what is left. An actor that fails doesn't stop the others: BuildError at the end names each.
    """
    chosen = chosen_mode(mode, MODES, "actors_repair")
    run, errors, runs = new_run(), {}, []
    with ExitStack() as stack:
        world = open_world(given, stack, dry=chosen == DRY)
        actors = chosen_actors(given.settings, wanted, world.journal.unfinished())
        if chosen == DRY:
            reach_bucket(given, world)
            found = [one for actor in actors for one in audit(world, actor)]
            print("\n".join([*in_lines(found, world), "nothing was done. To mend it: --config actors_mode=execute"]))
            return
        for actor in actors:
            try:
                runs += _frozen(world, actor, run)
            except BadItem as error:
                errors[actor] = error
        tasks = [Task(one, operation) for one in runs for operation in one.operations if operation.state != "done"]
        outcome = Runner(world, MENDERS, _told).carry_out(tasks, 1)
        left = [one for actor in actors for one in audit(world, actor)]
        write_json(given.out / "audit.json", audit_report(left, world), "actor_audit")
    if outcome.error is not None:
        raise outcome.error
    print(f"{sum(task.operation.state == 'done' for task in tasks)} differences were mended")
    print("\n".join(in_lines(left, world)))
    for task in tasks:
        if task.operation.state == "failed":
            errors[task.run.actor] = BadItem(task.operation.code, task.operation.detail)
    failed_actors(errors)


def _told(task: Task) -> None:
    said = f": {task.operation.detail}" if task.operation.detail else ""
    print(f"{task.run.actor}: {task.operation.kind} {task.operation.file}: {task.operation.state}{said}")


def _frozen(world: World, actor: str, run: str) -> list[Run]:
    """The run that mends an actor; the one that was killed while it did so, where there is one. None where all is well."""
    last = world.journal.last(actor, repairs=True)
    if last is not None and last.state == "open" and last.repairs and any(one.state is None for one in last.operations):
        return [last]
    found = audit(world, actor)
    unfinished = next((one for one in found if one.kind == "unfinished"), None)
    if unfinished is not None:
        raise BadItem("in_flight", unfinished.detail)
    operations = _operations(world, found)
    if not operations:
        return []
    actors = world.set_of(actor)
    refuse_urls(world, actor, urls_of(actors), reachable=world.bucket is not None)
    digest = hashlib.sha256(json.dumps(operations, sort_keys=True).encode()).hexdigest()
    return [freeze(world, unwritten(run, digest, operations, actors), None)]


def _operations(world: World, found: Sequence[Finding]) -> list[dict[str, Any]]:
    """The findings that can be mended, as operations; a file that gets an entry as it is uploaded needs no other."""
    uploaded = {one.file for one in found if one.mend == "upload"}
    chosen = [one for one in found if one.mend and not (one.mend == "enter" and one.file in uploaded)]
    made: list[dict[str, Any]] = []
    for number, one in enumerate(chosen, 1):
        about: dict[str, Any] = {"number": number, "operation": one.mend, "file": one.file, "reason": one.detail}
        if one.mend in ("enter", "upload", "fetch"):
            about["sha256"] = one.sha256
        if one.mend in ("fetch", "drop_object"):
            about["key"] = one.key
        if one.mend == "enter":
            about["url"] = one.url
        made.append(about)
    return made
