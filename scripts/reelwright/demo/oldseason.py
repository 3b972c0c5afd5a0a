"""What the old clips of the demo season show, and what their manifest and their bible say of them, from the plans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Any

from reelwright.demo.oldmaterial import CLIPS, FOREIGN, old_clips, old_episodes
from reelwright.demo.plan import FPS, EpisodePlan, Shot, plan_episode
from reelwright.demo.stories import story
from reelwright.demo.truth import action_text

LONGEST, SHORTEST = 125, 75
"""Frames of an old clip, where its shot is long enough: 3 to 5 s."""

FOREIGN_SEASON = 9173
"""Added to the seed of the season for the one that the foreign clip is of: the same show, other drawings."""

WORDS = 3
"""Words after which the site cuts off the name of its first episode."""


@dataclass(frozen=True)
class Look:
    """What the site has done to a clip."""

    logo: bool = False
    """Its logo in the upper right corner."""
    bars: bool = False
    """The whole picture squeezed between black bars at the sides."""
    speed: Fraction = Fraction(1)
    """1.01 for a clip that plays 1 % faster."""


FASTER = Fraction(101, 100)
LOOKS = {
    0: Look(speed=FASTER), 1: Look(bars=True), 2: Look(logo=True), 5: Look(logo=True, speed=FASTER), 7: Look(bars=True),
    9: Look(logo=True), 10: Look(speed=FASTER),
}  # fmt: skip
"""The looks of some of the clips, by their place in the order of all; the others are only small and re-encoded."""


@dataclass(frozen=True)
class OldClip:
    """An old clip and the stretch of an episode that it shows."""

    name: str
    """Without suffix."""
    plan: EpisodePlan
    shot: Shot
    start: int
    """First frame of the episode that it shows."""
    shown: tuple[int, ...]
    """The frame of the stretch that each of its frames shows, from 0."""
    look: Look

    @property
    def end(self) -> int:
        """Frame after the last that it shows."""
        return self.start + self.shown[-1] + 1

    @property
    def old_episode(self) -> str:
        """The site's id of its episode."""
        return self.name.split("_")[0]

    @property
    def foreign(self) -> bool:
        """Whether it is in no master."""
        return self.name == FOREIGN


def _stretches(plan: EpisodePlan, wanted: int, random: Random) -> list[tuple[Shot, int, int]]:
    """Shots of an episode, each with first frame and end of a stretch clear of transitions and of drawings used twice."""
    used_twice = {shot.repeat_of for shot in plan.shots} | {shot.number for shot in plan.shots if shot.repeat_of}
    found = []
    for shot in plan.shots:
        first = max([shot.start, *(edge.end + 1 for edge in plan.boundaries if edge.frame == shot.start)])
        end = min([shot.end, *(edge.start for edge in plan.boundaries if edge.frame == shot.end)])
        first += random.randint(1, 4)
        end = min(end - 2, first + random.randint(SHORTEST + 10, LONGEST))
        found.append((shot, first, end))
    roomy = [one for one in found if one[2] - one[1] >= SHORTEST and one[0].number not in used_twice]
    longest = sorted(found, key=lambda one: one[1] - one[2])
    chosen = random.sample(roomy, wanted) if len(roomy) >= wanted else (longest * wanted)[:wanted]
    return sorted(chosen, key=lambda one: one[1])


def plan_old_clips(episodes: Sequence[str], seed: int, seconds: float) -> list[OldClip]:
    """Decide the old clips of a season. The same arguments always give the same ones."""
    random, found = Random(f"reelwright-demo-old:{seed}"), []
    names = list(old_clips(episodes).items())
    for place in range(0, len(names), CLIPS):
        episode = names[place][1]
        plan = plan_episode(episode or "01", seed if episode else seed + FOREIGN_SEASON, seconds)
        part = names[place : place + CLIPS]
        for number, ((name, _), stretch) in enumerate(zip(part, _stretches(plan, len(part), random), strict=True)):
            shot, first, end = stretch
            look = LOOKS.get(place + number, Look()) if episode else Look()
            # A frame is sampled in its middle, so that rounding never decides which one is on screen.
            count = int((end - first) / look.speed)
            shown = tuple(int((frame + Fraction(1, 2)) * look.speed) for frame in range(count))
            found.append(OldClip(name, plan, shot, first, shown, look))
    return found


def old_manifest(show: str, clips: Sequence[OldClip], seed: int) -> list[dict[str, Any]]:
    """A row a clip in the form of the old manifest: labels from the old bible, outfits for about half, no caption."""
    random = Random(f"reelwright-demo-labels:{seed}")
    return [_row(show, clip, random.random() < 0.5) for clip in clips]


def _row(show: str, clip: OldClip, dressed: bool) -> dict[str, Any]:
    stage, shot = clip.shot.staging, clip.shot
    said = [f"{line.speaker}: {line.words}" for line in shot.lines if clip.start <= line.start < clip.end]
    return {
        "clip": f"{clip.name}.mp4",
        "duration": round(len(clip.shown) / FPS, 3),
        "episode_id": clip.old_episode,
        "shot_id": f"{clip.old_episode}-s{shot.number:03}",
        "characters": [actor.name for actor in stage.actors],
        "outfits": {actor.name: actor.outfit for actor in stage.actors} if dressed else {},
        "location": stage.location,
        "scene_type": stage.scene_type,
        "transcript": " ".join(said),
        "structured_caption": f"{show}, {stage.scene_type} in the {stage.location}: {action_text(shot)}.",
        "story_context": story(clip.plan.episode).context,
        "caption": "",
    }


def old_bible(show: str, season: int | None, titles: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The site's index of the season: its ids, its names, its numbers. ``titles`` by production episode, canonical first.

    The first name is cut off, the second one is that of the other title variant where there is one.
    """
    records = []
    for number, (old, episode) in enumerate(old_episodes(list(titles)).items(), 1):
        known = [title.title() for title in titles[episode]]
        name = " ".join(known[0].split()[:WORDS]) if number == 1 else known[-1] if number == 2 else known[0]
        records.append({"episode_id": old, "episode_name": name, "episode_number": number})
    return {"show": show, "season": season, "source": "a video site", "episodes": records}


def old_truth(clips: Sequence[OldClip]) -> list[dict[str, Any]]:
    """Where each old clip was cut from (schema ``demo_old_truth``)."""
    return [
        {
            "clip": f"{clip.name}.mp4",
            "production_episode": None if clip.foreign else clip.plan.episode,
            "start_frame": None if clip.foreign else clip.start,
            "end_frame": None if clip.foreign else clip.end,
            "frames": len(clip.shown),
            "speed": f"{clip.look.speed.numerator}/{clip.look.speed.denominator}",
            "logo": clip.look.logo,
            "bars": clip.look.bars,
        }
        for clip in clips
    ]
