"""Design packages in real Snakemake runs: built without a master, checked, planned, and made anew only when needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from lane_inputs import FOLDERS, Atelier, character, picture, prop
from season import build, jobs

from reelwright.files import read_json, read_jsonl

pytestmark = pytest.mark.slow

REF = {
    "lane": "design",
    "model": "wan2.2-t2v-a14b",
    "categories": {"outfits": {"share": 2}, "gadget": {"share": 1}},
    "balance": [["Ida", "Bo"]],
    "long_side": 320,
    "min_side": 200,
    "untightened": True,
}


def project(folder: Path, **changes: Any) -> Path:
    """A spec whose masters are missing, which is no matter for production art."""
    art = Atelier(folder)
    drawn = {character("IDA", f"RAIN_COAT_V{number}"): picture(number) for number in (3, 5, 6)}
    art.deliver({**drawn, character("BO", "SUIT"): picture(8), prop("MAGNET", "GADGET_"): picture(31)})
    sources = {"folder": "delivery", "rights": "licensed", "masters": "M_{episode}_{title}.mov"}
    spec = {
        "project": "tiny",
        "show": "Tiny Show",
        "season": 7,
        "production_code": "7{episode}",
        "sources": {**sources, "episodes": {"01": {"title": "ONE"}}},
        "captions": {"trigger": "tinyshow", "locations": ["attic"]},
        "design": {"folder": "art", "rights": "licensed", "folders": FOLDERS, "names": {"show": "TS"}},
        "packages": {"ref": REF, "gadgets": {**REF, "categories": {"gadget": {"share": 1}}, "balance": []}},
        **changes,
    }
    path = folder / "tiny.yaml"
    path.write_text(yaml.safe_dump(spec, sort_keys=False))
    return path


def test_a_build_makes_design_packages_and_a_second_one_nothing(tmp_path: Path) -> None:
    spec = project(tmp_path)
    planned = build(spec, "plan")
    assert "Images of design packages, at most: ref not known yet, gadgets not known yet." in planned.stdout
    run = build(spec, "ref", "gadgets")
    assert run.returncode == 0, run.stdout
    assert "probe_master" not in jobs(run.stdout), "no master is asked for"
    packages = tmp_path / "results" / "tiny" / "packages"
    for name, rows in (("ref", 5), ("gadgets", 1)):
        assert len(read_jsonl(packages / name / "metadata.jsonl")) == rows
        assert read_json(packages / name / "preflight.json")["passed"] is True
    people = read_json(packages / "ref" / "summary.json")["characters"]
    assert people["Ida"]["draws"] == people["Bo"]["draws"]
    assert "Nothing to be done" in build(spec, "ref").stdout
    planned = build(spec, "plan", "--config", "targets=ref")
    assert "Images of design packages, at most: ref 5, gadgets 1." in planned.stdout, planned.stdout
    changed = yaml.safe_load(spec.read_text())
    changed["packages"]["gadgets"]["long_side"] = 160
    changed["packages"]["gadgets"]["min_side"] = 100
    spec.write_text(yaml.safe_dump(changed, sort_keys=False))
    run = build(spec, "ref", "gadgets")
    assert jobs(run.stdout)["build_design_package"] == 1, "the other package is as it was"


def test_anchors_that_do_not_train_stay_out_and_failures_are_named(tmp_path: Path) -> None:
    sets = {"cast": {"characters": {"Ida": ["01_CH/IDA/*"], "Bo": ["01_CH/BO/*"]}}}
    spec = project(tmp_path, identity={"sets": sets, "review": {"train_side": 256}})
    decisions = tmp_path / "config" / "tiny" / "decisions" / "identity.csv"
    decisions.parent.mkdir(parents=True)
    run = build(spec, "ref")
    assert run.returncode == 0, run.stdout
    table = read_jsonl(tmp_path / "results/tiny/identity/review/cast.jsonl")
    bo = next(row for row in table if row["character"] == "Bo")
    decisions.write_text(
        "item,sha256,decision,value,reason,reviewer,time\n"
        f"{bo['plate_id']},{bo['source_sha256']},EVAL_ONLY,,odd,mk,2026-11-20\n"
    )
    run = build(spec, "ref")
    assert run.returncode == 1
    assert "package ref: Bo is to be drawn as often as Ida, but has no image: 1 x anchor: cast/" in run.stdout
    art = Atelier(tmp_path)
    art.deliver({prop("MAGNET", "GADGET_"): picture(31), prop("BROKEN", "GADGET_"): b"no picture"})
    run = build(spec, "gadgets", "--config", "packages={gadgets: {max_failed_share: 0.5}}")
    assert run.returncode == 1, run.stdout
    assert f"FAILED build_design_package {prop('BROKEN', 'GADGET_')}: " in run.stdout
    assert "packages: gadgets 1 row, 1 not built" in run.stdout, "one bad file stops no other"
    assert read_json(tmp_path / "results/tiny/packages/gadgets/preflight.json")["passed"] is True
    (tmp_path / "art" / "03.zip").unlink()
    run = build(spec, "gadgets")
    assert run.returncode == 1
    assert "package gadgets would have no images: there are no drawings in the categories" in run.stdout
