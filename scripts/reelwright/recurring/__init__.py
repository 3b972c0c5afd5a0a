"""Recurring footage: openings, credits, eyecatches and stock shots, found by the scans of a season's masters."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2

from reelwright.align.footage import Footage, footage_of
from reelwright.files import read_json, write_json
from reelwright.outcome import Notes, Record, attempt, succeeded
from reelwright.recurring.advice import Edge, Season, advise
from reelwright.recurring.season import find_stretches
from reelwright.recurring.stretches import Occurrence, Stretch, place_of

__all__ = ["EpisodeScan", "find_recurring"]


@dataclass(frozen=True)
class EpisodeScan:
    """The scan of an episode's canonical master."""

    episode: str
    """Two digits."""
    source_id: str
    scan: Path
    header: Path
    outcome: Path
    """Outcome record of the scan."""


def _read(episodes: Sequence[EpisodeScan], notes: Notes) -> tuple[list[EpisodeScan], list[Footage]]:
    """The episodes that were scanned and their footage; those that failed become warnings."""
    sound, masters = [], []
    for one in episodes:
        if succeeded(one.outcome):
            sound.append(one)
            masters.append(footage_of(one.source_id, one.scan, Fraction(read_json(one.header)["time_base"])))
        else:
            notes.warn(f"{one.source_id} was not looked through for recurring footage: it has no scan")
    return sound, masters


def _name(one: Occurrence, episodes: Sequence[EpisodeScan]) -> str:
    return f"ep{episodes[one.master].episode}_{one.start:06d}_{one.end:06d}"


def _seconds(master: Footage, frames: int) -> float:
    return (float(master.times[frames]) if frames < master.frames else float(master.times[-1]) + master.step_s) + 0.0


def _occurrence(
    one: Occurrence, episodes: Sequence[EpisodeScan], master: Footage, head_s: float, tail_s: float
) -> dict[str, Any]:
    start, end = _seconds(master, one.start), _seconds(master, one.end)
    return {
        "episode": episodes[one.master].episode,
        "source_id": master.name,
        "start_frame": one.start,
        "end_frame": one.end,
        "start_s": round(start, 6),
        "end_s": round(end, 6),
        "share_alike": round(min(1.0, one.alike / (one.end - one.start)), 4),
        "left_out": end <= head_s or start >= _seconds(master, master.frames) - tail_s,
    }


def _described(
    name: str,
    stretch: Stretch,
    episodes: Sequence[EpisodeScan],
    masters: Sequence[Footage],
    head_s: float,
    tail_s: float,
) -> dict[str, Any]:
    rows = [_occurrence(one, episodes, masters[one.master], head_s, tail_s) for one in stretch.occurrences]
    return {
        "stretch_id": name,
        "place": place_of(stretch, masters),
        "length_s": round(statistics.median(row["end_s"] - row["start_s"] for row in rows), 3),
        "episodes": len(stretch.masters),
        "times": len(rows),
        "occurrences": rows,
    }


def find_recurring(
    episodes: Sequence[EpisodeScan],
    out: Path,
    record: Record,
    *,
    shortest_s: float,
    head_s: float,
    tail_s: float,
    shortest_clip_s: float,
) -> None:
    """Write to ``out`` (JSON) which stretches of ``shortest_s`` and more come back within and across ``episodes``, and where.

    It says too whether ``head_s`` and ``tail_s`` are right for the season, footage of less than ``shortest_clip_s`` being no
    loss. Episodes whose scan failed are left out, and listed. Nothing is decoded.
    """
    with attempt(record, [out]) as notes:
        cv2.setNumThreads(1)
        sound, masters = _read(episodes, notes)
        found = [(_name(one.occurrences[0], sound), one) for one in find_stretches(masters, shortest_s)]
        season = Season([one.episode for one in sound], masters, found, shortest_clip_s)
        advice: dict[Edge, Any] = {"head": advise(season, "head", head_s), "tail": advise(season, "tail", tail_s)}
        for one in advice.values():
            if not one["fits"] and one["stretches"]:
                notes.warn(one["advice"])
        data = {
            "shortest_s": shortest_s,
            "compared": [one.source_id for one in sound],
            "not_compared": [one.source_id for one in episodes if one not in sound],
            "stretches": [_described(name, one, sound, masters, head_s, tail_s) for name, one in found],
            "head": advice["head"],
            "tail": advice["tail"],
        }
        write_json(out, data, "recurring")
