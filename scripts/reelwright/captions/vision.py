"""Asking a vision-language model about the contact sheet of each clip."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reelwright.captions.answer import CAMERAS, SHOT_TYPES, ClipAnswer, answer_schema, read_answer
from reelwright.captions.context import ClipContext, EpisodeContext
from reelwright.captions.lint import lint
from reelwright.captions.structured import word
from reelwright.errors import BadItem
from reelwright.models import Check, Flaw, Request, Result
from reelwright.spec.model import Sheet
from reelwright.template import Template


@dataclass(frozen=True)
class Seen:
    """What a model has told about a clip."""

    answer: ClipAnswer
    model: str
    prompt_digest: str


def clip_request(
    clip: ClipContext, episode: EpisodeContext, template: Template, sheet: Sheet, results: Path, schema: dict[str, Any]
) -> Request:
    """The question about one clip. It depends on nothing of other clips, so retuned shots leave it alone."""
    return Request(
        recipe={
            "source_sha256": clip.span.source_sha256,
            "span": [clip.span.start_pts, clip.span.end_pts],
            "sheet": sheet.model_dump(mode="json"),
        },
        prompt=template.render(_values(clip, episode, sheet)).strip(),
        images=(results / clip.sheet,),
        schema=schema,
    )


def _values(clip: ClipContext, episode: EpisodeContext, sheet: Sheet) -> dict[str, Any]:
    bible, number, settings = episode.bible, episode.production.episode, episode.settings
    return {
        "show": episode.production.show,
        "season": episode.production.season,
        "title": episode.production.title,
        "episode": number,
        "frames": sheet.rows * sheet.columns,
        "columns": sheet.columns,
        "rows": sheet.rows,
        "seconds": f"{clip.end_s - clip.start_s:.1f}",
        "characters": [
            {"name": one.name, "looks": ", ".join(filter(None, [one.hair, one.suit])) or one.description}
            for one in bible.characters
        ],
        "outfits": [
            {"character": one.character, "name": one.name, "description": one.description}
            for one in bible.outfits_of(number)
        ],
        "gadgets": [{"name": one.name, "description": one.description} for one in bible.gadgets_of(number)],
        "locations": list(episode.vocabulary.locations),
        "scene_types": list(episode.vocabulary.scene_types),
        "shot_types": list(SHOT_TYPES),
        "cameras": list(CAMERAS),
        "camera": clip.camera,
        "story_context": episode.story_context,
        "labels": word(episode.facts(clip.labels, clip.speakers, described=False)).visual_description,
        "seeded": clip.seeded.caption if clip.seeded else "",
        "transcript": clip.transcript,
        "identity": settings.identity,
        "leave_out": settings.leave_out,
    }


def clip_requests(
    clips: Iterable[ClipContext], episode: EpisodeContext, template: Template, sheet: Sheet, results: Path
) -> dict[str, Request]:
    """The question about each clip, by clip id; ``results`` is the folder that sheets' paths start from."""
    schema = answer_schema(episode.vocabulary)
    return {clip.clip_id: clip_request(clip, episode, template, sheet, results, schema) for clip in clips}


def answer_check(episode: EpisodeContext) -> Check:
    """What the desk holds every answer against: its form, what it may name, and its words."""

    def check(_: Request, text: str) -> Flaw | None:
        answer = read_answer(text, episode.vocabulary)
        if isinstance(answer, str):
            return Flaw(f"That answer can't be used: {answer}. Answer again with the whole JSON object.")
        found = [one for one in lint(answer.visual_description, episode.lint_rules) if one.grade != "note"]
        if not found:
            return None
        said = "; ".join(one.complaint for one in found)
        return Flaw(
            f"That visual_description can't be used: {said}. Answer again with the whole JSON object.",
            fatal=any(one.grade == "fatal" for one in found),
        )

    return check


def seen_or_failed(result: Result, episode: EpisodeContext) -> Seen | BadItem:
    """A result of the desk as what was seen, or why nothing was."""
    if isinstance(result.outcome, BadItem):
        return result.outcome
    read = read_answer(result.outcome.text, episode.vocabulary)
    assert isinstance(read, ClipAnswer), "the desk has checked it"
    return Seen(read, result.outcome.model, result.request.digest)
