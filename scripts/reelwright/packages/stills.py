"""Stills: the rows of a package of images, one picture a clip, chosen for sharpness and variety by what the scan measured."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reelwright.errors import BuildError
from reelwright.scan.file import Scan
from reelwright.spec.selection import Stills


@dataclass(frozen=True)
class Still:
    """One frame of a master."""

    frame: int
    """In presentation order, as in the clip's id."""
    pts: int
    sharpness: float
    """Variance of the Laplacian, as the scan measures it: comparable within a shot, hardly between them."""
    phash: int


@dataclass(frozen=True)
class Stretch:
    """Where a clip lies: its shot, and its frames (end exclusive)."""

    shot: int
    start_frame: int
    end_frame: int
    start_pts: int


def find_stills(scan: Path, clips: Mapping[str, Stretch]) -> dict[str, Still]:
    """The sharpest frame of each clip, the first of equals. Raises BuildError where the scan has other frames."""
    measured, found = Scan(scan), {}
    for clip_id, clip in clips.items():
        if clip.end_frame > measured.frames or measured["pts"][clip.start_frame] != clip.start_pts:
            raise BuildError(f"clip {clip_id}: {scan} has other frames than it was cut from: scan the master again")
        frame = clip.start_frame + int(np.argmax(measured["sharpness"][clip.start_frame : clip.end_frame]))
        sharpness, phash = float(measured["sharpness"][frame]), int(measured["phash"][frame])
        found[clip_id] = Still(frame, int(measured["pts"][frame]), sharpness, phash)
    return found


def alike(stills: Mapping[str, Still], clips: Mapping[str, Stretch], settings: Stills) -> dict[str, str]:
    """The clips of an episode whose still adds nothing, each with why: its shot has enough, or another looks the same.

    This asks nothing of other episodes, so that adding one changes nothing here.
    """
    reasons: dict[str, str] = {}
    of_shot: dict[int, list[str]] = defaultdict(list)
    for clip_id in sorted(stills, key=lambda one: (-stills[one].sharpness, one)):
        mine = of_shot[clips[clip_id].shot]
        if len(mine) == settings.per_shot:
            reasons[clip_id] = f"its shot has its stills: {', '.join(sorted(mine))}"
        else:
            mine.append(clip_id)
    kept: list[str] = []
    for clip_id in sorted(stills.keys() - reasons.keys(), key=lambda one: clips[one].start_frame):
        for other in kept:
            bits = (stills[clip_id].phash ^ stills[other].phash).bit_count()
            if bits <= settings.distance:
                reasons[clip_id] = f"its still differs in {bits} of 64 bits from that of {other}"
                break
        else:
            kept.append(clip_id)
    return reasons
