"""What `actors_repair` does to bring folder, manifest and bucket together again; a rollback undoes each."""

from __future__ import annotations

from typing import Any

from reelwright.actors.execution.bucket import Bucket
from reelwright.actors.execution.generating import unload
from reelwright.actors.execution.places import move, write_bytes
from reelwright.actors.execution.sets import Manifest
from reelwright.actors.execution.world import Handler, Task, World
from reelwright.digest import file_sha256
from reelwright.errors import BadItem


def enter(world: World, task: Task) -> str:
    """Enter a file that the manifest doesn't know, with its URL where the bucket has it too."""
    _enter(world, task, {}, task.operation.frozen["url"])
    return ""


def _enter(world: World, task: Task, known: dict[str, Any], url: str | None) -> None:
    file = task.operation.file
    blank: dict[str, Any] = {
        "file": file, "prompt": None, "prompt_id": None, "class": None, "url": None, "seed": None, "model": None,
        "source": None, "rest": {}, "origin": "found",
    }  # fmt: skip
    world.set_of(task.run.actor).add_entry(task.run, {**blank, **known, "url": url})


def set_aside(world: World, task: Task) -> str:
    """Move an entry out of the way whose file is nowhere: what was known of it is kept."""
    file = task.operation.file

    def change(manifest: Manifest) -> None:
        gone = [one for one in manifest["images"] if one["file"] == file]
        manifest["images"] = [one for one in manifest["images"] if one["file"] != file]
        manifest["without_file"] += [{key: one[key] for key in one if key != "origin"} for one in gone]

    world.set_of(task.run.actor).edit(task.run, change)
    return ""


def upload(world: World, task: Task) -> str:
    """Upload a file that the bucket lacks, and enter its URL."""
    file, sha256 = task.operation.file, task.operation.frozen["sha256"]
    actors = world.set_of(task.run.actor)
    bucket = _bucket(world, file)
    path, key = actors.folder / file, world.key_of(task.run.actor, file)
    if not path.exists() or file_sha256(path) != sha256:
        raise BadItem("changed", f"{path}: has changed since it was looked at")
    if key not in task.operation.keys:
        world.journal.write(task.run, "upload", number=task.operation.number, key=key)
        world.step("upload_noted")
    bucket.put(key, path, sha256)
    world.step("uploaded")
    known: dict[str, Any] = next((one for one in actors.manifest()["images"] if one["file"] == file), {})
    _enter(world, task, known, bucket.url(key))
    return ""


def fetch(world: World, task: Task) -> str:
    """Bring a file back that is only in the bucket."""
    run, operation = task.run, task.operation
    place = world.set_of(run.actor).folder / operation.file
    staged = world.places.staged(run.actor, run.run, operation.number, 0)
    if not place.exists() and not staged.exists():
        write_bytes(staged, _bucket(world, operation.file).read(operation.frozen["key"]))
        world.step("fetched")
    sha256 = operation.frozen["sha256"]
    if staged.exists() and file_sha256(staged) != sha256:
        staged.unlink()
        raise BadItem("changed", f"{operation.frozen['key']}: has changed since it was looked at")
    move(staged, place, sha256, world.step)
    return ""


def drop_object(world: World, task: Task) -> str:
    """Take an object that nothing belongs to into the bucket's trash."""
    key = task.operation.frozen["key"]
    gone = _bucket(world, key).remove(key, world.bucket_trash(task.run.run)) is None
    world.step("object_removed")
    return "object not there" if gone else ""


def _bucket(world: World, what: str) -> Bucket:
    if world.bucket is None:
        raise BadItem("no_bucket", f"{what}: no bucket can be reached")
    return world.bucket


def _nothing(world: World, task: Task) -> str:
    """The manifest comes back whole, at the end."""
    return ""


def _unupload(world: World, task: Task) -> str:
    unload(world, task, task.operation.frozen["sha256"])
    return ""


def _unfetch(world: World, task: Task) -> str:
    run, file = task.run, task.operation.file
    place, trashed = world.set_of(run.actor).folder / file, world.places.trash(run.actor, run.run) / file
    return "" if move(place, trashed, task.operation.frozen["sha256"], world.step) else "file was not there"


def _undrop(world: World, task: Task) -> str:
    key = task.operation.frozen["key"]
    restored = _bucket(world, key).restore(key, world.bucket_trash(task.run.run))
    world.step("object_restored")
    return "" if restored is not None else "object was not there"


MENDERS: dict[str, Handler] = {
    "enter": enter,
    "set_aside": set_aside,
    "upload": upload,
    "fetch": fetch,
    "drop_object": drop_object,
}
"""Does each operation of a repair."""

UNDOERS: dict[str, Handler] = {
    "enter": _nothing,
    "set_aside": _nothing,
    "upload": _unupload,
    "fetch": _unfetch,
    "drop_object": _undrop,
}
"""Undoes each operation of a repair."""
