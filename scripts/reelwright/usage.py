"""What the jobs of a build took, by rule, from their logs: for asking a cluster for as much as is needed.

python -m reelwright.usage results/<project>
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Usage:
    """What the jobs of one rule took."""

    rule: str
    jobs: int
    seconds: float
    """Of the longest."""
    cpu_seconds: float
    """Of all."""
    peak_mb: int
    """Of the largest."""
    killed: int
    """Jobs whose log has no end."""


@dataclass(frozen=True)
class Run:
    """One job, by its log."""

    rule: str
    started: datetime | None
    """None where the log does not say."""
    end: dict[str, Any] | None
    """The event that it ended with; None where it was killed, or still runs."""


def _event(line: str, kind: str) -> dict[str, Any] | None:
    """The event in a line of a log, where it is of that kind; a killed job has torn off its last line at worst."""
    with suppress(ValueError, KeyError):
        row: dict[str, Any] = json.loads(line)
        return row if row["event"] == kind else None
    return None


def said_in(log: Path) -> list[str]:
    """The lines that a job wrote to the terminal, by its log; none where there is no log."""
    if not log.exists():
        return []
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return [row["text"] for line in lines if (row := _event(line, "said"))]


def runs_of(logs: Iterable[Path], root: Path) -> Iterator[Run]:
    """The job of each log; ``logs`` lie below ``root`` as ``<rule>/<item>.log`` or ``<rule>.log``."""
    for log in logs:
        if log.name.endswith(".server.log"):
            continue
        lines = log.read_text(encoding="utf-8").splitlines() or [""]
        start = _event(lines[0], "start")
        started = datetime.fromisoformat(start["time"]) if start and "time" in start else None
        yield Run(log.relative_to(root).with_suffix("").parts[0], started, _event(lines[-1], "end"))


def usage_of(logs: Iterable[Path], root: Path) -> list[Usage]:
    """The usage by rule; ``logs`` lie below ``root`` as ``<rule>/<item>.log`` or ``<rule>.log``."""
    ends: dict[str, list[dict[str, Any]]] = defaultdict(list)
    killed: dict[str, int] = defaultdict(int)
    for run in runs_of(logs, root):
        ends[run.rule] += [run.end] if run.end else []
        killed[run.rule] += run.end is None
    return [
        Usage(
            rule,
            len(found) + killed[rule],
            max((one["seconds"] for one in found), default=0.0),
            sum(one["cpu_seconds"] for one in found),
            int(max((one["peak_mb"] for one in found), default=0)),
            killed[rule],
        )
        for rule, found in sorted(ends.items())
    ]


def main(words: list[str]) -> None:
    """Print the table of a project's results."""
    root = Path(words[0]) / "logs"
    print(f"{'rule':28} {'jobs':>5} {'longest s':>10} {'all cpu s':>10} {'most MB':>8} {'killed':>7}")
    for one in usage_of(sorted(root.rglob("*.log")), root):
        print(f"{one.rule:28} {one.jobs:5} {one.seconds:10.1f} {one.cpu_seconds:10.1f} {one.peak_mb:8} {one.killed:7}")


if __name__ == "__main__":
    main(sys.argv[1:])
