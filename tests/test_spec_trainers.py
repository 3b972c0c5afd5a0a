"""What the spec says of trainers: every fault with its key, value and the nearest valid name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from test_spec import changed, problems

from reelwright.spec.load import load_spec

NAMES = "diffsynth, musubi, diffusion-pipe, finetrainers, ai-toolkit, videofolder, imagefolder, webdataset"
FIVE_B = {"packages__smoke__model": "wan2.2-ti2v-5b", "packages__smoke__size": [1280, 704]}

WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "unknown trainer": (
        changed(packages__smoke__trainers=["diffsynth", "musubi-tuner"]),
        f"packages.smoke.trainers.1 is \"musubi-tuner\": expected one of {NAMES}; did you mean 'musubi'?",
    ),
    "no trainer": (changed(packages__smoke__trainers=[]), "packages.smoke.trainers is []: expected at least 1 of them"),
    "a trainer twice": (
        changed(packages__smoke__trainers=["musubi", "musubi"]),
        "packages.smoke.trainers is musubi: stands there twice",
    ),
    "a trainer of another model": (
        changed(**FIVE_B, packages__smoke__trainers=["musubi"]),
        "packages.smoke.trainers is musubi: doesn't train wan2.2-ti2v-5b, only wan2.2-t2v-a14b, wan2.2-i2v-a14b",
    ),
    "a loader of pictures": (
        changed(packages__smoke__trainers=["imagefolder"]),
        "packages.smoke.trainers is imagefolder: takes pictures only, and a package of the lane video holds videos; "
        "did you mean 'videofolder'?",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_one_clear_message(case: str, tmp_path: Path) -> None:
    data, message = WRONG[case]
    assert problems(tmp_path, data) == [message]


def test_diffsynth_is_what_is_meant_without_a_word(tmp_path: Path) -> None:
    file = tmp_path / "spec.yaml"
    file.write_text(yaml.safe_dump(changed()))
    assert load_spec(file).packages["smoke"].trainers == ["diffsynth"]
    file.write_text(yaml.safe_dump(changed(**FIVE_B, packages__smoke__trainers=["ai-toolkit", "webdataset"])))
    assert load_spec(file).packages["smoke"].trainers == ["ai-toolkit", "webdataset"]
