"""Deleting an image: its object, its file and its entry in the manifest together, into the trash."""

from __future__ import annotations

from dataclasses import asdict

from reelwright.actors.execution.places import move
from reelwright.actors.execution.sets import look_at
from reelwright.actors.execution.world import Task, World
from reelwright.digest import file_sha256
from reelwright.errors import BadItem

OBJECT, FILE, ENTRY, GONE = "object", "file", "entry", " not there"
"""What is said of parts that were missing."""


def delete(world: World, task: Task) -> str:
    """Delete an image; says which of file, object and entry were not there. Any part that is done already is left as it is.

    The object goes first, for that is what most often fails, and the entry last: what was killed in between is in the journal.
    """
    run, operation = task.run, task.operation
    file, sha256 = operation.file, operation.frozen["sha256"]
    actors = world.set_of(run.actor)
    path, trashed = actors.folder / file, world.places.trash(run.actor, run.run) / file
    if path.exists() and file_sha256(path) != sha256:
        raise BadItem("changed", f"{path}: is another image than the plan saw, and was left alone")
    if operation.looks is None:
        place = path if path.exists() else trashed
        looks = look_at(place) if place.exists() else None
        world.journal.write(run, "looks", number=operation.number, looks=asdict(looks) if looks else None)
        world.step("looked")
    missing = [] if remove_object(world, task) else [OBJECT]
    world.step("object_removed")
    missing += [] if move(path, trashed, sha256, world.step) else [FILE]
    actors.forget(file)
    missing += [] if actors.remove_entry(run, file) else [ENTRY]
    return f"{', '.join(missing)}{GONE}" if missing else ""


def remove_object(world: World, task: Task) -> bool:
    """Take the operation's object into the bucket's trash; whether there was one, or none was spoken of."""
    key = task.operation.frozen["key"]
    if key is None:
        return True
    if world.bucket is None:
        raise BadItem("no_bucket", f"{task.operation.frozen['url']} lies in a bucket, and no bucket can be reached")
    held = world.bucket.remove(key, world.bucket_trash(task.run.run))
    return held is not None or task.operation.frozen["url"] is None


def undelete(world: World, task: Task) -> str:
    """Bring a deleted image back: the file and the object as they were. The manifest comes back whole, at the end."""
    run, operation = task.run, task.operation
    path = world.set_of(run.actor).folder / operation.file
    trashed = world.places.trash(run.actor, run.run) / operation.file
    key = operation.frozen["key"]
    if key is not None:
        if world.bucket is None:
            where = operation.frozen["url"] or key
            raise BadItem("no_bucket", f"{where} was in a bucket, and no bucket can be reached")
        world.bucket.restore(key, world.bucket_trash(run.run))
    world.step("object_restored")
    if trashed.exists():
        move(trashed, path, operation.frozen["sha256"], world.step)
    elif emptied(world, task):
        raise BadItem("lost", f"{trashed}: is no longer in the trash, so it can't be brought back", retryable=False)
    return ""


def emptied(world: World, task: Task) -> bool:
    """Whether a deleted file is neither in the trash nor where it was, though it had been there."""
    operation = task.operation
    places = (world.places.trash(task.run.actor, task.run.run), world.places.images(task.run.actor))
    moved = operation.state == "done" and FILE not in operation.detail.removesuffix(GONE).split(", ")
    return moved and not any((place / operation.file).exists() for place in places)
