"""The plan: what a build of given targets would do and cost, asked of Snakemake's own dry run of the merged spec."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from reelwright.captions import Asking, CaptionInputs, Production, waiting_calls
from reelwright.errors import BadItem, BuildError
from reelwright.files import read_json, read_jsonl, write_json
from reelwright.sources.delivery import Delivery
from reelwright.spec.load import load_spec
from reelwright.spec.model import Spec

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


@dataclass(frozen=True)
class Calls:
    """Calls of models that a build would make."""

    waiting: int
    """For what earlier runs have cut and judged; the rest is unknown."""
    price: float | None
    """What they would cost; None where no price is stated."""
    currency: str
    unknown: tuple[str, ...]
    """Episodes of which nobody can tell yet."""

    def __str__(self) -> str:
        free = "an unknown sum" if self.price is None else f"{self.price:.2f} {self.currency}"
        later = f"; not known yet for episodes {', '.join(self.unknown)}" if self.unknown else ""
        return f"Calls of models to come: {self.waiting}, for {free}{later}."


def _caption_calls(spec: Spec, results: Path) -> Calls:
    """Captions that are still to be asked for."""
    model = spec.captions.asks
    if model is None:
        return Calls(0, 0.0, spec.budget.currency if spec.budget else "USD", ())
    waiting, unknown, delivery = 0, [], Delivery(spec)
    for episode in sorted(spec.sources.episodes):
        try:
            waiting += _waiting(spec, delivery, results, episode)
        except (FileNotFoundError, BadItem):
            unknown.append(episode)
    price = None if model.price is None and waiting else waiting * (model.price or 0.0)
    return Calls(waiting, price, model.currency, tuple(unknown))


def _waiting(spec: Spec, delivery: Delivery, results: Path, episode: str) -> int:
    carried = spec.reference is not None and spec.reference.carries_labels
    stages = {"cut_clips": f"ep{episode}", "measure_quality": f"ep{episode}"}
    stages |= {"carry_labels": "seeds"} if carried else {}
    imports = results / "imports" / "captions.jsonl"
    heard = results / "transcripts" / f"ep{episode}.json"
    transcript = next(
        iter([*map(Path, delivery.delivered_subtitles(episode)), *([heard] if heard.exists() else [])]), None
    )
    inputs = CaptionInputs(
        clips=results / "clips" / f"ep{episode}.jsonl",
        quality=results / "quality" / f"ep{episode}.jsonl",
        outcomes=tuple(results / "outcomes" / stage / f"{item}.json" for stage, item in stages.items()),
        bible=Path(spec.captions.bible) if spec.captions.bible else None,
        transcript=transcript,
        imports=imports if spec.captions.imports else None,
        seeds=results / "sources" / "seeds" / f"ep{episode}.jsonl" if carried else None,
        master=delivery.canonical(episode).path,
    )
    entry = spec.sources.episodes[episode]
    production = Production(spec.show, spec.season, episode, entry.title, entry.speakers)
    asking = Asking(
        spec.clips.sheet, Path(spec.cache, "answers"), Path(spec.cache, "ledger", spec.project), spec.budget
    )
    return waiting_calls(inputs, spec.captions, production, asking)


def plan(snakefile: Path, spec: Path, targets: Sequence[str], results: Path, out: Path) -> None:
    """Write to ``out``, and print, what a build of ``targets`` under the merged ``spec`` would do.

    Nothing is run. What nobody knows yet (clips of episodes that were never scanned) is not guessed: ``known`` counts what
    earlier runs found.
    """
    jobs = count_jobs(snakefile, spec, targets)
    known = _known(results)
    calls = _caption_calls(load_spec(spec), results)
    wanted = list(targets) or ["all"]
    data = {
        "targets": wanted,
        "jobs": jobs,
        "known": known,
        "calls": {**asdict(calls), "unknown": list(calls.unknown)},
    }
    write_json(out, data, "plan")
    width = max((len(rule) for rule in jobs), default=0)
    lines = [f"  {rule:<{width}}  {count:>5}" for rule, count in sorted(jobs.items(), key=lambda one: -one[1])]
    print(f"A build of {', '.join(wanted)} would run {sum(jobs.values())} jobs:", *lines, sep="\n")
    print(
        f"Known so far: {known['masters']} masters ({known['master_minutes']} minutes), "
        f"{known['clips']} clips ({known['clip_minutes']} minutes). {calls}"
    )
