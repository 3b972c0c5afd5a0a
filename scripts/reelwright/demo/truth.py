"""Ground truth of an episode, for tests and benchmarks: what the plan decided, as JSON."""

from __future__ import annotations

from typing import Any

from reelwright.demo.plan import FPS, EpisodePlan, Shot
from reelwright.demo.poses import ACTIONS
from reelwright.demo.show import GADGETS


def action_text(shot: Shot) -> str:
    """What happens in a shot, as a sentence without its full stop: ``Moss talks, Tilly gasps``."""
    gadget = next((one for one in GADGETS if one.name == shot.staging.gadget), None)
    if gadget is not None:
        return f"a close view of the {gadget.name}, {gadget.description}"
    return ", ".join(f"{actor.name} {ACTIONS[actor.action][1]}" for actor in shot.staging.actors)


def _shot(shot: Shot) -> dict[str, Any]:
    stage = shot.staging
    return {
        "shot": shot.number,
        "start_frame": shot.start,
        "end_frame": shot.end,
        "camera": {"move": stage.camera.move, "speed": stage.camera.speed},
        "characters": [actor.name for actor in stage.actors],
        "location": stage.location,
        "size": stage.kind,
        "held_on": stage.held_on,
        "repeat_of": shot.repeat_of,
    }


def episode_truth(plan: EpisodePlan) -> dict[str, Any]:
    """The truth of both title variants of an episode (schema ``demo_truth``)."""
    sections = {
        "lead_in": [0, plan.opening],
        "opening": [plan.opening, plan.title],
        "title": [plan.title, plan.body],
        "body": [plan.body, plan.credits],
        "credits": [plan.credits, plan.frames],
    }
    return {
        "episode": plan.episode,
        "fps": f"{FPS}/1",
        "frames": plan.frames,
        "boundaries": [
            {"frame": edge.frame, "kind": edge.kind, "start": edge.start, "end": edge.end} for edge in plan.boundaries
        ],
        "shots": [_shot(shot) for shot in plan.shots],
        "flashes": [list(flash) for flash in plan.flashes],
        "sections": sections,
    }
