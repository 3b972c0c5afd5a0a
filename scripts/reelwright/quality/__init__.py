"""Quality: which clips are worth looking at, judged by the scan's measurements before anybody pays for a caption."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from reelwright.files import read_jsonl, write_jsonl
from reelwright.outcome import Record, attempt, require
from reelwright.scan.file import Scan
from reelwright.spec.model import Quality

__all__ = ["measure_quality"]

STILL_SHARE = 0.0005
"""Share of changed pixels up to which a frame repeats the one before: 18 of 36,864, so a blink still counts as change."""


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
        "measurements": {
            "luma": round(float(luma.mean()), 2),
            "black_share": round(black, 4),
            "flat_share": round(flat, 4),
            "longest_still_s": round(still, 4),
            "sharpness": round(sharpness, 2),
        },
    }


def measure_quality(
    clips: Path, clips_outcome: Path, scan: Path, out: Path, record: Record, *, settings: Quality
) -> None:
    """Write the quality rows of one episode's kept clips to ``out``."""
    with attempt(record, [out]):
        require([clips_outcome])
        measured = Scan(scan)
        rows = [measure_clip(clip, measured, settings) for clip in read_jsonl(clips) if clip["kept"]]
        write_jsonl(out, rows, "quality")
