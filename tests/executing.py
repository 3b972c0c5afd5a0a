"""Actors with plans to carry out, on a disk of their own, and a process in which execution is killed between any two steps."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from acting import deliver, encoded, scene
from conftest import ROOT
from faulty_bucket import FaultyBucket
from generation_standin import GenerationServer

from reelwright.actors.classes import CLASSES
from reelwright.actors.execution.execute import actors_execute
from reelwright.actors.execution.given import Given
from reelwright.actors.execution.journal import Journal, Run
from reelwright.actors.prompts import read_prompts
from reelwright.digest import file_sha256
from reelwright.files import check, read_json, write_json
from reelwright.spec.actors import Actors
from reelwright.spec.model import Budget

A, B, C = "0000_european_16_male", "0001_asian_34_female", "0002_african_51_male"

GRAY = {"bw_stylized"}


class Stage:
    """A folder of actors, their plans, and where the reports go."""

    def __init__(self, folder: Path, server: GenerationServer | None = None, **more: Any) -> None:
        """``more`` are keys of `actors.generate`; ``bucket`` the part `actors.bucket`, ``budget`` the project's in money."""
        self.folder = folder
        self.data = folder / "data"
        bucket, budget = more.pop("bucket", None), more.pop("budget", 100.0)
        self.settle_s = more.pop("settle_s", 0.0)
        asked = {"price": 0.04, "poll_s": 0.01, **({"base_url": server.url} if server else {}), **more}
        self.actors = {"folder": str(self.data), "generate": asked, **({"bucket": bucket} if bucket else {})}
        self.budget = budget

    def settings(self) -> dict[str, Any]:
        """All that another process needs to make ``given``."""
        return {"folder": str(self.folder), "actors": self.actors, "budget": self.budget, "settle_s": self.settle_s}

    @property
    def given(self) -> Given:
        return given_of(self.settings())

    def add(self, actor: str, images: Sequence[str], **more: Any) -> None:
        """An actor with an image of each class in ``images``, a base image, and whatever files ``more`` has by name."""
        first = sum(map(ord, actor)) * 100
        files = {
            f"{actor}_{number}.jpg": encoded(scene(first + number, gray=name in GRAY))
            for number, name in enumerate(images)
        }
        names = [one.name for one in (self.data / "actors").iterdir()] if (self.data / "actors").exists() else []
        deliver(self.data, {actor: {**files, **more}}, [{"name": name} for name in [*names, actor]])
        base = self.data / "actors" / actor / "base_image" / f"{actor}_base.png"
        base.parent.mkdir()
        base.write_bytes(encoded(scene(first + 99), "PNG"))

    def training(self, actor: str) -> Path:
        return self.data / "actors" / actor / "training_data"

    def plan(self, actor: str, delete: Sequence[int] = (), generate: Sequence[str] = (), **changes: Any) -> Path:
        """A plan that deletes images by their index and generates one of each class in ``generate``."""
        names = sorted(one.name for one in self.training(actor).iterdir() if one.suffix == ".jpg")
        shas = {name: file_sha256(self.training(actor) / name) for name in names}
        prompts = {name: [one for one in read_prompts() if one.category == name] for name in CLASSES}
        operations: list[dict[str, Any]] = []
        for number in delete:
            file = f"{actor}_{number}.jpg"
            about = {"file": file, "sha256": shas[file], "class": "photorealistic", "quality": 3}
            operations.append(
                {"operation": "delete", **about, "why": "low_quality", "reason": "quality 3 is less than 5"}
            )
        for number, name in enumerate(generate):
            prompt = prompts[name][number % len(prompts[name])]
            about = {"class": name, "prompt_id": prompt.id, "prompt_number": prompt.number}
            text = prompt.text("this person")
            operations.append(
                {"operation": "generate", **about, "prompt": text, "reason": "one is short of the target"}
            )
        zero = dict.fromkeys(CLASSES, 0)
        images = [
            {"file": name, "sha256": sha, "class": "photorealistic", "quality": 7, "origin": "model"}
            for name, sha in shas.items()
        ]
        plan = {
            "actor": actor, "descriptor": "person", "state": "actions" if operations else "balanced",
            "target": {"group": None, "total": 20, "counts": zero, "tolerance": 10.0, "min_quality": 5},
            "images": images, "now": {**zero, "unknown": 0, "replaced": 0}, "then": zero,
            "operations": [{**one, "rests_on_unknown": False} for one in operations],
            "delete": len(delete), "generate": zero, "undecided": None, "calls": len(generate), "model": "m", "price": None,
            "currency": "USD", "reasons": [], 
            "decisions": {"applied": [], "stale": [], "unknown": []}, "disagreements": [], **changes,
        }  # fmt: skip
        check(plan, "action_plan", "plan")
        path = self.given.plans / f"{actor}_action_plan.json"
        write_json(path, plan)
        return path

    def upload(self, actor: str, s3: FaultyBucket) -> None:
        """Put the actor's images into the bucket of the settings, and write a manifest that tells of it."""
        bucket = self.given.settings.bucket
        assert bucket is not None
        rows, blank = [], dict.fromkeys(("prompt", "prompt_id", "class", "seed", "model", "source"))
        for path in sorted(self.training(actor).glob("*.jpg")):
            key = f"{bucket.prefix_of(actor)}{path.name}"
            s3.client().put_object(Bucket=bucket.name, Key=key, Body=path.read_bytes())
            rows.append(
                {"file": path.name, **blank, "url": f"{s3.url}/{bucket.name}/{key}", "rest": {}, "origin": "found"}
            )
        told = {"version": 1, "actor": actor, "next_index": len(rows), "images": rows, "without_file": []}
        check(told, "training_manifest", "manifest")
        write_json(self.training(actor) / "manifest.json", told)

    def run(self, mode: str | None = "execute", actors: object = None, **more: Any) -> None:
        """Execute, in this process."""
        actors_execute(self.given, mode, actors, **more)

    def report(self, actor: str) -> Any:
        return read_json(self.given.out / f"{actor}.json")

    def manifest(self, actor: str) -> Any:
        return read_json(self.training(actor) / "manifest.json")

    def files(self, actor: str) -> dict[str, str]:
        """sha256 of the images in the folder, by name."""
        found = sorted(self.training(actor).glob("*.jpg"))
        return {one.name: file_sha256(one) for one in found}

    def trash(self, actor: str) -> dict[str, str]:
        """sha256 of what lies in the trash, by name."""
        found = sorted((self.data / "execution" / "trash" / actor).rglob("*"))
        return {one.name: file_sha256(one) for one in found if one.is_file()}

    def runs(self) -> list[Run]:
        return Journal(self.given.places.journal).runs

    def costs(self) -> dict[str, int]:
        """What the reports say of calls that were paid for, in sum."""
        total = dict.fromkeys(("kept", "rejected", "lost", "uncertain"), 0)
        for run in self.runs():
            calls = self.report(run.actor)["calls"]
            total = {key: total[key] + calls[key] for key in total}
        return total


def given_of(settings: Mapping[str, Any], **more: Any) -> Given:
    """What execution draws on, from ``Stage.settings``."""
    folder = Path(settings["folder"])
    budget = None if settings["budget"] is None else Budget(money=settings["budget"])
    return Given(
        Actors.model_validate(settings["actors"]), budget, folder / "ledger", folder / "plans", folder / "out",
        folder / "decisions.csv",
        settle_s=settings["settle_s"], **more,
    )  # fmt: skip


KEYS = {"AWS_ACCESS_KEY": "AKIDTEAM", "AWS_ACCESS_SECRET": "team-secret", "REPLICATE_API_TOKEN": "r8_test"}
"""What the environment holds for servers to take."""


class Killer:
    """A process with everything loaded that forks for each execution, and has the fork killed at a step."""

    def __init__(self, **environment: str) -> None:
        import os

        words = [sys.executable, str(Path(__file__).with_name("execution_child.py"))]
        paths = f"{ROOT / 'scripts'}:{ROOT / 'tests'}"
        self._process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment, "PYTHONPATH": paths},
        )

    def run(self, stage: Stage, kill_at: int | str = 0, what: str = "execute", **more: Any) -> dict[str, Any]:
        """``ended`` (exit code, None where it was killed), ``steps`` it made, ``said`` where it failed; 0 kills at no step."""
        assert self._process.stdin and self._process.stdout
        asked = {"what": what, "settings": stage.settings(), "kill_at": kill_at, "more": more}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        return found

    def __enter__(self) -> Killer:
        return self

    def __exit__(self, *error: object) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()


def killer() -> Iterator[Killer]:
    """For fixtures."""
    with Killer(**KEYS) as started:
        yield started


def generation_server() -> Iterator[GenerationServer]:
    """For fixtures."""
    with GenerationServer() as started:
        yield started


def bucket_server() -> Iterator[FaultyBucket]:
    """For fixtures."""
    with FaultyBucket() as started:
        yield started


def set_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """For fixtures: the variables that hold the keys."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
