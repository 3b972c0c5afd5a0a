"""Captions: subtitles, labels by time share, sentences, and the stage as a whole."""

from __future__ import annotations

import dataclasses
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from captioning import BIBLE, SUBTITLES, Project, clip
from hypothesis import given
from hypothesis import strategies as st

from reelwright.captions.bible import LabelledShot, read_bible
from reelwright.captions.labels import covered_share, labels_of
from reelwright.captions.structured import Facts, word
from reelwright.captions.subtitles import Line, read_subtitles
from reelwright.errors import BadItem
from reelwright.spec.captions import Captions

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def subtitle_lines(tmp_path: Path, text: str | bytes) -> tuple[list[Line], list[str]]:
    path = tmp_path / "ep01.srt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    warnings: list[str] = []
    return read_subtitles(path, warnings.append), warnings


def test_a_caption_says_who_is_seen_where_and_what_is_said(project: Project) -> None:
    rows = project.run([clip(10, 14), clip(14, 17, kept=False)], BIBLE, SUBTITLES, settings=Captions(trigger="hrbr9"))
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


def test_a_character_without_hair_and_suit_is_described(project: Project) -> None:
    (row,) = project.run([clip(15, 19)], BIBLE)
    assert row["visual_description"] == "The gull, a fat white gull, on the rooftops."
    assert (
        row["structured_caption"] == "An action scene from Harbour Nine: the gull, a fat white gull, on the rooftops."
    )


def test_without_bible_and_subtitles_the_prompt_is_what_is_known(project: Project) -> None:
    film = {"show": "Big Film", "season": None, "title": "Big Film"}
    (row,) = project.run([clip(1, 5)], **film)
    assert row["training_caption"] == "A scene from Big Film."
    assert (row["characters"], row["location"], row["transcript"]) == ([], None, "")
    (series,) = project.run([clip(1, 5)])
    assert series["structured_caption"] == 'A scene from Harbour Nine, season 2, episode "LOW TIDE".'


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
    with pytest.raises(BadItem, match=r"nowhere\.json: the season bible that the spec names .* is missing"):
        read_bible(tmp_path / "nowhere.json", "Harbour Nine", 2)


def test_missing_subtitles_are_a_warning_and_the_captions_go_on(project: Project, tmp_path: Path) -> None:
    rows = project.run([clip(10, 14)], BIBLE, subtitles=None)
    inputs = dataclasses.replace(project.inputs([clip(10, 14)], BIBLE), subtitles=tmp_path / "gone.srt")
    assert project.caption(inputs) == rows
    assert project.outcome["status"] == "ok"
    (warning,) = project.outcome["warnings"]
    assert "gone.srt" in warning and "missing" in warning


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("1\n00:00:01,000 00:00:02,000\nIda: Lost.\n\n", "line 2", "-->"),
        ("1\n00:00:01,000 -> 00:00:02,000\nIda: Lost.\n\n", "line 2", "-->"),
        ("1\n00:00:09,000 --> 00:00:08,000\nIda: Lost.\n\n", "line 2", "an end after the start"),
        ("1\n-00:00:01,000 --> 00:00:02,000\nIda: Lost.\n\n", "line 2", "without a minus sign"),
        ("1\n00:00:99,000 --> 00:01:00,000\nIda: Lost.\n\n", "line 2", "-->"),
        ("1\nsoon --> later\nIda: Lost.\n\n", "line 2", "-->"),
        ("Ida: Lost.\n\n", "line 1", "-->"),
    ],
)
def test_a_broken_cue_is_reported_and_the_others_are_used(tmp_path: Path, text: str, line: str, expected: str) -> None:
    lines, warnings = subtitle_lines(tmp_path, text + SUBTITLES)
    assert [str(spoken) for spoken in lines] == ["Ida: Where is the sea?", "BO: Gone for lunch."]
    (warning,) = warnings
    assert "ep01.srt" in warning and line in warning and expected in warning


@pytest.mark.parametrize(
    "data",
    [
        SUBTITLES.encode(),
        SUBTITLES.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + SUBTITLES.encode(),
        SUBTITLES.encode("utf-16"),
        SUBTITLES.replace("1\n0", "0").replace("2\n0", "0").encode(),
        SUBTITLES.replace("\n\n", "\n").encode(),
        SUBTITLES.replace(",500", ".500").replace("<i>", '<font color="red">{\\an8}').encode(),
        SUBTITLES.replace("10,500 --> 00:00:12,000", "10,500 --> 00:00:12,000 X1:0 X2:9").encode(),
        SUBTITLES.rstrip("\n").encode(),
    ],
    ids=["plain", "crlf", "bom", "utf-16", "no numbers", "no blank lines", "tags", "coordinates", "no last line feed"],
)
def test_the_usual_kinds_of_srt_read_the_same(tmp_path: Path, data: bytes) -> None:
    lines, warnings = subtitle_lines(tmp_path, data)
    assert warnings == []
    assert lines == [Line(10.5, 12.0, "Ida", "Where is the sea?"), Line(12.5, 13.5, "BO", "Gone for lunch.")]


def test_windows_1252_is_read_with_a_warning(tmp_path: Path) -> None:
    lines, warnings = subtitle_lines(tmp_path, SUBTITLES.replace("lunch", "déjeuner").encode("cp1252"))
    assert lines[1].text == "Gone for déjeuner."
    assert len(warnings) == 1 and "line 8" in warnings[0] and "Windows-1252" in warnings[0]


@pytest.mark.parametrize("data", [b"", b"\x00\x01\x02" * 50, b"nothing that is a subtitle"])
def test_a_file_without_subtitles_says_so(tmp_path: Path, data: bytes) -> None:
    lines, warnings = subtitle_lines(tmp_path, data)
    assert lines == []
    assert any("without a usable cue" in warning and "ep01.srt" in warning for warning in warnings)


def test_a_folder_in_place_of_subtitles_is_a_warning(tmp_path: Path) -> None:
    warnings: list[str] = []
    assert read_subtitles(tmp_path, warnings.append) == []
    assert "unreadable" in warnings[0]


def test_overlapping_cues_are_kept_and_reported(tmp_path: Path) -> None:
    text = "1\n00:00:01,000 --> 00:00:04,000\nOne.\n\n2\n00:00:03,000 --> 00:00:05,000\nTwo.\n"
    lines, warnings = subtitle_lines(tmp_path, text)
    assert [line.text for line in lines] == ["One.", "Two."]
    assert len(warnings) == 1 and "line 6" in warnings[0] and "line 2" in warnings[0]


def test_two_speakers_in_a_cue_are_two_lines(tmp_path: Path) -> None:
    lines, _ = subtitle_lines(tmp_path, "00:00:01,000 --> 00:00:02,000\n- Ida: Well?\n- Well what?\n")
    assert [str(line) for line in lines] == ["Ida: Well?", "Well what?"]


def test_many_problems_are_counted_not_listed(tmp_path: Path) -> None:
    _, warnings = subtitle_lines(tmp_path, "a --> b\nx\n\n" * 300 + SUBTITLES)
    assert len(warnings) == 21 and "280 more" in warnings[-1]


@given(st.integers(0, 40), st.integers(1, 40), st.integers(0, 80), st.integers(0, 80))
def test_every_line_belongs_to_a_clip_where_clips_leave_no_gap(start: int, length: int, cut: int, end: int) -> None:
    line = Line(start / 10, (start + length) / 10, "", "words")
    first, second = (0.0, cut / 10), (cut / 10, cut / 10 + end / 10 + 8)
    assert line.within(*first) or line.within(*second)
    assert not (line.within(*first) and line.within(*second)) or abs(2 * (cut - start) - length) < 1e-6


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
