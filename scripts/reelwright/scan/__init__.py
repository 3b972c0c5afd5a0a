"""Scan: one decode of a master, from which every later stage takes its measurements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import av
import cv2
from av.container import InputContainer
from av.video.stream import VideoStream

from reelwright.errors import BadItem
from reelwright.files import read_json, write_json
from reelwright.media import open_video
from reelwright.outcome import Record, attempt, require
from reelwright.scan.file import ScanWriter
from reelwright.scan.measure import COLUMNS, HEIGHT, WIDTH, FrameMeter

__all__ = ["scan_source"]


@dataclass
class _Damage:
    """What could not be decoded."""

    packets: list[int] = field(default_factory=list)
    """PTS of packets the decoder refused."""
    unplaced: int = 0
    """Frames without a PTS, or with one that is not later than the frame before."""


def _decode(container: InputContainer, stream: VideoStream, damage: _Damage) -> Iterator[av.VideoFrame]:
    """Frames in presentation order; packets that can't be decoded are noted and passed over."""
    last: int | None = None
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.InvalidDataError:
            damage.packets.append(packet.pts or 0)
            continue
        for frame in frames:
            if not isinstance(frame, av.VideoFrame) or frame.pts is None or (last is not None and frame.pts <= last):
                damage.unplaced += 1
                continue
            last = frame.pts
            yield frame


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
        damage = _Damage()
        container, stream = open_video(master, threads)
        matrix = {"bt709": "bt709", None: "bt709" if facts["height"] >= 720 else "bt601"}
        meter = FrameMeter(matrix.get(facts["color_space"], "bt601"), facts["color_range"] == "pc")
        with container, ScanWriter(out) as writer:
            for frame in _decode(container, stream, damage):
                assert frame.pts is not None
                writer.add(frame.pts, *meter.measure(frame))
            if writer.frames == 0:
                raise BadItem("unreadable", f"{facts['path']}: no picture of it can be decoded")
        if damage.packets or damage.unplaced:
            notes.warn(
                f"{facts['path']}: {len(damage.packets)} packets could not be decoded and {damage.unplaced} frames "
                f"had no place in time; {writer.frames} frames were measured"
            )
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
                "undecoded_pts": damage.packets,
                "unplaced_frames": damage.unplaced,
            },
            "scan",
        )
