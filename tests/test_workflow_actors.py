"""Actors in real Snakemake runs: bad images, new ones, a model, kills, imports, and the delivery that is never written to."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from acting import deliver, encoded, image_set, scene
from conftest import ROOT
from season import build, command, jobs, resources
from vlm_server import HANG, Call, Response, VlmServer

from reelwright.demo.actorlist import BAD_METADATA, BALANCED, OUT_OF_STEP, SHORT, SURPLUS, TROUBLED
from reelwright.files import read_json

pytestmark = pytest.mark.slow

ONE, TWO, THREE = "0000_european_16_male", "0001_asian_34_female", "0002_african_51_male"


def words(call: Call) -> str:
    """An answer about every image of the sheet."""
    count = int(call.prompt.split("This sheet shows ")[1].split()[0])
    kinds = ["photorealistic", "color_stylized"]
    images = [
        {"number": number, "class": kinds[number % 4 == 0], "quality": 8, "defects": [], "reason": "fine"}
        for number in range(1, count + 1)
    ]
    return json.dumps({"images": images, "delete": [], "generate": "more drawings", "summary": "a set"})


@pytest.fixture
def server() -> Iterator[VlmServer]:
    with VlmServer(words) as started:
        yield started


def project(folder: Path, **actors: Any) -> Path:
    """Three actors with images, one without, and a spec whose masters are missing, which is no matter for actors."""
    sets: dict[str, dict[str, bytes] | None] = {
        ONE: image_set(ONE, 3, 2, 1), TWO: image_set(TWO, 2, 0, 2), THREE: image_set(THREE, 1, 1, 3), "0003_x": None,
    }  # fmt: skip
    deliver(folder / "data", sets)
    (folder / "data" / "actor_manifests").mkdir()
    (folder / "data" / "actor_manifests" / "0001_manifest.json").write_text('{"descriptor": "tall woman"}')
    sources = {"folder": "delivery", "rights": "licensed", "masters": "M_{episode}_{title}.mov"}
    spec = {
        "project": "tiny",
        "show": "Tiny Show",
        "sources": {**sources, "episodes": {"01": {"title": "ONE"}}},
        "actors": {"folder": "data", **actors},
    }
    path = folder / "tiny.yaml"
    path.write_text(yaml.safe_dump(spec, sort_keys=False))
    return path


def asked(server: VlmServer, backend: str = "openai", **more: Any) -> dict[str, Any]:
    model = {"base_url": server.url + "/v1" * (backend == "openai"), "tries": 1, "price": 0}
    return {"backend": backend, backend: {**model, **more}}


def results(spec: Path) -> Path:
    return spec.parent / "results" / "tiny" / "actors"


def plan(spec: Path, actor: str) -> Any:
    return read_json(results(spec) / "action_plans" / f"{actor}_action_plan.json")


def everything(folder: Path) -> dict[str, tuple[str, int]]:
    """Digest and time of every file below a folder."""
    return {
        str(path.relative_to(folder)): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_build_plans_every_actor_and_a_second_one_does_nothing(tmp_path: Path) -> None:
    spec = project(tmp_path)
    delivered = everything(tmp_path / "data")
    for path in (tmp_path / "data").rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    run = build(spec, "actors")
    assert run.returncode == 0, run.stdout
    once = {"actors": 1, "list_actors": 1}
    assert jobs(run.stdout) == {**once, "evaluate_actor": 3, "plan_actors": 1}
    evaluation = read_json(results(spec) / "evaluation" / f"{ONE}_evaluation.json")
    assert evaluation["counts"] == {"photorealistic": 0, "bw_stylized": 2, "color_stylized": 0, "unknown": 3}
    assert (results(spec) / "evaluation" / f"{ONE}_composite.jpg").exists()
    assert plan(spec, TWO)["descriptor"] == "tall woman" and plan(spec, ONE)["state"] == "undecided"
    summary = read_json(results(spec) / "action_plans" / "summary.json")
    assert (summary["actors"], summary["planned"], summary["failed"]) == (3, 3, [])
    progress = read_json(results(spec) / "action_plans" / "progress.json")
    assert (progress["total"], progress["done"], progress["failed"], progress["to_come"]) == (3, 3, [], 0)
    assert (progress["looking"]["actors"], progress["looking"]["done"]) == (3, 3)
    assert everything(tmp_path / "data") == delivered, "nothing of the delivery is written to"
    assert "Nothing to be done" in build(spec, "actors").stdout


def test_a_new_image_has_its_actor_looked_at_again_and_no_other(tmp_path: Path, server: VlmServer) -> None:
    spec = project(tmp_path, evaluation=asked(server, price=0.5))
    spec.write_text(spec.read_text() + "budget: {money: 9}\n")
    planned = build(spec, "plan", "--config", "targets=actors")
    assert "Sheets of actors' images to look at to come: 3 exactly, for 1.50 USD;" in planned.stdout, planned.stdout
    run = build(spec, "actors")
    assert run.returncode == 0 and len(server.calls) == 3, run.stdout
    assert "Nothing to be done" in build(spec, "actors").stdout and len(server.calls) == 3
    planned = build(spec, "plan")
    assert "to look at to come: 0 exactly, for 0.00 USD." in planned.stdout
    assert "Not part of a build: carrying out the plans of 3 actors would generate" in planned.stdout
    generation = read_json(results(spec).parent / "plan.json")["generation"]
    summary = read_json(results(spec) / "action_plans" / "summary.json")
    assert generation["calls"] == summary["generate"]["total"] > 0
    assert generation["deletions"] == summary["delete"]["total"]
    assert (generation["part_of_build"], generation["price"], generation["unknown"]) == (False, summary["price"], {})
    new = tmp_path / "data/actors" / TWO / "training_data" / f"{TWO}_2.jpg"
    new.write_bytes(encoded(scene(77)))
    run = build(spec, "actors")
    assert run.returncode == 0 and jobs(run.stdout)["evaluate_actor"] == 1
    assert len(server.calls) == 4 and "This sheet shows 1 image " in server.calls[-1].prompt
    assert len(plan(spec, TWO)["images"]) == 3
    new.unlink()
    run = build(spec, "actors")
    assert run.returncode == 0 and len(server.calls) == 4, "what is left was asked about before"
    assert len(plan(spec, TWO)["images"]) == 2


def test_another_target_plans_anew_and_looks_at_nothing(tmp_path: Path) -> None:
    spec = project(tmp_path)
    assert build(spec, "actors").returncode == 0
    run = build(spec, "actors", "--config", "actors={groups: {women: {actors: ['*_female'], total: 30}}}")
    assert run.returncode == 0, run.stdout
    counts = jobs(run.stdout)
    assert counts["plan_actors"] == 1 and "evaluate_actor" not in counts
    assert plan(spec, TWO)["target"]["group"] == "women" and plan(spec, TWO)["target"]["total"] == 30


def test_after_ctrl_c_what_was_done_is_there_and_the_rest_follows(tmp_path: Path, server: VlmServer) -> None:
    spec = project(tmp_path, evaluation=asked(server))
    held = threading.Semaphore(0)
    answers: list[Callable[[Call], str]] = [words]

    def first_alone(call: Call) -> Response:
        if answers:
            return answers.pop()(call)
        held.release()
        return HANG

    server.answer = first_alone
    # Whoever runs tests in the background of a script passes on that Ctrl+C is to be ignored.
    run = subprocess.Popen(
        command(spec, "actors"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    assert held.acquire(timeout=120), "the second actor is asked about"
    os.killpg(run.pid, signal.SIGINT)
    said, _ = run.communicate(timeout=120)
    assert run.returncode != 0, said
    progress = read_json(results(spec) / "action_plans" / "progress.json")
    assert (progress["total"], progress["looking"]["actors"], progress["looking"]["done"]) == (3, 3, 1)
    assert (progress["done"], progress["failed"], progress["to_come"]) == (0, [], 3)
    server.answer, before = words, len(server.calls)
    run_again = build(spec, "actors")
    assert run_again.returncode == 0 and jobs(run_again.stdout)["evaluate_actor"] == 2, run_again.stdout
    assert len(server.calls) - before == 2, "what was answered is not asked again"


def test_what_a_person_decides_is_planned_anew_and_nobody_is_asked(tmp_path: Path, server: VlmServer) -> None:
    spec = project(tmp_path, evaluation=asked(server))
    assert build(spec, "actors").returncode == 0 and plan(spec, ONE)["images"][0]["class"] == "photorealistic"
    sha256, calls = plan(spec, ONE)["images"][0]["sha256"], len(server.calls)
    decisions = tmp_path / "config/tiny/decisions/actors.csv"
    decisions.parent.mkdir(parents=True)
    row = f"{ONE}/{ONE}_0.jpg,{sha256},class,color_stylized,looks drawn,ana,2026-11-25\n"
    decisions.write_text(f"item,sha256,decision,value,reason,reviewer,time\n{row}")
    run = build(spec, "actors")
    assert run.returncode == 0 and jobs(run.stdout) == {"actors": 1, "plan_actors": 1}, run.stdout
    assert (plan(spec, ONE)["images"][0]["class"], plan(spec, ONE)["images"][0]["origin"]) == (
        "color_stylized",
        "decided",
    )
    (tmp_path / "data/actors" / ONE / "training_data" / f"{ONE}_0.jpg").write_bytes(encoded(scene(500)))
    run = build(spec, "actors")
    said = (
        f"warning: plan_actors {ONE}: actors.csv: {ONE}/{ONE}_0.jpg was decided about another picture; look at it again"
    )
    assert run.returncode == 0 and said in run.stdout, run.stdout
    assert plan(spec, ONE)["images"][0]["class"] == "photorealistic" and len(server.calls) == calls + 1
    summary = read_json(results(spec) / "action_plans" / "summary.json")
    assert summary["decisions"] == {"applied": 0, "stale": 1, "unknown": 0}
    assert decisions.read_text().endswith(row), "people's words are never written over"


def test_plans_are_there_until_the_new_ones_are(tmp_path: Path) -> None:
    spec = project(tmp_path)
    assert build(spec, "actors").returncode == 0
    before = plan(spec, ONE)
    decisions = tmp_path / "config/tiny/decisions/actors.csv"
    decisions.parent.mkdir(parents=True)
    decisions.write_text("item,sha256\n")
    run = build(spec, "actors")
    assert run.returncode == 1 and "expected the header item,sha256,decision," in run.stdout, run.stdout
    assert plan(spec, ONE) == before
    decisions.unlink()
    roster = [one for one in json.loads((tmp_path / "data/actorsData.json").read_text()) if one["name"] != TWO]
    (tmp_path / "data/actorsData.json").write_text(json.dumps(roster))
    assert build(spec, "actors").returncode == 0
    left = {path.name for path in (results(spec) / "action_plans").glob("*_action_plan.json")}
    assert left == {f"{ONE}_action_plan.json", f"{THREE}_action_plan.json"}, "nobody should carry out the other one"


def test_one_actor_that_fails_never_stops_the_others(tmp_path: Path, server: VlmServer) -> None:
    spec = project(tmp_path, evaluation=asked(server, "ollama"))
    roster = json.loads((tmp_path / "data/actorsData.json").read_text())
    (tmp_path / "data/actorsData.json").write_text(json.dumps([*roster, {"name": "../up"}, {"name": ONE}]))
    server.answer = lambda call: "no JSON" if "shows 2 images" in call.prompt else words(call)
    (tmp_path / "data/actors" / ONE / "training_data" / f"{ONE}_0.jpg").write_bytes(b"GIF89a no image")
    run = build(spec, "actors")
    assert run.returncode == 1
    assert f"FAILED evaluate_actor {TWO}: {TWO}: no evaluation of sheet 1 of 1: " in run.stdout
    assert "FAILED list_actors ../up: row 4 of the roster" in run.stdout
    assert f"warning: evaluate_actor {ONE}: {ONE}_0.jpg is " in run.stdout
    assert plan(spec, ONE)["operations"][0]["why"] == "broken" and plan(spec, TWO) is None
    summary = read_json(results(spec) / "action_plans" / "summary.json")
    assert [one["actor"] for one in summary["failed"]] == [TWO, THREE]
    progress = read_json(results(spec) / "action_plans" / "progress.json")
    assert (progress["done"], progress["failed"], progress["to_come"]) == (1, [TWO, THREE], 0)
    server.answer, before = words, len(server.calls)
    (tmp_path / "data/actorsData.json").write_text(json.dumps(roster))
    run = build(spec, "actors")
    assert run.returncode == 0, run.stdout
    assert plan(spec, TWO)["state"] == "actions" and len(server.calls) - before == 2


def test_without_a_roster_the_build_says_so(tmp_path: Path) -> None:
    spec = project(tmp_path)
    (tmp_path / "data/actorsData.json").unlink()
    run = build(spec, "actors")
    assert run.returncode == 1
    assert "FAILED list_actors roster: data/actorsData.json: the roster of actors (actors.roster)" in run.stdout


def test_a_paid_model_without_key_or_budget_is_refused_before_the_first_job(tmp_path: Path) -> None:
    spec = project(tmp_path, evaluation={"backend": "openai", "openai": {"price": 0.01, "key_variable": "NO_SUCH_KEY"}})
    assert build(spec, "actors", "--dry-run").returncode == 0
    run = build(spec, "actors")
    assert run.returncode == 1 and not (results(spec) / "roster.json").exists()
    assert "the environment variable NO_SUCH_KEY is not set" in run.stdout
    assert "3 actors" in run.stdout and "0.03 USD" in run.stdout and "no `budget`" in run.stdout
    made = tmp_path / "made.jsonl"
    made.write_text("\n".join(json.dumps({"file": f"{TWO}_{n}.jpg", "actor": TWO, "class": "photo"}) for n in range(2)))
    run = build(spec, "actors", "--config", "actors={evaluation: {imports: [made.jsonl]}}")
    assert run.returncode == 1 and "looking at 2 actors" in run.stdout, "what is imported need not be asked about"


def test_only_a_model_takes_an_api_slot(tmp_path: Path, server: VlmServer) -> None:
    spec = project(tmp_path)
    assert resources(spec, "actors")["evaluate_actor"] == {"gpu": 0, "api": 0}
    asking = project(tmp_path / "other", evaluation=asked(server))
    assert resources(asking, "actors")["evaluate_actor"] == {"gpu": 0, "api": 1}


def test_evaluations_made_elsewhere_are_not_bought_again(tmp_path: Path, server: VlmServer) -> None:
    made = tmp_path / "made"
    made.mkdir()
    rows = [{"filename": f"{ONE}_{number}.jpg", "type": "photorealistic", "quality_score": 9} for number in range(4)]
    (made / f"{ONE}_evaluation.json").write_text(json.dumps({"images": rows, "distribution": {"photorealistic": 4}}))
    bad = [{"file": f"{TWO}_0.jpg", "class": "painting"}, {"file": f"{TWO}_1.jpg", "class": "photo", "quality": 11}]
    (made / f"{TWO}_evaluation.json").write_text(json.dumps({"images": bad}))
    spec = project(tmp_path, evaluation={**asked(server), "imports": ["made"]})
    run = build(spec, "import")
    assert run.returncode == 0, run.stdout
    assert read_json(tmp_path / "results/tiny/imports/evaluations.json")["evaluations"] == 4
    assert "the class is 'painting': expected one of photorealistic, bw_stylized, color_stylized" in run.stdout
    assert "the quality is 11: expected a whole number from 1 to 10" in run.stdout
    run = build(spec, "actors")
    assert run.returncode == 0, run.stdout
    asked_about = [call.prompt.split("shows ")[1].split()[0] for call in server.calls]
    assert sorted(asked_about) == ["1", "2", "2"], "of the first actor's five images one is left to be asked about"
    found = read_json(results(spec) / "evaluation" / f"{ONE}_evaluation.json")
    assert [one["origin"] for one in found["images"]] == ["imported"] * 4 + ["model"]
    assert any("photorealistic, and it is measured black-and-white" in one for one in found["disagreements"])


def test_the_demos_actors_are_drawn_and_then_found_on_the_disk(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "config", tmp_path / "config")
    spec = tmp_path / "demo.yaml"
    shutil.copy(ROOT / "config" / "demo.yaml", spec)
    run = build(spec, "actors")
    assert run.returncode == 0, run.stdout
    assert jobs(run.stdout)["draw_demo_actors"] == 1 and jobs(run.stdout)["evaluate_actor"] == 6
    summary = read_json(tmp_path / "results/demo/actors/action_plans/summary.json")
    assert (summary["planned"], summary["failed"]) == (6, []) and summary["delete"]["broken"] == 2
    states = {row["actor"]: row["state"] for row in summary["rows"]}
    assert states[BALANCED] == "balanced" and states[SURPLUS] == states[OUT_OF_STEP] == "actions"
    assert states[SHORT] == states[TROUBLED] == states[BAD_METADATA] == "undecided", "nobody had evaluated them"
    surplus = read_json(tmp_path / "results/demo/actors/action_plans" / f"{SURPLUS}_action_plan.json")
    # 16, 4 and 4 images: of the photorealistic ones 3, 8 and 13 are not as good, of those in colour 23 is.
    assert sorted(one["file"].rpartition("_")[2] for one in surplus["operations"]) == [
        "13.jpg",
        "23.jpg",
        "3.jpg",
        "8.jpg",
    ]
    assert "Nothing to be done" in build(spec, "actors").stdout
    folder = tmp_path / ".cache/delivery/demo/actor_data/actors" / SHORT / "training_data"
    (folder / f"{SHORT}_0.jpg").unlink()
    run = build(spec, "actors")
    assert run.returncode == 0 and "draw_demo_actors" not in jobs(run.stdout), "what was deleted is not drawn again"
    assert jobs(run.stdout)["evaluate_actor"] == 1
