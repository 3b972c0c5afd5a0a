"""What a trainer would really show a model of one row: its own rules on frames, rate and size, as the facts state them.

A clip has ``n`` frames, numbered from 0, at ``rate`` a second. What a trainer takes of it is a list of these numbers; the
model then sees each for as long as the rate lasts that it was made for. So what was filmed in ``seconds`` seems to move at
``speed`` (1 is right, below 1 is slow motion).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from reelwright.facts import Model, Trainer


@dataclass(frozen=True)
class Media:
    """One row's media, as it lies in the package."""

    frames: int
    rate: Fraction
    """Frames a second."""
    width: int
    height: int
    captioned: bool = True


@dataclass(frozen=True)
class Asked:
    """What an export asks a trainer for."""

    counts: tuple[int, ...]
    """Frame counts of the package's rows, smallest first."""
    width: int
    height: int
    fixed: bool = True
    """Whether that is the size of all media; else it is an area to train at."""


@dataclass(frozen=True)
class Showing:
    """What the model is shown of one row."""

    frames: tuple[int, ...]
    """Numbers of the frames taken; what is shown twice stands there twice."""
    rate: Fraction
    """Frames a second of the media, by which frames are seconds."""
    shown_rate: int
    """Frames a second that the model takes them for."""
    width: int
    height: int
    kept: float
    """Share of the picture's area that is left after cropping."""

    @property
    def seconds(self) -> Fraction:
        """Seconds of the clip from the first frame taken to the end of the last."""
        return (self.frames[-1] - self.frames[0] + 1) / self.rate

    @property
    def speed(self) -> Fraction:
        """How fast it seems to move; 1 where a single frame is shown."""
        steps = len(self.frames) - 1
        return (self.frames[-1] - self.frames[0]) * self.shown_rate / (steps * self.rate) if steps else Fraction(1)


@dataclass(frozen=True)
class Skipped:
    """A row that the trainer leaves out."""

    reason: str


def head(frames: int, asked: int, step: int) -> tuple[int, ...]:
    """The first ``asked`` frames; of a shorter clip the largest ``step * n + 1`` of them."""
    return tuple(range(asked if frames >= asked else frames - (frames - 1) % step))


def spread(frames: int, asked: int) -> tuple[int, ...]:
    """``asked`` frames evenly from the first to the last, rounded down: torch.linspace, cut to whole numbers."""
    return tuple(place * (frames - 1) // (asked - 1) for place in range(asked)) if asked > 1 else (0,)


def stretched(frames: int, asked: int) -> tuple[int, ...]:
    """``asked`` frames evenly from the first to the last, rounded to the nearest (ai-toolkit)."""
    if asked == 1:
        return (0,)
    return tuple(round(Fraction(place * (frames - 1), asked - 1)) for place in range(asked))


def window(frames: int, rate: Fraction, asked: int, asked_rate: int) -> tuple[int, ...]:
    """``asked`` frames at about ``asked_rate``, from the clip's start; spread over it where it has not so many.

    ai-toolkit begins at a random frame, which for a clip of ``asked`` frames can only be the first.
    """
    interval = max(1, round(rate / asked_rate))
    if frames // interval < asked:
        return stretched(frames, asked)
    return tuple(range(0, asked * interval, interval))


def retimed(frames: int, rate: Fraction, target: int) -> tuple[int, ...]:
    """All frames of a clip resampled to ``target`` a second: as many as its length holds, evenly (diffusion-pipe)."""
    count = int(frames * target / rate)
    return spread(frames, count) if count > 1 else (0,) * count


def fitting(frames: int, buckets: Sequence[int]) -> int | None:
    """The largest of ``buckets`` that a clip of so many frames fills; None where it fills none."""
    return max((bucket for bucket in buckets if bucket <= frames), default=None)


def _frames(trainer: Trainer, model: Model, media: Media, asked: Asked) -> tuple[int, ...] | Skipped:
    """The frames that a trainer takes of a clip."""
    always = trainer.retimes == "always" and media.frames > 1
    clip = retimed(media.frames, media.rate, model.rate) if always else tuple(range(media.frames))
    # The largest count of the package that the clip holds: the data set or bucket that it is in.
    own = fitting(len(clip), asked.counts)
    if media.frames == 1 or trainer.cut == "whole":
        return clip
    if trainer.cut == "head":
        number = asked.counts[-1] if trainer.asks == "largest" else own or asked.counts[0]
        return head(len(clip), number, model.frame_step)
    if trainer.cut == "window":
        return window(media.frames, media.rate, own or asked.counts[0], model.rate)
    if trainer.cut == "bucket_spread":
        return clip if own is None else tuple(clip[place] for place in spread(len(clip), own))
    # Videos never go to the bucket of pictures.
    if own is None or own == 1:
        return Skipped(f"short: {len(clip)} frames at {model.rate} fps, fewer than the smallest bucket")
    return clip[:own]


def _area_bucket(width: int, height: int, asked: Asked, step: int) -> tuple[int, int]:
    """The size of about the asked area, in steps, that is nearest in shape (musubi-tuner's BucketSelector)."""
    area = asked.width * asked.height
    side = math.isqrt(area)
    smallest = side // 2 // step * step
    found = {(one, area // one // step * step) for one in range(smallest, side + step, step) if one}
    sizes = sorted(found | {(tall, wide) for wide, tall in found if tall})
    return min((size for size in sizes if all(size)), key=lambda size: abs(size[0] / size[1] - width / height))


SHAPES = (0.5, 2.0, 7)
"""Smallest and largest shape (width by height), and how many of them, at even ratios, where media has several sizes."""


def _area_rounded(width: int, height: int, asked: Asked, step: int) -> tuple[int, int]:
    """The asked shape at the asked area, rounded to steps, from figures of three decimals (diffusion-pipe)."""
    shapes = [asked.width / asked.height]
    if not asked.fixed:
        least, most, count = SHAPES
        shapes = [least * (most / least) ** (place / (count - 1)) for place in range(count)]
    near = math.log(width / height)
    shape = min((round(one, 3) for one in shapes), key=lambda one: abs(math.log(one) - near))
    area = round(math.sqrt(asked.width * asked.height), 3) ** 2
    wide = math.sqrt(area * shape)
    return round(wide / step) * step, round(area / wide / step) * step


def _area_limit(width: int, height: int, asked: Asked, step: int) -> tuple[int, int]:
    """The clip's own size within the asked area, in steps (ai-toolkit; the export asks for the side of a square)."""
    limit = math.ceil(math.sqrt(asked.width * asked.height)) ** 2
    target = min(width * height, limit)
    scale = math.sqrt(target / (width * height))
    wide, tall = width * scale / step, height * scale / step
    found = [
        (one * step, other * step)
        for one in (math.floor(wide), math.ceil(wide))
        for other in (math.floor(tall), math.ceil(tall))
    ]
    within = [size for size in found if all(size) and math.prod(size) <= limit]
    if not within:
        return max(step, math.floor(wide) * step), max(step, math.floor(tall) * step)
    return min(within, key=lambda size: abs(math.prod(size) - target))


FLOOR = 16
"""Pixels to which DiffSynth-Studio floors sizes."""


def _floored(width: int, height: int, asked: Asked) -> tuple[int, int]:
    """The clip's own size within the asked area, floored (DiffSynth-Studio without a size)."""
    most = asked.width * asked.height
    scale = max(1.0, math.sqrt(width * height / most))
    return int(width / scale) // FLOOR * FLOOR, int(height / scale) // FLOOR * FLOOR


def trained_size(trainer: Trainer, model: Model, media: Media, asked: Asked) -> tuple[int, int]:
    """Width and height at which a trainer trains on a row, in pixels."""
    if trainer.sizes == "area_buckets":
        return _area_bucket(media.width, media.height, asked, model.step)
    if trainer.sizes == "area_rounded":
        return _area_rounded(media.width, media.height, asked, model.step)
    if trainer.sizes == "area_limit":
        return _area_limit(media.width, media.height, asked, model.step)
    if trainer.sizes == "native":
        return media.width, media.height
    if not asked.fixed and trainer.sizes == "given_or_floored" and model.step <= FLOOR:
        return _floored(media.width, media.height, asked)
    return asked.width, asked.height


def shown(trainer: Trainer, model: Model, media: Media, asked: Asked) -> Showing | Skipped:
    """What ``trainer`` would show ``model`` of one row, or why it would leave it out."""
    if trainer.needs_caption and not media.captioned:
        return Skipped("no caption")
    taken = _frames(trainer, model, media, asked)
    if isinstance(taken, Skipped):
        return taken
    width, height = trained_size(trainer, model, media, asked)
    scale = max(Fraction(width, media.width), Fraction(height, media.height))
    kept = 1.0 if trainer.crop == "none" else float(width * height / (media.width * media.height * scale**2))
    return Showing(taken, media.rate, model.rate, width, height, kept)
