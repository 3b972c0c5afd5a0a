"""The part `evaluation` of the spec: what is held out of training, so that a model can be judged by what it never saw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from reelwright.spec.section import EpisodeId, RelativePath, Section

KINDS = ("identity", "outfit", "prop", "background", "motion")
"""The evaluation sets."""


class Held(Section):
    """An episode, or a stretch of one, that is held out."""

    episode: EpisodeId
    """The production episode."""
    start_s: float | None = Field(None, ge=0)
    """Second of the episode at which the stretch begins; left out, the episode's beginning."""
    end_s: float | None = Field(None, gt=0)
    """Second at which it ends; left out, the episode's end."""

    @property
    def whole(self) -> bool:
        """Whether the whole episode is held out."""
        return self.start_s is None and self.end_s is None

    def overlaps(self, start_s: float, end_s: float) -> bool:
        """Whether something of ``start_s`` to ``end_s`` (exclusive) of its episode is held out."""
        return (self.end_s is None or start_s < self.end_s) and (self.start_s is None or self.start_s < end_s)


def _written_short(value: Any) -> Any:
    """`"20"` is short for `{episode: "20"}`."""
    return value if isinstance(value, Mapping | Held) else {"episode": value}


class SetSize(Section):
    """How large an evaluation set is to be."""

    size: int = Field(40, ge=1)
    """Most items (our choice: judged one by one, 40 take a person an hour)."""
    minimum: int = Field(1, ge=0)
    """Fewest items: with fewer the build warns of what is missing, or fails where `strict` says so."""


class Sets(Section):
    """The evaluation sets, made of what is held out and of production art."""

    identity: SetSize = SetSize()
    """A plate of a usable anchor and a prompt each, balanced over characters."""
    outfit: SetSize = SetSize()
    """A character in an outfit each: held-out clips, and plates of the dictionary's outfits; balanced over both."""
    prop: SetSize = SetSize()
    """A prop that the crosswalk is sure of each, with its picture and held-out clips that name it."""
    background: SetSize = SetSize()
    """The first frame of a held-out clip and backgrounds of its location each, balanced over locations."""
    motion: SetSize = SetSize()
    """A held-out clip each, balanced over camera moves."""
    strict: bool = False
    """Whether a set below its minimum fails the build (the other sets, and packages, are built all the same)."""
    seed: int = 0
    """Seed of the choice by rank of sha256(seed, item): more episodes never reshuffle it."""
    prompts: int = Field(2, ge=1)
    """Items of each set whose prompts the trainers' samplers are given (our choice: a video takes minutes to sample)."""

    def of(self, kind: str) -> SetSize:
        """The size of the set ``kind``."""
        found: SetSize = getattr(self, kind)
        return found


class Evaluation(Section):
    """What is held out of training. Rows that nearly copy a picture of it are dropped from every package too."""

    holdout: list[Annotated[Held, BeforeValidator(_written_short, json_schema_input_type=EpisodeId | Held)]] = Field([])
    """What is held out: whole episodes, as `"20"`, or stretches, as `{episode: "04", start_s: 60, end_s: 75}`. A clip that
    shows a frame of it has the split `holdout` and becomes a row of no package."""
    pictures: list[RelativePath] = Field([])
    """Folders of pictures that models are judged by (PNG, JPEG, WebP; what lies in folders within is not looked at). No row
    of a package may nearly copy one. May be absolute."""

    sets: Sets = Sets()
    """The evaluation sets, where `holdout` names something."""

    @property
    def guards(self) -> bool:
        """Whether there is anything that training must not see."""
        return bool(self.holdout or self.pictures)

    def whole_episodes(self) -> set[str]:
        """The episodes that are held out whole."""
        return {one.episode for one in self.holdout if one.whole}

    def held_of(self, episode: str) -> list[Held]:
        """What is held out of one episode."""
        return [one for one in self.holdout if one.episode == episode]
