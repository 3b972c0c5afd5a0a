"""The stage ``actors_execute``: carry out the plans of actors, or say what would be done. Never by default.

A plan is frozen in the journal first. What a run has begun it goes on with from the journal alone, whatever plan there is now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from reelwright.actors.execution.deleting import delete
from reelwright.actors.execution.freezing import freeze
from reelwright.actors.execution.generating import generate
from reelwright.actors.execution.generators import open_generator
from reelwright.actors.execution.given import DRY, Given, chosen_actors, chosen_mode, open_world
from reelwright.actors.execution.pace import Pace
from reelwright.actors.execution.places import sweep
from reelwright.actors.execution.preparing import MODES, Preparation
from reelwright.actors.execution.purse import Allowed, Purse, Tariff
from reelwright.actors.execution.report import Advance, Told, lines, report
from reelwright.actors.execution.runner import Outcome, Runner
from reelwright.actors.execution.slots import Slots
from reelwright.actors.execution.world import Making, Task, World
from reelwright.actors.measure import Limits
from reelwright.errors import BadItem, BuildError, Problem, SpecError
from reelwright.files import write_json
from reelwright.models.ledger import Ledger
from reelwright.spec.model import Budget


def actors_execute(given: Given, mode: object, wanted: object, *, again: bool = False, run: object = None) -> None:
    """Carry out the plans of the ``wanted`` actors (`--config actors=`) in ``mode`` (`--config actors_mode=`).

    ``run`` (`--config actors_run=`) may be ``new``: plans are taken though former runs have not ended, whose rest is not done
    any more. ``again`` makes calls again of which nobody knows whether they were paid for. Actors that fail don't stop the
    others: BuildError at the end names each. Raises SpecError for an unknown mode or actor, BuildError where nothing can be
    done.
    """
    chosen = chosen_mode(mode, tuple(MODES), "actors_execute")
    with ExitStack() as stack:
        world = open_world(given, stack, dry=chosen == DRY, again=again)
        actors = chosen_actors(given.settings, wanted, world.journal.unfinished())
        told = Preparation(given, world, chosen, anew=_anew(run)).all(actors)
        if chosen == DRY:
            _say(given, told)
        else:
            _do(given, told, world, chosen, stack)


def _anew(run: object) -> bool:
    if run not in (None, "", "new"):
        expected = "expected `new`, or nothing, for actors_execute"
        raise SpecError([Problem("--config", "actors_run", str(run), expected)])
    return run == "new"


def _say(given: Given, told: Sequence[Told]) -> None:
    """The dry run: what would be done, in order, with its price."""
    for one in told:
        print("\n".join(lines(one)))
        write_json(given.out / f"{one.actor}.json", report(one, given.places.journal), "execution")
    due = [operation for one in told for operation in one.due if one.error is None]
    images = sum(one.kind == "generate" for one in due)
    price = given.settings.generate.price
    cost = "price not stated" if price is None else f"{images * price:.2f} {given.settings.generate.currency}"
    print(
        f"{len(told)} actors: {len(due) - images} deletions, {images} images for {cost}; nothing was done. To do it: "
        "--config actors_mode=execute"
    )
    _end(told, "")


def _do(given: Given, told: list[Told], world: World, mode: str, stack: ExitStack) -> None:
    """Carry out what is due."""
    if given.settings.bucket is None or world.bucket is None:
        why = "the spec names no `actors.bucket`" if given.settings.bucket is None else "there are no credentials"
        print(f"without S3 ({why}): everything stays on this disk")
    ready = [one for one in told if one.error is None]
    images = sum(operation.kind == "generate" for one in ready for operation in one.due)
    if images:
        world.making = stack.enter_context(making(given, world, images))
    for one in ready:
        try:
            _begin(one, world)
        except BadItem as error:
            one.error = error
    ready = [one for one in ready if one.error is None]
    advance = Advance(given.out, told, mode, _money(given, world))
    by_actor = {one.actor: one for one in told}

    def ended(task: Task) -> None:
        _write(given, by_actor[task.run.actor], world)
        advance.ended(task)

    tasks = [Task(one.run, operation) for one in ready if one.run for operation in one.due]
    for one in told:
        _write(given, one, world)
    runner = Runner(world, {"delete": delete, "generate": generate}, ended)
    threads = 2 * given.settings.generate.at_once + 2
    outcome = runner.carry_out(tasks, threads) if tasks else Outcome()
    for one in told:
        _write(given, one, world)
    advance.finish()
    done = [task.operation for task in tasks if task.operation.state == "done"]
    print(
        f"{len(told)} actors: {sum(one.kind == 'delete' for one in done)} images deleted, "
        f"{sum(one.kind == 'generate' for one in done)} generated; {len(tasks) - len(done)} operations are left"
    )
    if outcome.error is not None:
        raise outcome.error
    _end(told, outcome.spent)


def _begin(told: Told, world: World) -> None:
    """Freeze a plan, and write the first manifest in our form where there is none yet."""
    if told.run is not None and not told.resumed:
        told.run = freeze(world, told.run, told.former)
    actors = world.set_of(told.actor)
    sweep(world.places, told.actor)
    if told.run is not None and told.due and actors.made_from() is not None:
        actors.edit(told.run, lambda manifest: None)


@contextmanager
def making(given: Given, world: World, images: int) -> Iterator[Making]:
    """What makes images, ready and within the budget; raises BuildError where none of ``images`` can be made."""
    asked = given.settings.generate
    own = asked.budget
    allowed = Allowed(given.budget, own.money if own else None, own.calls if own else None)
    tariff = Tariff(asked.backend, asked.model, asked.price, asked.currency)
    before = [one for run in world.journal.runs for operation in run.operations for one in operation.attempts]
    purse = Purse(tariff, Ledger(given.ledger), allowed, before)
    try:
        purse.open(images)
        limits = Limits(**given.settings.evaluation.measuring.model_dump())
        with open_generator(asked) as generator:
            slots = Slots(given.places.slots, asked.at_once)
            yield Making(generator, purse, slots, limits, asked, Pace(asked.poll_s), given.settle_s)
    finally:
        purse.close()


def _money(given: Given, world: World) -> tuple[Callable[[], float], Budget] | None:
    limit = world.making.purse.allowed.limit if world.making else None
    if world.making is None or limit is None:
        return None
    return world.making.purse.spent, Budget(money=limit, currency=given.settings.generate.currency)


def _write(given: Given, told: Told, world: World) -> None:
    with world.set_of(told.actor).lock:
        write_json(given.out / f"{told.actor}.json", report(told, given.places.journal), "execution")


def _end(told: Sequence[Told], spent: str) -> None:
    """The last words; raises BuildError where not everything that was due is done."""
    failed = [f"{one.actor}: {one.reason}" for one in told if one.state == "failed"]
    if spent:
        left = sum(operation.kind == "generate" and operation.state != "done" for one in told for operation in one.due)
        failed.append(f"{spent}; {left} images are still to be generated")
    if failed:
        raise BuildError("\n".join(failed))
