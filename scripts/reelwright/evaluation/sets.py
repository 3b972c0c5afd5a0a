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
from reelwright.outcome import Record, attempt, require, succeeded
from reelwright.spec.evaluation import Held, Sets, SetSize

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
    # Whose packages it can judge: they never train on its pictures, and pictures don't move.
    video = kind == "motion" or any(medium.trained for medium in pictures.kept(one))
    lanes = ["video"] if video else ["video", "design"]
    return {
        "item_id": one.item_id,
        "kind": kind,
        "prompt": one.prompt,
        "media": pictures.rows(one),
        "labels": {**one.labels, "lanes": lanes},
        "source": {"rights": RIGHTS, "manifest": one.manifest},
        "span": dict(one.span) if one.span else None,
    }


@dataclass(frozen=True)
class _Made:
    """One set, chosen."""

    kind: str
    wanted: SetSize
    candidates: int
    chosen: Sequence[Candidate]
    refused: Mapping[str, str]

    def missing(self, absent: Mapping[str, str]) -> str | None:
        """What it lacks, in words; None where it has enough. ``absent``: why parts of the material are not there."""
        if len(self.chosen) >= self.wanted.minimum:
            return None
        kind = SETS[self.kind]
        why = "; ".join(f"{name}: {absent[name]}" for name in kind.made_of if name in absent)
        of = f"{self.candidates} candidates" + (f", {len(self.refused)} of them refused" if self.refused else "")
        return (
            f"evaluation.sets.{self.kind}.minimum is {self.wanted.minimum}, and {len(self.chosen)} items could be made of "
            f"{of}: {why or f'it needs {kind.needs}'}"
        )

    def summary(self, missing: str | None) -> dict[str, Any]:
        """What ``evaluation/sets.json`` says of it."""
        return {
            "items": len(self.chosen),
            "size": self.wanted.size,
            "minimum": self.wanted.minimum,
            "candidates": self.candidates,
            "labels": dict(sorted(Counter(one.label for one in self.chosen).items())),
            "refused": [{"item_id": name, "reason": why} for name, why in sorted(self.refused.items())],
            "missing": missing,
        }


def _make(kind: str, material: Material, pictures: Pictures, settings: Sets, wording: Wording) -> _Made:
    candidates = unique(SETS[kind].candidates(material, wording))
    chosen, refused = choose(candidates, settings.of(kind).size, settings.seed, pictures.refuse)
    return _Made(kind, settings.of(kind), len(candidates), chosen, refused)


def build_evaluation(
    inputs: SetInputs,
    outputs: Mapping[str, Path],
    summary_out: Path,
    record: Record,
    *,
    settings: Sets,
    trigger: str | None,
) -> None:
    """Write each set to its file of ``outputs`` (JSONL, by kind) and what became of all candidates to ``summary_out``.

    Items are made of clips of which every frame is held out, and of art. An item whose picture a clip that may be trained
    on nearly copies is refused, so that packages needn't know of it; its place goes to the next. A set below its minimum
    is a warning, or a failed part where ``settings`` are strict.
    """
    with attempt(record, [*outputs.values(), summary_out]) as notes:
        cv2.setNumThreads(1)
        require([inputs.holdout_outcome])
        material = read_material(inputs.holdout, inputs.held, inputs.art)
        pictures = Pictures(inputs.roots, _training_footage(inputs.trained))
        wording = Wording(trigger, settings.seed)
        made = [_make(kind, material, pictures, settings, wording) for kind in outputs]
        missing = {one.kind: one.missing(material.absent) for one in made}
        for kind, words in missing.items():
            if words and settings.strict:
                notes.fail(kind, BadItem("minimum", words))
            elif words:
                notes.warn(words)
        for one in made:
            write_jsonl(outputs[one.kind], [_row(one.kind, item, pictures) for item in one.chosen], "evaluation_item")
        items = [item for one in made for item in one.chosen]
        whole = {
            "sets": {one.kind: one.summary(missing[one.kind]) for one in made},
            "clips": sorted({one.span["clip_id"] for one in items if one.span}),
            "absent": dict(material.absent),
            "left_out": [row for one in items for row in pictures.left_out(one)],
            "not_looked_at": [row for one in items for row in pictures.not_looked_at(one)],
        }
        write_json(summary_out, whole, "evaluation_sets")
