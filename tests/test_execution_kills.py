"""kill -9 between any two steps of execution and rollback: the same command finishes, no loss, nothing paid twice."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from executing import A, Killer, Stage, bucket_server, killer
from faulty_bucket import FaultyBucket
from generation_standin import GenerationServer

from reelwright.digest import file_sha256

PHOTO, GREY, COLOUR = "photorealistic", "bw_stylized", "color_stylized"

kills = pytest.fixture(killer)

pytestmark = pytest.mark.slow


ALL = bool(os.environ.get("REELWRIGHT_ALL_KILLS"))
"""Whether to kill everywhere: minutes more. Otherwise execution with a plain bucket is killed at every step, and rollback at
every fifth."""

MORE = [""] if ALL else []
"""No bucket at all; one that keeps versions goes with it."""


@pytest.fixture
def server() -> Iterator[GenerationServer]:
    with GenerationServer(size=(520, 390)) as started:
        yield started


s3 = pytest.fixture(bucket_server)


class Held:
    """What is held of an actor: files and objects by name, byte for byte."""

    def __init__(self, stage: Stage, s3: FaultyBucket | None, actor: str = A) -> None:
        bucket = stage.given.settings.bucket
        found = sorted(path for path in stage.training(actor).iterdir())
        self.files = {path.name: file_sha256(path) for path in found}
        self.objects: dict[str, bytes] = {}
        if s3 is not None and bucket is not None:
            prefix = bucket.prefix_of(actor)
            self.objects = {key.removeprefix(prefix): data for key, data in s3.objects("studio", prefix).items()}
            assert self.objects.keys() == set(stage.files(actor))
            assert all(self.objects[name] == (stage.training(actor) / name).read_bytes() for name in self.objects)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Held) and (self.files, self.objects) == (other.files, other.objects)

    __hash__ = None  # type: ignore[assignment]


def prepared(folder: Path, server: GenerationServer, s3: FaultyBucket | None) -> Stage:
    """An actor with an image to be deleted and one to be made, on an empty disk."""
    if folder.exists():
        shutil.rmtree(folder)
    prefix = f"kill-{random.randbytes(6).hex()}/{{actor}}/training_data/"
    bucket = {"name": "studio", "endpoint": s3.url, "prefix": prefix} if s3 else None
    stage = Stage(folder, server, bucket=bucket)
    stage.add(A, [PHOTO] * 2)
    if s3 is not None:
        stage.upload(A, s3)
    stage.plan(A, [1], [PHOTO])
    return stage


def consistent(stage: Stage, s3: FaultyBucket | None, before: Held) -> None:
    """No file lost, none overwritten; folder, manifest and bucket agree; as the plan said."""
    files = stage.files(A)
    assert files[f"{A}_0.jpg"] == before.files[f"{A}_0.jpg"] and set(files) == {f"{A}_0.jpg", f"{A}_2.jpg"}
    assert stage.trash(A)[f"{A}_1.jpg"] == before.files[f"{A}_1.jpg"]
    entries = {one["file"]: one for one in stage.manifest(A)["images"]}
    assert set(entries) == set(files) and entries[f"{A}_2.jpg"]["rest"]["sha256"] == files[f"{A}_2.jpg"]
    assert all(one["url"] for one in entries.values()) == bool(s3)
    assert set(Held(stage, s3).files) == {*files, "manifest.json"}, "nothing is left half done"
    assert not list((stage.data / "execution").glob("staged/*/*"))


@pytest.mark.parametrize("bucket", ["plain", *MORE, *(["versioned"] if MORE else [])])
def test_execution_finishes_wherever_it_was_killed(
    tmp_path: Path, server: GenerationServer, s3: FaultyBucket, kills: Killer, bucket: str
) -> None:
    used = s3 if bucket else None
    s3.create("studio", versioned=bucket == "versioned")
    kill_at, ended = 0, None
    while ended is None:
        kill_at += 1
        stage = prepared(tmp_path / "again", server, used)
        before, paid = Held(stage, used), server.payments
        killed = kills.run(stage, kill_at)
        ended = killed["ended"]
        again = kills.run(stage)
        assert again["ended"] == 0, (killed, again)
        consistent(stage, used, before)
        costs = stage.costs()
        assert server.payments - paid == sum(costs.values()) == 1 and costs["kept"] == 1, (killed, costs)
    assert kill_at > 20


@pytest.mark.parametrize("bucket", ["plain", *MORE])
def test_rollback_brings_back_every_byte_wherever_either_was_killed(
    tmp_path: Path, server: GenerationServer, s3: FaultyBucket, kills: Killer, bucket: str
) -> None:
    used = s3 if bucket else None
    s3.create("studio")
    kill_at, ended = 0, None
    while ended is None:
        kill_at += 1 if ALL else 5
        stage = prepared(tmp_path / "again", server, used)
        before = Held(stage, used)
        killed = kills.run(stage, kill_at)
        ended = killed["ended"]
        # Every other rollback is killed as well.
        undone = [kills.run(stage, at, "rollback") for at in (*([kill_at // 2] if kill_at % 2 else []), 0)][-1]
        assert undone["ended"] == 0, (killed, undone)
        assert Held(stage, used) == before, killed
    again = kills.run(stage)
    assert again["ended"] == 0 and f"{A}_3.jpg" in stage.files(A), "names of what was undone are not used again"
    kill_at, ended = 0, None
    while ended is None:
        kill_at += 1 if ALL else 5
        stage = prepared(tmp_path / "again", server, used)
        before = Held(stage, used)
        assert kills.run(stage)["ended"] == 0
        killed = kills.run(stage, kill_at, "rollback")
        ended = killed["ended"]
        undone = kills.run(stage, what="rollback")
        assert undone["ended"] == 0 and Held(stage, used) == before, (killed, undone)
    assert kill_at > 8
