"""Transcripts: every form reads the same, what is broken is named and left out, and each clip gets what is said in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reelwright.transcripts import Line, Word, read_transcript

SUBTITLES = """1
00:00:10,500 --> 00:00:12,000
Ida: Where is <i>the sea</i>?

2
00:00:12,500 --> 00:00:13,500
BO: Gone
for lunch.
"""

WEBVTT = """WEBVTT - low tide
Kind: captions

STYLE
::cue { color: red }

REGION
id:below width:40%

NOTE A note,
of two lines

opening
00:10.500 --> 00:12.000 align:start position:10%
<v.loud Ida>Where is <i>the sea</i>?

00:00:12.500 --> 00:00:13.500
<v BO>Gone
for <c.food>lunch</c>.</v>
"""

WHISPERX: dict[str, Any] = {
    "segments": [
        {
            "start": 10.5, "end": 12.0, "text": " Where is the sea?", "speaker": "SPEAKER_01",
            "words": [
                {"word": "Where", "start": 10.5, "end": 10.8, "score": 0.9, "speaker": "SPEAKER_01"},
                {"word": "is", "start": 10.8, "end": 11.0},
                {"word": "the", "start": 11.0, "end": 11.2},
                {"word": "sea?", "start": 11.2, "end": 12.0},
            ],
        },
        {"start": 12.5, "end": 13.5, "text": "Gone for lunch.", "speaker": "SPEAKER_00"},
    ],
    "word_segments": [],
    "language": "en",
}  # fmt: skip

WHISPER_CPP: dict[str, Any] = {
    "systeminfo": "AVX = 1",
    "result": {"language": "en"},
    "transcription": [
        {
            "timestamps": {"from": "00:00:10,500", "to": "00:00:12,000"},
            "offsets": {"from": 10500, "to": 12000},
            "text": " Where is the sea?",
        },
        {"timestamps": {"from": "00:00:12,500", "to": "00:00:13,500"}, "text": " Gone for lunch."},
    ],
}

SPEAKERS = {"SPEAKER_00": "BO", "speaker_01": "Ida"}


def lines_of(
    path: Path, content: str | bytes | list[Any] | dict[str, Any], speakers: Mapping[str, str] | None = None
) -> tuple[list[Line], list[str]]:
    """The lines of a transcript with that content, and what was warned of."""
    text = content if isinstance(content, str | bytes) else json.dumps(content, indent=1)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    warnings: list[str] = []
    return read_transcript(path, warnings.append, speakers), warnings


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
    lines, warnings = lines_of(tmp_path / "ep01.srt", text + SUBTITLES)
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
    lines, warnings = lines_of(tmp_path / "ep01.srt", data)
    assert warnings == []
    assert lines == [Line(10.5, 12.0, "Ida", "Where is the sea?"), Line(12.5, 13.5, "BO", "Gone for lunch.")]


def test_windows_1252_is_read_with_a_warning(tmp_path: Path) -> None:
    lines, warnings = lines_of(tmp_path / "ep01.srt", SUBTITLES.replace("lunch", "déjeuner").encode("cp1252"))
    assert lines[1].text == "Gone for déjeuner."
    assert len(warnings) == 1 and "line 8" in warnings[0] and "Windows-1252" in warnings[0]


@pytest.mark.parametrize("data", [b"", b"\x00\x01\x02" * 50, b"nothing that is a subtitle"])
def test_a_file_without_subtitles_says_so(tmp_path: Path, data: bytes) -> None:
    lines, warnings = lines_of(tmp_path / "ep01.srt", data)
    assert lines == []
    assert any("without a usable line" in warning and "ep01.srt" in warning for warning in warnings)


def test_a_folder_in_place_of_subtitles_is_a_warning(tmp_path: Path) -> None:
    warnings: list[str] = []
    assert read_transcript(tmp_path, warnings.append) == []
    assert "unreadable" in warnings[0]


def test_overlapping_cues_are_kept_and_reported(tmp_path: Path) -> None:
    text = "1\n00:00:01,000 --> 00:00:04,000\nOne.\n\n2\n00:00:03,000 --> 00:00:05,000\nTwo.\n"
    lines, warnings = lines_of(tmp_path / "ep01.srt", text)
    assert [line.text for line in lines] == ["One.", "Two."]
    assert len(warnings) == 1 and "line 6" in warnings[0] and "line 2" in warnings[0]


def test_two_speakers_in_a_cue_are_two_lines(tmp_path: Path) -> None:
    lines, _ = lines_of(tmp_path / "ep01.srt", "00:00:01,000 --> 00:00:02,000\n- Ida: Well?\n- Well what?\n")
    assert [str(line) for line in lines] == ["Ida: Well?", "Well what?"]


def test_many_problems_are_counted_not_listed(tmp_path: Path) -> None:
    _, warnings = lines_of(tmp_path / "ep01.srt", "a --> b\nx\n\n" * 300 + SUBTITLES)
    assert len(warnings) == 21 and "280 more" in warnings[-1]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.vtt", WEBVTT),
        ("a.vtt", WEBVTT.replace("\n", "\r\n")),
        ("a.vtt", WEBVTT.replace("<v.loud Ida>", "Ida: ").replace("<v BO>", "BO: ")),
        ("a.txt", WEBVTT),
        ("a.srt", WEBVTT),
        ("a.json", WHISPERX),
        ("a.json", WHISPERX["segments"]),
        ("a.srt", WHISPERX),
        ("a.json", SUBTITLES),
    ],
    ids=[
        "voices",
        "crlf",
        "names",
        "any suffix",
        "WebVTT as .srt",
        "WhisperX",
        "a list",
        "JSON as .srt",
        "SRT as .json",
    ],
)
def test_every_form_says_the_same(tmp_path: Path, name: str, content: Any) -> None:
    lines, warnings = lines_of(tmp_path / name, content, SPEAKERS if isinstance(content, dict | list) else None)
    assert warnings == []
    assert [(one.start_s, one.end_s, str(one)) for one in lines] == [
        (10.5, 12.0, "Ida: Where is the sea?"),
        (12.5, 13.5, "BO: Gone for lunch."),
    ]


def test_whisper_cpp_has_lines_without_speakers(tmp_path: Path) -> None:
    lines, warnings = lines_of(tmp_path / "a.json", WHISPER_CPP)
    assert warnings == []
    assert lines == [Line(10.5, 12.0, "", "Where is the sea?"), Line(12.5, 13.5, "", "Gone for lunch.")]


def test_a_cue_may_hold_several_voices(tmp_path: Path) -> None:
    cue = "00:01.000 --> 00:02.000\n(a door) <v Ida &amp; Una>Well?</v> <v.low  Old   Bo >Well\nwhat?\n"
    lines, warnings = lines_of(tmp_path / "a.vtt", f"WEBVTT\n\n{cue}")
    assert warnings == []
    assert [str(line) for line in lines] == ["(a door)", "Ida & Una: Well?", "Old Bo: Well what?"]


def test_tags_entities_and_ruby_are_no_text(tmp_path: Path) -> None:
    cue = "00:01.000 --> 00:02.000\n<00:01.200><c.x>3 &lt; 4</c> <lang en>&amp;</lang> <ruby>sea<rt>mer</rt></ruby> I <3 U\n"
    lines, _ = lines_of(tmp_path / "a.vtt", f"WEBVTT\n\n{cue}")
    assert [line.text for line in lines] == ["3 < 4 & sea I <3 U"]


@pytest.mark.parametrize(
    ("cue", "line", "expected"),
    [
        ("00:09.000 --> 00:08.000\nLost.", "line 3 is '00:09.000 --> 00:08.000'", "an end after the start"),
        ("00:99.000 --> 01:40.000\nLost.", "line 3", "-->"),
        ("soon --> later\nLost.", "line 3", "-->"),
        ("00:01.000 00:02.000\nLost.", "line 3", "-->"),
        ("Lost.", "line 3", "-->"),
        ("00:01.000 --> 00:02.000\n<v></v>", "line 4 is '<v>'", "a name after the v"),
    ],
)
def test_a_broken_cue_of_webvtt_is_named(tmp_path: Path, cue: str, line: str, expected: str) -> None:
    lines, warnings = lines_of(tmp_path / "ep01.vtt", f"WEBVTT\n\n{cue}\n\n{WEBVTT[WEBVTT.index('opening') :]}")
    assert [str(one) for one in lines] == ["Ida: Where is the sea?", "BO: Gone for lunch."]
    (warning,) = warnings
    assert "ep01.vtt" in warning and line in warning and expected in warning


def test_webvtt_without_its_header_is_read_with_a_warning(tmp_path: Path) -> None:
    lines, warnings = lines_of(tmp_path / "ep01.vtt", WEBVTT[WEBVTT.index("00:10.500") :])
    assert len(lines) == 2
    (warning,) = warnings
    assert "line 1" in warning and "expected WEBVTT" in warning


@pytest.mark.parametrize(
    ("segment", "expected"),
    [
        ({"start": "soon", "end": 2, "text": "Lost."}, 'segment 1.start is "soon": expected seconds'),
        ({"start": -1, "end": 2, "text": "Lost."}, "segment 1.start is -1: expected seconds"),
        ({"start": float("nan"), "end": 2, "text": "Lost."}, "segment 1.start is NaN: expected seconds"),
        ({"start": True, "end": 2, "text": "Lost."}, "segment 1.start is true: expected seconds"),
        ({"start": 1, "text": "Lost."}, "segment 1.end is null: expected seconds"),
        ({"start": 3, "end": 2, "text": "Lost."}, "segment 1.end is 2: expected an end after the start, 3"),
        ({"start": 1, "end": 2, "speaker": "SPEAKER_00"}, "segment 1.text is null: expected what is said"),
        ("Lost.", 'segment 1 is "Lost.": expected segments'),
    ],
)
def test_a_broken_segment_is_named_with_its_line(tmp_path: Path, segment: Any, expected: str) -> None:
    first, second = WHISPERX["segments"]
    path = tmp_path / "ep01.json"
    content = f"[\n{json.dumps(first)},\n{json.dumps(segment)},\n{json.dumps(second)}\n]"
    lines, warnings = lines_of(path, content, SPEAKERS)
    assert [str(line) for line in lines] == ["Ida: Where is the sea?", "BO: Gone for lunch."]
    (warning,) = warnings
    assert warning.startswith(f"{path}: line 3, {expected}")


def test_a_file_that_was_cut_off_gives_what_it_has(tmp_path: Path) -> None:
    whole = json.dumps(WHISPERX, indent=1)
    lines, warnings = lines_of(tmp_path / "ep01.json", whole[: whole.index("Gone")], {"SPEAKER_01": "Ida"})
    assert [str(line) for line in lines] == ["Ida: Where is the sea?"]
    (warning,) = warnings
    assert f"line {whole[: whole.index('Gone')].count(chr(10)) + 1}," in warning and "no valid JSON" in warning


@pytest.mark.parametrize(
    "content",
    [
        "null",
        "7",
        "{}",
        '{"a": 1}',
        '{"segments": 1}',
        "[",
        "{",
        '{"a" 1}',
        '{"a": 1 "b"}',
        "[" * 99999,
        "[" + "1" * 5000,
    ],
)
def test_json_without_segments_says_so(tmp_path: Path, content: str) -> None:
    lines, warnings = lines_of(tmp_path / "ep01.json", content)
    assert lines == []
    assert len(warnings) == 2 and "ep01.json" in warnings[0]
    assert "expected segments" in warnings[0] or "what stands before it is used" in warnings[0]


def test_half_of_a_surrogate_pair_can_be_written_on(tmp_path: Path) -> None:
    half = "\\ud800"
    content = (
        f'[{{"start": 1, "end": 2, "text": "so {half}", "speaker": "{half}"}}, {{"start": "{half}", "text": "x"}}]'
    )
    lines, warnings = lines_of(tmp_path / "ep01.json", content)
    assert "".join([*map(str, lines), *warnings]).encode()
    assert lines[0].text.startswith("so ")


def test_a_label_is_no_name(tmp_path: Path) -> None:
    lines, warnings = lines_of(tmp_path / "ep01.json", WHISPERX, {"SPEAKER_01": "Ida", "SPEAKER_10": "Una"})
    assert [str(line) for line in lines] == ["Ida: Where is the sea?", "Gone for lunch."]
    nameless, unheard = warnings
    assert "SPEAKER_00 (1 lines)" in nameless and "`speakers` of the episode" in nameless
    assert "'SPEAKER_10': is in no line" in unheard and "did you mean 'SPEAKER_0" in unheard


@pytest.mark.parametrize("label", ["SPEAKER_00", "speaker 1", "Speaker A", "spk_0", "UNKNOWN", "0", "?"])
def test_what_diarisers_call_speakers(tmp_path: Path, label: str) -> None:
    for name in ("Ida", "The Speaker", "Agent 7", "Q", "Voices", "Person"):
        segments = [{"start": 1, "end": 2, "text": "Hm.", "speaker": one} for one in (label, name)]
        lines, warnings = lines_of(tmp_path / "a.json", segments)
        assert [line.speaker for line in lines] == ["", name]
        assert len(warnings) == 1 and label in warnings[0]


def test_labels_in_srt_are_named_too(tmp_path: Path) -> None:
    text = "00:00:01,000 --> 00:00:02,000\n[SPEAKER_00]: Gone.\n\n00:00:03,000 --> 00:00:04,000\nSPEAKER_01: Oh.\n"
    lines, warnings = lines_of(tmp_path / "a.srt", text, SPEAKERS)
    assert warnings == [] and [str(line) for line in lines] == ["BO: Gone.", "Ida: Oh."]


def test_words_without_times_share_the_time_between_their_neighbours(tmp_path: Path) -> None:
    words = [{"word": "At"}, {"word": "7,"}, {"word": "or", "start": 2.0, "end": 3.0}, {"word": "8"}]
    segment = {"start": 1.0, "end": 4.0, "text": " At 7, or 8!", "words": words}
    (line,), warnings = lines_of(tmp_path / "a.json", [segment])
    assert warnings == []
    assert line.words == (Word(1.0, 1.5, " At"), Word(1.5, 2.0, " 7,"), Word(2.0, 3.0, " or"), Word(3.0, 4.0, " 8!"))
    assert str(line.part(1.6, 2.6)) == "7, or" and str(line.part(2.5, 9)) == "or 8!"


@pytest.mark.parametrize("words", [7, [7], [{"word": 7}], [{"word": "else", "start": 1.0, "end": 1.5}], [{}]])
def test_words_that_are_not_those_of_the_text_are_not_used(tmp_path: Path, words: Any) -> None:
    (line,), warnings = lines_of(tmp_path / "a.json", [{"start": 1.0, "end": 2.0, "text": "Gone.", "words": words}])
    assert line == Line(1.0, 2.0, "", "Gone.")
    (warning,) = warnings
    assert "segment 0.words" in warning and "without times of its words" in warning


def test_words_of_a_script_without_spaces_stay_together(tmp_path: Path) -> None:
    words = [{"word": word, "start": at, "end": at + 1} for at, word in enumerate("海はどこ")]
    (line,), _ = lines_of(tmp_path / "a.json", [{"start": 0, "end": 4, "text": "海はどこ?", "words": words}])
    assert str(line.part(1, 9)) == "はどこ?"


spoken = (
    st.text("abcé ,.'&<3", min_size=1, max_size=20)
    .map(lambda text: " ".join(text.split()))
    .filter(lambda text: text.strip(",.' ") and "<" not in text[:-1])
)


@given(st.lists(st.tuples(st.integers(1, 5000), spoken), max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_in_each_form_is_read_again(tmp_path: Path, said: list[tuple[int, str]]) -> None:
    at, wanted = 0, []
    for length, text in said:
        wanted.append(Line(at / 1000, (at + length) / 1000, "Ida", text))
        at += length

    def clock(time_s: float, point: str) -> str:
        seconds, rest = divmod(round(time_s * 1000), 1000)
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}{rest:03}"

    def cues(point: str, before: str) -> str:
        return "\n".join(
            f"{clock(one.start_s, point)} --> {clock(one.end_s, point)}\n{before}"
            f"{one.text.replace('&', '&amp;').replace('<', '&lt;')}\n"
            for one in wanted
        )

    segments = [{"start": one.start_s, "end": one.end_s, "text": one.text, "speaker": "Ida"} for one in wanted]
    for name, content in (
        ("a.srt", cues(",", "Ida: ")),
        ("a.vtt", "WEBVTT\n\n" + cues(".", "<v Ida>")),
        ("a.json", segments),
    ):
        lines, warnings = lines_of(tmp_path / name, content)
        assert lines == wanted
        assert len(warnings) == (not wanted)


@given(st.binary(max_size=80), st.integers(0, 10**6), st.sampled_from([".srt", ".vtt", ".json"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_file_breaks_the_reader(tmp_path: Path, harm: bytes, place: int, suffix: str) -> None:
    good = {".srt": SUBTITLES, ".vtt": WEBVTT, ".json": json.dumps(WHISPERX)}[suffix].encode()
    at = place % len(good)
    for content in (harm, good[:at] + harm + good[at + len(harm) :], good[:at]):
        lines, warnings = lines_of(tmp_path / f"a{suffix}", content)
        assert lines or warnings
        assert all(0 <= line.start_s < line.end_s and line.text for line in lines)
        assert "".join([*map(str, lines), *warnings]).encode()
