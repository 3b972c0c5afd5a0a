"""What operations act on: the actors' folders, the journal, and the servers, where there are some."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from reelwright.actors.execution.bucket import Bucket
from reelwright.actors.execution.generators import Generator
from reelwright.actors.execution.journal import Journal, Operation, Run
from reelwright.actors.execution.pace import Pace
from reelwright.actors.execution.places import Places, Step, no_step
from reelwright.actors.execution.purse import Purse
from reelwright.actors.execution.sets import ActorSet
from reelwright.actors.execution.slots import Slots
from reelwright.actors.measure import Limits
from reelwright.spec.generation import Bucket as BucketSettings
from reelwright.spec.generation import Generation


class Stopped(Exception):
    """Somebody said stop: what was begun goes on with the next run."""


@dataclass(frozen=True)
class Making:
    """How images are made: where the calls go and when one is given up."""

    generator: Generator
    purse: Purse
    slots: Slots
    limits: Limits
    settings: Generation
    pace: Pace
    settle_s: float = 10.0
    """Time after which a call that the generator doesn't list has never reached it (ours: a listing tells of a call at once;
    this is for one that was on its way)."""


@dataclass
class World:
    """What operations act on."""

    places: Places
    journal: Journal
    bucket: Bucket | None = None
    making: Making | None = None
    """None where nothing is generated."""
    step: Step = no_step
    stop: threading.Event = field(default_factory=threading.Event)
    sets: dict[str, ActorSet] = field(default_factory=dict)
    bucket_settings: BucketSettings = field(default_factory=lambda: BucketSettings(name="none"))
    """Where in the bucket images lie, and what is taken away."""
    again: bool = False
    """Whether calls of which nobody knows whether they were paid for are made again."""

    def set_of(self, actor: str) -> ActorSet:
        """The set of an actor."""
        if actor not in self.sets:
            self.sets[actor] = ActorSet(actor, self.places, self.journal, self.step)
        return self.sets[actor]

    def key_of(self, actor: str, file: str) -> str:
        """Where an actor's image lies in the bucket."""
        return f"{self.bucket_settings.prefix_of(actor)}{file}"

    def bucket_trash(self, run: str) -> str:
        """What keys of objects begin with that a run took away."""
        return f"{self.bucket_settings.trash}{run}/"

    def rest(self, seconds: float) -> None:
        """Wait; raises Stopped where somebody says stop meanwhile."""
        if self.stop.wait(seconds):
            raise Stopped


@dataclass(frozen=True)
class Task:
    """One operation of one run, to be done."""

    run: Run
    operation: Operation


Handler = Callable[[World, Task], str]
"""Does an operation, whatever of it was done before a kill; returns what there is to say. Raises BadItem where it fails."""
