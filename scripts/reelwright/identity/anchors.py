"""The stage ``list_anchors``: reviews and people's decisions joined to the anchors that train and those that evaluate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from reelwright.decisions import Decision, apply_decisions, read_decisions
from reelwright.errors import BuildError, listed
from reelwright.files import check, read_json, read_jsonl, write_csv, write_json
from reelwright.identity.criteria import CRITERIA, Verdict
from reelwright.identity.imports import read_reviews, unmatched
from reelwright.identity.sheets import draw_sheets
from reelwright.outcome import Notes, Record, attempt, succeeded
from reelwright.spec.identity import Identity

TIGHTENED = "tightened"
"""What only a person says of a plate: it was looked at closely, cleaned where needed, and may train as a strict anchor."""

DECISIONS = (*get_args(Verdict), TIGHTENED)
"""What a person can decide about a plate in ``config/<project>/decisions/identity.csv``; it outweighs every review.

The item is the plate's id, the sha256 that of the file it was made of (``source_sha256``)."""

SHOWN = 5
"""Imported reviews, or anchors, that a message names."""

COLUMNS = [
    "plate_id", "set", "character", "plate", "sha256", "source", "source_sha256", "verdict", "decided_by", "tightened",
    "weight", "trains", "review_verdict", "confidence", "reasons", "reviewer", "model", 
    "character_seen", *(name for name in CRITERIA if name != "character"), "note", "decision_reason",
    "imported_from", "error",
]  # fmt: skip
"""Columns of the review's CSV."""


@dataclass(frozen=True)
class AnchorOutputs:
    """Where the anchors go."""

    table: Path
    """``identity/review/vlm_review.csv``."""
    train: Path
    """``identity/review/train_manifest.json``."""
    usable: Path
    """``identity/review/usable_manifest.json``."""
    sheets: Path
    """``identity/review/contact_sheets_decision``."""


def list_anchors(
    reviews: Mapping[str, Path],
    outcomes: Mapping[str, Path],
    imports: Path | None,
    decisions: Path,
    outputs: AnchorOutputs,
    record: Record,
    *,
    project: str,
    settings: Identity,
) -> None:
    """Write the review of all sets (name: its rows) as CSV, both manifests, and contact sheets with each decision drawn.

    The strict manifest has TRAIN alone; the usable one TRAIN and, at a low weight and never to be trained on, EVAL_ONLY.
    EXCLUDE, and plates that nobody could review, are in neither. Raises SpecError where the decisions file is not valid.
    """
    everything = [outputs.table, outputs.train, outputs.usable, outputs.sheets]
    with attempt(record, everything) as notes:
        rows = [row for name, path in reviews.items() if succeeded(outcomes[name]) for row in read_jsonl(path)]
        failed = sorted(name for name in reviews if not succeeded(outcomes[name]))
        decided = _decisions(decisions, rows, notes)
        anchors = [_anchor(row, decided.get(row["plate_id"]), settings) for row in rows]
        if not failed:
            _warn_unmatched(imports, rows, notes)
        _write_table(outputs.table, rows, anchors, decided)
        counts = dict(sorted(Counter(one["verdict"] or "unreviewed" for one in anchors).items()))
        common = {"project": project, "counts": counts, "failed_sets": failed}
        train = [one for one in anchors if one["verdict"] == "TRAIN"]
        usable = [one for one in anchors if one["verdict"] in ("TRAIN", "EVAL_ONLY")]
        write_json(outputs.train, {**common, "use": "training", "anchors": train}, "anchors")
        write_json(outputs.usable, {**common, "use": "evaluation", "anchors": usable}, "anchors")
        draw_sheets(anchors, outputs.table.parents[2], outputs.sheets)


def strict_anchors(manifest: Path, *, untightened: bool) -> list[dict[str, Any]]:
    """The anchors of a strict manifest, for whatever trains on them.

    Raises BuildError where a person has not tightened all of them, unless ``untightened`` ones are allowed.
    """
    found: list[dict[str, Any]] = read_json(manifest)["anchors"]
    loose = [one["plate_id"] for one in found if not one["tightened"]]
    if loose and not untightened:
        raise BuildError(
            f"{manifest}: {len(loose)} of {len(found)} identity anchors are not tightened: {listed(loose, SHOWN)}; "
            f"a person says so in decisions/identity.csv, or the spec that it may train without"
        )
    return found


def _decisions(path: Path, rows: list[dict[str, Any]], notes: Notes) -> dict[str, Decision]:
    """The decisions that hold; those that no longer fit, and those that a review contradicts since, become warnings."""
    met = apply_decisions({row["plate_id"]: row["source_sha256"] for row in rows}, read_decisions(path, DECISIONS))
    for one in met.stale:
        notes.warn(f"{path.name}: {one.item} was decided about another version of its file; look at it again")
    for one in met.unknown:
        notes.warn(f"{path.name}: {one.item} is no candidate (any more); its decision is not applied")
    return met.applied


def _anchor(row: dict[str, Any], decision: Decision | None, settings: Identity) -> dict[str, Any]:
    """A plate with the verdict that holds: a person's, else the review's."""
    verdict = row["verdict"]
    if decision is not None:
        verdict = "TRAIN" if decision.decision == TIGHTENED else decision.decision
    weights = {"TRAIN": settings.train_weight, "EVAL_ONLY": settings.eval_weight}
    fields = ("plate_id", "set", "character", "plate", "sha256", "source", "source_sha256", "width", "height")
    return {
        **{name: row[name] for name in fields},
        "verdict": verdict,
        "decided_by": "person" if decision else row["reviewer"],
        "confidence": None if decision else row["confidence"],
        "reasons": [] if decision else row["reasons"],
        "weight": weights.get(verdict, 0.0),
        "trains": verdict == "TRAIN",
        "tightened": decision is not None and decision.decision == TIGHTENED,
        "approximate": row["approximate"],
        "flags": row["flags"],
    }


def _warn_unmatched(imports: Path | None, rows: list[dict[str, Any]], notes: Notes) -> None:
    lost = unmatched(rows, read_reviews(imports))
    if lost:
        more = f" and {len(lost) - SHOWN} more" if len(lost) > SHOWN else ""
        named = "; ".join(one.name for one in lost[:SHOWN])
        notes.warn(f"{len(lost)} imported reviews are of no candidate: {named}{more}")


def _write_table(
    path: Path, rows: list[dict[str, Any]], anchors: list[dict[str, Any]], decided: Mapping[str, Decision]
) -> None:
    table = []
    for row, anchor in zip(rows, anchors, strict=True):
        decision, imported = decided.get(row["plate_id"]), row["imported"]
        answered = {name: row["answers"].get(name, {}).get("answer", "") for name in CRITERIA}
        # One column says who should be drawn, another who is seen.
        answered["character_seen"] = answered.pop("character")
        line = {
            **{name: anchor[name] for name in COLUMNS if name in anchor},
            **answered,
            "review_verdict": row["verdict"],
            "confidence": row["confidence"],
            "reasons": " ".join(row["reasons"]),
            "reviewer": row["reviewer"],
            "model": row["model"],
            "note": row["note"],
            "decision_reason": f"{decision.reviewer}: {decision.reason}" if decision else "",
            "imported_from": f"{imported['file']}, row {imported['row']}, by {imported['by']}" if imported else "",
            "error": row["error"]["message"] if row["error"] else "",
        }
        check(line, "anchor_review", f"{path.name}, {row['plate_id']}")
        table.append(line)
    write_csv(path, COLUMNS, table)
