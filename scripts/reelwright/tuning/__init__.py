"""Tuning: what other detectors and thresholds would give, from the scans that are there. Nothing is decoded or encoded."""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from reelwright.clips.purity import PurityGuard
from reelwright.clips.select import Timeline, select_clips
from reelwright.files import read_json, write_csv, write_json, write_text
from reelwright.outcome import succeeded
from reelwright.scan.file import Scan
from reelwright.shots import end_pts
from reelwright.shots.boundaries import find_boundaries, shots_between
from reelwright.shots.transitions import read_transitions
from reelwright.spec.model import Clips
from reelwright.spec.shots import Shots
from reelwright.tuning.account import Account, account, total
from reelwright.tuning.plot import draw
from reelwright.tuning.sweep import Setting, sweep

__all__ = ["ScannedEpisode", "TuningOutputs", "tune_shots"]

COUNTS = ("cuts", "gradual", "shots", "clips", "clip_minutes", "mean_clip_s")
"""Columns of the table between those that name a row and the seconds lost to each rule."""


@dataclass(frozen=True)
class ScannedEpisode:
    """One episode and the scan of its canonical master."""

    episode: str
    scan: Path
    header: Path
    """Its description, ``scan/<source_id>.json``."""
    transitions: Sequence[Path]
    """TransNetV2's probabilities of it where the spec's detector is a neural one, else none."""
    outcomes: Sequence[Path]
    """Outcome records of the scan and of those probabilities."""

    def failure(self) -> str | None:
        """What has failed of the episode, in one sentence; None where all is there."""
        failed = (path for path in self.outcomes if not succeeded(path))
        return next((str(read_json(path)["error"]["message"]) for path in failed), None)


@dataclass(frozen=True)
class TuningOutputs:
    """Where the figures go."""

    figures: Path
    """``shots/tuning.json``."""
    table: Path
    """``shots/tuning.csv``."""
    plot: Path
    """``shots/tuning.svg``."""


def tune_episode(one: ScannedEpisode, *, settings: Sequence[Setting], clips: Clips) -> list[Account]:
    """The account of each of ``settings`` on one episode."""
    measured = Scan(one.scan)
    transitions = [read_transitions(path) for path in one.transitions]
    pts = np.append(measured["pts"], end_pts(measured["pts"]))
    timeline = Timeline(pts, Fraction(read_json(one.header)["time_base"]), measured["phash"], measured.holes)
    guard = PurityGuard(measured)
    accounts = []
    for setting in settings:
        boundaries = find_boundaries(measured, setting.shots, *transitions)
        shots = shots_between(boundaries, measured.frames)
        candidates = select_clips(timeline, shots, clips, one.episode, guard.doubtful_frame)
        accounts.append(account(timeline, boundaries, shots, candidates, clips))
    return accounts


def _figures(one: Account) -> dict[str, Any]:
    """An account as the JSON file gives it: seconds to the microsecond."""
    return {
        "cuts": one.cuts,
        "gradual": one.gradual,
        "shots": one.shots,
        "clips": one.clips,
        "clip_minutes": round(float(one.kept / 60), 3),
        "mean_clip_s": round(float(one.kept / one.clips), 3) if one.clips else None,
        "duration_s": round(float(one.duration), 6),
        "kept_s": round(float(one.kept), 6),
        "lost_s": {rule: round(float(seconds), 6) for rule, seconds in one.lost.items()},
    }


def _write_table(out: Path, rows: Sequence[dict[str, Any]], rules: Sequence[str]) -> None:
    """One line a setting for the whole season (``all``), then one an episode."""
    lines = []
    for row in rows:
        named = {"detector": row["detector"], "threshold": row["threshold"], "chosen": "yes" if row["chosen"] else ""}
        for episode, figures in {"all": row["season"], **row["episodes"]}.items():
            lost = {f"lost_{rule}_s": figures["lost_s"].get(rule, 0.0) for rule in rules}
            lines.append({**named, "episode": episode, **{name: figures[name] for name in COUNTS}, **lost})
    write_csv(
        out, ["detector", "threshold", "chosen", "episode", *COUNTS, *(f"lost_{rule}_s" for rule in rules)], lines
    )


def tune_shots(
    episodes: Sequence[ScannedEpisode], outputs: TuningOutputs, *, chosen: Shots, clips: Clips, processes: int
) -> None:
    """Write what each setting of the sweep would give of ``episodes``, in up to ``processes`` processes.

    Episodes that were not scanned are left out and named with the reason. ``chosen`` and ``clips`` are the spec's own.
    """
    failed = {one.episode: why for one in episodes if (why := one.failure())}
    scanned = [one for one in episodes if one.episode not in failed]
    settings = sweep(chosen)
    # Forked: a new interpreter would run the caller's main module again, which need not be guarded against it.
    pool = ProcessPoolExecutor(max(1, processes), mp_context=multiprocessing.get_context("fork"))
    with pool:
        found = list(pool.map(partial(tune_episode, settings=settings, clips=clips), scanned))
    sums = [total(one[number] for one in found) for number in range(len(settings))]
    rows = [
        {
            "detector": setting.shots.detector,
            "threshold": setting.shots.threshold,
            "parameters": setting.shots.model_dump(exclude={"detector", "threshold"}),
            "chosen": setting.chosen,
            "season": _figures(sums[number]),
            "episodes": {one.episode: _figures(found[place][number]) for place, one in enumerate(scanned)},
        }
        for number, setting in enumerate(settings)
    ]
    data = {
        "episodes": [one.episode for one in scanned],
        "failed_episodes": failed,
        "clips": clips.model_dump(
            include={"head_s", "tail_s", "min_s", "max_s", "long_shots", "trim_frames", "dedupe_threshold"}
        ),
        "settings": rows,
    }
    rules = list(dict.fromkeys(rule for one in sums for rule in one.lost))
    write_json(outputs.figures, data, "tuning")
    _write_table(outputs.table, rows, rules)
    write_text(outputs.plot, draw(settings, sums, episodes=len(scanned), failed=list(failed)))
