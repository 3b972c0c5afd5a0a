"""Clips of each episode: those that are cut, those that measurements give without cutting, else a bound by the length."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from reelwright.clips import choose_clips
from reelwright.clips.select import exact
from reelwright.files import read_json, read_jsonl
from reelwright.plan.jobs import Jobs
from reelwright.sources.delivery import Delivery
from reelwright.spec.model import Clips, Spec

ROUNDED_S = Fraction(1, 1_000_000)
"""A probe's length is rounded to microseconds."""

DRAWN_S = 1
"""Seconds by which a drawn episode may be longer than the spec says: it is drawn in whole frames; our round number."""


@dataclass(frozen=True)
class Episode:
    """What is known of the clips of one episode."""

    number: str
    state: Literal["cut", "measured", "probed", "declared", "unknown"]
    """``cut``: as earlier runs have left them. ``measured``: shots and measurements are there, so cutting is arithmetic.
    ``probed``, ``declared``: bounded by the length of the master, or by the one that the spec declares."""
    rows: tuple[dict[str, Any], ...] = ()
    """The kept clips, where they are known."""
    most: int | None = None
    """At most so many clips; where they are known, so many."""
    seconds: float | None = None
    """The same of their length."""
    why: str = ""
    """Why nothing is known."""
    probe: dict[str, Any] | None = None
    """The canonical master's, where it is known."""

    @property
    def known(self) -> bool:
        """Whether its clips are known exactly."""
        return self.state in ("cut", "measured")


def most_clips(duration: Fraction, settings: Clips) -> int:
    """At most so many clips that a master of ``duration`` seconds can give: none is shorter than ``min_s``, none overlaps
    another, and all lie between head and tail."""
    return math.floor(usable_seconds(duration, settings) / exact(settings.min_s))


def usable_seconds(duration: Fraction, settings: Clips) -> Fraction:
    """Seconds of a master between head and tail."""
    return max(Fraction(0), duration - exact(settings.head_s) - exact(settings.tail_s))


class Season:
    """What earlier runs have found of each episode, as far as the build that is planned leaves it as it is."""

    def __init__(self, spec: Spec, delivery: Delivery, results: Path, jobs: Jobs) -> None:
        self._spec, self._delivery, self._results, self._jobs = spec, delivery, results, jobs
        self.episodes = {number: self._episode(number) for number in sorted(spec.sources.episodes)}

    def is_cut_again(self, number: str) -> bool:
        """Whether the build would cut an episode."""
        return self._jobs.make(self._rows_of(number))

    def probes(self) -> list[dict[str, Any]]:
        """Every probe, of alternates too, that the build leaves as it is."""
        paths = [self._probe_of(source_id) for source_id in self._delivery.masters]
        found = [read_json(path) for path in paths if path.exists() and not self._jobs.make(path)]
        return [probe for probe in found if probe]

    def _rows_of(self, number: str) -> Path:
        return self._results / "clips" / f"ep{number}.jsonl"

    def _probe_of(self, source_id: str) -> Path:
        return self._results / "sources" / "probe" / f"{source_id}.json"

    def _read(self, paths: Sequence[Path]) -> bool:
        """Whether results are there, and stay as they are."""
        return all(path.exists() for path in paths) and self._jobs.leave(paths)

    def _episode(self, number: str) -> Episode:
        source_id = self._delivery.source_of(number)
        probe = self._probe_of(source_id)
        facts = read_json(probe) if self._read([probe]) else None
        if self._read([self._rows_of(number)]):
            rows = [row for row in read_jsonl(self._rows_of(number)) if row["kept"]]
            return _known(number, "cut", rows, facts)
        scan = self._results / "scan" / f"{source_id}.npz"
        shots = self._results / "shots" / f"ep{number}.json"
        # A failed item has left null, or an empty file, and would be tried again.
        if facts and self._read([scan, shots]) and read_json(shots):
            chosen = choose_clips(probe, scan, shots, Path(self._delivery.path_of(source_id)), self._spec.clips)
            return _known(number, "measured", chosen.kept, facts)
        if facts:
            return self._bounded(number, "probed", Fraction(str(facts["duration_s"])) + ROUNDED_S, facts)
        if self._spec.demo is not None:
            return self._bounded(number, "declared", exact(self._spec.demo.seconds) + DRAWN_S, None)
        return Episode(number, "unknown", why="not probed yet")

    def _bounded(
        self, number: str, state: Literal["probed", "declared"], duration: Fraction, facts: dict[str, Any] | None
    ) -> Episode:
        settings = self._spec.clips
        most, seconds = most_clips(duration, settings), float(usable_seconds(duration, settings))
        return Episode(number, state, most=most, seconds=min(seconds, most * settings.max_s), probe=facts)


def _known(
    number: str, state: Literal["cut", "measured"], rows: Sequence[dict[str, Any]], facts: dict[str, Any] | None
) -> Episode:
    seconds = math.fsum(row["duration_s"] for row in rows)
    return Episode(number, state, tuple(rows), len(rows), seconds, probe=facts)
