"""The row of one clip in ``captions/ep<NN>.jsonl``: what a model, an import or the labels have told, in one form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
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
        facts = self._episode.facts(clip.labels, clip.speakers, described=True)
        seen = word(self._episode.facts(clip.labels, clip.speakers, described=False)).visual_description
        row = self._row(clip, "structured", clip.labels, seen, origin=_origins(clip.labels, Labels(), ""))
        error = {"code": failed.code, "message": failed.message} if failed else None
        return {**row, "prompt_digest": facts.digest, "error": error}

    def vlm(self, clip: ClipContext, seen: Seen) -> dict[str, Any]:
        """A row from a model's answer; people's labels outweigh what it names."""
        told = _labels_in(seen.answer)
        labels = _first_of(clip.labels, told)
        answer = seen.answer
        row = self._row(clip, "vlm", labels, answer.visual_description, origin=_origins(clip.labels, told, "vlm"))
        return {
            **row,
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
        told = Labels(one.characters, tuple(one.outfits.items()), one.location, one.scene_type)
        labels = _first_of(clip.labels, told)
        origin = _origins(clip.labels, told, "imported")
        row = self._row(clip, "imported", labels, one.caption, one.training_caption, origin=origin)
        return {
            **row,
            "model": one.model,
            "caption": one.caption or one.training_caption,
            "verdict": {"usable": one.usable, "reason": one.reason},
            "imported": {"file": one.file, "row": one.row, "by": match.by, "overlap": match.overlap},
        }

    def _row(
        self,
        clip: ClipContext,
        source: str,
        labels: Labels,
        visual: str,
        verbatim: str | None = None,
        *,
        origin: dict[str, str],
    ) -> dict[str, Any]:
        episode = self._episode
        wording = word(episode.facts(labels, clip.speakers, described=True))
        training = self._training(clip, labels, visual) if visual or not verbatim else verbatim
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
            "origins": origin,
            "verdict": None,
            "lint": [one.code for one in lint(training, episode.lint_rules, tokens)],
            "imported": None,
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
                "transcript": clip.transcript,
                "show": episode.production.show,
                "title": episode.production.title,
            }
        )
        return " ".join(text.split())


def _labels_in(answer: ClipAnswer) -> Labels:
    """What a model names, as labels."""
    actions = (answer.action,) if answer.action else ()
    return Labels(answer.characters, answer.outfits, answer.location, answer.scene_type, actions)


FIELDS = ("characters", "outfits", "location", "scene_type", "actions")
"""The fields of labels."""


def _first_of(labels: Labels, told: Labels) -> Labels:
    """``labels``, and where they say nothing, what was ``told``; outfits only of characters that are named."""
    merged = replace(labels, **{name: getattr(labels, name) or getattr(told, name) for name in FIELDS})
    return replace(merged, outfits=tuple(pair for pair in merged.outfits if pair[0] in merged.characters))


def _origins(labels: Labels, told: Labels, source: str) -> dict[str, str]:
    """Where each field that says something comes from: ``label``, or ``source``."""
    return {
        name.removesuffix("s") if name == "actions" else name: "label" if getattr(labels, name) else source
        for name in FIELDS
        if getattr(labels, name) or getattr(told, name)
    }
