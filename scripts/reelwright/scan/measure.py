"""What is measured of each frame while a master is decoded: everything that later stages judge it by.

A frame is shrunk plane by plane to ``WIDTH`` x ``HEIGHT`` by taking the nearest sample of the decoded Y, U and V, which
touches a fraction of the picture, and all measurements but combing are taken there. Means over thousands of pixels don't
care: on a film, PySceneDetect's detectors score the same on such pictures as on averaged ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import av
import cv2
import numpy as np

from reelwright.phash import perceptual_hash

WIDTH, HEIGHT = 240, 135
"""Size at which frames are measured: about what PySceneDetect shrinks to, and five times the thumbs either way."""

THUMB_WIDTH, THUMB_HEIGHT = 48, 27
"""Size of the stored RGB frame: the input of TransNetV2 (Soucek and Lokoc 2020)."""

HISTOGRAM_BINS = 128
"""Bins of the luma histogram (PySceneDetect 0.7's HistogramDetector)."""

BLACK_LINE = 24.0
"""Mean luma (0 to 255) below which a row or column at the border counts as black (letterbox)."""

CHANGED_LEVELS = 8
"""Luma difference from which on a pixel counts as changed: above grain and compression noise at this size."""

COMB_COLUMNS = 128
"""Columns, from the picture's middle, in which rows are compared for combing at full height."""

GRID_WIDTH, GRID_HEIGHT = 16, 9
"""Size of the stored luma grid, coarse enough to ignore detail and fine enough to tell two shots apart."""

COLUMNS: dict[str, np.dtype] = {
    "pts": np.dtype("i8"),
    "brightness": np.dtype("f4"),
    "deviation": np.dtype("f4"),
    "delta_hue": np.dtype("f4"),
    "delta_sat": np.dtype("f4"),
    "delta_lum": np.dtype("f4"),
    "delta_edges": np.dtype("f4"),
    "histogram": np.dtype("f4"),
    "phash": np.dtype("u8"),
    "sharpness": np.dtype("f4"),
    "motion": np.dtype("f4"),
    "changed": np.dtype("f4"),
    "border": np.dtype(("u1", 4)),
    "combing": np.dtype("f4"),
    "grid": np.dtype(("u1", GRID_WIDTH * GRID_HEIGHT)),
}
"""The stored columns. ``pts``: in the stream's time base. ``brightness``, ``deviation``: mean and standard deviation of
luma, 0 to 255 at full range. ``delta_*``: PySceneDetect's content components against the frame before. ``histogram``:
one minus the correlation of luma histograms. ``sharpness``: variance of the Laplacian. ``motion``: mean absolute luma
difference. ``changed``: share of pixels that changed. ``border``: black rows or columns at top, bottom, left, right, in
measured pixels. ``combing``: difference of neighbouring rows over that of rows two apart; about 1 for progressive
pictures, above it for interlaced ones in motion. ``grid``: luma at 16x9, row by row. Differences are 0 for the first
frame."""

_EDGE_KERNEL = np.ones((3, 3), np.uint8)
"""ContentDetector's kernel for a picture of this size: 4 + round(sqrt(width * height) / 192), made odd, halved."""

_LIMITED_LUMA = np.clip((np.arange(256) - 16) * 255 / 219, 0, 255).round().astype(np.uint8)
_CHROMA_TO_BGR = {
    # ITU-R BT.709 and BT.601: what U and V, centred and at full range, add to full-range Y for B, G and R.
    "bt709": [[1.8556, 0.0], [-0.1873, -0.4681], [0.0, 1.5748]],
    "bt601": [[1.772, 0.0], [-0.3441, -0.7141], [0.0, 1.402]],
}


def bgr_matrix(matrix: str, full_range: bool) -> np.ndarray:
    """3x4 matrix from full-range Y, stored U and V, and 1 to B, G, R; ``matrix`` is ``bt709`` or ``bt601``."""
    chroma = np.array(_CHROMA_TO_BGR[matrix]) * (1.0 if full_range else 255 / 224)
    return np.hstack([np.ones((3, 1)), chroma, -128 * chroma.sum(axis=1, keepdims=True)]).astype(np.float32)


def planes_of(frame: av.VideoFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Views of a planar 8-bit frame's Y, U and V; other pixel formats are converted first."""
    if frame.format.name not in {"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p"}:
        frame = frame.reformat(format="yuv420p")
    views = []
    for plane in frame.planes:
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        views.append(rows[: plane.height, : plane.width])
    return views[0], views[1], views[2]


def _edges(value: np.ndarray) -> np.ndarray:
    """ContentDetector's edge map, at half size: Canny between a third below and above the median, dilated."""
    half = value[::2, ::2].copy()
    counts = cv2.calcHist([half], [0], None, [256], [0, 256]).ravel()
    median = int(np.searchsorted(np.cumsum(counts), half.size / 2))
    return cv2.dilate(cv2.Canny(half, median * 2 // 3, min(255, median * 4 // 3)), _EDGE_KERNEL)


def _leading_black(profile: np.ndarray) -> int:
    lit = profile >= BLACK_LINE
    return int(lit.argmax()) if lit.any() else len(profile)


def _combing(luma: np.ndarray) -> float:
    middle = luma.shape[1] // 2
    band = luma[:, max(0, middle - COMB_COLUMNS // 2) : middle + COMB_COLUMNS // 2]
    if band.shape[0] < 3:
        return 1.0
    near = cv2.norm(band[:-2], band[1:-1], cv2.NORM_L1)
    far = cv2.norm(band[:-2], band[2:], cv2.NORM_L1)
    return float((near + 1) / (far + 1))


@dataclass
class _Measured:
    """What the next frame is compared with."""

    luma: np.ndarray
    hsv: tuple[np.ndarray, ...]
    edges: np.ndarray
    histogram: np.ndarray


@dataclass
class FrameMeter:
    """Measures the frames of one master one after another."""

    matrix: str = "bt709"
    """``bt709`` or ``bt601``."""
    full_range: bool = False
    _last: _Measured | None = None

    def __post_init__(self) -> None:
        self._to_bgr = bgr_matrix(self.matrix, self.full_range)

    def shrink(self, frame: av.VideoFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The frame's luma at full size, and its full-range luma and BGR picture at ``WIDTH`` x ``HEIGHT``."""
        planes = planes_of(frame)
        small = [cv2.resize(plane, (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST) for plane in planes]
        if not self.full_range:
            small[0] = cv2.LUT(small[0], _LIMITED_LUMA)
        bgr = cv2.transform(cv2.merge(small), self._to_bgr)
        return planes[0], small[0], bgr

    def measure(self, frame: av.VideoFrame) -> tuple[dict[str, object], np.ndarray]:
        """One row of ``COLUMNS`` (without ``pts``) and the 48x27 RGB thumb of shape (27, 48, 3)."""
        full, luma, bgr = self.shrink(frame)
        mean, deviation = cv2.meanStdDev(luma)
        histogram = cv2.calcHist([luma], [0], None, [HISTOGRAM_BINS], [0, 256])
        hsv = tuple(np.asarray(one) for one in cv2.split(cv2.cvtColor(bgr, cv2.COLOR_BGR2HSV)))
        now = _Measured(luma, hsv, _edges(hsv[2]), histogram)
        laplacian = cv2.Laplacian(luma, cv2.CV_16S)
        rows = cv2.reduce(luma, 1, cv2.REDUCE_AVG, dtype=cv2.CV_32F).ravel()
        columns = cv2.reduce(luma, 0, cv2.REDUCE_AVG, dtype=cv2.CV_32F).ravel()
        row: dict[str, object] = {
            "brightness": mean[0, 0],
            "deviation": deviation[0, 0],
            "phash": perceptual_hash(luma),
            "sharpness": cv2.meanStdDev(laplacian)[1][0, 0] ** 2,
            "border": tuple(min(255, _leading_black(line)) for line in (rows, rows[::-1], columns, columns[::-1])),
            "combing": _combing(full),
            "grid": cv2.resize(luma, (GRID_WIDTH, GRID_HEIGHT), interpolation=cv2.INTER_AREA).ravel(),
            **self._differences(now),
        }
        self._last = now
        thumb = cv2.resize(bgr, (THUMB_WIDTH, THUMB_HEIGHT), interpolation=cv2.INTER_AREA)
        return row, thumb[:, :, ::-1]

    def _differences(self, now: _Measured) -> dict[str, float]:
        names = ("delta_hue", "delta_sat", "delta_lum", "delta_edges", "histogram", "motion", "changed")
        last = self._last
        if last is None:
            return dict.fromkeys(names, 0.0)
        pixels = WIDTH * HEIGHT
        deltas = [cv2.norm(one, other, cv2.NORM_L1) / pixels for one, other in zip(now.hsv, last.hsv, strict=True)]
        difference = cv2.absdiff(now.luma, last.luma)
        changed = cv2.countNonZero(cv2.threshold(difference, CHANGED_LEVELS - 1, 255, cv2.THRESH_BINARY)[1])
        values = (
            *deltas,
            cv2.norm(now.edges, last.edges, cv2.NORM_L1) / now.edges.size,
            1.0 - cv2.compareHist(last.histogram, now.histogram, cv2.HISTCMP_CORREL),
            cv2.sumElems(difference)[0] / pixels,
            changed / pixels,
        )
        return dict(zip(names, values, strict=True))
