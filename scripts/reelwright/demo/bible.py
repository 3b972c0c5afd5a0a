"""The season bible and the transcripts of the demo season, written from the plan."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reelwright.demo.plan import FPS, EpisodePlan, plan_episode
from reelwright.demo.show import CHARACTERS, GADGETS, LOCATIONS
from reelwright.demo.stories import story
from reelwright.demo.transcripts import FORMS
from reelwright.demo.truth import action_text
from reelwright.files import write_json, write_text


def _bible_shot(plan: EpisodePlan, index: int) -> dict[str, Any]:
    shot = plan.shots[index]
    stage = shot.staging
    return {
        "episode": plan.episode,
        "start_s": shot.start / FPS,
        "end_s": shot.end / FPS,
        "characters": [actor.name for actor in stage.actors],
        "outfits": {actor.name: actor.outfit for actor in stage.actors},
        "location": stage.location,
        "scene_type": stage.scene_type,
        "action": action_text(shot),
    }


def season_bible(
    show: str, season: int | None, plans: Mapping[str, EpisodePlan], titles: Mapping[str, str]
) -> dict[str, Any]:
    """The bible (schema ``bible``) of the episodes in ``plans``; ``titles`` by episode."""
    return {
        "show": show,
        "season": season,
        "characters": [
            {"name": one.name, "hair": one.hair, "suit": one.suit, "description": one.description} for one in CHARACTERS
        ],
        "outfits": [
            {
                "character": one.name,
                "name": outfit.name,
                "description": outfit.description,
                "usual": outfit is one.outfits[0],
            }
            for one in CHARACTERS
            for outfit in one.outfits
        ],
        "locations": list(LOCATIONS),
        "gadgets": [{"name": one.name, "description": one.description} for one in GADGETS],
        "episodes": [
            {"episode": episode, "title": titles[episode], "story_context": story(episode).context} for episode in plans
        ],
        "shots": [_bible_shot(plan, index) for plan in plans.values() for index in range(len(plan.shots))],
    }


def write_demo_bible(
    *,
    show: str,
    season: int | None,
    titles: Mapping[str, str],
    seed: int,
    seconds: float,
    bible: Path,
    subtitles: Mapping[str, Path],
) -> None:
    """Write the season bible and the transcript of each episode.

    ``titles`` (canonical ones) and ``subtitles`` (paths to write; the suffix says in which form) go by two-digit episode.
    """
    plans = {episode: plan_episode(episode, seed, seconds) for episode in titles}
    write_json(bible, season_bible(show, season, plans, titles), "bible")
    for episode, path in subtitles.items():
        write_text(path, FORMS[path.suffix](plans[episode]))
