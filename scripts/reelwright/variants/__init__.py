"""Variants: whether the masters that an episode was delivered as are one, where they differ, and which is the worse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from reelwright.align.footage import FLAT_DEVIATION, Footage, footage_of
from reelwright.align.picture import WHOLE
from reelwright.align.segments import Alignment, align
from reelwright.files import read_json, write_json
from reelwright.outcome import Notes, Record, attempt
from reelwright.scan.file import Scan
from reelwright.spec.variants import Variants
from reelwright.variants.differences import Difference, Differences, differences, joined
from reelwright.variants.evidence import Delivered, Still, decode_stills, differ, sharpness, write_side_by_side

__all__ = ["MasterInput", "compare_variants"]

LOOKED_AT = 40
"""Suspected differences of which pictures are decoded, the longest first; the rest of a longer list is not believed."""

SHARP_FRAMES = 4
"""Frames by which two masters' sharpness is compared: each costs decoding from a keyframe on, in both."""

SOFTER = 0.8
"""Share of the other master's sharpness, at one size, below which a master is the worse."""

LEANER = 0.7
"""Share of the other master's bit rate, at one size and codec, below which a master is the worse."""

SHORTER_S = 1.0
"""Seconds by which a master may be shorter without being the worse."""


@dataclass(frozen=True)
class MasterInput:
    """One of an episode's masters and what was found of it."""

    source_id: str
    master: Path
    probe: Path
    scan: Path
    header: Path
    outcome: Path
    """Outcome record of the scan."""

    def failure(self) -> str | None:
        """Why there is nothing to compare, in the words of its outcome record; None where it was scanned."""
        record = read_json(self.outcome)
        return None if record["status"] == "ok" else str(record["error"]["message"])


@dataclass(frozen=True)
class _Master:
    """A master that can be compared."""

    probe: dict[str, Any]
    footage: Footage
    delivered: Delivered

    @staticmethod
    def read(one: MasterInput) -> _Master:
        probe, base = read_json(one.probe), Fraction(read_json(one.header)["time_base"])
        footage = footage_of(one.source_id, one.scan, base)
        aspect = Fraction(probe["sample_aspect"])
        delivered = Delivered(
            one.source_id,
            one.master,
            Scan(one.scan)["pts"],
            base,
            probe["width"],
            probe["height"],
            aspect,
            probe["rotation"],
        )
        return _Master(probe, footage, delivered)


def _pending(source_id: str, reason: str) -> dict[str, Any]:
    return {"source_id": source_id, "verdict": "pending", "reason": reason, "comparison": None}


def _settled(
    a: _Master, b: _Master, found: Differences, stills: tuple[dict[int, Still], dict[int, Still]]
) -> list[Difference]:
    """The differences that are none of sampling and compression, joined."""
    left, right = stills
    b_window = b.footage.window.inset(found.part)
    kept = [
        one
        for one in found.ranges
        if one.certain
        or (
            one.a_frame in left
            and one.b_frame in right
            and differ(left[one.a_frame], right[one.b_frame], a.footage.window, b_window, found.overlay)
        )
    ]
    return joined(kept, a.footage, b.footage)


def _sharp_frames(a: Footage, scan: Path, alignment: Alignment) -> np.ndarray:
    """Frames of the first master that show much detail and are in the second one too, spread over it."""
    shown = np.flatnonzero(alignment.shown >= 0)
    detail = Scan(scan)["sharpness"][shown]
    rich = shown[detail >= np.quantile(detail, 0.75)] if len(shown) else shown
    return np.unique(rich[np.linspace(0, len(rich) - 1, SHARP_FRAMES).astype(np.int64)]) if len(rich) else rich


def _span(master: _Master, start: int, end: int) -> dict[str, Any]:
    times, step = master.footage.times, master.footage.step_s
    begins = float(times[start]) if start < len(times) else float(times[-1]) + step
    ends = float(times[end]) if end < len(times) else float(times[-1]) + step
    return {"start_frame": start, "end_frame": end, "start_s": round(begins, 6), "end_s": round(ends, 6)}


def _quality(master: _Master, sharp: float | None) -> dict[str, Any]:
    names = ("width", "height", "codec", "bitrate_bps", "duration_s")
    return {**{name: master.probe[name] for name in names}, "sharpness": None if sharp is None else round(sharp, 2)}


def _faults(one: dict[str, Any], other: dict[str, Any], rate: float) -> list[str]:
    """Why a master is worse than another, by their ``_quality``: the heaviest fault first.

    ``rate``: seconds of the other a second of the one.
    """
    faults = []
    if one["sharpness"] is not None and one["sharpness"] < SOFTER * other["sharpness"]:
        faults.append("softer")
    if one["width"] * one["height"] < other["width"] * other["height"]:
        faults.append("smaller")
    alike = all(one[name] == other[name] for name in ("width", "height", "codec"))
    if alike and one["bitrate_bps"] < LEANER * other["bitrate_bps"]:
        faults.append("lower bit rate")
    if one["duration_s"] < other["duration_s"] / rate - SHORTER_S:
        faults.append("shorter")
    return faults


ORDER = ("softer", "smaller", "lower bit rate", "shorter")
"""The faults, the heaviest first: of two masters that both have one, the one with the heavier is the worse."""


def _worse(
    a: _Master, b: _Master, qualities: tuple[dict[str, Any], dict[str, Any]], rate: float
) -> dict[str, Any] | None:
    faults = _faults(qualities[0], qualities[1], rate), _faults(qualities[1], qualities[0], 1 / rate)
    if faults[0] == faults[1] == []:
        return None
    heaviest = [ORDER.index(one[0]) if one else len(ORDER) for one in faults]
    number = 0 if heaviest[0] <= heaviest[1] else 1
    return {"source_id": (a, b)[number].footage.name, "because": faults[number]}


def _described(
    a: _Master, b: _Master, alignment: Alignment, found: Differences, kept: Sequence[Difference]
) -> dict[str, Any]:
    """The comparison as the verdict file gives it, without pictures and quality."""
    agrees = alignment.shown >= 0
    for one in kept:
        agrees[one.a_start : one.a_end] = False
    longest = max(alignment.segments, key=lambda one: one.a_end - one.a_start)
    part = found.part
    return {
        "share": round(float(agrees.mean()), 6),
        "rate": round(alignment.rate, 6),
        "offset_s": round(longest.offset_s, 6) + 0.0,
        "offset_frames": round(longest.offset_s / b.footage.step_s),
        "segments": [
            {
                "canonical": _span(a, one.a_start, one.a_end),
                "alternate": _span(b, one.b_start, one.b_end),
                "offset_s": round(one.offset_s, 6) + 0.0,
            }
            for one in alignment.segments
        ],
        "shown_part": None
        if part == WHOLE
        else {side: round(getattr(part, side), 4) for side in ("top", "bottom", "left", "right")},
        "overlay_share": round(float(found.overlay.mean()), 4) if found.overlay.size else 0.0,
    }


def _compare(a: _Master, b: _Master, scan: Path, folder: Path, settings: Variants, threads: int) -> dict[str, Any]:
    """The entry of one alternate in the verdict file; its pictures go to ``folder``."""
    if not (a.footage.cells.std(axis=1) >= FLAT_DEVIATION).any():
        return _pending(b.footage.name, f"{a.footage.name} shows nothing by which it could be compared")
    alignment = align(a.footage, b.footage)
    if not alignment.segments:
        return {
            "source_id": b.footage.name,
            "verdict": "variant",
            "reason": "nothing in it is the canonical master's: it may be another episode or film",
            "comparison": None,
        }
    found = differences(a.footage, b.footage, alignment)
    looked_at = sorted(found.ranges, key=lambda one: one.a_start - one.a_end)[:LOOKED_AT]
    sharp = _sharp_frames(a.footage, scan, alignment)
    left = decode_stills(a.delivered, [*(one.a_frame for one in looked_at), *sharp.tolist()], threads)
    right = decode_stills(b.delivered, [*(one.b_frame for one in looked_at), *alignment.shown[sharp].tolist()], threads)
    kept = _settled(a, b, found, (left, right))
    comparison = _described(a, b, alignment, found, kept)
    comparison["ranges"] = [_range(a, b, one, (left, right), folder) for one in kept]
    rows = max(a.probe["height"], b.probe["height"])
    seen = [number for number in sharp.tolist() if number in left and int(alignment.shown[number]) in right]
    qualities = (
        _quality(a, sharpness([left[number] for number in seen], rows)),
        _quality(b, sharpness([right[int(alignment.shown[number])] for number in seen], rows)),
    )
    comparison |= {
        "canonical": qualities[0],
        "alternate": qualities[1],
        "worse": _worse(a, b, qualities, alignment.rate),
    }
    same = comparison["share"] >= settings.duplicate_share
    reason = (
        None if same else f"{comparison['share']:.0%} of its frames agree, fewer than {settings.duplicate_share:.0%}"
    )
    verdict = "confirmed_duplicate" if same else "variant"
    return {"source_id": b.footage.name, "verdict": verdict, "reason": reason, "comparison": comparison}


def _range(
    a: _Master, b: _Master, one: Difference, stills: tuple[dict[int, Still], dict[int, Still]], folder: Path
) -> dict[str, Any]:
    """One range that differs, with its picture."""
    name = f"{b.footage.name}_{one.a_start:06d}_{one.b_start:06d}.jpg"
    sides = []
    for master, frame, there, decoded in (
        (a, one.a_frame, one.a_end > one.a_start, stills[0]),
        (b, one.b_frame, one.b_end > one.b_start, stills[1]),
    ):
        words = f"{master.footage.name}  {master.delivered.seconds(frame):.2f} s"
        sides.append((decoded.get(frame), words if there else f"{words} (nothing of it here)"))
    write_side_by_side(folder / name, sides)
    return {
        "kind": one.kind(a.footage),
        "canonical": _span(a, one.a_start, one.a_end),
        "alternate": _span(b, one.b_start, one.b_end),
        "picture": (folder / name).relative_to(folder.parents[2]).as_posix(),
    }


def _warn(notes: Notes, entry: dict[str, Any], canonical: str) -> None:
    if entry["verdict"] == "pending":
        notes.warn(f"{entry['source_id']} could not be compared: {entry['reason']}")
    elif entry["verdict"] == "variant":
        notes.warn(f"{entry['source_id']} is not the same as {canonical}: {entry['reason']}")
    comparison = entry["comparison"]
    worse = comparison["worse"] if comparison else None
    if worse and worse["source_id"] == canonical:
        notes.warn(f"{canonical} is trained on, but is worse than {entry['source_id']}: {', '.join(worse['because'])}")


def compare_variants(
    canonical: MasterInput,
    alternates: Sequence[MasterInput],
    out: Path,
    pictures: Path,
    record: Record,
    *,
    episode: str,
    settings: Variants,
    threads: int,
) -> None:
    """Write the verdict on an episode's title variants to ``out`` (JSON), and side-by-side pictures to ``pictures``.

    A master that failed, or was not delivered, leaves the verdict pending, with the reason.
    """
    with attempt(record, [out, pictures]) as notes:
        cv2.setNumThreads(1)
        pictures.mkdir(parents=True, exist_ok=True)
        why = canonical.failure()
        first = None if why else _Master.read(canonical)
        entries = []
        for alternate in alternates:
            failure = why or alternate.failure()
            if failure or first is None:
                entries.append(_pending(alternate.source_id, failure or ""))
                continue
            second = _Master.read(alternate)
            entries.append(_compare(first, second, canonical.scan, pictures, settings, threads))
        verdicts = {entry["verdict"] for entry in entries}
        verdict = next(one for one in ("pending", "variant", "confirmed_duplicate") if one in verdicts)
        for entry in entries:
            _warn(notes, entry, canonical.source_id)
        data = {"episode": episode, "canonical": canonical.source_id, "verdict": verdict, "alternates": entries}
        write_json(out, data, "variants")
