"""The part `evaluation` of the spec: what is held out of training, so that a model can be judged by what it never saw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from reelwright.spec.section import EpisodeId, RelativePath, Section


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


class Evaluation(Section):
    """What is held out of training. Rows that nearly copy a picture of it are dropped from every package too."""

    holdout: list[Annotated[Held, BeforeValidator(_written_short, json_schema_input_type=EpisodeId | Held)]] = Field([])
    """What is held out: whole episodes, as `"20"`, or stretches, as `{episode: "04", start_s: 60, end_s: 75}`. A clip that
    shows a frame of it has the split `holdout` and becomes a row of no package."""
    pictures: list[RelativePath] = Field([])
    """Folders of pictures that models are judged by (PNG, JPEG, WebP; what lies in folders within is not looked at). No row
    of a package may nearly copy one. May be absolute."""

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
