"""What failed, what waits for it, what was declared and isn't there, and what is to be done next."""

from __future__ import annotations

from dataclasses import dataclass

from reelwright.report.blocks import Block, Link, Note, Notes, Section, Table, counted
from reelwright.report.results import Outcome, Results
from reelwright.report.todo import Todo, todos
from reelwright.usage import said_in

LOG_LINES = 12
"""Last lines of a log that are shown of a package that could not be made."""


@dataclass(frozen=True)
class MissingPackage:
    """A package that the spec declares and the results don't have whole."""

    name: str
    words: str
    """What its log says last; empty where none was tried."""


@dataclass(frozen=True)
class FailureFigures:
    """What a person has to look at."""

    roots: tuple[Outcome, ...]
    waiting: tuple[Outcome, ...]
    parts: tuple[tuple[str, str, str], ...]
    """Stage, part and message."""
    missing: tuple[MissingPackage, ...]
    warnings: tuple[tuple[str, str], ...]
    """What it is about and what it says."""
    todos: tuple[Todo, ...]
    results: str
    """Folder of the results, for commands."""

    @property
    def count(self) -> int:
        """Failures that are nobody else's consequence."""
        return len(self.roots) + len(self.parts) + len([one for one in self.missing if one.words])


def _missing(results: Results) -> list[MissingPackage]:
    """Packages without a preflight that passed, with the last words of the job that failed."""
    found = []
    for name in results.scope.packages:
        if results.has(f"packages/{name}/preflight.json"):
            continue
        built = results.has(f"packages/{name}/metadata.jsonl")
        design = "design_" if results.scope.packages[name] == "design" else ""
        log = results.folder / "logs" / f"{'preflight' if built else 'build'}_{design}package" / f"{name}.log"
        found.append(MissingPackage(name, "\n".join(said_in(log)[-LOG_LINES:])))
    return found


def figures_of(results: Results) -> FailureFigures:
    """The failures of the results."""
    outcomes = results.outcomes
    failed = [one for one in outcomes if one.status == "failed"]
    return FailureFigures(
        tuple(one for one in failed if not one.waits),
        tuple(one for one in failed if one.waits),
        tuple((one.stage, *part) for one in outcomes for part in one.parts),
        tuple(_missing(results)),
        tuple((f"{one.stage} {one.item}", text) for one in outcomes for text in one.warnings),
        tuple(todos(results)),
        str(results.folder),
    )


def section(figures: FailureFigures) -> Section:
    """Failures first, then what is to be decided, then warnings."""
    blocks: list[Block] = []
    failed = [
        Note(
            one.message, f"{one.stage} {one.item}", f"snakemake {figures.results}/outcomes/{one.stage}/{one.item}.json"
        )
        for one in figures.roots
    ]
    failed += [Note(message, f"{stage} {part}") for stage, part, message in figures.parts]
    failed += [Note(one.words, f"package {one.name}", f"snakemake {one.name}") for one in figures.missing if one.words]
    if failed:
        blocks.append(Notes("Failed", tuple(failed), "bad"))
    if figures.waiting:
        rows = tuple((one.stage, one.item, one.message) for one in figures.waiting)
        blocks.append(Table("Waiting for what failed", ("stage", "item", "because"), rows, folded=len(rows) > 12))
    not_built = [one.name for one in figures.missing if not one.words]
    if not_built:
        blocks.append(Notes("Declared, not built yet", tuple(Note(f"snakemake {name}", name) for name in not_built)))
    if figures.todos:
        blocks.append(Notes("To do next", tuple(Note(one.text, Link(one.path, one.path)) for one in figures.todos)))
    if figures.warnings:
        notes = tuple(Note(text, subject) for subject, text in figures.warnings)
        blocks.append(Notes(counted(len(notes), "warning"), notes, "warn", folded=len(notes) > 6))
    said = (
        f"{counted(figures.count, 'thing')} failed, {counted(len(figures.waiting), 'item')} "
        f"{'waits' if len(figures.waiting) == 1 else 'wait'} for them. The same command tries them again."
        if figures.count
        else "Nothing failed."
    )
    return Section("failures", "What needs you", said, tuple(blocks), tone="bad" if figures.count else "good")
