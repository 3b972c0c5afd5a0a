"""Carrying out operations: several at a time, begun in their order, each in the journal before it starts and after it ended."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from reelwright.actors.execution.places import FULL
from reelwright.actors.execution.purse import Spent
from reelwright.actors.execution.world import Handler, Stopped, Task, World
from reelwright.errors import BadItem, BuildError
from reelwright.models.trouble import TryAgain


@dataclass
class Outcome:
    """How a round of operations ended."""

    error: BaseException | None = None
    """Why it ended before its end; None where it didn't."""
    spent: str = ""
    """Why nothing more was bought; empty where everything could be."""
    skipped: list[Task] = field(default_factory=list)
    """Operations that were not begun for want of money."""


class Runner:
    """Carries out the operations of a round."""

    def __init__(self, world: World, handlers: Mapping[str, Handler], ended: Callable[[Task], None]) -> None:
        """``ended`` is told of each operation that has ended."""
        self._world = world
        self._handlers = handlers
        self._ended = ended
        self._dispatching = threading.Lock()
        self._outcome = Outcome()

    def carry_out(self, tasks: Sequence[Task], threads: int) -> Outcome:
        """Do the ``tasks``, at most ``threads`` at a time; what one fails with doesn't stop the others.

        The first error that no other operation would survive either (no rights, disk full, interrupted) stops all: what is in
        flight is in the journal.
        """
        waiting = list(reversed(tasks))
        with ThreadPoolExecutor(max(1, min(threads, len(tasks))), "execution") as pool:
            working = [pool.submit(self._work, waiting) for _ in range(pool._max_workers)]
            try:
                wait(working)
            except BaseException as error:
                self._stop(error)
        return self._outcome

    def _stop(self, error: BaseException) -> None:
        with self._dispatching:
            self._outcome.error = self._outcome.error or error
        self._world.stop.set()
        if self._world.making is not None:
            self._world.making.generator.stop()

    def _work(self, waiting: list[Task]) -> None:
        try:
            while (task := self._next(waiting)) is not None:
                self._do(task)
        except Stopped:
            return
        except OSError as error:
            self._stop(_of_the_machine(error))
        except BaseException as error:
            self._stop(error)

    def _next(self, waiting: list[Task]) -> Task | None:
        """The next operation, begun; None where there is none, or none is to be begun any more."""
        with self._dispatching:
            while waiting and not self._world.stop.is_set():
                task = waiting.pop()
                if self._outcome.spent and task.operation.kind == "generate" and not task.operation.begun:
                    self._outcome.skipped.append(task)
                    continue
                if not task.operation.begun or task.operation.state is not None:
                    self._world.journal.write(task.run, "begin", number=task.operation.number)
                    self._world.step("begun")
                return task
            return None

    def _do(self, task: Task) -> None:
        state, code = "done", ""
        try:
            detail = self._handlers[task.operation.kind](self._world, task)
        except Spent as error:
            with self._dispatching:
                self._outcome.spent = str(error)
            state, code, detail = "failed", "budget", str(error)
        except BadItem as error:
            state = "uncertain" if error.code == "uncertain" else "failed"
            code, detail = error.code, error.message
        except TryAgain as error:
            state, code, detail = "failed", error.code, error.message
        told = {"number": task.operation.number, "state": state, "code": code, "detail": detail}
        self._world.journal.write(task.run, "end", **told)
        self._world.step("ended")
        self._ended(task)


def _of_the_machine(error: OSError) -> Exception:
    if error.errno in FULL:
        return BuildError(f"{error.filename or 'the disk'}: the disk is full: make room and run the same command again")
    return error
