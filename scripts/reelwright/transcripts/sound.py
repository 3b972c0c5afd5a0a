"""The sound of a master as speech models take it: one channel, 16 kHz, counted from the master's first frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from reelwright.errors import BadItem

RATE = 16000
"""Samples a second."""

GAP_S = Fraction(1, 20)
"""Sound that is this much off the end of the sound before it is put where its time stamps say: less is rounding."""


@dataclass
class _Sound:
    """Samples put one behind the other, with silence where there is a gap and without what would overlap."""

    limit: int
    """Samples that it has at most: a wrong time stamp must not ask for hours of silence."""
    parts: list[np.ndarray] = field(default_factory=list)
    length: int = 0
    surplus: int = 0
    """Samples to leave out, since their place is taken or lies ahead of the first frame."""

    def move_to(self, place: int) -> None:
        """What follows begins at the sample ``place``."""
        place = min(place, self.limit)
        self.surplus = max(0, self.length - place)
        if place > self.length:
            self._take(np.zeros(place - self.length, np.float32))

    def add(self, samples: np.ndarray) -> None:
        """Samples that follow."""
        left = min(self.surplus, len(samples))
        self.surplus -= left
        self._take(samples[left:])

    def _take(self, samples: np.ndarray) -> None:
        samples = samples[: self.limit - self.length]
        self.parts.append(samples)
        self.length += len(samples)


def read_sound(path: Path, track: int, start_s: Fraction, seconds: float) -> tuple[np.ndarray, int] | None:
    """The ``track``-th audio stream (from 1) of a file as float32 samples, ``seconds`` from the PTS ``start_s`` on at most.

    None where the file has no sound.
    The second value counts packets that the decoder refused: they leave silence. Raises BadItem ``unreadable`` where the file
    can't be opened or read to its end, and ``no_track`` where it has sound but fewer streams of it.
    """
    try:
        with av.open(str(path)) as container:
            streams = container.streams.audio
            if not streams:
                return None
            if track > len(streams):
                message = f"{path.name} has {len(streams)} audio streams: there is no track {track}"
                raise BadItem("no_track", f"{message} (transcripts.whisper.track)", retryable=False)
            return _read(container, streams[track - 1], start_s, round(seconds * RATE))
    except (av.FFmpegError, OSError) as error:
        raise BadItem("unreadable", f"the sound of {path.name} can't be read: {error.strerror or error}") from error


def _read(
    container: av.container.InputContainer, stream: av.AudioStream, start_s: Fraction, limit: int
) -> tuple[np.ndarray, int]:
    sound, refused = _Sound(limit), [0]
    resampler: av.AudioResampler | None = None
    kind: tuple[str, str, int] | None = None
    ends = Fraction(0)
    for frame in _frames(container, stream, refused):
        begins = ends if frame.pts is None or frame.time_base is None else frame.pts * frame.time_base - start_s
        before, kind = kind, (frame.format.name, frame.layout.name, frame.sample_rate)
        if kind != before or abs(begins - ends) > GAP_S:
            _resample(resampler, None, sound)
            resampler = av.AudioResampler("flt", "mono", RATE)
            sound.move_to(round(begins * RATE))
        _resample(resampler, frame, sound)
        ends = begins + Fraction(frame.samples, frame.sample_rate)
    _resample(resampler, None, sound)
    return np.concatenate([np.zeros(0, np.float32), *sound.parts]), refused[0]


def _frames(
    container: av.container.InputContainer, stream: av.AudioStream, refused: list[int]
) -> Iterator[av.AudioFrame]:
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.FFmpegError:
            refused[0] += 1
            continue
        yield from (frame for frame in frames if isinstance(frame, av.AudioFrame) and frame.samples)


def _resample(resampler: av.AudioResampler | None, frame: av.AudioFrame | None, sound: _Sound) -> None:
    """Put what ``resampler`` makes of ``frame``, or what it still holds where there is none, to the sound."""
    for ready in resampler.resample(frame) if resampler else []:
        sound.add(ready.to_ndarray().reshape(-1))
