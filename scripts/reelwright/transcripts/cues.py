"""Cues, as SRT and WebVTT have them: a time line, text below it, a blank line. Broken ones are left out and reported."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

from reelwright.errors import Problem

EXPECTED_TIME = "expected a time line as in 00:01:02,500 --> 00:01:04,000"

_TIME = r"(?:(\d{1,4}):)?([0-5]?\d):([0-5]?\d)[,.](\d{1,3})"
_TIME_LINE = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}(\s.*)?")
_LIKE_A_TIME_LINE = re.compile(r"-->|^\s*-?(\d+:\d+:\d+\S*|\d+:\d+[.,]\d+)\s+\S*\s*-?\d+:\d+")
_TAG = re.compile(r"<rt>.*?</rt>|</?[a-zA-Z][^>]*>|<\d+:[\d:.]+>|\{\\[^}]*\}", re.DOTALL)
_SPEAKER = re.compile(r"(?:\[([^\]]{1,60})\]|([^\W\d_][\w .'-]{0,30})):\s+(\S.*)")
_DASHES = "-\N{EN DASH}\N{EM DASH}"


@dataclass(frozen=True)
class Cue:
    """One block of text that is shown for a while."""

    number: int
    """Line of its time line in the file, from 1; its text begins on the next."""
    start_s: float
    end_s: float
    text: list[str]


def find_cues(file: str, lines: Sequence[str], problems: list[Problem], blocks: Sequence[str] = ()) -> list[Cue]:
    """The good cues among the lines of a file, in their order; the others go to ``problems``.

    A line right above a time line names its cue and is passed over; so is a block that begins with one of the words
    ``blocks``. An empty line stands for one that has been dealt with.
    """
    cues: list[Cue] = []
    body: list[str] | None = None
    """Where the text of the block at hand goes; None between blocks."""
    for number, line in enumerate(lines, 1):
        following = lines[number] if number < len(lines) else ""
        if _LIKE_A_TIME_LINE.search(line):
            body = []
            times = _times(line)
            if isinstance(times, str):
                problems.append(Problem(file, f"line {number}", repr(line[:80]), times))
            else:
                cues.append(Cue(number, *times, body))
        elif not line:
            body = None
        elif _LIKE_A_TIME_LINE.search(following) and (body is None or line.isdecimal()):
            continue  # A number may stand there without a blank line before it.
        elif body is None:
            if line.split()[0] not in blocks:
                problems.append(Problem(file, f"line {number}", repr(line[:80]), f"{EXPECTED_TIME} above it"))
            body = []
        else:
            body.append(line)
    return cues


def seconds_of(clock: str) -> float | None:
    """A time of day as in ``00:01:02,500`` or ``01:02.500`` in seconds; None for anything else."""
    match = re.fullmatch(_TIME, clock.strip())
    return _seconds(match.groups()) if match else None


def _times(line: str) -> tuple[float, float] | str:
    """Start and end of a time line in seconds, or what was expected in its place."""
    match = _TIME_LINE.fullmatch(line)
    if match is None:
        return "expected times from 0 on, without a minus sign" if re.search(r"-\d+:\d", line) else EXPECTED_TIME
    start_s, end_s = (_seconds(match.groups()[at : at + 4]) for at in (0, 4))
    return (start_s, end_s) if start_s < end_s else "expected an end after the start"


def _seconds(parts: Sequence[str | None]) -> float:
    hours, minutes, seconds, fraction = (part or "0" for part in parts)
    return (((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(fraction.ljust(3, "0"))) / 1000


def plain_text(raw: str) -> str:
    """A text without tags, entities, line breaks and surplus spaces."""
    return " ".join(html.unescape(_TAG.sub("", raw)).split())


def speakers_and_texts(lines: Sequence[str]) -> list[tuple[str, str]]:
    """The lines of a cue by speaker ("" where none is named): one with a name or a dash begins anew, others go on."""
    said: list[tuple[str, list[str]]] = []
    for raw in lines:
        text = plain_text(raw)
        dashed = text.startswith(tuple(_DASHES))
        text = text.lstrip(f"{_DASHES} ") if dashed else text
        match = _SPEAKER.fullmatch(text)
        if match is not None:
            said.append(((match[1] or match[2]).strip(), [match[3]]))
        elif text and (dashed or not said):
            said.append(("", [text]))
        elif text:
            said[-1][1].append(text)
    return [(speaker, " ".join(words)) for speaker, words in said]
