"""Shots: where the picture changes, and how."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from reelwright.report.blocks import Bar, Bars, Block, Cell, Link, Part, Section, Table, counted
from reelwright.report.results import Results


@dataclass(frozen=True)
class EpisodeShots:
    """The shots of one episode."""

    episode: str
    shots: int
    kinds: tuple[tuple[str, int], ...]
    """Boundaries by kind."""
    detector: str
    threshold: float


@dataclass(frozen=True)
class ShotFigures:
    """The shots of a season."""

    episodes: tuple[EpisodeShots, ...]
    links: tuple[Link, ...]


def figures_of(results: Results) -> ShotFigures | None:
    """Boundaries by kind; None where no episode has shots."""
    found = []
    for episode in results.scope.episodes:
        data = results.json(f"shots/ep{episode}.json")
        if data:
            kinds = Counter(one["kind"] for one in data["boundaries"])
            detector = data["detector"]
            found.append(
                EpisodeShots(
                    episode,
                    len(data["shots"]),
                    tuple(sorted(kinds.items())),
                    detector["detector"],
                    detector["threshold"],
                )
            )
    links = tuple(Link(path, path) for path in ("shots/tuning.svg", "shots/tuning.csv") if results.has(path))
    return ShotFigures(tuple(found), links) if found else None


def section(figures: ShotFigures) -> Section:
    """Boundaries by kind, and a line an episode."""
    sums: Counter[str] = Counter()
    for one in figures.episodes:
        sums.update(dict(one.kinds))
    boundaries = sum(sums.values())
    bars = tuple(Bar(kind, f"{count:,}", (Part(count),)) for kind, count in sums.most_common())
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (one.episode, one.shots, *(dict(one.kinds).get(kind, 0) for kind in sums), f"{one.detector} {one.threshold:g}")
        for one in figures.episodes
    )
    blocks: list[Block] = [
        Bars("Boundaries by kind", "kind", "boundaries", bars),
        Table("Shots of each episode", ("episode", "shots", *sums, "detector"), rows, folded=len(rows) > 12),
    ]
    shots = sum(one.shots for one in figures.episodes)
    said = f"{counted(shots, 'shot')} between {counted(boundaries, 'boundary', 'boundaries')}."
    return Section("shots", "Shots", said, tuple(blocks), figures.links)
