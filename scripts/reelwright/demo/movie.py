"""Writing MOV files: every piece of an episode with the very same encoder settings, so that pieces can be spliced."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.frame import PictureType
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from numpy.typing import NDArray

from reelwright.demo.picture import Picture
from reelwright.demo.plan import FPS
from reelwright.demo.sound import RATE

CODEC_OPTIONS = {
    "preset": "veryfast",
    "crf": "19",
    # One thread: the same input gives the same bytes, and other jobs have the other cores.
    "threads": "1",
    "forced-idr": "1",
    "x264-params": (
        "keyint=50:min-keyint=5:open-gop=0:bframes=3:subme=1:me=dia:trellis=0:weightp=0:weightb=0:partitions=none:ref=1"
    ),
}
"""Closed groups of two seconds at most, so that a piece never needs frames of its neighbour. The second line halves the
encoding time; on drawings the picture stays the same."""


def add_video(container: Any, width: int, height: int) -> Any:
    """An H.264 stream (yuv420p, BT.709, limited range) in an output container."""
    stream = container.add_stream("libx264", rate=FPS, options=CODEC_OPTIONS)
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    stream.time_base = Fraction(1, 12800)
    context = stream.codec_context
    context.time_base = Fraction(1, FPS)
    context.color_range = ColorRange.MPEG
    context.colorspace = Colorspace.ITU709
    context.color_primaries = ColorPrimaries.BT709
    context.color_trc = ColorTrc.BT709
    return stream


def video_frame(picture: Picture) -> av.VideoFrame:
    """A picture as a frame (yuv420p, BT.709, limited range)."""
    planes = np.concatenate([plane.reshape(-1) for plane in picture.planes])
    rows, columns = picture.y.shape
    frame = av.VideoFrame.from_ndarray(planes.reshape(rows * 3 // 2, columns), format="yuv420p")
    frame.color_range, frame.colorspace = ColorRange.MPEG, Colorspace.ITU709
    return frame


def encode_pictures(container: Any, stream: Any, pictures: Iterable[Picture], keys: Iterable[int] = ()) -> int:
    """Encode and mux pictures; those numbered in ``keys`` begin a closed group. Returns how many there were."""
    starts, count = {0, *keys}, 0
    for count, picture in enumerate(pictures, 1):
        frame = video_frame(picture)
        frame.pts, frame.time_base = count - 1, Fraction(1, FPS)
        frame.pict_type = PictureType.I if count - 1 in starts else PictureType.NONE
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
    return count


def add_sound(container: Any) -> list[Any]:
    """Two mono AAC streams in an output container (dual mono)."""
    return [
        container.add_stream("aac", rate=RATE, layout="mono", bit_rate=96000, options={"aac_coder": "fast"})
        for _ in range(2)
    ]


def encode_sound(container: Any, streams: list[Any], sound: NDArray[np.float32]) -> None:
    """Encode and mux the same sound into every stream."""
    for stream in streams:
        frame = av.AudioFrame.from_ndarray(sound[None, :], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def copy_streams(source: Any, target: Any) -> list[Any]:
    """Streams in ``target`` that take the packets of those in ``source`` as they are."""
    return [target.add_stream_from_template(stream) for stream in source.streams]


def open_movie(path: Path) -> Any:
    """An output MOV at ``path``. Nothing of the day or the machine is written into it."""
    return av.open(str(path), "w", format="mov")
