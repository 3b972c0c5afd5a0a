"""Joining what is said of a clip: its caption, bound to its frames, and whether it may be used."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from reelwright.captions.context import span_of
from reelwright.errors import BuildError
from reelwright.files import read_jsonl
from reelwright.spec.quality import EVAL_ONLY

VLM = "vlm"
"""The reason for which a clip is left out on a model's word."""


def bound_captions(path: Path, clips: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The caption row of each of ``clips`` (rows of ``clips/ep<NN>.jsonl``), by clip id.

    Raises BuildError naming the file and the clip where a clip has no caption, or one that was made for other frames: a
    caption bound to the wrong clip teaches a model nonsense.
    """
    rows = {row["clip_id"]: row for row in read_jsonl(path)}
    for clip in clips:
        row = rows.get(clip["clip_id"])
        if row is None:
            raise BuildError(f"{path}: there is no caption for the clip {clip['clip_id']}: run the captions again")
        if span_of(row) != span_of(clip):
            raise BuildError(
                f"{path}: the caption of {clip['clip_id']} was made for {span_of(row)}, and the clip is {span_of(clip)}: "
                "run the captions again"
            )
    return rows


def may_evaluate(quality: dict[str, Any], caption: dict[str, Any]) -> bool:
    """Whether a clip may be an evaluation item: a usable one, or one that a person keeps for evaluation alone."""
    said = quality["decision"]
    return judged(quality, caption)[0] or (said is not None and said["decision"] == EVAL_ONLY)


def judged(quality: dict[str, Any], caption: dict[str, Any]) -> tuple[bool, list[str]]:
    """Whether a clip may be used, and every reason why not: a person's word, else measurements and the model's verdict."""
    reasons = list(quality["reasons"])
    if caption["verdict"] is not None and not caption["verdict"]["usable"]:
        reasons.append(VLM)
    if quality["decision"] is not None:
        usable = quality["decision"]["decision"] == "usable"
        return usable, [] if usable else reasons or ["decision"]
    return not reasons, reasons
