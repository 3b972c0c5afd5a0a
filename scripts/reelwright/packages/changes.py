"""What changed between two builds of a package: rows added, removed and changed, each with why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reelwright.digest import recipe_digest
from reelwright.files import read_json, write_json, write_text
from reelwright.packages.snapshots import Snapshots, build_name

MEDIA_KEYS = {
    "source_sha256": "another master file",
    "num_frames": "another number of frames",
    "start_pts": "another span",
    "end_pts": "another span",
}
"""What makes other media of a clip, by the field of its row; what else does is in the settings."""

SHOWN = 200
"""Rows that ``CHANGES.md`` lists of each kind; ``changes.json`` has all."""

Build = dict[str, Any]
"""A snapshot."""


def _episodes(build: Build) -> set[str]:
    return {source.split(".")[0] for source in build["sources"]}


def _why_added(clip_id: str, old: Build) -> str:
    if clip_id in old["left_out"]:
        return f"was left out before ({old['left_out'][clip_id]['reason']})"
    if clip_id.split("_")[0] not in _episodes(old):
        return "its episode is new in the package"
    return "the clip is new"


def _why_removed(clip_id: str, new: Build) -> str:
    if clip_id in new["left_out"]:
        return str(new["left_out"][clip_id]["reason"])
    if clip_id.split("_")[0] not in _episodes(new):
        return "its episode is no longer in the package"
    return "there is no such clip any more"


def _differences(old: dict[str, Any], new: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What is different in a row (caption, media), and why."""
    if old["prompt"] != new["prompt"]:
        source = new["caption_source"]
        yield (
            "caption",
            f"{source}, before {old['caption_source']}" if source != old["caption_source"] else "another text",
        )
    elif old["caption_source"] != new["caption_source"]:
        yield "caption", f"the same text, {new['caption_source']}, before {old['caption_source']}"
    reasons = dict.fromkeys(why for key, why in MEDIA_KEYS.items() if old[key] != new[key])
    if old["recipe"] != new["recipe"]:
        yield "media", ", ".join(reasons) or "the settings or the way in which media is made have changed"
    elif old["media_sha256"] != new["media_sha256"]:
        yield "media", "encoded again from the same frames with the same settings"


def _overlap(one: dict[str, Any], other: dict[str, Any]) -> float:
    """Share of the shorter of two rows' clips that the other shows too; 0 where they are of different files."""
    if one["source_sha256"] != other["source_sha256"]:
        return 0.0
    shared: int = min(one["end_frame"], other["end_frame"]) - max(one["start_frame"], other["start_frame"])
    shorter: int = min(row["end_frame"] - row["start_frame"] for row in (one, other))
    return max(0.0, shared / shorter)


def _moved(added: set[str], removed: set[str], old: Build, new: Build) -> dict[str, str]:
    """Clips that were cut anew: the new id, and the one of which it shows more than half. Each stands in one pair."""
    pairs = sorted(
        (-_overlap(old["rows"][before], new["rows"][after]), after, before)
        for after in added
        for before in removed
        if new["rows"][after]["source_id"] == old["rows"][before]["source_id"]
    )
    found: dict[str, str] = {}
    for overlap, after, before in pairs:
        if -overlap > 0.5 and after not in found and before not in found.values():
            found[after] = before
    return found


def _altered(old: dict[str, Any], new: dict[str, Any]) -> list[dict[str, Any]]:
    """The keys whose values differ, with both."""
    return [
        {"key": key, "before": old.get(key), "after": new.get(key)}
        for key in sorted(old.keys() | new.keys())
        if old.get(key) != new.get(key)
    ]


def compare_snapshots(old: Build | None, new: Build) -> dict[str, Any]:
    """``changes.json``: from the build ``old`` to ``new``; of the first one that is known, nothing is said."""
    before: dict[str, Any] = old["rows"] if old else {}
    after: dict[str, Any] = new["rows"]
    changes: dict[str, Any] = {
        "package": new["package"],
        "former": recipe_digest(old) if old else None,
        "build": recipe_digest(new),
        "rows": len(after),
    }
    if old is None:
        empty: dict[str, Any] = {"same": 0, "added": [], "removed": [], "changed": []}
        return {**changes, "former_rows": None, "settings": [], "sources": [], "stages": [], **empty}
    added, removed = after.keys() - before.keys(), before.keys() - after.keys()
    moved = _moved(added, removed, old, new)
    pairs = {clip_id: clip_id for clip_id in after.keys() & before.keys()} | moved
    changed = []
    for clip_id, former in sorted(pairs.items()):
        different = [{"what": what, "why": why} for what, why in _differences(before[former], after[clip_id])]
        if clip_id != former:
            different.insert(0, {"what": "span", "why": f"was {former}"})
        if different:
            changed.append({"clip_id": clip_id, "former": former, "differences": different})
    return {
        **changes,
        "former_rows": len(before),
        "settings": _altered(old["settings"], new["settings"]),
        "sources": _altered(old["sources"], new["sources"]),
        "stages": _altered(old["stages"], new["stages"]),
        "same": len(pairs) - len(changed),
        "added": [{"clip_id": one, "why": _why_added(one, old)} for one in sorted(added - moved.keys())],
        "removed": [{"clip_id": one, "why": _why_removed(one, new)} for one in sorted(removed - set(moved.values()))],
        "changed": changed,
    }


def _listed(title: str, lines: list[str]) -> str:
    if not lines:
        return ""
    more = [f"* and {len(lines) - SHOWN} more: see `changes.json`"] if len(lines) > SHOWN else []
    return f"\n## {title}\n\n" + "\n".join([*(f"* {line}" for line in lines[:SHOWN]), *more]) + "\n"


def changes_text(changes: dict[str, Any]) -> str:
    """``CHANGES.md``."""
    name = changes["package"]
    head = f"# Changes of {name}\n\nThis is {build_name(changes['build'])}, with {changes['rows']} rows. "
    if changes["former"] is None:
        return f"{head}No other build of it is known.\n"
    counts = f"{len(changes['added'])} added, {len(changes['removed'])} removed, {len(changes['changed'])} changed"
    former, were = build_name(changes["former"]), changes["former_rows"]
    head += f"Against {former}, with {were}: {counts}, {changes['same']} as they were.\n"
    altered = [
        f"{kind} `{one['key']}`: `{one['before']}` became `{one['after']}`"
        for kind, key in (("setting", "settings"), ("master", "sources"), ("version of the stage", "stages"))
        for one in changes[key]
    ]
    changed = [
        f"`{row['clip_id']}`: " + "; ".join(f"{one['what']} ({one['why']})" for one in row["differences"])
        for row in changes["changed"]
    ]
    return (
        head
        + _listed("What it is made with", altered)
        + _listed("Added", [f"`{row['clip_id']}`: {row['why']}" for row in changes["added"]])
        + _listed("Removed", [f"`{row['clip_id']}`: {row['why']}" for row in changes["removed"]])
        + _listed("Changed", changed)
    )


def write_changes(folder: Path, old: Build | None, new: Build) -> None:
    """Write ``changes.json`` and ``CHANGES.md`` into ``folder``."""
    changes = compare_snapshots(old, new)
    write_json(folder / "changes.json", changes, "changes")
    write_text(folder / "CHANGES.md", changes_text(changes))


def compare_builds(changes: Path, out: Path, text: Path, *, snapshots: Path, against: str) -> None:
    """Compare the package whose ``changes.json`` is given with the kept build that ``against`` names; empty: the one before.

    ``snapshots`` is the folder of that package's snapshots. Writes ``out`` (JSON) and ``text`` (Markdown).
    """
    kept, build = Snapshots(snapshots), read_json(changes)["build"]
    former = kept.find(against) if against else kept.before(build)
    found = compare_snapshots(kept.read(former) if former else None, kept.read(build))
    write_json(out, found, "changes")
    write_text(text, changes_text(found))
    print(changes_text(found))
