"""The desk: where questions to a model are asked, each paid for once and within the budget."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace

from reelwright.errors import BadItem, BuildError
from reelwright.models.answers import AnswerStore
from reelwright.models.backend import Answer, Backend, ChargedBadItem, Correction, Request, answer_digest
from reelwright.models.ledger import Ledger
from reelwright.spec.model import Budget

ROUNDING = 1e-9
"""Sums of prices may exceed the budget by so much before it counts as spent: rounding of binary fractions."""


@dataclass(frozen=True)
class Flaw:
    """What is wrong with an answer."""

    complaint: str
    """In words for the model, which is asked again with them."""
    fatal: bool = True
    """Whether the answer is worse than none. One that isn't is taken when asking again brings nothing better."""


Check = Callable[[Request, str], Flaw | None]
"""Looks at an answer's text: None where it is as it should be."""


@dataclass(frozen=True)
class Result:
    """What became of one request."""

    request: Request
    outcome: Answer | BadItem
    """The answer that was taken, or why there is none."""
    calls: int
    """Calls made for it now; 0 where the answers were stored."""
    flaw: Flaw | None = None
    """What is still wrong with an answer that was taken."""


@dataclass(frozen=True)
class _Question:
    """A request on its way through answers and corrections."""

    request: Request
    """As it was asked."""
    now: Request
    """As it is asked now: with the correction of the last answer."""
    spare: tuple[Answer, Flaw] | None = None
    """The last answer that has a flaw but is better than none."""
    calls: int = 0


class _Stopped(Exception):
    """Nobody waits for this question any more."""


class Desk:
    """Asks ``backend``, keeps its answers in ``answers``, its cost in ``ledger``, and that within ``budget``."""

    def __init__(self, backend: Backend, answers: AnswerStore, ledger: Ledger, budget: Budget | None) -> None:
        self._backend = backend
        self._answers = answers
        self._ledger = ledger
        self._budget = budget
        self._reserving = threading.Lock()

    def ask(
        self, requests: Iterable[Request], slots: int = 1, check: Check | None = None, ask_again: int = 0
    ) -> Generator[Result, None, None]:
        """Yield each request with its answer, or with the BadItem that it failed with.

        Stored answers come first, in the order of the requests; the others as they arrive, from at most ``slots`` calls
        at a time. Requests that depend on the same things are asked once. An answer is stored before it is yielded, and
        before ``check`` looks at it: one that is not as it should be was paid for too, and the question that is asked
        again, with what was wrong, depends on it. What has a fatal flaw after ``ask_again`` corrections is a BadItem
        ``invalid_answer``, and the next run goes on asking from there. Raises BuildError before the first call where a
        paid call may not be made at all, and later, when calls in flight have ended, where the next one would exceed the
        budget.
        """
        groups: dict[str, list[Request]] = {}
        for request in requests:
            groups.setdefault(answer_digest(self._backend, request), []).append(request)
        self._answers.refresh()
        followed = {
            digest: self._follow(_Question(same[0], same[0]), check, ask_again) for digest, same in groups.items()
        }
        open_questions = {digest: one for digest, one in followed.items() if isinstance(one, _Question)}
        if open_questions:
            self._refuse_unbudgeted(len(open_questions))
        for digest, settled in followed.items():
            if isinstance(settled, Result):
                yield from (replace(settled, request=request) for request in groups[digest])
        for digest, settled in self._ask_all(open_questions, slots, check, ask_again):
            yield from (replace(settled, request=request) for request in groups[digest])

    def waiting(self, requests: Iterable[Request], check: Check | None = None, ask_again: int = 0) -> int:
        """How many different requests no stored answer settles: at least so many calls are still to be made."""
        self._answers.refresh()
        different = {answer_digest(self._backend, request): request for request in requests}.values()
        followed = (self._follow(_Question(one, one), check, ask_again) for one in different)
        return sum(isinstance(one, _Question) for one in followed)

    def _follow(self, question: _Question, check: Check | None, ask_again: int) -> _Question | Result:
        """Go on with ``question`` as far as stored answers lead: to a result, or to what must be asked next."""
        while True:
            answer = self._answers.get(answer_digest(self._backend, question.now))
            if answer is None:
                return question
            flaw = check(question.request, answer.text) if check else None
            if flaw is None:
                return Result(question.request, answer, question.calls)
            spare = question.spare if flaw.fatal else (answer, flaw)
            rounds = question.now.correction.round if question.now.correction else 0
            if rounds >= ask_again and spare is not None:
                return Result(question.request, spare[0], question.calls, spare[1])
            correction = Correction(rounds + 1, answer.text, flaw.complaint)
            question = replace(question, now=replace(question.request, correction=correction), spare=spare)

    def _refuse_unbudgeted(self, calls: int) -> None:
        backend, price = self._backend, self._backend.price
        if price == 0:
            return
        what = f"{calls} call{'s' if calls > 1 else ''} of {backend.name} {backend.model}"
        if price is None:
            raise BuildError(
                f"{what} would cost an unknown sum, for no price of a call is stated: state `price` "
                "(`price: 0` declares the model free) and a `budget`"
            )
        cost = f"{what} would cost {calls * price:.2f} {backend.currency} ({price:g} each)"
        if self._budget is None:
            raise BuildError(f"{cost}, and the spec has no `budget`")
        if self._budget.currency != backend.currency:
            raise BuildError(f"{cost}, but the spec's `budget` is in {self._budget.currency}")

    def _ask_all(
        self, questions: dict[str, _Question], slots: int, check: Check | None, ask_again: int
    ) -> Iterator[tuple[str, Result]]:
        waiting = iter(questions.items())
        running: dict[Future[Result], str] = {}
        fault: BaseException | None = None
        # Leaving the pool's block waits for the calls in flight, and each stores its answer itself: when the caller
        # stops asking, or anything is raised, nothing that was paid for is lost.
        stop = threading.Event()
        with ThreadPoolExecutor(max_workers=slots) as pool:
            try:
                while True:
                    while fault is None and len(running) < slots and (item := next(waiting, None)):
                        running[pool.submit(self._settle, item[1], check, ask_again, stop)] = item[0]
                    if not running:
                        break
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        digest = running.pop(future)
                        error = future.exception()
                        if error is None:
                            yield digest, future.result()
                        elif not isinstance(error, _Stopped):
                            fault = fault or error
                            stop.set()
            finally:
                stop.set()
        if fault is not None:
            raise fault

    def _settle(self, question: _Question, check: Check | None, ask_again: int, stop: threading.Event) -> Result:
        """Make the calls that a question needs, one after the other."""
        while True:
            # Another job may have got this answer meanwhile.
            self._answers.refresh()
            followed = self._follow(question, check, ask_again)
            if isinstance(followed, Result):
                return followed
            if followed.calls > ask_again:
                assert followed.now.correction is not None
                bad = BadItem("invalid_answer", followed.now.correction.complaint)
                return Result(question.request, bad, followed.calls)
            if stop.is_set():
                raise _Stopped
            failed = self._call(followed.now)
            question = replace(followed, calls=followed.calls + 1)
            if failed is not None:
                # A flawed answer is better than none when asking again fails.
                return (
                    Result(question.request, question.spare[0], question.calls, question.spare[1])
                    if question.spare
                    else Result(question.request, failed, question.calls)
                )

    def _call(self, request: Request) -> BadItem | None:
        """Make one call and store its answer; returns what went wrong with it."""
        backend = self._backend
        digest = answer_digest(backend, request)
        self._reserve(digest)
        began = time.monotonic()
        try:
            text = backend.answer(request)
        except Exception as error:
            if backend.price and not isinstance(error, ChargedBadItem):
                self._ledger.enter("refund", backend, digest)
            if isinstance(error, BadItem):
                return error
            raise
        if not text.strip():
            return BadItem("empty_answer", f"{backend.name} {backend.model} gave an empty answer")
        seconds = round(time.monotonic() - began, 3)
        self._answers.put(Answer(digest, text, backend.model, backend.price, backend.currency, seconds))
        return None

    def _reserve(self, digest: str) -> None:
        """Enter a paid call in the ledger; raises BuildError, and takes it back, where it exceeds the budget."""
        backend, budget = self._backend, self._budget
        if backend.price == 0:
            return
        assert backend.price is not None and budget is not None, "unbudgeted calls are refused before the first one"
        # Entered first, added up afterwards: of two jobs that want the last of the budget, at most one gets it.
        with self._reserving:
            self._ledger.enter("call", backend, digest)
            spent = self._ledger.spent(budget.currency)
            if spent <= budget.money + ROUNDING:
                return
            self._ledger.enter("refund", backend, digest)
            raise BuildError(
                f"the budget of {budget.money:.2f} {budget.currency} is used up: {spent - backend.price:.2f} spent or "
                f"in flight, and one more call of {backend.name} {backend.model} costs {backend.price:g}; "
                "answers so far are stored: raise `budget.money` to go on"
            )
