"""From a plan to a run: what is refused, and what exactly will be done, by name, before anything is."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from reelwright.actors.action_plan import plan_digest
from reelwright.actors.execution.journal import Operation, Run
from reelwright.actors.execution.places import write_bytes
from reelwright.actors.execution.sets import ActorSet
from reelwright.actors.execution.world import World
from reelwright.decisions import apply_decisions, read_decisions
from reelwright.digest import file_sha256
from reelwright.errors import BadItem, listed
from reelwright.files import check

WORDS, HOLD = ("approve", "hold"), "hold"
"""What people may say of a plan, and what keeps it from being carried out."""

SHOWN = 3
"""Files that a message names."""


def read_plan(path: Path, actor: str) -> tuple[dict[str, Any], str]:
    """The plan of an actor and the sha256 of its file; raises BadItem where there is none that can be used."""
    try:
        data = path.read_bytes()
        plan = json.loads(data)
    except FileNotFoundError:
        raise BadItem("no_plan", f"{path}: there is no plan of this actor: `snakemake actors` makes one") from None
    except ValueError as error:
        raise BadItem("bad_plan", f"{path}: is no JSON: {error}: `snakemake actors` plans anew") from error
    if plan is None:
        raise BadItem("no_plan", f"{path}: the plan of this actor has failed: run `snakemake actors` to see why")
    try:
        check(plan, "action_plan", str(path))
    except ValueError as error:
        raise BadItem("bad_plan", f"{str(error).splitlines()[0]}: `snakemake actors` plans anew") from error
    if plan["actor"] != actor:
        raise BadItem("bad_plan", f"{path}: is the plan of {plan['actor']}, not of {actor}")
    return plan, hashlib.sha256(data).hexdigest()


def refuse_unknown(plan: Mapping[str, Any]) -> None:
    """Raise BadItem where what is to be done rests on images of which nobody has said what they are."""
    if plan["state"] != "undecided" and not any(one["rests_on_unknown"] for one in plan["operations"]):
        return
    names = [one["file"] for one in plan["images"] if one["class"] == "unknown"]
    raise BadItem(
        "rests_on_unknown",
        f"the plan rests on {len(names)} images whose class is `unknown` ({listed(names, SHOWN)}): have them evaluated by a "
        "model (actors.evaluation.backend) or import what a person said of them (actors.evaluation.imports), and plan anew",
    )


def refuse_held(plan: Mapping[str, Any], decisions: Path | None) -> None:
    """Raise BadItem where somebody has put the plan on hold; raises SpecError where decisions can't be read."""
    if decisions is None:
        return
    about = {plan["actor"]: plan_digest(plan)}
    said = apply_decisions(about, read_decisions(decisions, WORDS)).applied.get(plan["actor"])
    if said is not None and said.decision == HOLD:
        why = f" ({said.reason})" if said.reason else ""
        raise BadItem("held", f"{said.reviewer} has put this plan on hold{why}: {decisions}; nothing was done")


def refuse_stale(plan: Mapping[str, Any], actors: ActorSet) -> None:
    """Raise BadItem where the plan saw other images than there are; one that it deletes may be gone already."""
    saw = {one["file"]: one["sha256"] for one in plan["images"]}
    doomed = {one["file"] for one in plan["operations"] if one["operation"] == "delete"}
    there = actors.images()
    said = [
        *(f"{name} is new" for name in there if name not in saw),
        *(f"{name} is gone" for name in saw if name not in there and name not in doomed),
        *(f"{name} has changed" for name in there if name in saw and file_sha256(actors.folder / name) != saw[name]),
    ]
    if said:
        words = "the plan is older than the images"
        raise BadItem("stale_plan", f"{words}: {listed(said, SHOWN)}: `snakemake actors` plans anew; nothing was done")


def refuse_urls(world: World, actor: str, urls: Mapping[str, str | None], *, reachable: bool) -> None:
    """Raise BadItem where entries lie in a bucket that can't be reached: deleting them would leave orphans.

    ``urls`` are those of the manifest's entries by file name; ``reachable`` says that a bucket is, or would be, open.
    """
    kept = {file: url for file, url in urls.items() if url and is_object_url(url, actor, file)}
    if kept and not reachable:
        first = next(iter(kept.values()))
        raise BadItem(
            "no_bucket",
            f"{len(kept)} entries of the manifest have S3 URLs ({first}) and no bucket can be reached: set AWS_ACCESS_KEY and "
            "AWS_ACCESS_SECRET, and name the bucket under `actors.bucket`; nothing was done",
        )
    other = [url for url in kept.values() if world.bucket is not None and world.bucket.key_of(url) is None]
    if other:
        raise BadItem(
            "other_bucket", f"{len(other)} entries of the manifest lie in another bucket ({other[0]}) than the spec's"
        )


def is_object_url(url: str, actor: str, file: str) -> bool:
    """Whether a URL is that of an object in a bucket, and not where a generator once offered an image."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "s3" or re.search(r"(^|\.)amazonaws\.com(\.cn)?$", host):
        return True
    return unquote(parts.path).endswith(f"/{actor}/training_data/{file}")


def frozen_operations(world: World, actors: ActorSet, plan: Mapping[str, Any], suffix: str) -> list[dict[str, Any]]:
    """The plan's operations, each with its number, its file and, for objects, the key: all that carrying it out takes.

    Names of new files end with ``suffix``.
    """
    urls = urls_of(actors)
    index = actors.next_index()
    made = []
    for number, one in enumerate(plan["operations"], 1):
        about = {"number": number, "operation": one["operation"], "reason": one["reason"], "class": one["class"]}
        if one["operation"] == "delete":
            file, url = one["file"], urls.get(one["file"])
            own = {key: one[key] for key in ("file", "sha256", "why", "quality")}
            made.append({**about, **own, "url": url, "key": _key(world, actors.actor, file, url)})
        else:
            own = {key: one[key] for key in ("prompt", "prompt_id", "prompt_number")}
            made.append({**about, **own, "file": f"{actors.actor}_{index}{suffix}"})
            index += 1
    return made


def urls_of(actors: ActorSet) -> dict[str, str | None]:
    """The URL of each entry of the manifest, by file name."""
    return {one["file"]: one["url"] for one in actors.manifest()["images"]}


def _key(world: World, actor: str, file: str, url: str | None) -> str | None:
    """Key of a file's object; where the entry has no URL there may be an object all the same."""
    if world.bucket is None:
        return None
    return (world.bucket.key_of(url) if url else None) or world.key_of(actor, file)


def unwritten(run: str, sha256: str, operations: Sequence[Mapping[str, Any]], actors: ActorSet) -> Run:
    """A run as it would be frozen; ``sha256`` is that of what it follows from."""
    rows = [Operation(number, one, str(one["file"])) for number, one in enumerate(operations, 1)]
    images: list[Mapping[str, str]] = [
        {"file": name, "sha256": file_sha256(actors.folder / name)} for name in actors.images()
    ]
    return Run(run, actors.actor, datetime.now(UTC).isoformat(), sha256, None, rows, images)


def freeze(world: World, run: Run, former: Run | None) -> Run:
    """Write a run into the journal, with the manifest as it was beside it; what ``former`` left undone stays undone."""
    path = world.places.manifest(run.actor)
    manifest = None
    if path.exists():
        data = path.read_bytes()
        write_bytes(world.places.backup(run.actor, run.run), data)
        manifest = hashlib.sha256(data).hexdigest()
    world.step("backed_up")
    if former is not None and any(one.state != "done" for one in former.operations):
        world.journal.write(former, "supersede")
        world.step("superseded")
    operations = [dict(one.frozen) for one in run.operations]
    told = {"plan_sha256": run.plan_sha256, "manifest": manifest, "images": [dict(one) for one in run.images]}
    world.journal.write(run, "plan", **told, operations=operations)
    world.step("frozen")
    return world.journal.of(run.actor)[-1]
