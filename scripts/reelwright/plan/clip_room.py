"""Bytes of the clips, first frames and contact sheets that a build would make."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from reelwright.clips import spans_of
from reelwright.clips.encode import SHEET_GAP, Source, stored_sizes
from reelwright.fit import display_width
from reelwright.plan.amounts import Amount
from reelwright.plan.episodes import Episode, Season
from reelwright.plan.room import Room, most_of_picture, most_of_video
from reelwright.spec.model import Clips, Spec
from reelwright.spent import sized
from reelwright.store import open_store


@dataclass(frozen=True)
class _Rate:
    """What media of the same recipe takes."""

    second: float
    """Bytes of a second of video."""
    clip: float
    """Bytes of the pictures of a clip."""
    clips: int


def _source(row: dict[str, Any]) -> Source:
    """As much of a clip's source as recipes need."""
    fps = Fraction(row["fps"])
    base = Fraction(row["time_base"])
    return Source(Path(), row["source_sha256"], base, fps, Fraction(1), 0, row["width"], row["height"])


def _rate(sizes: Sequence[tuple[dict[str, Any], dict[str, int | None]]]) -> _Rate | None:
    whole = [(row, one) for row, one in sizes if None not in one.values()]
    if not whole:
        return None
    seconds = math.fsum(row["duration_s"] for row, _ in whole)
    video = sum(one["clip"] or 0 for _, one in whole)
    pictures = sum((one["first_frame"] or 0) + (one["sheet"] or 0) for _, one in whole)
    return _Rate(video / seconds, pictures / len(whole), len(whole))


class ClipRoom:
    """Bytes of the clips, first frames and contact sheets that would be made."""

    def __init__(self, spec: Spec, season: Season) -> None:
        self._settings = spec.clips
        self._store = open_store(Path(spec.cache, "media"))
        self._cut = [one for one in season.episodes.values() if season.is_cut_again(one.number)]
        wanted = [row for one in season.episodes.values() for row in one.rows] if self._cut else []
        self._sizes = {row["clip_id"]: self._sizes_of(row) for row in wanted}
        self._rate = _rate([(row, self._sizes[row["clip_id"]]) for row in wanted])

    def _sizes_of(self, row: dict[str, Any]) -> dict[str, int | None]:
        (found,) = stored_sizes(_source(row), spans_of([row]), self._settings, self._store)
        return found

    def room(self) -> Room:
        """Of all episodes that would be cut."""
        cut = self._cut
        linked = sum(
            size for one in cut for row in one.rows for size in self._sizes[row["clip_id"]].values() if size is not None
        )
        amount = Amount.total(self._bound(one) for one in cut)
        missing = [one for one in cut if not self._is_stored(one)]
        if not missing:
            return Room(linked, 0, "", amount)
        if self._rate is None or amount.unknown:
            return Room(linked, None, "", amount)
        seconds = math.fsum(self._missing_seconds(one) for one in missing)
        clips = sum(self._missing_clips(one) for one in missing)
        about = round(seconds * self._rate.second + clips * self._rate.clip)
        how = (
            f"by {self._rate.clips} clips of this project with the same encode settings "
            f"({sized(self._rate.second)} a second, {sized(self._rate.clip)} of pictures a clip)"
        )
        return Room(linked, about, how, amount)

    def _is_stored(self, episode: Episode) -> bool:
        return episode.known and self._missing_clips(episode) == 0

    def _missing(self, episode: Episode) -> list[dict[str, Any]]:
        return [row for row in episode.rows if None in self._sizes[row["clip_id"]].values()]

    def _missing_clips(self, episode: Episode) -> int:
        return len(self._missing(episode)) if episode.known else episode.most or 0

    def _missing_seconds(self, episode: Episode) -> float:
        if episode.known:
            return math.fsum(row["duration_s"] for row in self._missing(episode))
        return episode.seconds or 0.0

    def _bound(self, episode: Episode) -> Amount:
        clips, seconds = self._missing_clips(episode), self._missing_seconds(episode)
        probe = episode.probe
        if episode.known and clips == 0:
            return Amount()
        if probe is None:
            return Amount(0, 0, {f"episode {episode.number}": "not probed yet"})
        return Amount(0, math.ceil(most_of_video(clips, seconds, probe) + clips * self._pictures(probe)))

    def _pictures(self, probe: dict[str, Any]) -> float:
        """At most so many bytes of the pictures of a clip."""
        settings = self._settings
        width = display_width(
            probe["width"], probe["height"], Fraction(probe["sample_aspect"]), settings.height, probe["rotation"]
        )
        return most_of_picture(width * settings.height) + most_of_picture(_sheet_pixels(settings, width))


def _sheet_pixels(settings: Clips, width: int) -> int:
    """Pixels of a contact sheet of clips of that width."""
    sheet = settings.sheet
    height = round(settings.height * sheet.frame_width / width)
    return (sheet.columns * (sheet.frame_width + SHEET_GAP) + SHEET_GAP) * (
        sheet.rows * (height + SHEET_GAP) + SHEET_GAP
    )
