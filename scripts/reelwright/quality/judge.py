"""Judging a clip: every measurement, what each finds, and which findings make it unusable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from reelwright.fit import quarter_turns
from reelwright.quality.camera import measure_camera
from reelwright.quality.cards import ground_share, lettering
from reelwright.quality.detail import median_detail
from reelwright.quality.light import find_flashes, has_fade, shares
from reelwright.quality.picture import Bars, crop_of, dark_edges, find_bars, luma_of, with_shared, within_bars
from reelwright.quality.still import longest_still_s
from reelwright.scan.file import Scan
from reelwright.spec.quality import REASONS, Quality, Reason

FLAGGED_SHARE = 0.01
"""Share of frames flagged as interlaced from which on clips are deinterlaced for good, and combing says nothing of them."""


@dataclass(frozen=True)
class Master:
    """What a master's measurements are judged with."""

    scan: Scan
    time_base: Fraction
    rotation: int
    """Degrees by which its container turns the picture."""
    interlaced: bool
    """Whether its frames are flagged as interlaced, so that clips are deinterlaced."""

    @property
    def turns(self) -> int:
        """Quarter turns counterclockwise that make its picture upright."""
        return quarter_turns(self.rotation)


@dataclass(frozen=True)
class Thumbs:
    """A clip's thumbs, and what of their edges is dark."""

    clip: dict[str, Any]
    luma: np.ndarray
    """uint8 of shape (frames, 27, 48)."""
    edges: Bars
    bars: Bars
    """Those of the edges that are surely bars."""


@dataclass(frozen=True)
class Measured:
    """One clip, measured."""

    values: dict[str, float]
    """The row's measurements."""
    camera: dict[str, Any] | None
    bars: Bars
    """Those of the upright picture."""
    crop: dict[str, int] | None
    fades: bool


def look_at(clip: dict[str, Any], scan: Scan, settings: Quality) -> Thumbs:
    """The thumbs of a kept clip and its bars."""
    start, end = clip["start_frame"], clip["end_frame"]
    luma = luma_of(scan.thumbs(start, end))
    edges = dark_edges(scan["border"][start:end])
    return Thumbs(clip, luma, edges, find_bars(edges, luma, settings))


def shared_bars(clips: list[Thumbs]) -> Bars:
    """The bars that an episode has throughout: those of its median clip, each side by itself."""
    sides = np.array([(one.bars.top, one.bars.bottom, one.bars.left, one.bars.right) for one in clips]).reshape(-1, 4)
    return Bars(*np.median(sides, axis=0).astype(int).tolist()) if len(sides) else Bars()


def measure_clip(thumbs: Thumbs, shared: Bars, master: Master, settings: Quality) -> Measured:
    """Everything that is measured of a clip of an episode with ``shared`` bars."""
    clip, scan = thumbs.clip, master.scan
    frames = slice(clip["start_frame"], clip["end_frame"])
    bars = with_shared(thumbs.bars, thumbs.edges, shared)
    luma = within_bars(thumbs.luma, bars, master.turns)
    crop = crop_of(bars, clip["width"], clip["height"], master.turns)
    pts, sharpness = scan["pts"][frames], scan["sharpness"][frames]
    shown = crop or clip
    camera = measure_camera(
        luma, (pts - pts[0]) * float(master.time_base), shown["width"] / shown["height"], settings.camera
    )
    plain = shares(luma, settings)
    ends = np.append(pts, clip["end_pts"])
    values = {
        "luma": float(scan["brightness"][frames].mean()),
        "black_share": plain["black"],
        "white_share": plain["white"],
        "flat_share": plain["flat"],
        "flash_frames": int(find_flashes(luma, clip["duration_s"], settings).sum()),
        "longest_still_s": longest_still_s(luma, ends, master.time_base, settings.frozen_levels),
        "detail": median_detail(thumbs.luma, sharpness),
        "combed_share": 0.0 if master.interlaced else float(np.mean(scan["combing"][frames] >= settings.combing)),
        "ground_share": ground_share(luma),
        "lettering": lettering(luma, sharpness),
    }
    rounded = {name: round(value, 4) for name, value in values.items()}
    fades = has_fade(luma, clip["duration_s"], settings)
    return Measured(rounded, camera.row() if camera else None, bars.turned(master.turns), crop, fades)


def _found(one: Measured, twin: str | None, recurs: bool, settings: Quality) -> Iterator[Reason]:
    """What is found wrong with a clip."""
    values = one.values
    tests: dict[Reason, bool] = {
        "black": values["black_share"] >= settings.bad_share,
        "white": values["white_share"] >= settings.bad_share,
        "flat": values["flat_share"] >= settings.bad_share,
        "fade": one.fades,
        "flash": values["flash_frames"] > 0,
        "soft": values["detail"] < settings.soft_detail,
        "frozen": values["longest_still_s"] >= settings.frozen_s,
        "combing": values["combed_share"] >= settings.combed_share,
        "letterbox": one.bars.letterbox,
        "pillarbox": one.bars.pillarbox,
        "card": values["ground_share"] >= settings.card_ground and values["lettering"] >= settings.card_detail,
        "duplicate": twin is not None,
        "recurring": recurs,
    }
    return (reason for reason in REASONS if tests[reason])


def _own_bars(one: Bars, episode: Bars) -> frozenset[Reason]:
    """The kinds of bars of a clip that its whole episode has: no wider than those, but for a measured row or column."""
    own: set[Reason] = set()
    if episode.letterbox and max(one.top - episode.top, one.bottom - episode.bottom) <= 1:
        own.add("letterbox")
    if episode.pillarbox and max(one.left - episode.left, one.right - episode.right) <= 1:
        own.add("pillarbox")
    return frozenset(own)


def quality_row(
    clip_id: str, one: Measured, episode: Bars, twin: str | None, recurs: bool, settings: Quality
) -> dict[str, Any]:
    """The quality row of one clip, before anybody has decided about it; ``recurs``: it lies in unwanted recurring footage."""
    findings = list(_found(one, twin, recurs, settings))
    spared = frozenset() if settings.refuse_own_bars else _own_bars(one.bars, episode)
    reasons = [reason for reason in findings if reason in settings.refuse and reason not in spared]
    return {
        "clip_id": clip_id,
        "usable": not reasons,
        "reasons": reasons,
        "findings": findings,
        "decision": None,
        "twin": twin,
        "crop": one.crop,
        "camera": one.camera,
        "measurements": one.values,
    }
