"""Execution with a bucket: file, object and entry together, both ways; what the audit finds and the repair mends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from executing import A, Stage, bucket_server, generation_server, set_keys
from faulty_bucket import FaultyBucket
from generation_standin import GenerationServer

from reelwright.actors.execution.audit import actors_audit
from reelwright.actors.execution.repair import actors_repair
from reelwright.actors.execution.rollback import actors_rollback
from reelwright.digest import file_sha256
from reelwright.errors import BuildError
from reelwright.files import read_json

PHOTO, GREY = "photorealistic", "bw_stylized"
FOLDER = f"custom-actors/{A}/training_data"


keys = pytest.fixture(set_keys, autouse=True)
server = pytest.fixture(generation_server)
s3 = pytest.fixture(bucket_server)


@pytest.fixture(params=["plain", "versioned"])
def stage(request: pytest.FixtureRequest, tmp_path: Path, server: GenerationServer, s3: FaultyBucket) -> Stage:
    """An actor of three images that the bucket has too, one of which is to be deleted and two to be made."""
    s3.create("studio", versioned=request.param == "versioned")
    made = Stage(tmp_path, server, bucket={"name": "studio", "endpoint": s3.url})
    made.add(A, [PHOTO] * 3)
    made.upload(A, s3)
    made.plan(A, [1], [PHOTO, GREY])
    return made


def together(stage: Stage, s3: FaultyBucket) -> bool:
    """Whether manifest = folder = bucket."""
    files = {path.name: path.read_bytes() for path in stage.training(A).glob("*.jpg")}
    objects = {key.rpartition("/")[2]: data for key, data in s3.objects("studio", FOLDER).items()}
    urls = {one["file"]: one["url"] for one in stage.manifest(A)["images"]}
    return files == objects and urls == {name: f"{s3.url}/studio/{FOLDER}/{name}" for name in files}


def images(stage: Stage, s3: FaultyBucket) -> dict[str, bytes]:
    """Everything in the actor's folder and under its prefix, byte for byte."""
    files = {path.name: path.read_bytes() for path in stage.training(A).iterdir()}
    return files | {f"s3:{key}": data for key, data in s3.objects("studio", FOLDER).items()}


def test_file_object_and_entry_go_and_come_together(stage: Stage, s3: FaultyBucket) -> None:
    before = images(stage, s3)
    stage.run()
    assert together(stage, s3) and set(stage.files(A)) == {f"{A}_{number}.jpg" for number in (0, 2, 3, 4)}
    with pytest.raises(BuildError, match="somebody has changed it since"):
        path = stage.training(A) / "manifest.json"
        text = path.read_text()
        path.write_text(text.replace('"version"', '"version" '))
        actors_rollback(stage.given, "execute", None)
    path.write_text(text)
    actors_rollback(stage.given, None, None)
    assert together(stage, s3) and f"{A}_3.jpg" in stage.files(A), "a dry run undoes nothing"
    actors_rollback(stage.given, "execute", None)
    assert images(stage, s3) == before
    assert {f"{A}_3.jpg", f"{A}_4.jpg"} <= set(stage.trash(A)), "what was made is not lost"
    assert stage.runs()[0].state == "undone"
    stage.run()
    assert together(stage, s3) and f"{A}_5.jpg" in stage.files(A), "and it can be done again, under new names"


def test_of_two_runs_the_later_one_is_undone_first(stage: Stage, s3: FaultyBucket) -> None:
    before = images(stage, s3)
    stage.run()
    between = images(stage, s3)
    stage.plan(A, [0, 3], [])
    stage.run()
    first, second = [one.run for one in stage.runs()]
    with pytest.raises(BuildError, match=f"run {second} came after {first}: undo that one first"):
        actors_rollback(stage.given, "execute", None, first)
    actors_rollback(stage.given, "execute", None, second)
    assert images(stage, s3) == between
    stage.plan(A, [0], [])
    stage.run()
    actors_rollback(stage.given, "execute", "0")
    assert images(stage, s3) == before, "all runs of an actor at once"


def test_without_credentials_entries_with_urls_are_an_error(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY")
    monkeypatch.delenv("AWS_ACCESS_SECRET")
    with pytest.raises(
        BuildError, match=r"3 entries of the manifest have S3 URLs .* set AWS_ACCESS_KEY and AWS_ACCESS_SECRET"
    ):
        stage.run()
    assert len(stage.files(A)) == 3


@pytest.mark.parametrize(
    ("settings", "odd", "said"),
    [
        ({"name": "nowhere"}, "", "nowhere"),
        ({"region": "eu-west-1"}, "", "us-west-1"),
        ({}, "denied", "refuses s3:ListBucket"),
    ],
)
def test_a_bucket_that_can_t_be_used_is_said_before_anything_is_done(
    tmp_path: Path, server: GenerationServer, s3: FaultyBucket, settings: dict[str, str], odd: str, said: str
) -> None:
    s3.create("studio")
    stage = Stage(tmp_path, server, bucket={"name": "studio", "endpoint": s3.url, **settings})
    stage.add(A, [PHOTO] * 2)
    stage.plan(A, [1], [PHOTO])
    s3.denied = {"LIST"} if odd else set()
    with pytest.raises(BuildError, match=said):
        stage.run()
    assert len(stage.files(A)) == 2 and stage.runs() == [] and server.payments == 0


def test_a_name_that_the_bucket_has_already_is_left_alone(stage: Stage, s3: FaultyBucket) -> None:
    key = f"{FOLDER}/{A}_3.jpg"
    s3.client().put_object(Bucket="studio", Key=key, Body=b"somebody's")
    stage.run()
    assert s3.objects("studio", key) == {key: b"somebody's"}
    assert set(stage.files(A)) == {f"{A}_{number}.jpg" for number in (0, 2, 4, 5)}
    actors_rollback(stage.given, "execute", None)
    assert s3.objects("studio", key) == {key: b"somebody's"}, "nor is it taken away"


def found(stage: Stage) -> dict[str, str]:
    """What the audit finds, by file."""
    actors_audit(stage.given, None)
    return {one["file"]: one["kind"] for one in read_json(stage.given.out / "audit.json")["findings"]}


def test_orphans_on_either_side_are_found_mended_and_unmended(stage: Stage, s3: FaultyBucket) -> None:
    assert found(stage) == {}
    client, training = s3.client(), stage.training(A)
    client.put_object(Bucket="studio", Key=f"{FOLDER}/{A}_8.jpg", Body=b"nobody's")
    client.delete_object(Bucket="studio", Key=f"{FOLDER}/{A}_2.jpg")
    (training / f"{A}_0.jpg").unlink()
    (training / f"{A}_7.jpg").write_bytes(b"no entry")
    manifest = stage.manifest(A)
    entry = manifest["images"][0]
    manifest["images"].append({**entry, "file": f"{A}_6.jpg", "url": None})
    (training / "manifest.json").write_text(json.dumps(manifest))
    broken = images(stage, s3)
    kinds = {
        f"{A}_0.jpg": "only_in_bucket", f"{A}_2.jpg": "file_without_object", f"{A}_6.jpg": "entry_without_file",
        f"{A}_7.jpg": "file_without_object", f"{A}_8.jpg": "object_without_entry",
    }  # fmt: skip
    assert found(stage) == kinds
    actors_repair(stage.given, None, None)
    assert found(stage) == kinds and images(stage, s3) == broken, "a dry run mends nothing"
    actors_repair(stage.given, "execute", None)
    assert found(stage) == {} and together(stage, s3)
    assert file_sha256(training / f"{A}_0.jpg") == stage.runs()[0].operations[0].frozen["sha256"]
    assert [one["file"] for one in stage.manifest(A)["without_file"]] == [f"{A}_6.jpg"]
    actors_rollback(stage.given, "execute", None)
    assert images(stage, s3) == broken


def test_objects_that_are_not_the_file_are_for_a_person(stage: Stage, s3: FaultyBucket) -> None:
    s3.client().put_object(Bucket="studio", Key=f"{FOLDER}/{A}_0.jpg", Body=b"other bytes")
    assert found(stage) == {f"{A}_0.jpg": "object_differs"}
    actors_repair(stage.given, "execute", None)
    assert found(stage) == {f"{A}_0.jpg": "object_differs"}
    assert s3.objects("studio", f"{FOLDER}/{A}_0.jpg") == {f"{FOLDER}/{A}_0.jpg": b"other bytes"}


def test_a_repair_between_two_halves_leaves_the_other_half_to_be_done(stage: Stage, s3: FaultyBucket) -> None:
    stage.run("delete-only")
    (stage.training(A) / f"{A}_9.jpg").write_bytes(b"no entry")
    actors_repair(stage.given, "execute", None)
    stage.run("generate-only")
    assert stage.report(A)["state"] == "done" and f"{A}_9.jpg" in stage.files(A) and len(stage.files(A)) == 5
    assert found(stage) == {}
