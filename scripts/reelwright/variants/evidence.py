"""Frames of two masters decoded for evidence alone: do they differ, what does it look like, which master is the sharper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from reelwright.align.compare import CLOSE, unlike_map
from reelwright.align.picture import Window, resample
from reelwright.fit import Fitter, display_width, picture, write_picture
from reelwright.media import Span, decode_spans

CLOSE_ROWS, CLOSE_COLUMNS = 270, 480
"""Samples at which decoded pictures are compared."""

UNLIKE_SHARE = 0.003
"""Share of a decoded picture from which on it shows something else. Other titles of the drawn season differ in 0.03 and more,
the worst compressed frames of a film in 0.0002."""

SHOWN_HEIGHT = 270
"""Height of each side of a side-by-side picture."""

LABEL_HEIGHT = 28
"""Height of the words above a side-by-side picture."""

PAPER, INK = (24, 24, 24), (224, 224, 224)


@dataclass(frozen=True)
class Delivered:
    """A master file, and what of its probe and scan is needed to decode frames of it."""

    name: str
    path: Path
    pts: np.ndarray
    """PTS of each frame."""
    time_base: Fraction
    width: int
    height: int
    sample_aspect: Fraction
    rotation: int

    def seconds(self, frame: int) -> float:
        """Seconds from the first frame."""
        return float(int(self.pts[frame] - self.pts[0]) * self.time_base)


@dataclass(frozen=True)
class Still:
    """A decoded frame."""

    luma: np.ndarray
    """8-bit luma as stored, at full size."""
    bgr: np.ndarray
    """``SHOWN_HEIGHT`` high, upright, of square pixels."""


def decode_stills(master: Delivered, frames: Sequence[int], threads: int) -> dict[int, Still]:
    """The frames with the given numbers, in one pass."""
    wanted = sorted(set(frames))
    width = display_width(master.width, master.height, master.sample_aspect, SHOWN_HEIGHT, master.rotation)
    fit = Fitter(width, SHOWN_HEIGHT, master.sample_aspect, master.rotation)
    stills: dict[int, Still] = {}
    spans = [Span(int(master.pts[frame]), int(master.pts[frame]) + 1) for frame in wanted]
    for number, frame in decode_spans(master.path, spans, threads):
        stills[wanted[number]] = Still(_luma(frame), picture(fit(frame)))
    return stills


def _luma(frame: av.VideoFrame) -> np.ndarray:
    return frame.to_ndarray(format="gray")


def _sampled(still: Still, window: Window) -> np.ndarray:
    return resample(still.luma[None].astype(np.float32), window, CLOSE_ROWS, CLOSE_COLUMNS)


def differ(a: Still, b: Still, a_window: Window, b_window: Window, overlay: np.ndarray) -> bool:
    """Whether two frames show something else; ``overlay`` are places of the thumbs that don't count (see ``Differences``)."""
    unlike = unlike_map(_sampled(a, a_window), _sampled(b, b_window), CLOSE)[0]
    ignored = cv2.resize(overlay.astype(np.uint8), unlike.shape[::-1], interpolation=cv2.INTER_NEAREST).astype(bool)
    return bool((unlike & ~ignored).mean() >= UNLIKE_SHARE)


def sharpness(stills: Sequence[Still], rows: int) -> float | None:
    """Median variance of the Laplacian of frames brought to ``rows`` rows; None without frames."""
    values = []
    for still in stills:
        columns = round(still.luma.shape[1] * rows / still.luma.shape[0])
        enlarged = cv2.resize(still.luma, (columns, rows), interpolation=cv2.INTER_CUBIC)
        values.append(float(cv2.Laplacian(enlarged, cv2.CV_32F).var()))
    return float(np.median(values)) if values else None


def _panel(still: Still | None, words: str, width: int) -> np.ndarray:
    canvas = np.full((LABEL_HEIGHT + SHOWN_HEIGHT, width, 3), PAPER, np.uint8)
    if still is not None:
        canvas[LABEL_HEIGHT:, : still.bgr.shape[1]] = still.bgr[:, :width]
    cv2.putText(canvas, words, (8, 19), cv2.FONT_HERSHEY_SIMPLEX, 0.42, INK, 1, cv2.LINE_AA)
    return canvas


def write_side_by_side(path: Path, sides: Sequence[tuple[Still | None, str]]) -> None:
    """Write frames beside one another as JPEG, each under its words; None is an empty side."""
    width = max((still.bgr.shape[1] for still, _ in sides if still is not None), default=SHOWN_HEIGHT)
    write_picture(path, np.hstack([_panel(still, words, width) for still, words in sides]))
