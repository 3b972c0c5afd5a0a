"""Numbering: old episodes mapped by name, by what the spec states, by what people decide; never by number."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from old_season import BIBLE, KNOWN, NEW, SPEC, TITLES
from season import build, season

from reelwright.errors import SpecError
from reelwright.files import check, read_json
from reelwright.outcome import Record
from reelwright.reference.numbering import Production, map_numbering, production_episodes


class Old:
    """Old material in a folder, and the stage run on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.decisions = folder / "numbering.csv"
        self.outcome: dict[str, Any] = {}
        self.bible: Any = None

    def map(
        self, bible: Any = None, manifest: Any = None, stated: Mapping[str, dict[str, str]] | None = None
    ) -> dict[str, Any]:
        """The numbering of a bible and a manifest (JSON values, or text to write as it is)."""
        paths: dict[str, Path | None] = {"bible": None, "manifest": None}
        for name, content in (("bible", bible), ("manifest", manifest)):
            if content is not None:
                paths[name] = self.folder / f"{name}.json"
                text = content if isinstance(content, str) else json.dumps(content, indent=1)
                (self.folder / f"{name}.json").write_text(text, encoding="utf-8")
        return self.run(stated or {}, **paths)

    def run(self, stated: Mapping[str, dict[str, str]], **paths: Path | None) -> dict[str, Any]:
        record = Record("map_numbering", "numbering", self.folder / "outcome.json")
        productions = {number: Production(titles, **stated.get(number, {})) for number, titles in TITLES.items()}
        out, bible_out = self.folder / "out" / "numbering.json", self.folder / "out" / "reference_bible.json"
        map_numbering(
            out, bible_out, record, show=SPEC.show, productions=productions, decisions=self.decisions, **paths
        )  # type: ignore[arg-type]
        self.outcome, self.bible = read_json(record.path), read_json(bible_out)
        found: dict[str, Any] = read_json(out)
        if found is not None:
            check(found, "numbering", "numbering.json")
            self.by_id = production_episodes(out)
        return found

    def decide(self, *rows: str) -> None:
        """Write decisions: item, sha256, decision, value."""
        lines = ["item,sha256,decision,value,reason,reviewer,time", *(f"{row},,mk,2026-11-20" for row in rows)]
        self.decisions.write_text("\n".join(lines) + "\n")


@pytest.fixture
def old(tmp_path: Path) -> Old:
    return Old(tmp_path)


def test_the_thirteen_pairs_are_found_by_name_alone(old: Old) -> None:
    numbering = old.map(BIBLE)
    mapped = {one["episode_names"][0]: one["production_episode"] for one in numbering["episodes"]}
    assert mapped == KNOWN
    assert numbering["new"] == NEW
    medium = {one["episode_names"][0] for one in numbering["episodes"] if one["grade"] == "medium"}
    assert medium == {"Over", "The DAH"}, "those that were cut off are not as sure as the others, and used"
    assert all(one["margin"] >= 8 and one["review"] == [] for one in numbering["episodes"])
    assert old.outcome["status"] == "ok" and old.outcome["warnings"] == []


def test_the_spec_of_the_reference_project_says_the_same() -> None:
    stated = {one.existing_bible_name: number for number, one in SPEC.sources.episodes.items()}
    stated.pop(None)
    assert stated == KNOWN


FORMS: dict[str, Any] = {
    "a list": [{"episode_id": "a1", "episode_name": "Over"}, {"episode_id": "b2", "episode_name": "The DAH"}],
    "below a key": {
        "index": {"all": [{"episode_id": "a1", "episode_name": "Over"}, {"episode_id": "b2", "episode_name": "The DAH"}]}
    },
    "records by id": {"episodes": {"a1": {"episode_name": "Over"}, "b2": {"episode_name": "The DAH"}}},
    "names by id": {"a1": "Over", "b2": "The DAH"},
    "names by id below a key": {"show": "Totally Spies", "episodes": {"a1": "Over", "b2": "The DAH"}},
    "named once": [
        {"episode_id": "a1"}, {"episode_id": "a1", "episode_name": "Over"}, {"episode_id": "b2", "episode_name": " The  DAH"},
    ],
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_old_bibles_come_in_several_forms(old: Old, form: str) -> None:
    old.map(FORMS[form])
    assert old.by_id == {"a1": "07", "b2": "11"}


def test_records_get_their_production_episode_beside_what_they_have(old: Old) -> None:
    bible = {
        "episodes": {"a1": {"episode_name": "Over", "villain": "X"}, "zz": {"episode_name": "Some Other Show"}},
        "gadgets": [
            {"name": "Compowder", "episode_id": "a1"},
            {"name": "Moo Box", "episode_name": "Over"},
            {"name": "?"},
        ],
        "shots": [{"episode_id": "a1", "production_episode": "03", "deep": [{"episode_id": "zz"}]}],
    }
    numbering = old.map(bible)
    before = json.dumps(bible, indent=1)
    assert (old.folder / "bible.json").read_text() == before, "the old file stays as it is"
    assert old.bible == {
        "episodes": {
            "a1": {"episode_name": "Over", "villain": "X", "production_episode": "07"},
            "zz": {"episode_name": "Some Other Show", "production_episode": None},
        },
        "gadgets": [
            {"name": "Compowder", "episode_id": "a1", "production_episode": "07"},
            {"name": "Moo Box", "episode_name": "Over", "production_episode": "07"},
            {"name": "?"},
        ],
        "shots": [
            {
                "episode_id": "a1",
                "production_episode": "07",
                "deep": [{"episode_id": "zz", "production_episode": None}],
            }
        ],
    }
    (other,) = numbering["stated_otherwise"]
    assert other == {"path": "$.shots[0]", "episode_id": "a1", "value": "03", "production_episode": "07"}


def test_what_goes_by_a_number_is_listed_for_review(old: Old) -> None:
    bible = {
        "num_episodes": 13,
        "episodes": [{"episode_id": "a1", "episode_name": "Over", "episode_number": 4}],
        "gadgets": [{"name": "x", "episode": 4}, {"name": "y", "episode": 4}, {"name": "z", "episodes": [4, "S7E05"]}],
        "villains_by_episode": {"3": ["Geraldine"], "note": "?"},
        "S07E02": {"title": "?"},
        "outfits": [{"youtubeEpisode": "EP06", "step": 3, "year": 2024, "episode": "the last"}],
    }
    manifest = [{"episode_id": "a1", "ep": 4}, {"episode_id": "a1", "ep": 4}, {"episode_id": "a1", "shot_id": "s0004"}]
    numbering = old.map(bible, manifest)
    found = {(one["path"], one["value"]): one["count"] for one in numbering["by_number"]}
    assert found == {
        ("$.episodes[*].episode_number", "4"): 1,
        ("$.gadgets[*].episode", "4"): 2,
        ("$.gadgets[*].episodes", "4"): 1,
        ("$.gadgets[*].episodes", "S7E05"): 1,
        ("$.villains_by_episode.3", "3"): 1,
        ("$.S07E02", "S07E02"): 1,
        ("$.outfits[*].youtubeEpisode", "EP06"): 1,
        ("$[*].ep", "4"): 2,
    }
    places = {
        one["first"]: (one["file"], one["episode_id"], one["production_episode"]) for one in numbering["by_number"]
    }
    assert places["$.episodes[0].episode_number"] == ("bible", "a1", "07")
    assert places["$[0].ep"] == ("manifest", "a1", "07")
    assert places["$.gadgets[0].episode"] == ("bible", None, None)


def test_the_manifest_counts_and_unknown_ids_are_for_review(old: Old) -> None:
    rows = [{"episode_id": "a1"}, {"episode_id": "a1"}, {"episode_id": "nobody"}, {"clip": "without.mp4"}]
    numbering = old.map(FORMS["a list"], {"clips": rows})
    assert {one["episode_id"]: one["clips"] for one in numbering["episodes"]} == {"a1": 2, "b2": 0, "nobody": 1}
    assert "nobody" not in old.by_id
    (warning,) = old.outcome["warnings"]
    assert "the old episode nobody (no name): nothing gives it a name" in warning


def test_an_id_with_two_names_is_used_where_both_say_the_same(old: Old) -> None:
    same = [{"episode_id": "a1", "episode_name": "Over"}, {"episode_id": "a1", "episode_name": "Over-Simulated"}]
    assert old.map(same)["episodes"][0]["grade"] == "medium" and old.by_id == {"a1": "07"}
    other = [{"episode_id": "a1", "episode_name": "Over"}, {"episode_id": "a1", "episode_name": "The DAH"}]
    assert old.map(other)["episodes"][0]["production_episode"] is None
    assert "a1 ('Over', 'The DAH'): its names say different episodes" in old.outcome["warnings"][0]


def test_one_production_episode_has_one_old_one(old: Old) -> None:
    numbering = old.map({"a": "Over-Simulated", "b": "Over", "c": "The DAH", "d": "The DAH Wh"})
    assert old.by_id == {"a": "07"}, "the surer one of two, none of two that are equally sure"
    reviews = {one["episode_id"]: one["review"] for one in numbering["episodes"]}
    assert reviews == {
        "a": [],
        "b": ["07 is claimed by a too"],
        "c": ["11 is claimed by d too"],
        "d": ["11 is claimed by c too"],
    }
    assert "11" in numbering["new"]


def test_the_spec_outweighs_names_and_what_they_say_otherwise_is_shown(old: Old) -> None:
    stated = {
        "09": {"existing_episode_id": "b2"},
        "07": {"existing_bible_name": "over"},
        "13": {"existing_episode_id": "?"},
    }
    numbering = old.map({"a1": "Over", "b2": "The DAH"}, stated=stated)
    assert old.by_id == {"a1": "07", "b2": "09"}
    assert {one["how"] for one in numbering["episodes"]} == {"spec"}
    assert numbering["episodes"][1]["review"] == ["the spec states 09, its name says 11"]
    assert any("sources.episodes.13.existing_episode_id is '?'" in one for one in old.outcome["warnings"])
    both = old.map({"a1": "Over"}, stated={"08": {"existing_episode_id": "a1"}, "09": {"existing_bible_name": "Over"}})
    assert both["episodes"][0]["production_episode"] is None
    assert "the spec states both 08 and 09" in both["episodes"][0]["review"]


def test_without_a_bible_the_spec_is_what_is_known(old: Old) -> None:
    stated = {
        "07": {"existing_episode_id": "a1", "existing_bible_name": "Over"},
        "11": {"existing_bible_name": "The DAH"},
    }
    numbering = old.map(stated=stated)
    assert old.by_id == {"a1": "07"} and old.bible is None
    assert [one["production_episode"] for one in numbering["episodes"]] == ["07", "11"]
    assert numbering["episodes"][0]["episode_names"] == ["Over"]
    assert old.map(manifest=[{"episode_id": "a1"}], stated=stated)["episodes"][0]["clips"] == 1


def test_decisions_outweigh_everything(old: Old) -> None:
    first = old.map({"a1": "Over", "b2": "Totally", "c3": "Best Of"}, stated={"08": {"existing_episode_id": "a1"}})
    seals = {one["episode_id"]: one["sha256"] for one in first["episodes"]}
    old.decide(f"a1,{seals['a1']},map,09", f"b2,{seals['b2']},map,03", f"c3,{seals['c3']},none,")
    numbering = old.map({"a1": "Over", "b2": "Totally", "c3": "Best Of"}, stated={"08": {"existing_episode_id": "a1"}})
    assert old.by_id == {"a1": "09", "b2": "03"}
    assert {one["how"] for one in numbering["episodes"]} == {"decision"}
    assert [one["review"] for one in numbering["episodes"]] == [[], [], []] and old.outcome["warnings"] == []
    assert numbering["decisions"] == {"applied": ["a1", "b2", "c3"], "stale": [], "unknown": []}


def test_decisions_about_what_has_changed_or_is_not_there_are_reported(old: Old) -> None:
    seal = old.map({"a1": "Over"})["episodes"][0]["sha256"]
    old.decide(f"a1,{seal},map,09", f"zz,{seal},map,03")
    numbering = old.map({"a1": "The DAH"})
    assert old.by_id == {"a1": "11"}
    assert numbering["decisions"] == {"applied": [], "stale": ["a1"], "unknown": ["zz"]}
    said = "\n".join(old.outcome["warnings"])
    assert "a1 has another name than when mk decided: decide again" in said and "there is no old episode zz" in said


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (None, r"line 1 is '': expected the header item,sha256"),
        ([f"a1,{'0' * 64},map,27"], r"value of a1 is '27': expected a production episode of the spec \(01 to 26\)"),
        ([f"a1,{'0' * 64},map,"], r"value of a1 is '': expected a production episode"),
        ([f"a1,{'0' * 64},none,03"], r"value of a1 is '03': expected nothing"),
        ([f"a1,{'0' * 64},mapp,03"], r"'mapp': expected one of map, none; did you mean 'map'"),
        ([f"a1,{'0' * 64},map,03", f"a1,{'0' * 64},map,04"], r"line 3, a1 is 'map 04': expected one decision an item"),
    ],
    ids=["empty", "unknown episode", "no episode", "none of one", "unknown word", "contradiction"],
)
def test_decisions_that_are_none_stop_with_their_place(old: Old, rows: list[str] | None, expected: str) -> None:
    old.decide(*(rows or []))
    if rows is None:
        old.decisions.write_text("")
    with pytest.raises(SpecError, match=expected):
        old.map({"a1": "Over"})


@pytest.mark.parametrize(
    ("bible", "expected"),
    [
        ('{"episodes": [\n{"episode_id": "a1",}]}', "bible.json: line 2, column 2"),
        ("", "bible.json: line 1, column 1: no valid JSON"),
        ("7", "bible.json: expected records with episode_id and episode_name"),
        ("[" * 100_000, "bible.json: is nested without end"),
        ('{"a": NaN}', "bible.json: can't be read: NaN is no number of JSON"),
        ('["\\ud800"]', "bible.json: can't be read: "),
    ],
)
def test_a_broken_bible_is_a_failed_item(old: Old, bible: str, expected: str) -> None:
    assert old.map(bible) is None and old.bible is None
    assert old.outcome["error"]["code"] == "reference"
    assert expected in old.outcome["error"]["message"]


def test_a_bible_without_episodes_and_ids_that_are_none_say_nothing(old: Old) -> None:
    numbering = old.map({"notes": [{"episode_id": None, "episode_name": 7}, {"episode_id": True}, {"episode_id": ""}]})
    assert numbering["episodes"] == [] and len(numbering["new"]) == 26


@pytest.mark.parametrize("manifest", ['[{"a": 1}, 7]', '{"a": [{}], "b": [{}]}', "7", "[{"])
def test_a_broken_manifest_is_a_failed_item(old: Old, manifest: str) -> None:
    assert old.map(BIBLE, manifest) is None
    assert "manifest.json" in old.outcome["error"]["message"]


def test_a_missing_file_is_a_failed_item_and_jsonl_is_read(old: Old) -> None:
    assert old.run({}, bible=old.folder / "nowhere.json", manifest=None) is None
    assert old.outcome["error"]["code"] == "missing" and "nowhere.json" in old.outcome["error"]["message"]
    rows = old.folder / "rows.jsonl"
    rows.write_text('{"episode_id": "a1"}\n\n{"episode_id": "a1"}\n')
    assert old.run({}, bible=None, manifest=rows)["episodes"][0]["clips"] == 2
    rows.write_text('{"episode_id": "a1"}\n{"episode_id"')
    assert old.run({}, bible=None, manifest=rows) is None
    assert "rows.jsonl: line 2: no valid JSON" in old.outcome["error"]["message"]


@pytest.mark.slow
def test_a_build_maps_old_episodes_and_a_missing_bible_is_named(tmp_path: Path) -> None:
    spec = season(tmp_path, episodes=2, packages={}, reference={"bible": "old/master-index.json"})
    run = build(spec, "reference")
    assert run.returncode == 1
    assert "FAILED map_numbering numbering: old/master-index.json: the old season bible" in run.stdout
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "master-index.json").write_text('{"x9": "two", "y8": "Three"}')
    run = build(spec, "reference")
    assert run.returncode == 0, run.stdout
    assert "warning: map_numbering numbering: the old episode y8 ('Three'): its name fits none" in run.stdout
    assert production_episodes(tmp_path / "results" / "tiny" / "sources" / "numbering.json") == {"x9": "02"}
    assert "Nothing to be done" in build(spec, "reference").stdout
    data = yaml.safe_load(spec.read_text())
    del data["reference"]
    spec.write_text(yaml.safe_dump(data))
    assert "map_numbering" not in build(spec, "--dry-run").stdout
