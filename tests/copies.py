"""Copies of footage as others pass them on: cut, scaled, re-encoded, under a logo, in bars, cropped, mirrored, faster."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from reelwright.media import Span, decode_spans


@dataclass(frozen=True)
class Copy:
    """What is done to the footage on its way."""

    codec: str = "libx264"
    options: dict[str, str] = field(default_factory=lambda: {"crf": "28", "preset": "veryfast"})
    width: int = 640
    height: int = 360
    rate: Fraction = Fraction(24)
    """Frames a second of the copy; its frame k shows what is on screen at k / rate * speed."""
    speed: Fraction = Fraction(1)
    """Above 1 for a copy that plays faster."""
    logo: float = 0.0
    """Side of a square logo in the upper right corner, as a share of the height."""
    bars: tuple[float, float] = (0.0, 0.0)
    """Share of width and height that is black at each side, the whole picture being squeezed between."""
    crop: float = 0.0
    """Share of width and height that is cut off, half of it at each side."""
    mirror: bool = False
    gain: float = 1.0
    """Contrast about black: 219 / 255 is full range shown as limited."""

    def paint(self, bgr: np.ndarray) -> np.ndarray:
        """One picture of the source as the copy shows it."""
        rows, columns = bgr.shape[:2]
        top, left = round(rows * self.crop / 2), round(columns * self.crop / 2)
        picture = bgr[top : rows - top, left : columns - left]
        if self.mirror:
            picture = picture[:, ::-1]
        beside, above = round(self.width * self.bars[0]), round(self.height * self.bars[1])
        size = (self.width - 2 * beside, self.height - 2 * above)
        small = cv2.resize(np.ascontiguousarray(picture), size, interpolation=cv2.INTER_AREA)
        canvas = np.zeros((self.height, self.width, 3), np.uint8)
        canvas[above : self.height - above, beside : self.width - beside] = cv2.convertScaleAbs(small, alpha=self.gain)
        side = round(self.height * self.logo)
        if side:
            corner = canvas[above + 8 : above + 8 + side, self.width - beside - 8 - side : self.width - beside - 8]
            corner[:] = (40, 200, 240)
            cv2.circle(corner, (side // 2, side // 2), side // 3, (160, 30, 30), -1, cv2.LINE_AA)
        return canvas


def write_copy(source: Path, rate: Fraction, first: int, end: int, out: Path, copy: Copy) -> list[int]:
    """Write a copy of frames ``first`` to ``end`` (exclusive) of a source whose first frame has PTS 0.

    Returns the number of the source's frame that each frame of the copy shows.
    """
    with av.open(str(source)) as container:
        base = container.streams.video[0].time_base
        assert base is not None
    half, length = 1 / rate / 2, end - first
    span = Span(round((first / rate - half) / base), round((end / rate - half) / base))
    count = int(length / rate / copy.speed * copy.rate)
    # A frame is sampled in its middle, so that rounding never decides which one is on screen.
    shown = [min(length - 1, int((k + Fraction(1, 2)) / copy.rate * copy.speed * rate)) for k in range(count)]
    out.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with av.open(str(out), "w") as container:
        stream = container.add_stream(copy.codec, rate=copy.rate)
        stream.width, stream.height, stream.pix_fmt = copy.width, copy.height, "yuv420p"
        stream.codec_context.options = copy.options
        for index, (_, decoded) in enumerate(decode_spans(source, [span], 2)):
            while written < count and shown[written] == index:
                frame = av.VideoFrame.from_ndarray(copy.paint(decoded.to_ndarray(format="bgr24")), format="bgr24")
                frame.pts, frame.time_base = written, 1 / copy.rate
                container.mux(stream.encode(frame))
                written += 1
        container.mux(stream.encode(None))
    assert written == count, f"{written} of {count} frames were written"
    return [first + index for index in shown]


KINDS = {
    "re-encoded": Copy(),
    "hard": Copy(options={"crf": "38", "preset": "veryfast"}, width=480, height=270),
    "logo": Copy(logo=0.16),
    "pillarbox": Copy(bars=(0.125, 0.0)),
    "letterbox": Copy(bars=(0.0, 0.12)),
    "window": Copy(bars=(0.1, 0.1)),
    "faster": Copy(speed=Fraction(101, 100)),
    "faster rate": Copy(speed=Fraction(101, 100), rate=Fraction(2424, 100)),
    "pal": Copy(speed=Fraction(25, 24), rate=Fraction(25)),
    "telecine": Copy(rate=Fraction(30)),
    "mpeg4": Copy(codec="mpeg4", options={"b": "600000"}),
    "vp9": Copy(codec="libvpx-vp9", options={"deadline": "realtime", "cpu-used": "8", "b": "500000"}),
    "washed": Copy(gain=0.86),
    "cropped": Copy(crop=0.03),
    "logo in pillarbox, faster": Copy(logo=0.14, bars=(0.125, 0.0), speed=Fraction(101, 100)),
}
"""One of each way in which copies differ."""
