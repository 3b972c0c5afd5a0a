"""The row of one clip in ``captions/ep<NN>.jsonl``: what a model, an import or the labels have told, in one form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reelwright.captions.answer import ClipAnswer
from reelwright.captions.context import ClipContext, EpisodeContext
from reelwright.captions.imports import Match
from reelwright.captions.labels import Labels
from reelwright.captions.lint import lint
from reelwright.captions.structured import word
from reelwright.captions.tokens import TokenCounter
from reelwright.captions.vision import Seen
from reelwright.errors import BadItem
from reelwright.template import Template

CAMERA_SENTENCES: Mapping[str, str] = {
    "static": "The camera doesn't move.",
    "pan_left": "The camera pans left.",
    "pan_right": "The camera pans right.",
    "tilt_up": "The camera tilts up.",
    "tilt_down": "The camera tilts down.",
    "zoom_in": "The camera zooms in.",
    "zoom_out": "The camera zooms out.",
}
"""How a training caption says a measured camera motion. A complex one is not put into words."""


class RowMaker:
    """Makes the rows of one episode."""

    def __init__(self, episode: EpisodeContext, tokens: TokenCounter) -> None:
        self._episode = episode
        self._tokens = tokens
        self._template = Template(episode.settings.template, "captions.template")

    def structured(self, clip: ClipContext, failed: BadItem | None = None) -> dict[str, Any]:
        """A row from labels and transcript alone; ``failed`` is why no model has told more."""
        told = _told(clip)
        labels = told.merged
        source = SEEDED if labels != told.own else "structured"
        facts = self._episode.facts(labels, clip.speakers, described=True)
        seen = word(self._episode.facts(labels, clip.speakers, described=False)).visual_description
        error = {"code": failed.code, "message": failed.message} if failed else None
        return {**self._row(clip, source, told, seen), "prompt_digest": facts.digest, "error": error}

    def vlm(self, clip: ClipContext, seen: Seen) -> dict[str, Any]:
        """A row from a model's answer; people's labels outweigh what it names."""
        answer = seen.answer
        told = _told(clip, ("vlm", _labels_in(answer)))
        return {
            **self._row(clip, "vlm", told, answer.visual_description),
            "model": seen.model,
            "prompt_digest": seen.prompt_digest,
            "caption": answer.visual_description,
            "shot_type": answer.shot_type,
            "camera": answer.camera,
            "action": answer.action,
            "props": list(answer.props),
            "on_screen_text": answer.on_screen_text,
            "verdict": {"usable": answer.usable, "reason": answer.reason},
        }

    def imported(self, clip: ClipContext, match: Match) -> dict[str, Any]:
        """A row from a caption made elsewhere."""
        one = match.imported
        told = _told(
            clip, ("imported", Labels(one.characters, tuple(one.outfits.items()), one.location, one.scene_type))
        )
        return {
            **self._row(clip, "imported", told, one.caption, one.training_caption),
            "model": one.model,
            "caption": one.caption or one.training_caption,
            "verdict": {"usable": one.usable, "reason": one.reason},
            "imported": {"file": one.file, "row": one.row, "by": match.by, "overlap": match.overlap},
        }

    def _row(
        self, clip: ClipContext, source: str, told: _Told, visual: str, verbatim: str | None = None
    ) -> dict[str, Any]:
        episode, labels = self._episode, told.merged
        wording = word(episode.facts(labels, clip.speakers, described=True))
        said = labels if source == SEEDED else told.own
        training = self._training(clip, said, visual) if visual or not verbatim else verbatim
        tokens = self._tokens(training)
        return {
            "clip_id": clip.clip_id,
            "source_sha256": clip.span.source_sha256,
            "start_pts": clip.span.start_pts,
            "end_pts": clip.span.end_pts,
            "caption_source": source,
            "model": None,
            "prompt_digest": None,
            "visual_description": visual,
            "shot_type": None,
            "camera": None,
            "characters": list(labels.characters),
            "outfits": dict(labels.outfits),
            "location": labels.location,
            "scene_type": labels.scene_type,
            "action": " ".join(labels.actions),
            "props": [],
            "on_screen_text": None,
            "transcript": clip.transcript,
            "structured_caption": wording.structured_caption,
            "story_context": episode.story_context,
            "caption": "",
            "training_caption": training,
            "tokens": tokens,
            "origins": told.origins,
            "verdict": None,
            "lint": [one.code for one in lint(training, episode.lint_rules, tokens)],
            "imported": None,
            "seeded": clip.seeded.as_row() if clip.seeded else None,
            "error": None,
        }

    def _training(self, clip: ClipContext, labels: Labels, visual: str) -> str:
        """The training caption: the spec's template, filled in."""
        episode = self._episode
        wording = word(episode.facts(labels, clip.speakers, described=False))
        said = CAMERA_SENTENCES.get(clip.camera or "", "") if episode.settings.camera else ""
        text = self._template.render(
            {
                "trigger": episode.settings.trigger or "",
                "visual_description": visual,
                "context": wording.context,
                "camera": said,
                "structured_caption": wording.structured_caption,
                "action": " ".join(labels.actions),
                "location": labels.location or "",
                "transcript": clip.spoken,
                "show": episode.production.show,
                "title": episode.production.title,
            }
        )
        return " ".join(text.split())


def _labels_in(answer: ClipAnswer) -> Labels:
    """What a model names, as labels."""
    actions = (answer.action,) if answer.action else ()
    return Labels(answer.characters, answer.outfits, answer.location, answer.scene_type, actions)


FIELDS = {"characters": "characters", "outfits": "outfits", "location": "location", "scene_type": "scene_type"} | {
    "actions": "action"
}
"""The fields of labels, and what rows call them."""

SEEDED = "seeded"
"""The origin of what the old material says."""


@dataclass(frozen=True)
class _Told:
    """What is told of a clip, each field by the best source that says something."""

    merged: Labels
    own: Labels
    """The same without the old material: what a training caption may say that is not called seeded."""
    origins: dict[str, str]
    """The source of each field that says something; a transcript's only where it is the old material's."""


def _told(clip: ClipContext, *sources: tuple[str, Labels]) -> _Told:
    """People's labels first, then ``sources`` in their order, the old material last."""
    ranked = [("label", clip.labels), *sources]
    merged, origins = _merged([*ranked, (SEEDED, clip.seeded.labels if clip.seeded else Labels())])
    if clip.transcript and not clip.lines:
        origins["transcript"] = SEEDED
    return _Told(merged, _merged(ranked)[0], origins)


def _merged(ranked: Sequence[tuple[str, Labels]]) -> tuple[Labels, dict[str, str]]:
    """Each field of the first source that says something, and that source; outfits only of who is named."""
    found = {
        name: next(((source, value) for source, one in ranked if (value := getattr(one, name))), None)
        for name in FIELDS
    }
    merged = Labels(**{name: pair[1] for name, pair in found.items() if pair})
    outfits = tuple(pair for pair in merged.outfits if pair[0] in merged.characters)
    origins = {FIELDS[name]: pair[0] for name, pair in found.items() if pair and (name != "outfits" or outfits)}
    return replace(merged, outfits=outfits), origins
