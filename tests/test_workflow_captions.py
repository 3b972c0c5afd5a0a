"""Captions by a model in real Snakemake runs: whole builds, kill -9, one bad clip, a budget, an import."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import model_standin
import pytest
from season import PACKAGE, build, command, jobs, resources, season
from vlm_server import Call, VlmServer

from reelwright.files import read_json, read_jsonl

pytestmark = pytest.mark.slow

ANSWER = {
    "visual_description": "A disc crosses a plain room from left to right.",
    "shot_type": "wide shot",
    "camera": "static",
    "characters": [],
    "outfits": [],
    "location": None,
    "scene_type": "other",
    "action": "a disc moves",
    "props": [],
    "on_screen_text": None,
    "usable": True,
    "reason": "",
}


@pytest.fixture
def server() -> Iterator[VlmServer]:
    with VlmServer(lambda call: json.dumps(ANSWER)) as started:
        yield started


def delivered(folder: Path, server: VlmServer, episodes: int = 2, **captions: Any) -> Path:
    """A small season whose captions the stand-in server gives; its package takes nothing else."""
    model = {"base_url": server.url, "slots": 2, "tries": 1, **captions.pop("model", {})}
    package = {**PACKAGE, "caption_sources": ["vlm", "imported"]}
    settings = {"backend": "ollama", "ollama": model, **captions}
    return season(folder, episodes, captions=settings, packages={"smoke": package})


def rows(spec: Path) -> list[dict[str, Any]]:
    """Every caption row of the built season."""
    folder = spec.parent / "results" / "tiny" / "captions"
    return [row for path in sorted(folder.glob("*.jsonl")) for row in read_jsonl(path)]


def test_a_whole_build_asks_once_a_clip_and_a_second_one_nothing(tmp_path: Path, server: VlmServer) -> None:
    spec = delivered(tmp_path, server)
    planned = build(spec, "plan")
    assert "not known yet for episodes 01, 02" in planned.stdout, planned.stdout
    run = build(spec)
    assert run.returncode == 0, run.stdout
    made = rows(spec)
    assert {row["caption_source"] for row in made} == {"vlm"} and len(server.calls) == len(made) >= 6
    assert f"captions ep01: {len([row for row in made if row['clip_id'].startswith('ep01')])}/" in run.stdout
    assert read_json(tmp_path / "results" / "tiny" / "packages" / "smoke" / "preflight.json")["passed"] is True
    assert jobs(build(spec, "-n").stdout) == {}
    assert build(spec).returncode == 0 and len(server.calls) == len(made)
    planned = build(spec, "plan")
    assert "Calls about clips to come: 0 exactly, for 0.00 USD." in planned.stdout
    assert read_json(tmp_path / "results" / "tiny" / "plan.json")["calls"]["waiting"] == 0


def test_kill_9_loses_what_was_in_flight_and_no_more(tmp_path: Path, server: VlmServer) -> None:
    spec = delivered(tmp_path, server, episodes=1)
    assert build(spec, "quality").returncode == 0
    held, release = threading.Event(), threading.Event()

    def answer(call: Call) -> str:
        if len(server.calls) > 2 and not release.is_set():
            held.set()
            release.wait(60)
        return json.dumps(ANSWER)

    server.answer = answer
    running = subprocess.Popen(
        command(spec, "captions"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    assert held.wait(60), "the third question never came"
    os.killpg(running.pid, signal.SIGKILL)
    running.wait(60)
    release.set()
    before = len(server.calls)
    run = build(spec, "captions")
    assert run.returncode == 0, run.stdout
    stored = 2
    assert len(server.calls) - before == len(rows(spec)) - stored, "the answers that had come were not asked for again"
    assert {row["caption_source"] for row in rows(spec)} == {"vlm"}


def test_a_bad_clip_is_named_last_and_tried_again_by_the_same_command(tmp_path: Path, server: VlmServer) -> None:
    spec = delivered(tmp_path, server, ask_again=0, max_failed_share=0.5)
    server.then("not what was asked for")
    run = build(spec)
    assert run.returncode == 1
    failed = next(row for row in rows(spec) if row["error"])
    assert f"FAILED caption_clips {failed['clip_id']}: " in run.stdout and "no valid JSON" in run.stdout
    calls = len(server.calls)
    run = build(spec)
    assert run.returncode == 0, run.stdout
    assert len(server.calls) == calls + 1 and {row["caption_source"] for row in rows(spec)} == {"vlm"}


def test_without_a_budget_a_paid_model_is_never_asked(tmp_path: Path, server: VlmServer) -> None:
    spec = delivered(tmp_path, server, episodes=1, model={"price": 0.25})
    run = build(spec)
    assert run.returncode != 0 and server.calls == []
    clips = len([row for row in read_jsonl(tmp_path / "results" / "tiny" / "clips" / "ep01.jsonl") if row["kept"]])
    assert f"{clips} calls of ollama qwen2.5vl:7b would cost {clips * 0.25:.2f} USD" in run.stdout
    planned = build(spec, "plan")
    assert f"Calls about clips to come: {clips} exactly, for {clips * 0.25:.2f} USD;" in planned.stdout
    run = build(spec, "--config", f"budget={{money: {clips * 0.25}}}")
    assert run.returncode == 0, run.stdout
    assert len(server.calls) == clips


def test_captions_that_were_made_elsewhere_are_not_bought_again(tmp_path: Path, server: VlmServer) -> None:
    spec = delivered(tmp_path, server, episodes=1)
    assert build(spec, "clips").returncode == 0
    kept = [row for row in read_jsonl(tmp_path / "results" / "tiny" / "clips" / "ep01.jsonl") if row["kept"]]
    pilot = [
        {"clip": f"{number}.mp4", "production_episode": "01", "start_s": row["start_s"], "end_s": row["end_s"],
         "caption": f"A disc crosses room {number}."}
        for number, row in enumerate(kept[1:])
    ]  # fmt: skip
    (tmp_path / "pilot.json").write_text(json.dumps(pilot))
    spec = delivered(tmp_path, server, episodes=1, imports=["pilot.json"])
    run = build(spec, "import")
    assert run.returncode == 0, run.stdout
    assert read_json(tmp_path / "results" / "tiny" / "imports" / "captions.json")["captions"] == len(pilot)
    run = build(spec)
    assert run.returncode == 0, run.stdout
    assert len(server.calls) == 1
    assert sorted(row["caption_source"] for row in rows(spec)) == ["imported"] * len(pilot) + ["vlm"]
    (tmp_path / "pilot.json").unlink()
    run = build(spec)
    assert run.returncode == 1 and "(captions.imports) that the spec names is missing" in run.stdout
    assert len(server.calls) == 1, "missing captions are not bought"


def test_a_managed_server_runs_on_the_gpu_as_long_as_its_job(tmp_path: Path) -> None:
    program = model_standin.install(tmp_path, "ollama")
    program.with_suffix(".txt").write_text(json.dumps(ANSWER))
    model = {"server": "managed", "executable": str(program), "slots": 2}
    settings = {"backend": "ollama", "ollama": model}
    spec = season(tmp_path, 1, captions=settings, packages={})
    assert resources(spec, "captions")["caption_clips"] == {"gpu": 1, "api": 1}
    run = build(spec, "captions")
    assert run.returncode == 0, run.stdout
    assert {row["caption_source"] for row in rows(spec)} == {"vlm"}
    (note,) = model_standin.notes(program)
    assert not model_standin.alive(note["pid"]) and not model_standin.alive(note["child"])
    log = tmp_path / "results" / "tiny" / "logs" / "caption_clips" / "ep01.server.log"
    assert f"serving on port {note['port']}" in log.read_text()
    (tmp_path / "results" / "tiny" / "captions" / "ep01.jsonl").unlink()
    assert build(spec, "captions").returncode == 0
    assert len(model_standin.notes(program)) == 1, "stored answers need no server"
