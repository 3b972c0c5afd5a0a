"""Reading frames by PTS and writing H.264: the one place that decodes and encodes pictures for people and trainers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import av
import cv2
import numpy as np
from av.container import InputContainer
from av.filter import Graph
from av.video.stream import VideoStream

from reelwright.errors import BadItem
from reelwright.files import whole
from reelwright.spec.model import Encode

SEEK_MARGIN_S = Fraction(1)
"""Seconds that a seek aims ahead of a span: more than any reordering delay, so the span's frames follow a keyframe."""

HD_HEIGHT = 720
"""Pictures at least so high that name no colour matrix are BT.709, lower ones BT.601 (what FFmpeg's players assume)."""


@dataclass(frozen=True)
class Span:
    """Frames with ``start_pts <= pts < end_pts``, in the stream's time base."""

    start_pts: int
    end_pts: int


def open_video(path: Path, threads: int = 0) -> tuple[InputContainer, VideoStream]:
    """Open a file and its first video stream for decoding on ``threads`` threads (0: as many as there are cores).

    Raises BadItem ``unreadable`` where FFmpeg can't open it and ``no_video`` where it holds no moving picture.
    """
    try:
        container = av.open(str(path))
    except (av.FFmpegError, OSError) as error:
        raise BadItem("unreadable", f"{path.name} can't be opened: {reason(error)}") from error
    streams = [stream for stream in container.streams.video if not _is_cover(stream)]
    if not streams:
        container.close()
        raise BadItem("no_video", f"{path.name} has no video stream")
    stream = streams[0]
    if stream.codec_context is None:
        container.close()
        raise BadItem("unknown_codec", f"{path.name}: its video stream has a codec that can't be decoded here")
    stream.thread_type = "AUTO"
    stream.codec_context.thread_count = threads
    return container, stream


def reason(error: Exception) -> str:
    """FFmpeg's words for an error, without its number and path."""
    text = getattr(error, "strerror", None) or str(error)
    return str(text)


def _is_cover(stream: VideoStream) -> bool:
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _keyframe_before(stream: VideoStream, pts: int) -> int | None:
    """Timestamp of the last keyframe at or before ``pts`` by the file's index; None without an index."""
    found = None
    for entry in stream.index_entries:
        if entry.timestamp > pts:
            break
        if entry.is_keyframe:
            found = entry.timestamp
    return found


def _frames_from(container: InputContainer, stream: VideoStream, start_pts: int) -> Iterator[av.VideoFrame]:
    """Decode from a keyframe at or before ``start_pts``, which frames of an open GOP that precede it can't spoil."""
    assert stream.time_base is not None
    margin = int(SEEK_MARGIN_S / stream.time_base)
    while True:
        target = start_pts - margin
        first = stream.start_time or 0
        container.seek(max(target, first), stream=stream, backward=True)
        frames = container.decode(stream)
        head = next((frame for frame in frames if frame.key_frame and frame.pts is not None), None)
        if head is not None and head.pts is not None and (head.pts <= start_pts or target <= first):
            yield head
            yield from frames
            return
        if target <= first:
            return
        margin *= 4


def decode_spans(path: Path, spans: Sequence[Span], threads: int = 0) -> Iterator[tuple[int, av.VideoFrame]]:
    """Yield (index of the span, frame) for every frame of ``spans``, in presentation order, in one pass over the file.

    ``spans`` are sorted by start and may overlap. The file is read on from span to span, except where a later keyframe
    lies before the next span: then it seeks there. Raises BadItem where the file can't be opened.
    """
    if list(spans) != sorted(spans, key=lambda span: span.start_pts):
        raise ValueError("spans must be sorted by start")
    container, stream = open_video(path, threads)
    with container:
        position = 0
        while position < len(spans):
            position = yield from _decode_run(container, stream, spans, position)


def _decode_run(
    container: InputContainer, stream: VideoStream, spans: Sequence[Span], first: int
) -> Generator[tuple[int, av.VideoFrame], None, int]:
    """Decode from span ``first`` on until a seek pays; returns (as the generator's value) the first span not done."""
    assert stream.time_base is not None
    margin = int(SEEK_MARGIN_S / stream.time_base)
    done = first
    for frame in _frames_from(container, stream, spans[first].start_pts):
        if frame.pts is None:
            continue
        while done < len(spans) and frame.pts >= spans[done].end_pts:
            done += 1
            if done < len(spans) and frame.pts < spans[done].start_pts:
                keyframe = _keyframe_before(stream, spans[done].start_pts - margin)
                if keyframe is not None and keyframe > frame.pts + margin:
                    return done
        if done == len(spans):
            return done
        for index in range(done, len(spans)):
            if spans[index].start_pts > frame.pts:
                break
            if frame.pts < spans[index].end_pts:
                yield index, frame
    return len(spans)


class Making(Protocol):
    """Something in the making from the frames of one span."""

    stack: ExitStack
    """What it holds open: closed where making breaks off."""

    def take(self, frame: av.VideoFrame) -> None:
        """The next frame of its span."""

    def finish(self) -> None:
        """There are no more frames."""


def make_spans(path: Path, spans: Sequence[Span], begin: Callable[[int, int], Making], threads: int) -> None:
    """Decode ``spans`` of a file and give the frames of each to what ``begin(index, threads of its encoder)`` returns.

    ``spans`` are sorted by start and may overlap. They are shared out in stretches over ``threads`` threads, each of which
    decodes its own: many single-threaded encoders side by side use the cores better than one that uses them all. Raises
    what the makers raise, and BadItem where the file can't be opened.
    """
    groups = _share_out(spans, threads)
    inner = max(1, threads // max(1, len(groups)))
    with ThreadPoolExecutor(max(1, min(threads, len(groups)))) as pool:
        futures = [pool.submit(_make_group, path, spans, group, begin, inner) for group in groups]
        for future in futures:
            future.result()


def _share_out(spans: Sequence[Span], threads: int) -> list[range]:
    """Stretches of about equal length, two a thread so that a slow one doesn't hold up the end; one for one thread."""
    wanted = 1 if threads == 1 else 2 * threads
    whole = sum(span.end_pts - span.start_pts for span in spans)
    groups: list[range] = []
    first, length = 0, 0
    for index, span in enumerate(spans):
        length += span.end_pts - span.start_pts
        if length * wanted >= whole * (len(groups) + 1) or index == len(spans) - 1:
            groups.append(range(first, index + 1))
            first = index + 1
    return groups


def _make_group(
    path: Path, spans: Sequence[Span], group: range, begin: Callable[[int, int], Making], threads: int
) -> None:
    making: dict[int, Making] = {}
    with ExitStack() as stack:
        for offset, frame in decode_spans(path, spans[group.start : group.stop], threads):
            assert frame.pts is not None
            for done in [one for one in making if spans[one].end_pts <= frame.pts]:
                making.pop(done).finish()
            index = group.start + offset
            if index not in making:
                making[index] = begin(index, threads)
                stack.push(making[index].stack)
            making[index].take(frame)
        for one in making.values():
            one.finish()


def display_width(width: int, height: int, sample_aspect: Fraction, new_height: int) -> int:
    """Even width of a picture of ``new_height`` that shows the display aspect of a stored one."""
    exact = Fraction(width, height) * sample_aspect * new_height
    return 2 * round(exact / 2)


class Fitter:
    """Scales frames to cover a size, crops the centre, and makes them progressive BT.709 limited-range yuv420p.

    One instance serves one stream, of pixels with ``sample_aspect``; PTS pass through unchanged.
    """

    def __init__(self, width: int, height: int, sample_aspect: Fraction = Fraction(1)) -> None:
        self.width = width
        self.height = height
        self._sample_aspect = sample_aspect
        self._graph: Graph | None = None

    def _build(self, frame: av.VideoFrame) -> Graph:
        graph = Graph()
        matrix = {1: "bt709", 5: "bt601", 6: "bt601", 9: "bt2020"}.get(
            int(frame.colorspace), "bt709" if frame.height >= HD_HEIGHT else "bt601"
        )
        full_range = int(frame.color_range) == 2 or frame.format.name.startswith("yuvj")
        aspect = Fraction(frame.width, frame.height) * self._sample_aspect
        cover_width = max(self.width, 2 * round(aspect * self.height / 2))
        cover_height = max(self.height, 2 * round(self.width / aspect / 2))
        base = frame.time_base or Fraction(1, 1000)
        nodes = [
            graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=base),
            graph.add(
                "scale",
                f"{cover_width}:{cover_height}:flags=bicubic:in_color_matrix={matrix}:out_color_matrix=bt709"
                f":in_range={'pc' if full_range else 'tv'}:out_range=tv",
            ),
            graph.add("crop", f"{self.width}:{self.height}"),
            graph.add("setsar", "1"),
            graph.add("format", "yuv420p"),
            graph.add("buffersink"),
        ]
        for one, following in itertools.pairwise(nodes):
            one.link_to(following)
        graph.configure()
        return graph

    def __call__(self, frame: av.VideoFrame) -> av.VideoFrame:
        """The fitted copy of ``frame``."""
        if self._graph is None:
            self._graph = self._build(frame)
        self._graph.push(frame)
        fitted = self._graph.pull()
        assert isinstance(fitted, av.VideoFrame)
        fitted.pts = frame.pts
        fitted.time_base = frame.time_base
        return fitted


class H264Writer:
    """Writes fitted frames as a faststart H.264 MP4 (yuv420p, BT.709).

    ``rate`` is the nominal frame rate, ``time_base`` that of the PTS given to ``write``. The file appears at ``path``
    when the block ends well, not before.
    """

    def __init__(
        self,
        path: Path,
        width: int,
        height: int,
        rate: Fraction,
        time_base: Fraction,
        encode: Encode,
        threads: int = 0,
    ) -> None:
        self._whole = whole(path)
        self._target = self._whole.__enter__()
        self._container = av.open(str(self._target), "w", format="mp4", options={"movflags": "faststart"})
        stream = self._container.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        context = stream.codec_context
        context.time_base = time_base
        context.thread_count = threads
        context.options = {"crf": str(encode.crf), "preset": encode.preset}
        # 1 is MPEG (limited) range and BT.709 in each of these enumerations.
        context.color_range = context.colorspace = context.color_primaries = context.color_trc = 1
        self._stream = stream
        self._time_base = time_base

    def __enter__(self) -> Self:
        return self

    def write(self, frame: av.VideoFrame, pts: int) -> None:
        """Encode a fitted ``frame`` to be shown from ``pts`` on."""
        frame.pts = pts
        frame.time_base = self._time_base
        frame.pict_type = av.video.frame.PictureType.NONE
        self._container.mux(self._stream.encode(frame))

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._container.mux(self._stream.encode(None))
        finally:
            self._container.close()
            self._whole.__exit__(kind, value, trace)


def picture(frame: av.VideoFrame) -> np.ndarray:
    """A fitted frame as an 8-bit BGR array of shape (height, width, 3)."""
    return frame.to_ndarray(format="bgr24")


def write_picture(path: Path, bgr: np.ndarray, quality: int = 90) -> None:
    """Write a BGR array as PNG or, by the name, as JPEG of ``quality``; whole or not at all."""
    options = [cv2.IMWRITE_JPEG_QUALITY, quality] if path.suffix == ".jpg" else [cv2.IMWRITE_PNG_COMPRESSION, 3]
    encoded, data = cv2.imencode(path.suffix, bgr, options)
    if not encoded:
        raise OSError(f"{path} could not be encoded")
    with whole(path) as temporary:
        temporary.write_bytes(data.tobytes())
