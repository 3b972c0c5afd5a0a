"""What is said before the first job of a build starts: that a model can't be asked about actors, and what it would cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from reelwright.actors.discovery import ActorListing
from reelwright.errors import BadItem, BuildError
from reelwright.spec.actors import ActorEvaluation
from reelwright.spec.model import Budget
from reelwright.spec.models import OpenAI


def begin_actors(
    listing: ActorListing, evaluated: Sequence[str], budget: Budget | None, cache: str, plans: Path
) -> None:
    """Begin ``progress.json`` in the folder ``plans``, and look once at the actors that are going to be ``evaluated``.

    Raises BuildError where a model will have to be asked about one of them and its key is missing, or its price isn't covered.
    """
    from reelwright.actors.progress import begin_progress

    if not evaluated or listing.settings is None:
        return
    begin_progress(plans, len(listing.actors), len(evaluated))
    settings = listing.settings.evaluation
    if settings.asks is None:
        return
    from reelwright.actors.asking import Looker
    from reelwright.actors.imports import find_evaluations
    from reelwright.store import open_store

    try:
        imported = find_evaluations(map(Path, listing.imports))
    except BadItem:
        return  # the import fails and says why, and nobody is asked
    looker = Looker(settings, open_store(Path(cache, "actors")))
    waiting = sum(looker.is_waiting(actor, map(Path, listing.images(actor)), imported) for actor in evaluated)
    problems = list(_problems(settings, budget, waiting)) if waiting else []
    if problems:
        raise BuildError("\n".join(problems))


def _problems(settings: ActorEvaluation, budget: Budget | None, waiting: int) -> Iterator[str]:
    """Why a model can't be asked about ``waiting`` actors, each with at least one call."""
    asked = settings.asks
    assert asked is not None
    where = f"actors.evaluation.{settings.backend}"
    if isinstance(asked, OpenAI):
        from reelwright.models.openai import find_key

        try:
            find_key(asked)
        except BuildError as error:
            yield f"{where}: {error}"
    what = f"{where}: looking at {waiting} actors takes {waiting} calls of {asked.model} or more"
    if asked.price is None:
        yield f"{what}, and no price of a call is stated: state `price` (`price: 0` declares it free) and a `budget`"
    elif asked.price and budget is None:
        yield f"{what}, {waiting * asked.price:.2f} {asked.currency} ({asked.price:g} each), and the spec has no `budget`"
