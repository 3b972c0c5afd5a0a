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


def place(clip: str, start_s: float, **changes: Any) -> dict[str, Any]:
    """A row of sources/reference.json, of a clip that was found."""
    return {
        "clip": clip, "episode_id": "yt1", "production_episode": "02", "found": True, "by": "clip",
        "source_id": "ep02.it-takes-a-slob", "source_sha256": "ab" * 32, "start_frame": round(start_s * 25),
        "end_frame": round(start_s * 25) + 100, "start_s": start_s, "end_s": start_s + 4, "rate": 1.0, "score": 0.97,
        "margin": 0.4, "others": [], "reason": None, **changes,
    }  # fmt: skip


def nowhere(clip: str) -> dict[str, Any]:
    """The same of one that was not."""
    none = dict.fromkeys(("by", "source_id", "source_sha256", "start_frame", "end_frame", "start_s", "end_s", "rate"))
    return {**place(clip, 0), **none, "found": False, "reason": "nothing is like it", "score": 0.2, "margin": None}


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
        write_json(located, places)
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
    found = carrying.run([old("b.mp4"), old("a.mp4")], [place("b.mp4", 30.0), place("a.mp4", 12.48)])
    assert found["01"] == []
    assert [seed["clip"] for seed in found["02"]] == ["a.mp4", "b.mp4"], "by time"
    assert found["02"][0] == {
        "clip": "a.mp4", "start_s": 12.48, "end_s": 16.48, "confidence": 0.97, "characters": ["Sam", "Alex"],
        "outfits": {"Sam": "green catsuit"}, "location": "WOOHP HQ", "scene_type": "briefing",
        "transcript": "Sam: We gotta get back in spy shape.", "caption": "A briefing: Sam and Alex.",
    }  # fmt: skip
    assert carrying.outcome["status"] == "ok" and carrying.outcome["warnings"] == []


def test_a_clip_is_carried_to_where_it_lies_not_to_what_its_name_says(carrying: Carrying) -> None:
    found = carrying.run([old("a.mp4")], [place("a.mp4", 5.0, source_id="ep01.pandapocalypse")])
    assert [seed["clip"] for seed in found["01"]] == ["a.mp4"] and found["02"] == []


def test_a_clip_known_by_its_first_frame_lasts_as_long_as_its_row_says(carrying: Carrying) -> None:
    first = place("a.mp4", 8.0, by="first_frame", end_frame=None, end_s=None, rate=None, score=0.81)
    (seed,) = carrying.run([old("a.mp4", duration=3.52)], [first])["02"]
    assert (seed["start_s"], seed["end_s"], seed["confidence"]) == (8.0, 11.52, 0.81)
    for duration in (None, 0, -1.0, "4 s", True):
        assert carrying.run([old("a.mp4", duration=duration)], [first])["02"] == []
        (warning,) = carrying.outcome["warnings"]
        assert "1 old clips were located by their first frame alone" in warning and "a.mp4" in warning


def test_a_model_s_caption_outweighs_the_structured_one() -> None:
    assert old_labels(old("a.mp4", caption="Sam runs."))["caption"] == "Sam runs."
    bare = {"characters": [], "outfits": {}, "location": None, "scene_type": None, "transcript": "", "caption": ""}
    assert old_labels({"clip": "a.mp4"}) == bare == old_labels({"clip": "a.mp4", "location": " ", "outfits": None})


def test_what_can_t_be_carried_is_one_line_a_kind_and_the_rest_goes_on(carrying: Carrying) -> None:
    rows = [
        old("good.mp4"), old("good.mp4", location="another"), old("lost.mp4"), old("unheard of.mp4"),
        old("list.mp4", outfits=["green catsuit"]), old("word.mp4", characters="Sam"), {"duration": 4.0},
        old("number.mp4", location=7),
    ]  # fmt: skip
    places = [place(one, 8.0) for one in ("good.mp4", "list.mp4", "word.mp4", "number.mp4", "new.mp4")]
    (seed,) = carrying.run(rows, [*places, nowhere("lost.mp4")])["02"]
    assert seed["location"] == "WOOHP HQ", "the first of two rows of one clip"
    twice, unlabelled, unplaced, unknown = sorted(carrying.outcome["warnings"])
    assert "1 old clips are the second of their name: the first counts: good.mp4" in twice
    assert "2 old clips have no place in the masters: lost.mp4; unheard of.mp4" in unplaced
    for words in (
        "4 old clips are of unknown form",
        "list.mp4: outfits is ['green catsuit']: expected outfits by character",
        "word.mp4: characters is 'Sam': expected a list of names",
        "row 6: clip is None: expected the name of a clip",
        "number.mp4: location is 7: expected text",
    ):
        assert words in unknown
    assert "1 old clips were located, but the old manifest has no row of them: new.mp4" in unlabelled
    assert carrying.outcome["status"] == "ok"


def test_many_of_a_kind_are_named_in_part(carrying: Carrying) -> None:
    carrying.run([old(f"{number}.mp4") for number in range(40)], [])
    (warning,) = carrying.outcome["warnings"]
    assert "40 old clips have no place" in warning and warning.endswith("4.mp4; and 35 more")


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
