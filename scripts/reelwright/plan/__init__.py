"""The plan: what a build of given targets would do and cost, before it runs: exact for what is known, bounded for the rest.

``jobs`` asks Snakemake what would run, ``episodes`` which clips there will be, ``questions`` and ``calls`` what models would
be asked, ``generation`` what actors' plans would cost, ``gpu`` for how long GPUs are needed, ``clip_room`` and
``package_room`` how many bytes of media are written, ``words`` say it. ``reelwright.spent`` holds it against what was spent.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reelwright.digest import recipe_digest
from reelwright.errors import BuildError
from reelwright.files import write_json
from reelwright.identity.listing import PlateListing
from reelwright.packages.design.build import count_images
from reelwright.packages.design.inputs import planned_inputs
from reelwright.plan.clip_room import ClipRoom
from reelwright.plan.episodes import Season
from reelwright.plan.generation import plan_generation
from reelwright.plan.gpu import plan_gpu
from reelwright.plan.jobs import ask_jobs
from reelwright.plan.package_room import package_room
from reelwright.plan.questions import Questions
from reelwright.plan.words import Plan, lines_of
from reelwright.sources.delivery import Delivery
from reelwright.spec.load import load_spec, merged
from reelwright.spec.model import Spec

__all__ = ["plan"]


def _images(spec: Spec, results: Path) -> dict[str, int | None]:
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

    Nothing is run, decoded or asked. ``results`` is ``results/<project>`` as rules name it.
    """
    # Taken first: whatever begins later belongs to what the plan is held against.
    time = datetime.now(UTC).isoformat(timespec="milliseconds")
    jobs = ask_jobs(snakefile, spec, targets)
    whole = load_spec(spec)
    delivery = Delivery(whole)
    season = Season(whole, delivery, results, jobs)
    questions = Questions(whole, delivery, results, jobs)
    packages = {
        f"package {name}": package_room(name, settings, season, results, jobs)
        for name, settings in whole.video_packages.items()
    }
    rooms = {"clips": ClipRoom(whole, season).room(), **{what: room for what, room in packages.items() if room}}
    found = Plan(
        tuple(targets) or ("all",),
        jobs.rules,
        season,
        questions.captions(season.episodes),
        questions.reviews() if whole.identity else None,
        questions.sheets() if whole.actors else None,
        _images(whole, results),
        plan_generation(whole, results, jobs),
        plan_gpu(whole, results, jobs),
        rooms,
    )
    head: dict[str, Any] = {"time": time, "spec_digest": recipe_digest(merged(whole))}
    write_json(out, {**head, **found.data()}, "plan")
    print(*lines_of(found), sep="\n")
