"""The transcripts of the demo season in each form that studios and tools deliver, written from the plan."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from itertools import accumulate
from typing import Any

from reelwright.demo.plan import FPS, EpisodePlan, Line
from reelwright.demo.show import CHARACTERS

LABELS = {one.name: f"SPEAKER_{number:02}" for number, one in enumerate(CHARACTERS)}
"""What a diariser would call each character; `speakers` in config/demo.yaml says who they are."""


def _lines(plan: EpisodePlan) -> list[Line]:
    return [line for shot in plan.shots for line in shot.lines]


def _clock(frame: int, point: str) -> str:
    milliseconds = frame * 1000 // FPS
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}{rest:03}"


def episode_srt(plan: EpisodePlan) -> str:
    """SRT: ``Speaker: words``, each inside the shot in which it is spoken."""
    blocks = (
        f"{number}\n{_clock(line.start, ',')} --> {_clock(line.end, ',')}\n{line.speaker}: {line.words}\n"
        for number, line in enumerate(_lines(plan), 1)
    )
    return "\n".join(blocks)


def episode_webvtt(plan: EpisodePlan) -> str:
    """WebVTT: the speakers as voice tags."""
    blocks = [f"WEBVTT - episode {plan.episode}\n", "NOTE Times count from the first frame.\n"]
    for line in _lines(plan):
        words = html.escape(line.words, quote=False)
        times = f"{_clock(line.start, '.')} --> {_clock(line.end, '.')}"
        blocks.append(f"{times} align:center\n<v {html.escape(line.speaker)}>{words}</v>\n")
    return "\n".join(blocks)


def _segment(line: Line) -> dict[str, Any]:
    start_s, end_s, words = line.start / FPS, line.end / FPS, line.words.split()
    reached = [0, *accumulate(len(word) for word in words)]
    at = [round(start_s + (end_s - start_s) * letters / reached[-1], 3) for letters in reached]
    timed = [{"word": word, "start": at[number], "end": at[number + 1]} for number, word in enumerate(words)]
    return {"start": start_s, "end": end_s, "text": line.words, "speaker": LABELS[line.speaker], "words": timed}


def episode_diarised(plan: EpisodePlan) -> str:
    """Diarised JSON as WhisperX writes it: labels in place of names, every word with its time."""
    segments = [_segment(line) for line in _lines(plan)]
    return json.dumps({"language": "en", "segments": segments}, indent=1, ensure_ascii=False) + "\n"


FORMS: dict[str, Callable[[EpisodePlan], str]] = {
    ".srt": episode_srt,
    ".vtt": episode_webvtt,
    ".json": episode_diarised,
}
"""How a transcript is written, by the suffix of its file."""
