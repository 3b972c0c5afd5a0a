"""Reading frames by PTS and writing H.264: the one place that opens, decodes and encodes video."""

from __future__ import annotations

import bisect
from array import array
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from reelwright.errors import BadItem
from reelwright.files import whole
from reelwright.fit import Progressive
from reelwright.spec.model import Encode

SEEK_MARGIN_S = Fraction(1)
"""Seconds that a seek aims ahead of a span: more than any reordering delay, so the span's frames follow a keyframe."""


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


@dataclass
class Faults:
    """What a pass over a stream met: its packets, and what of it is no sound picture at a time of its own."""

    packets: array[int] = field(default_factory=lambda: array("q"))
    """PTS of every packet that shows a picture, in decoding order."""
    keys: bytearray = field(default_factory=bytearray)
    """For each of them, 1 where decoding can start there."""
    refused: int = 0
    """Packets that the decoder refused. Which ones can't be said: it works on several at a time."""
    corrupt: list[int] = field(default_factory=list)
    """PTS of packets and frames that are flagged as damaged; the pictures of such frames are partly made up."""
    unplaced: int = 0
    """Frames without a PTS: they are left out."""
    repeated: list[int] = field(default_factory=list)
    """PTS of frames that have that of the frame before: they are left out."""
    backward: list[tuple[int, int]] = field(default_factory=list)
    """(PTS, last PTS before) of frames that are earlier than one already shown: they are left out."""


def decode_frames(
    container: InputContainer, stream: VideoStream, faults: Faults | None = None
) -> Iterator[av.VideoFrame]:
    """Frames from where the container stands to its end, by rising PTS; what can't be decoded is passed over.

    Every frame has a PTS that is later than that of the frame before: others are left out. ``faults`` takes note of it
    all.
    """
    faults = faults or Faults()
    last: int | None = None
    for packet in container.demux(stream):
        if packet.pts is not None and not packet.is_discard:
            faults.packets.append(packet.pts)
            faults.keys.append(packet.is_keyframe)
            if packet.is_corrupt:
                faults.corrupt.append(packet.pts)
        try:
            frames = packet.decode()
        except MemoryError:
            raise
        except av.FFmpegError:
            faults.refused += 1
            continue
        for frame in frames:
            pts = frame.pts
            if not isinstance(frame, av.VideoFrame) or pts is None:
                faults.unplaced += 1
                continue
            if last is not None and pts <= last:
                if pts == last:
                    faults.repeated.append(pts)
                else:
                    faults.backward.append((pts, last))
                continue
            if frame.is_corrupt:
                faults.corrupt.append(pts)
            last = pts
            yield frame


class _Keyframes:
    """Where a file's own index says that decoding can start."""

    def __init__(self, stream: VideoStream) -> None:
        self._stamps = sorted(entry.timestamp for entry in stream.index_entries if entry.is_keyframe)

    def before(self, pts: int) -> int | None:
        """Timestamp of the last keyframe at or before ``pts``; None where the index knows none."""
        position = bisect.bisect_right(self._stamps, pts)
        return self._stamps[position - 1] if position else None


def _frames_from(path: Path, start_pts: int, threads: int) -> Generator[av.VideoFrame, None, None]:
    """Decode from a keyframe at or before ``start_pts``, which frames of an open GOP that precede it can't spoil.

    Where none is found there, from the beginning: an edit list may hide the keyframe that its first frames need.
    """
    container, stream = open_video(path, threads)
    assert stream.time_base is not None
    with container:
        margin = int(SEEK_MARGIN_S / stream.time_base) + 1
        first = stream.start_time or 0
        while start_pts - margin > first:
            container.seek(start_pts - margin, stream=stream, backward=True)
            frames = decode_frames(container, stream)
            head = next((frame for frame in frames if frame.key_frame), None)
            if head is not None and head.pts is not None and head.pts <= start_pts:
                yield head
                yield from frames
                return
            margin *= 4
    container, stream = open_video(path, threads)
    with container:
        yield from decode_frames(container, stream)


def decode_spans(path: Path, spans: Sequence[Span], threads: int = 0) -> Iterator[tuple[int, av.VideoFrame]]:
    """Yield (index of the span, frame) for every frame of ``spans``, in presentation order, in one pass over the file.

    ``spans`` are sorted by start and may overlap. The file is read on from span to span, except where a later keyframe
    lies before the next span: then it seeks there. Raises BadItem where the file can't be opened.
    """
    if list(spans) != sorted(spans, key=lambda span: span.start_pts):
        raise ValueError("spans must be sorted by start")
    container, stream = open_video(path, threads)
    with container:
        assert stream.time_base is not None
        keyframes, margin = _Keyframes(stream), int(SEEK_MARGIN_S / stream.time_base) + 1
    position = 0
    while position < len(spans):
        frames = _frames_from(path, spans[position].start_pts, threads)
        position = yield from _decode_run(frames, spans, position, keyframes, margin)
        frames.close()


def _decode_run(
    frames: Iterator[av.VideoFrame], spans: Sequence[Span], first: int, keyframes: _Keyframes, margin: int
) -> Generator[tuple[int, av.VideoFrame], None, int]:
    """Decode from span ``first`` on until a seek pays; returns (as the generator's value) the first span not done."""
    done = first
    for frame in frames:
        assert frame.pts is not None
        while done < len(spans) and frame.pts >= spans[done].end_pts:
            done += 1
            if done < len(spans) and frame.pts < spans[done].start_pts:
                keyframe = keyframes.before(spans[done].start_pts - margin)
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
        """The next frame of its span, progressive."""

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
    open_spans: dict[int, _OpenSpan] = {}
    with ExitStack() as stack:
        for offset, frame in decode_spans(path, spans[group.start : group.stop], threads):
            assert frame.pts is not None
            for done in [one for one in open_spans if spans[one].end_pts <= frame.pts]:
                open_spans.pop(done).finish()
            index = group.start + offset
            if index not in open_spans:
                open_spans[index] = _OpenSpan(begin(index, threads))
                stack.push(open_spans[index].making.stack)
            open_spans[index].take(frame)
        for one in open_spans.values():
            one.finish()


class _OpenSpan:
    """A span on its way to its maker: what it hands on is progressive, and no field of a neighbour is in it."""

    def __init__(self, making: Making) -> None:
        self.making = making
        self._progressive = Progressive()

    def take(self, frame: av.VideoFrame) -> None:
        for ready in self._progressive.push(frame):
            self.making.take(ready)

    def finish(self) -> None:
        for ready in self._progressive.flush():
            self.making.take(ready)
        self.making.finish()


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
        self._stack = ExitStack()
        target = self._stack.enter_context(whole(path))
        self._container = av.open(str(target), "w", format="mp4", options={"movflags": "faststart"})
        # Closed before the file gets its name: closing writes the index, and may find the disk full.
        self._stack.callback(self._container.close)
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
        if kind is not None:
            self._stack.__exit__(kind, value, trace)
            return
        with self._stack:
            self._container.mux(self._stream.encode(None))
