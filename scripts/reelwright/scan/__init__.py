"""Scan: one decode of a master, from which every later stage takes its measurements."""

from __future__ import annotations

from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from reelwright.errors import BadItem
from reelwright.files import read_json, write_json
from reelwright.fit import HD_HEIGHT
from reelwright.media import Faults, decode_frames, open_video
from reelwright.outcome import Notes, Record, attempt, require
from reelwright.scan.file import ScanWriter
from reelwright.scan.holes import Hole, find_holes
from reelwright.scan.measure import COLUMNS, HEIGHT, WIDTH, FrameMeter

__all__ = ["check_order", "meter_for", "scan_source"]


HOLES_NAMED = 5
"""Holes that a warning lists; the header has them all."""

DECODER_BYTES = 80_000_000
"""Memory for the pictures that the decoder's threads work on at a time: each has one, and 8K has 50 MB."""

DISORDER_SHARE = 0.05
"""Share of frames out of order above which a file's time stamps are no guide to when its pictures are shown."""


def _threads(threads: int, width: int, height: int) -> int:
    """Threads for the decoder: twice those of the job, since frames wait for one another; fewer for large pictures."""
    return max(1, min(2 * threads, DECODER_BYTES * 2 // (width * height * 3)))


def meter_for(color_space: str | None, full_range: bool, height: int) -> FrameMeter:
    """The meter for a file's colours. BT.2020 counts as BT.709, which is nearer to it than BT.601."""
    space = color_space or ("bt709" if height >= HD_HEIGHT else "smpte170m")
    return FrameMeter("bt601" if space in {"bt470bg", "smpte170m"} else "bt709", full_range)


def check_order(path: str, frames: int, faults: Faults) -> None:
    """Raise BadItem where there is no frame to speak of, or where the time stamps say nothing."""
    left_out = faults.unplaced + len(faults.repeated) + len(faults.backward)
    if frames + left_out == 0:
        raise BadItem("unreadable", f"{path}: no picture of it can be decoded")
    if left_out > DISORDER_SHARE * (frames + left_out):
        raise BadItem(
            "disordered",
            f"{path}: of {frames + left_out} pictures, {_left_out(faults)}: remux it into MOV, MP4 or MKV",
        )


def _left_out(faults: Faults) -> str:
    return (
        f"{len(faults.backward)} go back in time, {len(faults.repeated)} repeat the time of another and "
        f"{faults.unplaced} have no time stamp"
    )


def _warn(notes: Notes, path: str, holes: list[dict[str, Any]], faults: Faults) -> None:
    if faults.refused or faults.corrupt:
        notes.warn(f"{path}: {faults.refused} packets could not be decoded, {len(faults.corrupt)} pictures are broken")
    if faults.backward or faults.repeated or faults.unplaced:
        notes.warn(f"{path}: of its pictures, {_left_out(faults)}; they are left out")
    if holes:
        listed = ", ".join(
            f"{one['start_s']:.2f} to {one['end_s']:.2f} s ({one['kind']})" for one in holes[:HOLES_NAMED]
        )
        more = f" and {len(holes) - HOLES_NAMED} more" if len(holes) > HOLES_NAMED else ""
        notes.warn(f"{path}: no clip crosses {listed}{more}")


def _described(holes: list[Hole], first: int, time_base: Fraction) -> list[dict[str, Any]]:
    return [
        {
            **asdict(one),
            "start_s": round(float((one.start_pts - first) * time_base), 6),
            "end_s": round(float((one.end_pts - first) * time_base), 6),
        }
        for one in holes
    ]


def scan_source(
    master: Path, probe: Path, probe_outcome: Path, out: Path, header: Path, record: Record, *, threads: int
) -> None:
    """Decode ``master`` once and write its measurements to ``out`` (npz), their description to ``header`` (JSON).

    A master that can't be probed, or of which no frame can be decoded, is a failed item.
    """
    with attempt(record, [out, header]) as notes:
        require([probe_outcome])
        facts = read_json(probe)
        # The decoder has the threads; OpenCV's own would only get in its way.
        cv2.setNumThreads(1)
        faults = Faults()
        container, stream = open_video(master, _threads(threads, facts["width"], facts["height"]))
        meter = meter_for(facts["color_space"], facts["color_range"] == "pc", facts["height"])
        interlaced = 0
        with container, ScanWriter(out) as writer:
            for frame in decode_frames(container, stream, faults):
                assert frame.pts is not None
                interlaced += frame.interlaced_frame
                writer.add(frame.pts, *meter.measure(frame))
            check_order(facts["path"], writer.frames, faults)
            stamps = writer.stamps()
            holes = find_holes(stamps, faults, Fraction(facts["time_base"]))
            writer.holes = np.array([(one.start_pts, one.end_pts) for one in holes], np.int64).reshape(-1, 2)
        described = _described(holes, int(stamps[0]), Fraction(facts["time_base"]))
        _warn(notes, facts["path"], described, faults)
        if writer.frames != facts["frames"]:
            notes.warn(f"{facts['path']}: {facts['frames']} frames by its packets, {writer.frames} decoded")
        write_json(
            header,
            {
                "source_id": facts["source_id"],
                "source_sha256": facts["sha256"],
                "frames": writer.frames,
                "time_base": facts["time_base"],
                "width": WIDTH,
                "height": HEIGHT,
                "columns": list(COLUMNS),
                "refused_packets": faults.refused,
                "corrupt_frames": len(faults.corrupt),
                "unplaced_frames": faults.unplaced + len(faults.repeated) + len(faults.backward),
                "interlaced_frames": interlaced,
                "holes": described,
            },
            "scan",
        )
