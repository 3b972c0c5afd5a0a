"""The desk: where questions to a model are asked, each paid for once and within the budget."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from reelwright.errors import BadItem, BuildError
from reelwright.models.answers import AnswerStore
from reelwright.models.backend import Answer, Backend, Request, answer_digest
from reelwright.models.ledger import Ledger
from reelwright.spec.model import Budget

ROUNDING = 1e-9
"""Sums of prices may exceed the budget by so much before it counts as spent: rounding of binary fractions."""


class Desk:
    """Asks ``backend``, keeps its answers in ``answers``, its cost in ``ledger``, and that within ``budget``."""

    def __init__(self, backend: Backend, answers: AnswerStore, ledger: Ledger, budget: Budget | None) -> None:
        self._backend = backend
        self._answers = answers
        self._ledger = ledger
        self._budget = budget
        self._reserving = threading.Lock()

    def ask(self, requests: Iterable[Request], slots: int = 1) -> Iterator[tuple[Request, Answer | BadItem]]:
        """Yield each request with its answer, or with the BadItem that it failed with.

        Stored answers come first, in the order of the requests; the others as they arrive, from at most ``slots`` calls
        at a time. Requests that depend on the same things are asked once. An answer is stored before it is yielded.
        Raises BuildError before the first call where a paid call may not be made at all, and later, when calls in
        flight have ended, where the next one would exceed the budget.
        """
        groups: dict[str, list[Request]] = {}
        for request in requests:
            groups.setdefault(answer_digest(self._backend, request), []).append(request)
        self._answers.refresh()
        stored = {digest: self._answers.get(digest) for digest in groups}
        unanswered = [digest for digest, answer in stored.items() if answer is None]
        if unanswered:
            self._refuse_unbudgeted(len(unanswered))
        for digest, answer in stored.items():
            if answer is not None:
                yield from ((request, answer) for request in groups[digest])
        for digest, result in self._call_all({digest: groups[digest][0] for digest in unanswered}, slots):
            yield from ((request, result) for request in groups[digest])

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

    def _call_all(self, requests: dict[str, Request], slots: int) -> Iterator[tuple[str, Answer | BadItem]]:
        waiting = iter(requests.items())
        running: dict[Future[Answer | BadItem], str] = {}
        fault: BaseException | None = None
        # Leaving the pool's block waits for the calls in flight, and each stores its answer itself: when the caller
        # stops asking, or anything is raised, nothing that was paid for is lost.
        with ThreadPoolExecutor(max_workers=slots) as pool:
            while True:
                while fault is None and len(running) < slots and (item := next(waiting, None)):
                    running[pool.submit(self._call, *item)] = item[0]
                if not running:
                    break
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    digest = running.pop(future)
                    error = future.exception()
                    if error is None:
                        yield digest, future.result()
                    else:
                        fault = fault or error
        if fault is not None:
            raise fault

    def _call(self, digest: str, request: Request) -> Answer | BadItem:
        """Make one call, unless another job has got this answer meanwhile."""
        self._answers.refresh()
        answer = self._answers.get(digest)
        if answer is not None:
            return answer
        backend = self._backend
        self._reserve(digest)
        began = time.monotonic()
        try:
            text = backend.answer(request)
        except Exception as error:
            if backend.price:
                self._ledger.enter("refund", backend, digest)
            if isinstance(error, BadItem):
                return error
            raise
        if not text.strip():
            return BadItem("empty_answer", f"{backend.name} {backend.model} gave an empty answer")
        seconds = round(time.monotonic() - began, 3)
        answer = Answer(digest, text, backend.model, backend.price, backend.currency, seconds)
        self._answers.put(answer)
        return answer

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
