"""The stage ``evaluate_actor``: an actor's images on one sheet, and what each of them is and is worth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reelwright.actors.classes import CLASSES, UNKNOWN, Verdict
from reelwright.actors.composite import write_composite
from reelwright.actors.duplicates import duplicate_groups
from reelwright.actors.looking import Image, look_at
from reelwright.actors.measure import Limits, defects_of, quality_of, tone_of
from reelwright.files import write_json
from reelwright.outcome import Notes, Record, attempt, require

if TYPE_CHECKING:
    from reelwright.actors.imports import ImportedEvaluation

# Imported where it is needed: what a model takes, and what imports take. Of hundreds of jobs most need neither.

DOUBTFUL = 7
"""Quality from which on a model is doubted where an image is measurably blank, blurred or dark (ours)."""


@dataclass(frozen=True)
class Asking:
    """Who looks, what it may cost, and where a model's words are kept: what a ``Looker`` and ``Books`` are made of."""

    settings: Mapping[str, Any] | None
    """The spec's part `actors.evaluation`, as JSON values; None where no model is asked."""
    budget: Mapping[str, Any] | None
    """The spec's part, as JSON values."""
    answers: Path
    ledger: Path
    store: Path
    log: Path | None = None

    @property
    def backend(self) -> str:
        """``measured ollama openai``."""
        return str(self.settings["backend"]) if self.settings else "measured"

    @property
    def model(self) -> str | None:
        """Name of the model; None where none is asked."""
        return str(self.settings[self.backend]["model"]) if self.settings else None


@dataclass(frozen=True)
class Outputs:
    """What is written of an actor."""

    composite: Path
    evaluation: Path


def evaluate_actor(
    actor: str,
    images: Sequence[Path],
    outputs: Outputs,
    record: Record,
    *,
    limits: Limits,
    asking: Asking,
    imports: Path | None = None,
    upstream: Sequence[Path] = (),
) -> None:
    """Write the actor's composite and evaluation (``actor_evaluation`` schema), and the outcome record.

    No file of the actor is written to. An evaluation made elsewhere is taken where one is of an image; of the others the model
    is asked, where there is one, each image once for ever. Measurements are made of every image. What can't be opened is
    listed as broken, which is no failure: it will be replaced.
    """
    with attempt(record, [outputs.composite, outputs.evaluation]) as notes:
        require(upstream)
        found = look_at(images)
        for one in found:
            if one.broken:
                notes.warn(f"{one.name} {one.broken}")
        imported = _imported(actor, found, imports, notes)
        told = _told(actor, [one for one in found if one.name not in imported], asking)
        write_composite(outputs.composite, [one.thumbnail for one in found if one.thumbnail is not None])
        known = _Known(actor, found, limits, asking, imported, told)
        write_json(outputs.evaluation, _evaluation(known), "actor_evaluation")


def _imported(
    actor: str, found: Sequence[Image], imports: Path | None, notes: Notes
) -> Mapping[str, ImportedEvaluation]:
    """Evaluations made elsewhere, by file name."""
    if imports is None:
        return {}
    from reelwright.actors.imports import match_evaluations, read_evaluations

    shown = {one.name: one.sha256 for one in found if one.broken is None}
    imported, warnings = match_evaluations(actor, shown, read_evaluations(imports))
    for message in warnings:
        notes.warn(message)
    return imported


@dataclass(frozen=True)
class _Told:
    """What a model says."""

    verdicts: Mapping[str, Verdict]
    """By the image's sha256."""
    delete: frozenset[str]
    """sha256 of images that it would take out."""
    words: str


@dataclass(frozen=True)
class _Known:
    """All that is known of an actor's images."""

    actor: str
    images: list[Image]
    limits: Limits
    asking: Asking
    imported: Mapping[str, ImportedEvaluation]
    """By file name."""
    told: _Told


def _told(actor: str, images: Sequence[Image], asking: Asking) -> _Told:
    if asking.settings is None:
        return _Told({}, frozenset(), "")
    from reelwright.actors.asking import Looker
    from reelwright.models.asking import Books
    from reelwright.spec.actors import ActorEvaluation
    from reelwright.spec.model import Budget
    from reelwright.store import open_store

    budget = Budget.model_validate(asking.budget) if asking.budget else None
    looker = Looker(ActorEvaluation.model_validate(asking.settings), open_store(asking.store))
    found = looker.look(actor, images, Books(asking.answers, asking.ledger, budget, asking.log))
    return _Told(
        {sha256: one.verdict for sha256, one in found.items()},
        frozenset(sha256 for sha256, one in found.items() if one.delete),
        looker.words(found),
    )


def _evaluation(known: _Known) -> dict[str, Any]:
    rows: list[dict[str, Any]] = []
    cell = 0
    for one in known.images:
        row = _row(one, known)
        if one.broken is None:
            cell += 1
            row["cell"] = cell
        rows.append(row)
    groups = duplicate_groups(rows, known.limits.duplicate_bits)
    for row in rows:
        row["duplicate_group"] = groups.get(row["file"])
    counts = Counter(row["class"] for row in rows if row["class"] is not None)
    shown = sum(counts.values())
    names = (*CLASSES, UNKNOWN)
    return {
        "actor": known.actor,
        "backend": known.asking.backend,
        "model": known.asking.model,
        "images": rows,
        "counts": {name: counts[name] for name in names},
        "percentages": {name: round(100 * counts[name] / shown, 1) if shown else 0.0 for name in names},
        "broken": sum(row["broken"] is not None for row in rows),
        "disagreements": [text for row in rows for text in _disagreements(row)],
        "recommended_deletions": [
            row["file"] for row in rows if row["origin"] == "model" and row["sha256"] in known.told.delete
        ],
        "text": known.told.words,
        "plan": f"actors/action_plans/{known.actor}_action_plan.json",
    }


def _row(one: Image, known: _Known) -> dict[str, Any]:
    row: dict[str, Any] = {
        "file": one.name, "sha256": one.sha256, "bytes": one.bytes, "cell": None, "broken": one.broken, "class": None,
        "quality": None, "defects": [], "origin": None, "reason": "", "duplicate_group": None, "measured": None,
        "imported": None,
    }  # fmt: skip
    row |= dict(zip(("width", "height", "format", "mode", "frames"), one.picture or (None,) * 5, strict=True))
    if one.picture is None or one.seen is None:
        return row
    defects = defects_of(one.picture[:2], one.seen, known.limits)
    tone = tone_of(one.seen, known.limits)
    measured = {name: round(value, 4) for name, value in asdict(one.seen).items() if name != "phash"}
    quality = quality_of(defects)
    row["measured"] = {
        "tone": tone, "quality": quality, "defects": list(defects), "phash": f"{one.seen.phash:016x}", **measured,
    }  # fmt: skip
    row |= {
        "class": "bw_stylized" if tone == "black_and_white" else UNKNOWN,
        "quality": quality,
        "defects": list(defects),
        "origin": "measured",
    }
    imported = known.imported.get(one.name)
    verdict = imported.verdict if imported else known.told.verdicts.get(one.sha256)
    if verdict is not None:
        row |= {
            "class": verdict.category,
            "quality": verdict.quality if verdict.quality is not None else quality,
            "defects": list(verdict.defects),
            "origin": "imported" if imported else "model",
            "reason": verdict.reason,
        }
    if imported:
        row["imported"] = {"file": imported.file, "row": imported.row, "model": imported.model}
    return row


def _disagreements(row: dict[str, Any]) -> list[str]:
    """Where whoever looked and the measurements differ, in sentences for a person who will look again."""
    if row["origin"] not in ("model", "imported"):
        return []
    who = "the model says" if row["origin"] == "model" else "the imported evaluation says"
    measured, found = row["measured"], []
    tone = {"black_and_white": "black-and-white", "colour": "in colour"}.get(measured["tone"])
    if tone and (row["class"] == "bw_stylized") != (measured["tone"] == "black_and_white"):
        found.append(f"{row['file']}: {who} {row['class']}, and it is measured {tone}")
    plain = {"blank": "blank", "blur": "blurred", "dark": "dark"}
    bad = [word for name, word in plain.items() if name in measured["defects"]]
    if bad and row["quality"] >= DOUBTFUL:
        found.append(f"{row['file']}: {who} quality {row['quality']}, and it is measured {' and '.join(bad)}")
    if "symmetry" in measured["defects"] and "symmetry" not in row["defects"]:
        found.append(f"{row['file']}: {who} nothing of symmetry, and it is measured symmetric")
    return found
