"""Captions: labels by time share, sentences, and the stage as a whole."""

from __future__ import annotations

import dataclasses
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from captioning import BIBLE, TRANSCRIPT, Project, clip
from hypothesis import given
from hypothesis import strategies as st

from reelwright.captions.bible import LabelledShot, read_bible
from reelwright.captions.labels import covered_share, labels_of
from reelwright.captions.structured import Facts, word
from reelwright.errors import BadItem
from reelwright.files import write_json
from reelwright.spec.captions import Captions

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_a_caption_says_who_is_seen_where_and_what_is_said(project: Project) -> None:
    rows = project.run([clip(10, 14), clip(14, 17, kept=False)], BIBLE, TRANSCRIPT, settings=Captions(trigger="hrbr9"))
    assert project.outcome["status"] == "ok" and project.outcome["warnings"] == []
    (row,) = rows
    assert row["characters"] == ["Ida", "Bo"]
    assert row["outfits"] == {"Bo": "diving gear"}
    assert (row["location"], row["scene_type"]) == ("harbour", "dialogue")
    assert row["transcript"] == "Ida: Where is the sea? BO: Gone for lunch."
    assert row["story_context"] == "The sea has gone, and Ida looks for it."
    assert row["structured_caption"] == (
        "A dialogue scene from Harbour Nine: Ida, red hair, green suit; and Bo, black curls, wearing a brass diving "
        "suit, in the harbour. Bo shows Ida the fog horn. Ida and Bo are talking. "
        "The fog horn is a horn that blows real fog."
    )
    assert row["training_caption"] == (
        "hrbr9, Ida; and Bo, wearing a brass diving suit, in the harbour. Bo shows Ida the fog horn. Ida and Bo are "
        "talking. The fog horn is a horn that blows real fog. A dialogue scene from Harbour Nine."
    )
    assert row["origins"] == {
        "characters": "label", "outfits": "label", "location": "label", "scene_type": "label", "action": "label"
    }  # fmt: skip
    assert (row["caption"], row["caption_source"], row["model"]) == ("", "structured", None)


def test_what_a_character_always_wears_is_not_described_away(project: Project) -> None:
    usual = {"character": "Ida", "name": "oilskins", "description": "a green suit of oilskins", "usual": True}
    shot = {**BIBLE["shots"][0], "outfits": {"Ida": "oilskins", "Bo": "diving gear"}, "action": "Ida talks to Bo"}
    bible = {**BIBLE, "outfits": [*BIBLE["outfits"], usual], "shots": [shot]}
    said = "1\n00:00:10,500 --> 00:00:12,000\nIda: Where is the sea?\n"
    (named,) = project.run([clip(10, 14)], bible, said)
    assert named["training_caption"].startswith(
        "Ida; and Bo, wearing a brass diving suit, in the harbour. Ida talks to Bo."
    )
    assert "is talking" not in named["training_caption"], "the action says it already"
    (described,) = project.run([clip(10, 14)], bible, settings=Captions(identity="described"))
    assert described["training_caption"].startswith(
        "Ida, red hair, wearing a green suit of oilskins; and Bo, black curls"
    )


def test_a_character_without_hair_and_suit_is_described(project: Project) -> None:
    (row,) = project.run([clip(15, 19)], BIBLE)
    assert row["visual_description"] == "The gull, a fat white gull, on the rooftops."
    assert (
        row["structured_caption"] == "An action scene from Harbour Nine: the gull, a fat white gull, on the rooftops."
    )


def test_without_bible_and_transcript_the_prompt_is_what_is_known(project: Project) -> None:
    film = {"show": "Big Film", "season": None, "title": "Big Film"}
    (row,) = project.run([clip(1, 5)], **film)
    assert row["training_caption"] == "A scene from Big Film."
    assert (row["characters"], row["location"], row["transcript"]) == ([], None, "")
    (series,) = project.run([clip(1, 5)])
    assert series["structured_caption"] == 'A scene from Harbour Nine, season 2, episode "LOW TIDE".'


def test_a_diarised_transcript_gives_each_clip_its_words_and_their_speaker(project: Project) -> None:
    words = [{"word": word, "start": 11 + at, "end": 12 + at} for at, word in enumerate(["We", "gotta", "get", "back"])]
    segments = [{"start": 11, "end": 15, "text": "We gotta get back", "speaker": "SPEAKER_00", "words": words}]
    said = json.dumps({"segments": segments})
    rows = project.run([clip(8, 13), clip(13, 20)], BIBLE, said, speakers={"SPEAKER_00": "Ida"})
    assert [row["transcript"] for row in rows] == ["Ida: We gotta", "Ida: get back"]
    assert "Ida is talking" in rows[0]["training_caption"] and project.outcome["warnings"] == []
    (nameless, _) = project.run([clip(8, 13), clip(13, 20)], BIBLE, said)
    assert nameless["transcript"] == "We gotta" and "talking" not in nameless["training_caption"]
    assert "SPEAKER_00" in project.outcome["warnings"][0]


def test_an_episode_that_was_not_transcribed_waits(project: Project) -> None:
    failed = {"code": "unreadable", "message": "its sound can't be read"}
    record = {"stage": "transcribe_master", "stage_version": 1, "item": "ep01", "status": "failed", "error": failed}
    path = project.folder / "outcomes" / "transcribe_master.json"
    write_json(path, record | {"retryable": True, "parts": [], "warnings": [], "failures": 1}, "outcome")
    inputs = project.inputs([clip(10, 14)], BIBLE)
    assert project.caption(dataclasses.replace(inputs, outcomes=(*inputs.outcomes, path))) == []
    assert project.outcome["error"]["code"] == "upstream"
    assert "transcribe_master ep01: its sound can't be read" in project.outcome["error"]["message"]


def test_labels_of_other_episodes_stay_out(project: Project) -> None:
    (row,) = project.run([clip(30, 34)], BIBLE)
    assert row["characters"] == [] and "Moon" not in row["training_caption"] and "Bo" not in row["training_caption"]


def test_the_digest_follows_what_the_caption_depends_on(project: Project) -> None:
    rows = project.run([clip(10, 14), clip(10.5, 13.5), clip(15, 19)], BIBLE)
    assert rows[0]["prompt_digest"] == rows[1]["prompt_digest"] != rows[2]["prompt_digest"]


def test_a_failed_clip_stage_is_named(project: Project) -> None:
    assert project.run([], upstream="failed") == []
    assert project.outcome["error"]["code"] == "upstream"
    assert "ep01.mov can't be opened" in project.outcome["error"]["message"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"show": "Other Show"}, ["$.show is 'Other Show'", "'Harbour Nine'"]),
        ({"season": 3}, ["$.season is 3", "season 2"]),
        ({"locations": ["harbor"]}, ["$.shots[0].location is 'harbour'", "did you mean 'harbor'"]),
        ({"characters": BIBLE["characters"][1:]}, ["$.shots[0] names the character 'Ida'"]),
        ({"outfits": []}, ["$.shots[0].outfits gives Bo 'diving gear'"]),
        ({"shots": [BIBLE["shots"][0] | {"end_s": 9.0}]}, ["$.shots[0].end_s is 9.0", "more than start_s, 10.0"]),
        ({"shots": [BIBLE["shots"][0] | {"end_s": "late"}]}, ["end_s", "late"]),
        ({"charcters": []}, ["charcters"]),
    ],
)
def test_a_bad_bible_fails_the_episode_by_name(project: Project, change: dict[str, Any], expected: list[str]) -> None:
    assert project.run([clip(10, 14)], BIBLE | change) == []
    assert project.outcome["error"]["code"] == "bible"
    for part in ["bible.json", *expected]:
        assert part in project.outcome["error"]["message"]


def test_broken_json_is_reported_with_its_place(project: Project) -> None:
    project.run([clip(10, 14)], '{"show": "Harbour Nine",\n "characters": [}')
    assert "bible.json: line 2, column 17: no valid JSON" in project.outcome["error"]["message"]


def test_a_missing_bible_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadItem, match=r"nowhere\.json: the season bible .* that the spec names is missing"):
        read_bible(tmp_path / "nowhere.json", "Harbour Nine", 2)


def test_a_missing_transcript_is_a_warning_and_the_captions_go_on(project: Project, tmp_path: Path) -> None:
    rows = project.run([clip(10, 14)], BIBLE, transcript=None)
    inputs = dataclasses.replace(project.inputs([clip(10, 14)], BIBLE), transcript=tmp_path / "gone.srt")
    assert project.caption(inputs) == rows
    assert project.outcome["status"] == "ok"
    (warning,) = project.outcome["warnings"]
    assert "gone.srt" in warning and "missing" in warning


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=8), st.integers(0, 49), st.integers(1, 50))
def test_covered_share_counts_each_moment_once(spans: list[tuple[int, int]], start: int, length: int) -> None:
    moments = range(start, start + length)
    expected = sum(any(begin <= moment < end for begin, end in spans) for moment in moments) / length
    assert covered_share(spans, start, start + length) == pytest.approx(expected)


def test_labels_count_by_their_share() -> None:
    def shot(start: float, end: float, who: str, place: str) -> LabelledShot:
        return LabelledShot("01", start, end, (who,), ((who, f"{who}'s coat"),), place, "", f"{who} waves")

    shots = [shot(0, 2.4, "Ida", "harbour"), shot(2.4, 7, "Bo", "rooftops"), shot(7, 10, "Una", "harbour")]
    labels = labels_of(shots, 0, 10)
    assert labels.characters == ("Bo", "Una"), "Ida is seen in less than a quarter of the clip"
    assert labels.location == "harbour", "two spans of the same place add up"
    assert labels.outfits == () and labels.actions == (), "none of them covers half of the clip"
    assert labels_of(shots, 2, 8).actions == ("Bo waves",)
    assert labels_of(shots, 2, 8).outfits == (("Bo", "Bo's coat"),)


texts = st.text("abcXYZ éñ,.'", max_size=12).map(lambda text: " ".join(text.split()))


@given(
    st.builds(
        Facts,
        show=texts.filter(bool),
        season=st.none() | st.integers(1, 30),
        title=texts,
        people=st.lists(texts.filter(bool), max_size=3).map(tuple),
        speakers=st.lists(texts.filter(bool), max_size=3).map(tuple),
        location=texts,
        scene_type=texts,
        actions=st.lists(texts.filter(bool), max_size=2).map(tuple),
        gadgets=st.lists(texts.filter(bool), max_size=1).map(tuple),
    )
)
def test_a_prompt_is_never_empty_and_never_says_none(facts: Facts) -> None:
    wording = word(facts)
    for text in (wording.structured_caption, wording.context):
        assert facts.show in text
        assert "None" not in text and "  " not in text and text == text.strip()
    assert word(facts) == wording, "the same facts make the same words"


def test_the_film_bible_is_valid_and_leaves_no_time_between_labels_of_a_shot() -> None:
    bible = read_bible(ROOT / "config" / "open-movie" / "bible.json", "Big Buck Bunny", None)
    shots = bible.shots_of("01")
    assert len(shots) > 120
    assert all(one.end_s <= following.start_s for one, following in pairwise(shots))
    labelled = sum(shot.end_s - shot.start_s for shot in shots)
    assert labelled > 0.97 * shots[-1].end_s, "only dissolves and fades are unlabelled"
    labels = labels_of(shots, 465.0 + 12, 465.0 + 15)
    assert labels.characters[0] == "the big rabbit" and labels.location == "meadow"
