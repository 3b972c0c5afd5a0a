"""The plan: what a build of given targets would do and cost, asked of Snakemake's own dry run of the merged spec."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reelwright.errors import BuildError
from reelwright.files import read_json, read_jsonl, write_json

STATS = re.compile(r"^Job stats:\n.*?\n[- ]+\n(.*?)^total\s", re.MULTILINE | re.DOTALL)
"""The table that a dry run ends with."""


def count_jobs(snakefile: Path, spec: Path, targets: Sequence[str]) -> dict[str, int]:
    """Jobs a rule that a build of ``targets`` (all where empty) would run; raises BuildError with the dry run's words."""
    base = [sys.executable, "-m", "snakemake", "--snakefile", str(snakefile), "--configfile", str(spec)]
    command = [*base, "--dry-run", "--nolock", "--cores", "1", "--", *targets]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    said = run.stdout + run.stderr
    if run.returncode != 0:
        lines = [line for line in said.strip().splitlines() if line.strip()]
        raise BuildError("the dry run failed: " + " ".join(lines[-3:]))
    table = STATS.search(said)
    rows = (line.split() for line in table[1].splitlines()) if table else []
    return {rule: int(count) for rule, count in rows if rule != "all" and rule not in targets}


def _known(results: Path) -> dict[str, Any]:
    """What earlier runs have found out: masters, clips and their minutes."""
    probes = [probe for path in sorted(results.glob("sources/probe/*.json")) if (probe := read_json(path))]
    clips = [row for path in sorted(results.glob("clips/ep*.jsonl")) for row in read_jsonl(path) if row["kept"]]
    return {
        "masters": len(probes),
        "master_minutes": round(sum(probe["duration_s"] for probe in probes) / 60, 2),
        "clips": len(clips),
        "clip_minutes": round(sum(clip["duration_s"] for clip in clips) / 60, 2),
    }


def plan(snakefile: Path, spec: Path, targets: Sequence[str], results: Path, out: Path) -> None:
    """Write to ``out``, and print, what a build of ``targets`` under the merged ``spec`` would do.

    Nothing is run. What nobody knows yet (clips of episodes that were never scanned) is not guessed: ``known`` counts what
    earlier runs found.
    """
    jobs = count_jobs(snakefile, spec, targets)
    known = _known(results)
    # Structured captions ask no model: there is nothing to pay for until a spec names one that costs.
    wanted = list(targets) or ["all"]
    data = {"targets": wanted, "jobs": jobs, "known": known, "paid_calls": 0, "price": 0.0}
    write_json(out, data, "plan")
    width = max((len(rule) for rule in jobs), default=0)
    lines = [f"  {rule:<{width}}  {count:>5}" for rule, count in sorted(jobs.items(), key=lambda one: -one[1])]
    print(f"A build of {', '.join(wanted)} would run {sum(jobs.values())} jobs:", *lines, sep="\n")
    print(
        f"Known so far: {known['masters']} masters ({known['master_minutes']} minutes), "
        f"{known['clips']} clips ({known['clip_minutes']} minutes). Paid calls: 0."
    )
