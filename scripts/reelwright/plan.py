"""The plan: what a build of given targets would do and cost, asked of Snakemake's own dry run of the merged spec."""

from __future__ import annotations

import functools
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from reelwright.actors.discovery import ActorListing
from reelwright.captions import Asking, CaptionInputs, Production, waiting_calls
from reelwright.demo.actorlist import drawn_actors
from reelwright.errors import BadItem, BuildError
from reelwright.files import read_json, read_jsonl, write_json
from reelwright.identity.listing import PlateListing
from reelwright.identity.review import ReviewInputs, Show, waiting_reviews
from reelwright.models.asking import Books
from reelwright.packages.design.build import count_images
from reelwright.packages.design.inputs import planned_inputs
from reelwright.sources.delivery import Delivery
from reelwright.spec.load import load_spec
from reelwright.spec.model import Spec
from reelwright.spec.models import Ollama, OpenAI
from reelwright.store import FolderStore

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
    """Items of which nobody can tell yet."""

    def told(self, what: str, items: str) -> str:
        """In a sentence; ``what`` is waited for, ``items`` are what it is counted by."""
        free = "an unknown sum" if self.price is None else f"{self.price:.2f} {self.currency}"
        later = f"; not known yet for {items} {', '.join(self.unknown)}" if self.unknown else ""
        return f"{what} to come: {self.waiting}, for {free}{later}."


def _calls(
    model: Ollama | OpenAI | None, spec: Spec, items: Iterable[str], waiting_for: Callable[[Spec, str], int]
) -> Calls:
    """Calls of ``model`` that ``waiting_for`` counts, over all ``items``."""
    if model is None:
        return Calls(0, 0.0, spec.budget.currency if spec.budget else "USD", ())
    waiting, unknown = 0, []
    for item in items:
        try:
            waiting += waiting_for(spec, item)
        except (FileNotFoundError, BadItem):
            unknown.append(item)
    price = None if model.price is None and waiting else waiting * (model.price or 0.0)
    return Calls(waiting, price, model.currency, tuple(unknown))


def _waiting_captions(delivery: Delivery, results: Path, spec: Spec, episode: str) -> int:
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


def _waiting_reviews(results: Path, spec: Spec, name: str) -> int:
    identity = spec.identity
    assert identity is not None
    imports = results / "imports" / "reviews.jsonl" if identity.review.imports else None
    stages = [("export_plates", name), *([("import_reviews", "reviews")] if imports else [])]
    inputs = ReviewInputs(
        plates=results / "identity" / "plates" / f"{name}.json",
        outcomes=tuple(results / "outcomes" / stage / f"{item}.json" for stage, item in stages),
        imports=imports,
        bible=Path(spec.captions.bible) if spec.captions.bible else None,
    )
    books = Books(Path(spec.cache, "answers"), Path(spec.cache, "ledger", spec.project), spec.budget)
    return waiting_reviews(inputs, name, identity, Show(spec.show, spec.season), books)


def _sheet_calls(results: Path, spec: Spec) -> Calls:
    """Calls about sheets of actors' images."""
    evaluation = spec.actors.evaluation if spec.actors else None
    if evaluation is None or evaluation.asks is None:
        return _calls(None, spec, [], lambda *_: 0)
    from reelwright.actors.asking import Looker
    from reelwright.actors.imports import Imported, read_evaluations

    listing = ActorListing(spec.actors, drawn_actors(spec))
    looker = Looker(evaluation, FolderStore(Path(spec.cache, "actors")))
    books = Books(Path(spec.cache, "answers"), Path(spec.cache, "ledger", spec.project), spec.budget)

    @functools.cache
    def imported() -> Imported:
        return Imported(read_evaluations(results / "imports" / "evaluations.jsonl" if evaluation.imports else None))

    def waiting(_: Spec, actor: str) -> int:
        return looker.calls(actor, map(Path, listing.images(actor)), imported(), books)

    return _calls(evaluation.asks, spec, listing.actors, waiting)


def _waiting_images(spec: Spec, results: Path) -> dict[str, int | None]:
    """Images that each package of the design lane would take by names and caps; None where nobody can tell yet."""
    listing, found = PlateListing(spec), dict[str, int | None]()
    for name, settings in spec.design_packages.items():
        try:
            found[name] = count_images(name, settings, planned_inputs(listing, spec, results))
        except (FileNotFoundError, BuildError):
            found[name] = None
    return found


def plan(snakefile: Path, spec: Path, targets: Sequence[str], results: Path, out: Path) -> None:
    """Write to ``out``, and print, what a build of ``targets`` under the merged ``spec`` would do.

    Nothing is run. What nobody knows yet (clips of episodes that were never scanned) is not guessed: ``known`` counts what
    earlier runs found.
    """
    jobs = count_jobs(snakefile, spec, targets)
    known = _known(results)
    whole = load_spec(spec)
    captions = _calls(
        whole.captions.asks,
        whole,
        sorted(whole.sources.episodes),
        functools.partial(_waiting_captions, Delivery(whole), results),
    )
    identity = whole.identity
    reviews = _calls(
        identity.review.asks if identity else None,
        whole,
        identity.sets if identity else [],
        functools.partial(_waiting_reviews, results),
    )
    sheets = _sheet_calls(results, whole)
    images = _waiting_images(whole, results)
    wanted = list(targets) or ["all"]
    data = {
        "targets": wanted,
        "jobs": jobs,
        "known": known,
        "calls": {**asdict(captions), "unknown": list(captions.unknown)},
        "review_calls": {**asdict(reviews), "unknown": list(reviews.unknown)},
        "sheet_calls": {**asdict(sheets), "unknown": list(sheets.unknown)},
        "images": images,
    }
    write_json(out, data, "plan")
    width = max((len(rule) for rule in jobs), default=0)
    lines = [f"  {rule:<{width}}  {count:>5}" for rule, count in sorted(jobs.items(), key=lambda one: -one[1])]
    print(f"A build of {', '.join(wanted)} would run {sum(jobs.values())} jobs:", *lines, sep="\n")
    print(
        f"Known so far: {known['masters']} masters ({known['master_minutes']} minutes), "
        f"{known['clips']} clips ({known['clip_minutes']} minutes). {captions.told('Calls of models', 'episodes')}"
    )
    if identity:
        print(reviews.told("Reviews of plates", "sets"))
    if whole.actors:
        print(sheets.told("Sheets of actors' images to look at", "actors"))
    if images:
        told = (f"{name} {'not known yet' if count is None else count}" for name, count in images.items())
        print(f"Images of design packages, at most: {', '.join(told)}.")
