"""Production art in a real build: what changes is noticed and nothing else is made anew; the manifest names assets."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from season import build, command, jobs, season

from reelwright.files import read_json, read_jsonl

pytestmark = pytest.mark.slow


def design(folders: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"folder": "art", "rights": "licensed", "folders": folders, "names": {"show": "TS"}, **more}


def test_a_build_notices_whatever_changes_and_nothing_else(tmp_path: Path) -> None:
    art = tmp_path / "art"
    deep = art / "03_PROPS" / "a" / "b" / "c"
    deep.mkdir(parents=True)
    (deep / "TS_101_PR_HAT_Color.png").write_bytes(b"x")
    part = design({"03_PROPS": {"dictionary": "props"}}, wiki=[{"path": "wiki.json"}])
    spec = season(tmp_path, episodes=1, packages={}, production_code="1{episode}", design=part)
    run = build(spec, "design")
    results = tmp_path / "results" / "tiny"
    assert run.returncode == 1
    assert (
        "FAILED build_crosswalk wiki.json: wiki.json: the wiki list (design.wiki) that the spec names is missing"
        in run.stdout
    )
    (tmp_path / "wiki.json").write_text('{"gadgets": ["Hat", "Coat"]}')
    run = build(spec, "design")
    assert run.returncode == 0, run.stdout
    ids = lambda: [one["id"] for one in read_json(results / "design" / "props.json")["entries"]]  # noqa: E731
    assert ids() == ["prop.hat"]
    assert "Nothing to be done" in build(spec, "design").stdout
    (deep / "TS_101_PR_COAT_Color.png").write_bytes(b"x")
    planned = jobs(build(spec, "design", "--dry-run").stdout)
    assert {"inventory_design", "build_dictionaries", "build_crosswalk"} <= set(planned), planned
    assert ids() == ["prop.hat"], "a dry run changes nothing"
    assert build(spec, "design").returncode == 0
    assert ids() == ["prop.coat", "prop.hat"]
    crosswalk = read_json(results / "design" / "crosswalk.json")
    assert crosswalk["counts"] == {"high": 2}
    assert "Nothing to be done" in build(spec, "design").stdout
    data = yaml.safe_load(spec.read_text())
    del data["design"]
    spec.write_text(yaml.safe_dump(data))
    assert "build_dictionaries" not in build(spec, "--dry-run").stdout


WATCH = """
import os, sys
def watch(event, arguments):
    if event == "os.scandir" and str(arguments[0]).endswith("art/deep"):
        with open(os.environ["WATCHED"], "a") as file:
            file.write(f"{os.getpid()}\\n")
sys.addaudithook(watch)
"""


def test_the_delivery_is_listed_once_a_plan_and_only_where_the_inventory_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "art" / "deep").mkdir(parents=True)
    (tmp_path / "art" / "deep" / "TS_101_PR_HAT_Color.png").write_bytes(b"x")
    part = design({"deep": {"dictionary": "props"}})
    spec = season(tmp_path, episodes=1, packages={}, production_code="1{episode}", design=part)
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(WATCH)
    watched = tmp_path / "watched"
    path = os.pathsep.join([str(tmp_path / "hook"), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "WATCHED": str(watched), "PYTHONPATH": path}

    def listed(*arguments: str) -> list[int]:
        """How often each process listed the folder deep in the delivery."""
        watched.write_text("")
        run = subprocess.run(command(spec, *arguments), env=environment, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout + run.stderr
        return sorted(Counter(watched.read_text().split()).values())

    assert listed("shots", "--dry-run") == [], "parsing and other plans look at nothing"
    assert listed("design", "--dry-run") == [1]
    assert listed("design") == [1, 1], "once by the plan, once by the job itself"
    assert listed("design") == [1]


def test_the_manifest_names_assets_of_its_episode(tmp_path: Path) -> None:
    folders = {"CH": {"dictionary": "characters"}, "BG": {"dictionary": "backgrounds"}}
    for path in ("CH/ANNA/TS_100_CH_ANNA_RAIN_COAT_Color", "BG/TS_101_BG_OLD_PIER_Color", "BG/TS_102_BG_ATTIC_Color"):
        place = tmp_path / "art" / f"{path}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(b"x")
    label = {"episode": "01", "characters": ["Anna"], "outfits": {"Anna": "rain coat"}, "scene_type": "action"}
    bible = {
        "show": "Tiny Show",
        "characters": [{"name": "Anna"}],
        "outfits": [{"character": "Anna", "name": "rain coat"}],
        "locations": ["old pier", "attic"],
        "episodes": [{"episode": "01"}],
        "shots": [
            {**label, "start_s": 0.0, "end_s": 10.0, "location": "old pier"},
            {**label, "start_s": 10.0, "end_s": 24.0, "location": "attic"},
        ],
    }
    (tmp_path / "bible.json").write_text(json.dumps(bible))
    spec = season(
        tmp_path,
        episodes=1,
        packages={},
        production_code="1{episode}",
        captions={"bible": "bible.json"},
        design=design(folders),
    )
    run = build(spec, "manifest")
    assert run.returncode == 0, run.stdout
    rows = read_jsonl(tmp_path / "results" / "tiny" / "manifest.jsonl")
    refs = {row["location"]: row["official_design_refs"] for row in rows}
    people = ["character.anna", "outfit.anna.rain-coat"]
    assert refs == {"old pier": [*people, "background.old-pier"], "attic": people}, "the attic is of another episode"
    assert all(row["production_asset_refs"] == [] for row in rows)
