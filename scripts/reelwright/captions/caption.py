"""The stage ``caption_clips``: one caption row a kept clip of an episode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reelwright.captions.bible import Bible, read_bible
from reelwright.captions.labels import labels_of
from reelwright.captions.structured import facts_of, word
from reelwright.files import read_jsonl, write_jsonl
from reelwright.outcome import Record, attempt, require
from reelwright.spec.captions import Captions
from reelwright.transcripts import Line, lines_within, read_transcript


@dataclass(frozen=True)
class _Episode:
    """What the captions of one episode draw on."""

    episode: str
    show: str
    season: int | None
    title: str
    trigger: str | None
    bible: Bible
    lines: Sequence[Line]


def caption_clips(
    clips: Path,
    clips_outcome: Path,
    out: Path,
    record: Record,
    *,
    settings: Captions,
    show: str,
    season: int | None,
    episode: str,
    title: str,
    bible: Path | None,
    subtitles: Path | None,
    speakers: Mapping[str, str] | None = None,
    transcript_outcomes: Sequence[Path] = (),
) -> None:
    """Write ``captions/ep<NN>.jsonl`` (``out``), a row a clip that ``clips`` keeps, and the outcome record.

    ``settings`` give the backend and the trigger; ``bible`` and ``subtitles`` are files to read, None where the project
    has none; ``speakers`` names the labels of a diariser in the transcript, ``transcript_outcomes`` holds the record of
    hearing it, if it was heard. Bad subtitles are warnings. A bad bible fails the episode: its captions would be poorer than
    asked for.
    """
    with attempt(record, [out]) as notes:
        require([clips_outcome, *transcript_outcomes])
        known = Bible() if bible is None else read_bible(bible, show, season)
        lines = [] if subtitles is None else read_transcript(subtitles, notes.warn, speakers)
        whole = _Episode(episode, show, season, title, settings.trigger, known, lines)
        write_jsonl(out, [_row(clip, whole) for clip in read_jsonl(clips) if clip["kept"]], "caption")


def _row(clip: dict[str, Any], episode: _Episode) -> dict[str, Any]:
    start_s, end_s = clip["start_s"], clip["end_s"]
    labels = labels_of(episode.bible.shots_of(episode.episode), start_s, end_s)
    lines = lines_within(episode.lines, start_s, end_s)
    speakers = [line.speaker for line in lines]
    facts = facts_of(episode.show, episode.season, episode.title, episode.trigger, episode.bible, labels, speakers)
    wording = word(facts)
    return {
        "clip_id": clip["clip_id"],
        "caption_source": "structured",
        "model": None,
        "prompt_digest": facts.digest,
        "visual_description": wording.visual_description,
        "characters": list(labels.characters),
        "outfits": dict(labels.outfits),
        "location": labels.location,
        "scene_type": labels.scene_type,
        "transcript": " ".join(str(line) for line in lines),
        "structured_caption": wording.structured_caption,
        "story_context": episode.bible.story_context(episode.episode),
        "caption": "",
        "training_caption": wording.training_caption,
    }
