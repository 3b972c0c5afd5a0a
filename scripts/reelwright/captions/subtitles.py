"""Subtitles (SRT): who says what when. Lenient: a broken cue is reported and left out, the others are used."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from reelwright.errors import Problem

LINE_SHARE = 0.5
"""A line belongs to a clip when at least this share of its time lies within the clip."""

SHOWN = 20
"""Warnings about one file before they are only counted."""

ROUNDING = 1e-9
"""Shares of time are compared with so much grace: times are binary fractions of seconds."""

EXPECTED_TIME = "expected a time line as in 00:01:02,500 --> 00:01:04,000"

_TIME = r"(\d{1,3}):([0-5]?\d):([0-5]?\d)[,.](\d{1,3})"
_TIME_LINE = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}(\s.*)?")
_LIKE_A_TIME_LINE = re.compile(r"-->|^\s*-?\d+:\d+:\d+\S*\s+\S*\s*-?\d+:\d+")
_TAG = re.compile(r"</?[a-zA-Z][^>]*>|\{\\[^}]*\}")
_SPEAKER = re.compile(r"([^\W\d_][\w .'-]{0,30}):\s+(\S.*)")


@dataclass(frozen=True)
class Line:
    """Something that one speaker says."""

    start_s: float
    end_s: float
    speaker: str
    """Name before the colon, as written; empty where there is none."""
    text: str

    def __str__(self) -> str:
        return f"{self.speaker}: {self.text}" if self.speaker else self.text

    def within(self, start_s: float, end_s: float) -> bool:
        """Whether the line belongs to a clip of that span."""
        inside = min(self.end_s, end_s) - max(self.start_s, start_s)
        return inside >= LINE_SHARE * (self.end_s - self.start_s) - ROUNDING


@dataclass(frozen=True)
class _Cue:
    number: int
    """Line of its time line in the file, from 1."""
    start_s: float
    end_s: float
    text: list[str]


def read_subtitles(path: Path, warn: Callable[[str], None]) -> list[Line]:
    """The lines of the SRT file at ``path`` in the order of their start.

    Whatever is wrong goes to ``warn`` with file, line and what was expected: a file that can't be read gives no lines,
    a broken cue is left out, cues that overlap are kept. Text is UTF-8, or UTF-16 with its mark, else it is taken for
    Windows-1252.
    """
    problems: list[Problem] = []
    text = _decode(path, problems)
    cues = [] if text is None else _cues(str(path), text, problems)
    if text is not None and not cues:
        problems.append(Problem(str(path), "the whole file", "without a usable cue", EXPECTED_TIME))
    cues.sort(key=lambda cue: (cue.start_s, cue.number))
    for one, following in pairwise(cues):
        if following.start_s < one.end_s - ROUNDING:
            value = f"a cue that begins before the one of line {one.number} ends"
            problems.append(Problem(str(path), f"line {following.number}", value, "expected cues apart; both are kept"))
    for problem in problems[:SHOWN]:
        warn(str(problem))
    if len(problems) > SHOWN:
        warn(f"{path}: {len(problems) - SHOWN} more problems in these subtitles")
    return [line for cue in cues for line in _lines(cue)]


def _decode(path: Path, problems: list[Problem]) -> str | None:
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = "missing" if isinstance(error, FileNotFoundError) else f"unreadable ({error.strerror})"
        problems.append(Problem(str(path), "the file", reason, "expected subtitles (SRT); captions are made without"))
        return None
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        value = repr(data[error.start : error.start + 1])
        problems.append(Problem(str(path), f"line {line}", value, "expected UTF-8; the file is read as Windows-1252"))
        return data.decode("cp1252", errors="replace")


def _cues(file: str, text: str, problems: list[Problem]) -> list[_Cue]:
    """The good cues, in the order of the file; the others go to ``problems``."""
    lines = [line.strip() for line in re.split(r"\r\n|\r|\n", text)]
    cues: list[_Cue] = []
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
                cues.append(_Cue(number, *times, body))
        elif not line:
            body = None
        elif line.isdecimal() and _LIKE_A_TIME_LINE.search(following):
            continue  # The number of the next cue, whether or not a blank line stands before it.
        elif body is None:
            problems.append(Problem(file, f"line {number}", repr(line[:80]), f"{EXPECTED_TIME} above it"))
            body = []
        else:
            body.append(line)
    return cues


def _times(line: str) -> tuple[float, float] | str:
    """Start and end of a time line in seconds, or what was expected in its place."""
    match = _TIME_LINE.fullmatch(line)
    if match is None:
        return "expected times from 0 on, without a minus sign" if re.search(r"-\d+:\d", line) else EXPECTED_TIME
    start_s, end_s = (_seconds(match.groups()[at : at + 4]) for at in (0, 4))
    return (start_s, end_s) if start_s < end_s else "expected an end after the start"


def _seconds(parts: tuple[str, ...]) -> float:
    hours, minutes, seconds, fraction = parts
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(fraction.ljust(3, "0")) / 1000


def _lines(cue: _Cue) -> list[Line]:
    """A cue's text by speaker: a text line with a name begins a new one, one without goes on."""
    said: list[tuple[str, list[str]]] = []
    for raw in cue.text:
        text = " ".join(html.unescape(_TAG.sub("", raw)).split())
        dashed = text.startswith(("-", "\N{EN DASH}", "\N{EM DASH}"))
        text = text.lstrip("-\N{EN DASH}\N{EM DASH} ") if dashed else text
        match = _SPEAKER.fullmatch(text)
        if match is not None:
            said.append((match[1].strip(), [match[2]]))
        elif text and (dashed or not said):
            said.append(("", [text]))
        elif text:
            said[-1][1].append(text)
    return [Line(cue.start_s, cue.end_s, speaker, " ".join(words)) for speaker, words in said]
