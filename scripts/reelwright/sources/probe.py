"""Probing one master: what the file is, by its packets and first frame, without decoding the rest."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream

from reelwright.digest import file_sha256
from reelwright.errors import BadItem
from reelwright.files import write_json
from reelwright.media import decode_frames, open_video, reason
from reelwright.outcome import Notes, Record, attempt

USUAL_RATES = tuple(
    Fraction(*pair)
    for pair in [(24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1), (48, 1), (50, 1), (60000, 1001), (60, 1)]
)
"""Frame rates of film, PAL, NTSC and their doubles."""

RATE_TOLERANCE = 0.0004
"""Relative distance at which a measured rate counts as a usual one: 24 and 24000/1001 differ by 0.001."""


@dataclass(frozen=True)
class Timing:
    """When the frames of a stream are shown."""

    pts: np.ndarray
    """Distinct PTS in presentation order, int64, in the stream's time base."""
    time_base: Fraction
    declared_frames: int
    """What the header says; 0 where it says nothing."""

    @property
    def steps(self) -> np.ndarray:
        """Differences of successive PTS."""
        return np.diff(self.pts)

    @property
    def fps(self) -> Fraction:
        """Median rate, as one of the usual fractions where it is one."""
        if len(self.pts) < 2:
            return Fraction(0)
        mean = Fraction(len(self.pts) - 1, int(self.pts[-1] - self.pts[0])) / self.time_base
        median = 1 / (Fraction(statistics.median(self.steps.tolist())) * self.time_base)
        # Rounded time stamps (milliseconds) make the mean the truer one, a few missing frames the median.
        rate = mean if abs(mean / median - 1) < 0.03 else median
        nearest = min(USUAL_RATES, key=lambda usual: abs(usual / rate - 1))
        return nearest if abs(nearest / rate - 1) < RATE_TOLERANCE else rate.limit_denominator(1001)

    @property
    def constant(self) -> bool:
        """Whether all frames last equally long, rounding of the time base aside."""
        return len(self.pts) < 3 or int(self.steps.max() - self.steps.min()) <= 1 + int(0.001 / self.time_base)

    @property
    def duration_s(self) -> float:
        """Seconds from the first frame to the end of the last, which lasts as long as the median one."""
        if len(self.pts) == 0:
            return 0.0
        last = statistics.median(self.steps.tolist()) if len(self.pts) > 1 else 0
        return float((int(self.pts[-1] - self.pts[0]) + Fraction(last)) * self.time_base)


def read_timing(container: InputContainer, stream: VideoStream) -> Timing:
    """The timing of a stream by its packets; raises BadItem ``unreadable`` where reading breaks off."""
    assert stream.time_base is not None
    try:
        stamps = [packet.pts for packet in container.demux(stream) if packet.pts is not None and not packet.is_discard]
    except (av.FFmpegError, OSError) as error:
        raise BadItem("unreadable", f"{Path(container.name).name} can't be read to its end: {reason(error)}") from error
    return Timing(np.unique(np.asarray(stamps, dtype=np.int64)), stream.time_base, stream.frames)


def _check_whole(path: Path, stream: VideoStream) -> None:
    """Raise BadItem ``truncated`` where the file's own index points beyond its end."""
    size = path.stat().st_size
    lost = [entry for entry in stream.index_entries if entry.pos + entry.size > size]
    if lost and stream.time_base is not None:
        first = float(min(entry.timestamp for entry in lost) * stream.time_base)
        raise BadItem(
            "truncated", f"{path.name} is cut off: its index lists pictures beyond its end, from {first:.1f} s on"
        )


def _first_frame(path: Path) -> av.VideoFrame:
    name = path.name
    try:
        container, stream = open_video(path, threads=1)
        with container:
            frame = next(decode_frames(container, stream), None)
    except (av.FFmpegError, OSError) as error:
        raise BadItem("unreadable", f"{name}: its first picture can't be decoded: {reason(error)}") from error
    if frame is None:
        raise BadItem("unreadable", f"{name} holds no picture that can be decoded")
    return frame


def _audio(container: InputContainer) -> list[dict[str, Any]]:
    unknown = {"codec": "unknown", "channels": 0, "layout": "unknown", "sample_rate": 0}
    return [
        {
            "codec": stream.codec_context.name,
            "channels": stream.codec_context.channels,
            "layout": stream.codec_context.layout.name,
            "sample_rate": stream.codec_context.sample_rate,
        }
        if stream.codec_context is not None
        else unknown
        for stream in container.streams.audio
    ]


def _interlaced(stream: VideoStream, frame: av.VideoFrame) -> bool:
    """Whether the first picture is, or the container says that all are (above 1: which field comes first)."""
    return bool(frame.interlaced_frame) or int(stream.codec_context.field_order) > 1


COLOR_SPACES = {1: "bt709", 5: "bt470bg", 6: "smpte170m", 9: "bt2020nc"}
COLOR_RANGES = {1: "tv", 2: "pc"}


def _describe(path: Path, notes: Notes) -> dict[str, Any]:
    container, stream = open_video(path)
    with container:
        _check_whole(path, stream)
        timing = read_timing(container, stream)
        frame = _first_frame(path)
        if not timing.constant:
            notes.warn(f"{path.name} has a variable frame rate; it is cut by time stamps")
        if timing.declared_frames and timing.declared_frames != len(timing.pts):
            declared, counted = timing.declared_frames, len(timing.pts)
            notes.warn(f"{path.name} declares {declared} frames but shows {counted}; time stamps are believed")
        size = path.stat().st_size
        aspect = Fraction(stream.sample_aspect_ratio or 1)
        interlaced = _interlaced(stream, frame)
        if interlaced:
            notes.warn(f"{path.name} is interlaced; frames that are flagged so are deinterlaced, one picture a frame")
        return {
            "sha256": file_sha256(path),
            "bytes": size,
            "format": container.format.name,
            "duration_s": round(timing.duration_s, 6),
            "start_pts": int(timing.pts[0]) if len(timing.pts) else 0,
            "time_base": str(timing.time_base),
            "fps": f"{timing.fps.numerator}/{timing.fps.denominator}",
            "frames": len(timing.pts),
            "frames_declared": timing.declared_frames,
            "constant_rate": timing.constant,
            "width": frame.width,
            "height": frame.height,
            "sample_aspect": f"{aspect.numerator}/{aspect.denominator}",
            "rotation": int(frame.rotation),
            "codec": stream.codec_context.name,
            "profile": stream.codec_context.profile,
            "pixel_format": frame.format.name,
            "color_range": "pc" if frame.format.name.startswith("yuvj") else COLOR_RANGES.get(int(frame.color_range)),
            "color_space": COLOR_SPACES.get(int(frame.colorspace)),
            "interlaced": interlaced,
            "bitrate_bps": stream.bit_rate or container.bit_rate or round(size * 8 / max(timing.duration_s, 0.001)),
            "audio": _audio(container),
        }


def probe_master(
    master: Path, out: Path, record: Record, *, episode: str, title: str, relative: str, problem: str | None
) -> None:
    """Write the probe of one master to ``out`` and its outcome record.

    ``relative`` is the path below the delivery, ``problem`` what its listing already found wrong. A file that is
    missing, empty, truncated, unreadable or without pictures is a failed item.
    """
    with attempt(record, [out]) as notes:
        if problem:
            raise BadItem("ambiguous", problem)
        if not master.is_file():
            raise BadItem("missing", f"{relative} was not delivered (looked for {master})")
        if master.stat().st_size == 0:
            raise BadItem("empty", f"{relative} has no bytes")
        head = {"source_id": record.item, "episode": episode, "title": title, "path": relative}
        write_json(out, {**head, **_describe(master, notes)}, "probe")
