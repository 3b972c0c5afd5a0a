"""Inputs of a package for tests: real films with the records that the stages before would have left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av

from footage import painted, write_film
from reelwright.files import read_json, read_jsonl, write_json, write_jsonl
from reelwright.outcome import Record, attempt
from reelwright.packages.select import EpisodeInput
from reelwright.sources.probe import probe_master
from reelwright.spec.model import Encode, Package

SIZE = (320, 176)
FAST = Encode(crf=20, preset="ultrafast")
STAGES = ("probe_master", "cut_clips", "measure_quality", "caption_clips")


@dataclass(frozen=True)
class Part:
    """A clip of a test film: frames from ``start`` to ``end`` (exclusive)."""

    start: int
    end: int
    usable: bool = True
    kept: bool = True
    source: str = "vlm"
    prompt: str | None = None
    characters: tuple[str, ...] = ()
    location: str | None = None
    camera: str | None = None


def package(**values: object) -> Package:
    """Settings of a small package."""
    return Package.model_validate(
        {
            "lane": "video",
            "model": "wan2.2-t2v-a14b",
            "caption_sources": ["vlm"],
            "size": SIZE,
            "frame_buckets": [33, 25, 17],
            "min_frames": 9,
            "encode": FAST,
            **values,
        }
    )


def episode_input(
    folder: Path,
    episode: str,
    parts: Sequence[Part],
    *,
    frames: int = 130,
    rate: Fraction = Fraction(25),
    pts: Sequence[int] | None = None,
    time_base: Fraction | None = None,
) -> EpisodeInput:
    """Draw the master of ``episode``, probe it, and write the rows that cutting, measuring and captioning would."""
    master = folder / "delivery" / f"{episode}.mov"
    pictures = [painted(int(episode), number, *SIZE) for number in range(frames)]
    write_film(master, pictures, rate=rate, pts=pts, time_base=time_base)
    made = _input(folder, episode, master)
    record = Record("probe_master", f"ep{episode}.film", made.outcomes[0])
    probe_master(master, made.probe, record, episode=episode, title="Film", relative=master.name, problem=None)
    write_rows(made, parts, frames)
    return made


def listed_episode(folder: Path, episode: str, parts: Sequence[Part]) -> EpisodeInput:
    """An episode of which only the rows exist, at 25 fps: enough to select from it."""
    made = _input(folder, episode, folder / "nowhere.mov")
    picture = {"width": 1920, "height": 1080, "color_space": "bt709", "color_range": "tv", "interlaced": False}
    file = {"path": f"{episode}.mov", "sha256": f"{episode}" * 32, "bytes": 1, "duration_s": 1317.269, "fps": "25/1"}
    shape = {"time_base": "1/25", "sample_aspect": "1/1", "rotation": 0, **picture}
    write_json(made.probe, {"source_id": f"ep{episode}.film", "episode": episode, "title": "Film", **file, **shape})
    write_rows(made, parts, times=range(max(part.end for part in parts) + 1))
    with attempt(Record("probe_master", f"ep{episode}.film", made.outcomes[0]), []):
        return made


def _input(folder: Path, episode: str, master: Path) -> EpisodeInput:
    return EpisodeInput(
        episode,
        master,
        folder / f"probe{episode}.json",
        folder / f"clips{episode}.jsonl",
        folder / f"quality{episode}.jsonl",
        folder / f"captions{episode}.jsonl",
        tuple(folder / "outcomes" / stage / f"ep{episode}.json" for stage in STAGES),
    )


def clip_id(episode: str, part: Part) -> str:
    """The id of a part."""
    return f"ep{episode}_{part.start:06d}_{part.end:06d}"


def _times(made: EpisodeInput, frames: int) -> list[int]:
    """PTS of every frame of a film, and of its end."""
    probe = read_json(made.probe)
    with av.open(str(made.master)) as container:
        times = sorted(packet.pts for packet in container.demux(video=0) if packet.pts is not None)
    base = Fraction(probe["time_base"])
    times.append(times[-1] + round(1 / (Fraction(probe["fps"]) * base)))
    assert len(times) == frames + 1
    return times


def write_rows(made: EpisodeInput, parts: Sequence[Part], frames: int = 0, times: Sequence[int] = ()) -> None:
    """Write the rows of the three stages, with their outcomes, for ``parts`` of a film of so many frames, or of these PTS."""
    probe = read_json(made.probe)
    times = times or _times(made, frames)
    base = Fraction(probe["time_base"])
    write_jsonl(
        made.clips,
        (
            {
                "clip_id": clip_id(made.episode, part),
                "episode": made.episode,
                "source_id": probe["source_id"],
                "source_sha256": probe["sha256"],
                "shot": number,
                "start_frame": part.start,
                "end_frame": part.end,
                "start_pts": times[part.start],
                "end_pts": times[part.end],
                "time_base": probe["time_base"],
                "start_s": round(float((times[part.start] - times[0]) * base), 6),
                "end_s": round(float((times[part.end] - times[0]) * base), 6),
                "duration_s": round(float((times[part.end] - times[part.start]) * base), 6),
                "fps": probe["fps"],
                "width": 320,
                "height": 176,
                "phash": "0" * 16,
                "kept": part.kept,
                "drop": None if part.kept else {"rule": "short", "twin": None, "frame": None},
                "clip": "clips/a.mp4" if part.kept else None,
                "first_frame": "first_frames/a.png" if part.kept else None,
                "sheet": "sheets/a.jpg" if part.kept else None,
            }
            for number, part in enumerate(parts)
        ),
        "clip",
    )
    kept = [part for part in parts if part.kept]
    shares = dict.fromkeys(("black_share", "white_share", "flat_share", "combed_share", "ground_share"), 0.0)
    others = {"luma": 100.0, "flash_frames": 0, "longest_still_s": 0.1, "detail": 1.0, "lettering": 1.0}
    write_jsonl(
        made.quality,
        (
            {
                "clip_id": clip_id(made.episode, part),
                "usable": part.usable,
                "reasons": [] if part.usable else ["black"],
                "findings": [] if part.usable else ["black"],
                "decision": None,
                "twin": None,
                "crop": None,
                "camera": part.camera and {"move": part.camera, "speed": 0.0, "pan": 0.0, "tilt": 0.0, "zoom": 1.0},
                "measurements": {**shares, **others},
            }
            for part in kept
        ),
        "quality",
    )
    spans = {row["clip_id"]: row for row in read_jsonl(made.clips)}
    write_jsonl(
        made.captions,
        (
            {
                "clip_id": clip_id(made.episode, part),
                **{key: spans[clip_id(made.episode, part)][key] for key in ("source_sha256", "start_pts", "end_pts")},
                "caption_source": part.source,
                "model": "a-model" if part.source == "vlm" else None,
                "prompt_digest": "a" * 64,
                "visual_description": "",
                "shot_type": None,
                "camera": None,
                "characters": list(part.characters),
                "outfits": {},
                "location": part.location,
                "scene_type": None,
                "action": "",
                "props": [],
                "on_screen_text": None,
                "transcript": "",
                "structured_caption": "A scene.",
                "story_context": "",
                "caption": "",
                "training_caption": part.prompt or f"A disc crosses the picture {part.start}.",
                "tokens": 12,
                "origins": {},
                "verdict": None,
                "lint": [],
                "imported": None,
                "seeded": None,
                "error": None,
            }
            for part in kept
        ),
        "caption",
    )
    for stage, path in zip(STAGES[1:], made.outcomes[1:], strict=True):
        with attempt(Record(stage, f"ep{made.episode}", path), []):
            pass


def fail(made: EpisodeInput, stage: str, code: str, message: str) -> None:
    """Let ``stage`` fail on this episode."""
    path = made.outcomes[STAGES.index(stage)]
    write_json(
        path,
        {
            "stage": stage,
            "stage_version": 1,
            "item": f"ep{made.episode}",
            "status": "failed",
            "error": {"code": code, "message": message},
            "retryable": True,
            "parts": [],
            "warnings": [],
            "failures": 1,
        },
        "outcome",
    )
