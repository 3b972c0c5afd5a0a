"""The stage ``list_benchmark``: the old clips as a benchmark, each with which packages have seen it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from reelwright.files import read_json, read_jsonl, write_jsonl

SPAN = ("source_id", "source_sha256", "start_frame", "end_frame", "start_s", "end_s")
"""Where an old clip lies."""


def _row(old: Mapping[str, Any], seed: Mapping[str, Any], seen: Mapping[str, bool | None]) -> dict[str, Any]:
    said = ("characters", "outfits", "location", "scene_type")
    file = {"role": "clip", "root": "reference", "archive": None, "path": old["file"], "sha256": old["sha256"]}
    return {
        "item_id": f"reference.{old['reference_id'].removeprefix('ref.')}",
        "kind": "reference",
        "prompt": seed.get("caption") or None,
        "media": [file] if old["file"] and old["sha256"] else [],
        "labels": {
            **{name: seed[name] for name in said if seed.get(name)},
            "episode": old["production_episode"],
            "reason": old["reason"],
            "seen": dict(seen),
        },
        "source": {"rights": "reference", "manifest": "sources/reference.json"},
        "span": {"clip_id": None, **{name: old[name] for name in SPAN}} if old["found"] else None,
    }


def list_benchmark(reference: Path, seeds: Sequence[Path], seen: Mapping[str, Path], out: Path) -> None:
    """Write to ``out`` (JSONL) every old clip of ``reference``, with what the old material says of it (``seeds``).

    ``seen``: by package, what ``list_seen`` wrote; null where nobody knows where a clip lies.
    """
    said = {row["clip"]: row for path in seeds for row in read_jsonl(path)}
    known = {package: {row["clip"]: row["seen"] for row in read_jsonl(path)} for package, path in seen.items()}
    rows = [
        _row(old, said.get(old["clip"], {}), {package: by_clip.get(old["clip"]) for package, by_clip in known.items()})
        for old in (read_json(reference) or {"clips": []})["clips"]
    ]
    write_jsonl(out, rows, "evaluation_item")
