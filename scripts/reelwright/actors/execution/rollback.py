"""The stage ``actors_rollback``: undo a run, or all that was ever done to an actor, from the journal.

Files, objects and the manifest come back as they were, byte for byte; what was generated goes to the trash. A rollback that was
killed goes on with the same command.
"""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from reelwright.actors.execution.deleting import emptied, undelete
from reelwright.actors.execution.execute import making
from reelwright.actors.execution.freezing import refuse_urls, urls_of
from reelwright.actors.execution.generating import ungenerate
from reelwright.actors.execution.given import DRY, Given, chosen_actors, chosen_mode, open_world
from reelwright.actors.execution.journal import Run
from reelwright.actors.execution.mending import UNDOERS
from reelwright.actors.execution.places import sweep, write_bytes
from reelwright.actors.execution.world import Handler, Task, World
from reelwright.digest import file_sha256
from reelwright.errors import BadItem, BuildError, Problem, SpecError
from reelwright.files import write_json
from reelwright.spec.explain import nearest_name

MODES = (DRY, "execute")
"""What `--config actors_mode=` may be here; the first is the default."""

HANDLERS: dict[str, Handler] = {"delete": undelete, "generate": ungenerate, **UNDOERS}


@dataclass
class _Undone:
    """What was undone of an actor, or would be."""

    actor: str
    runs: list[Run]
    """The newest first."""
    error: BadItem | None = None
    notes: list[str] = field(default_factory=list)


def actors_rollback(given: Given, mode: object, wanted: object, run: object = None) -> None:
    """Undo, in ``mode``, the run that `--config actors_run=` names, or else all runs of the ``wanted`` actors.

    Reports go to ``rollback.json`` beside those of execution. An actor that fails doesn't stop the others: BuildError at the
    end names each. Raises SpecError for an unknown mode, actor or run.
    """
    chosen = chosen_mode(mode, MODES, "actors_rollback")
    with ExitStack() as stack:
        world = open_world(given, stack, dry=chosen == DRY)
        actors = chosen_actors(given.settings, wanted, [one.actor for one in world.journal.runs])
        found = _found(world, actors, None if run in (None, "") else str(run))
        if chosen != DRY:
            _open_generator(given, world, found, stack)
        for one in found:
            try:
                _undo(one, world, dry=chosen == DRY)
            except BadItem as error:
                one.error = error
            print("\n".join(_lines(one, chosen == DRY)))
        write_json(given.out / "rollback.json", _report(found, chosen), "execution_rollback")
    runs = sum(len(one.runs) for one in found)
    print(f"{runs} runs of {len(found)} actors {'would be' if chosen == DRY else 'were'} to be undone")
    failed = [f"{one.actor}: {one.error.message}" for one in found if one.error]
    if failed:
        raise BuildError("\n".join(failed))


def _found(world: World, actors: list[str], wanted: str | None) -> list[_Undone]:
    """What is to be undone of each actor; raises SpecError where there is no such run."""
    known = sorted({one.run for one in world.journal.runs})
    if wanted is not None and wanted not in known:
        raise SpecError(
            [Problem("--config", "actors_run", wanted, "is no run of the journal", nearest_name(wanted, known))]
        )
    found = []
    for actor in actors:
        runs = [one for one in reversed(world.journal.of(actor)) if one.state != "undone"]
        if wanted is None:
            found += [_Undone(actor, runs)] if runs else []
        elif any(one.run == wanted for one in runs):
            found.append(_Undone(actor, [one for one in runs if one.run == wanted]))
            later = [one.run for one in runs if one.run != wanted][: [one.run for one in runs].index(wanted)]
            if later:
                words = f"run {later[0]} came after {wanted}: undo that one first, or all runs of the actor"
                found[-1].error = BadItem("later_runs", words)
    return found


def _open_generator(given: Given, world: World, found: list[_Undone], stack: ExitStack) -> None:
    """Have predictions cancelled that nobody waits for any more; without a key they end by themselves."""
    operations = (operation for one in found for run in one.runs for operation in run.operations)
    if any(attempt.prediction and not attempt.sha256 for one in operations if (attempt := one.open_attempt)):
        try:
            world.making = stack.enter_context(making(given, world, 0))
        except BuildError as error:
            print(f"predictions in flight can't be cancelled: {error}")


def _undo(undone: _Undone, world: World, *, dry: bool) -> None:
    if undone.error is not None:
        raise undone.error
    refuse_urls(world, undone.actor, urls_of(world.set_of(undone.actor)), reachable=dry or world.bucket is not None)
    if not dry:
        sweep(world.places, undone.actor)
    for run in undone.runs:
        if not dry or run is undone.runs[0]:
            _refuse(run, world, dry=dry)
        if dry:
            continue
        if run.state != "undoing":
            world.journal.write(run, "undo")
            world.step("undo_noted")
        for operation in reversed(run.operations):
            if operation.begun and not operation.undone:
                _undo_operation(Task(run, operation), world, undone)
        _restore_manifest(run, world)
        world.journal.write(run, "undone")
        world.step("undone")
        undone.notes += _differences(run, world)


def _undo_operation(task: Task, world: World, undone: _Undone) -> None:
    world.journal.write(task.run, "undo_begin", number=task.operation.number)
    world.step("undo_begun")
    said = HANDLERS[task.operation.kind](world, task)
    if said:
        undone.notes.append(f"{task.operation.file}: {said}")
    world.journal.write(task.run, "undo_end", number=task.operation.number)
    world.step("undo_ended")


def _refuse(run: Run, world: World, *, dry: bool) -> None:
    """Raise BadItem, before anything is undone, where the set is no longer what the run left."""
    path, backup = world.places.manifest(run.actor), world.places.backup(run.actor, run.run)
    if path.exists() and file_sha256(path) not in {run.manifest, *run.manifests}:
        words = "somebody has changed it since: keep a copy of it and put back what the run wrote, or mend it by hand"
        raise BadItem(
            "edited_manifest", f"{path}: is not the manifest that run {run.run} left: {words}; nothing was undone"
        )
    if run.manifest is not None and (not backup.exists() or file_sha256(backup) != run.manifest):
        raise BadItem("no_backup", f"{backup}: the manifest from before run {run.run} is gone; nothing was undone")
    uploaded = [one.file for one in run.operations if one.begun and (one.keys or one.frozen.get("key"))]
    if uploaded and world.bucket is None and not dry:
        words = "no bucket can be reached: set AWS_ACCESS_KEY and AWS_ACCESS_SECRET, and name it under `actors.bucket`"
        raise BadItem("no_bucket", f"{uploaded[0]} of run {run.run} was, or is, in a bucket, and {words}")
    gone = [
        one.file for one in run.operations if one.kind == "delete" and not one.undone and emptied(world, Task(run, one))
    ]
    if gone:
        place = world.places.trash(run.actor, run.run)
        words = "the trash was emptied; nothing was undone"
        raise BadItem("lost", f"{place}: {', '.join(gone)} can't be brought back, for {words}")


def _restore_manifest(run: Run, world: World) -> None:
    path = world.places.manifest(run.actor)
    if run.manifest is None:
        path.unlink(missing_ok=True)
    elif not path.exists() or file_sha256(path) != run.manifest:
        write_bytes(path, world.places.backup(run.actor, run.run).read_bytes())
    world.step("manifest_restored")


def _differences(run: Run, world: World) -> list[str]:
    """In what the set still differs from how it was before the run: what others have done since."""
    actors = world.set_of(run.actor)
    before = {one["file"]: one["sha256"] for one in run.images}
    now = {name: hashlib.sha256((actors.folder / name).read_bytes()).hexdigest() for name in actors.images()}
    return [
        f"{name} is not as before run {run.run}"
        for name in sorted(before.keys() | now.keys())
        if before.get(name) != now.get(name)
    ]


def _lines(undone: _Undone, dry: bool) -> list[str]:
    lines = []
    for run in undone.runs:
        lines.append(f"{undone.actor}: run {run.run} of {run.time}" + (" would be undone" if dry else f": {run.state}"))
        if dry:
            begun = [one for one in reversed(run.operations) if one.begun and not one.undone]
            lines += [f"{undone.actor}: undo {one.number}. {one.kind} {one.file}" for one in begun]
    lines += [f"{undone.actor}: {note}" for note in undone.notes]
    return [*lines, f"{undone.actor}: FAILED: {undone.error.message}"] if undone.error else lines


def _report(found: list[_Undone], mode: str) -> dict[str, Any]:
    return {
        "mode": mode,
        "actors": [
            {
                "actor": one.actor,
                "runs": [
                    {
                        "run": run.run,
                        "state": run.state,
                        "operations": sum(operation.begun for operation in run.operations),
                    }
                    for run in one.runs
                ],
                "notes": one.notes,
                "error": {"code": one.error.code, "message": one.error.message} if one.error else None,
            }
            for one in found
        ],
    }
