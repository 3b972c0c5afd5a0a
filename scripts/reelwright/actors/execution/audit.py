"""The stage ``actors_audit``: where folder, manifest and bucket of an actor differ. Nothing is changed.

Without a bucket that can be reached, folder and manifest alone are compared, and the report says so.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import Any

from reelwright.actors.execution.bucket import Held, open_bucket
from reelwright.actors.execution.freezing import is_object_url
from reelwright.actors.execution.given import Given, chosen_actors, open_world
from reelwright.actors.execution.sets import ActorSet
from reelwright.actors.execution.world import World
from reelwright.digest import file_sha256
from reelwright.errors import BadItem, BuildError
from reelwright.files import write_json


@dataclass(frozen=True)
class Finding:
    """One difference."""

    actor: str
    kind: str
    """``file_without_entry entry_without_file entry_twice file_without_object only_in_bucket object_without_entry
    object_differs url_elsewhere unfinished unreadable``."""
    file: str
    """File name; the key of an object that belongs to no file; empty where it is about the whole actor."""
    detail: str
    mend: str
    """The operation with which `actors_repair` mends it; empty where a person has to."""
    key: str | None = None
    sha256: str | None = None
    """Of the file or the object that is to be kept."""
    url: str | None = None


def actors_audit(given: Given, wanted: object) -> None:
    """Look at the ``wanted`` actors and write ``audit.json`` beside the reports of execution (schema ``actor_audit``)."""
    with ExitStack() as stack:
        world = open_world(given, stack, dry=True)
        reach_bucket(given, world)
        found = [
            one
            for actor in chosen_actors(given.settings, wanted, world.journal.unfinished())
            for one in audit(world, actor)
        ]
        write_json(given.out / "audit.json", audit_report(found, world), "actor_audit")
        print("\n".join(in_lines(found, world)))


def reach_bucket(given: Given, world: World) -> None:
    """Open the bucket where the spec names one and there are credentials."""
    if given.settings.bucket is not None:
        world.bucket = open_bucket(given.settings.bucket, os.environ)
        if world.bucket is not None:
            world.bucket.check()


def audit_report(found: list[Finding], world: World) -> dict[str, Any]:
    """The report (schema ``actor_audit``)."""
    return {
        "bucket": world.bucket is not None,
        "counts": dict(sorted(Counter(one.kind for one in found).items())),
        "findings": [asdict(one) for one in found],
    }


def in_lines(found: list[Finding], world: World) -> list[str]:
    """The findings for a person."""
    lines = [
        f"{one.actor}: {one.kind.replace('_', ' ')}: {one.file}: {one.detail}"
        + (f" (actors_repair: {one.mend.replace('_', ' ')})" if one.mend else "")
        for one in found
    ]
    return [*lines, f"{len(found)} differences" + ("" if world.bucket else "; no bucket was looked at")]


def audit(world: World, actor: str) -> list[Finding]:
    """The differences of one actor."""
    actors = world.set_of(actor)
    last = world.journal.last(actor, repairs=True)
    found = []
    if last is not None and (last.state == "undoing" or any(one.unsettled for one in last.operations)):
        words = f"run {last.run} was begun and has not ended: run the same command again"
        found.append(Finding(actor, "unfinished", "", words, ""))
    try:
        entries = actors.manifest()["images"]
    except BadItem as error:
        return [*found, Finding(actor, "unreadable", "manifest.json", error.message, "")]
    files = {name: file_sha256(actors.folder / name) for name in actors.images()}
    twice = [name for name, count in Counter(one["file"] for one in entries).items() if count > 1]
    found += [Finding(actor, "entry_twice", name, "has more than one entry in the manifest", "") for name in twice]
    held = _objects(world, actor) if world.bucket else {}
    by_file = {one["file"]: one for one in entries}
    # Without a manifest in our form there is nothing yet that files could lack an entry in.
    own = actors.made_from() is None
    for name in sorted(files.keys() | by_file.keys() | held.keys()):
        about = _About(
            world, actors, name, files.get(name), by_file.get(name) if own or name in files else None, held.get(name)
        )
        found += about.differences()
    return found


def _objects(world: World, actor: str) -> dict[str, Held]:
    """The objects under the actor's prefix, by what follows it."""
    assert world.bucket is not None
    prefix = world.bucket_settings.prefix_of(actor)
    return {one.key.removeprefix(prefix): one for one in world.bucket.list(prefix)}


@dataclass(frozen=True)
class _About:
    """One name, and what folder, manifest and bucket have under it."""

    world: World
    actors: ActorSet
    name: str
    sha256: str | None
    entry: Mapping[str, Any] | None
    held: Held | None

    def differences(self) -> list[Finding]:
        """What differs."""
        url = str(self.entry["url"] or "") if self.entry else ""
        elsewhere = self.world.bucket is not None and self.world.bucket.key_of(url) is None
        if url and elsewhere and is_object_url(url, self.actors.actor, self.name):
            return [self._finding("url_elsewhere", f"its entry lies in another bucket: {url}", "")]
        if self.sha256 is None:
            return self._without_file()
        found = []
        if self.entry is None:
            same = self.held is not None and self._same(self.held)
            own = self.world.bucket.url(self._key) if same and self.world.bucket else None
            found.append(self._finding("file_without_entry", "the manifest has no entry of it", "enter", url=own))
        if self.world.bucket is None:
            return found
        if self.held is None:
            found.append(self._finding("file_without_object", "the bucket has no object of it", "upload"))
        elif not self._same(self.held):
            words = "the object is not the file: delete, by hand, the one that is wrong"
            found.append(self._finding("object_differs", words, ""))
        elif self.entry is not None and not url:
            found.append(
                self._finding("file_without_object", "the manifest doesn't say that the bucket has it", "upload")
            )
        return found

    def _without_file(self) -> list[Finding]:
        if self.entry is None:
            words = "nothing belongs to this object"
            return [
                self._finding("object_without_entry", words, "drop_object", key=self._key, sha256=self._held_sha256())
            ]
        if self.held is None:
            return [self._finding("entry_without_file", "the file is gone", "set_aside")]
        words = "the file is gone, and the bucket has it"
        return [self._finding("only_in_bucket", words, "fetch", key=self._key, sha256=self._held_sha256())]

    def _held_sha256(self) -> str:
        """The object's sha256, by reading it where the bucket doesn't know."""
        assert self.held is not None and self.world.bucket is not None
        return self.held.sha256 or hashlib.sha256(self.world.bucket.read(self._key)).hexdigest()

    def _same(self, held: Held) -> bool:
        return held.bytes == (self.actors.folder / self.name).stat().st_size and self._held_sha256() == self.sha256

    @property
    def _key(self) -> str:
        return self.world.key_of(self.actors.actor, self.name)

    def _finding(self, kind: str, detail: str, mend: str, **more: Any) -> Finding:
        return Finding(self.actors.actor, kind, self.name, detail, mend, **{"sha256": self.sha256, **more})


def failed_actors(errors: Mapping[str, BadItem]) -> None:
    """Raise BuildError naming each actor that failed."""
    if errors:
        raise BuildError("\n".join(f"{actor}: {error.message}" for actor, error in errors.items()))
