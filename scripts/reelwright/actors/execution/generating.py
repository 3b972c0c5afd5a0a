"""Generating an image: bought, looked at, uploaded, put into the folder under a name never used before, and entered."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from reelwright.actors.execution.acceptance import refuse_image, seen
from reelwright.actors.execution.buying import Base, Buyer
from reelwright.actors.execution.journal import Attempt, Operation
from reelwright.actors.execution.places import move
from reelwright.actors.execution.sets import ActorSet
from reelwright.actors.execution.world import Making, Task, World
from reelwright.actors.pictures import NoImage, read_picture
from reelwright.digest import file_sha256
from reelwright.errors import BadItem

LOST = "the image had come and is no longer where it was staged"


def base_of(folder: Path, actor: str) -> Base:
    """The image that an actor's others are made from; raises BadItem where it is missing or can't be opened."""
    path = folder / "actors" / actor / "base_image" / f"{actor}_base.png"
    if not path.is_file():
        raise BadItem("no_base_image", f"{path}: the base image is missing, and images are made from it")
    try:
        return Base(path, read_picture(path).sha256)
    except NoImage as error:
        raise BadItem("bad_base_image", f"{path}: the base image {error}") from error


def generate(world: World, task: Task) -> str:
    """Generate an image, going on wherever a former run was ended; returns what there is to say of it."""
    making, operation = world.making, task.operation
    assert making is not None
    buyer = Buyer(world, making, task, base_of(world.places.folder, task.run.actor))
    accepted = operation.accepted
    if accepted is not None and _nowhere(world, task, accepted):
        buyer.end(accepted, "lost", LOST)
        accepted = None
    attempt = None if accepted else _settled(world, operation)
    while accepted is None:
        _put_away(world, task)
        fresh = attempt is None
        if attempt is None:
            _within_bounds(operation, making)
            attempt = buyer.begin()
        if attempt.sha256 is None:
            buyer.get(attempt, fresh=fresh)
        if attempt.sha256 is not None and attempt.state is None:
            _judge(world, making, task, buyer, attempt)
        if attempt.state == "uncertain":
            raise BadItem("uncertain", attempt.detail)
        accepted, attempt = operation.accepted, None
    _put_away(world, task)
    _keep(world, task, accepted)
    return ""


def _within_bounds(operation: Operation, making: Making) -> None:
    """Raise BadItem where as many calls were made for one image as may be."""
    if operation.tries >= making.settings.tries:
        raise BadItem(_code(operation), f"no image after {operation.tries} tries: {_why(operation)}")
    most = making.settings.busy_tries
    last = operation.attempts[operation.tries_before :][-most - 1 :]
    if len(last) > most and all(one.state == "unsent" for one in last):
        raise BadItem("unsent", f"{len(last)} calls in a row have never arrived: {last[-1].detail}")


def _settled(world: World, operation: Operation) -> Attempt | None:
    """The attempt to go on with; raises BadItem where one may have been paid for and nobody said to make it again."""
    doubtful = next((one for one in operation.attempts if one.state == "uncertain"), None)
    if doubtful is not None and doubtful is operation.attempts[-1] and not world.again:
        raise BadItem("uncertain", doubtful.detail)
    return operation.open_attempt


def _code(operation: Operation) -> str:
    states = {one.state for one in operation.attempts[operation.tries_before :]}
    return "refused" if states == {"refused"} else "no_image"


def _why(operation: Operation) -> str:
    """What became of the tries, each reason once."""
    said = [
        f"{one.state}: {one.detail}" for one in operation.attempts[operation.tries_before :] if one.state != "unsent"
    ]
    return "; ".join(dict.fromkeys(said))


def _judge(world: World, making: Making, task: Task, buyer: Buyer, attempt: Attempt) -> None:
    """Accept the image of an attempt, or reject it."""
    run, operation = task.run, task.operation
    place = world.places.staged(run.actor, run.run, operation.number, attempt.number)
    if not place.exists() or file_sha256(place) != attempt.sha256:
        buyer.end(attempt, "lost", LOST)
        return
    actors = world.set_of(run.actor)
    data = place.read_bytes()
    with actors.lock:
        others = list(actors.there().values())
        reason = refuse_image(data, operation.frozen["class"], others, actors.gone(), making.limits)
        try:
            looks = seen(data)
        except NoImage:
            looks = None
        told = asdict(looks) if looks else None
        if reason is not None:
            buyer.end(attempt, "rejected", reason, told)
            return
        buyer.end(attempt, "accepted", "", told)
        if looks is not None:
            actors.there()[operation.file] = looks


def _put_away(world: World, task: Task) -> None:
    """Move images that were rejected into the trash."""
    run, operation = task.run, task.operation
    for one in operation.attempts:
        if one.state == "rejected" and one.sha256 is not None:
            place = world.places.staged(run.actor, run.run, operation.number, one.number)
            name = Path(str(operation.frozen["file"]))
            target = world.places.trash(run.actor, run.run) / f"{name.stem}.rejected{one.number}{name.suffix}"
            move(place, target, one.sha256, world.step)


def _keep(world: World, task: Task, attempt: Attempt) -> None:
    """Bring an accepted image into bucket, folder and manifest, in this order."""
    run, operation = task.run, task.operation
    assert attempt.sha256 is not None
    actors = world.set_of(run.actor)
    staged = world.places.staged(run.actor, run.run, operation.number, attempt.number)
    while True:
        place = actors.folder / operation.file
        if place.exists() and file_sha256(place) != attempt.sha256:
            _rename(world, task, actors)
            continue
        try:
            url = _upload(world, task, staged if staged.exists() else place, attempt.sha256)
            move(staged, place, attempt.sha256, world.step)
            break
        except BadItem as error:
            if error.code != "taken":
                raise
            _rename(world, task, actors)
    actors.add_entry(run, _entry(task, attempt, url))


def _nowhere(world: World, task: Task, attempt: Attempt) -> bool:
    """Whether an accepted image is neither staged nor in the folder: somebody has taken it away."""
    run, operation = task.run, task.operation
    staged = world.places.staged(run.actor, run.run, operation.number, attempt.number)
    return not staged.exists() and not (world.set_of(run.actor).folder / operation.file).exists()


def _rename(world: World, task: Task, actors: ActorSet) -> None:
    """Another file name, for this one was taken by somebody."""
    with actors.lock:
        file = f"{actors.actor}_{actors.next_index()}{Path(task.operation.file).suffix}"
        world.journal.write(task.run, "name", number=task.operation.number, file=file)
    world.step("renamed")


def _upload(world: World, task: Task, path: Path, sha256: str) -> str | None:
    """The URL of the image in the bucket; None without one."""
    if world.bucket is None:
        return None
    key = world.key_of(task.run.actor, task.operation.file)
    if key not in task.operation.keys:
        world.journal.write(task.run, "upload", number=task.operation.number, key=key)
        world.step("upload_noted")
    held = world.bucket.put(key, path, sha256)
    world.step("uploaded")
    if held.sha256 != sha256:
        raise BadItem("bad_upload", f"{key}: the bucket holds {held.sha256 or 'no sha256'} instead of {sha256}")
    return world.bucket.url(key)


def _entry(task: Task, attempt: Attempt, url: str | None) -> dict[str, Any]:
    """The manifest's entry of a generated image."""
    frozen = task.operation.frozen
    rest = {"sha256": attempt.sha256, "run": task.run.run, "prediction": attempt.prediction}
    return {
        "file": task.operation.file, "prompt": frozen["prompt"], "prompt_id": frozen["prompt_id"], "class": frozen["class"],
        "url": url, "seed": attempt.seed, "model": attempt.model, "source": None, "rest": rest, "origin": "generated",
    }  # fmt: skip


def ungenerate(world: World, task: Task) -> str:
    """Take a generated image back: object and file go to the trash. The manifest comes back whole, at the end."""
    run, operation = task.run, task.operation
    for one in operation.attempts:
        if one.state is None:
            _give_up(world, task, one)
    _put_away(world, task)
    kept = operation.accepted
    if kept is None or kept.sha256 is None:
        return ""
    unload(world, task, kept.sha256)
    trashed = world.places.trash(run.actor, run.run) / operation.file
    place = world.set_of(run.actor).folder / operation.file
    staged = world.places.staged(run.actor, run.run, operation.number, kept.number)
    if place.exists() and file_sha256(place) == kept.sha256:
        move(place, trashed, kept.sha256, world.step)
        return ""
    return "" if move(staged, trashed, kept.sha256, world.step) else "file was not there"


def unload(world: World, task: Task, sha256: str) -> None:
    """Take away what an operation has uploaded; an object that somebody else put there stays."""
    for key in task.operation.keys:
        if world.bucket is None:
            raise BadItem("no_bucket", f"{key} was uploaded, and no bucket can be reached")
        held = world.bucket.head(key)
        if held is not None and held.sha256 == sha256:
            world.bucket.remove(key, world.bucket_trash(task.run.run))
            world.step("object_removed")


def _give_up(world: World, task: Task, attempt: Attempt) -> None:
    """End an attempt that nobody waits for any more: its image goes to the trash, its prediction is cancelled."""
    run, operation = task.run, task.operation
    state, detail = "uncertain", "undone while the call was in flight: it may have been paid for"
    if attempt.sha256 is not None:
        state, detail = "rejected", "undone before anybody had looked at it"
    elif attempt.prediction is not None and world.making is not None:
        with suppress(BadItem):
            world.making.generator.cancel(attempt.prediction)
    told = {"state": state, "detail": detail, "looks": None}
    world.journal.write(run, "attempt_end", number=operation.number, attempt=attempt.number, **told)
    world.step("given_up")
