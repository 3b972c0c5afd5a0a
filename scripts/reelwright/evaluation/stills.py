"""Stills: pictures that somebody keeps for evaluation, measured as a scan measures the frames of a master."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np

from reelwright.align.footage import Footage
from reelwright.align.picture import LUMA_WEIGHTS
from reelwright.errors import BadItem
from reelwright.scan.measure import FrameMeter

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
"""Kinds of picture files."""

MATRIX = "bt601"
"""What swscale turns RGB into, and so what the meter has to turn back."""


def measured(name: str, bgr: np.ndarray) -> Footage:
    """A picture, uint8 of shape (height, width, 3), as footage of one frame."""
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(bgr), format="bgr24").reformat(format="yuv420p")
    row, thumb = FrameMeter(MATRIX).measure(frame)
    luma = (thumb.astype(np.float32) @ np.array(LUMA_WEIGHTS[MATRIX], np.float32))[None]
    return Footage(name, np.asarray(row["grid"])[None], np.zeros(1), lambda frames: luma[frames])


def still(name: str, path: Path) -> Footage:
    """The picture in the file at ``path``; raises BadItem where there is none."""
    bgr = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR) if path.stat().st_size else None
    if bgr is None:
        raise BadItem("unreadable", f"{path}: no picture of it can be decoded")
    return measured(name, np.asarray(bgr))
