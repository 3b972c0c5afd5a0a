"""Which old clips show frames that a package trains on: judged by those, a model would be flattered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reelwright.evaluation.seen import seen_clips
from reelwright.files import read_json, write_jsonl


def _trained(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the provenance with the span of the frames that it really shows: often fewer than its clip has."""
    return {**row, "start_frame": min(row["frames_taken"]), "end_frame": max(row["frames_taken"]) + 1}


def list_seen(reference: Path, provenance: Path, out: Path) -> None:
    """Write to ``out`` (JSONL) each old clip of ``sources/reference.json`` as seen, unseen or unknown by a package.

    ``provenance`` is the package's. Where locating the old clips failed as a whole, there is nothing to list.
    """
    rows = [_trained(row) for row in read_json(provenance)["rows"]]
    located = read_json(reference) or {"clips": []}
    found = seen_clips(located["clips"], rows)
    write_jsonl(out, ({"clip": one.clip, "seen": one.seen, "rows": list(one.rows)} for one in found), "seen")
