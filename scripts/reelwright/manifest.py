"""The manifest: every clip with everything known of it, and people's decisions applied. A leaf: no rule reads it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reelwright.files import read_jsonl, write_json, write_jsonl
from reelwright.outcome import succeeded


@dataclass(frozen=True)
class EpisodeRows:
    """The results of one episode that its manifest rows are joined from."""

    episode: str
    source_master: str
    """Path of the canonical master below the delivery."""
    production_code: str | None
    clips: Path
    quality: Path
    captions: Path
    outcomes: tuple[Path, ...]
    """Outcome records of the three; an episode of which one failed has no rows and is listed."""


CAPTION_FIELDS = (
    "caption_source",
    "characters",
    "outfits",
    "location",
    "scene_type",
    "transcript",
    "structured_caption",
    "story_context",
    "caption",
    "training_caption",
)

CLIP_FIELDS = (
    "clip_id",
    "clip",
    "first_frame",
    "sheet",
    "source_id",
    "source_sha256",
    "start_s",
    "end_s",
    "start_frame",
    "end_frame",
    "fps",
    "width",
    "height",
    "phash",
)


def _row(
    clip: dict[str, Any], quality: dict[str, Any], caption: dict[str, Any], episode: EpisodeRows
) -> dict[str, Any]:
    return {
        **{name: clip[name] for name in CLIP_FIELDS},
        "duration": clip["duration_s"],
        "episode_id": None,
        "shot_id": f"s{clip['shot']:04d}",
        **{name: caption[name] for name in CAPTION_FIELDS},
        "production_episode": episode.episode,
        "production_code": episode.production_code,
        "source_master": episode.source_master,
        "production_asset_refs": [],
        "official_design_refs": [],
        "split": "train",
        "lane": "video",
        "rights": "licensed",
        "usable": quality["usable"],
        "exclude_reasons": [] if quality["usable"] else quality["reasons"] or ["decision"],
    }


def _episode_rows(episode: EpisodeRows) -> list[dict[str, Any]]:
    quality = {row["clip_id"]: row for row in read_jsonl(episode.quality)}
    captions = {row["clip_id"]: row for row in read_jsonl(episode.captions)}
    clips = [clip for clip in read_jsonl(episode.clips) if clip["kept"]]
    return [_row(clip, quality[clip["clip_id"]], captions[clip["clip_id"]], episode) for clip in clips]


def build_manifest(episodes: Sequence[EpisodeRows], rows_out: Path, summary_out: Path, *, project: str) -> None:
    """Write one row a clip to ``rows_out`` (JSONL) and their counts to ``summary_out`` (JSON)."""
    rows: list[dict[str, Any]] = []
    failed: list[str] = []
    for episode in episodes:
        if all(succeeded(outcome) for outcome in episode.outcomes):
            rows.extend(_episode_rows(episode))
        else:
            failed.append(episode.episode)
    write_jsonl(rows_out, rows, "manifest")
    summary = {
        "project": project,
        "clips": len(rows),
        "usable": sum(row["usable"] for row in rows),
        "seconds": round(sum(row["duration"] for row in rows), 3),
        "clips_per_episode": dict(sorted(Counter(row["production_episode"] for row in rows).items())),
        "exclude_reasons": dict(sorted(Counter(reason for row in rows for reason in row["exclude_reasons"]).items())),
        "failed_episodes": failed,
    }
    write_json(summary_out, summary, "manifest_summary")
