"""What the jobs of a build took, by rule, from their logs: for asking a cluster for as much as is needed.

python -m reelwright.usage results/<project>
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
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


def _end(log: Path) -> list[dict[str, Any]]:
    """The last event of a log, where it is the end; a killed job has torn off its last line at worst."""
    lines = log.read_text(encoding="utf-8").splitlines()
    with suppress(ValueError, IndexError):
        row: dict[str, Any] = json.loads(lines[-1])
        return [row] if row["event"] == "end" else []
    return []


def usage_of(logs: Iterable[Path], root: Path) -> list[Usage]:
    """The usage by rule; ``logs`` lie below ``root`` as ``<rule>/<item>.log`` or ``<rule>.log``."""
    ends: dict[str, list[dict[str, Any]]] = defaultdict(list)
    killed: dict[str, int] = defaultdict(int)
    for log in logs:
        if log.name.endswith(".server.log"):
            continue
        rule = log.relative_to(root).with_suffix("").parts[0]
        last = _end(log)
        ends[rule] += last
        killed[rule] += not last
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
