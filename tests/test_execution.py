"""Execution: what is done, in which order, what is refused, and what stays as it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from executing import A, B, Stage, generation_server
from generation_standin import GenerationServer

from reelwright.actors.execution.rollback import actors_rollback
from reelwright.errors import BuildError, SpecError
from reelwright.files import read_json
from reelwright.lock import held

PHOTO, GREY, COLOUR = "photorealistic", "bw_stylized", "color_stylized"


server = pytest.fixture(generation_server)


@pytest.fixture
def stage(tmp_path: Path, server: GenerationServer) -> Stage:
    """Two actors: one has two images too many and lacks two, the other lacks one."""
    made = Stage(tmp_path, server)
    made.add(A, [PHOTO] * 4)
    made.add(B, [PHOTO] * 2)
    made.plan(A, [1, 3], [PHOTO, GREY])
    made.plan(B, [], [COLOUR])
    return made


def test_a_dry_run_says_what_execution_does_in_its_order_and_changes_nothing(
    stage: Stage, server: GenerationServer, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.read_bytes() for path in stage.data.rglob("*") if path.is_file()}
    stage.run(None)
    said = capsys.readouterr().out
    assert {path: path.read_bytes() for path in stage.data.rglob("*") if path.is_file()} == before
    assert server.requests == {} and not (stage.data / "execution").exists()
    lines = [line.split(" (")[0] for line in said.splitlines() if line.startswith((A, B)) and "manifest" not in line]
    assert lines == [
        f"{A}: 1. delete {A}_1.jpg", f"{A}: 2. delete {A}_3.jpg", f"{A}: 3. generate {A}_4.jpg", f"{A}: 4. generate {A}_5.jpg",
        f"{B}: 1. generate {B}_2.jpg",
    ]  # fmt: skip
    assert "2 actors: 2 deletions, 3 images for 0.12 USD; nothing was done" in said
    assert stage.report(A)["state"] == "would_do" and stage.report(A)["run"] is None
    stage.run()
    began = [
        (row["actor"], row["number"])
        for path in sorted((stage.data / "execution" / "journal").glob("*.jsonl"))
        for row in map(json.loads, path.read_text().splitlines())
        if row["event"] == "begin"
    ]
    assert began == [(A, 1), (A, 2), (A, 3), (A, 4), (B, 1)]


def test_files_and_manifest_are_what_the_plan_said(stage: Stage, server: GenerationServer) -> None:
    before = stage.files(A)
    stage.run()
    files = stage.files(A)
    assert set(files) == {f"{A}_{number}.jpg" for number in (0, 2, 4, 5)}
    assert files[f"{A}_0.jpg"] == before[f"{A}_0.jpg"]
    assert stage.trash(A) == {name: before[name] for name in (f"{A}_1.jpg", f"{A}_3.jpg")}
    manifest = stage.manifest(A)
    assert {one["file"] for one in manifest["images"]} == set(files) and manifest["next_index"] == 6
    made = next(one for one in manifest["images"] if one["file"] == f"{A}_4.jpg")
    asked = {one.input["seed"]: one for one in server.predictions.values()}[made["seed"]]
    assert (made["prompt"], made["origin"], made["url"]) == (asked.input["prompt"], "generated", None)
    assert made["model"] == "black-forest-labs/flux-kontext-pro" and made["rest"]["sha256"] == files[f"{A}_4.jpg"]
    assert stage.report(A)["state"] == "done" and server.payments == 3
    assert stage.costs() == {"kept": 3, "rejected": 0, "lost": 0, "uncertain": 0}
    progress = read_json(stage.given.out / "progress.json")
    assert (progress["total"], progress["done"], progress["ended"]) == (5, 5, True)
    assert progress["spent"] == pytest.approx(0.12)
    stage.run()
    assert server.payments == 3 and stage.files(A) == files, "what is done is not done again"


def test_each_half_can_be_done_alone(stage: Stage, server: GenerationServer) -> None:
    stage.run("delete-only", "0")
    assert set(stage.files(A)) == {f"{A}_0.jpg", f"{A}_2.jpg"} and server.payments == 0
    assert [one["state"] for one in stage.report(A)["operations"]] == [
        "done",
        "done",
        "not_in_this_mode",
        "not_in_this_mode",
    ]
    stage.run("generate-only", A)
    assert set(stage.files(A)) == {f"{A}_{number}.jpg" for number in (0, 2, 4, 5)} and len(stage.runs()) == 1
    assert set(stage.files(B)) == {f"{B}_0.jpg", f"{B}_1.jpg"}, "only the chosen actor is touched"


def test_names_are_never_used_again(stage: Stage) -> None:
    stage.run()
    (stage.training(A) / f"{A}_5.jpg").unlink()
    (stage.training(A) / "manifest.json").unlink()
    stage.plan(A, [4], [PHOTO])
    stage.run()
    assert f"{A}_6.jpg" in stage.files(A) and f"{A}_5.jpg" not in stage.files(A)
    assert stage.manifest(A)["next_index"] == 7


def test_a_second_execution_refuses_and_says_who_holds_the_lock(stage: Stage) -> None:
    said = r"another execution .* is running: process \d+ on .*, since 20"
    with held(stage.given.places.lock, "x"), pytest.raises(BuildError, match=said):
        stage.run()
    assert len(stage.files(A)) == 4


def test_wrong_modes_and_actors_are_named_with_the_nearest(stage: Stage) -> None:
    with pytest.raises(SpecError, match="did you mean 'execute'"):
        stage.run("exekute")
    with pytest.raises(SpecError, match="is 7: is no actor with images"):
        stage.run("execute", "7")


def test_an_actor_whose_only_image_was_deleted_still_gets_its_new_ones(
    tmp_path: Path, server: GenerationServer
) -> None:
    stage = Stage(tmp_path, server)
    stage.add(A, [PHOTO])
    stage.plan(A, [0], [PHOTO])
    stage.run("delete-only")
    assert stage.files(A) == {}
    stage.run("generate-only")
    assert set(stage.files(A)) == {f"{A}_1.jpg"} and stage.report(A)["state"] == "done"


def test_what_was_begun_goes_on_whatever_plan_there_is_unless_told_otherwise(
    stage: Stage, server: GenerationServer
) -> None:
    stage.run("delete-only", A)
    stage.plan(A, [], [COLOUR])
    stage.run(None, A)
    assert [one["state"] for one in stage.report(A)["operations"]] == ["done", "done", "to_do", "to_do"]
    stage.run("execute", A, run="new")
    assert [one.state for one in stage.runs()] == ["superseded", "open"]
    assert set(stage.files(A)) == {f"{A}_{number}.jpg" for number in (0, 2, 6)} and server.payments == 1
    with pytest.raises(SpecError, match="expected `new`, or nothing"):
        stage.run("execute", A, run="x")


def test_a_plan_that_was_never_begun_gives_way_to_the_next(stage: Stage, server: GenerationServer) -> None:
    server.key = "another"
    with pytest.raises(BuildError, match="refuses access"):
        stage.run("generate-only", A)
    server.key = None
    stage.plan(A, [1], [])
    stage.run("execute", A)
    assert len(stage.files(A)) == 3 and server.payments == 0 and stage.report(A)["state"] == "done"


def test_legacy_metadata_becomes_the_manifest_and_comes_back_with_a_rollback(stage: Stage) -> None:
    entries = {f"{B}_0.jpg": {"prompt": "in a boat", "seed": 7}}
    (stage.training(B) / "prompt_metadata.json").write_text(json.dumps(entries))
    stage.run("execute", B)
    rows = {one["file"]: one for one in stage.manifest(B)["images"]}
    assert rows[f"{B}_0.jpg"]["seed"] == 7 and rows[f"{B}_2.jpg"]["origin"] == "generated"
    actors_rollback(stage.given, "execute", B)
    assert not (stage.training(B) / "manifest.json").exists() and len(stage.files(B)) == 2


def test_another_programs_manifest_comes_back_byte_for_byte(stage: Stage) -> None:
    foreign = b'{"images": [{"filename": "' + f"{A}_1.jpg".encode() + b'", "prompt": "x"}], "by": "another program"}'
    path = stage.training(A) / "manifest.json"
    path.write_bytes(foreign)
    stage.run("execute", A)
    assert stage.manifest(A)["version"] == 1
    actors_rollback(stage.given, "execute", A)
    assert path.read_bytes() == foreign


def test_an_image_that_changes_after_its_plan_was_frozen_is_left_alone_by_both(
    stage: Stage, server: GenerationServer
) -> None:
    server.odds = {"refused": 1.0}
    with pytest.raises(BuildError, match="flagged as sensitive"):
        stage.run("generate-only", A)
    path = stage.training(A) / f"{A}_1.jpg"
    path.write_bytes(b"another")
    with pytest.raises(
        BuildError, match=f"delete {A}_1.jpg: .* is another image than the plan saw, and was left alone"
    ):
        stage.run("delete-only", A)
    assert set(stage.files(A)) == {f"{A}_{number}.jpg" for number in (0, 1, 2)}, "the other one was deleted"
    actors_rollback(stage.given, "execute", A)
    assert path.read_bytes() == b"another" and len(stage.files(A)) == 4


def test_a_rollback_whose_trash_was_cleared_touches_nothing(stage: Stage) -> None:
    stage.run("execute", A)
    for path in (stage.data / "execution" / "trash").rglob(f"{A}_3.jpg"):
        path.unlink()
    after = stage.files(A)
    with pytest.raises(
        BuildError, match=f"{A}_3.jpg can't be brought back, for the trash was emptied; nothing was undone"
    ):
        actors_rollback(stage.given, "execute", A)
    assert stage.files(A) == after and stage.runs()[0].state == "open"
