"""What is known of an episode and of each of its clips before anybody captions them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from reelwright.captions.answer import Vocabulary
from reelwright.captions.bible import Bible
from reelwright.captions.labels import Labels, labels_of
from reelwright.captions.lint import LintRules, words_of
from reelwright.captions.seeds import Seed, Seeded, seeded_by
from reelwright.captions.structured import Facts, facts_of
from reelwright.spec.captions import Captions
from reelwright.spec.quality import EVAL_ONLY
from reelwright.transcripts import Line, lines_within


@dataclass(frozen=True)
class Production:
    """Which episode of what."""

    show: str
    season: int | None
    episode: str
    title: str
    speakers: Mapping[str, str] | None = None
    """Names for the labels that a diariser has given to speakers."""


@dataclass(frozen=True)
class Span:
    """The frames that a caption is about, whatever the clip is called."""

    source_sha256: str
    start_pts: int
    end_pts: int
    """Exclusive."""


def span_of(row: dict[str, Any]) -> Span:
    """The span that a clip's or a caption's row is about."""
    return Span(row["source_sha256"], row["start_pts"], row["end_pts"])


@dataclass(frozen=True)
class EpisodeContext:
    """What the captions of one episode draw on."""

    production: Production
    bible: Bible
    lines: Sequence[Line]
    """The episode's transcript."""
    settings: Captions
    seeds: Sequence[Seed] = ()
    """What the old material says of it."""

    @cached_property
    def story_context(self) -> str:
        """What the episode tells."""
        return self.bible.story_context(self.production.episode)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """What an answer may name."""
        return Vocabulary(
            characters=tuple(one.name for one in self.bible.characters),
            locations=tuple(self.settings.locations or self.bible.locations),
            scene_types=tuple(self.settings.scene_types),
        )

    @cached_property
    def lint_rules(self) -> LintRules:
        """What captions are held against."""
        named = self.settings.identity == "named"
        anchors = [text for one in self.bible.characters for text in (one.hair, one.suit) if text]
        known = [
            *(one.name for one in self.bible.characters),
            *(f"{outfit.name} {outfit.description}" for outfit in self.bible.outfits),
            *(f"{gadget.name} {gadget.description}" for gadget in self.bible.gadgets),
            *self.vocabulary.locations,
            *(str(line) for line in self.lines),
            self.story_context,
            self.production.show,
            self.production.title,
            self.settings.trigger or "",
        ]
        return LintRules(
            leave_out=tuple(self.settings.leave_out),
            identity_words=tuple(dict.fromkeys(anchors)) if named else (),
            foreign_names=tuple(self.settings.foreign_names),
            known_words=words_of(known),
            token_limit=self.settings.token_limit,
        )

    def facts(self, labels: Labels, speakers: Sequence[str], *, described: bool) -> Facts:
        """The facts that a wording of ``labels`` depends on; ``described`` says whether hair and suits are told."""
        one = self.production
        identity = "described" if described else self.settings.identity
        return facts_of(one.show, one.season, one.title, self.bible, labels, speakers, identity)


@dataclass(frozen=True)
class ClipContext:
    """What is known of one clip."""

    clip_id: str
    span: Span
    start_s: float
    end_s: float
    frames: tuple[int, int]
    """First frame, and the frame after the last."""
    clip: str
    """Path of its media, relative to the results."""
    sheet: str
    """Path of its contact sheet, relative to the results."""
    usable: bool
    """Whether measurements and people leave it usable, if for evaluation alone: nobody pays for the caption of another."""
    camera: str | None
    """The measured camera motion, where it was measured."""
    labels: Labels
    """What people have labelled in the season bible."""
    lines: tuple[Line, ...]
    seeded: Seeded | None = None
    """What the old material says of the same footage."""

    @property
    def spoken(self) -> str:
        """What is said, "Name: line" after "Name: line", by the episode's transcript."""
        return " ".join(str(line) for line in self.lines)

    @property
    def transcript(self) -> str:
        """The same, else what the old material says."""
        return self.spoken or (self.seeded.transcript if self.seeded else "")

    @property
    def speakers(self) -> list[str]:
        """Names before the lines."""
        return [line.speaker for line in self.lines]


def clip_context(clip: dict[str, Any], quality: dict[str, Any], episode: EpisodeContext) -> ClipContext:
    """What is known of the clip in the row ``clip``, of whose quality the row ``quality`` tells."""
    start_s, end_s = clip["start_s"], clip["end_s"]
    return ClipContext(
        clip_id=clip["clip_id"],
        span=span_of(clip),
        start_s=start_s,
        end_s=end_s,
        frames=(clip["start_frame"], clip["end_frame"]),
        clip=clip["clip"],
        sheet=clip["sheet"],
        usable=quality["usable"] or EVAL_ONLY in quality["reasons"],
        camera=(quality.get("camera") or {}).get("move"),
        labels=labels_of(episode.bible.shots_of(episode.production.episode), start_s, end_s),
        lines=tuple(lines_within(episode.lines, start_s, end_s)),
        seeded=_seeded(episode, start_s, end_s),
    )


def _seeded(episode: EpisodeContext, start_s: float, end_s: float) -> Seeded | None:
    """What the old material says of a clip; where the episode has a transcript, that knows better when nobody speaks."""
    seeded = seeded_by(episode.seeds, episode.production.episode, start_s, end_s)
    return replace(seeded, transcript="") if seeded and episode.lines else seeded
