"""Making the media of clips in one pass over a master: the H.264 clip, its first frame, its contact sheet.

Each of the three has a recipe of its own in the store, so a changed sheet encodes no clip again.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from reelwright.digest import recipe_digest
from reelwright.fit import Fitter, picture, write_picture
from reelwright.media import H264Writer, Span, make_spans
from reelwright.spec.model import Clips, Sheet
from reelwright.store import FolderStore

RECIPE = 2
"""Version of how clips are encoded: part of every recipe, raised when the same settings would give another picture."""

SHEET_GAP = 4
"""Pixels between the frames of a contact sheet."""

SHEET_GREY = 24
"""Grey level of the gaps."""


@dataclass(frozen=True)
class Source:
    """The master that clips are cut from."""

    path: Path
    sha256: str
    time_base: Fraction
    fps: Fraction
    sample_aspect: Fraction
    rotation: int
    """Degrees by which its container turns it counterclockwise."""
    width: int
    """Width of the clips, in pixels."""
    height: int
    """Height of the clips, in pixels."""


@dataclass(frozen=True)
class ClipMedia:
    """Where the media of one clip lies in the store."""

    clip: Path
    first_frame: Path
    sheet: Path


@dataclass(frozen=True)
class _Wanted:
    """The recipe digests of one clip's media."""

    span: Span
    clip: str
    first_frame: str
    sheet: str


def _wanted(source: Source, span: Span, settings: Clips) -> _Wanted:
    base: dict[str, Any] = {
        "version": RECIPE,
        "source_sha256": source.sha256,
        "start_pts": span.start_pts,
        "end_pts": span.end_pts,
        "size": [source.width, source.height],
    }
    return _Wanted(
        span,
        recipe_digest({**base, "kind": "clip", "encode": settings.encode.model_dump()}),
        recipe_digest({**base, "kind": "first_frame"}),
        recipe_digest({**base, "kind": "sheet", "sheet": settings.sheet.model_dump()}),
    )


def sheet_times(span: Span, count: int) -> list[int]:
    """PTS of ``count`` moments spread evenly over a span, each in the middle of its share."""
    length = span.end_pts - span.start_pts
    return [span.start_pts + length * (2 * number + 1) // (2 * count) for number in range(count)]


def compose_sheet(frames: Sequence[np.ndarray], sheet: Sheet) -> np.ndarray:
    """A grid of BGR frames in reading order, nothing burnt in; missing frames at the end stay grey."""
    height = round(frames[0].shape[0] * sheet.frame_width / frames[0].shape[1])
    step_y, step_x = height + SHEET_GAP, sheet.frame_width + SHEET_GAP
    canvas = np.full((sheet.rows * step_y + SHEET_GAP, sheet.columns * step_x + SHEET_GAP, 3), SHEET_GREY, np.uint8)
    for number, frame in enumerate(frames):
        top = SHEET_GAP + number // sheet.columns * step_y
        left = SHEET_GAP + number % sheet.columns * step_x
        small = cv2.resize(frame, (sheet.frame_width, height), interpolation=cv2.INTER_AREA)
        canvas[top : top + height, left : left + sheet.frame_width] = small
    return canvas


@dataclass
class _Making:
    """A clip in the making: takes its frames one by one, and stores what was missing when the last has come."""

    source: Source
    wanted: _Wanted
    settings: Clips
    store: FolderStore
    threads: int
    stack: ExitStack = field(default_factory=ExitStack)
    cells: list[np.ndarray] = field(default_factory=list)
    last: av.VideoFrame | None = None

    def __post_init__(self) -> None:
        self.writer: H264Writer | None = None
        self.reserved: Path | None = None
        sheet = self.settings.sheet
        self.fit = Fitter(self.source.width, self.source.height, self.source.sample_aspect, self.source.rotation)
        self.needs_sheet = self.store.get(self.wanted.sheet, ".jpg") is None
        self.needs_first = self.store.get(self.wanted.first_frame, ".png") is None
        self.times = sheet_times(self.wanted.span, sheet.rows * sheet.columns)
        if self.store.get(self.wanted.clip, ".mp4") is None:
            one = self.source
            self.reserved = self.store.reserve(".mp4")
            self.writer = self.stack.enter_context(
                H264Writer(
                    self.reserved, one.width, one.height, one.fps, one.time_base, self.settings.encode, self.threads
                )
            )

    def take(self, frame: av.VideoFrame) -> None:
        """The next frame of the span."""
        frame = self.fit(frame)
        assert frame.pts is not None
        if self.needs_first:
            bgr = picture(frame)
            self.store.put(self.wanted.first_frame, ".png", lambda path: write_picture(path, bgr))
            self.needs_first = False
        self._fill_sheet(frame.pts)
        self.last = frame
        if self.writer is not None:
            pts = frame.pts
            self.writer.write(frame, pts - self.wanted.span.start_pts)
            frame.pts = pts

    def _fill_sheet(self, until: int | None) -> None:
        """Cells whose moment lies before the PTS ``until`` show the last frame: it was on screen then."""
        if not self.needs_sheet or self.last is None:
            return
        due = [time for time in self.times[len(self.cells) :] if until is None or time < until]
        if due:
            self.cells.extend([picture(self.last)] * len(due))

    def finish(self) -> None:
        """Close the encoder and store the clip and its sheet."""
        self._fill_sheet(None)
        with self.stack:
            pass
        if self.reserved is not None:
            self.store.commit(self.reserved, self.wanted.clip, ".mp4")
        if self.needs_sheet:
            sheet = compose_sheet(self.cells, self.settings.sheet)
            quality = self.settings.sheet.quality
            self.store.put(self.wanted.sheet, ".jpg", lambda path: write_picture(path, sheet, quality))


def encode_clips(
    source: Source, spans: Sequence[Span], settings: Clips, store: FolderStore, threads: int
) -> list[ClipMedia]:
    """The stored media of each span, made where the store does not have it yet; ``spans`` are sorted by start."""
    wanted = [_wanted(source, span, settings) for span in spans]
    missing = [one for one in wanted if _stored(one, store) is None]

    def begin(index: int, encoder_threads: int) -> _Making:
        return _Making(source, missing[index], settings, store, encoder_threads)

    make_spans(source.path, [one.span for one in missing], begin, threads)
    media = [_stored(one, store) for one in wanted]
    lost = [one.span for one, made in zip(wanted, media, strict=True) if made is None]
    if lost:
        raise RuntimeError(f"{source.path.name}: no frames between PTS {lost[0].start_pts} and {lost[0].end_pts}")
    return [made for made in media if made is not None]


def stored_sizes(
    source: Source, spans: Sequence[Span], settings: Clips, store: FolderStore
) -> list[dict[str, int | None]]:
    """Bytes of the clip, the first frame and the sheet of each span, None for what the store has not; nothing is read."""
    wanted = [_wanted(source, span, settings) for span in spans]
    return [
        {
            "clip": store.size(one.clip, ".mp4"),
            "first_frame": store.size(one.first_frame, ".png"),
            "sheet": store.size(one.sheet, ".jpg"),
        }
        for one in wanted
    ]


def _stored(wanted: _Wanted, store: FolderStore) -> ClipMedia | None:
    clip = store.get(wanted.clip, ".mp4")
    first_frame = store.get(wanted.first_frame, ".png")
    sheet = store.get(wanted.sheet, ".jpg")
    return ClipMedia(clip, first_frame, sheet) if clip and first_frame and sheet else None
