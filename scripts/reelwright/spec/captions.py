"""The part `captions` of the spec."""

from __future__ import annotations

from typing import Literal

from reelwright.spec.section import RelativePath, Section


class Captions(Section):
    """Where captions come from."""

    backend: Literal["structured"] = "structured"
    """`structured` assembles captions from bible, labels and subtitles, without a model."""
    bible: RelativePath | None = None
    """The season bible (JSON): characters, outfits, locations, gadgets, story context, labelled shots."""
    trigger: str | None = None
    """Word put before every training caption, for the LoRA to answer to."""
