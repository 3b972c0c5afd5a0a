"""Actors on the review pages: all images of one with the plan for its set; and each image with what is said of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reelwright.actors.action_plan import plan_digest
from reelwright.actors.classes import CLASSES
from reelwright.actors.composite import CELL, COLUMNS
from reelwright.actors.decided import CLASS, DUPLICATE, NONE, QUALITY
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
    "about a single image is decided under Actor images. A word holds while images and plan are the same.",
    facets={"state": "State", "group": "Group", "class": "Classes", "defect": "Defects", "delete": "Deletes because"},
    sorts={
        "images": "Images",
        "delete": "Images to delete",
        "generate": "Images to generate",
        "quality": "Lowest quality",
    },
    applied=False,
)

IMAGES = Kind(
    name="actor_images",
    title="Actor images",
    domain="actors",
    words=[
        Word(CLASS, "Class", "", "", "good", "The image is of this class.", "Class", CLASSES),
        Word(QUALITY, "Quality", "9", "q", "part", "Below what the plan asks for it is replaced.", "Quality, 1 to 10",
             tuple(map(str, range(1, 11)))),
        Word(DUPLICATE, "Same as", "0", "d", "plain", "It shows the same as another image, or as none.", "Shows the same as",
             (NONE,), "actor"),
    ],
    about="Class, quality and what an image shows the same as are decided apart from each other, and outweigh what a model, an "
    "import or a measurement says. They hold while the image is the same.",
    facets={"actor": "Actor", "class": "Class", "defect": "Defects", "delete": "Deleted because"},
    sorts={"quality": "Quality"},
    apart=True,
)  # fmt: skip


def actor_part(season: Season) -> Part:
    """Every actor that has a plan."""
    looked_at, missing = _looked_at(season)
    return Part(ACTORS, [_item(*one) for one in looked_at], missing)


def image_part(season: Season) -> Part:
    """Every image of these actors that can be opened."""
    looked_at, missing = _looked_at(season)
    return Part(IMAGES, [item for one in looked_at for item in _images(*one)], missing)


def _looked_at(season: Season) -> tuple[list[tuple[str, dict[str, Any], dict[str, Any]]], list[str]]:
    """Name, plan and evaluation of each actor, and why others have none."""
    found, missing = [], []
    for actor, path in season.plans.items():
        failed = season.failed(f"actor {actor}")
        if failed:
            missing.append(failed)
        else:
            found.append((actor, read_json(path), read_json(season.evaluations[actor])))
    return found, missing


def _item(actor: str, plan: dict[str, Any], evaluation: dict[str, Any]) -> Item:
    composite = _composite(actor)
    images, deletes = evaluation["images"], _deletes(plan)
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
            "delete": sorted({_name(one["why"]) for one in deletes}),
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


def _images(actor: str, plan: dict[str, Any], evaluation: dict[str, Any]) -> Iterator[Item]:
    deleted = {one["file"]: _name(one["why"]) for one in _deletes(plan)}
    for one in evaluation["images"]:
        if one["broken"] is not None:
            continue
        down, across = divmod(one["cell"] - 1, COLUMNS)
        why = deleted.get(one["file"])
        yield Item(
            item=f"{actor}/{one['file']}",
            sha256=one["sha256"],
            title=one["file"],
            now=f"{_words(one)}{f'; to be deleted: {why}' if why else ''}",
            facts=[
                ("Actor", actor),
                ("Said by", one["origin"]),
                ("Shows the same as", ", ".join(_doubles(one, evaluation["images"]))),
                ("Pixels", f"{one['width']} x {one['height']}"),
            ],
            facets={
                "actor": [actor],
                "class": [_name(one["class"])],
                "defect": [_name(defect) for defect in one["defects"]],
                "delete": [why] if why else [],
            },
            sorts={} if one["quality"] is None else {"quality": one["quality"]},
            thumb=(_composite(actor), across * CELL, down * CELL, CELL, CELL),
            choices=[(CLASS, name, _name(name)) for name in CLASSES],
        )


def _doubles(image: dict[str, Any], images: list[dict[str, Any]]) -> list[str]:
    group = image["duplicate_group"]
    return [one["file"] for one in images if group and one is not image and one["duplicate_group"] == group]


def _composite(actor: str) -> str:
    return f"actors/evaluation/{actor}_composite.jpg"


def _deletes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in plan["operations"] if one["operation"] == "delete"]


def _said(image: dict[str, Any]) -> str:
    """An image's place in the composite, class, quality and defects."""
    if image["broken"] is not None:
        return f"{image['file']}: {image['broken']}"
    return f"{image['cell']}. {image['file']}: {_words(image)}"


def _words(image: dict[str, Any]) -> str:
    """Class, quality and defects of an image."""
    quality = f"quality {image['quality']}" if image["quality"] is not None else "not scored"
    return ", ".join([_name(image["class"]), quality, *map(_name, image["defects"])])


def _name(category: str | None) -> str:
    return (category or "unknown").replace("_", " ")


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {_name(name)}" for name, count in counts.items() if count) or "none"
