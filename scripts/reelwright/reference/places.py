"""Where old clips and first frames lie in the masters, by their pictures.

A clip is found by how it moves; a first frame, or a clip of a few frames, by what it shows, and only where one place alone
shows it. Names have no say in it, but where several places show the same footage (an opening), the one in the episode that
the name says is taken.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from reelwright.align.footage import Footage, footage_of, footages_of
from reelwright.align.index import Index
from reelwright.align.locate import Clip, Location, Missing, Spot, locate
from reelwright.align.stills import StillPlace, StillSearch, find_stills, still
from reelwright.errors import BadItem
from reelwright.reference.material import OldClip
from reelwright.scan.clips import CLIP_TIME_BASE, ClipScan

SHORTEST = 8
"""Frames below which how a clip moves doesn't say where it lies: the frame in its middle is looked for instead. Of 195 parts
of a film that are so long 193 are found, all but one (of a held drawing) where they lie, and of other footage none."""


@dataclass(frozen=True)
class Master:
    """An episode's canonical master that was scanned."""

    source_id: str
    episode: str
    sha256: str
    footage: Footage

    @staticmethod
    def read(source_id: str, episode: str, sha256: str, scan: Path, time_base: Fraction) -> Master:
        """The master of a scan."""
        return Master(source_id, episode, sha256, footage_of(source_id, scan, time_base))


@dataclass(frozen=True)
class Found:
    """Where an old clip lies."""

    by: str
    """``clip`` or ``first_frame``."""
    spot: Spot
    """Its footage is the number of the master."""
    rate: float
    """Seconds of the master a second of the clip."""
    margin: float
    """By how much the score exceeds that of the best other place."""
    share: float
    """Share of the clip's frames that were found there; the others are taken to lie between them."""
    still: bool
    """Nothing moves in it: it may lie a little earlier or later."""
    others: tuple[Spot, ...] = ()


@dataclass(frozen=True)
class NotFound:
    """Why nobody knows where an old clip lies."""

    reason: str
    """``missing file``, ``unreadable``, ``blank``, ``unlike``, ``too short`` or ``ambiguous``."""
    detail: str | None = None
    """In words, where there is more to say."""
    score: float = 0.0
    """That of the likest place."""
    others: tuple[Spot, ...] = ()
    """The places between which it can't be decided."""


Result = Found | NotFound


def find_places(
    clips: Sequence[OldClip],
    scans: Mapping[str, ClipScan | BadItem],
    masters: Sequence[Master],
    by_name: Mapping[str, str],
    processes: int,
) -> list[Result]:
    """What became of each clip. ``scans`` go by the clips' ids, ``by_name`` gives production episodes by old episode id."""
    index = Index([one.footage for one in masters])
    found: dict[int, Result] = {}
    moving: dict[int, Clip] = {}
    short: dict[int, Footage] = {}
    for number, one in enumerate(clips):
        scan = scans.get(one.id)
        if scan is None:
            found[number] = NotFound("missing file")
        elif isinstance(scan, BadItem):
            found[number] = NotFound("unreadable", scan.message)
        else:
            clip = Clip(one.clip, footages_of(one.clip, scan.scan, CLIP_TIME_BASE))
            if clip.frames >= SHORTEST:
                moving[number] = clip
            else:
                short[number] = clip.footage[0]
    pictures = dict(_first_frames(clips, found))
    wanted = {number: by_name.get(clips[number].episode_id or "") for number in moving}
    found |= _by_motion(moving, wanted, masters, index, processes)
    found |= _short_ones(short, index, processes)
    found |= _by_first_frame(clips, pictures, index, processes)
    return [found[number] for number in range(len(clips))]


def _by_motion(
    clips: Mapping[int, Clip],
    wanted: Mapping[int, str | None],
    masters: Sequence[Master],
    index: Index,
    processes: int,
) -> dict[int, Result]:
    """Clips by how they move; ``wanted`` are the episodes that their names say."""
    located = dict(zip(clips, locate(list(clips.values()), index, processes), strict=True))
    found = {number: _result(one) for number, one in located.items()}
    elsewhere: dict[int, list[int]] = defaultdict(list)
    for number, one in located.items():
        if isinstance(one, Location) and masters[one.spot.footage].episode != wanted[number]:
            there = [spot.footage for spot in one.others if masters[spot.footage].episode == wanted[number]]
            if there:
                elsewhere[there[0]].append(number)
    for master, numbers in elsewhere.items():
        # Looked for in that master alone: of other places only about where they lie is known.
        alone = locate([clips[number] for number in numbers], Index([masters[master].footage]), processes)
        for number, one in zip(numbers, alone, strict=True):
            before = located[number]
            if isinstance(one, Location) and isinstance(before, Location):
                spot = replace(one.spot, footage=master)
                others = (before.spot, *(other for other in before.others if other.footage != master))
                found[number] = Found(
                    "clip", spot, one.rate, one.spot.score - before.spot.score, one.share, one.still, others
                )
    return found


def _result(one: Location | Missing) -> Result:
    if isinstance(one, Missing):
        return NotFound(one.reason, score=one.score)
    return Found("clip", one.spot, one.rate, one.margin, one.share, one.still, one.others)


def _short_ones(clips: Mapping[int, Footage], index: Index, processes: int) -> dict[int, Result]:
    """Clips of a few frames by the one in their middle."""
    middles = {number: clip.part(clip.frames // 2, clip.frames // 2 + 1) for number, clip in clips.items()}
    found: dict[int, Result] = {}
    for (number, clip), search in zip(
        clips.items(), find_stills(list(middles.values()), index, processes), strict=True
    ):
        one = _clearly(
            search,
            "clip",
            index,
            float(clip.times[clip.frames // 2]),
            clip.frames * clip.step_s if clip.frames > 1 else 0.0,
        )
        found[number] = replace(one, reason="too short") if isinstance(one, NotFound) else one
    return found


def _first_frames(clips: Sequence[OldClip], found: Mapping[int, Result]) -> Iterator[tuple[int, Path]]:
    """The first frames that stand in for clips that can't be measured."""
    for number in found:
        path = clips[number].first_frame
        if path is not None:
            yield number, path


def _by_first_frame(
    clips: Sequence[OldClip], pictures: Mapping[int, Path], index: Index, processes: int
) -> dict[int, Result]:
    """Clips by their first frames; they last as long as the manifest says, or for that frame."""
    found: dict[int, Result] = {}
    stills: dict[int, Footage] = {}
    for number, path in pictures.items():
        try:
            stills[number] = still(clips[number].clip, path)
        except BadItem as bad:
            found[number] = NotFound("unreadable", bad.message)
        except OSError as error:
            found[number] = NotFound("unreadable", f"{path} can't be read: {error.strerror}")
    for number, search in zip(stills, find_stills(list(stills.values()), index, processes), strict=True):
        found[number] = _clearly(search, "first_frame", index, 0.0, clips[number].duration_s or 0.0)
    return found


def _clearly(search: StillSearch, by: str, index: Index, before_s: float, length_s: float) -> Result:
    """Where a clip of ``length_s`` seconds lies that shows a still ``before_s`` seconds after its beginning."""
    spots = tuple(
        _spot(index, one, index.footage[one.footage].times[one.frame] - before_s, length_s) for one in search.places
    )
    if not search.clear:
        if search.places:
            return NotFound("ambiguous", score=search.score, others=spots)
        return NotFound("blank" if search.blank else "unlike", score=search.score)
    return Found(by, spots[0], 1.0, spots[0].score - search.rival, 1.0, True)


def _spot(index: Index, place: StillPlace, start: float, length_s: float) -> Spot:
    master = index.footage[place.footage]
    low, high = master.nearest(np.array([start, start + length_s])).tolist()
    return Spot(place.footage, low, max(high, low + 1), place.score)
