"""Actors on the review pages: all images of one with what is said of each, and the plan for its set."""

from __future__ import annotations

from typing import Any

from reelwright.actors.action_plan import plan_digest
from reelwright.files import read_json
from reelwright.review.items import Item, Kind, Part, Word
from reelwright.review.sources import Season

ACTORS = Kind(
    name="actors",
    title="Actors",
    domain="action_plans",
    words=[
        Word("approve", "Approve", "1", "t", "good", "The plan is as it should be."),
        Word("hold", "Hold", "3", "x", "bad", "The plan is not to be carried out as it stands."),
    ],
    about="Not applied by a build: plans are carried out by a command of its own, which refuses one on hold. What is wrong "
    "about a single image goes into decisions/actors.csv. A word holds while images and plan are the same.",
    facets={"state": "State", "group": "Group", "class": "Classes", "defect": "Defects", "delete": "Deletes because"},
    sorts={
        "images": "Images",
        "delete": "Images to delete",
        "generate": "Images to generate",
        "quality": "Lowest quality",
    },
    applied=False,
)

CELL = 200
"""Width and height of a cell of the composite in pixels."""


def actor_part(season: Season) -> Part:
    """Every actor that has a plan."""
    items, missing = [], []
    for actor, path in season.plans.items():
        failed = season.failed(f"actor {actor}")
        if failed:
            missing.append(failed)
            continue
        items.append(_item(actor, read_json(path), read_json(season.evaluations[actor])))
    return Part(ACTORS, items, missing)


def _item(actor: str, plan: dict[str, Any], evaluation: dict[str, Any]) -> Item:
    composite = f"actors/evaluation/{actor}_composite.jpg"
    images, operations = evaluation["images"], plan["operations"]
    deletes = [one for one in operations if one["operation"] == "delete"]
    generates = sum(plan["generate"].values())
    qualities = [one["quality"] for one in images if one["quality"] is not None]
    question = plan["undecided"]["question"] if plan["undecided"] else ""
    return Item(
        item=actor,
        sha256=plan_digest(plan),
        title=actor,
        now=f"{plan['state']}: {len(deletes)} to delete, {generates} to generate",
        text="\n".join(_said(one) for one in images),
        facts=[
            ("Now", _counts(plan["now"])),
            ("Target", _counts(plan["target"]["counts"])),
            ("Then", _counts(plan["then"]) if plan["then"] else "not decided"),
            ("Asked", question),
            ("Delete", "; ".join(f"{one['file']} ({one['why'].replace('_', ' ')})" for one in deletes)),
            ("Generate", _counts(plan["generate"])),
            ("Reasons", "; ".join(plan["reasons"])),
            ("Differ", "; ".join(plan["disagreements"])),
            ("Model", str(evaluation["model"] or evaluation["backend"])),
        ],
        facets={
            "state": [plan["state"]],
            "group": [plan["target"]["group"]] if plan["target"]["group"] else [],
            "class": sorted({_name(one["class"]) for one in images}),
            "defect": sorted({_name(defect) for one in images for defect in one["defects"]}),
            "delete": sorted({one["why"].replace("_", " ") for one in deletes}),
        },
        sorts={
            "images": len(images),
            "delete": len(deletes),
            "generate": generates,
            **({"quality": min(qualities)} if qualities else {}),
        },
        thumb=(composite, 0, 0, CELL, CELL),
        pictures=[(composite, f"All images of {actor}")],
    )


def _said(image: dict[str, Any]) -> str:
    """An image's place in the composite, class, quality and defects."""
    if image["broken"] is not None:
        return f"{image['file']}: {image['broken']}"
    words = [_name(image["class"]), f"quality {image['quality']}" if image["quality"] is not None else "not scored"]
    words += [_name(defect) for defect in image["defects"]]
    return f"{image['cell']}. {image['file']}: {', '.join(words)}"


def _name(category: str | None) -> str:
    return (category or "unknown").replace("_", " ")


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {_name(name)}" for name, count in counts.items() if count) or "none"
