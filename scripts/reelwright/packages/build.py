"""Building one training package: rows, media, provenance, summary, launch script; whole or absent."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from reelwright.digest import file_sha256, recipe_digest
from reelwright.facts import Kind
from reelwright.files import read_json, write_json, write_jsonl, write_text
from reelwright.packages.changes import write_changes
from reelwright.packages.datasheet import datasheet
from reelwright.packages.distribution import distribution, distribution_warnings
from reelwright.packages.encode import TrainingMedia, encode_rows, media_suffix
from reelwright.packages.folder import PREFLIGHT, TABLE, prompt_sha256, staged, write_provenance
from reelwright.packages.masters import master_row
from reelwright.packages.models import MODELS
from reelwright.packages.papers import seal_package, write_papers
from reelwright.packages.readme import readme
from reelwright.packages.select import EpisodeInput, EpisodeSelection, Row, Source, select_rows
from reelwright.packages.snapshots import Snapshots, snapshot
from reelwright.packages.trainers import Contents, Item, export_package
from reelwright.spec.model import Package
from reelwright.stages import stage_version
from reelwright.store import FolderStore, link, open_store


def _metadata_row(row: Row, episode: EpisodeSelection, settings: Package) -> dict[str, Any]:
    media = f"media/{row.clip.clip_id}{media_suffix(settings)}"
    return {
        **({"image": media} if settings.stills is not None else {}),
        "video": media,
        "prompt": row.caption.text,
        "clip_id": row.clip.clip_id,
        "episode": episode.episode,
        "num_frames": row.num_frames,
        "fps": MODELS[settings.model].rate,
        "width": settings.size[0],
        "height": settings.size[1],
        "source_id": episode.source.source_id,
        "caption_source": row.caption.source,
    }


def _contents(name: str, settings: Package, rows: Sequence[dict[str, Any]]) -> Contents:
    """What is exported: the rows of ``metadata.jsonl``, whose other fields go along where a format takes any."""
    items = []
    for row in rows:
        fields = {key: value for key, value in row.items() if key not in ("video", "image", "prompt")}
        items.append(Item(row["clip_id"], row["video"], row["prompt"], row["num_frames"], fields))
    kind: Kind = "video" if settings.stills is None else "image"
    return Contents(name, kind, settings.model, *settings.size, items)


def _provenance_row(
    row: Row, episode: str, source: Source, media: TrainingMedia, rights: str, settings: Package
) -> dict[str, Any]:
    clip, caption = row.clip, row.caption
    return {
        "clip_id": clip.clip_id,
        "video": f"media/{clip.clip_id}{media_suffix(settings)}",
        "media_sha256": file_sha256(media.path),
        "recipe": media.recipe,
        "episode": episode,
        "lane": settings.lane,
        "rights": rights,
        "source_id": source.source_id,
        "source_master": source.path,
        "source_sha256": source.sha256,
        "source_fps": source.fps,
        "time_base": f"{source.time_base.numerator}/{source.time_base.denominator}",
        "start_frame": clip.start_frame,
        "end_frame": clip.end_frame,
        "start_pts": clip.start_pts,
        "end_pts": clip.end_pts,
        "start_s": clip.start_s,
        "end_s": clip.end_s,
        "num_frames": row.num_frames,
        "fps": MODELS[settings.model].rate,
        "frames_taken": list(media.frames),
        "caption_source": caption.source,
        "caption_model": caption.model,
        "prompt_digest": caption.prompt_digest,
        "prompt_sha256": prompt_sha256(caption.text),
    }


def _stages(episodes: Sequence[EpisodeInput]) -> dict[str, list[int]]:
    """Versions of the stages whose results went into a package."""
    found: dict[str, set[int]] = {"build_package": {stage_version("build_package")}}
    for record in (read_json(path) for episode in episodes for path in episode.outcomes):
        found.setdefault(record["stage"], set()).add(record["stage_version"])
    return {stage: sorted(versions) for stage, versions in sorted(found.items())}


def _summary(name: str, settings: Package, chosen: Sequence[EpisodeSelection]) -> dict[str, Any]:
    rows = [row for episode in chosen for row in episode.rows]
    frames = sum(row.num_frames for row in rows)
    rate = MODELS[settings.model].rate
    fates = [fate for episode in chosen for fate in episode.fates]
    usable = [fate.traits for fate in fates if fate.kind != "unusable"]
    shown = distribution([fate.traits for fate in fates if fate.kind == "row"], usable)
    return {
        "package": name,
        "model": settings.model,
        "rows": len(rows),
        "frames": frames,
        "seconds": round(frames / rate, 3),
        "fps": rate,
        "size": list(settings.size),
        "buckets": {str(count): times for count, times in sorted(Counter(row.num_frames for row in rows).items())},
        "captions": dict(sorted(Counter(row.caption.source for row in rows).items())),
        "episodes": {
            episode.episode: {
                "clips": episode.clips,
                "usable": episode.usable,
                "unusable": episode.unusable,
                "eligible": episode.eligible,
                "rows": len(episode.rows),
                "frames": sum(row.num_frames for row in episode.rows),
            }
            for episode in chosen
        },
        "drops": dict(sorted(Counter(drop.kind for episode in chosen for drop in episode.dropped).items())),
        "dropped": [
            {"clip_id": drop.clip_id, "episode": episode.episode, "reason": drop.reason}
            for episode in chosen
            for drop in episode.dropped
        ],
        "distribution": shown,
        "warnings": distribution_warnings(shown, len(rows), len(usable)),
    }


def _encode_all(
    name: str, settings: Package, chosen: Sequence[EpisodeSelection], store: FolderStore, threads: int
) -> list[list[TrainingMedia]]:
    """The media of every row, by episode: several masters side by side, since one master's decoder can't fill them."""
    side_by_side = max(1, min(threads, len(chosen)))
    each = max(1, threads // side_by_side)

    def encode(episode: EpisodeSelection) -> list[TrainingMedia]:
        media = encode_rows(episode, settings, store, each)
        print(f"package {name}: episode {episode.episode}: {len(media)} rows", file=sys.stderr, flush=True)
        return media

    with ThreadPoolExecutor(side_by_side) as pool:
        return list(pool.map(encode, chosen))


def build_package(
    out: Path,
    *,
    name: str,
    settings: Package,
    episodes: Sequence[EpisodeInput],
    rights: str,
    store: Path,
    threads: int,
    snapshots: Path | None = None,
) -> None:
    """Build package ``name`` in the folder ``out``, replacing what was there: whole, or not at all.

    ``rights`` is what the spec states of the delivery, ``store`` the folder of encoded media, ``threads`` the cores to
    use, ``snapshots`` the folder of what this package's builds were made of, where they are kept. Raises BuildError where
    the package can't be made as declared (see ``select_rows``, ``encode_rows``).
    """
    for report in (PREFLIGHT, TABLE):
        (out / report).unlink(missing_ok=True)
    chosen = select_rows(name, settings, episodes)
    media = _encode_all(name, settings, chosen, open_store(store), threads)
    dumped, rate = settings.model_dump(mode="json"), MODELS[settings.model].rate
    masters = [master_row(read_json(episode.probe), settings.size) for episode in episodes]
    head = {
        "package": name,
        "settings": dumped,
        "settings_digest": recipe_digest(dumped),
        "stages": _stages(episodes),
        "retiming": f"frame k shows the source frame on screen (k + 1/2)/{rate} s after the clip's start"
        if settings.stills is None
        else "each row is one source frame, the sharpest of its clip",
        "sources": masters,
    }
    made = [
        (row, episode, one)
        for episode, of_episode in zip(chosen, media, strict=True)
        for row, one in zip(episode.rows, of_episode, strict=True)
    ]
    summary = _summary(name, settings, chosen)
    for warning in summary["warnings"]:
        print(f"package {name}: warning: {warning}", file=sys.stderr, flush=True)
    kept = Snapshots(snapshots) if snapshots else None
    with staged(out) as folder:
        for row, _, one in made:
            link(one.path, folder / "media" / f"{row.clip.clip_id}{media_suffix(settings)}")
        rows = [_metadata_row(row, episode, settings) for row, episode, _ in made]
        write_jsonl(folder / "metadata.jsonl", rows, "package_row")
        origin = [_provenance_row(row, one.episode, one.source, file, rights, settings) for row, one, file in made]
        write_provenance(folder / "PROVENANCE.json", head, origin, "provenance")
        write_json(folder / "summary.json", summary, "package_summary")
        sheet = datasheet(settings, summary, chosen, masters, rights)
        write_text(folder / "README.md", readme(name, settings, summary) + sheet)
        export_package(_contents(name, settings, rows), folder, settings.trainers)
        content = snapshot(head, rows, origin, chosen)
        former = kept.before(recipe_digest(content)) if kept else None
        write_changes(folder, kept.read(former) if kept and former else None, content)
        described = f"{len(rows)} rows of the lane {settings.lane} for {settings.model}, {summary['seconds']:.1f} s."
        write_papers(folder, chosen)
        seal_package(folder, name, described, rows, origin)
    if kept:
        kept.keep(content)
