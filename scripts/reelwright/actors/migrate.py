"""The stage ``actors_migrate``: legacy metadata of actors' images to manifests. It says what it would do; on request it does.

Legacy files are left as they are, and a manifest that is there is never written over: running it again changes nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from reelwright.actors.classes import image_index
from reelwright.actors.discovery import LEGACY, ActorListing, select_actors
from reelwright.actors.manifests import Entry, read_entries
from reelwright.actors.prompts import Prompt, read_prompts, used_prompts
from reelwright.errors import BadItem, BuildError, Problem, SpecError
from reelwright.files import write_json
from reelwright.foreign import read_foreign_json
from reelwright.spec.actors import Actors
from reelwright.spec.explain import nearest_name

MANIFEST = "manifest.json"

MODES = ("dry-run", "execute")
"""What `--config actors_mode=` may be here; the first is the default."""


def actors_migrate(settings: Actors, mode: object, wanted: object, reports: Path) -> None:
    """Migrate the ``wanted`` actors (`--config actors=`) in ``mode`` (`--config actors_mode=`).

    Reports go to the folder ``reports``: ``<actor>.json``, ``summary.json``. An actor whose metadata can't be read doesn't
    stop the others: BuildError at the end names each. Raises SpecError for an unknown mode or actor.
    """
    chosen = MODES[0] if mode in (None, "") else str(mode)
    if chosen not in MODES:
        expected = f"expected one of {', '.join(MODES)} for actors_migrate"
        raise SpecError([Problem("--config", "actors_mode", chosen, expected, nearest_name(chosen, MODES))])
    listing = ActorListing(settings)
    if listing.problem:
        raise BuildError(listing.problem)
    done: list[dict[str, Any]] = []
    failed: list[dict[str, str]] = []
    for actor in select_actors(wanted, listing.actors):
        try:
            report = _migrate(actor, listing, execute=chosen == "execute")
        except BadItem as error:
            failed.append({"actor": actor, "code": error.code, "message": error.message})
            (reports / f"{actor}.json").unlink(missing_ok=True)
            continue
        write_json(reports / f"{actor}.json", report, "migration")
        done.append(report)
        print(_told(report))
    states = [one["state"] for one in done]
    summary: dict[str, Any] = {
        "mode": chosen,
        "actors": len(done) + len(failed),
        **{name: states.count(name) for name in ("migrated", "would_migrate", "has_manifest", "no_metadata")},
        "files_without_metadata": sum(len(one["files_without_metadata"]) for one in done),
        "metadata_without_file": sum(len(one["metadata_without_file"]) for one in done),
        "failed": failed,
    }
    write_json(reports / "summary.json", summary, "migration_summary")
    end = (
        "migrated." if chosen == "execute" else "would be migrated; nothing was written. To do it: actors_mode=execute"
    )
    print(f"{summary['migrated'] + summary['would_migrate']} of {summary['actors']} actors {end}")
    if failed:
        raise BuildError("\n".join(f"{one['actor']}: {one['message']}" for one in failed))


def bound_manifest(
    actor: str, folder: Path, images: Sequence[str], names: Sequence[str]
) -> tuple[dict[str, Any], dict[str, Entry], list[Entry]]:
    """The manifest (schema ``training_manifest``) of ``images``, from the metadata files ``names`` beside them in ``folder``.

    With it, the entry of each image that has one, and those whose file is not there. Raises BadItem where a file is no JSON.
    """
    by_file: dict[str, Entry] = {}
    lost: list[Entry] = []
    for name in names:
        data = read_foreign_json(folder / name, "metadata of images")
        for one in _bound(read_entries(data, name), images, actor):
            if one.file in images:
                assert one.file is not None
                by_file[one.file] = _merged(by_file[one.file], one) if one.file in by_file else one
            else:
                lost.append(one)
    return _manifest(actor, images, by_file, lost), by_file, lost


def _told(report: dict[str, Any]) -> str:
    lost = [
        f"{len(report[key])} {key.replace('_', ' ')}" for key in ("files_without_metadata", "metadata_without_file")
    ]
    entries = report["manifest"] or {"images": []}
    return f"{report['actor']}: {report['state']}: {len(entries['images'])} images, {', '.join(lost)}"


def _migrate(actor: str, listing: ActorListing, *, execute: bool) -> dict[str, Any]:
    """What is done, or would be, with one actor (schema ``migration``); raises BadItem where metadata is no JSON."""
    folder = Path(listing.training_folder(actor))
    entry = listing.actors[actor]
    report: dict[str, Any] = {
        "actor": actor, "state": "no_metadata", "read": [], "manifest": None, "files_without_metadata": [],
        "metadata_without_file": [],
    }  # fmt: skip
    if MANIFEST in entry.metadata:
        return {**report, "state": "has_manifest"}
    report["read"] = [name for name in LEGACY if name in entry.metadata]
    if not report["read"]:
        return {**report, "files_without_metadata": list(entry.images)}
    manifest, by_file, lost = bound_manifest(actor, folder, entry.images, report["read"])
    report |= {
        "state": "migrated" if execute else "would_migrate",
        "manifest": manifest,
        "files_without_metadata": [name for name in entry.images if name not in by_file],
        "metadata_without_file": [_row(one, None, None) for one in lost],
    }
    if execute:
        write_json(folder / MANIFEST, manifest, "training_manifest")
    return report


def _bound(entries: list[Entry], images: Sequence[str], actor: str) -> list[Entry]:
    """Entries with the file that each is of: named, or by the index that its key or ``index`` says: a bucket may call
    it otherwise.

    A list that names no file at all and is as long as there are images is taken to be in their order.
    """
    indexes: dict[int | None, str] = {image_index(name, actor): name for name in images}
    indexes.pop(None, None)
    if entries and all(one.file is None and _index(one) is None for one in entries) and len(entries) == len(images):
        return [replace(one, file=name) for one, name in zip(entries, images, strict=True)]
    return [one if one.file in images else replace(one, file=indexes.get(_index(one), one.file)) for one in entries]


def _index(entry: Entry) -> int | None:
    key = entry.source.rpartition(": ")[2]
    said = entry.rest.get("index", entry.rest.get("image_index"))
    if isinstance(said, int) and not isinstance(said, bool):
        return said
    return int(key) if key.isdecimal() and entry.keyed else None


def _merged(first: Entry, second: Entry) -> Entry:
    """What two files say of one image; the first outweighs."""
    return replace(
        first,
        prompt=first.prompt or second.prompt,
        url=first.url or second.url,
        seed=first.seed if first.seed is not None else second.seed,
        model=first.model or second.model,
        source=f"{first.source}; {second.source}",
        rest={**second.rest, **first.rest},
    )


@functools.cache
def _own_prompts() -> list[Prompt]:
    return read_prompts()


def _manifest(actor: str, images: Sequence[str], by_file: dict[str, Entry], lost: Sequence[Entry]) -> dict[str, Any]:
    prompts = _own_prompts()
    category = {one.id: one.category for one in prompts}
    rows = []
    for name in images:
        one = by_file.get(name)
        known = next(iter(used_prompts(prompts, [{"prompt": one.prompt}])), None) if one and one.prompt else None
        row = _row(one or Entry(name, None, None, None, None, ""), known, category.get(known or ""))
        rows.append({**row, "origin": "migrated" if one else "found"})
    indexes = [image_index(name, actor) for name in (*images, *(one.file or "" for one in lost))]
    return {
        "version": 1,
        "actor": actor,
        # Never given out again, not even where the file is gone: images have overwritten each other that way.
        "next_index": max((one for one in indexes if one is not None), default=-1) + 1,
        "images": rows,
        "without_file": [_row(one, None, None) for one in lost],
    }


def _row(entry: Entry, prompt_id: str | None, category: str | None) -> dict[str, Any]:
    return {
        "file": entry.file, "prompt": entry.prompt, "prompt_id": prompt_id, "class": category, "url": entry.url,
        "seed": entry.seed, "model": entry.model, "source": entry.source or None, "rest": entry.rest,
    }  # fmt: skip
