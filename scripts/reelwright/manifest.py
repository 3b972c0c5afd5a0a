"""The manifest: every clip with everything known of it, and people's decisions applied. A leaf: no rule reads it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reelwright.captions.lint import common_phrases
from reelwright.captions.verdict import bound_captions, judged
from reelwright.files import read_json, read_jsonl, write_json, write_jsonl
from reelwright.manifest_refs import DesignFiles, DesignRefs
from reelwright.outcome import succeeded
from reelwright.spec.evaluation import Held


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
    held: tuple[Held, ...] = ()
    """What is held out of the episode."""


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
    "shot_type",
    "action",
    "props",
    "on_screen_text",
    "tokens",
    "origins",
    "verdict",
    "lint",
    "seeded",
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
    clip: dict[str, Any],
    quality: dict[str, Any],
    caption: dict[str, Any],
    episode: EpisodeRows,
    refs: DesignRefs,
    items: Set[str],
) -> dict[str, Any]:
    usable, reasons = judged(quality, caption)
    return {
        **{name: clip[name] for name in CLIP_FIELDS},
        "duration": clip["duration_s"],
        "episode_id": None,
        "shot_id": f"s{clip['shot']:04d}",
        **{name: caption[name] for name in CAPTION_FIELDS},
        "caption_model": caption["model"],
        "production_episode": episode.episode,
        "production_code": episode.production_code,
        "source_master": episode.source_master,
        **refs.of({**caption, "production_episode": episode.episode}),
        "split": _split(clip, episode, items),
        "lane": "video",
        "rights": "licensed",
        "camera": quality["camera"],
        "crop": quality["crop"],
        "usable": usable,
        "exclude_reasons": reasons,
        "twin": quality["twin"],
    }


def _split(clip: dict[str, Any], episode: EpisodeRows, items: Set[str]) -> str:
    """``eval`` of a clip that an evaluation item is made of, ``holdout`` of others that show something held out."""
    if clip["clip_id"] in items:
        return "eval"
    return "holdout" if any(one.overlaps(clip["start_s"], clip["end_s"]) for one in episode.held) else "train"


def _counted(names: Iterable[str]) -> dict[str, int]:
    """How often each name comes, in alphabetical order."""
    return dict(sorted(Counter(names).items()))


def build_manifest(
    episodes: Sequence[EpisodeRows],
    rows_out: Path,
    summary_out: Path,
    *,
    project: str,
    common_share: float,
    design: DesignFiles | None = None,
    sets: Sequence[Path] = (),
) -> None:
    """Write one row a clip to ``rows_out`` (JSONL) and their counts to ``summary_out`` (JSON).

    Rows name the production assets of ``design`` that they show. ``sets``: the summary of the evaluation sets, where there
    are some.

    Phrases in more than ``common_share`` of the usable clips' descriptions are listed. Raises BuildError where a caption
    was made for other frames than its clip has.
    """
    rows: list[dict[str, Any]] = []
    findings: list[str] = []
    dropped: list[str] = []
    failed: list[str] = []
    refs = DesignRefs(design)
    items = {clip_id for path in sets for clip_id in (read_json(path) or {"clips": []})["clips"]}
    for episode in episodes:
        if not all(succeeded(outcome) for outcome in episode.outcomes):
            failed.append(episode.episode)
            continue
        candidates = read_jsonl(episode.clips)
        clips = [clip for clip in candidates if clip["kept"]]
        quality = {row["clip_id"]: row for row in read_jsonl(episode.quality)}
        captions = bound_captions(episode.captions, clips)
        rows += [
            _row(clip, quality[clip["clip_id"]], captions[clip["clip_id"]], episode, refs, items) for clip in clips
        ]
        findings += [name for clip in clips for name in quality[clip["clip_id"]]["findings"]]
        dropped += [clip["drop"]["rule"] for clip in candidates if not clip["kept"]]
    write_jsonl(rows_out, rows, "manifest")
    usable = [row for row in rows if row["usable"]]
    said = [row["caption"] or row["training_caption"] for row in usable]
    summary = {
        "project": project,
        "clips": len(rows),
        "usable": len(usable),
        "seconds": round(sum(row["duration"] for row in rows), 3),
        "splits": _counted(row["split"] for row in rows),
        "clips_per_episode": _counted(row["production_episode"] for row in rows),
        "exclude_reasons": _counted(reason for row in rows for reason in row["exclude_reasons"]),
        "findings": _counted(findings),
        "dropped": _counted(dropped),
        "captions": _counted(row["caption_source"] for row in rows),
        "lint": _counted(code for row in usable for code in row["lint"]),
        "common_phrases": [{"phrase": phrase, "share": share} for phrase, share in common_phrases(said, common_share)],
        "failed_episodes": failed,
    }
    write_json(summary_out, summary, "manifest_summary")
