"""Calls of models that a build would make: of questions that are known, exactly; of the others, at most."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from reelwright.errors import BadItem
from reelwright.plan.amounts import by_reason
from reelwright.spec.models import Ollama, OpenAI


@dataclass(frozen=True)
class Item:
    """What a build would ask about one item."""

    name: str
    count: Callable[[], int] | None
    """Counts the questions that no stored answer settles; None where what they are made of will change."""
    most: int | None
    """At most so many questions, where they can't be counted; None where nobody can tell."""
    why: str = ""
    """Why nobody can tell."""


@dataclass(frozen=True)
class Calls:
    """Calls of one model for one purpose."""

    model: str | None
    """None where no model is asked."""
    waiting: int
    """Questions that are known and not answered yet: one call each, exactly."""
    more: int
    """At most so many questions on top, about what isn't known yet."""
    corrections: int
    """At most so many calls on top of all questions, where answers are not as they should be."""
    each: float | None
    """Price of a call; None where none is stated."""
    currency: str
    bounded: tuple[str, ...]
    """Items of which there is a bound only."""
    unknown: dict[str, str]
    """Why nobody can tell, by item."""

    @property
    def price(self) -> float | None:
        """Of the questions that are known."""
        return _price(self.waiting, self.each)

    @property
    def price_more(self) -> float | None:
        """At most so much on top, corrections included."""
        return _price(self.more + self.corrections, self.each)

    def data(self) -> dict[str, Any]:
        """As it stands in ``plan.json``."""
        return {
            "model": self.model,
            "waiting": self.waiting,
            "price": self.price,
            "currency": self.currency,
            "at_most_more": self.more + self.corrections,
            "at_most_more_price": self.price_more,
            "corrections": self.corrections,
            "bounded": list(self.bounded),
            "unknown": list(self.unknown),
            "why": self.unknown,
        }

    def told(self, what: str, items: str) -> str:
        """In a sentence; ``what`` is asked for, ``items`` are what it is counted by."""
        parts = [f"{what} to come: {self.waiting} exactly, for {self._money(self.price)}"]
        if self.more:
            named = by_reason(dict.fromkeys(self.bounded, f"{items} not known in full"))
            parts.append(f"at most {self.more} more, for {self._money(_price(self.more, self.each))}: {named}")
        if self.corrections:
            money = self._money(_price(self.corrections, self.each))
            parts.append(f"at most {self.corrections} more to correct answers, for {money}")
        if self.unknown:
            parts.append(f"not known yet for {items} {by_reason(self.unknown)}")
        return "; ".join(parts) + "."

    def _money(self, price: float | None) -> str:
        return "an unknown sum" if price is None else f"{price:,.2f} {self.currency}"


def _price(calls: int, each: float | None) -> float | None:
    """Of so many calls; nothing costs nothing, whatever the price."""
    return 0.0 if calls == 0 else None if each is None else round(calls * each, 6)


def count_calls(model: Ollama | OpenAI | None, ask_again: int, items: Iterable[Item], currency: str = "USD") -> Calls:
    """Calls of ``model`` about all ``items``, each of whose answers may be corrected ``ask_again`` times.

    Without a model there are none, and ``currency`` is that of the budget.
    """
    if model is None:
        return Calls(None, 0, 0, 0, 0.0, currency, (), {})
    waiting, more, bounded, unknown = 0, 0, [], dict[str, str]()
    for item in items:
        try:
            if item.count is None:
                raise FileNotFoundError(item.name)
            waiting += item.count()
        except (FileNotFoundError, BadItem):
            if item.most is None:
                unknown[item.name] = item.why
            elif item.most:
                bounded.append(item.name)
                more += item.most
    corrections = ask_again * (waiting + more)
    return Calls(model.model, waiting, more, corrections, model.price, model.currency, tuple(bounded), unknown)
