"""The last words of a build: in about ten lines what there is now, what failed, and what to do next."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from reelwright.report import write_report
from reelwright.report.blocks import counted, minutes
from reelwright.report.overview import Overview, overview
from reelwright.report.results import Outcome, Results
from reelwright.report.scope import Scope
from reelwright.report.sections.captions import money
from reelwright.report.sections.failures import FailureFigures, figures_of
from reelwright.spent import Spending

NOTED = 5
"""Failures and warnings that are named; the report has them all."""

WARNED = 2
"""Warnings that are named where there are failures too."""

LINE = 400
"""Letters of a line that are said: messages quote what other people have written."""

NEXT = 2
"""Things to do next that are named; the first alone where something failed."""


def _cut(line: str) -> str:
    """One line of at most ``LINE`` letters, none of which steers a terminal or turns the line round."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in line).split())
    return line if len(line) <= LINE else f"{line[: LINE - 3]}..."


def _now(project: str, now: Overview) -> list[str]:
    """What there is, whoever made it and when."""
    made = now.episodes - len(now.failed_episodes)
    parts = [
        f"{made} of {counted(now.episodes, 'episode')}" if now.failed_episodes else counted(now.episodes, "episode")
    ]
    if now.clips is None:
        parts.append("no manifest yet")
    else:
        parts.append(f"{counted(now.clips, 'clip')} ({minutes(now.seconds)}), {now.usable:,} of them usable")
        captions = ", ".join(f"{count:,} {source}" for source, count in now.captions)
        parts.append(f"captions: {captions or 'none'}")
    if now.spent:
        parts.append(f"spent on models: {money(now.spent)}")
    lines = [f"{project}: {'; '.join(parts)}"]
    if now.declared:
        names = [
            f"{one.name} {counted(one.rows, 'row')}{'' if one.passed else ' (no preflight yet)'}"
            for one in now.packages
        ]
        missing = now.declared - len(now.packages)
        lines.append(f"packages: {', '.join([*names, *([f'{missing} not built'] if missing else [])])}")
    return lines


def _some(lines: Sequence[str], most: int, what: str, report: Path) -> list[str]:
    """At most so many of the lines, the last of which says how many more there are."""
    if len(lines) <= most:
        return list(lines)
    rest = len(lines) - most + 1
    where = f": {report}" if report.exists() else ""
    return [*lines[: most - 1], f"and {counted(rest, f'more {what}', f'more {what}s')}{where}"]


def _failures(figures: FailureFigures, jobs_failed: bool) -> list[str]:
    lines = [f"FAILED {one.stage} {one.item}: {one.message}" for one in figures.roots]
    lines += [f"FAILED {stage} {part}: {message}" for stage, part, message in figures.parts]
    if jobs_failed:
        said = [(one.name, one.words.splitlines()[0]) for one in figures.missing if one.words]
        lines += [f"package {name} failed: {words.removeprefix(f'package {name}: ')}" for name, words in said]
    return lines


def _again(figures: FailureFigures, results: Results, command: str) -> list[str]:
    """How the failed items are tried again, all of them and the first alone."""
    failed = len(figures.roots) + len(figures.parts)
    if not failed:
        return []
    waiting = len(figures.waiting)
    lines = [
        f"{counted(failed, 'item')} failed and {waiting} {'waits' if waiting == 1 else 'wait'} for them; the rest is built. "
        "The same command tries them again."
    ]
    if figures.roots:
        first: Outcome = figures.roots[0]
        target = results.folder / "outcomes" / first.stage / f"{first.item}.json"
        lines.append(f"the first alone: snakemake {target} --cores all{command}")
    return lines


def _spending(spent: Spending | None) -> list[str]:
    """What was spent since the plan, in a line."""
    if spent is None:
        return []
    said = [f"{one.what} {one.spent_words()} (planned {one.planned_words()})" for one in spent.compared]
    return [f"since the plan of {spent.planned_at}: {'; '.join(said)}; all jobs took {minutes(spent.job_seconds)}"]


def exit_code(results: Results) -> int:
    """Of a build: 1 where an item or a part of one failed."""
    return int(any(one.status == "failed" or one.parts for one in results.outcomes))


def lines_of(results: Results, *, jobs_failed: bool, command: str) -> list[str]:
    """The last words; ``command`` is what names the project on a command line, empty for the default one."""
    figures = figures_of(results)
    report = results.folder / "report.html"
    failures = _failures(figures, jobs_failed)
    warnings = [f"warning: {subject}: {text}" for subject, text in figures.warnings]
    spent = results.spending
    warnings = [*(f"warning: plan: {text}" for text in (spent.warnings if spent else [])), *warnings]
    lines = _now(results.scope.project, overview(results)) + _spending(spent)
    lines += _some(failures, NOTED, "failure", report)
    lines += _some(warnings, WARNED if failures else NOTED, "warning", report)
    lines += _again(figures, results, command)
    lines += [f"next: {one.text}: {results.folder / one.path}" for one in figures.todos[: 1 if failures else NEXT]]
    if report.exists():
        lines.append(f"report: {report}")
    return [_cut(line) for line in lines]


def last_words(folder: Path, scope: Scope, *, jobs_failed: bool = False, command: str = "") -> int:
    """Say on stderr what the results in ``folder`` are after a build; returns the build's exit code.

    Whatever is wrong with the words, the code is right.
    """
    results = Results(folder, scope)
    code = exit_code(results)
    try:
        text = "\n".join(lines_of(results, jobs_failed=jobs_failed, command=command))
    except Exception as error:
        text = f"what there is now can't be said: {error}"
    sys.stderr.write(f"\n{text}\n")
    return code


def last_report(folder: Path, scope: Scope) -> None:
    """Write the report of a build that failed. A report that can't be written says so and fails nothing."""
    try:
        write_report(folder, folder / "report.html", scope)
    except Exception as error:
        sys.stderr.write(f"\nthe report can't be written: {error}\n")
