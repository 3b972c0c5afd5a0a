"""What an episode shows, frame by frame, decided from the seed without drawing anything.

Bible, subtitles, truth and drawing all follow the same plan, so none can disagree with another. Frame numbers count
from the episode's first frame; ends are exclusive unless a field says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from reelwright.demo import staging
from reelwright.demo.staging import Staging
from reelwright.demo.stories import story

FPS = 25
LEAD_IN_S, OPENING_S, TITLE_S, CREDITS_S = 1.0, 3.0, 2.0, 6.0
"""Seconds of black, opening, title card and end credits: the head ends at 6 s, the body 6 s before the end."""

_MIDDLE = (88, 152)
"""Frames of an ordinary shot: long enough for a clip of 3.2 s between trimmed edges, short enough for one clip."""
_LONG = (190, 224)
"""Frames of a long shot: more than a clip may have, twice what one needs."""
_SHORT = (26, 66)
"""Frames of a short shot: no clip."""
_DISSOLVE = (12, 20)
_FADE_HALF, _FADE_BLACK = 10, 3
"""Frames in which a fade goes to black and comes back, and frames of black between."""
_FLASH_ROOM = 24
"""Frames between a flash and the nearest boundary."""


@dataclass(frozen=True)
class Boundary:
    """Where one shot becomes the next."""

    frame: int
    """First frame of the new shot; in a gradual transition the first in which the new shot dominates."""
    kind: str
    """``cut``, ``dissolve`` or ``fade``."""
    start: int
    """First frame of the transition."""
    end: int
    """Last frame of the transition, inclusive; a cut's start and end are its frame."""


@dataclass(frozen=True)
class Line:
    """A line that is spoken."""

    speaker: str
    words: str
    start: int
    end: int


@dataclass(frozen=True)
class Shot:
    """One shot of the body."""

    number: int
    start: int
    end: int
    staging: Staging
    lines: tuple[Line, ...] = ()
    repeat_of: int | None = None
    """Number of the shot whose drawings it uses again."""

    @property
    def frames(self) -> int:
        """Length in frames."""
        return self.end - self.start


@dataclass(frozen=True)
class EpisodePlan:
    """Everything that is decided about an episode."""

    episode: str
    seed: int
    frames: int
    opening: int
    """First frame of the opening; black before it."""
    title: int
    body: int
    credits: int
    shots: tuple[Shot, ...]
    boundaries: tuple[Boundary, ...]
    flashes: tuple[tuple[int, int], ...]
    """First and last frame (inclusive) of each white flash."""


def _lengths(random: Random, total: int) -> list[int]:
    """Shot lengths that sum to ``total``: about twelve ordinary, one long and four short ones in 68 s."""
    long = [random.randint(*_LONG) for _ in range(round(total / 1700))]
    short = [random.randint(*_SHORT) for _ in range(max(1, round(4 * total / 1700)))]
    rest = total - sum(long) - sum(short)
    middle = [rest // max(1, round(rest / 112))] * max(1, round(rest / 112))
    middle[-1] += rest - sum(middle)
    for _ in range(40 * len(middle)):
        i, j, by = random.randrange(len(middle)), random.randrange(len(middle)), random.randint(1, 12)
        if i != j and middle[i] - by >= _MIDDLE[0] and middle[j] + by <= _MIDDLE[1]:
            middle[i], middle[j] = middle[i] - by, middle[j] + by
    lengths = long + middle + short
    random.shuffle(lengths)
    if len(lengths) > 1 and lengths[0] < _MIDDLE[0]:  # an episode opens on a shot that one can take in
        swap = lengths.index(max(lengths))
        lengths[0], lengths[swap] = lengths[swap], lengths[0]
    return lengths


def _transitions(random: Random, lengths: list[int], scene_starts: set[int]) -> list[str]:
    """How each shot but the first begins: fades and most dissolves where a scene ends, and only between shots that
    stay long enough for a clip."""
    kinds = ["cut"] * len(lengths)
    roomy = [i for i in range(1, len(lengths)) if min(lengths[i - 1], lengths[i]) >= _MIDDLE[0] + 8]
    roomy.sort(key=lambda i: (i not in scene_starts, random.random()))
    wanted = ["dissolve"] * max(1, round(3 * sum(lengths) / 1700))
    wanted.insert(1, "fade")
    used: set[int] = set()
    for i in roomy:
        cramped = min(lengths[i - 1], lengths[i]) < _MIDDLE[0] + 12 and wanted[:1] == ["fade"]
        if wanted and not cramped and not {i - 1, i + 1} & used:
            kinds[i] = wanted.pop(0)
            used.add(i)
    return kinds


def _boundary(random: Random, frame: int, kind: str) -> Boundary:
    if kind == "dissolve":
        length = random.randint(*_DISSOLVE)
        start = frame - length // 2
        return Boundary(frame, kind, start, start + length - 1)
    if kind == "fade":
        return Boundary(frame, kind, frame - _FADE_HALF - _FADE_BLACK, frame + _FADE_HALF - 1)
    return Boundary(frame, kind, frame, frame)


def _flashes(random: Random, shots: list[Shot], boundaries: list[Boundary]) -> tuple[tuple[int, int], ...]:
    """One to three white frames in up to three roomy shots that nothing else disturbs."""
    busy = {frame for edge in boundaries for frame in range(edge.start - _FLASH_ROOM, edge.end + _FLASH_ROOM + 1)}
    calm = [shot for shot in shots if shot.frames >= _MIDDLE[0]]
    flashes = []
    for shot, length in zip(random.sample(calm, min(3, len(calm))), (1, 2, 3), strict=False):
        at = shot.start + shot.frames // 2 + random.randint(-6, 6)
        if not busy & set(range(at, at + length)):
            flashes.append((at, at + length - 1))
    return tuple(sorted(flashes))


def _speak(shot: Shot, words: list[tuple[str, str]]) -> tuple[Line, ...]:
    """Put lines into a shot, one after the other, some frames clear of its ends."""
    start, room = shot.start + 12, (shot.frames - 24) // max(1, len(words))
    lines = []
    for speaker, text in words:
        length = min(room - 4, 20 + 2 * len(text))
        lines.append(Line(speaker, text, start, start + length))
        start += room
    return tuple(lines)


def plan_episode(episode: str, seed: int, seconds: float) -> EpisodePlan:
    """Decide an episode of about ``seconds`` (at least 20). The same arguments always give the same plan."""
    random = Random(f"reelwright-demo:{seed}:{episode}")
    frames = round(seconds * FPS)
    opening = round(LEAD_IN_S * FPS)
    title = opening + round(OPENING_S * FPS)
    body = title + round(TITLE_S * FPS)
    credits = frames - round(CREDITS_S * FPS)
    lengths = _lengths(random, credits - body)
    scenes = staging.share_out(len(lengths), story(episode).scenes)
    starts = {i for i in range(1, len(scenes)) if scenes[i] != scenes[i - 1]}
    kinds = _transitions(random, lengths, starts)
    stagings = staging.stage_shots(random, episode, scenes, lengths)
    calm = [i for i in range(1, len(lengths) - 1) if kinds[i] == kinds[i + 1] == "cut" and lengths[i] >= _MIDDLE[0]]
    pair = staging.reuse(stagings, lengths, calm, _MIDDLE[0]) if int(episode) % 2 and len(lengths) >= 10 else None
    shots, at = [], body
    edges = [Boundary(opening, "fade", opening, opening + _FADE_HALF - 1)]
    edges += [Boundary(frame, "cut", frame, frame) for frame in (title, body)]
    for i, length in enumerate(lengths):
        if i:
            edges.append(_boundary(random, at, kinds[i]))
        repeat_of = pair[0] + 1 if pair and i == pair[1] else None
        shots.append(Shot(i + 1, at, at + length, stagings[i], repeat_of=repeat_of))
        at += length
    edges.append(_boundary(random, credits, "fade"))
    flashes = _flashes(random, [shot for i, shot in enumerate(shots) if i not in (pair or ())], edges)
    # A shot that comes back has no line: the drawings of a mouth would not be the same.
    mute = [i in (pair or ()) or shot.frames < _MIDDLE[0] for i, shot in enumerate(shots)]
    spoken = staging.share_lines(scenes, [shot.staging for shot in shots], mute, story(episode).scenes)
    voiced = tuple(
        replace(shot, lines=_speak(shot, words), staging=staging.with_speakers(shot.staging, {who for who, _ in words}))
        for shot, words in zip(shots, spoken, strict=True)
    )
    return EpisodePlan(episode, seed, frames, opening, title, body, credits, voiced, tuple(edges), flashes)
