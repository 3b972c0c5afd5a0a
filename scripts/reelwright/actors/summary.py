"""All plans of actors in one: what there is, what would be done, what failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from reelwright.actors.classes import CLASSES, UNKNOWN
from reelwright.files import read_json, write_json

WHYS = ("broken", "low_quality", "duplicate", "surplus")
"""Why images are deleted."""


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
            **{why: whys[why] for why in WHYS},
        },
        "generate": {
            "total": sum(plan["calls"] for plan in made),
            **{name: sum(plan["generate"][name] for plan in made) for name in CLASSES},
        },
        "price": None if None in prices else round(sum(prices), 6),
        "currency": made[0]["currency"] if made else "USD",
        "disagreements": sum(len(plan["disagreements"]) for plan in made),
        "decisions": {
            name: sum(len(plan["decisions"][name]) for plan in made) for name in ("applied", "stale", "unknown")
        },
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
