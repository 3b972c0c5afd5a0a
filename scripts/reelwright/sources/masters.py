"""The source manifest: one entry an episode, from the probes. A leaf: nothing per-episode reads it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from reelwright.files import read_json, write_csv, write_json
from reelwright.outcome import succeeded
from reelwright.spec.model import Episode

COLUMNS = [
    "production_episode",
    "canonical_title",
    "alternate_title",
    "source_master",
    "alternate_master",
    "video_duplicate_status",
    "duration_s",
    "fps",
    "width",
    "height",
    "bitrate_bps",
    "existing_youtube_episode_id",
    "existing_bible_name",
]


@dataclass(frozen=True)
class Variant:
    """One probed master of an episode."""

    episode: str
    title: str
    canonical: bool
    path: str
    """Path below the delivery's folder."""
    probe: Path
    outcome: Path


def _status(verdict: Path | None) -> str | None:
    """The verdict on an episode's variants; pending where they could not be compared, None where there is one alone."""
    if verdict is None:
        return None
    data = read_json(verdict)
    return str(data["verdict"]) if data else "pending"


def _entry(number: str, episode: Episode, variants: list[Variant], verdict: Path | None) -> dict[str, Any]:
    canonical = next(one for one in variants if one.canonical)
    others = [one for one in variants if not one.canonical]
    facts = read_json(canonical.probe) if succeeded(canonical.outcome) else {}
    present = [one for one in others if succeeded(one.outcome)]
    return {
        "production_episode": number,
        "canonical_title": episode.title,
        "alternate_title": others[0].title if others else None,
        "source_master": canonical.path if facts else None,
        "alternate_master": present[0].path if present else None,
        "video_duplicate_status": _status(verdict),
        "duration_s": facts.get("duration_s"),
        "fps": float(Fraction(facts["fps"])) if facts else None,
        "width": facts.get("width"),
        "height": facts.get("height"),
        "bitrate_bps": facts.get("bitrate_bps"),
        "existing_youtube_episode_id": episode.existing_episode_id,
        "existing_bible_name": episode.existing_bible_name,
    }


def list_masters(
    episodes: dict[str, Episode], variants: list[Variant], verdicts: dict[str, Path], out: Path, table: Path
) -> None:
    """Write the source manifest as JSON (``out``) and CSV (``table``); an episode that failed has empty facts.

    ``verdicts`` are the files with the verdict on the variants of each episode that has more than one.
    """
    entries = [
        _entry(number, episode, [one for one in variants if one.episode == number], verdicts.get(number))
        for number, episode in sorted(episodes.items())
    ]
    write_json(out, entries, "masters")
    write_csv(table, COLUMNS, entries)
