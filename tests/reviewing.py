"""Results with a review page: one drawn episode by the library, or thousands of clips that share one file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from chain import SETTINGS, cut

from footage import shots_film
from reelwright.decisions import COLUMNS
from reelwright.errors import BadItem
from reelwright.files import read_json, read_jsonl, write_csv, write_json, write_jsonl
from reelwright.outcome import Record, attempt
from reelwright.review.pages import PageOutputs, review_pages
from reelwright.review.pictures import (
    THUMB_COLUMNS,
    THUMB_HEIGHT,
    THUMB_WIDTH,
    EpisodeFiles,
    PictureOutputs,
    draw_review_pictures,
)
from reelwright.review.saving import DecisionFiles
from reelwright.review.server import Desk
from reelwright.review.sources import Episode, Season
from reelwright.review.sprites import sprites

TITLE = "LOW TIDE"

HOSTILE = (
    "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\"> \"'`${1+1} & </textarea> "
    "\N{RIGHT-TO-LEFT OVERRIDE}txet\N{POP DIRECTIONAL FORMATTING} \u05e9\u05dc\u05d5\u05dd \u2028 line"
)
"""Text that runs, closes, turns round or breaks where it is not treated as text."""


def outcome(path: Path, failed: str = "") -> Path:
    """An outcome record: all went well, or what ``failed``."""
    with attempt(Record("cut_clips", path.stem, path), []):
        if failed:
            raise BadItem("bible", failed)
    return path


def quality_row(clip_id: str, *reasons: str) -> dict[str, Any]:
    """What measurements say of a clip."""
    measured = dict.fromkeys(("luma", "black_share", "white_share", "flat_share"), 0.5)
    measured |= {"flash_frames": 0, "longest_still_s": 0.2, "detail": 1.0, "combed_share": 0.0}
    measured |= {"ground_share": 0.1, "lettering": 0.0}
    row = {"clip_id": clip_id, "usable": not reasons, "reasons": list(reasons), "findings": list(reasons)}
    return {**row, "decision": None, "twin": None, "crop": None, "camera": None, "measurements": measured}


def caption_row(clip: Mapping[str, Any], text: str, **changes: Any) -> dict[str, Any]:
    """The caption of a clip."""
    row: dict[str, Any] = {key: clip[key] for key in ("clip_id", "source_sha256", "start_pts", "end_pts")}
    row |= {"caption_source": "structured", "model": None, "prompt_digest": None, "visual_description": text}
    row |= {"shot_type": None, "camera": None, "characters": [], "outfits": {}, "location": None, "scene_type": None}
    row |= {"action": "", "props": [], "on_screen_text": None, "transcript": "", "structured_caption": text}
    row |= {"story_context": "", "caption": "", "training_caption": text, "tokens": 9, "origins": {}, "verdict": None}
    return {**row, "lint": [], "imported": None, "seeded": None, "error": None, **changes}


@dataclass
class Reviewed:
    """Results with all that the page is made of."""

    folder: Path
    """Working folder of the project: ``results/tiny`` and ``config/tiny/decisions`` lie in it."""
    captions: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What is changed in the caption of a clip, by clip id."""
    findings: dict[str, str] = field(default_factory=dict)
    """Why a clip is left out, by clip id."""
    failed: str = ""
    """Why the episode's captions failed; empty where they are there."""
    more: dict[str, Any] = field(default_factory=dict)
    """What the season has beside its episode, as ``Season`` takes it."""

    @property
    def results(self) -> Path:
        return self.folder / "results" / "tiny"

    @property
    def decisions(self) -> Path:
        return self.folder / "config" / "tiny" / "decisions"

    @property
    def page(self) -> Path:
        return self.results / "review" / "index.html"

    @property
    def index(self) -> dict[str, Any]:
        found: dict[str, Any] = read_json(self.results / "review" / "index.json")
        return found

    @property
    def clips(self) -> list[dict[str, Any]]:
        return [row for row in read_jsonl(self.results / "clips" / "ep01.jsonl") if row["kept"]]

    def outcome(self, stage: str) -> dict[str, Any]:
        found: dict[str, Any] = read_json(self.results / "outcomes" / stage / "review.json")
        return found

    def decide(self, domain: str, rows: Iterable[tuple[str, str, str]]) -> Path:
        """Write decisions: item, sha256, word."""
        path = self.decisions / f"{domain}.csv"
        said = [(*row, "", "a reason", "mk", "2026-11-20T10:00:00Z") for row in rows]
        write_csv(path, list(COLUMNS), [dict(zip(COLUMNS, row, strict=True)) for row in said])
        return path

    def make(self) -> Reviewed:
        """Write quality and caption rows and the page."""
        results, clips = self.results, self.clips
        quality = [quality_row(one["clip_id"], *self.findings.get(one["clip_id"], "").split()) for one in clips]
        captions = [
            caption_row(one, f"A painted wall, number {number}.", **self.captions.get(one["clip_id"], {}))
            for number, one in enumerate(clips)
        ]
        write_jsonl(results / "quality" / "ep01.jsonl", quality, "quality")
        write_jsonl(results / "captions" / "ep01.jsonl", captions, "caption")
        folder = results / "review"
        episode = Episode(
            "01",
            TITLE,
            results / "clips" / "ep01.jsonl",
            results / "quality" / "ep01.jsonl",
            results / "captions" / "ep01.jsonl",
            results / "shots" / "ep01.json",
            folder / "pictures" / "ep01.json",
            [outcome(results / "outcomes" / "caption_clips" / "ep01.json", self.failed)],
        )
        review_pages(
            Season(results, [episode], **self.more),
            self.decisions,
            PageOutputs(
                folder / "index.html",
                folder / "review.js",
                folder / "review.css",
                folder / "data",
                folder / "plates",
                folder / "index.json",
            ),
            Record("review_pages", "review", results / "outcomes" / "review_pages" / "review.json"),
            project="tiny",
            show="Harbour Nine",
        )
        return self

    def desk(self, **changes: Any) -> Desk:
        """What `make review` serves."""
        words = {domain: state["words"] for domain, state in self.index["states"].items()}
        apart = [domain for domain, state in self.index["states"].items() if state["apart"]]
        files = DecisionFiles(self.decisions, self.folder / "history", words, apart)
        return Desk(self.results, files, tuple(words), self.decisions, **changes)


def drawn_episode(folder: Path) -> Reviewed:
    """One drawn episode of five shots, cut into clips, with its film strips."""
    made = Reviewed(folder)
    results = made.results
    lengths = [40, 45, 50, 40, 45]
    film = shots_film(folder / "masters" / "one.mp4", lengths, options={"g": "12"})
    ends = np.cumsum(lengths).tolist()
    chain = cut(film, results, SETTINGS, list(zip([0, *ends], ends, strict=False)))
    header = chain.header
    shots = [
        {"start_frame": end - length, "end_frame": end, "start_s": (end - length) / 25}
        for length, end in zip(lengths, ends, strict=True)
    ]
    boundaries = [{"frame": end, "kind": "cut", "start": end, "end": end, "score": 30.0} for end in ends[:-1]]
    boundaries[1] |= {"kind": "dissolve", "start": ends[1] - 5, "end": ends[1] + 5}
    detector = {"detector": "adaptive"}
    head = {key: header[key] for key in ("source_id", "source_sha256", "time_base")}
    data = {"episode": "01", **head, "detector": detector, "boundaries": boundaries, "shots": shots}
    write_json(results / "shots" / "ep01.json", data)
    draw_review_pictures(
        EpisodeFiles(
            film,
            results / "probe.json",
            results / "scan.npz",
            results / "shots" / "ep01.json",
            results / "clips" / "ep01.jsonl",
            [results / "clips.outcome.json"],
        ),
        PictureOutputs(results / "review" / "pictures" / "ep01.json", results / "review" / "pictures" / "ep01"),
        Record("draw_review_pictures", "ep01", results / "outcomes" / "draw_review_pictures" / "ep01.json"),
        threads=2,
    )
    return made


def many_clips(made: Reviewed, count: int) -> Reviewed:
    """Make ``count`` clips of the first one of an episode, each with a thumbnail of its own."""
    results = made.results
    template = made.clips[0]
    rows = []
    for number in range(count):
        frame = number * 100
        ids = {"clip_id": f"ep01_{frame:06d}_{frame + 40:06d}", "start_frame": frame, "end_frame": frame + 40}
        rows.append({**template, **ids, "start_s": frame / 25, "end_s": (frame + 40) / 25})
    write_jsonl(results / "clips" / "ep01.jsonl", rows, "clip")
    index = read_json(results / "review" / "pictures" / "ep01.json")
    random = np.random.default_rng(7)
    with sprites(results / "review" / "pictures" / "ep01", "thumbs", THUMB_WIDTH, THUMB_HEIGHT, THUMB_COLUMNS) as sheet:
        for row in rows:
            small = random.integers(0, 255, (9, 16, 3), np.uint8).repeat(15, 0).repeat(15, 1)
            index["thumbs"][row["clip_id"]] = list(sheet.add(small))
    write_json(results / "review" / "pictures" / "ep01.json", index, "review_pictures")
    places = ("harbour", "rooftops", "Moon Café", "sea")
    faces = ("Ida", "Bo", "the gull")
    for number, row in enumerate(rows):
        made.captions[row["clip_id"]] = {"location": places[number % 4], "characters": [faces[number % 3]]}
    return made
