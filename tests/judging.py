"""Judging the clips of small films by the library, as the rule does it, without encoding any."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from chain import measured

from footage import painted, write_film
from reelwright.files import read_json, read_jsonl, write_json, write_jsonl
from reelwright.outcome import Record, attempt
from reelwright.quality import KEPT, EpisodeInputs, measure_quality
from reelwright.scan.file import Scan
from reelwright.shots import end_pts
from reelwright.spec.quality import Quality
from reelwright.spec.recurring import Recurring

SIZE = (480, 270)
"""Width and height of drawn films: twice what is measured."""


def backdrop(shot: int, frame: int = 0) -> np.ndarray:
    """A painted picture of ``SIZE``, with its disc."""
    return painted(shot, frame, *SIZE)


def grainy(frames: Sequence[np.ndarray], sigma: float, seed: int = 1) -> list[np.ndarray]:
    """The frames with film grain of ``sigma`` levels, another one on each."""
    random = np.random.default_rng(seed)
    return [
        np.clip(frame + random.normal(0, sigma, frame.shape[:2])[..., None], 0, 255).astype(np.uint8)
        for frame in frames
    ]


def mixed(one: np.ndarray, other: np.ndarray, share: float) -> np.ndarray:
    """``share`` of ``other`` over the rest of ``one``."""
    return np.asarray(cv2.addWeighted(one, 1 - share, other, share, 0))


def plain(level: int) -> np.ndarray:
    """A grey picture of ``SIZE``."""
    return np.full((SIZE[1], SIZE[0], 3), level, np.uint8)


class Season:
    """Episodes of small films, scanned, with clips where a test wants them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.episodes: list[EpisodeInputs] = []

    def add(
        self,
        film: Path | Sequence[np.ndarray],
        spans: Sequence[tuple[int, int]] | None = None,
        *,
        options: dict[str, str] | None = None,
        **probed: Any,
    ) -> EpisodeInputs:
        """Another episode, of BGR frames or of a film, whose clips are ``spans`` (first frame, end exclusive) or all of it.

        ``probed``: what its probe is to say instead of what it says.
        """
        number = f"{len(self.episodes) + 1:02d}"
        folder = self.folder / f"ep{number}"
        if not isinstance(film, Path):
            film = write_film(folder / "film.mp4", film, options=options)
        chain = measured(film, folder)
        write_json(folder / "probe.json", {**chain.probe, **probed})
        scan, header = chain.scan, chain.header
        pts = np.append(scan["pts"], end_pts(scan["pts"]))
        rows = [
            {
                "clip_id": f"ep{number}_{start:06d}_{end:06d}",
                "source_sha256": header["source_sha256"],
                "start_frame": start,
                "end_frame": end,
                "start_pts": int(pts[start]),
                "end_pts": int(pts[end]),
                "duration_s": float(int(pts[end] - pts[start]) * Fraction(header["time_base"])),
                "width": chain.probe["width"],
                "height": chain.probe["height"],
                "kept": True,
            }
            for start, end in spans or [(0, scan.frames)]
        ]
        write_jsonl(folder / "clips.jsonl", rows)
        with attempt(Record("cut_clips", f"ep{number}", folder / "clips.outcome.json"), []):
            pass
        made = EpisodeInputs(number, folder / "clips.jsonl", folder / "clips.outcome.json", folder / "scan.npz")
        self.episodes.append(made)
        return made

    def judge(
        self,
        episode: EpisodeInputs,
        settings: Quality | None = None,
        recurring: Path | None = None,
        recurring_settings: Recurring = KEPT,
    ) -> list[dict[str, Any]]:
        """The quality rows of an episode's clips."""
        folder = episode.clips.parent
        measure_quality(
            episode,
            folder / "scan.json",
            folder / "probe.json",
            self.episodes[: self.episodes.index(episode)],
            self.folder / "decisions.csv",
            folder / "quality.jsonl",
            Record("measure_quality", f"ep{episode.episode}", folder / "quality.outcome.json"),
            settings=settings or Quality(),
            dedupe_threshold=4,
            recurring=recurring,
            recurring_settings=recurring_settings,
        )
        return read_jsonl(folder / "quality.jsonl")

    def outcome(self, episode: EpisodeInputs) -> dict[str, Any]:
        """What became of the judging."""
        found: dict[str, Any] = read_json(episode.clips.parent / "quality.outcome.json")
        return found


def judged(folder: Path, frames: Sequence[np.ndarray], settings: Quality | None = None, **kind: Any) -> dict[str, Any]:
    """The quality row of the one clip that a film of ``frames`` is."""
    season = Season(folder)
    (row,) = season.judge(season.add(frames, **kind), settings)
    return row


def findings(folder: Path, frames: Sequence[np.ndarray], **kind: Any) -> list[str]:
    """What is found wrong with such a clip."""
    found: list[str] = judged(folder, frames, **kind)["findings"]
    return found


def labelled(path: Path) -> list[dict[str, Any]]:
    """Camera moves that somebody saw in a film: start, end (exclusive), move, borderline."""
    rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["clips"]
    return rows


def scanned(film: Path, folder: Path) -> tuple[Scan, Fraction]:
    """The scan of a film, and its time base."""
    chain = measured(film, folder)
    return chain.scan, Fraction(chain.header["time_base"])
