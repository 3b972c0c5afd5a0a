"""The scan file: the columns of all frames, and the stored RGB thumbs in compressed chunks, written as they come.

It is an ordinary ``.npz``: ``numpy.load`` reads it anywhere. Thumbs are stored as differences to the thumb before them
(modulo 256), which held drawings make nearly free.
"""

from __future__ import annotations

import itertools
import zipfile
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from reelwright.files import whole
from reelwright.scan.measure import COLUMNS, THUMB_HEIGHT, THUMB_WIDTH

CHUNK = 1024
"""Frames a chunk: 4 MB of thumbs in memory."""

DEFLATE_LEVEL = 1
"""Fastest level of zlib; higher ones gain little on pictures."""


class ScanWriter:
    """Writes a scan frame by frame in bounded memory; the file appears when the block ends well."""

    def __init__(self, path: Path) -> None:
        self._stack = ExitStack()
        target = self._stack.enter_context(whole(path))
        archive = zipfile.ZipFile(target, "w", compression=zipfile.ZIP_DEFLATED, compresslevel=DEFLATE_LEVEL)
        # Closed before the file gets its name: closing writes the index, and may find the disk full.
        self._zip = self._stack.enter_context(archive)
        self._chunk = np.empty(CHUNK, np.dtype([(name, kind) for name, kind in COLUMNS.items()]))
        self._thumbs = np.empty((CHUNK, THUMB_HEIGHT, THUMB_WIDTH, 3), np.uint8)
        self._columns: list[np.ndarray] = []
        self._filled = 0
        self.frames = 0
        self.holes = np.empty((0, 2), np.int64)
        """First PTS of each hole and the PTS at which it ends; set before the block ends."""

    def __enter__(self) -> Self:
        return self

    def add(self, pts: int, row: dict[str, Any], thumb: np.ndarray) -> None:
        """Append one frame."""
        self._chunk[self._filled] = tuple(pts if name == "pts" else row[name] for name in COLUMNS)
        self._thumbs[self._filled] = thumb
        self._filled += 1
        self.frames += 1
        if self._filled == CHUNK:
            self._flush()

    def stamps(self) -> np.ndarray:
        """PTS of the frames so far."""
        return np.concatenate([*(part["pts"] for part in self._columns), self._chunk["pts"][: self._filled]])

    def _flush(self) -> None:
        if self._filled == 0:
            return
        thumbs = self._thumbs[: self._filled]
        delta = thumbs.copy()
        delta[1:] -= thumbs[:-1]
        self._write(f"thumbs_{len(self._columns):05d}", delta)
        self._columns.append(self._chunk[: self._filled].copy())
        self._filled = 0

    def _write(self, name: str, array: np.ndarray) -> None:
        with self._zip.open(f"{name}.npy", "w", force_zip64=True) as member:
            np.lib.format.write_array(member, np.ascontiguousarray(array), allow_pickle=False)

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._stack.__exit__(kind, value, trace)
            return
        with self._stack:
            self._flush()
            table = np.concatenate(self._columns) if self._columns else self._chunk[:0]
            for name in COLUMNS:
                self._write(name, table[name])
            self._write("holes", self.holes)


class Scan:
    """The measurements of one master: each column as an attribute-like item, thumbs by range."""

    def __init__(self, path: Path) -> None:
        self._file = np.load(path, allow_pickle=False)
        self._columns: dict[str, np.ndarray] = {}
        self.frames = len(self["pts"])

    def __getitem__(self, column: str) -> np.ndarray:
        """A column of ``measure.COLUMNS``, one value a frame in presentation order."""
        if column not in self._columns:
            self._columns[column] = self._file[column]
        return self._columns[column]

    @property
    def holes(self) -> np.ndarray:
        """Stretches of time that hold no sound picture: int64 of shape (holes, 2), first PTS and end (exclusive)."""
        return np.asarray(self._file["holes"])

    def thumbs(self, start: int, end: int) -> np.ndarray:
        """RGB thumbs of frames ``start`` to ``end`` (exclusive), uint8 of shape (frames, 27, 48, 3)."""
        if not 0 <= start <= end <= self.frames:
            raise ValueError(f"frames {start} to {end} are not within 0 to {self.frames}")
        parts = [np.empty((0, THUMB_HEIGHT, THUMB_WIDTH, 3), np.uint8)]
        for chunk in range(start // CHUNK, -(-end // CHUNK)):
            first = chunk * CHUNK
            thumbs = self._file[f"thumbs_{chunk:05d}"]
            # Row by row: NumPy's cumsum goes down the columns, six times as slowly.
            for earlier, later in itertools.pairwise(thumbs):
                np.add(earlier, later, out=later)
            parts.append(thumbs[max(0, start - first) : end - first])
        return np.concatenate(parts)
