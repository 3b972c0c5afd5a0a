"""Exports in the hands of the trainers' and formats' own code, in an environment of its own (`make loaders`)."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from package_inputs import SIZE, Part, episode_input, package
from reelwright.digest import file_sha256
from reelwright.files import read_json, read_jsonl
from reelwright.packages.build import build_package
from reelwright.packages.trainers import Contents, Item, export_package
from reelwright.spec.model import TrainerName

PYTHON = Path(__file__).parents[1] / ".venv-loaders" / "bin" / "python"
SAID = 'Moss says: "Über uns!" \\ {braces}, # and: commas'
TRAINERS: list[TrainerName] = ["diffsynth", "finetrainers", "videofolder", "webdataset"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PYTHON.exists(), reason="the trainers' own loaders are not installed: `make loaders`"),
]


def load(cache: Path, loader: str, export: Path, **options: Any) -> list[dict[str, Any]]:
    """What a loader gives of an export."""
    words = [f"{name}={value}" for name, value in options.items()]
    run = subprocess.run(
        [PYTHON, Path(__file__).with_name("own_loaders.py"), loader, export, *words],
        env={"PATH": os.environ["PATH"], "HF_HUB_OFFLINE": "1", "HF_HOME": str(cache), "HOME": str(cache)},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    found: list[dict[str, Any]] = json.loads(run.stdout.splitlines()[-1])
    return found


def of_rows(rows: Sequence[dict[str, Any]]) -> list[tuple[str, int, list[list[int]]]]:
    """What must be loaded of the rows of ``metadata.jsonl``: prompt, frames and size of each, in any order."""
    return sorted((row["prompt"], row["num_frames"], [[row["width"], row["height"]]]) for row in rows)


def of_items(items: Sequence[dict[str, Any]]) -> list[tuple[str, int, list[list[int]]]]:
    return sorted((item["prompt"], item["frames"], item["sizes"]) for item in items)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package of clips with two frame counts."""
    folder = tmp_path_factory.mktemp("own loaders")
    made = episode_input(folder, "01", [Part(0, 50, prompt=SAID), Part(50, 92), Part(92, 112)])
    out = folder / "smoke"
    build_package(
        out,
        name="smoke",
        settings=package(trainers=TRAINERS),
        episodes=[made],
        rights="licensed",
        store=folder / "store",
        threads=1,
    )
    return out


class TestVideo:
    def test_diffsynth(self, built: Path, tmp_path: Path) -> None:
        rows = read_jsonl(built / "metadata.jsonl")
        width, height = SIZE
        most = max(row["num_frames"] for row in rows)
        items = load(
            tmp_path, "diffsynth", built / "metadata.jsonl", base=built, height=height, width=width, num_frames=most
        )
        assert of_items(items) == of_rows(rows)

    def test_finetrainers(self, built: Path, tmp_path: Path) -> None:
        items = load(tmp_path, "finetrainers", built / "trainers" / "finetrainers" / "training.json")
        assert of_items(items) == of_rows(read_jsonl(built / "metadata.jsonl"))

    def test_videofolder(self, built: Path, tmp_path: Path) -> None:
        items = load(tmp_path, "videofolder", built / "trainers" / "videofolder")
        rows = read_jsonl(built / "metadata.jsonl")
        assert {one["media"]: one["prompt"] for one in items} == {
            Path(row["video"]).name: row["prompt"] for row in rows
        }

    def test_webdataset(self, built: Path, tmp_path: Path) -> None:
        items = load(tmp_path, "webdataset", built / "trainers" / "webdataset" / "smoke-000000.tar")
        rows = {Path(row["video"]).name: row["prompt"] for row in read_jsonl(built / "metadata.jsonl")}
        assert {one["media"]: one["prompt"] for one in items} == rows
        for one in items:
            assert one["sha256"] == file_sha256(built / "media" / one["media"])

    def test_croissant(self, built: Path, tmp_path: Path) -> None:
        rows = read_jsonl(built / "metadata.jsonl")
        assert read_json(built / "croissant.json")["name"] == "smoke"
        # By way of pandas, digits become a number.
        assert load(tmp_path, "croissant", built / "croissant.json") == [
            {**row, "episode": int(row["episode"])} for row in rows
        ]


class TestPictures:
    SIZES = ((640, 480), (480, 640), (512, 512))

    @pytest.fixture
    def plates(self, tmp_path: Path) -> Path:
        out = tmp_path / "plates"
        (out / "media").mkdir(parents=True)
        items = []
        for number, (width, height) in enumerate(self.SIZES):
            picture = np.full((height, width, 3), 40 * number, np.uint8)
            assert cv2.imwrite(str(out / "media" / f"plate{number}.png"), picture)
            items.append(Item(f"plate{number}", f"media/plate{number}.png", f"Plate {number}.", 1, {"prop": number}))
        contents = Contents("plates", "image", "wan2.2-t2v-a14b", 1024, 1024, items, fixed=False)
        export_package(contents, out, ["imagefolder"])
        return out

    def test_imagefolder(self, plates: Path, tmp_path: Path) -> None:
        assert load(tmp_path, "imagefolder", plates / "trainers" / "imagefolder") == [
            {"prompt": f"Plate {number}.", "sizes": [list(size)]} for number, size in enumerate(self.SIZES)
        ]
