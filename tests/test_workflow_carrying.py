"""Old labels in real Snakemake runs: from an old clip to the caption of the same footage, and what a bad manifest costs."""

from __future__ import annotations

import json
import shutil
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from copies import Copy, write_copy
from season import LENGTHS, build, jobs, season
from test_workflow_captions import ANSWER
from vlm_server import VlmServer

from reelwright.files import read_jsonl

pytestmark = pytest.mark.slow

SPAN = (LENGTHS[0] + 5, LENGTHS[0] + LENGTHS[1] - 3)
"""Frames of the second shot that the old clip shows."""

ROW = {
    "clip": "old_001.mp4", "duration": (SPAN[1] - SPAN[0]) / 25, "episode_id": "v9", "characters": ["Juno"], "outfits": {},
    "location": "the long room", "scene_type": "dialogue", "transcript": "Juno: A disc!",
    "structured_caption": "Juno in the long room.", "caption": "",
}  # fmt: skip


def old_season(folder: Path, **changes: Any) -> Path:
    """A season of one episode with an old clip of its second shot and a row of it; no packages."""
    old = folder / "old"
    spec = season(folder, 1, packages={}, reference={"manifest": "old/manifest.json", "clips": "old/clips"}, **changes)
    (master,) = (folder / "delivery" / "masters").iterdir()
    copy = Copy(width=192, height=108, rate=Fraction(25), logo=0.16)
    write_copy(master, Fraction(25), *SPAN, old / "clips" / "old_001.mp4", copy)
    (old / "manifest.json").write_text(json.dumps([ROW, {**ROW, "clip": "old_002.mp4"}]))
    return spec


def test_labels_reach_the_same_footage_and_a_bad_manifest_only_costs_them(tmp_path: Path) -> None:
    spec = old_season(tmp_path)
    manifest, results = tmp_path / "old" / "manifest.json", tmp_path / "results" / "tiny"
    announced = jobs(build(spec, "--dry-run").stdout)
    assert (announced["locate_reference"], announced["carry_labels"], announced["caption_clips"]) == (1, 1, 1)
    good = manifest.read_text()
    manifest.write_text("[{")
    run = build(spec)
    assert run.returncode == 1 and "FAILED carry_labels seeds: old/manifest.json: line 1" in run.stdout
    assert {row["caption_source"] for row in read_jsonl(results / "manifest.jsonl")} == {"structured"}
    manifest.write_text(good)
    run = build(spec)
    assert run.returncode == 0, run.stdout
    assert "warning: locate_reference reference: 1 of 2 old clips were not located" in run.stdout
    assert "the labels of 1 of 2 rows go nowhere: sources/reference.json says why" in run.stdout
    assert "scan_source" not in jobs(run.stdout), "nothing is decoded again"
    rows = read_jsonl(results / "manifest.jsonl")
    seeded = [row for row in rows if row["seeded"]]
    assert len(rows) > len(seeded) >= 1
    for row in seeded:
        assert SPAN[0] - 10 <= row["start_frame"] < row["end_frame"] <= SPAN[1] + 10
        assert (row["caption_source"], row["location"], row["characters"]) == ("seeded", "the long room", ["Juno"])
        assert row["origins"] == dict.fromkeys(("characters", "location", "scene_type", "transcript"), "seeded")
        assert row["seeded"]["clips"] == ["old_001.mp4"] and row["seeded"]["confidence"] > 0.5
        assert row["seeded"]["caption"] == "Juno in the long room." and row["caption"] == ""
        assert row["transcript"] == "Juno: A disc!" and "disc" not in row["training_caption"]
    assert "Nothing to be done" in build(spec).stdout


def test_no_answer_is_bought_before_the_labels_are_carried(tmp_path: Path) -> None:
    with VlmServer(lambda call: json.dumps(ANSWER)) as server:
        model = {"base_url": server.url, "slots": 2, "tries": 1}
        spec = old_season(tmp_path, captions={"backend": "ollama", "ollama": model})
        manifest = tmp_path / "old" / "manifest.json"
        shutil.move(manifest, tmp_path / "kept.json")
        run = build(spec)
        assert run.returncode == 1 and "that the spec names is missing" in run.stdout
        assert server.calls == []
        shutil.move(tmp_path / "kept.json", manifest)
        planned = build(spec, "plan").stdout
        assert "to come: 0 exactly, for 0.00 USD; at most" in planned, "who was told what is part of a question"
        run = build(spec)
        assert run.returncode == 0, run.stdout
        told = [call for call in server.calls if "An older description of the same footage" in call.prompt]
        assert len(server.calls) > len(told) >= 1
    rows = read_jsonl(tmp_path / "results" / "tiny" / "manifest.jsonl")
    assert {row["caption_source"] for row in rows if row["usable"]} == {"vlm"}
    assert {row["caption"] for row in rows if row["usable"]} == {ANSWER["visual_description"]}
    assert all("long room" not in row["training_caption"] for row in rows if row["caption_source"] == "vlm")


def test_without_places_or_rows_nothing_is_carried(tmp_path: Path) -> None:
    spec = old_season(tmp_path)
    data = yaml.safe_load(spec.read_text())
    for reference in ({"manifest": "old/manifest.json"}, {"clips": "old/clips"}):
        spec.write_text(yaml.safe_dump({**data, "reference": reference}))
        assert "carry_labels" not in jobs(build(spec, "--dry-run").stdout)
