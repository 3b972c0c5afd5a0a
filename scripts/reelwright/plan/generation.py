"""What carrying out the actors' plans would cost. It is never part of a build: somebody has to ask for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reelwright.actors.discovery import ActorListing
from reelwright.demo.actorlist import drawn_actors
from reelwright.errors import listed
from reelwright.files import read_json
from reelwright.plan.amounts import by_reason
from reelwright.plan.jobs import Jobs
from reelwright.spec.model import Spec

SHOWN = 8
"""Actors that a sentence names."""


@dataclass(frozen=True)
class Generation:
    """Images that the actors' plans ask for."""

    calls: int
    price: float | None
    """None where no price is stated."""
    currency: str
    deletions: int
    actors: int
    """Actors that have a plan."""
    anew: tuple[str, ...]
    """Those of them whose plan the build would make anew: the numbers are of the old one."""
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
            "planned_anew": list(self.anew),
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
            said += f"; planned anew by this build: {listed(self.anew, SHOWN)}"
        return said + (f"; not known yet for {by_reason(self.unknown)}." if self.unknown else ".")


def plan_generation(spec: Spec, results: Path, jobs: Jobs) -> Generation | None:
    """What the plans of all actors ask for; None where the project has none."""
    if spec.actors is None:
        return None
    plans, anew, unknown = [], [], dict[str, str]()
    for actor in ActorListing(spec.actors, drawn_actors(spec)).actors:
        path = results / "actors" / "action_plans" / f"{actor}_action_plan.json"
        plan = read_json(path) if path.exists() else None
        if plan is None:
            unknown[actor] = "no plan yet"
            continue
        plans.append(plan)
        if jobs.make(path):
            anew.append(actor)
    prices = [plan["price"] for plan in plans if plan["calls"]]
    return Generation(
        sum(plan["calls"] for plan in plans),
        None if None in prices else round(sum(prices), 6),
        plans[0]["currency"] if plans else spec.actors.generate.currency,
        sum(sum(one["operation"] == "delete" for one in plan["operations"]) for plan in plans),
        len(plans),
        tuple(anew),
        unknown,
    )
