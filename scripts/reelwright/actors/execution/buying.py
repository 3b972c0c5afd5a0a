"""Buying one image: the call is on the disk before it is made, its id before anybody waits, and no call is made twice.

An attempt whose end nobody knows (the process was killed, the answer never came) is looked for among the generator's
predictions by prompt and seed. Where the generator can't tell, the attempt is ``uncertain``: said, and not made again.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from reelwright.actors.execution.generators import Answer, Request
from reelwright.actors.execution.journal import Attempt
from reelwright.actors.execution.places import write_bytes
from reelwright.actors.execution.world import Making, Stopped, Task, World
from reelwright.digest import file_sha256, recipe_digest
from reelwright.errors import BadItem, BuildError
from reelwright.models.backend import ChargedBadItem


@dataclass(frozen=True)
class Base:
    """The image that an actor's others are made from."""

    path: Path
    sha256: str


class Buyer:
    """Makes the calls of one operation."""

    def __init__(self, world: World, making: Making, task: Task, base: Base) -> None:
        self._world = world
        self._making = making
        self._task = task
        self._base = base

    def begin(self) -> Attempt:
        """Another attempt, on the disk and in the ledger; raises Spent where the budget doesn't cover it."""
        run, operation, making = self._task.run, self._task.operation, self._making
        number = len(operation.attempts) + 1
        tag = f"{run.run}/{run.actor}/{operation.number}/{number}"
        seed = int(recipe_digest({"tag": tag})[:8], 16) & 0x7FFFFFFF
        making.purse.pay(_digest(tag))
        self._world.step("paid")
        told = {"seed": seed, "tag": tag, "generator": making.generator.name, "model": making.generator.model}
        price = making.purse.tariff.price or 0.0
        self._note("attempt", number, **told, price=price)
        self._world.step("attempt_noted")
        return operation.attempts[-1]

    def get(self, attempt: Attempt, *, fresh: bool) -> None:
        """Bring an attempt to its end or its image: ``state`` is set, or ``sha256`` of the staged image.

        ``fresh`` says that the call was not made yet, in no process. Raises BadItem where this image can't be made now,
        BuildError where none can, Stopped.
        """
        if not fresh and attempt.generator != self._making.generator.name:
            raise BadItem(
                "other_generator",
                f"a call of {attempt.generator} was in flight when the last run ended, and the spec now names "
                f"{self._making.generator.name}: run once with the former to settle it",
            )
        if self._staged_before(attempt):
            return
        with self._making.slots.take(attempt.tag, self._world.stop.is_set) as slot:
            if not slot.held:
                raise Stopped
            if not self._making.generator.asynchronous:
                answer = self._made(attempt, fresh=fresh)
            else:
                if attempt.prediction is None and fresh:
                    self._create(attempt)
                if attempt.prediction is None and attempt.state is None:
                    self._find(attempt)
                answer = self._waited(attempt) if attempt.state is None else None
        if answer is not None:
            self._take(attempt, answer)

    def end(self, attempt: Attempt, state: str, detail: str, looks: dict[str, object] | None = None) -> None:
        """Write what became of an attempt; what cost nothing is taken back from the ledger."""
        self._note("attempt_end", attempt.number, state=state, detail=detail, looks=looks)
        self._world.step(f"attempt_{state}")
        if state in ("unsent", "failed", "refused", "cancelled"):
            self._making.purse.take_back(_digest(attempt.tag), asked=state != "unsent")
            self._world.step("taken_back")

    def _note(self, event: str, attempt: int, **told: object) -> None:
        number = self._task.operation.number
        self._world.journal.write(self._task.run, event, number=number, attempt=attempt, **told)

    def _request(self, attempt: Attempt) -> Request:
        prompt = self._task.operation.frozen["prompt"]
        return Request(prompt, attempt.seed, self._base.path, self._base.sha256, attempt.tag)

    def _create(self, attempt: Attempt) -> None:
        """Make the call. An error that doesn't say whether it arrived leaves the attempt open, to be looked for."""
        try:
            prediction = self._making.generator.create(self._request(attempt))
        except ChargedBadItem:
            return
        except (BadItem, BuildError) as error:
            self._not_bought(attempt, error)
            return
        self._world.step("created")
        self._note("prediction", attempt.number, prediction=prediction, extra=[])
        self._world.step("prediction_noted")

    def _not_bought(self, attempt: Attempt, error: BadItem | BuildError) -> None:
        """End an attempt that bought nothing; raises ``error`` where another one would do no better now."""
        refused = isinstance(error, BadItem) and error.code == "refused_by_model"
        self.end(attempt, "refused" if refused else "unsent", str(error))
        if not refused:
            raise error

    def _find(self, attempt: Attempt) -> None:
        """Look for the call among the generator's predictions until it would have arrived."""
        while True:
            found = self._asked(attempt)
            if found is None:
                return
            if found:
                for more in found[1:]:
                    self._making.purse.note(_digest(f"{attempt.tag}: {more}"))
                self._note("prediction", attempt.number, prediction=found[0], extra=found[1:])
                self._world.step("found")
                return
            if time.time() - attempt.time >= self._making.settle_s:
                self.end(attempt, "unsent", "the generator lists no such call: it never arrived")
                return
            self._world.rest(min(1.0, max(0.05, self._making.settle_s / 5)))

    def _asked(self, attempt: Attempt) -> list[str] | None:
        """Predictions of this attempt; None where the generator can't tell, and the attempt has ended as uncertain."""
        try:
            return list(self._making.generator.find(self._request(attempt), attempt.time))
        except BadItem as error:
            if error.code != "unknowable":
                raise
            self.end(attempt, "uncertain", error.message)
            return None

    def _waited(self, attempt: Attempt) -> Answer | None:
        """The answer once there is one; a prediction that takes too long is cancelled."""
        assert attempt.prediction is not None
        generator, settings = self._making.generator, self._making.settings
        began, cancelled = time.monotonic(), False
        while True:
            answer = generator.poll(attempt.prediction)
            self._world.step("polled")
            if answer.state != "running":
                self._making.pace.took(time.monotonic() - began)
                return answer
            if time.monotonic() - began > settings.deadline_s:
                words = f"took longer than {settings.deadline_s:g} s (actors.generate.deadline_s): {answer.detail}"
                if cancelled:
                    raise BadItem(
                        "slow", f"{words}; it could not be cancelled, and is waited for when this is run again"
                    )
                generator.cancel(attempt.prediction)
                cancelled = True
            else:
                self._world.rest(self._making.pace.wait_s(time.monotonic() - began))

    def _made(self, attempt: Attempt, *, fresh: bool) -> Answer | None:
        """The answer of a generator that answers in the call itself; one that was cut off can't be looked for."""
        if not fresh:
            words = f"the call was in flight when the last run ended, and {attempt.generator} keeps no list of calls"
            self.end(attempt, "uncertain", words)
            return None
        try:
            return self._making.generator.make(self._request(attempt))
        except ChargedBadItem as error:
            self.end(attempt, "uncertain", f"no image came, and it may have been paid for: {error.message}")
            return None
        except (BadItem, BuildError) as error:
            self._not_bought(attempt, error)
            return None

    def _take(self, attempt: Attempt, answer: Answer) -> None:
        """Stage an answer's image, or end the attempt with what there is instead."""
        if answer.image is None:
            state = answer.state if answer.state in ("failed", "refused", "lost") else "failed"
            self.end(attempt, state, answer.detail)
            return
        run, operation = self._task.run, self._task.operation
        place = self._world.places.staged(run.actor, run.run, operation.number, attempt.number)
        write_bytes(place, answer.image)
        self._world.step("staged")
        self._staged_before(attempt)

    def _staged_before(self, attempt: Attempt) -> bool:
        """Write that an image has come, where it lies staged: it is there whole, or not at all."""
        run, operation = self._task.run, self._task.operation
        place = self._world.places.staged(run.actor, run.run, operation.number, attempt.number)
        if not place.exists():
            return False
        self._note("image", attempt.number, sha256=file_sha256(place))
        self._world.step("image_noted")
        return True


def _digest(tag: str) -> str:
    """What the ledger knows an attempt by."""
    return recipe_digest({"attempt": tag})
