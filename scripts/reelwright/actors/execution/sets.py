"""One actor's set as execution changes it: the folder, the manifest, the index of the next file, what its images look like."""

from __future__ import annotations

import hashlib
import json
import os
import re
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from reelwright.actors.classes import image_index, in_order, is_image_name
from reelwright.actors.discovery import LEGACY
from reelwright.actors.execution.acceptance import Seen, seen
from reelwright.actors.execution.journal import Journal, Run
from reelwright.actors.execution.places import Places, Step, write_bytes
from reelwright.actors.migrate import MANIFEST, bound_manifest
from reelwright.actors.pictures import NoImage
from reelwright.errors import BadItem, listed
from reelwright.files import check
from reelwright.foreign import read_foreign_json

Manifest = dict[str, Any]


class ActorSet:
    """The set of one actor. Safe for many threads."""

    def __init__(self, actor: str, places: Places, journal: Journal, step: Step) -> None:
        self.actor = actor
        self.places = places
        self.folder = places.images(actor)
        self.lock = threading.RLock()
        """Held while the set is looked at to change it."""
        self._journal = journal
        self._step = step
        self._there: dict[str, Seen] | None = None

    def images(self) -> list[str]:
        """File names of the images that are there, by index."""
        return in_order([name for name in self._names() if is_image_name(name)], self.actor)

    def _names(self) -> list[str]:
        try:
            with os.scandir(self.folder) as found:
                return [one.name for one in found if one.is_file()]
        except FileNotFoundError:
            return []

    def manifest(self) -> Manifest:
        """The manifest, in our form whatever it is in (schema ``training_manifest``); raises BadItem where it can't be read."""
        data = self._own()
        return data if data is not None else self._made()

    def made_from(self) -> list[str] | None:
        """Files that the first manifest in our form is made from; None where there is one already."""
        return None if self._own() is not None else self._sources()

    def _own(self) -> Manifest | None:
        path = self.folder / MANIFEST
        if not path.exists():
            return None
        data = read_foreign_json(path, "the manifest of the actor's images")
        if not isinstance(data, dict) or not {"version", "next_index", "images"} <= data.keys():
            return None
        try:
            check(data, "training_manifest", str(path))
        except ValueError as error:
            raise BadItem("bad_manifest", f"{listed(str(error).splitlines(), 1)}: mend it; nothing was done") from error
        return data

    def _sources(self) -> list[str]:
        names = self._names()
        return [MANIFEST] if MANIFEST in names else [name for name in LEGACY if name in names]

    def _made(self) -> Manifest:
        return bound_manifest(self.actor, self.folder, self.images(), self._sources())[0]

    def next_index(self) -> int:
        """The index of the next new file: one that no file ever had, of those that the set, the trash or the journal know."""
        manifest = self.manifest()
        trashed = self.places.all_trash(self.actor)
        known = [
            *self._names(),
            *(path.name for path in trashed.rglob("*")),
            *(str(one["file"]) for one in (*manifest["images"], *manifest["without_file"])),
            *self._journal.files(self.actor),
        ]
        indexes = [_index(name, self.actor) for name in known]
        return max([int(manifest["next_index"]), *(index + 1 for index in indexes if index is not None)])

    def edit(self, run: Run, change: Callable[[Manifest], None]) -> None:
        """Change the manifest, whole or not at all; the journal knows its bytes before they are written."""
        with self.lock:
            manifest = self.manifest()
            change(manifest)
            check(manifest, "training_manifest", f"{self.actor}: manifest.json")
            data = (json.dumps(manifest, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()
            path = self.folder / MANIFEST
            if path.exists() and path.read_bytes() == data:
                return
            sha256 = hashlib.sha256(data).hexdigest()
            if sha256 not in run.manifests:
                self._journal.write(run, "manifest", sha256=sha256)
            self._step("manifest_noted")
            write_bytes(path, data)
            self._step("manifest_written")

    def remove_entry(self, run: Run, file: str) -> bool:
        """Take the entry of a file out of the manifest; whether there was one."""
        found: list[bool] = []

        def change(manifest: Manifest) -> None:
            rows = manifest["images"]
            manifest["images"] = [one for one in rows if one["file"] != file]
            found.append(len(manifest["images"]) < len(rows))

        self.edit(run, change)
        return found[0]

    def add_entry(self, run: Run, entry: Mapping[str, Any]) -> None:
        """Add the entry of a file to the manifest, or replace it."""

        def change(manifest: Manifest) -> None:
            rows = [one for one in manifest["images"] if one["file"] != entry["file"]]
            manifest["images"] = [*rows, dict(entry)]
            index = image_index(str(entry["file"]), self.actor)
            if index is not None:
                manifest["next_index"] = max(manifest["next_index"], index + 1)

        self.edit(run, change)

    def there(self) -> dict[str, Seen]:
        """What the images that are there look like, by file name; what can't be opened looks like nothing."""
        with self.lock:
            if self._there is None:
                found = ((name, look_at(self.folder / name)) for name in self.images())
                self._there = {name: looks for name, looks in found if looks is not None}
            return self._there

    def gone(self) -> list[Seen]:
        """What images looked like that were deleted, rejected or undone, in any run: what looks like one of them is refused."""
        found: list[Mapping[str, Any] | None] = []
        for run in self._journal.of(self.actor):
            undone = run.state == "undone"
            for one in run.operations:
                found += [] if undone else [one.looks]
                states = ("rejected", "accepted") if undone else ("rejected",)
                found += [attempt.looks for attempt in one.attempts if attempt.state in states]
        return [Seen(**looks) for looks in found if looks is not None]

    def forget(self, file: str) -> None:
        """An image is gone: new ones needn't differ from what is no longer there, but from what lies in the trash."""
        with self.lock:
            if self._there is not None:
                self._there.pop(file, None)


def look_at(path: Path) -> Seen | None:
    """What an image looks like; None where it can't be opened."""
    try:
        return seen(path)
    except NoImage:
        return None


def _index(name: str, actor: str) -> int | None:
    """The index in a file name, with whatever stands behind it."""
    match = re.match(rf"{re.escape(actor)}_(\d+)(?!\d)", name)
    return int(match[1]) if match else None
