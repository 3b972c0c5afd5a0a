"""How far looking at actors and planning have come: ``actors/action_plans/progress.json``, which holds after Ctrl+C too."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reelwright.files import read_json, write_json

ABSENT = len("null\n")
"""Bytes of the file that a failed actor leaves."""

SUFFIX = "_action_plan.json"
EVALUATION = "_evaluation.json"


def plan_file(plans: Path, actor: str) -> Path:
    """The plan of an actor in the folder ``plans``."""
    return plans / f"{actor}{SUFFIX}"


def begin_progress(plans: Path, total: int, looked_at: int) -> None:
    """Begin ``progress.json`` in the folder ``plans``, for a build that looks at ``looked_at`` of ``total`` actors."""
    began = datetime.now(UTC).isoformat()
    _write(plans, {"total": total, "looking": {"began": began, "actors": looked_at, "done": 0}})


def note_progress(plans: Path, total: int | None = None) -> None:
    """Write ``progress.json`` in the folder ``plans`` after an evaluation, or after the plans.

    ``total`` (actors that are in) is taken over from the last time where it is not given.
    """
    place = plans / "progress.json"
    before: dict[str, Any] = read_json(place) if place.exists() else {"total": None, "looking": None}
    _write(plans, before if total is None else {**before, "total": total})


def _write(plans: Path, before: dict[str, Any]) -> None:
    planned = list(_files(plans, SUFFIX, 0.0))
    done = {actor for actor, there in planned if there}
    failed = {actor for actor, there in planned if not there}
    looking, total = before["looking"], before["total"]
    if looking is not None:
        began = datetime.fromisoformat(looking["began"]).timestamp()
        looked_at = list(_files(plans.parent / "evaluation", EVALUATION, began))
        looking = {**looking, "done": len(looked_at)}
        failed |= {actor for actor, there in looked_at if not there}
    data = {
        "total": total,
        "looking": looking,
        "done": len(done - failed),
        "failed": sorted(failed),
        "to_come": max(0, total - len(done | failed)) if total is not None else None,
        "updated": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    write_json(plans / "progress.json", data, "actor_progress")


def _files(folder: Path, suffix: str, since: float) -> Iterator[tuple[str, bool]]:
    """Actors with a file in a folder that is not older than ``since``, each with whether there is something in it."""
    if not folder.is_dir():
        return
    with os.scandir(folder) as found:
        for one in found:
            if one.name.endswith(suffix) and not one.name.startswith("."):
                about = one.stat()
                if about.st_mtime >= since:
                    yield one.name.removesuffix(suffix), about.st_size > ABSENT
