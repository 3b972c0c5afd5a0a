"""The stage ``summarise_actors``: all plans in one, and how far evaluating and planning have come meanwhile."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reelwright.actors.classes import CLASSES, UNKNOWN
from reelwright.files import read_json, write_json

ABSENT = len("null\n")
"""Bytes of a plan that a failed actor leaves."""

WHYS = ("broken", "low_quality", "duplicate", "surplus")
"""Why images are deleted."""

SUFFIX = "_action_plan.json"


def summarise_actors(plans: Sequence[Path], outcomes: Sequence[Path], out: Path) -> None:
    """Write ``summary.json`` (``out``) of all ``plans``, beside them; ``outcomes`` are their records, in the same order.

    An actor without a plan is listed with the reason; the totals are of the others.
    """
    made, failed = [], []
    for plan, outcome in zip(plans, outcomes, strict=True):
        record = read_json(outcome)
        if record["status"] == "failed":
            failed.append({"actor": record["item"], **record["error"]})
        else:
            made.append(read_json(plan))
    classes = (*CLASSES, UNKNOWN)
    whys = Counter(one["why"] for plan in made for one in plan["operations"] if one["operation"] == "delete")
    prices = [plan["price"] for plan in made]
    summary = {
        "actors": len(plans),
        "planned": len(made),
        "states": {
            state: sum(plan["state"] == state for plan in made) for state in ("balanced", "actions", "undecided")
        },
        "images": sum(len(plan["images"]) for plan in made),
        "now": {name: sum(plan["now"][name] for plan in made) for name in classes},
        "delete": {
            "total": sum(whys.values()),
            **{why: whys[why] for why in ("broken", "low_quality", "duplicate", "surplus")},
        },
        "generate": {
            "total": sum(plan["calls"] for plan in made),
            **{name: sum(plan["generate"][name] for plan in made) for name in CLASSES},
        },
        "price": None if None in prices else round(sum(prices), 6),
        "currency": made[0]["currency"] if made else "USD",
        "disagreements": sum(len(plan["disagreements"]) for plan in made),
        "rows": [
            {
                **{key: plan[key] for key in ("actor", "state", "delete", "generate", "price")},
                "images": len(plan["images"]),
                "disagreements": len(plan["disagreements"]),
            }
            for plan in made
        ],
        "failed": failed,
    }
    write_json(out, summary, "actor_summary")
    note_progress(out.parent, len(plans))


def note_progress(plans: Path, total: int | None = None) -> None:
    """Write ``progress.json`` in the folder ``plans``: how many actors have a plan, which failed, how many are to come.

    Called after each plan, so that it holds after Ctrl+C too. ``total`` is taken over from the last time where it is not given.
    """
    place = plans / "progress.json"
    before: dict[str, Any] = read_json(place) if place.exists() else {"total": None}
    plans.mkdir(parents=True, exist_ok=True)
    done: list[str] = []
    failed: list[str] = []
    with os.scandir(plans) as found:
        for one in found:
            if one.name.endswith(SUFFIX) and not one.name.startswith("."):
                (done if one.stat().st_size > ABSENT else failed).append(one.name.removesuffix(SUFFIX))
    known = before["total"] if total is None else total
    data = {
        "total": known,
        "done": len(done),
        "failed": sorted(failed),
        "to_come": max(0, known - len(done) - len(failed)) if known is not None else None,
        "updated": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    write_json(place, data, "actor_progress")
