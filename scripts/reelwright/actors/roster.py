"""The stage ``list_actors``: every actor of the roster, and why it is in or out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reelwright.actors.classes import number_of
from reelwright.actors.discovery import Entry, target_of
from reelwright.errors import BadItem
from reelwright.files import write_json
from reelwright.outcome import Record, attempt
from reelwright.spec.actors import Actors

AT_FAULT = ("no_name", "bad_name", "duplicate_name")
"""Reasons for which an entry is wrong, not only out."""

SHOWN = 10
"""Folders that a warning names."""


def list_actors(
    entries: Sequence[Entry],
    unlisted: Sequence[str],
    problem: str | None,
    out: Path,
    record: Record,
    *,
    settings: Actors,
) -> None:
    """Write ``actors/roster.json`` (``out``). An entry at fault is a failed part; without a roster there is nothing to list."""
    with attempt(record, [out]) as notes:
        if problem is not None:
            raise BadItem("no_roster", problem)
        for entry in entries:
            if entry.reason in AT_FAULT:
                notes.fail(entry.name, BadItem(entry.reason, entry.message))
        if unlisted:
            more = f" and {len(unlisted) - SHOWN} more" if len(unlisted) > SHOWN else ""
            notes.warn(f"folders of actors that the roster doesn't name: {', '.join(unlisted[:SHOWN])}{more}")
        rows: list[dict[str, Any]] = [
            {
                "name": entry.name,
                "row": entry.row,
                "number": number_of(entry.name),
                "state": "in" if entry.is_in else "out",
                "reason": entry.reason,
                "message": entry.message or None,
                "images": list(entry.images),
                "metadata": list(entry.metadata),
                "base_image": entry.base_image,
                "described": entry.described,
                "group": target_of(settings, entry.name)[1] if entry.is_in else None,
            }
            for entry in entries
        ]
        counts = {
            "listed": len(rows),
            "in": sum(row["state"] == "in" for row in rows),
            "with_manifest": sum(row["state"] == "in" and "manifest.json" in row["metadata"] for row in rows),
            "images": sum(len(entry.images) for entry in entries),
            "reasons": dict(sorted(Counter(entry.reason for entry in entries).items())),
        }
        write_json(out, {"counts": counts, "actors": rows, "unlisted": list(unlisted)}, "actor_roster")
