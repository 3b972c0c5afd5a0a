"""Quality: which clips are worth looking at, judged by the scan's measurements before anybody pays for a caption."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from reelwright.decisions import Decision, apply_decisions, read_decisions
from reelwright.files import read_jsonl, write_jsonl
from reelwright.outcome import Notes, Record, attempt, require
from reelwright.scan.file import Scan
from reelwright.spec.model import Quality

__all__ = ["measure_quality"]

DECISIONS = ("usable", "exclude")
"""What a person can decide about a clip in ``config/<project>/decisions/clips.csv``; it outweighs every measurement.

Its ``sha256`` is that of the master: with the clip id it names the frames that were looked at."""

STILL_SHARE = 0.0005
"""Share of changed pixels up to which a frame repeats the one before: 16 of 32,400, so a blink still counts as change."""


def longest_still_s(pts: np.ndarray, changed: np.ndarray, time_base: Fraction) -> float:
    """Longest time in seconds that a clip shows one unchanged picture.

    ``pts`` are those of its frames and, last, that of its end; ``changed`` is the share of pixels that differ from the
    frame before, whose first value (against the frame before the clip) is ignored.
    """
    starts = np.flatnonzero(np.concatenate([[True], changed[1:] > STILL_SHARE]))
    limits = np.append(pts[starts], pts[-1])
    return float(int(np.diff(limits).max()) * time_base)


def measure_clip(clip: dict[str, Any], scan: Scan, settings: Quality) -> dict[str, Any]:
    """The quality row of one clip: measurements, and every reason for which it is not usable."""
    frames = slice(clip["start_frame"], clip["end_frame"])
    luma, deviation = scan["brightness"][frames], scan["deviation"][frames]
    black = float(np.mean(luma < settings.black_luma))
    flat = float(np.mean((deviation < settings.flat_deviation) & (luma >= settings.black_luma)))
    pts = np.append(scan["pts"][frames], clip["end_pts"])
    still = longest_still_s(pts, scan["changed"][frames], Fraction(clip["time_base"]))
    sharpness = float(np.median(scan["sharpness"][frames]))
    reasons = [
        name
        for name, bad in (
            ("black", black >= settings.bad_share),
            ("flat", flat >= settings.bad_share),
            ("frozen", still >= settings.frozen_s),
            ("soft", sharpness < settings.soft_sharpness),
        )
        if bad
    ]
    return {
        "clip_id": clip["clip_id"],
        "usable": not reasons,
        "reasons": reasons,
        "decision": None,
        "measurements": {
            "luma": round(float(luma.mean()), 2),
            "black_share": round(black, 4),
            "flat_share": round(flat, 4),
            "longest_still_s": round(still, 4),
            "sharpness": round(sharpness, 2),
        },
    }


def _decided(row: dict[str, Any], decision: Decision | None) -> dict[str, Any]:
    """A quality row with a person's decision applied."""
    if decision is None:
        return row
    said = {"decision": decision.decision, "reason": decision.reason, "reviewer": decision.reviewer}
    return {**row, "usable": decision.decision == "usable", "decision": said}


def _decisions(path: Path, kept: list[dict[str, Any]], episode: str, notes: Notes) -> dict[str, Decision]:
    """The decisions that hold for the kept clips of an episode; those that no longer fit become warnings."""
    decisions = [one for one in read_decisions(path, DECISIONS) if one.item.startswith(f"ep{episode}_")]
    met = apply_decisions({clip["clip_id"]: clip["source_sha256"] for clip in kept}, decisions)
    for one in met.stale:
        notes.warn(f"{path.name}: {one.item} was decided about another master; look at it again")
    for one in met.unknown:
        notes.warn(f"{path.name}: there is no clip {one.item} any more; its decision is not applied")
    return met.applied


def measure_quality(
    clips: Path,
    clips_outcome: Path,
    scan: Path,
    decisions: Path,
    out: Path,
    record: Record,
    *,
    episode: str,
    settings: Quality,
) -> None:
    """Write the quality rows of one episode's kept clips to ``out``; people's ``decisions`` outweigh measurements.

    Raises SpecError where the decisions file is not valid.
    """
    with attempt(record, [out]) as notes:
        require([clips_outcome])
        measured = Scan(scan)
        kept = [clip for clip in read_jsonl(clips) if clip["kept"]]
        decided = _decisions(decisions, kept, episode, notes)
        rows = [_decided(measure_clip(clip, measured, settings), decided.get(clip["clip_id"])) for clip in kept]
        write_jsonl(out, rows, "quality")
