"""A package to train on, planned and allowed, for tests of what trains on it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trainer_standin

from package_inputs import package as settings_of
from reelwright.digest import file_sha256
from reelwright.files import read_json, write_json, write_jsonl
from reelwright.spec.model import Package
from reelwright.spec.training import Training
from reelwright.training.gate import Before, allow_training
from reelwright.training.launch import plan_training
from reelwright.training.train import train_package


def write_package(folder: Path, counts: tuple[int, ...] = (33, 25, 33), words: str = "a moss ball") -> None:
    """Rows, media and provenance of a package, as far as training looks at them."""
    rows, known = [], []
    for number, count in enumerate(counts):
        clip_id = f"ep01_{100 * number:06d}_{100 * number + count:06d}"
        video = folder / "media" / f"{clip_id}.mp4"
        video.parent.mkdir(parents=True, exist_ok=True)
        video.write_bytes(f"film {number}".encode())
        rows.append({"video": f"media/{clip_id}.mp4", "prompt": words, "clip_id": clip_id, "num_frames": count})
        known.append({"clip_id": clip_id, "media_sha256": file_sha256(video)})
    write_jsonl(folder / "metadata.jsonl", rows)
    write_json(folder / "PROVENANCE.json", {"rows": known})


@dataclass(frozen=True)
class Project:
    """Packages below a folder, with a checkout of the trainer."""

    folder: Path

    @property
    def checkout(self) -> Path:
        return self.folder / "DiffSynth-Studio"

    def training(self, **values: Any) -> Training:
        """How the stand-in is run: three epochs, unless told otherwise."""
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        return Training.model_validate(
            {
                "trainer_folder": str(self.checkout),
                "env": {"PATH": path, "HF_TOKEN": "secret-1234"},
                **values,
                "flags": {"num_epochs": 3, **values.get("flags", {})},
            }
        )

    def package(self, name: str) -> Path:
        return self.folder / "results" / "packages" / name

    def out(self, name: str) -> Path:
        return self.folder / "results" / "training" / name

    def plan(self, name: str, settings: Package | None = None, **values: Any) -> dict[str, Any]:
        """The launch of a package."""
        plan_training(
            self.package(name),
            self.out(name) / "launch.json",
            name=name,
            settings=(settings or settings_of()).model_dump(),
            training=self.training(**values),
            here=self.folder,
            weights=self.out(name) / "runs",
        )
        launch: dict[str, Any] = read_json(self.out(name) / "launch.json")
        return launch

    def allow(self, name: str, first: str | None = None, **values: Any) -> dict[str, Any]:
        """Leave to train on a package."""
        before = Before(first, self.package(first), self.out(first) / "record.json") if first else None
        allow_training(self.out(name) / "allowed.json", name=name, training=self.training(**values), before=before)
        gate: dict[str, Any] = read_json(self.out(name) / "allowed.json")
        return gate

    def train(self, name: str, **values: Any) -> dict[str, Any]:
        """Train on a package; its record."""
        train_package(
            self.out(name) / "record.json",
            name=name,
            package=self.package(name),
            launch=self.out(name) / "launch.json",
            gate=self.out(name) / "allowed.json",
            training=self.training(**values),
        )
        record: dict[str, Any] = read_json(self.out(name) / "record.json")
        return record


def project(folder: Path, *packages: str) -> Project:
    """A project with these packages, the first of which may be trained on at once."""
    made = Project(folder)
    trainer_standin.install(folder)
    for name in packages:
        write_package(made.package(name))
        made.plan(name)
    made.allow(packages[0])
    return made
