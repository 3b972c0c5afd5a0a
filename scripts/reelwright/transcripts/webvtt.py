"""WebVTT (W3C): cues with voice tags ``<v Name>``, beside blocks of notes, styles and regions, which are passed over.

A reader of our own: webvtt-py 0.6 passes over broken cues without a word, takes the first voice of a cue for all of it and
refuses a file without its header; pysubs2 1.8 drops the voices and takes a broken cue for text of the one before.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

from reelwright.errors import Problem
from reelwright.transcripts.cues import Cue, find_cues, plain_text, speakers_and_texts
from reelwright.transcripts.lines import Line

HEADER = re.compile(r"WEBVTT(\s|$)")
"""How the first line begins; what follows up to a blank line is about the file."""

BLOCKS = ("NOTE", "STYLE", "REGION")
"""First words of blocks that are no cues."""

_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?(?:\s+([^<>]*))?>|(</v\s*>)")


def webvtt_lines(file: str, lines: Sequence[str], problems: list[Problem]) -> list[Line]:
    """What is said in the lines of a WebVTT file. Cues may overlap: voices do."""
    rest = list(lines)
    if rest and HEADER.match(rest[0]):
        end = next((at for at, line in enumerate(rest) if not line or "-->" in line), len(rest))
        rest[:end] = [""] * end
    else:
        value = repr(rest[0][:80]) if rest and rest[0] else "empty"
        problems.append(Problem(file, "line 1", value, "expected WEBVTT; the file is read all the same"))
    return [
        Line(cue.start_s, cue.end_s, speaker, text)
        for cue in find_cues(file, rest, problems, BLOCKS)
        for speaker, text in _voices(file, cue, problems)
        if text
    ]


def _voices(file: str, cue: Cue, problems: list[Problem]) -> Iterator[tuple[str, str]]:
    """The text of a cue by voice; what stands outside of voice tags is read as in SRT."""
    text, at = "\n".join(cue.text), 0
    voice: str | None = None
    for tag in [*_VOICE.finditer(text), None]:
        piece = text[at : tag.start() if tag else len(text)]
        if voice is None:
            yield from speakers_and_texts(piece.split("\n"))
        else:
            yield voice, plain_text(piece)
        if tag is None:
            return
        at, voice = tag.end(), None if tag[2] else " ".join(html.unescape(tag[1] or "").split())
        if voice == "":
            line = cue.number + 1 + text.count("\n", 0, tag.start())
            problems.append(Problem(file, f"line {line}", repr(tag[0]), "expected a name after the v, as in <v Ida>"))
