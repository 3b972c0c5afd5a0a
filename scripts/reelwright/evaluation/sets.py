"""The stage ``build_evaluation``: the evaluation sets, disjoint from training by clip, by span and by picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2

from reelwright.align.footage import Footage
from reelwright.errors import BadItem
from reelwright.evaluation.choice import Candidate, choose
from reelwright.evaluation.guard import EpisodeInputs, training_clips
from reelwright.evaluation.kinds import SETS, Wording, unique
from reelwright.evaluation.material import ArtFiles, HeldEpisode, Material, read_material
from reelwright.evaluation.pictures import Pictures, Roots
from reelwright.files import write_json, write_jsonl
from reelwright.outcome import Notes, Record, attempt, require, succeeded
from reelwright.spec.evaluation import Held, Sets

RIGHTS = "licensed"
"""Of masters and production art alike: the spec has to say so of both."""


@dataclass(frozen=True)
class TrainedEpisode:
    """An episode that may be trained on, and what of it is held out."""

    inputs: EpisodeInputs
    held: tuple[Held, ...]


@dataclass(frozen=True)
class SetInputs:
    """What the sets are made of, and what they must not show."""

    holdout: Path
    holdout_outcome: Path
    held: Sequence[HeldEpisode]
    trained: Sequence[TrainedEpisode]
    art: ArtFiles
    roots: Roots


def _training_footage(episodes: Sequence[TrainedEpisode]) -> list[Footage]:
    """The clips that packages may draw on; an episode that failed gives none to them."""
    there = [one for one in episodes if all(succeeded(outcome) for outcome in one.inputs.outcomes)]
    return [clip for one in there for clip in training_clips(one.inputs, one.held)]


def _row(kind: str, one: Candidate, pictures: Pictures) -> dict[str, Any]:
    return {
        "item_id": one.item_id,
        "kind": kind,
        "prompt": one.prompt,
        "media": pictures.rows(one),
        "labels": dict(one.labels),
        "source": {"rights": RIGHTS, "manifest": one.manifest},
        "span": dict(one.span) if one.span else None,
    }


def _missing(kind: str, count: int, candidates: int, refused: int, minimum: int, material: Material) -> str | None:
    """What a set lacks, in words; None where it has enough."""
    if count >= minimum:
        return None
    why = [f"{name}: {material.absent[name]}" for name in SETS[kind].made_of if name in material.absent]
    of = f"{candidates} candidates" + (f", {refused} of them refused" if refused else "")
    needs = "; ".join(why) or f"it needs {SETS[kind].needs}"
    return f"evaluation.sets.{kind}.minimum is {minimum}, and {count} items could be made of {of}: {needs}"


def _say(kind: str, missing: str | None, strict: bool, notes: Notes) -> None:
    if missing and strict:
        notes.fail(kind, BadItem("minimum", missing))
    elif missing:
        notes.warn(missing)


def build_evaluation(
    inputs: SetInputs,
    outputs: Mapping[str, Path],
    summary_out: Path,
    record: Record,
    *,
    settings: Sets,
    trigger: str | None,
    anchors_train: bool,
) -> None:
    """Write each set to its file of ``outputs`` (JSONL, by kind) and what became of all candidates to ``summary_out``.

    Items are made of clips of which every frame is held out, and of art. An item whose picture a clip that may be trained
    on nearly copies is refused, so that packages needn't know of it; its place goes to the next. A set below its minimum
    is a warning, or a failed part where ``settings`` are strict. ``anchors_train``: whether a package trains on TRAIN anchors.
    """
    with attempt(record, [*outputs.values(), summary_out]) as notes:
        cv2.setNumThreads(1)
        require([inputs.holdout_outcome])
        material = read_material(inputs.holdout, inputs.held, inputs.art)
        pictures = Pictures(inputs.roots, _training_footage(inputs.trained))
        wording = Wording(trigger, anchors_train, settings.seed)
        summary: dict[str, Any] = {}
        clips: set[str] = set()
        for kind, path in outputs.items():
            wanted = settings.of(kind)
            candidates = unique(SETS[kind].candidates(material, wording))
            chosen, refused = choose(candidates, wanted.size, settings.seed, pictures.refuse)
            write_jsonl(path, [_row(kind, one, pictures) for one in chosen], "evaluation_item")
            clips |= {one.span["clip_id"] for one in chosen if one.span}
            missing = _missing(kind, len(chosen), len(candidates), len(refused), wanted.minimum, material)
            _say(kind, missing, settings.strict, notes)
            summary[kind] = {
                "items": len(chosen),
                "size": wanted.size,
                "minimum": wanted.minimum,
                "candidates": len(candidates),
                "labels": dict(sorted(Counter(one.label for one in chosen).items())),
                "refused": [{"item_id": name, "reason": why} for name, why in sorted(refused.items())],
                "missing": missing,
            }
        unseen = [{"path": path, "item_id": item} for path, item in sorted(pictures.unseen.items())]
        whole = {"sets": summary, "clips": sorted(clips), "absent": dict(material.absent), "not_looked_at": unseen}
        write_json(summary_out, whole, "evaluation_sets")
