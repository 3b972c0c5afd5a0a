"""Making decoded frames fit for people and trainers: progressive, upright, square pixels, BT.709, at one size."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.filter import Graph

from reelwright.files import whole

HD_HEIGHT = 720
"""Pictures at least so high that name no colour matrix are BT.709, lower ones BT.601 (what FFmpeg's players assume)."""

_MATRICES = {1: "bt709", 5: "bt601", 6: "bt601", 9: "bt2020"}
"""FFmpeg's names of the colour matrices by their number in AVColorSpace (ITU-T H.273)."""

_FULL_RANGE = 2
"""AVCOL_RANGE_JPEG."""

_TURNS = {1: "cclock", 3: "clock"}
"""The transpose filter's direction by counterclockwise quarter turns."""


def quarter_turns(rotation: int) -> int:
    """Counterclockwise quarter turns (0 to 3) nearest to a container's rotation in degrees."""
    return round(rotation / 90) % 4


def display_width(width: int, height: int, sample_aspect: Fraction, new_height: int, rotation: int = 0) -> int:
    """Even width of a picture of ``new_height`` that shows the display aspect of a stored one, turned upright."""
    aspect = Fraction(width, height) * sample_aspect
    exact = (1 / aspect if quarter_turns(rotation) % 2 else aspect) * new_height
    return max(2, 2 * round(exact / 2))


class Progressive:
    """Makes the frames of one span progressive: one out for one in, with its PTS.

    Frames that are flagged interlaced are deinterlaced (bwdif) from the fields of the span alone; others pass through
    unchanged. bwdif looks one frame ahead, so from the first interlaced frame on frames come one call late.
    """

    def __init__(self) -> None:
        self._graph: Graph | None = None
        self._waiting: deque[tuple[int | None, Fraction | None]] = deque()

    def push(self, frame: av.VideoFrame) -> Iterator[av.VideoFrame]:
        """The frames that are ready once ``frame`` is known."""
        if self._graph is None:
            if not frame.interlaced_frame:
                yield frame
                return
            self._graph = self._build(frame)
        self._waiting.append((frame.pts, frame.time_base))
        self._graph.push(frame)
        yield from self._ready()

    def flush(self) -> Iterator[av.VideoFrame]:
        """The rest: there are no more frames."""
        if self._graph is not None:
            self._graph.push(None)
            yield from self._ready()

    def _build(self, frame: av.VideoFrame) -> Graph:
        graph = Graph()
        nodes = [
            graph.add_buffer(
                width=frame.width,
                height=frame.height,
                format=frame.format,
                time_base=frame.time_base or Fraction(1, 1000),
            ),
            graph.add("bwdif", "mode=send_frame:parity=auto:deint=interlaced"),
            graph.add("buffersink"),
        ]
        _link(graph, nodes)
        return graph

    def _ready(self) -> Iterator[av.VideoFrame]:
        assert self._graph is not None
        while self._waiting:
            try:
                frame = self._graph.pull()
            except (BlockingIOError, EOFError):
                return
            assert isinstance(frame, av.VideoFrame)
            # The filter counts in half time stamps; a frame keeps its own.
            frame.pts, frame.time_base = self._waiting.popleft()
            yield frame


def _link(graph: Graph, nodes: list[av.filter.context.FilterContext]) -> None:
    for one, following in itertools.pairwise(nodes):
        one.link_to(following)
    graph.configure()


def fit_filters(
    stored: tuple[int, int],
    wanted: tuple[int, int],
    sample_aspect: Fraction,
    rotation: int,
    matrix: str,
    full_range: bool,
) -> list[tuple[str, str]]:
    """FFmpeg's filters (name, options) that make a ``stored`` picture fit the ``wanted`` size (width, height).

    It covers the size, is cropped to its centre, turned upright, and comes as BT.709, limited range, yuv420p, square pixels.
    """
    turns = quarter_turns(rotation)
    aspect = Fraction(*stored) * sample_aspect
    across, down = wanted if turns % 2 == 0 else wanted[::-1]
    width, height = max(across, 2 * round(aspect * down / 2)), max(down, 2 * round(across / aspect / 2))
    turn = {0: [], 2: [("hflip", ""), ("vflip", "")]}.get(turns, [("transpose", _TURNS.get(turns, ""))])
    # Changing colours, swscale's quick roundings add up to two levels or three.
    exact = "+accurate_rnd+full_chroma_int+full_chroma_inp" if full_range or matrix != "bt709" else ""
    return [
        (
            "scale",
            f"{width}:{height}:flags=bicubic{exact}:in_color_matrix={matrix}:out_color_matrix=bt709"
            f":in_range={'pc' if full_range else 'tv'}:out_range=tv",
        ),
        # Before anything that turns the picture: a turned 4:2:2 is a format of its own, which scale would convert to.
        ("format", "yuv420p"),
        *turn,
        ("crop", f"{wanted[0]}:{wanted[1]}"),
        ("setsar", "1"),
    ]


def color_matrix(number: int | None, height: int) -> str:
    """FFmpeg's name of a colour matrix by its number in AVColorSpace; what players assume where it names none."""
    return _MATRICES.get(number or 0, "bt709" if height >= HD_HEIGHT else "bt601")


class Fitter:
    """Scales frames to cover a size, crops the centre, and makes them upright BT.709 limited-range yuv420p.

    One instance serves one stream, of pixels with ``sample_aspect`` that its container turns counterclockwise by
    ``rotation`` degrees; PTS pass through unchanged. Interlaced frames go through ``Progressive`` before.
    """

    def __init__(self, width: int, height: int, sample_aspect: Fraction = Fraction(1), rotation: int = 0) -> None:
        self.width = width
        self.height = height
        self._sample_aspect = sample_aspect
        self._rotation = rotation
        self._graph: Graph | None = None
        self._shape: tuple[object, ...] = ()

    def _build(self, frame: av.VideoFrame) -> Graph:
        graph = Graph()
        matrix = color_matrix(int(frame.colorspace), frame.height)
        full_range = int(frame.color_range) == _FULL_RANGE or frame.format.name.startswith("yuvj")
        stored, wanted = (frame.width, frame.height), (self.width, self.height)
        filters = fit_filters(stored, wanted, self._sample_aspect, self._rotation, matrix, full_range)
        base = frame.time_base or Fraction(1, 1000)
        nodes = [graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=base)]
        nodes += [graph.add(name, options) for name, options in filters]
        _link(graph, [*nodes, graph.add("buffersink")])
        return graph

    def __call__(self, frame: av.VideoFrame) -> av.VideoFrame:
        """The fitted copy of ``frame``."""
        shape = (frame.width, frame.height, frame.format.name, frame.colorspace, frame.color_range)
        if self._graph is None or shape != self._shape:
            self._graph, self._shape = self._build(frame), shape
        self._graph.push(frame)
        fitted = self._graph.pull()
        assert isinstance(fitted, av.VideoFrame)
        fitted.pts = frame.pts
        fitted.time_base = frame.time_base
        return fitted


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
