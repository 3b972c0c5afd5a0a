"""Reading a transcript, whatever its form. Lenient: what is broken is reported and left out, the rest is used."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from reelwright.errors import Problem
from reelwright.transcripts.diarised import diarised_lines
from reelwright.transcripts.lines import Line
from reelwright.transcripts.srt import srt_lines
from reelwright.transcripts.webvtt import HEADER, webvtt_lines

SHOWN = 20
"""Warnings about one file before they are only counted."""

LABEL = re.compile(
    r"(speaker|spkr|spk|person|voice)([\s_#-]*\d+|[\s_#-]+([a-z]|unknown))|(unknown|unidentified)([\s_-]*speaker)?|speaker|\d+|\?",
    re.IGNORECASE,
)
"""What a diariser calls a speaker that it can tell apart and not name: SPEAKER_00, Speaker A, 1."""

_JSON = re.compile(r'\s*(\{\s*["}]|\[\s*[{\]])')


def read_transcript(path: Path, warn: Callable[[str], None], speakers: Mapping[str, str] | None = None) -> list[Line]:
    """What is said in the SRT, WebVTT or diarised JSON file at ``path``, in the order of its start.

    ``speakers`` gives names for labels; a diariser's label that is not in it is no name, and its lines have no speaker.
    Whatever is wrong goes to ``warn`` with file, line and what was expected: a file that can't be read gives no lines, a
    broken cue or segment is left out. Text is UTF-8, or UTF-16 with its mark, else it is taken for Windows-1252.
    """
    problems: list[Problem] = []
    text = _decode(path, problems)
    lines = [] if text is None else sorted(_lines(path, text, problems), key=lambda line: line.start_s)
    if text is not None and not lines:
        problems.append(
            Problem(str(path), "the whole file", "without a usable line", "expected cues or segments with text")
        )
    lines = _named(path, lines, speakers or {}, problems)
    for problem in problems[:SHOWN]:
        warn(str(problem))
    if len(problems) > SHOWN:
        warn(f"{path}: {len(problems) - SHOWN} more problems in this transcript")
    return lines


def _decode(path: Path, problems: list[Problem]) -> str | None:
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = "missing" if isinstance(error, FileNotFoundError) else f"unreadable ({error.strerror})"
        expected = "expected a transcript (SRT, WebVTT, diarised JSON); captions are made without"
        problems.append(Problem(str(path), "the file", reason, expected))
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


def _lines(path: Path, text: str, problems: list[Problem]) -> list[Line]:
    """The lines of a file by what it looks like, or else by its suffix."""
    suffix = path.suffix.lower()
    if _JSON.match(text) or (suffix == ".json" and "-->" not in text):
        return diarised_lines(str(path), text, problems)
    lines = [line.strip() for line in re.split(r"\r\n|\r|\n", text)]
    if HEADER.match(text) or suffix == ".vtt":
        return webvtt_lines(str(path), lines, problems)
    return srt_lines(str(path), lines, problems)


def _named(path: Path, lines: Sequence[Line], speakers: Mapping[str, str], problems: list[Problem]) -> list[Line]:
    """``lines`` with the names that ``speakers`` gives, and without labels that it doesn't name."""
    names = {label.casefold(): name for label, name in speakers.items()}
    heard = {line.speaker.casefold() for line in lines}
    nameless = Counter(
        line.speaker for line in lines if line.speaker.casefold() not in names and LABEL.fullmatch(line.speaker)
    )
    if nameless:
        value = ", ".join(f"{label} ({count} lines)" for label, count in sorted(nameless.items()))
        expected = "expected names for these labels, as `speakers` of the episode in the spec; they go without"
        problems.append(Problem(str(path), "speakers", value, expected))
    for label in speakers:
        if lines and label.casefold() not in heard:
            expected = "is in no line of this transcript, but stands in `speakers` of its episode in the spec"
            said = sorted({line.speaker for line in lines if line.speaker})
            nearest = next(iter(difflib.get_close_matches(label, said, n=1)), None)
            problems.append(Problem(str(path), f"the speaker {label!r}", "", expected, nearest))
    return [
        replace(line, speaker="" if line.speaker in nameless else names.get(line.speaker.casefold(), line.speaker))
        for line in lines
    ]
