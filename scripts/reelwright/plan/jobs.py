"""What a build would run, asked of Snakemake: jobs a rule of its dry run, and which results would be made."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from reelwright.errors import BuildError

STATS = re.compile(r"^Job stats:\n.*?\n[- ]+\n(.*?)^total\s", re.MULTILINE | re.DOTALL)
"""The table that a dry run ends with."""

PENDING = "update pending"
"""What the last column of Snakemake's summary says of a result that would be made."""


@dataclass(frozen=True)
class Jobs:
    """What a build would run."""

    rules: dict[str, int]
    """Jobs a rule."""
    pending: frozenset[Path]
    """Results that they would make, those that are there already included."""

    def make(self, path: Path) -> bool:
        """Whether a result would be made, or made again."""
        return path in self.pending

    def leave(self, paths: Collection[Path]) -> bool:
        """Whether results are as the build would find them when it comes to them."""
        return self.pending.isdisjoint(paths)


def _ask(snakefile: Path, spec: Path, targets: Sequence[str], option: str) -> tuple[str, str]:
    """What Snakemake says on its two outputs; raises BuildError with its words where it fails."""
    base = [sys.executable, "-m", "snakemake", "--snakefile", str(snakefile), "--configfile", str(spec)]
    command = [*base, option, "--nolock", "--cores", "1", "--", *targets]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        lines = [line for line in (run.stdout + run.stderr).strip().splitlines() if line.strip()]
        raise BuildError("the dry run failed: " + " ".join(lines[-3:]))
    return run.stdout, run.stderr


def _pending(summary: str) -> frozenset[Path]:
    """Results that would be made, of Snakemake's summary: a line each, its columns parted by tabs."""
    rows = [line.split("\t") for line in summary.splitlines()]
    return frozenset(Path(row[0]) for row in rows if row[-1] == PENDING)


def ask_jobs(snakefile: Path, spec: Path, targets: Sequence[str]) -> Jobs:
    """What a build of ``targets`` (all where empty) would run; raises BuildError with the dry run's words."""
    table = STATS.search("".join(_ask(snakefile, spec, targets, "--dry-run")))
    rows = [line.split() for line in table[1].splitlines()] if table else []
    rules = {rule: int(count) for rule, count in rows if rule != "all" and rule not in targets}
    # The dry run tells its jobs by their messages; the results they make stand in the summary alone.
    pending = _pending(_ask(snakefile, spec, targets, "--summary")[0]) if rules else frozenset[Path]()
    return Jobs(rules, pending)
