"""Carrying: what the old manifest says of located clips becomes seeds of the episodes in which they lie."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelwright.captions.seeds import read_seeds
from reelwright.files import check, read_json, read_jsonl, write_json
from reelwright.outcome import Record
from reelwright.reference.seeds import carry_labels, old_labels


def old(clip: str, **changes: Any) -> dict[str, Any]:
    """A row of the old manifest."""
    return {
        "clip": clip, "duration": 4.0, "episode_id": "yt1", "shot_id": f"{clip}-shot", "characters": ["Sam", "Alex"],
        "outfits": {"Sam": "green catsuit"}, "location": "WOOHP HQ", "scene_type": "briefing",
        "transcript": "Sam: We gotta get back in spy shape.", "structured_caption": "A briefing: Sam and Alex.",
        "story_context": "The spies train.", "caption": "", **changes,
    }  # fmt: skip


def place(row: int | None, clip: str, start_s: float, **changes: Any) -> dict[str, Any]:
    """What sources/reference.json says of a clip that was found, as far as labels need it; ``row`` counts from 1."""
    return {
        "clip": clip, "row": row, "found": True, "production_episode": "02", "start_s": start_s, "end_s": start_s + 4,
        "score": 0.97, **changes,
    }  # fmt: skip


def nowhere(row: int, clip: str) -> dict[str, Any]:
    """The same of one that was not found."""
    return place(row, clip, 0, found=False, production_episode=None, end_s=None, score=0.2)


class Carrying:
    """An old manifest and its places in a folder, and the stage run on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest = folder / "old.json"
        self.outcome: dict[str, Any] = {}

    def run(self, rows: Any, places: Any) -> dict[str, list[dict[str, Any]]]:
        """The seeds of episodes 01 and 02, checked as captions read them."""
        if rows is not None:
            self.manifest.write_text(rows if isinstance(rows, str) else json.dumps(rows))
        located, record = self.folder / "reference.json", Record("carry_labels", "seeds", self.folder / "outcome.json")
        write_json(located, None if places is None else {"clips": places})
        out = {episode: self.folder / "seeds" / f"ep{episode}.jsonl" for episode in ("01", "02")}
        carry_labels(out, record, manifest=self.manifest, located=located)
        self.outcome = read_json(record.path)
        for path in out.values():
            assert len(read_seeds(path)) == len(read_jsonl(path))
        return {episode: read_jsonl(path) for episode, path in out.items()}


@pytest.fixture
def carrying(tmp_path: Path) -> Carrying:
    return Carrying(tmp_path)


def test_labels_go_to_the_episode_in_which_the_clip_lies(carrying: Carrying) -> None:
    found = carrying.run([old("b.mp4"), old("a.mp4")], [place(1, "b.mp4", 30.0), place(2, "a.mp4", 12.48)])
    assert found["01"] == []
    assert [seed["clip"] for seed in found["02"]] == ["a.mp4", "b.mp4"], "by time"
    assert found["02"][0] == {
        "clip": "a.mp4", "start_s": 12.48, "end_s": 16.48, "confidence": 0.97, "characters": ["Sam", "Alex"],
        "outfits": {"Sam": "green catsuit"}, "location": "WOOHP HQ", "scene_type": "briefing",
        "transcript": "Sam: We gotta get back in spy shape.", "caption": "A briefing: Sam and Alex.",
    }  # fmt: skip
    assert carrying.outcome["status"] == "ok" and carrying.outcome["warnings"] == []


def test_labels_are_those_of_the_row_that_was_located_whatever_others_have_its_name(carrying: Carrying) -> None:
    rows = [old("a.mp4", location="first"), old("a.mp4", location="second"), old("clips/b.mp4", location="third")]
    found = carrying.run(rows, [place(1, "a.mp4", 5.0, production_episode="01"), place(3, "clips/b.mp4", 9.0)])
    assert [(seed["clip"], seed["location"]) for seed in found["01"]] == [("a.mp4", "first")]
    assert [(seed["clip"], seed["location"]) for seed in found["02"]] == [("clips/b.mp4", "third")]


def test_a_score_below_nothing_is_no_confidence(carrying: Carrying) -> None:
    (seed,) = carrying.run([old("a.mp4")], [place(1, "a.mp4", 0.0, score=-0.2)])["02"]
    assert seed["confidence"] == 0


def test_a_model_s_caption_outweighs_the_structured_one() -> None:
    assert old_labels(old("a.mp4", caption="Sam runs."))["caption"] == "Sam runs."
    bare = {"characters": [], "outfits": {}, "location": None, "scene_type": None, "transcript": "", "caption": ""}
    assert old_labels({"clip": "a.mp4"}) == bare == old_labels({"clip": "a.mp4", "location": " ", "outfits": None})


def test_what_can_t_be_carried_is_one_line_a_kind_and_the_rest_goes_on(carrying: Carrying) -> None:
    rows = [
        old("good.mp4"), old("good.mp4"), old("lost.mp4"), old("list.mp4", outfits=["green catsuit"]),
        old("word.mp4", characters="Sam"), {"duration": 4.0}, old("number.mp4", location=7),
    ]  # fmt: skip
    places = [
        place(1, "good.mp4", 8.0), nowhere(3, "lost.mp4"), place(4, "list.mp4", 8.0), place(5, "word.mp4", 8.0),
        place(7, "number.mp4", 8.0), place(None, "in no row.mp4", 8.0),
    ]  # fmt: skip
    (seed,) = carrying.run(rows, places)["02"]
    assert seed["clip"] == "good.mp4" and carrying.outcome["status"] == "ok"
    unknown, nowhere_to_go = carrying.outcome["warnings"]
    for words in (
        "the labels of 3 rows are of unknown form",
        "row 4 (list.mp4): outfits is ['green catsuit']: expected outfits by character",
        "row 5 (word.mp4): characters is 'Sam': expected a list of names",
        "row 7 (number.mp4): location is 7: expected text",
    ):
        assert words in unknown
    assert nowhere_to_go.endswith("the labels of 3 of 7 rows go nowhere: sources/reference.json says why")


def test_many_of_a_kind_are_named_in_part(carrying: Carrying) -> None:
    rows = [old(f"{number}.mp4", location=number) for number in range(1, 41)]
    carrying.run(rows, [place(number, f"{number}.mp4", number) for number in range(1, 41)])
    (warning,) = carrying.outcome["warnings"]
    assert "the labels of 40 rows" in warning and "row 5 (5.mp4)" in warning and warning.endswith("; and 35 more")


@pytest.mark.parametrize(
    ("rows", "places", "words"),
    [
        (None, [], "that the spec names is missing"),
        ("[{", [], "no valid JSON"),
        ([], None, "the old clips were not located"),
    ],
)
def test_without_manifest_or_places_it_fails_and_leaves_no_seeds(
    carrying: Carrying, rows: Any, places: Any, words: str
) -> None:
    assert carrying.run(rows, places) == {"01": [], "02": []}
    assert carrying.outcome["status"] == "failed" and words in carrying.outcome["error"]["message"]


leaves = st.sampled_from([None, True, 7, 0.5, "", " ", "Sam", "Sam\n  runs", "\x85"])
json_values = leaves | st.lists(leaves, max_size=3) | st.dictionaries(st.sampled_from(["", "Sam", "\t"]), leaves)
FIELDS = ("characters", "outfits", "location", "scene_type", "transcript", "caption", "structured_caption")


@given(st.dictionaries(st.sampled_from(FIELDS), json_values))
def test_labels_of_any_row_are_a_seed_s_or_refused(row: dict[str, Any]) -> None:
    try:
        labels = old_labels(row)
    except ValueError as error:
        assert "expected" in str(error)
        return
    check({"clip": "a", "start_s": 0.0, "end_s": 1.0, "confidence": 1.0, **labels}, "seed", "seed")
