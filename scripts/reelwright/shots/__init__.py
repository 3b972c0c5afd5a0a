"""Shots: where one shot of an episode ends and the next begins, from its stored measurements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path

import numpy as np

from reelwright.files import read_json, write_json
from reelwright.outcome import Record, attempt, require
from reelwright.scan.file import Scan
from reelwright.shots.boundaries import find_boundaries, shots_between
from reelwright.shots.transitions import read_transitions
from reelwright.spec.shots import Shots

__all__ = ["detect_shots"]


def end_pts(pts: np.ndarray) -> int:
    """The PTS at which the last frame ends: it lasts as long as the median one (1 where there is only one)."""
    return int(pts[-1]) + (int(np.median(np.diff(pts))) if len(pts) > 1 else 1)


def detect_shots(
    scan: Path,
    header: Path,
    scan_outcome: Path,
    out: Path,
    transitions: Sequence[Path],
    transitions_outcome: Sequence[Path],
    record: Record,
    *,
    episode: str,
    settings: Shots,
) -> None:
    """Write the boundaries and shots of one episode's canonical master to ``out``.

    ``transitions`` and its outcome: TransNetV2's probabilities of the master where the detector is a neural one, else none.
    """
    with attempt(record, [out]):
        require([scan_outcome, *transitions_outcome])
        facts = read_json(header)
        measured = Scan(scan)
        pts = measured["pts"]
        boundaries = find_boundaries(measured, settings, *(read_transitions(path) for path in transitions))
        limits = np.append(pts, end_pts(pts))
        base = Fraction(facts["time_base"])
        rows = [
            {
                "shot": number,
                "start_frame": start,
                "end_frame": end,
                "start_pts": int(limits[start]),
                "end_pts": int(limits[end]),
                "start_s": round(float((limits[start] - limits[0]) * base), 6),
                "end_s": round(float((limits[end] - limits[0]) * base), 6),
            }
            for number, (start, end) in enumerate(shots_between(boundaries, measured.frames))
        ]
        write_json(
            out,
            {
                "episode": episode,
                "source_id": facts["source_id"],
                "source_sha256": facts["source_sha256"],
                "time_base": facts["time_base"],
                "frames": measured.frames,
                "detector": settings.model_dump(),
                "boundaries": [{**asdict(boundary), "score": round(boundary.score, 3)} for boundary in boundaries],
                "shots": rows,
            },
            "shots",
        )
