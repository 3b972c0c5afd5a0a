"""Scans of small films for tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from reelwright.media import open_video
from reelwright.scan.file import Scan, ScanWriter
from reelwright.scan.measure import COLUMNS, THUMB_HEIGHT, THUMB_WIDTH, FrameMeter


def measure(film: Path, out: Path) -> tuple[Scan, list[np.ndarray]]:
    """The scan of a film, and the pictures that were measured."""
    meter, pictures = FrameMeter("bt601"), []
    container, stream = open_video(film)
    with container, ScanWriter(out) as writer:
        for frame in container.decode(stream):
            assert frame.pts is not None
            pictures.append(meter.shrink(frame)[2])
            writer.add(frame.pts, *meter.measure(frame))
    return Scan(out), pictures


def write_scan(path: Path, cells: np.ndarray, pts: np.ndarray | None = None) -> Path:
    """The scan file of footage that is known by its cells alone, uint8 of shape (frames, 144): its thumbs show no more.

    ``pts``: of each frame; one a frame where left out.
    """
    stamps = np.arange(len(cells)) if pts is None else pts
    nothing = dict.fromkeys(COLUMNS, 0)
    with ScanWriter(path) as writer:
        for stamp, frame in zip(stamps.tolist(), cells, strict=True):
            row = {**nothing, "grid": frame, "brightness": float(frame.mean()), "border": (0, 0, 0, 0)}
            thumb = frame.reshape(9, 16).repeat(THUMB_HEIGHT // 9, axis=0).repeat(THUMB_WIDTH // 16, axis=1)
            writer.add(stamp, row, np.repeat(thumb[..., None], 3, axis=2))
    return path
