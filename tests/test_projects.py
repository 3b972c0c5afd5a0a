"""The shipped projects, built whole: the demo season, a real film, and the reference project as a plan."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from acting import deliver, encoded, scene
from conftest import ROOT
from local_slurm import build as slurm_build
from local_slurm import local_slurm, missing
from season import build, jobs

from reelwright.files import read_json, read_jsonl
from reelwright.spec.load import load_spec

pytestmark = pytest.mark.slow


def project(folder: Path, name: str) -> Path:
    """The shipped config ``name`` in a folder of its own, which the build will work in."""
    shutil.copytree(ROOT / "config", folder / "config")
    spec = folder / f"{name}.yaml"
    shutil.copy(ROOT / "config" / f"{name}.yaml", spec)
    return spec


def quickly(spec: Path) -> Path:
    """Encode all media at x264's fastest: no figure of these tests is about how it looks."""
    written = yaml.safe_load(spec.read_text())
    for section in (written["clips"], *(one for one in written["packages"].values() if one["lane"] == "video")):
        section.setdefault("encode", {})["preset"] = "ultrafast"
    spec.write_text(yaml.safe_dump(written, sort_keys=False))
    return spec


def impure(clips: list[dict[str, Any]], boundaries: list[dict[str, Any]]) -> list[str]:
    """Kept clips that hold a frame of a neighbouring shot, or of a transition, by the ground truth."""
    return [
        clip["clip_id"]
        for clip in clips
        for one in boundaries
        if (
            clip["start_frame"] < one["frame"] < clip["end_frame"]
            if one["kind"] == "cut"
            else clip["start_frame"] <= one["end"] and one["start"] < clip["end_frame"]
        )
    ]


def check_old_material(results: Path, delivery: Path) -> None:
    """Old clips lie where they were cut from, by the ground truth, and what their rows say is carried there."""
    places = {one["clip"]: one for one in read_json(results / "sources" / "reference.json")["clips"]}
    truth = {one["clip"]: one for one in read_json(delivery / "truth" / "old_clips.json")}
    assert set(places) == set(truth)
    for clip, wanted in truth.items():
        found = places[clip]
        assert found["found"] == (wanted["production_episode"] is not None), clip
        if found["found"]:
            assert found["production_episode"] == wanted["production_episode"], clip
            near = 3 if found["still"] else 1
            assert abs(found["start_frame"] - wanted["start_frame"]) <= near, clip
            assert abs(found["end_frame"] - wanted["end_frame"]) <= near, clip
    assert [one["by"] for one in places.values()].count("first_frame") == 1
    (foreign,) = [clip for clip, wanted in truth.items() if wanted["production_episode"] is None]
    outcomes = results / "outcomes"
    (warning,) = read_json(outcomes / "locate_reference" / "reference.json")["warnings"]
    assert foreign in warning and read_json(outcomes / "map_numbering" / "numbering.json")["warnings"] == []
    seeds = {
        number: read_jsonl(results / "sources" / "seeds" / f"ep{number}.jsonl") for number in ("01", "02", "03", "04")
    }
    assert {number: len(rows) for number, rows in seeds.items()} == {"01": 4, "02": 4, "03": 4, "04": 0}
    rows = read_jsonl(results / "manifest.jsonl")
    assert any(row["seeded"] and row["seeded"]["caption"] for row in rows)
    assert {row["caption_source"] for row in rows} == {"structured"}, "the bible has labels for every shot"


def build_on_slurm(spec: Path) -> subprocess.CompletedProcess[str]:
    """A build on a real Slurm, every job in the partition that it belongs to."""
    with local_slurm() as slurm:
        run = slurm_build(slurm, spec, "all")
        ended = slurm.ended()
    assert {(one.state, one.partition) for one in ended} == {("COMPLETED", "cpu")}, "nothing of the demo needs a GPU"
    assert len(ended) >= 50
    return run


def test_the_demo_season(tmp_path: Path) -> None:
    """On a Slurm where there is one, and then on this machine, which finds nothing to do."""
    spec = quickly(project(tmp_path, "demo"))
    run = build(spec) if missing() else build_on_slurm(spec)
    assert run.returncode == 0, run.stdout
    results, delivery = tmp_path / "results" / "demo", tmp_path / ".cache" / "delivery" / "demo"
    clips = []
    for episode in ("01", "02", "03", "04"):
        truth = read_json(delivery / "truth" / f"ep{episode}.json")
        found = read_json(results / "shots" / f"ep{episode}.json")["boundaries"]
        wanted = {one["frame"] for one in truth["boundaries"] if one["kind"] == "cut"}
        assert {one["frame"] for one in found if one["kind"] == "cut"} == wanted, f"hard cuts of episode {episode}"
        kept = [clip for clip in read_jsonl(results / "clips" / f"ep{episode}.jsonl") if clip["kept"]]
        assert impure(kept, truth["boundaries"]) == []
        clips += kept
    assert len(clips) >= 40
    judged = [row for episode in range(1, 5) for row in read_jsonl(results / "quality" / f"ep{episode:02d}.jsonl")]
    (leak,) = read_jsonl(results / "evaluation" / "leaks" / "ep04.jsonl")
    assert (leak["row"], leak["guarded"]) == ("ep04_000152_000256", "ep04.soup-for-a-storm")
    assert read_json(results / "packages" / "pilot" / "summary.json")["drops"] == {"holdout": 3, "leak": 1}
    for package, rows in (("smoke", 32), ("pilot", sum(row["usable"] for row in judged) - 4)):
        report = read_json(results / "packages" / package / "preflight.json")
        assert report["passed"] is True
        assert report["rows"] == rows
    sets = read_json(results / "evaluation" / "sets.json")
    assert [one["missing"] for one in sets["sets"].values()] == [None] * 5
    assert read_json(results / "manifest.json")["splits"]["eval"] == len(sets["clips"]) == 3
    art = read_json(results / "packages" / "design_reference" / "summary.json")
    drawn = {art["characters"][who]["draws"] for who in ("Moss", "Comet", "Tilly")}
    assert len(drawn) == 1, "the trio is drawn equally often"
    assert read_json(results / "packages" / "design_reference" / "preflight.json")["passed"] is True
    check_old_material(results, delivery)
    masters = read_json(results / "sources" / "masters.json")
    assert [one["video_duplicate_status"] for one in masters] == ["confirmed_duplicate"] * 4
    assert all(one["alternate_master"] for one in masters)
    assert "Nothing to be done" in build(spec).stdout


def test_a_real_film(tmp_path: Path, media: Path) -> None:
    spec = quickly(project(tmp_path, "open-movie"))
    run = build(spec, "manifest", "packages", "--config", f"sources={{folder: {media}}}")
    assert run.returncode == 0, run.stdout
    results = tmp_path / "results" / "open-movie"
    kept = [clip for clip in read_jsonl(results / "clips" / "ep01.jsonl") if clip["kept"]]
    assert len(kept) >= 50
    for package in ("smoke", "pilot"):
        assert read_json(results / "packages" / package / "preflight.json")["passed"] is True


def test_the_reference_project_is_planned_against_its_file_names(tmp_path: Path) -> None:
    spec = project(tmp_path, "totally-spies-s7")
    masters = tmp_path / "delivery" / "totally-spies-s7" / "masters"
    masters.mkdir(parents=True)
    for number, episode in load_spec(spec).sources.episodes.items():
        for title in (episode.title, episode.alternate_title or f"STAND IN {number}"):
            (masters / f"Totally_Spies_S7_EP{number}_{title.replace(' ', '_')}.mov").touch()
    actors = [f"{number:04d}_european_{16 + number % 60}_male" for number in range(288)]
    image = encoded(scene(1, 16, 16))
    with_images = {actor: {f"{actor}_0.jpg": image} for actor in actors[::2][:110]}
    deliver(tmp_path / "data", {actor: with_images.get(actor) for actor in actors})
    run = build(spec, "--dry-run")
    assert run.returncode == 0, run.stdout
    counts = jobs(run.stdout)
    assert (counts["evaluate_actor"], counts["plan_actors"]) == (110, 1)
    assert counts["probe_master"] == 52
    assert counts["scan_source"] == 52, "alternates are compared by their scans"
    assert counts["compare_variants"] == counts["cut_clips"] == counts["caption_clips"] == 26
    assert counts["build_package"] == 4
    assert counts["build_design_package"] == 4
    assert counts["map_numbering"] == counts["locate_reference"] == counts["carry_labels"] == 1
    assert not (tmp_path / "results").exists()
    run = build(spec, "actors")
    assert run.returncode == 1 and "looking at 110 actors takes 110 calls of gpt-4o-mini or more" in run.stdout
    assert not list((tmp_path / "results").rglob("*_evaluation.json"))
