"""Trials: what each trainer that a package is exported to would really do to its rows, before a GPU finds out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from reelwright.errors import Problem
from reelwright.facts import Kind, Trainer, facts
from reelwright.packages.models import MODELS
from reelwright.packages.showing import Asked, Media, Showing, Skipped, shown
from reelwright.spec.model import ModelName, TrainerName

COLUMNS = ["trainer", "row", "media_frames", "media_seconds", "frames", "seconds", "speed", "size", "kept", "skipped"]
"""Columns of the table: a row of the package under one trainer. ``frames``, ``seconds`` (of the clip) and ``size`` are what
the model is shown, ``speed`` how fast that seems to move, ``kept`` the share of the picture left after cropping."""

NAMED = 3
"""Rows that one warning names; it counts the rest."""


@dataclass(frozen=True)
class Trial:
    """One trainer with all rows of a package."""

    name: TrainerName
    results: Mapping[str, tuple[Media, Showing | Skipped]]
    """By the row's name."""
    problems: tuple[Problem, ...]
    """Why it can't train the package at all."""
    notes: tuple[str, ...] = ()
    """What it does to the whole package."""

    def table(self) -> Iterator[dict[str, Any]]:
        """The rows of the table."""
        for row, (media, result) in self.results.items():
            cells = {"trainer": self.name, "row": row, "media_frames": media.frames}
            cells["media_seconds"] = f"{float(media.frames / media.rate):.3f}"
            if isinstance(result, Skipped):
                yield {**dict.fromkeys(COLUMNS), **cells, "skipped": result.reason}
            else:
                yield {
                    **cells,
                    "frames": len(result.frames),
                    "seconds": f"{float(result.seconds):.3f}",
                    "speed": f"{float(result.speed):.3f}",
                    "size": f"{result.width}x{result.height}",
                    "kept": f"{result.kept:.3f}",
                    "skipped": None,
                }

    def warnings(self) -> list[str]:
        """What somebody who trains the package should know, each with the rows it holds for."""
        found: dict[str, list[str]] = {}
        for row, (media, result) in self.results.items():
            for words in _surprises(media, result):
                found.setdefault(words, []).append(row)
        return [*self.notes, *(f"{_listed(rows, len(self.results))}: {words}" for words, rows in found.items())]

    def report(self) -> dict[str, Any]:
        """This trial for ``preflight.json``."""
        shows = [result for _, result in self.results.values() if isinstance(result, Showing)]
        skips = [result for _, result in self.results.values() if isinstance(result, Skipped)]
        return {
            "rows": len(shows),
            "skipped": len(skips),
            "frames": sum(len(one.frames) for one in shows),
            "seconds": round(float(sum(one.seconds for one in shows)), 3),
            "seconds_of": round(float(sum(media.frames / media.rate for media, _ in self.results.values())), 3),
            "sizes": dict(sorted(Counter(f"{one.width}x{one.height}" for one in shows).items())),
            "warnings": self.warnings(),
        }


def _listed(rows: Sequence[str], total: int) -> str:
    if len(rows) == total:
        return "every row" if total > 1 else rows[0]
    more = f" and {len(rows) - NAMED} more" if len(rows) > NAMED else ""
    return f"{', '.join(rows[:NAMED])}{more}"


def _surprises(media: Media, result: Showing | Skipped) -> Iterator[str]:
    """What one wouldn't expect of one row."""
    if isinstance(result, Skipped):
        yield f"would be skipped: {result.reason}"
        return
    # Half a frame at either end is nothing to speak of: what counts is a whole one, of the media's or of the model's.
    frame = max(1 / result.rate, Fraction(1, result.shown_rate))
    whole, filmed = media.frames / media.rate, (result.frames[-1] - result.frames[0]) / result.rate
    slow = abs(filmed - Fraction(len(result.frames) - 1, result.shown_rate)) > frame
    if slow or whole - result.seconds >= frame:
        at = f" at {float(result.speed):.2f} speed" if slow else ""
        seconds = f"{float(result.seconds):.1f} of {float(whole):.1f} s"
        yield f"this trainer would show {seconds}{at} ({len(result.frames)} of {media.frames} frames)"
    if (result.width, result.height) != (media.width, media.height):
        lost = f", {100 * (1 - result.kept):.0f} % of the picture cropped away" if result.kept < 0.995 else ""
        yield f"would be trained at {result.width}x{result.height}, not {media.width}x{media.height}{lost}"


def _problems(name: TrainerName, trainer: Trainer, model: ModelName, kind: Kind) -> Iterator[Problem]:
    """Why a trainer can't train a model on media of this kind."""
    where = f"trainer {name}"
    if kind not in trainer.kinds:
        yield Problem("spec", where, kind, f"expected {' or '.join(trainer.kinds)}: {trainer.title} takes nothing else")
    if model not in trainer.models:
        yield Problem("spec", where, model, f"expected {' or '.join(trainer.models)}: {trainer.title} trains no other")
    elif kind == "image" and model in trainer.videos_only:
        yield Problem("spec", where, kind, f"expected video: {trainer.title} trains {model} on videos only")


def _size_problems(name: TrainerName, shows: Iterable[Showing], asked: Asked, step: int) -> Iterator[Problem]:
    """Sizes that the model doesn't take, other than the package's own, about which its shape is asked."""
    sizes = {(one.width, one.height) for one in shows} - ({(asked.width, asked.height)} if asked.fixed else set())
    for width, height in sorted(sizes):
        if width % step or height % step:
            yield Problem("spec", f"trainer {name}: size", f"{width}x{height}", f"multiples of {step} for the model")


def try_trainer(
    name: TrainerName,
    model: ModelName,
    kind: Kind,
    media: Mapping[str, Media],
    size: tuple[int, int],
    fixed: bool = True,
) -> Trial:
    """What the trainer ``name`` would do to a package's rows: ``media`` by the rows' names.

    ``size`` is what its export asks for (width and height; where not ``fixed``, an area). Its problems stop a package:
    another model or kind of media, a size that the model doesn't take, no row that is not skipped.
    """
    trainer, known = facts().trainers[name], MODELS[model]
    problems = list(_problems(name, trainer, model, kind))
    if problems or not media:
        return Trial(name, {}, tuple(problems))
    asked = Asked(tuple(sorted({one.frames for one in media.values()})), *size, fixed)
    results = {row: (one, shown(trainer, known, one, asked)) for row, one in media.items()}
    shows = [result for _, result in results.values() if isinstance(result, Showing)]
    if trainer.sizes != "native":
        problems += _size_problems(name, shows, asked, known.step)
    if not shows:
        reasons = Counter(result.reason for _, result in results.values() if isinstance(result, Skipped))
        most = f"at least one, but each would be skipped: {reasons.most_common(1)[0][0]}"
        problems.append(Problem("spec", f"trainer {name}: rows", "0", most))
    blind = known.takes_image and model in trainer.ignores_image
    notes = (f"{trainer.title} trains {model} from text only, without the first frame",) if blind else ()
    return Trial(name, results, tuple(problems), notes)
