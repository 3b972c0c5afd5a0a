"""Clips: what of the shots is kept, as H.264 media with a first frame and a contact sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from reelwright.clips.encode import ClipMedia, Source, encode_clips
from reelwright.clips.purity import PurityGuard
from reelwright.clips.select import Candidate, Timeline, select_clips
from reelwright.files import read_json, write_jsonl
from reelwright.fit import display_width
from reelwright.media import Span
from reelwright.outcome import Record, attempt, require
from reelwright.scan.file import Scan
from reelwright.shots import end_pts
from reelwright.spec.model import Clips
from reelwright.store import link, open_store

__all__ = ["Chosen", "ClipOutputs", "choose_clips", "cut_clips", "spans_of"]


@dataclass(frozen=True)
class ClipOutputs:
    """Where the clips of one episode go."""

    rows: Path
    """``clips/ep<NN>.jsonl``."""
    clips: Path
    """Folder of the H.264 clips."""
    first_frames: Path
    """Folder of the first frames."""
    sheets: Path
    """Folder of the contact sheets."""

    def all(self) -> list[Path]:
        """Every output."""
        return [self.rows, self.clips, self.first_frames, self.sheets]


def _source(master: Path, probe: dict[str, Any], settings: Clips) -> Source:
    aspect = Fraction(probe["sample_aspect"])
    rotation = probe["rotation"]
    width = display_width(probe["width"], probe["height"], aspect, settings.height, rotation)
    base, fps = Fraction(probe["time_base"]), Fraction(probe["fps"])
    return Source(master, probe["sha256"], base, fps, aspect, rotation, width, settings.height)


def _row(part: Candidate, timeline: Timeline, shots: dict[str, Any], source: Source) -> dict[str, Any]:
    """A clip's row, without its media."""
    start_s, end_s = timeline.seconds(part.start), timeline.seconds(part.end)
    return {
        "clip_id": part.clip_id(shots["episode"]),
        "episode": shots["episode"],
        "source_id": shots["source_id"],
        "source_sha256": shots["source_sha256"],
        "shot": part.shot,
        "start_frame": part.start,
        "end_frame": part.end,
        "start_pts": int(timeline.pts[part.start]),
        "end_pts": int(timeline.pts[part.end]),
        "time_base": shots["time_base"],
        "start_s": round(float(start_s), 6),
        "end_s": round(float(end_s), 6),
        "duration_s": round(float(end_s - start_s), 6),
        "fps": f"{source.fps.numerator}/{source.fps.denominator}",
        "width": source.width,
        "height": source.height,
        "phash": f"{int(timeline.hashes[(part.start + part.end) // 2]):016x}",
        "kept": part.drop is None,
        "drop": {"rule": part.drop, "twin": part.twin, "frame": part.frame} if part.drop else None,
        "clip": None,
        "first_frame": None,
        "sheet": None,
    }


def _place(row: dict[str, Any], media: ClipMedia, outputs: ClipOutputs) -> None:
    """Link a clip's stored media into the results and name it in its row, relative to the results."""
    root = outputs.rows.parent.parent
    for key, stored, folder in (
        ("clip", media.clip, outputs.clips),
        ("first_frame", media.first_frame, outputs.first_frames),
        ("sheet", media.sheet, outputs.sheets),
    ):
        target = folder / f"{row['clip_id']}{stored.suffix}"
        link(stored, target)
        row[key] = target.relative_to(root).as_posix()


@dataclass(frozen=True)
class Chosen:
    """What is cut of one episode."""

    episode: str
    source: Source
    rows: list[dict[str, Any]]
    """Of every candidate, none of which has its media yet."""

    @property
    def kept(self) -> list[dict[str, Any]]:
        """The rows of those that become clips."""
        return [row for row in self.rows if row["kept"]]


def choose_clips(probe: Path, scan: Path, shots: Path, master: Path, settings: Clips) -> Chosen:
    """Choose the clips of one episode by what is measured; nothing is decoded."""
    found, measured = read_json(shots), Scan(scan)
    pts = np.append(measured["pts"], end_pts(measured["pts"]))
    timeline = Timeline(pts, Fraction(found["time_base"]), measured["phash"], measured.holes)
    spans = [(shot["start_frame"], shot["end_frame"]) for shot in found["shots"]]
    guard = PurityGuard(measured)
    candidates = select_clips(timeline, spans, settings, found["episode"], guard.doubtful_frame)
    source = _source(master, read_json(probe), settings)
    return Chosen(found["episode"], source, [_row(part, timeline, found, source) for part in candidates])


def spans_of(rows: Sequence[Mapping[str, Any]]) -> list[Span]:
    """The span of each clip's row."""
    return [Span(row["start_pts"], row["end_pts"]) for row in rows]


def cut_clips(
    master: Path,
    probe: Path,
    scan: Path,
    shots: Path,
    shots_outcome: Path,
    outputs: ClipOutputs,
    record: Record,
    *,
    settings: Clips,
    store: Path,
    threads: int,
) -> None:
    """Choose the clips of one episode, make their media in ``store`` and link it into the results.

    Every candidate gets a row; one that is not kept names the rule that dropped it and has no media.
    """
    with attempt(record, outputs.all()) as notes:
        require([shots_outcome])
        cv2.setNumThreads(1)
        chosen = choose_clips(probe, scan, shots, master, settings)
        rows, kept = chosen.rows, chosen.kept
        if not kept:
            notes.warn(f"episode {chosen.episode}: no shot gives a clip")
        for folder in (outputs.clips, outputs.first_frames, outputs.sheets):
            folder.mkdir(parents=True, exist_ok=True)
        media = encode_clips(chosen.source, spans_of(kept), settings, open_store(store), threads)
        for row, made in zip(kept, media, strict=True):
            _place(row, made, outputs)
        write_jsonl(outputs.rows, rows, "clip")
