"""The old clips as a benchmark: every one of them, and what each package has seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reelwright.files import check, read_jsonl, write_json, write_jsonl
from reelwright.packages.benchmark import list_benchmark

A = "a" * 64


def old(name: str, start: int | None, **more: Any) -> dict[str, Any]:
    there = start is not None
    place = (
        {"source_id": "ep05.film", "source_sha256": A, "start_frame": start, "end_frame": start + 50} if there else {}
    )
    times = {"start_s": start / 25, "end_s": start / 25 + 2} if there else {}
    nothing = dict.fromkeys(("source_id", "source_sha256", "start_frame", "end_frame", "start_s", "end_s", "reason"))
    named = {"clip": f"{name}.mp4", "reference_id": f"ref.{name}", "file": f"{name}.mp4", "sha256": A}
    return {**nothing, **named, "found": there, "production_episode": "05" if there else None, **place, **times, **more}


def test_each_old_clip_says_where_it_lies_and_who_has_seen_it(tmp_path: Path) -> None:
    clips = [old("one", 100), old("two", None, reason="unlike"), old("gone", 300, file=None, sha256=None)]
    write_json(tmp_path / "reference.json", {"clips": clips})
    seed = {"clip": "one.mp4", "caption": "Ida runs.", "characters": ["Ida"], "location": None, "outfits": {}}
    write_jsonl(tmp_path / "seeds.jsonl", [{**seed, "scene_type": "action"}])
    seen = {"smoke": [True, None, False], "pilot": [False, None, True]}
    for package, values in seen.items():
        rows = ({"clip": one["clip"], "seen": value, "rows": []} for one, value in zip(clips, values, strict=True))
        write_jsonl(tmp_path / f"{package}.jsonl", rows)
    out = tmp_path / "out.jsonl"
    paths = {package: tmp_path / f"{package}.jsonl" for package in seen}
    list_benchmark(tmp_path / "reference.json", [tmp_path / "seeds.jsonl"], paths, out)
    one, two, gone = read_jsonl(out)
    assert [one["item_id"], two["item_id"]] == ["reference.one", "reference.two"]
    assert one["prompt"] == "Ida runs." and one["source"] == {
        "rights": "reference",
        "manifest": "sources/reference.json",
    }
    assert one["labels"]["characters"] == ["Ida"] and "location" not in one["labels"]
    assert one["labels"]["seen"] == {"smoke": True, "pilot": False}
    assert (one["span"]["start_frame"], one["span"]["end_frame"], one["span"]["clip_id"]) == (100, 150, None)
    assert two["labels"]["seen"] == {"smoke": None, "pilot": None}
    assert two["span"] is None and two["prompt"] is None and two["labels"]["reason"] == "unlike"
    assert gone["media"] == [] and gone["labels"]["seen"] == {"smoke": False, "pilot": True}


def test_old_clips_that_could_not_be_located_at_all_leave_an_empty_list(tmp_path: Path) -> None:
    (tmp_path / "reference.json").write_text("null\n")
    list_benchmark(tmp_path / "reference.json", [], {}, tmp_path / "out.jsonl")
    assert read_jsonl(tmp_path / "out.jsonl") == []


def test_an_old_clip_is_never_licensed(tmp_path: Path) -> None:
    write_json(tmp_path / "reference.json", {"clips": [old("one", 100)]})
    list_benchmark(tmp_path / "reference.json", [], {}, tmp_path / "out.jsonl")
    (row,) = read_jsonl(tmp_path / "out.jsonl")
    row["source"]["rights"] = "licensed"
    try:
        check(row, "evaluation_item", "row")
    except ValueError as error:
        assert "'reference' was expected" in str(error)
    else:
        raise AssertionError("the schema takes it")
