"""What execution refuses: one clear message each, nothing done, and the other actors go on."""

from __future__ import annotations

import json
import subprocess
import threading
from pathlib import Path

import pytest
from acting import encoded, scene
from executing import A, B, Stage, generation_server
from generation_standin import GenerationServer

from reelwright.actors.action_plan import plan_digest
from reelwright.errors import BuildError
from reelwright.files import read_json, write_json

PHOTO, GREY, COLOUR = "photorealistic", "bw_stylized", "color_stylized"


server = pytest.fixture(generation_server)


@pytest.fixture
def stage(tmp_path: Path, server: GenerationServer) -> Stage:
    """The first actor is the one that something is wrong with; the second only lacks an image."""
    made = Stage(tmp_path, server)
    made.add(A, [PHOTO] * 3)
    made.add(B, [PHOTO])
    made.plan(A, [1], [PHOTO])
    made.plan(B, [], [COLOUR])
    return made


def refused(stage: Stage, match: str, mode: str = "execute") -> None:
    """The first actor is refused with a message, and untouched; the second is done."""
    before = {path: path.read_bytes() for path in stage.training(A).iterdir()}
    with pytest.raises(BuildError, match=match) as raised:
        stage.run(mode)
    assert str(raised.value).count("\n") == 0, "one message"
    assert {path: path.read_bytes() for path in stage.training(A).iterdir()} == before
    report = stage.report(A)
    assert report["state"] == "failed" and report["run"] is None and report["error"]["message"] in str(raised.value)
    assert stage.report(B)["state"] == "done"


def test_a_plan_older_than_the_images(stage: Stage) -> None:
    (stage.training(A) / f"{A}_0.jpg").write_bytes(encoded(scene(5)))
    (stage.training(A) / f"{A}_9.jpg").write_bytes(encoded(scene(6)))
    (stage.training(A) / f"{A}_2.jpg").unlink()
    said = f"{A}_9.jpg is new; {A}_2.jpg is gone; {A}_0.jpg has changed: `snakemake actors` plans anew"
    refused(stage, f"{A}: the plan is older than the images: {said}")


def test_a_dry_run_refuses_the_same(stage: Stage) -> None:
    (stage.training(A) / f"{A}_2.jpg").unlink()
    with pytest.raises(BuildError, match=f"^{A}: the plan is older than the images: {A}_2.jpg is gone"):
        stage.run(None)
    assert stage.report(A)["state"] == "failed" and stage.report(B)["state"] == "would_do"


def test_an_image_that_is_to_be_deleted_may_be_gone(stage: Stage) -> None:
    (stage.training(A) / f"{A}_1.jpg").unlink()
    stage.run()
    deleted = stage.report(A)["operations"][0]
    assert (deleted["state"], deleted["detail"]) == ("done", "file, entry not there")


def test_a_plan_that_rests_on_unknown(stage: Stage) -> None:
    path = stage.given.plans / f"{A}_action_plan.json"
    plan = read_json(path)
    plan["operations"][0] |= {"rests_on_unknown": True, "class": "unknown"}
    plan["images"][1]["class"] = "unknown"
    write_json(path, plan)
    refused(
        stage,
        rf"{A}: the plan rests on 1 images whose class is `unknown` \({A}_1.jpg\): have them evaluated by a model",
    )


def test_no_plan_and_a_plan_that_failed(stage: Stage) -> None:
    path = stage.given.plans / f"{A}_action_plan.json"
    path.write_text("null\n")
    refused(stage, "the plan of this actor has failed: run `snakemake actors` to see why")
    path.unlink()
    with pytest.raises(BuildError, match="there is no plan of this actor: `snakemake actors` makes one"):
        stage.run()


def test_a_base_image_that_is_missing_or_broken(stage: Stage, server: GenerationServer) -> None:
    base = stage.data / "actors" / A / "base_image" / f"{A}_base.png"
    base.write_bytes(base.read_bytes()[:500])
    refused(stage, f"{A}_base.png: the base image is broken")
    base.unlink()
    with pytest.raises(BuildError, match=f"{A}_base.png: the base image is missing, and images are made from it"):
        stage.run()
    stage.run("delete-only")
    assert f"{A}_1.jpg" not in stage.files(A), "deleting takes no base image"
    assert server.payments == 1


def test_a_manifest_that_is_no_manifest(stage: Stage) -> None:
    (stage.training(A) / "manifest.json").write_text(
        json.dumps({"version": 1, "actor": A, "next_index": 3, "images": "none", "without_file": []})
    )
    refused(stage, r"manifest.json: \$.images: 'none' is not of type 'array'")


def test_entries_in_a_bucket_and_no_credentials(stage: Stage) -> None:
    url = f"https://bucket.s3.us-west-1.amazonaws.com/custom-actors/{A}/training_data/{A}_1.jpg"
    entries = {f"{A}_1.jpg": {"prompt": "x", "url": {"Location": url}}}
    (stage.training(A) / "response.json").write_text(json.dumps(entries))
    refused(
        stage,
        rf"{A}: 1 entries of the manifest have S3 URLs \({url}\) and no bucket can be reached: set AWS_ACCESS_KEY",
    )


def test_where_a_generator_once_offered_an_image_is_no_bucket(stage: Stage) -> None:
    entries = {f"{A}_1.jpg": {"prompt": "x", "output": "https://replicate.delivery/xezq/tmp.jpg"}}
    (stage.training(A) / "response.json").write_text(json.dumps(entries))
    stage.run()
    assert stage.report(A)["state"] == "done"


def test_a_price_that_nobody_states(tmp_path: Path, stage: Stage, server: GenerationServer) -> None:
    unpriced = Stage(tmp_path, server, price=None)
    with pytest.raises(
        BuildError, match=r"^2 images of .*kontext-pro are to be generated, and no price of an image is"
    ):
        unpriced.run()
    assert unpriced.runs() == [] and len(unpriced.files(A)) == 3 and server.requests == {}
    unpriced.run("delete-only")
    assert len(unpriced.files(A)) == 2


def test_no_budget(tmp_path: Path, stage: Stage) -> None:
    with pytest.raises(BuildError, match=r"0.08 USD \(0.04 each\), and the spec has neither a `budget`"):
        Stage(tmp_path, None, budget=None).run()


@pytest.mark.parametrize(
    "limit", [{"budget": 0.05}, {"budget": None, "own": {"money": 0.05}}, {"own": {"money": 9, "calls": 1}}]
)
def test_a_budget_that_is_exhausted_half_way(
    tmp_path: Path, stage: Stage, server: GenerationServer, limit: dict
) -> None:
    own = limit.pop("own", None)
    poor = Stage(tmp_path, server, at_once=1, **limit, **({"budget_": own} if own else {}))
    if own:
        poor.actors["generate"]["budget"] = poor.actors["generate"].pop("budget_")
    said = r"(exhausted: 0.04 of 0.05 USD|1 images were asked for, as many as).*; 1 images are still"
    with pytest.raises(BuildError, match=said):
        poor.run()
    assert server.payments == 1
    Stage(tmp_path, server).run()
    assert server.payments == 2 and stage.costs()["kept"] == 2, "with more money the same command goes on"


def test_a_prompt_that_the_safety_filter_refuses(stage: Stage, server: GenerationServer) -> None:
    server.odds = {"refused": 1.0}
    with pytest.raises(
        BuildError, match=rf"{A}: generate {A}_3.jpg: no image after 3 tries: refused: .*flagged as sensitive"
    ):
        stage.run("execute", A)
    made = stage.report(A)["operations"][1]
    assert (made["state"], made["code"], len(made["attempts"])) == ("failed", "refused", 3)
    assert server.payments == 0 and stage.report(A)["spent"] == 0
    server.odds = {}
    stage.run("execute", A)
    assert stage.report(A)["state"] == "done" and server.payments == 1
    progress = read_json(stage.given.out / "progress.json")
    assert progress["spent"] == pytest.approx(0.04), "what was refused was taken back"


def test_images_that_don_t_count_are_bought_again_within_bounds(stage: Stage, server: GenerationServer) -> None:
    server.then("small", "cut_off")
    stage.run("execute", A)
    states = [one["state"] for one in stage.report(A)["operations"][1]["attempts"]]
    assert states == ["rejected", "rejected", "accepted"]
    assert stage.costs() == {"kept": 1, "rejected": 2, "lost": 0, "uncertain": 0} and server.payments == 3
    assert {f"{A}_3.rejected1.jpg", f"{A}_3.rejected2.jpg"} <= set(stage.trash(A))


def test_a_look_alike_of_what_was_deleted_is_refused(stage: Stage, server: GenerationServer) -> None:
    stage.run("execute", B)
    stage.plan(B, [1], [COLOUR])
    stage.run("delete-only", B)
    server.then("duplicate")
    stage.run("execute", B)
    first = stage.report(B)["operations"][1]["attempts"][0]
    assert (first["state"], first["detail"]) == (
        "rejected",
        "the image shows the same as one that was deleted or rejected",
    )


def test_results_that_have_expired_are_said_to_be_lost(stage: Stage, server: GenerationServer) -> None:
    server.then("expired")
    stage.run("execute", A)
    assert [one["state"] for one in stage.report(A)["operations"][1]["attempts"]] == ["lost", "accepted"]
    assert stage.costs()["lost"] == 1 and server.payments == 2


def test_a_full_disk(tmp_path: Path, stage: Stage, server: GenerationServer, small_disk: Path) -> None:
    full = Stage(small_disk, server)
    full.add(A, [PHOTO])
    full.plan(A, [], [PHOTO] * 6)
    with pytest.raises(BuildError, match="make room and run the same command again"):
        full.run()
    kept = len(full.files(A))
    paid = server.payments
    assert kept < 7 and {one["file"] for one in full.manifest(A)["images"]} == set(full.files(A))
    assert paid >= kept - 1
    subprocess.run(["mount", "-o", "remount,size=40M", str(small_disk)], check=True)
    full.run()
    assert len(full.files(A)) == 7 and server.payments == sum(full.costs().values()) == 6, "nothing is bought twice"


def test_what_one_image_fails_with_doesn_t_stop_the_others(stage: Stage, server: GenerationServer) -> None:
    stage.plan(A, [1], [PHOTO, GREY, COLOUR])
    server.then("failed", "failed", "failed")
    stage = Stage(stage.folder, server, at_once=1, tries=1)
    with pytest.raises(BuildError, match="no image after 1 tries: failed: Prediction failed: CUDA error"):
        stage.run()
    assert stage.report(A)["state"] == "failed" and server.payments == 1
    progress = read_json(stage.given.out / "progress.json")
    assert (progress["total"], progress["done"]) == (5, 2) and progress["failed"][0]["actor"] == A
    stage.run("execute", A)
    assert stage.report(A)["state"] == "done" and stage.report(B)["state"] == "done"


def test_two_executions_at_once(stage: Stage, server: GenerationServer) -> None:
    server.latency_s = 0.5
    errors: list[str] = []
    first = threading.Thread(target=stage.run)
    first.start()
    while not server.requests["create"]:
        assert first.is_alive()
    try:
        stage.run()
    except BuildError as error:
        errors.append(str(error))
    first.join()
    assert (
        len(errors) == 1
        and "another execution for these actors is running: process" in errors[0]
        and "since 2" in errors[0]
    )
    assert server.payments == 2


def test_a_plan_that_somebody_has_put_on_hold(stage: Stage) -> None:
    plan = read_json(stage.given.plans / f"{A}_action_plan.json")
    row = f"{A},{plan_digest(plan)},hold,,wrong faces,ann,2026-11-20T10:00:00Z"
    assert stage.given.decisions is not None
    stage.given.decisions.write_text(f"item,sha256,decision,value,reason,reviewer,time\n{row}\n")
    refused(stage, rf"{A}: ann has put this plan on hold \(wrong faces\)")
    stage.plan(A, [2], [PHOTO])
    stage.run()
    assert stage.report(A)["state"] == "done", "another plan is not the one that was held"
