"""Bytes of the media that packages of the video lane would get."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from reelwright.files import read_jsonl
from reelwright.packages.models import MODELS
from reelwright.plan.amounts import Amount
from reelwright.plan.episodes import Episode, Season
from reelwright.plan.jobs import Jobs
from reelwright.plan.room import HEADERS, Room, most_of_picture, most_of_video
from reelwright.spec.model import Package

COPYING = "webdataset"
"""The trainer whose form holds the media once more."""


def package_room(name: str, settings: Package, season: Season, results: Path, jobs: Jobs) -> Room | None:
    """Bytes of the media of the package ``name``; None where the build leaves it as it is."""
    metadata = results / "packages" / name / "metadata.jsonl"
    if not jobs.make(metadata):
        return None
    chosen = [season.episodes[number] for number in settings.episodes or sorted(season.episodes)]
    if any(one.probe is None or one.most is None for one in chosen):
        return Room(0, None, "", Amount(unknown={f"package {name}": "masters not probed yet"}))
    rows = _most_rows(settings, chosen)
    copies = 2 if COPYING in settings.trainers else 1
    amount = Amount(0, math.ceil(copies * rows * _most_of_row(settings, chosen)))
    each = _mean_bytes(metadata)
    if each is None:
        return Room(0, None, "", amount)
    return Room(0, round(copies * rows * each), "by the rows that the package has had", amount)


def _most_rows(settings: Package, chosen: Sequence[Episode]) -> int:
    """At most so many rows."""
    clips = sum(one.most or 0 for one in chosen)
    each = settings.rows_per_episode
    declared = settings.rows if each is None else each * len(chosen)
    return clips if declared is None else min(clips, declared)


def _most_of_row(settings: Package, chosen: Sequence[Episode]) -> float:
    """At most so many bytes of a row's media."""
    if settings.stills is not None:
        return most_of_picture(math.prod(settings.size))
    seconds = max(settings.frame_buckets) / MODELS[settings.model].rate
    taken = HEADERS  # What frames the row takes is stored beside it.
    return taken + max(most_of_video(1, seconds, one.probe) for one in chosen if one.probe)


def _mean_bytes(metadata: Path) -> float | None:
    """Bytes of the media of a row that the package has now; None where it has none."""
    try:
        media = [metadata.parent / row["video"] for row in read_jsonl(metadata)]
        return math.fsum(path.stat().st_size for path in media) / len(media) if media else None
    except FileNotFoundError:
        return None
