"""Small real films for tests: encoded by libx264 into real containers, with known frames."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np


def painted(shot: int, frame: int, width: int = 320, height: int = 180) -> np.ndarray:
    """A BGR picture of a shot: its own backdrop, and a disc that moves by the frame."""
    random = np.random.default_rng(shot)
    coarse = random.integers(30, 226, (5, 8, 3), dtype=np.uint8)
    picture = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    for _ in range(12):
        corner = random.integers(0, [width, height])
        size = random.integers(8, [width // 4, height // 4])
        colour = random.integers(0, 256, 3).tolist()
        cv2.rectangle(picture, corner.tolist(), (corner + size).tolist(), colour, -1)
    centre = (int(width * (0.2 + 0.6 * ((frame * 2 + shot * 37) % 200) / 200)), height // 2)
    cv2.circle(picture, centre, height // 8, (240, 240, 240), -1, cv2.LINE_AA)
    return picture


def write_film(
    path: Path,
    frames: Sequence[np.ndarray],
    *,
    rate: Fraction = Fraction(25),
    pts: Sequence[int] | None = None,
    time_base: Fraction | None = None,
    options: dict[str, str] | None = None,
    audio: bool = False,
) -> Path:
    """Encode BGR ``frames`` as H.264; ``pts`` in ``time_base`` where they are not simply one a frame."""
    path.parent.mkdir(parents=True, exist_ok=True)
    base = time_base or 1 / rate
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = base
        stream.codec_context.options = {"crf": "12", "preset": "veryfast", **(options or {})}
        sound = container.add_stream("aac", rate=48000, layout="mono") if audio else None
        for number, bgr in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(bgr, format="bgr24")
            frame.pts = pts[number] if pts else number
            frame.time_base = base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if sound is not None:
            silence = np.zeros((1, 48000), np.float32)
            block = av.AudioFrame.from_ndarray(silence, format="fltp", layout="mono")
            block.sample_rate = 48000
            container.mux(sound.encode(block))
            container.mux(sound.encode(None))
    return path


def shots_film(path: Path, lengths: Sequence[int], *, first: int = 0, **options: object) -> Path:
    """A film of hard cuts: one painted shot of each length, in frames; ``first`` is the number of the first shot."""
    frames = [painted(shot, frame) for shot, length in enumerate(lengths, first) for frame in range(length)]
    return write_film(path, frames, **options)  # type: ignore[arg-type]
