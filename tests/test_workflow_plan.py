"""Planned against spent in real Snakemake runs: bounds hold, exact numbers are met, and the last words say both."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from season import PACKAGE, build, season
from vlm_server import VlmServer

from reelwright.files import read_json, read_jsonl

pytestmark = pytest.mark.slow

ANSWER = {
    "visual_description": "A disc crosses a plain room from left to right.",
    "shot_type": "wide shot", "camera": "static", "characters": [], "outfits": [], "location": None,
    "scene_type": "other", "action": "a disc moves", "props": [], "on_screen_text": None, "usable": True, "reason": "",
}  # fmt: skip

PRICE = 0.25


@pytest.fixture
def server() -> Iterator[VlmServer]:
    with VlmServer(lambda call: json.dumps(ANSWER)) as started:
        yield started


@pytest.fixture
def spec(tmp_path: Path, server: VlmServer) -> Path:
    """A season of two episodes whose captions a model gives for money."""
    model = {"base_url": server.url, "slots": 2, "tries": 1, "price": PRICE}
    package = {**PACKAGE, "caption_sources": ["vlm"]}
    captions = {"backend": "ollama", "ollama": model, "ask_again": 1}
    return season(tmp_path, 2, captions=captions, packages={"smoke": package}, budget={"money": 100})


def planned(spec: Path) -> dict[str, Any]:
    run = build(spec, "plan")
    assert run.returncode == 0, run.stdout
    data: dict[str, Any] = read_json(spec.parent / "results" / "tiny" / "plan.json")
    return data


def kept(spec: Path) -> int:
    folder = spec.parent / "results" / "tiny" / "clips"
    return sum(row["kept"] for path in folder.glob("ep*.jsonl") for row in read_jsonl(path))


def media(spec: Path) -> int:
    """Bytes of all media of clips and of the package."""
    results = spec.parent / "results" / "tiny"
    files = [path for name in ("clips", "first_frames", "sheets") for path in (results / name).glob("ep*/*")]
    return sum(path.stat().st_size for path in [*files, *(results / "packages" / "smoke" / "media").iterdir()])


def since(said: str) -> str:
    """What the last words say of the plan; empty where they don't."""
    return next((line for line in said.splitlines() if line.startswith("since the plan of ")), "")


def test_masters_that_are_probed_bound_clips_calls_money_and_bytes(spec: Path, server: VlmServer) -> None:
    unknown = planned(spec)
    assert unknown["calls"]["unknown"] == ["01", "02"] and unknown["clips"]["unknown"] == {
        "01": "not probed yet",
        "02": "not probed yet",
    }
    first = build(spec, "sources")
    assert first.returncode == 0, first.stdout
    assert "media 0 kB (planned not known)" in since(first.stdout), first.stdout
    plan = planned(spec)
    assert [one["state"] for one in plan["clips"]["episodes"]] == ["probed", "probed"]
    # 24 s each, of which head and tail take 2 s each: six clips of 3 s and 2 s of nothing.
    assert (plan["clips"]["exactly"], plan["clips"]["at_most_more"], plan["clips"]["unknown"]) == (0, 12, {})
    calls = plan["calls"]
    assert (calls["waiting"], calls["at_most_more"], calls["corrections"], calls["unknown"]) == (0, 24, 12, [])
    assert (calls["price"], calls["at_most_more_price"]) == (0.0, 24 * PRICE)

    server.then("words")
    run = build(spec)
    assert run.returncode == 0, run.stdout
    assert 6 <= kept(spec) <= 12 and len(server.calls) == kept(spec) + 1, "one answer was corrected"
    assert media(spec) <= sum(one["at_most_more"] for one in plan["bytes"].values())
    jobs, count = sum(plan["jobs"].values()), len(server.calls)
    assert f" UTC: jobs {jobs} (planned {jobs} exactly); " in since(run.stdout), run.stdout
    assert f"calls of qwen2.5vl:7b {count} (planned 0 exactly, at most 24 more)" in since(run.stdout)
    assert f"money {count * PRICE:.2f} USD (planned 0.00 USD exactly, at most 6.00 USD more)" in since(run.stdout)
    assert "warning: plan" not in run.stdout
    assert "Planned and spent" in (spec.parent / "results" / "tiny" / "report.html").read_text()


def test_what_is_known_is_met_exactly_and_other_settings_are_counted_without_cutting(
    spec: Path, server: VlmServer
) -> None:
    assert build(spec, "quality").returncode == 0
    plan, clips = planned(spec), kept(spec)
    assert (plan["known"]["clips"], plan["calls"]["waiting"], plan["calls"]["price"]) == (clips, clips, clips * PRICE)
    assert plan["clips"]["episodes"] == [] and plan["bytes"].keys() == {"clips", "package smoke"}
    run = build(spec)
    assert run.returncode == 0 and len(server.calls) == clips, run.stdout
    assert f"calls of qwen2.5vl:7b {clips} (planned {clips} exactly, at most {clips} more)" in since(run.stdout)
    assert f"money {clips * PRICE:.2f} USD (planned {clips * PRICE:.2f} USD exactly" in since(run.stdout)
    assert planned(spec)["jobs"] == {}
    assert since(build(spec).stdout) == "", "nothing has run since"

    data = yaml.safe_load(spec.read_text())
    data["clips"]["tail_s"] = 3
    spec.write_text(yaml.safe_dump(data, sort_keys=False))
    plan = planned(spec)
    assert {one["state"] for one in plan["clips"]["episodes"]} == {"measured"}
    stored = plan["bytes"]["clips"]
    assert stored["linked"] > 0 and stored["about"] is not None and "clips of this project" in stored["how"]
    run = build(spec)
    assert run.returncode == 0, run.stdout
    assert kept(spec) == plan["clips"]["exactly"] and plan["clips"]["at_most_more"] == 0
    assert len(server.calls) - clips <= plan["calls"]["at_most_more"]
    written = sum(one["at_most_more"] for one in plan["bytes"].values())
    assert "media " in since(run.stdout) and 0 < written < media(spec) * 10
    assert "warning: plan" not in run.stdout, run.stdout


def test_a_plan_of_one_target_says_so_when_another_was_built(spec: Path) -> None:
    run = build(spec, "plan", "--config", "targets=sources")
    assert run.returncode == 0, run.stdout
    plan = read_json(spec.parent / "results" / "tiny" / "plan.json")
    assert plan["targets"] == ["sources"] and plan["calls"]["unknown"] == [], "no captions are part of it"
    run = build(spec, "scan")
    assert run.returncode == 0, run.stdout
    said = "warning: plan: more jobs ran than planned: scan_source 2 (planned 0); the plan is of sources"
    assert said in run.stdout, run.stdout
