"""Spending: what the plan said a build would take, and what was taken since."""

from __future__ import annotations

from reelwright.report.blocks import Block, Facts, Link, Note, Notes, Section, Table, Tone, minutes
from reelwright.report.results import Results
from reelwright.spent import Spending


def figures_of(results: Results) -> Spending | None:
    """What was spent since the plan; None where the build was not planned."""
    return results.spending


def section(figures: Spending) -> Section:
    """A table of both, what went beyond the plan before it."""
    rows = tuple(
        (one.what, one.planned_words(), one.spent_words(), "more than planned" if one.over else "")
        for one in figures.compared
    )
    note = "The job that writes this report is among the jobs; media of art and of actors, scans and lists are not counted."
    blocks: list[Block] = []
    if figures.warnings:
        blocks.append(Notes("More than planned", tuple(Note(text) for text in figures.warnings), "warn"))
    taken = [
        ("planned", figures.planned_at),
        ("targets", ", ".join(figures.targets)),
        ("all jobs took", minutes(figures.job_seconds)),
    ]
    taken += [("jobs that failed", str(figures.failed))] if figures.failed else []
    blocks += [Facts(tuple(taken)), Table("Planned and spent", ("what", "planned", "spent", ""), rows, note=note)]
    said = "; ".join(f"{one.what}: {one.spent_words()} of {one.planned_words()}" for one in figures.compared)
    links = (Link("plan.json", "plan.json"),)
    tone: Tone = "warn" if figures.warnings else "plain"
    return Section("spending", "Planned and spent", f"{said}.", tuple(blocks), links, tone)
