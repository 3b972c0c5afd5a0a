"""Evaluation sets in real Snakemake runs: with art and anchors, with nothing held out, with art that failed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import pytest
import yaml
from evaluation_inputs import drawing
from plating import PAPER, layered, square
from season import build, jobs, season

from footage import painted
from reelwright.files import read_json, read_jsonl

pytestmark = pytest.mark.slow


def delivered(folder: Path) -> dict[str, Any]:
    """Art of two characters, a prop and a background that the trained episode shows; the parts of the spec that name it."""
    for number, name in enumerate(("IDA/TS_100_CH_IDA_COAT.psd", "BO/TS_100_CH_BO_ROBE.psd")):
        path = folder / "art" / "01_CH" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(layered(square(500, 1100, PAPER, (90, 60 + 60 * number, 120))))
    (folder / "art" / "PR").mkdir()
    cv2.imwrite(str(folder / "art" / "PR" / "TS_100_PR_LAMP_Color.png"), drawing(3))
    # Frame 20 of the second shot of episode 01, which is trained on.
    cv2.imwrite(str(folder / "art" / "PR" / "TS_100_PR_HAT_Color.png"), painted(11, 40))
    (folder / "wiki.json").write_text('{"props": ["Lamp", "Hat"]}')
    design = {
        "folder": "art",
        "rights": "licensed",
        "folders": {"01_CH": {"dictionary": "characters"}, "PR": {"dictionary": "props"}},
        "names": {"show": "TS", "outfits": ["coat", "robe"]},
        "wiki": [{"path": "wiki.json"}],
    }
    sets = {"cast": {"characters": {"Ida": ["01_CH/IDA/*"], "Bo": ["01_CH/BO/*"]}}}
    return {"design": design, "identity": {"sets": sets}}


def test_art_and_anchors_become_items_unless_training_footage_shows_them(tmp_path: Path) -> None:
    spec = season(tmp_path, episodes=2, evaluation={"holdout": ["02"]}, **delivered(tmp_path))
    run = build(spec, "evaluation")
    assert run.returncode == 0, run.stdout
    assert "build_package" not in jobs(run.stdout), "sets are made before any package"
    folder = tmp_path / "results" / "tiny" / "evaluation"
    sets = {kind: read_jsonl(folder / f"{kind}.jsonl") for kind in ("identity", "outfit", "prop", "motion")}
    assert {row["labels"]["character"] for row in sets["identity"]} == {"Ida", "Bo"}
    assert {row["item_id"] for row in sets["outfit"]} == {"outfit.ida.coat", "outfit.bo.robe"}
    assert [row["item_id"] for row in sets["prop"]] == ["prop.lamp"]
    (refused,) = read_json(folder / "sets.json")["sets"]["prop"]["refused"]
    assert refused["item_id"] == "prop.hat"
    assert "nearly copies the picture PR/TS_100_PR_HAT_Color.png" in refused["reason"]
    assert {row["span"]["clip_id"][:4] for row in sets["motion"]} == {"ep02"}
    # Art that is gone fails where it is read; the sets of clips stay.
    for path in (tmp_path / "art" / "01_CH").glob("*/*"):
        path.unlink()
    run = build(spec, "evaluation")
    assert run.returncode == 1
    assert "FAILED export_plates cast" in run.stdout
    assert "Traceback" not in run.stdout
    assert read_jsonl(folder / "identity.jsonl") == []
    assert len(read_jsonl(folder / "motion.jsonl")) == len(sets["motion"])
    assert "warning: build_evaluation sets: evaluation.sets.identity.minimum is 1, and 0 items" in run.stdout


def test_where_nothing_is_held_out_the_target_says_so(tmp_path: Path) -> None:
    spec = season(tmp_path, episodes=2)
    run = build(spec, "evaluation")
    assert run.returncode == 0, run.stdout
    assert "Evaluation of tiny: no sets, since evaluation.holdout names nothing" in run.stdout
    assert "build_evaluation" not in jobs(run.stdout)
    assert not (tmp_path / "results" / "tiny" / "evaluation").exists()
    data = yaml.safe_load(spec.read_text())
    data["evaluation"] = {"sets": {"outfits": {"size": 4}}}
    spec.write_text(yaml.safe_dump(data))
    run = build(spec, "evaluation")
    assert run.returncode == 1
    assert "evaluation.sets.outfits: is no key here; did you mean 'outfit'?" in run.stdout
