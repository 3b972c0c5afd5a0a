"""From the page to the package by a real Snakemake: what is excluded is out of the next build, what changed is stale."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from browsing import Trouble, browser, named, opened
from season import build, jobs, season

from footage import shots_film
from reelwright.decisions import COLUMNS
from reelwright.files import read_json, read_jsonl, write_csv

pytestmark = pytest.mark.slow


def results(spec: Path) -> Path:
    return spec.parent / "results" / "tiny"


def decide(spec: Path, domain: str, *rows: dict[str, Any]) -> None:
    usual = {"value": "", "reason": "", "reviewer": "mk", "time": "2026-11-20T10:00:00Z"}
    write_csv(
        spec.parent / "config" / "tiny" / "decisions" / f"{domain}.csv",
        list(COLUMNS),
        [{**usual, **row} for row in rows],
    )


def test_an_exclude_in_the_page_is_out_of_the_package_and_a_changed_clip_makes_it_stale(tmp_path: Path) -> None:
    spec = season(tmp_path)
    run = build(spec, "all", "review")
    assert run.returncode == 0, run.stdout
    folder = results(spec)
    chosen = read_jsonl(folder / "packages" / "smoke" / "metadata.jsonl")
    out, kept = chosen[0]["clip_id"], chosen[1]["clip_id"]
    trouble = Trouble()
    saved = spec.parent / "config" / "tiny" / "decisions" / "clips.csv"
    with browser() as chrome:
        page = opened(
            chrome.new_context(accept_downloads=True),
            f"{(folder / 'review' / 'index.html').as_uri()}#item={out}",
            trouble,
        )
        named(page)
        page.evaluate("id => reelwright.app.select(reelwright.app.view.shown.find(item => item.item === id))", out)
        page.keyboard.press("x")
        page.evaluate("id => reelwright.app.select(reelwright.app.view.shown.find(item => item.item === id))", kept)
        page.keyboard.press("e")
        page.click("#decisions")
        with page.expect_download() as waiting:
            page.get_by_role("button", name="Save clips.csv").click()
        waiting.value.save_as(saved)
        assert trouble == []
    again = build(spec, "all", "review")
    assert again.returncode == 0, again.stdout
    rows = [row["clip_id"] for row in read_jsonl(folder / "packages" / "smoke" / "metadata.jsonl")]
    assert out not in rows
    assert kept not in rows
    assert len(rows) == len(chosen)
    manifest = {row["clip_id"]: row for row in read_jsonl(folder / "manifest.jsonl")}
    assert manifest[out]["exclude_reasons"] == ["decision"]
    assert manifest[kept]["exclude_reasons"] == ["eval_only"]
    assert read_json(folder / "review" / "index.json")["states"]["clips"]["decided"] == 2
    assert build(spec, "all", "review").returncode == 0
    # The master is delivered anew: the same cuts, other pictures.
    master = next((tmp_path / "delivery" / "masters").glob("*EP01*"))
    shots_film(master, [60, 90, 110, 100, 85, 95, 60], first=60, options={"g": "50"})
    changed = build(spec, "all", "review")
    assert changed.returncode == 0, changed.stdout
    assert f"clips.csv: {out} was decided about another master; look at it again" in changed.stdout
    state = read_json(folder / "review" / "index.json")["states"]["clips"]
    assert {row["item"] for row in state["stale"]} == {out, kept}
    assert "decisions 2 about what has changed since" in changed.stdout


def test_an_edited_caption_is_what_training_reads_where_the_package_takes_it(tmp_path: Path) -> None:
    package = {
        "lane": "video", "model": "wan2.2-t2v-a14b", "caption_sources": ["structured"], "size": [160, 96],
        "frame_buckets": [49, 33],
    }  # fmt: skip
    spec = season(tmp_path, episodes=1, packages={"smoke": package})
    assert build(spec, "all", "review").returncode == 0
    text = (results(spec) / "review" / "data" / "captions.js").read_text()
    first = read_jsonl(results(spec) / "captions" / "ep01.jsonl")[0]
    item = first["clip_id"]
    sha256 = text.split(f'\\"item\\":\\"{item}\\",\\"sha256\\":\\"')[1][:64]
    decide(
        spec, "captions", {"item": item, "sha256": sha256, "decision": "text", "value": "A wall,  as a person says it."}
    )
    refused = build(spec)
    assert refused.returncode == 1
    assert f"{item}: its caption is edited" in refused.stdout
    spec.write_text(spec.read_text().replace("- structured", "- structured\n    - edited"))
    run = build(spec, "all", "review")
    assert run.returncode == 0, run.stdout
    rows = {row["clip_id"]: row for row in read_jsonl(results(spec) / "packages" / "smoke" / "metadata.jsonl")}
    assert rows[item]["prompt"] == "A wall, as a person says it."
    assert rows[item]["caption_source"] == "edited"
    caption = read_jsonl(results(spec) / "captions" / "ep01.jsonl")[0]
    assert caption["edited"]["was"] == first["training_caption"]
    state = read_json(results(spec) / "review" / "index.json")["states"]["captions"]
    assert (state["decided"], state["stale"]) == (1, [])


def test_pages_are_made_again_alone_when_only_they_change(tmp_path: Path) -> None:
    spec = season(tmp_path, episodes=1)
    assert build(spec, "review").returncode == 0
    assert "Nothing to be done" in build(spec, "review").stdout
    copied = tmp_path / "copied"
    shutil.copytree(results(spec), copied)
    assert (copied / "review" / "index.html").exists()
    clip = read_jsonl(results(spec) / "clips" / "ep01.jsonl")[0]
    decide(spec, "boundaries", {"item": "ep01_000060", "sha256": clip["source_sha256"], "decision": "right"})
    run = build(spec, "review")
    assert run.returncode == 0, run.stdout
    assert jobs(run.stdout) == {"review_pages": 1, "review": 1}
