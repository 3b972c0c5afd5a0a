"""The plan as data, as ``plan.json`` holds it, and in words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reelwright.plan.amounts import Amount, by_reason
from reelwright.plan.calls import Calls
from reelwright.plan.episodes import Episode, Season
from reelwright.plan.generation import Generation
from reelwright.plan.gpu import GpuTime
from reelwright.plan.room import BOUND, Room
from reelwright.spent import sized


@dataclass(frozen=True)
class Plan:
    """What a build would do and cost."""

    targets: tuple[str, ...]
    jobs: Mapping[str, int]
    season: Season
    captions: Calls
    reviews: Calls | None
    """None where the project has no plates."""
    sheets: Calls | None
    """None where the project has no actors."""
    images: Mapping[str, int | None]
    """Of packages of the design lane, at most."""
    generation: Generation | None
    gpu: GpuTime
    rooms: Mapping[str, Room]
    """Bytes to write, by product."""

    @property
    def known(self) -> dict[str, Any]:
        """What earlier runs have found out, and the build leaves as it is."""
        probes = self.season.probes()
        cut = [one for one in self.season.episodes.values() if one.state == "cut"]
        return {
            "masters": len(probes),
            "master_minutes": round(math.fsum(probe["duration_s"] for probe in probes) / 60, 2),
            "clips": sum(one.most or 0 for one in cut),
            "clip_minutes": _minutes(cut),
        }

    @property
    def to_cut(self) -> list[Episode]:
        """Episodes that the build would cut."""
        return [one for one in self.season.episodes.values() if self.season.is_cut_again(one.number)]

    @property
    def clips(self) -> Amount:
        """Clips of the episodes that the build would cut."""
        unknown = {one.number: one.why for one in self.to_cut if one.state == "unknown"}
        exactly = sum(one.most or 0 for one in self.to_cut if one.known)
        return Amount(exactly, sum(one.most or 0 for one in self.to_cut if not one.known), unknown)

    @property
    def clip_minutes(self) -> Amount:
        """Their length."""
        known, bounded = ([one for one in self.to_cut if one.known is state] for state in (True, False))
        return Amount(_minutes(known), _minutes(bounded), self.clips.unknown)

    def data(self) -> dict[str, Any]:
        """As it stands in ``plan.json``."""
        none = Calls(None, 0, 0, 0, 0.0, self.captions.currency, (), {})
        return {
            "targets": list(self.targets),
            "jobs": dict(self.jobs),
            "known": self.known,
            "clips": {
                **self.clips.data(),
                "minutes": self.clip_minutes.data(),
                "episodes": [
                    {"episode": one.number, "state": one.state, "clips": one.most, "seconds": one.seconds}
                    for one in self.to_cut
                ],
            },
            "calls": self.captions.data(),
            "review_calls": (self.reviews or none).data(),
            "sheet_calls": (self.sheets or none).data(),
            "images": dict(self.images),
            "generation": self.generation and self.generation.data(),
            "gpu_minutes": {
                "gpu": self.gpu.gpu,
                "gpus": self.gpu.gpus,
                "trainings": self.gpu.trainings,
                **self.gpu.amount.data(),
            },
            "bytes": {what: room.data() for what, room in self.rooms.items()},
        }


def _minutes(episodes: list[Episode]) -> float:
    return round(math.fsum(one.seconds or 0.0 for one in episodes) / 60, 2)


def lines_of(plan: Plan) -> Iterator[str]:
    """The plan in words."""
    width = max((len(rule) for rule in plan.jobs), default=0)
    yield f"A build of {', '.join(plan.targets)} would run {sum(plan.jobs.values())} jobs:"
    for rule, count in sorted(plan.jobs.items(), key=lambda one: -one[1]):
        yield f"  {rule:<{width}}  {count:>5}"
    known = plan.known
    yield (
        f"Known so far: {known['masters']} masters ({known['master_minutes']} minutes), "
        f"{known['clips']} clips ({known['clip_minutes']} minutes)."
    )
    if plan.to_cut:
        yield f"Clips to cut: {_amounts(plan.clips, plan.clip_minutes)}."
    yield from _calls(plan)
    if plan.images:
        told = (f"{name} {'not known yet' if count is None else count}" for name, count in plan.images.items())
        yield f"Images of design packages, at most: {', '.join(told)}."
    yield from _gpu(plan.gpu)
    for what, room in plan.rooms.items():
        if room.amount != Amount() or room.linked:
            yield f"Bytes to write, {what}: {_room(room)}."
    if plan.generation:
        yield plan.generation.told()


def _calls(plan: Plan) -> Iterator[str]:
    """A line for each purpose that a model is asked for."""
    asked = (
        (plan.captions, "Calls about clips", "episodes"),
        (plan.reviews, "Reviews of plates", "sets"),
        (plan.sheets, "Sheets of actors' images to look at", "actors"),
    )
    told = [calls.told(what, items) for calls, what, items in asked if calls and calls.model is not None]
    yield from told or ["Calls of models to come: none, for the spec names no model."]


def _amounts(clips: Amount, minutes: Amount) -> str:
    parts = [f"{clips.exactly:g} exactly ({minutes.exactly} minutes)"]
    if clips.more:
        parts.append(f"at most {clips.more:g} more ({minutes.more} minutes)")
    if clips.unknown:
        parts.append(f"not known yet for episodes {by_reason(clips.unknown)}")
    return "; ".join(parts)


def _gpu(gpu: GpuTime) -> Iterator[str]:
    parts = [f"train_{name} about {minutes} minutes of an {gpu.gpu}" for name, minutes in gpu.trainings.items()]
    if gpu.unknown:
        parts.append(f"not known for {by_reason(gpu.unknown)}")
    if parts:
        yield f"GPU: {'; '.join(parts)}."


def _room(room: Room) -> str:
    parts = [f"0 for {sized(room.linked)} that the store has and are linked"] if room.linked else []
    if room.about is not None:
        parts.append(f"about {sized(room.about)}{f' {room.how}' if room.how else ''}")
    if room.amount.unknown:
        return "; ".join([*parts, f"not known yet for {by_reason(room.amount.unknown)}"])
    if room.amount.more:
        parts.append(f"at most {sized(room.amount.more)} by {BOUND}")
    return "; ".join(parts)
