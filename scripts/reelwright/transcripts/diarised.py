"""Diarised JSON: segments with times, text, a speaker's label and, where there are any, words with times of their own.

Three forms: an object with ``segments`` (WhisperX, faster-whisper, openai-whisper, and what ``transcribe_master`` writes), a
plain list of such segments, and whisper.cpp's ``transcription``. The list is read element by element, so that each problem
has its line, and a file that was cut off gives what it has.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from reelwright.errors import Problem
from reelwright.transcripts.cues import seconds_of
from reelwright.transcripts.lines import Line, Word

LISTS = ("segments", "transcription")
"""Keys under which the segments lie."""

EXPECTED = 'expected segments, as in [{"start": 1.0, "end": 2.5, "speaker": "SPEAKER_00", "text": "Hello."}]'

MANY_SECONDS = 1e9
"""No time of a transcript is as large as this."""

_DECODER = json.JSONDecoder(strict=False)
_SPACE = re.compile(r"\s*")


def diarised_lines(file: str, text: str, problems: list[Problem]) -> list[Line]:
    """What is said in the text of a JSON file; segments without text are none."""
    lines = []
    for number, index, segment in _segments(file, text, problems):
        where = f"line {number}, segment {index}"
        faults: list[tuple[str, Any, str]] = []
        line = _line(segment, faults)
        problems.extend(Problem(file, where + key, _short(value), expected) for key, value, expected in faults)
        if line is not None:
            lines.append(line)
    return lines


def _segments(file: str, text: str, problems: list[Problem]) -> Iterator[tuple[int, int, Any]]:
    """Line, index from 0 and value of each segment, up to where the JSON breaks."""
    number, counted = 1, 0
    try:
        at = _list_of_segments(text)
        if at is None:
            problems.append(Problem(file, "the whole file", "", EXPECTED))
            return
        for index, (start, value) in enumerate(_elements(text, at)):
            number, counted = number + text.count("\n", counted, start), start
            yield number, index, value
    except json.JSONDecodeError as error:
        expected = f"no valid JSON: {error.msg}; what stands before it is used"
        problems.append(Problem(file, f"line {error.lineno}, column {error.colno}", "", expected))
    except (ValueError, RecursionError) as error:
        # A number of thousands of digits, brackets without end.
        problems.append(Problem(file, f"line {number} or below", "", f"{error}; what stands before it is used"))


def _list_of_segments(text: str) -> int | None:
    """Where the list of segments begins; None where the JSON has none. Raises JSONDecodeError where it breaks before."""
    at = _skip(text, 0)
    if text[at : at + 1] == "[":
        return at
    if text[at : at + 1] != "{":
        _DECODER.raw_decode(text, at)
        return None
    while text[at : at + 1] in ("{", ","):
        at = _skip(text, at + 1)
        if text[at : at + 1] == "}":
            return None
        key, at = _DECODER.raw_decode(text, at)
        at = _skip(text, at)
        if text[at : at + 1] != ":":
            raise json.JSONDecodeError("expected ':'", text, at)
        at = _skip(text, at + 1)
        if key in LISTS and text[at : at + 1] == "[":
            return at
        _, at = _DECODER.raw_decode(text, at)
        at = _skip(text, at)
    if text[at : at + 1] != "}":
        raise json.JSONDecodeError("expected ',' or '}'", text, at)
    return None


def _elements(text: str, at: int) -> Iterator[tuple[int, Any]]:
    """Place and value of each element of the list that begins at ``at``."""
    at = _skip(text, at + 1)
    while text[at : at + 1] != "]":
        start = at
        value, at = _DECODER.raw_decode(text, at)
        yield start, value
        at = _skip(text, at)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
        elif text[at : at + 1] != "]":
            raise json.JSONDecodeError("expected ',' or ']'", text, at)


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    assert match is not None
    return match.end()


def _short(value: Any) -> str:
    text = _writable(json.dumps(value, ensure_ascii=False))
    return text if len(text) <= 60 else text[:57] + "..."


def _writable(text: str) -> str:
    """A text without halves of surrogate pairs, which JSON can hold and no file can."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _line(segment: Any, faults: list[tuple[str, Any, str]]) -> Line | None:
    """The line that a segment makes; what is wrong with it goes to ``faults`` as key, value and what was expected."""
    if not isinstance(segment, dict):
        faults.append(("", segment, EXPECTED))
        return None
    text, speaker = segment.get("text"), segment.get("speaker")
    if not isinstance(text, str):
        faults.append((".text", text, "expected what is said"))
        return None
    text = _writable(text)
    if not text.strip():
        return None
    times = [_time(segment, key, other, faults) for key, other in (("start", "from"), ("end", "to"))]
    start_s, end_s = times
    if start_s is None or end_s is None:
        return None
    if end_s <= start_s:
        faults.append((".end", segment.get("end", end_s), f"expected an end after the start, {start_s:g}"))
        return None
    if speaker is not None and not isinstance(speaker, str | int):
        faults.append((".speaker", speaker, "expected a label or a name; the line is used without"))
        speaker = None
    name = "" if speaker is None else " ".join(_writable(str(speaker)).split())
    words = _words(segment.get("words"), text, start_s, end_s, faults)
    return Line(start_s, end_s, name, " ".join(text.split()), words)


def _time(segment: dict[str, Any], key: str, other: str, faults: list[tuple[str, Any, str]]) -> float | None:
    """The start or end of a segment in seconds: as it is, or as whisper.cpp has it, in milliseconds or as a clock."""
    if key not in segment:
        offsets, stamps = segment.get("offsets"), segment.get("timestamps")
        if isinstance(offsets, dict) and (milliseconds := _number(offsets.get(other))) is not None:
            return milliseconds / 1000
        if isinstance(stamps, dict) and (seconds := seconds_of(str(stamps.get(other)))) is not None:
            return seconds
    found = _number(segment.get(key))
    if found is None:
        faults.append((f".{key}", segment.get(key), "expected seconds from the episode's start"))
    return found


def _number(value: Any) -> float | None:
    """A time as a number; None for anything that is none."""
    good = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < MANY_SECONDS
    return float(value) if good else None


def _words(words: Any, text: str, start_s: float, end_s: float, faults: list[tuple[str, Any, str]]) -> tuple[Word, ...]:
    """The words of a segment; none where they have no times, or are not those of its text."""
    if not words:
        return ()
    if not isinstance(words, list):
        faults.append((".words", words, "expected a list; the line is used without times of its words"))
        return ()
    timed: list[tuple[str, float | None, float | None]] = []
    at = 0
    for index, word in enumerate(words):
        said = (word.get("word", word.get("text")) if isinstance(word, dict) else None) or ""
        found = text.find(said.strip(), at) if isinstance(said, str) and said.strip() else -1
        if found < 0:
            expected = "expected the next word of the text; the line is used without times of its words"
            faults.append((f".words[{index}]", word, expected))
            return ()
        begin, at = at, found + len(said.strip())
        start, end = _number(word.get("start")), _number(word.get("end"))
        timed.append(
            (text[begin:at], start, end) if start is not None and end is not None else (text[begin:at], None, None)
        )
    timed[-1] = (timed[-1][0] + text[at:].rstrip(), *timed[-1][1:])
    return tuple(_placed(timed, start_s, end_s)) if any(start is not None for _, start, _ in timed) else ()


def _placed(words: list[tuple[str, float | None, float | None]], start_s: float, end_s: float) -> Iterator[Word]:
    """Words with times: those without one of their own (digits, in WhisperX) share the time between their neighbours."""
    reached = start_s
    for index, (text, start, end) in enumerate(words):
        if start is None or end is None:
            following = index
            while following < len(words) and words[following][1] is None:
                following += 1
            until = words[following][1] if following < len(words) else end_s
            assert until is not None
            start = reached
            end = start + max(0.0, until - start) / (following - index)
        yield Word(start, max(start, end), text)
        reached = max(start, end)
