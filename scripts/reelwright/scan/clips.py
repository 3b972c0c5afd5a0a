"""Scans of many short files: each measured once, and kept in the store by what the file is."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2

from reelwright.digest import file_sha256, recipe_digest
from reelwright.errors import BadItem
from reelwright.media import Faults, decode_frames, open_video, reason
from reelwright.scan import check_order, meter_for
from reelwright.scan.file import ScanWriter
from reelwright.sources.probe import COLOR_RANGES, COLOR_SPACES
from reelwright.stages import stage_version
from reelwright.store import FolderStore

CLIP_TIME_BASE = Fraction(1, 1_000_000)
"""Unit of the PTS in a clip's scan, whatever that of its file is: nothing is cut by them."""


@dataclass(frozen=True)
class ClipScan:
    """A file that was measured."""

    sha256: str
    """Of the file."""
    scan: Path
    """Its scan, in the store; PTS in units of ``CLIP_TIME_BASE``."""


def scan_clips(files: Sequence[Path], store: FolderStore, threads: int) -> list[ClipScan | BadItem]:
    """Measure each file as ``scan_source`` does a master, or take what the store has; ``threads`` files at a time.

    A file of which no picture can be decoded gives the BadItem that says why.
    """
    # The files keep the cores busy; OpenCV's own threads would only get in their way.
    cv2.setNumThreads(1)
    with ThreadPoolExecutor(max(1, threads)) as pool:
        return list(pool.map(lambda path: _scan_or_why(path, store), files))


def recipe_of(sha256: str) -> str:
    """What the scan of the file with this sha256 goes by in the store (suffix ``.npz``)."""
    return recipe_digest({"scan": stage_version("scan_source"), "source_sha256": sha256})


def _scan_or_why(path: Path, store: FolderStore) -> ClipScan | BadItem:
    try:
        return _scan(path, store)
    except BadItem as bad:
        return bad


def _scan(path: Path, store: FolderStore) -> ClipScan:
    try:
        sha256 = file_sha256(path)
    except OSError as error:
        raise BadItem("unreadable", f"{path.name} can't be read: {error.strerror}") from error
    recipe = recipe_of(sha256)
    stored = store.get(recipe, ".npz") or store.put(recipe, ".npz", lambda out: _measure(path, out))
    return ClipScan(sha256, stored)


def _measure(path: Path, out: Path) -> None:
    faults, meter = Faults(), None
    container, stream = open_video(path, 1)
    with container, ScanWriter(out) as writer:
        try:
            for frame in decode_frames(container, stream, faults):
                assert frame.pts is not None and frame.time_base is not None
                if meter is None:
                    full_range = (
                        frame.format.name.startswith("yuvj") or COLOR_RANGES.get(int(frame.color_range)) == "pc"
                    )
                    meter = meter_for(COLOR_SPACES.get(int(frame.colorspace)), full_range, frame.height)
                writer.add(round(frame.pts * frame.time_base / CLIP_TIME_BASE), *meter.measure(frame))
        except av.FFmpegError as error:
            if writer.frames == 0:
                raise BadItem("unreadable", f"{path.name} can't be read: {reason(error)}") from error
        check_order(path.name, writer.frames, faults)
