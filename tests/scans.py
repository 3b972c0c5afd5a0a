"""Scans of small films for tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from reelwright.media import open_video
from reelwright.scan.file import Scan, ScanWriter
from reelwright.scan.measure import FrameMeter


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
