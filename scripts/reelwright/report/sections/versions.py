"""Versions: the spec and the stages that made these results."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from reelwright.report.blocks import Link, Section, Table
from reelwright.report.results import Results
from reelwright.stages import STAGES


@dataclass(frozen=True)
class StageRun:
    """A stage, and what became of its items."""

    stage: str
    version: int
    """As it is now."""
    made_by: tuple[int, ...]
    """Versions that its records name, where it keeps some."""
    statuses: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class VersionFigures:
    """What made the results."""

    spec_digest: str
    runs: tuple[StageRun, ...]
    links: tuple[Link, ...]


def figures_of(results: Results) -> VersionFigures:
    """Spec and stages."""
    made: dict[str, set[int]] = {}
    statuses: dict[str, Counter[str]] = {}
    for one in results.outcomes:
        made.setdefault(one.stage, set()).add(one.version)
        statuses.setdefault(one.stage, Counter())[one.status] += 1
    runs = [
        StageRun(
            stage, version, tuple(sorted(made.get(stage, ()))), tuple(sorted(statuses.get(stage, Counter()).items()))
        )
        for stage, (version, _) in STAGES.items()
    ]
    links = tuple(Link(path, path) for path in ("spec.json", "plan.json") if results.has(path))
    return VersionFigures(results.scope.spec_digest, tuple(runs), links)


def section(figures: VersionFigures) -> Section:
    """One line a stage that keeps records, the others after them."""
    rows = tuple(
        (
            run.stage,
            run.version,
            ", ".join(map(str, run.made_by)),
            *(dict(run.statuses).get(status) for status in ("ok", "partial", "failed")),
        )
        for run in sorted(figures.runs, key=lambda run: not run.made_by)
    )
    columns = ("stage", "version now", "items made by version", "ok", "partial", "failed")
    note = "Stages without items keep no records of their own."
    return Section(
        "versions",
        "Spec and versions",
        f"Spec {figures.spec_digest[:12]}; results are made again when a stage's version is raised.",
        (Table("Stages", columns, rows, folded=True, note=note),),
        figures.links,
    )
