"""What the review page shows beside the clips of an episode: plates, names, variants, actors, as the build writes them."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from test_actor_plans import image, images, planned

from reelwright.actors.composite import write_composite
from reelwright.files import write_json
from reelwright.identity.anchors import COLUMNS as ANCHOR_COLUMNS

SHA = "a" * 64
ACTOR = "0000_x_30_male"

ENTRY: dict[str, Any] = {
    "wiki_name": "Compowder", "production_names": [], "assets": [], "confidence": "low", "item": "gadgets/Compowder",
    "sha256": SHA, "group": "gadgets", "character": None, "dictionary": "props", "episodes": [], "season_wide": False,
    "how": "none", "score": 80.0, "margin": 4.0, "review": ["nothing is called so"],
    "candidates": [{"id": "prop.compowder", "name": "compowder", "score": 80.0}],
}  # fmt: skip
"""A name of the wiki."""

OLD: dict[str, Any] = {
    "episode_id": "v7", "episode_names": ["Over"], "sha256": SHA, "production_episode": None, "grade": "low",
    "how": "none", "score": 60.0, "margin": 1.0, "proposals": ["07", "08"], "clips": 12, "review": ["its name fits none"],
}  # fmt: skip
"""An old episode."""

PLATE: dict[str, Any] = dict.fromkeys(ANCHOR_COLUMNS, "") | {
    "plate_id": "trio/IDA.psd", "set": "trio", "character": "Ida", "plate": "none.png", "source_sha256": SHA,
    "verdict": "TRAIN", "decided_by": "vlm", "tightened": "False", "confidence": "0.8", "reasons": "small labels",
}  # fmt: skip
"""A plate; its picture is not there."""


def written(path: Path, data: dict[str, Any]) -> Path:
    """``data`` as JSON in ``path``."""
    write_json(path, data)
    return path


def plates(path: Path, *rows: dict[str, Any]) -> Path:
    """The reviews of plates."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, ANCHOR_COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return path


def variants(folder: Path, number: str) -> dict[str, Any]:
    """An alternate master that was not compared; ``number`` is the digit of its sha256. As a season has it."""
    alternate = {"source_id": "ep01.other", "verdict": "pending", "reason": "it was not scanned", "comparison": None}
    data = {"episode": "01", "canonical": "ep01.one", "alternates": [alternate]}
    probes = {name: written(folder / f"{name}.json", {"sha256": number * 64}) for name in ("ep01.one", "ep01.other")}
    return {"variants": {"01": written(folder / "ep01_variants.json", data)}, "probes": probes}


def actor(folder: Path, fewer: int = 0) -> dict[str, Any]:
    """An actor with 22 images, one of them bad, and its plan without its first operations, ``fewer`` of them."""
    found = [*images(13, 5, 3), image(30, "bw_stylized", 2)]
    shown = [{**one, "cell": number} for number, one in enumerate(found, 1)]
    plan = planned(found)
    plan = {**plan, "operations": plan["operations"][fewer:]}
    evaluation = {"images": shown, "model": None, "backend": "measured"}
    return {
        "plans": {ACTOR: written(folder / "plan.json", plan)},
        "evaluations": {ACTOR: written(folder / "evaluation.json", evaluation)},
    }


def every_kind(results: Path) -> dict[str, Any]:
    """One thing of each kind that is no clip. As a season has it."""
    folder = results / "made"
    folder.mkdir()
    composite = results / "actors" / "evaluation" / f"{ACTOR}_composite.jpg"
    composite.parent.mkdir(parents=True)
    write_composite(composite, [np.full((200, 200, 3), 9 * number, np.uint8) for number in range(22)])
    Image.new("RGB", (60, 90), "teal").save(results / PLATE["plate"])
    return {
        "anchors": plates(folder / "reviews.csv", PLATE),
        "crosswalk": written(folder / "crosswalk.json", {"entries": [ENTRY]}),
        "numbering": written(folder / "numbering.json", {"episodes": [OLD]}),
        **variants(folder, "1"),
        **actor(folder),
    }
