"""SRT: numbered cues, speakers as ``Name: words`` (or ``[SPEAKER_00]: words``, as diarisers write them)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from reelwright.errors import Problem
from reelwright.transcripts.cues import find_cues, speakers_and_texts
from reelwright.transcripts.lines import ROUNDING, Line


def srt_lines(file: str, lines: Sequence[str], problems: list[Problem]) -> list[Line]:
    """What is said in the lines of an SRT file. Cues that overlap are kept and reported: few players show them."""
    cues = find_cues(file, lines, problems)
    for one, following in pairwise(sorted(cues, key=lambda cue: (cue.start_s, cue.number))):
        if following.start_s < one.end_s - ROUNDING:
            value = f"a cue that begins before the one of line {one.number} ends"
            problems.append(Problem(file, f"line {following.number}", value, "expected cues apart; both are kept"))
    return [
        Line(cue.start_s, cue.end_s, speaker, text) for cue in cues for speaker, text in speakers_and_texts(cue.text)
    ]
