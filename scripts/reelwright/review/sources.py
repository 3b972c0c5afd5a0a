"""What the pages are made from: the results of each episode, and of the season."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reelwright.files import read_json, read_jsonl
from reelwright.outcome import succeeded


@dataclass(frozen=True)
class Episode:
    """The results of one episode that pages show."""

    number: str
    """Two digits."""
    title: str
    clips: Path
    quality: Path
    captions: Path
    shots: Path
    pictures: Path
    """``review/pictures/ep<NN>.json``; the sprites lie in the folder of its name."""
    outcomes: Sequence[Path]
    """Of all these; where one failed the episode is not shown, and the page says so."""

    def absent(self) -> str | None:
        """Why the episode can't be shown; None where it can."""
        for path in self.outcomes:
            if not succeeded(path):
                return f"episode {self.number}: {read_json(path)['error']['message']}"
        return None


@dataclass(frozen=True)
class Season:
    """Everything that pages are made from. What a project hasn't got is empty or None."""

    results: Path
    """The project's results: paths in pages are relative to it."""
    episodes: Sequence[Episode]
    variants: Mapping[str, Path] = field(default_factory=dict)
    """By episode."""
    probes: Mapping[str, Path] = field(default_factory=dict)
    """By source id."""
    anchors: Path | None = None
    """``identity/review/vlm_review.csv``."""
    crosswalk: Path | None = None
    numbering: Path | None = None
    plans: Mapping[str, Path] = field(default_factory=dict)
    """Action plans by actor."""
    evaluations: Mapping[str, Path] = field(default_factory=dict)
    """By actor; the composite lies beside each."""
    outcomes: Mapping[str, Path] = field(default_factory=dict)
    """Outcome records of what is not of an episode, by what it is called here: anchors, crosswalk, numbering, the episode
    whose variants were compared (``variants 01``), an actor (``actor 0000_x``)."""

    def failed(self, name: str) -> str | None:
        """Why something is not there; None where it is."""
        path = self.outcomes.get(name)
        return None if path is None or succeeded(path) else f"{name}: {read_json(path)['error']['message']}"


@dataclass(frozen=True)
class EpisodeRows:
    """The rows of an episode that can be shown."""

    episode: Episode
    clips: list[dict[str, Any]]
    """Those that were kept."""
    quality: Mapping[str, dict[str, Any]]
    """By clip id, as are captions."""
    captions: Mapping[str, dict[str, Any]]
    shots: dict[str, Any]
    pictures: dict[str, Any]

    def sprite(self, place: Sequence[Any]) -> tuple[str, int, int, int, int]:
        """A rectangle of one of the episode's sprites, with its path in the results."""
        file, left, top, width, height = place
        return f"review/pictures/ep{self.episode.number}/{file}", left, top, width, height


def read_episodes(season: Season) -> tuple[list[EpisodeRows], list[str]]:
    """The rows of every episode that can be shown, and why the others can't."""
    found, missing = [], []
    for episode in season.episodes:
        absent = episode.absent()
        if absent is not None:
            missing.append(absent)
            continue
        found.append(
            EpisodeRows(
                episode,
                [row for row in read_jsonl(episode.clips) if row["kept"]],
                {row["clip_id"]: row for row in read_jsonl(episode.quality)},
                {row["clip_id"]: row for row in read_jsonl(episode.captions)},
                read_json(episode.shots),
                read_json(episode.pictures),
            )
        )
    return found, missing
