"""What the stages of execution are given, and how `--config` is read."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reelwright.actors.discovery import ActorListing, select_actors
from reelwright.actors.execution.bucket import open_bucket
from reelwright.actors.execution.journal import Journal
from reelwright.actors.execution.places import Places, Step, no_step
from reelwright.actors.execution.world import World
from reelwright.errors import BuildError, Problem, SpecError
from reelwright.lock import held
from reelwright.spec.actors import Actors
from reelwright.spec.explain import nearest_name
from reelwright.spec.model import Budget

DRY = "dry-run"
"""The mode in which nothing is done; the default of every target."""


@dataclass(frozen=True)
class Given:
    """What execution draws on."""

    settings: Actors
    budget: Budget | None
    ledger: Path
    plans: Path
    """Folder of the plans."""
    out: Path
    """``actors/execution``: a report an actor, ``progress.json``."""
    decisions: Path | None = None
    """People's decisions about plans."""
    step: Step = no_step
    settle_s: float = 10.0
    """As in ``Making``."""

    @classmethod
    def read(cls, settings: Any, budget: Any, ledger: str, plans: str, out: str, decisions: str) -> Given:
        """From values as rules hand them on; raises SpecError where the spec has no actors."""
        if settings is None:
            raise SpecError(
                [Problem("the spec", "actors", "", "expected the part that says where actors are: it has none")]
            )
        known = None if budget is None else Budget.model_validate(budget)
        return cls(Actors.model_validate(settings), known, Path(ledger), Path(plans), Path(out), Path(decisions))

    @property
    def places(self) -> Places:
        """Where execution keeps what it needs."""
        return Places(Path(self.settings.folder))


def open_world(given: Given, stack: ExitStack, *, dry: bool, again: bool = False) -> World:
    """What operations act on, for as long as ``stack`` is open; a dry run holds no lock and asks no server.

    Raises BuildError where somebody else executes, naming them, or the bucket can't be used.
    """
    if not dry:
        stack.enter_context(held(given.places.lock, "another execution for these actors"))
        _link_journal(given)
    world = World(given.places, Journal(given.places.journal), step=given.step, again=again)
    stack.callback(world.journal.close)
    if given.settings.bucket is not None:
        world.bucket_settings = given.settings.bucket
        if not dry:
            world.bucket = open_bucket(given.settings.bucket, os.environ)
        if world.bucket is not None:
            world.bucket.check()
    return world


def _link_journal(given: Given) -> None:
    """Let the journal be found from the results: it lies beside the images, for it outlives results."""
    link = given.out / "journal"
    given.out.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink():
        with suppress(OSError):
            link.symlink_to(os.path.relpath(given.places.journal, given.out))


def new_run() -> str:
    """A name that no other run has; names sort by the time at which their runs began."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"


def chosen_mode(mode: object, modes: Sequence[str], target: str) -> str:
    """What `--config actors_mode=` means for a target, the first of ``modes`` where it says nothing; raises SpecError."""
    chosen = modes[0] if mode in (None, "") else str(mode)
    if chosen not in modes:
        expected = f"expected one of {', '.join(modes)} for {target}"
        raise SpecError([Problem("--config", "actors_mode", chosen, expected, nearest_name(chosen, modes))])
    return chosen


def chosen_actors(settings: Actors, wanted: object, more: Iterable[str] = ()) -> list[str]:
    """The actors that `--config actors=` means; raises SpecError for an unknown one, BuildError without a roster.

    ``more`` are known whether they have images or not.
    """
    listing = ActorListing(settings)
    known = list(dict.fromkeys([*listing.actors, *more]))
    if listing.problem:
        raise BuildError(listing.problem)
    return select_actors(wanted, known)
