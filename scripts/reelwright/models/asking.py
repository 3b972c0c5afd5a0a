"""Asking a model everything that a stage wants to know about one item, and saying what failed."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from reelwright.errors import BadItem, BuildError
from reelwright.models.answers import AnswerStore
from reelwright.models.backend import Request
from reelwright.models.desk import Check, Desk, Result
from reelwright.models.ledger import Ledger
from reelwright.models.opening import open_backend
from reelwright.models.progress import Progress
from reelwright.outcome import Notes
from reelwright.spec.model import Budget
from reelwright.spec.models import Ollama, OpenAI

SHOWN = 5
"""Failed questions that a message names."""


@dataclass(frozen=True)
class Books:
    """Where answers and what they cost are kept."""

    answers: Path
    """Folder of the answers that outlive every rerun."""
    ledger: Path
    """Folder of what was spent."""
    budget: Budget | None
    log: Path | None = None
    """Where a managed server's words go."""


@dataclass(frozen=True)
class Terms:
    """How a model is asked."""

    model: Ollama | OpenAI
    check: Check
    """What every answer is held against."""
    ask_again: int
    """Corrections that an answer may get."""
    max_failed_share: float
    """Share of the questions that may fail."""
    key: str
    """The spec's key of that share."""


@contextmanager
def _opened(terms: Terms, books: Books, log: Path | None) -> Iterator[tuple[Desk, Ledger]]:
    with (
        closing(AnswerStore(books.answers)) as answers,
        closing(Ledger(books.ledger)) as ledger,
        open_backend(terms.model, log) as backend,
    ):
        yield Desk(backend, answers, ledger, books.budget), ledger


def ask_all(requests: Mapping[str, Request], terms: Terms, books: Books, label: str) -> dict[str, Result]:
    """The result of each question, by its name; those that were not asked any more, after too many had failed, are left out.

    A server is only started, or reached, for what no answer is stored of.
    """
    if not requests:
        return {}
    names: dict[str, list[str]] = {}
    for name, request in requests.items():
        names.setdefault(request.digest, []).append(name)
    told: dict[str, Result] = {}
    budget = books.budget if terms.model.price != 0 else None
    with (
        _opened(terms, books, books.log) as (desk, ledger),
        Progress(len(requests), label, budget=budget, spent=lambda: ledger.spent(terms.model.currency)) as progress,
        closing(desk.ask(requests.values(), terms.model.slots, terms.check, terms.ask_again)) as results,
    ):
        for result in results:
            told.update(dict.fromkeys(names[result.request.digest], result))
            progress.count(result)
            if progress.failed > terms.max_failed_share * len(requests):
                break
    return told


def count_waiting(requests: Iterable[Request], terms: Terms, books: Books) -> int:
    """How many of the questions no stored answer settles; nobody is asked."""
    with _opened(terms, books, None) as (desk, _):
        return desk.waiting(requests, terms.check, terms.ask_again)


def report_failed(failed: Mapping[str, BadItem], asked: int, item: str, what: str, terms: Terms, notes: Notes) -> None:
    """List what failed of the ``asked`` questions (``what``, in the plural) about an item.

    Raises BuildError where it is more than the spec allows, after which nobody was asked further.
    """
    if not failed:
        return
    for name, error in sorted(failed.items()):
        notes.fail(name, error)
    if len(failed) > terms.max_failed_share * asked:
        counts = ", ".join(
            f"{times} {code}" for code, times in Counter(one.code for one in failed.values()).most_common()
        )
        named = "\n".join(f"  {name}: {error.message}" for name, error in sorted(failed.items())[:SHOWN])
        raise BuildError(
            f"{item}: {len(failed)} of {asked} {what} failed ({counts}), more than {terms.key} "
            f"({terms.max_failed_share:g}); nothing more was asked, and all answers are stored:\n{named}"
        )
    print(f"{item}: {len(failed)} of {asked} {what} failed", file=sys.stderr)
