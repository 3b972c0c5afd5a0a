"""The money of an execution: what a call costs, and whether the spec's budget covers the next one."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable
from dataclasses import dataclass

from reelwright.actors.execution.journal import PAID, Attempt
from reelwright.errors import BuildError
from reelwright.models.desk import ROUNDING
from reelwright.models.ledger import Ledger
from reelwright.spec.model import Budget


@dataclass(frozen=True)
class Tariff:
    """What one image costs, and whom."""

    name: str
    """Which kind of generator this is."""
    model: str
    price: float | None
    """None: nobody has stated it."""
    currency: str


class Spent(BuildError):
    """The budget doesn't cover another call: what was begun ends, and nothing more is bought."""


@dataclass(frozen=True)
class Allowed:
    """What may be spent: at most so much of each that is stated."""

    project: Budget | None
    """Of the whole project, over all runs, whoever is paid."""
    money: float | None
    """For images alone."""
    calls: int | None
    """Images asked for, whatever becomes of them."""

    @property
    def limit(self) -> float | None:
        """The smaller of the two sums; None where nothing is stated."""
        stated = [one for one in (self.project.money if self.project else None, self.money) if one is not None]
        return min(stated, default=None)


class Purse:
    """What was spent, held against the budget before each call. Safe for many threads.

    An attempt is entered once under its digest, however often a killed run comes by it, and taken back once.
    """

    def __init__(self, tariff: Tariff, ledger: Ledger, allowed: Allowed, before: Iterable[Attempt] = ()) -> None:
        """``before`` are the attempts that the journal knows."""
        self.tariff = tariff
        self.allowed = allowed
        self._ledger = ledger
        known = list(before)
        self._calls = sum(one.state != "unsent" for one in known)
        self._money = math.fsum(one.price for one in known if one.state is None or one.state in PAID)
        self._lock = threading.Lock()

    def open(self, images: int) -> None:
        """Raise BuildError where none of ``images`` images may be bought: no price is stated, or no budget."""
        price, currency = self.tariff.price, self.tariff.currency
        what = f"{images} images of {self.tariff.model} are to be generated"
        if not images:
            return
        if price is None:
            raise BuildError(
                f"{what}, and no price of an image is stated: state `actors.generate.price` (`price: 0` declares it free) and "
                "a budget; nothing was done"
            )
        if price and self.allowed.limit is None:
            raise BuildError(
                f"{what}, {images * price:.2f} {currency} ({price:g} each), and the spec has neither a `budget` nor "
                "`actors.generate.budget`; nothing was done"
            )

    def pay(self, digest: str) -> None:
        """Enter the attempt ``digest``; raises Spent where the budget doesn't cover it."""
        price, allowed = self.tariff.price or 0.0, self.allowed
        with self._lock:
            if allowed.calls is not None and self._calls >= allowed.calls:
                raise Spent(f"{self._calls} images were asked for, as many as `actors.generate.budget.calls` allows")
            entered = self._ledger.entered(digest) > ROUNDING
            if price and not entered:
                self._cover("actors.generate.budget.money", self._money, allowed.money)
                self._cover("budget.money", self.spent(), allowed.project.money if allowed.project else None)
                self._ledger.enter("call", self.tariff, digest)
            self._calls += 1
            self._money += price

    def note(self, digest: str) -> None:
        """Enter a call that was made without our knowing: it is paid for, whatever the budget says."""
        with self._lock:
            if self.tariff.price and self._ledger.entered(digest) <= ROUNDING:
                self._ledger.enter("call", self.tariff, digest)
                self._money += self.tariff.price

    def _cover(self, key: str, spent: float, money: float | None) -> None:
        price, currency = self.tariff.price or 0.0, self.tariff.currency
        if money is not None and spent + price > money + ROUNDING:
            raise Spent(
                f"the budget is exhausted: {spent:.2f} of {money:.2f} {currency} are spent, and an image costs {price:g}; "
                f"raise `{key}` and run the same command again"
            )

    def take_back(self, digest: str, *, asked: bool) -> None:
        """The attempt cost nothing; ``asked`` says that it counts as a call all the same."""
        with self._lock:
            self._calls -= not asked
            entered = self._ledger.entered(digest)
            self._money -= min(self._money, self.tariff.price or 0.0)
            if entered > ROUNDING:
                self._ledger.enter("refund", self.tariff, digest)

    def spent(self) -> float:
        """Money spent so far in the currency of the price, over all runs of the project and whoever was paid."""
        return self._ledger.spent(self.tariff.currency)

    def close(self) -> None:
        """Close the ledger."""
        self._ledger.close()
