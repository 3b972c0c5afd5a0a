"""How a shot is staged: who stands where and does what, from how near, and how the camera moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from reelwright.demo.show import character
from reelwright.demo.stories import Scene, story

MOVES = ("static", "pan_left", "pan_right", "tilt_up", "tilt_down", "zoom_in", "zoom_out")


@dataclass(frozen=True)
class Camera:
    """The camera of a shot."""

    move: str
    """One of ``MOVES``: where the camera turns, so in ``pan_right`` the picture moves to the left."""
    speed: float
    """Pan and tilt: picture widths and heights a second. Zoom: factor a second, above 1. Static: 0."""
    x: float
    """Stage point in the middle of the picture half-way through the shot."""
    y: float
    width: float
    """Width of the view in units of the stage, half-way through the shot."""


@dataclass(frozen=True)
class Actor:
    """A character on the stage."""

    name: str
    outfit: str
    x: float
    facing: int
    """1 to the right, -1 to the left."""
    action: str
    phase: float
    """Seconds by which its movements are ahead, so that two never move as one."""
    pace: float = 0.0
    """Units of the stage a second, in the direction faced."""


@dataclass(frozen=True)
class Staging:
    """What a shot shows."""

    kind: str
    """``establishing wide two close insert chase``."""
    location: str
    hour: str
    weather: str
    backdrop: str
    """What is painted behind: the location, or ``speed lines``."""
    backdrop_seed: int
    actors: tuple[Actor, ...]
    gadget: str | None
    camera: Camera
    held_on: int
    """Frames that a drawing stays."""

    @property
    def scene_type(self) -> str:
        """What sort of scene it is, for captions."""
        if self.kind in ("establishing", "insert"):
            return self.kind
        return "action" if self.kind == "chase" else "dialogue" if self.kind in ("two", "close") else "group"


_ORDERS = (
    ("establishing", "two", "close", "wide", "close", "insert", "two", "chase"),
    ("wide", "close", "insert", "two", "close", "chase", "wide", "close"),
    ("two", "establishing", "close", "chase", "close", "two", "insert", "wide"),
    ("close", "chase", "two", "insert", "close", "wide", "establishing", "two"),
)
"""Orders of shot kinds in a scene; no kind follows itself, so that each cut shows another picture."""


def share_out(count: int, scenes: Sequence[Scene]) -> list[int]:
    """The index of the scene of each of ``count`` shots, in order, about the same number for each scene."""
    return [i * len(scenes) // count for i in range(count)]


def stage_shots(random: Random, episode: str, scenes: list[int], lengths: list[int]) -> list[Staging]:
    """Stage each shot: ``scenes`` says which scene of the episode's story each belongs to."""
    staged: list[Staging] = []
    place, beat = -1, 0
    for i, scene_number in enumerate(scenes):
        scene = story(episode).scenes[scene_number]
        if scene_number != place:
            fits = [o for o in _ORDERS if o[0] != staged[-1].kind] if staged else _ORDERS[:2]
            order = random.choice(fits)
            place, beat = scene_number, 0
        kind = order[beat % len(order)]
        beat += 1
        staged.append(_stage(random, scene, kind, lengths[i] / 25, i + 1))
    return staged


def reuse(stagings: list[Staging], lengths: list[int], calm: list[int], shortest: int) -> tuple[int, int] | None:
    """Let one shot come back: the same drawings once more, as a show on a budget does it.

    Both shots are of those in ``calm`` (indices). The later one takes over staging and length of the earlier, a third
    one that nobody walks through makes up for the frames (and stays ``shortest`` or longer). Changes both lists.
    Returns the earlier and the later index, or None where no pair fits.
    """
    for later in reversed(calm):
        for earlier in (i for i in calm if i < later - 1 and stagings[i].actors):
            shown = (stagings[earlier].kind, stagings[earlier].location)
            if shown in {(stagings[n].kind, stagings[n].location) for n in (later - 1, later + 1)}:
                continue
            surplus = lengths[later] - lengths[earlier]
            for other in (i for i in calm if i not in (earlier, later)):
                walked = any(actor.pace for actor in stagings[other].actors) or stagings[other].camera.move != "static"
                if not walked and shortest <= lengths[other] + surplus <= 7 * 25:
                    lengths[other] += surplus
                    lengths[later] = lengths[earlier]
                    stagings[later] = stagings[earlier]
                    return earlier, later
    return None


def _actor(random: Random, name: str, location: str, x: float, facing: int, action: str, pace: float = 0.0) -> Actor:
    outfit = character(name).outfit_at(location).name
    return Actor(name, outfit, x, facing, action, round(random.uniform(0, 2.5), 2), pace)


def _stage(random: Random, scene: Scene, kind: str, seconds: float, lead: int) -> Staging:
    cast = [scene.cast[(lead + i) % len(scene.cast)] for i in range(len(scene.cast))]
    x = random.choice((-1, 1)) * random.uniform(120, 900)
    stage = Staging(
        kind,
        scene.location,
        scene.hour,
        scene.weather,
        scene.location,
        random.randrange(1 << 30),
        (),
        None,
        Camera("static", 0.0, x, -200.0, 1300.0),
        random.choice((2, 2, 2, 3)),
    )
    stage = replace(stage, gadget=scene.gadget if kind == "insert" else None)
    stage = _KINDS[kind](random, stage, cast, x, seconds)
    if stage.camera.move.startswith("zoom"):  # a long shot zooms more slowly, so that its picture never gets coarse
        camera = replace(stage.camera, speed=round(min(stage.camera.speed, 1.28 ** (1 / seconds)), 4))
        stage = replace(stage, camera=camera)
    return stage


def _pan(random: Random, slow: float, fast: float) -> tuple[str, float]:
    return random.choice(("pan_left", "pan_right")), round(random.uniform(slow, fast), 3)


def _establishing(random: Random, stage: Staging, cast: list[str], x: float, seconds: float) -> Staging:
    width = random.uniform(1650, 1950)
    move, speed = random.choice(
        (_pan(random, 0.04, 0.09), ("tilt_down", 0.09), ("tilt_up", 0.06), ("zoom_in", 1.045), ("zoom_out", 1.04))
    )
    if move.startswith("tilt"):
        speed = round(min(speed, 0.22 / seconds), 4)  # the walker's feet stay in the picture
    else:
        speed = round(min(speed, 0.5 / seconds), 4) if move.startswith("pan") else speed
    y = -330.0
    walker = _actor(random, cast[0], stage.location, x - 240, 1, random.choice(("walk", "sneak")), 70)
    return replace(stage, actors=(walker,), camera=Camera(move, speed, x, y, width))


def _wide(random: Random, stage: Staging, cast: list[str], x: float, seconds: float) -> Staging:
    width = random.uniform(1050, 1350)
    group = cast[:3] if len(cast) > 2 else cast
    going = random.random() < 0.5 and seconds < 6
    facing = random.choice((-1, 1))
    action = random.choice(("walk", "sneak"))
    actors = tuple(
        _actor(
            random,
            name,
            stage.location,
            x + (i - (len(group) - 1) / 2) * width * 0.24,
            facing if going else (1 if i == 0 else -1),
            action if going else random.choice(("hop", "cheer", "look", "wave", "point", "stand")),
            90.0 if going else 0.0,
        )
        for i, name in enumerate(group)
    )
    camera = Camera("static", 0.0, x, -width * 0.19, width)
    if going:
        camera = replace(camera, move="pan_right" if facing > 0 else "pan_left", speed=round(90 / width, 4))
        actors = tuple(replace(one, x=one.x - facing * 90 * seconds / 2) for one in actors)
    elif random.random() < 0.35:
        camera = replace(camera, move="zoom_in", speed=1.03)
    return replace(stage, actors=actors, camera=camera, held_on=2 if going else stage.held_on)


def _two(random: Random, stage: Staging, cast: list[str], x: float, seconds: float) -> Staging:
    width = random.uniform(640, 780)
    tallest = max(character(name).height for name in cast[:2])
    actors = (
        _actor(random, cast[0], stage.location, x - width * 0.19, 1, "talk"),
        _actor(random, cast[1], stage.location, x + width * 0.19, -1, random.choice(("listen", "gasp", "hold"))),
    )
    move, speed = random.choice((("static", 0.0), ("zoom_in", 1.025), ("static", 0.0), ("zoom_out", 1.03)))
    return replace(stage, actors=actors, camera=Camera(move, speed, x, 70 - 0.72 * tallest, width))


def _close(random: Random, stage: Staging, cast: list[str], x: float, seconds: float) -> Staging:
    who = character(cast[0])
    width = random.uniform(330, 440)
    action = random.choice(("talk", "talk", "gasp", "look", "shiver" if stage.weather == "snow" else "talk"))
    facing = random.choice((-1, 1))
    actor = _actor(random, cast[0], stage.location, x - facing * width * 0.1, facing, action)
    move, speed = random.choice((("static", 0.0), ("static", 0.0), ("zoom_in", 1.035), ("pan_right", 0.025)))
    y = 0.95 * who.head[1] - who.height * 0.98
    return replace(stage, actors=(actor,), camera=Camera(move, speed, x, y, width))


def _insert(random: Random, stage: Staging, cast: list[str], x: float, seconds: float) -> Staging:
    move, speed = random.choice((("zoom_in", 1.05), ("static", 0.0), ("tilt_up", 0.03)))
    return replace(stage, camera=Camera(move, speed, x, -150.0, random.uniform(300, 360)))


def _chase(random: Random, stage: Staging, cast: list[str], x: float, seconds: float) -> Staging:
    """A run: before speed lines where the camera keeps up by itself, or along the place with the camera."""
    facing = random.choice((-1, 1))
    width = random.uniform(880, 1080)
    lines = random.random() < 0.5
    pace = 0.0 if lines else 250.0
    actors = tuple(
        _actor(
            random,
            name,
            stage.location,
            x + (-i if facing > 0 else i) * 270 + facing * 120 - facing * pace * seconds / 2,
            facing,
            "run",
            pace,
        )
        for i, name in enumerate(cast[:2])
    )
    speed = round((110.0 if lines else pace) / width, 4)
    camera = Camera("pan_right" if facing > 0 else "pan_left", speed, x, -165.0, width)
    if lines:
        actors = tuple(replace(one, pace=110.0, x=one.x - facing * 55.0 * seconds) for one in actors)
    return replace(stage, actors=actors, camera=camera, backdrop="speed lines" if lines else stage.backdrop, held_on=2)


_KINDS = {
    "establishing": _establishing,
    "wide": _wide,
    "two": _two,
    "close": _close,
    "insert": _insert,
    "chase": _chase,
}


def with_speakers(stage: Staging, speakers: set[str]) -> Staging:
    """The staging once it is known who speaks: whoever does talks (unless on the move), nobody else does."""
    actors = []
    for one in stage.actors:
        if one.name in speakers and not one.pace:
            one = replace(one, action="talk")
        elif one.name not in speakers and one.action == "talk":
            one = replace(one, action=("look", "listen", "hold", "wave")[stage.backdrop_seed % 4])
        actors.append(one)
    return replace(stage, actors=tuple(actors))


def share_lines(
    scenes: list[int], stagings: list[Staging], mute: list[bool], script: Sequence[Scene]
) -> list[list[tuple[str, str]]]:
    """Give each scene's lines, in order, to shots that show the speaker and aren't ``mute``, two at most to a shot."""
    spoken: list[list[tuple[str, str]]] = [[] for _ in scenes]
    for number, scene in enumerate(script):
        mine = [i for i, one in enumerate(scenes) if one == number and not mute[i]]
        at = 0
        for line in scene.lines:
            shows = [
                i for i in mine if i >= at and line[0] in {a.name for a in stagings[i].actors} and len(spoken[i]) < 2
            ]
            chosen = next(iter(shows), None)
            if chosen is not None:
                spoken[chosen].append(line)
                at = chosen
    return spoken
