"""What carrying out the actors' plans would cost. It is never part of a build: somebody has to ask for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reelwright.actors.discovery import ActorListing
from reelwright.actors.execution.freezing import read_plan, refuse_held, refuse_unknown
from reelwright.demo.actorlist import drawn_actors
from reelwright.errors import BadItem
from reelwright.plan.amounts import by_reason
from reelwright.plan.jobs import Jobs
from reelwright.spec.model import Spec

REFUSALS = {"rests_on_unknown": "rests on images whose class is unknown", "held": "on hold"}
"""Codes of refusals, in few words."""

UNREADABLE = {"no_plan": "no plan yet"}
"""The same of plans that can't be read."""


@dataclass(frozen=True)
class Generation:
    """Images that the actors' plans ask for."""

    calls: int
    price: float | None
    """None where no price is stated."""
    currency: str
    deletions: int
    actors: int
    """Actors whose plan would be carried out."""
    anew: bool
    """Whether the build would make the plans anew: the numbers are of those that are there."""
    refused: dict[str, str]
    """Why a plan would not be carried out, by actor: it costs nothing."""
    unknown: dict[str, str]
    """Why nobody can tell, by actor."""

    def data(self) -> dict[str, Any]:
        """As it stands in ``plan.json``."""
        return {
            "part_of_build": False,
            "calls": self.calls,
            "price": self.price,
            "currency": self.currency,
            "deletions": self.deletions,
            "actors": self.actors,
            "planned_anew": self.anew,
            "refused": self.refused,
            "unknown": self.unknown,
        }

    def told(self) -> str:
        """In a sentence."""
        price = "an unknown sum" if self.price is None else f"{self.price:,.2f} {self.currency}"
        said = (
            f"Not part of a build: carrying out the plans of {self.actors} actors would generate {self.calls} images, "
            f"for {price}, and delete {self.deletions}"
        )
        if self.anew:
            said += " (this build would plan them anew)"
        if self.refused:
            said += f"; would be refused: {by_reason(self.refused)}"
        return said + (f"; not known yet for {by_reason(self.unknown)}." if self.unknown else ".")


def plan_generation(spec: Spec, results: Path, jobs: Jobs) -> Generation | None:
    """What the plans of all actors ask for; None where the project has none.

    Raises SpecError where people's decisions about plans can't be read.
    """
    if spec.actors is None:
        return None
    plans, refused, unknown = [], dict[str, str](), dict[str, str]()
    folder = results / "actors" / "action_plans"
    decisions = Path("config", spec.project, "decisions", "action_plans.csv")
    for actor in ActorListing(spec.actors, drawn_actors(spec)).actors:
        try:
            plan, _ = read_plan(folder / f"{actor}_action_plan.json", actor)
        except BadItem as error:
            unknown[actor] = UNREADABLE.get(error.code, error.message)
            continue
        try:
            refuse_unknown(plan)
            refuse_held(plan, decisions if decisions.exists() else None)
        except BadItem as error:
            refused[actor] = REFUSALS.get(error.code, error.message)
        else:
            plans.append(plan)
    prices = [plan["price"] for plan in plans if plan["calls"]]
    return Generation(
        sum(plan["calls"] for plan in plans),
        None if None in prices else round(sum(prices), 6),
        plans[0]["currency"] if plans else spec.actors.generate.currency,
        sum(sum(one["operation"] == "delete" for one in plan["operations"]) for plan in plans),
        len(plans),
        jobs.make(folder / "summary.json"),
        refused,
        unknown,
    )
