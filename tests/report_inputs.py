"""Results of a season for tests of the report: small files as the stages leave them, and names made up to hurt."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

from reelwright.command import command
from reelwright.files import write_csv, write_json, write_jsonl
from reelwright.report import Scope

PLACES = ("harbour", "mill", "ice cave", "roof")
PEOPLE = ("Ida", "Bo", "Old Tam")
MOVES = ("static", "pan_left", "zoom_in")
RULES = ("short", "head", "tail", "duplicate")

HOSTILE = (
    "<script>document.title='owned'</script>",
    '"><img src=x onerror="document.title=\'owned\'">',
    "'; alert(1) //{{ 7 * 7 }}{% raw %}",
    "\u202eright to left \u05d0\u05d1\u05d2\u202c",
    "long" * 2500,
)
"""Names that would run, turn the line round or burst the page if they were more than text."""


def write_log(path: Path, *lines: str) -> None:
    """The log of a job that said so much."""
    with command(path):
        print(*lines, sep="\n", file=sys.stderr)


def outcome(folder: Path, stage: str, item: str, error: tuple[str, str] | None = None, **more: Any) -> None:
    """Write the outcome record of an item."""
    data = {
        "stage": stage,
        "stage_version": 1,
        "item": item,
        "status": "failed" if error else "partial" if more.get("parts") else "ok",
        "error": {"code": error[0], "message": error[1]} if error else None,
        "retryable": True,
        "parts": [],
        "warnings": [],
        "failures": 1 if error else 0,
        **more,
    }
    write_json(folder / "outcomes" / stage / f"{item}.json", data, "outcome")


def _row(episode: str, number: int, names: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    """A row of the manifest: 4 s from second 4 * ``number`` on, the third of each four not usable."""
    start, seconds = 4 * number, 3 + (number % 16) / 4
    usable = number % 4 != 2
    return {
        "clip_id": f"ep{episode}_{start * 25:06d}_{int((start + seconds) * 25):06d}",
        "production_episode": episode,
        "start_s": float(start),
        "end_s": start + seconds,
        "duration": seconds,
        "usable": usable,
        "split": "train",
        "exclude_reasons": [] if usable else ["flash"],
        "characters": [names["people"][number % len(names["people"])]],
        "location": names["places"][number % len(names["places"])],
        "camera": {"move": MOVES[number % len(MOVES)], "speed": 0.1, "pan": 0.0, "tilt": 0.0, "zoom": 1.0},
        "caption_source": "vlm",
        "caption_model": names["models"][0],
        "training_caption": "Somebody walks through a place. " * 12,
    }


def scope(count: int, **changes: Any) -> Scope:
    """The scope of a season of so many episodes."""
    numbers = [f"{number:02d}" for number in range(1, count + 1)]
    data = {
        "project": "tiny",
        "show": "Tiny Show",
        "season": 2,
        "spec_digest": "ab" * 32,
        "episodes": {number: f"EPISODE {number}" for number in numbers},
        "packages": {"smoke": "video"},
        "items": {*(f"ep{number}" for number in numbers), *(f"ep{number}.film" for number in numbers)},
        **changes,
    }
    return Scope(**data)


def write_season(
    folder: Path, what: Scope, clips: int, *, checked: bool = True, names: dict[str, tuple[str, ...]] | None = None
) -> None:
    """Write results of so many clips an episode, of which the package takes the usable ones.

    Not ``checked``: files that hold a row a clip go without their schemas, which take minutes for a season.
    """
    names = {"people": PEOPLE, "places": PLACES, "models": ("a-model",), **(names or {})}
    masters, rows, chosen = [], [], []
    for number, title in what.episodes.items():
        own = [_row(number, at, names) for at in range(clips)]
        rows += own
        chosen += own
        masters.append(_master(folder, number, title, 4.0 * clips + 60))
        _shots(folder, number, clips, checked)
        dropped = [_candidate(number, 4.0 * clips + 4 * at, RULES[at % len(RULES)]) for at in range(8)]
        candidates = [*(_candidate(number, row["start_s"], None, row["end_s"]) for row in own), *dropped]
        write_jsonl(folder / "clips" / f"ep{number}.jsonl", candidates, "clip" if checked else None)
        for stage in ("probe_master", "detect_shots", "cut_clips", "caption_clips"):
            outcome(folder, stage, f"ep{number}.film" if stage == "probe_master" else f"ep{number}")
    write_json(folder / "sources" / "masters.json", masters, "masters")
    write_jsonl(folder / "manifest.jsonl", rows)
    _summary(folder, what, rows)
    for package in what.packages:
        _package(folder / "packages" / package, package, chosen)
    write_json(folder / "spec.json", {"project": what.project})


def _master(folder: Path, episode: str, title: str, seconds: float) -> dict[str, Any]:
    probe = {"source_id": f"ep{episode}.film", "episode": episode, "title": title, "path": f"masters/{episode}.mov"}
    shape = {"sha256": episode * 32, "duration_s": seconds, "width": 1920, "height": 1080, "fps": "25/1"}
    write_json(folder / "sources" / "probe" / f"ep{episode}.film.json", {**probe, **shape})
    return {
        "production_episode": episode,
        "canonical_title": title,
        "alternate_title": None,
        "source_master": f"masters/{episode}.mov",
        "alternate_master": None,
        "video_duplicate_status": None,
        "duration_s": seconds,
        "fps": 25.0,
        "width": 1920,
        "height": 1080,
        "bitrate_bps": 3_550_000,
        "existing_youtube_episode_id": None,
        "existing_bible_name": None,
    }


def _shots(folder: Path, episode: str, clips: int, checked: bool) -> None:
    head = {"episode": episode, "source_id": f"ep{episode}.film", "source_sha256": episode * 32, "time_base": "1/25"}
    spans = [(at * 100, at * 100 + 100) for at in range(clips)]
    detector = {"detector": "adaptive", "threshold": 3.0, "min_content": 15.0, "window": 2, "min_shot_frames": 15}
    kinds = ("cut", "cut", "cut", "dissolve")
    boundaries = [
        {"frame": start, "kind": kinds[at % 4], "start": start, "end": start, "score": 9.0}
        for at, (start, _) in enumerate(spans)
    ]
    shots = [
        {
            "shot": at,
            **{"start_frame": start, "end_frame": end, "start_pts": start, "end_pts": end},
            **{"start_s": start / 25, "end_s": end / 25},
        }
        for at, (start, end) in enumerate(spans)
    ]
    data = {**head, "frames": clips * 100, "detector": detector, "boundaries": boundaries, "shots": shots}
    write_json(folder / "shots" / f"ep{episode}.json", data, "shots" if checked else None)


def _candidate(episode: str, start: float, rule: str | None, end: float | None = None) -> dict[str, Any]:
    end = start + 3 if end is None else end
    first, last = int(start * 25), int(end * 25)
    name = f"ep{episode}_{first:06d}_{last:06d}"
    return {
        "clip_id": name,
        "episode": episode,
        "source_id": f"ep{episode}.film",
        "source_sha256": episode * 32,
        "shot": 0,
        **{"start_frame": first, "end_frame": last, "start_pts": first, "end_pts": last},
        "time_base": "1/25",
        **{"start_s": start, "end_s": end, "duration_s": end - start},
        **{"fps": "25/1", "width": 1280, "height": 720, "phash": "0" * 16},
        "kept": rule is None,
        "drop": {"rule": rule, "twin": name if rule == "duplicate" else None, "frame": None} if rule else None,
        "clip": None if rule else f"clips/ep{episode}/{name}.mp4",
        "first_frame": None if rule else f"first_frames/ep{episode}/{name}.png",
        "sheet": None if rule else f"sheets/ep{episode}/{name}.jpg",
    }


def _summary(folder: Path, what: Scope, rows: list[dict[str, Any]]) -> None:
    usable = [row for row in rows if row["usable"]]
    data = {
        "project": what.project,
        "clips": len(rows),
        "usable": len(usable),
        "seconds": sum(row["duration"] for row in rows),
        "splits": {"train": len(rows)},
        "clips_per_episode": dict(Counter(row["production_episode"] for row in rows)),
        "exclude_reasons": {"flash": len(rows) - len(usable)},
        "findings": {"flash": len(rows) - len(usable)},
        "dropped": dict.fromkeys(RULES, 2 * len(what.episodes)),
        "captions": {"vlm": len(rows)},
        "lint": {},
        "common_phrases": [],
        "failed_episodes": [],
    }
    write_json(folder / "manifest.json", data, "manifest_summary")


def _package(folder: Path, name: str, rows: list[dict[str, Any]]) -> None:
    """A package of every usable clip."""
    usable = [row for row in rows if row["usable"]]
    episodes = Counter(row["production_episode"] for row in rows)
    good = Counter(row["production_episode"] for row in usable)

    def spread(values: list[str]) -> dict[str, dict[str, int]]:
        return {value: {"usable": count, "rows": count} for value, count in Counter(values).items()}

    summary = {
        "package": name,
        "model": "wan2.2-t2v-a14b",
        **{"rows": len(usable), "frames": 81 * len(usable), "seconds": 4.0 * len(usable), "fps": 16},
        "size": [832, 480],
        "buckets": {"81": len(usable)},
        "captions": {"vlm": len(usable)},
        "episodes": {
            number: {
                **{"clips": count, "usable": good[number], "unusable": {"flash": count - good[number]}},
                **{"eligible": good[number], "rows": good[number], "frames": 81 * good[number]},
            }
            for number, count in episodes.items()
        },
        "drops": {},
        "dropped": [],
        "distribution": {
            "camera": spread([row["camera"]["move"] for row in usable]),
            "characters": spread([who for row in usable for who in row["characters"]]),
        },
        "warnings": [],
    }
    write_json(folder / "summary.json", summary, "package_summary")
    write_jsonl(folder / "metadata.jsonl", [])
    lines = [
        {
            "clip_id": row["clip_id"],
            "episode": row["production_episode"],
            "row": "yes" if row["usable"] else "no",
            "kind": "row" if row["usable"] else "unusable",
            "reason": "every clip that can be a row is one" if row["usable"] else "not usable: flash",
            "seconds": f"{row['duration']:.3f}",
            "characters": "; ".join(row["characters"]),
            "location": row["location"],
            "camera": row["camera"]["move"],
        }
        for row in rows
    ]
    write_csv(folder / "selection.csv", list(lines[0]), lines)
    checks = [{"name": "metadata", "passed": True, "problems": []}]
    preflight = {
        "package": name,
        "passed": True,
        "rows": len(usable),
        "checks": checks,
        "launch": [],
        "trainers": {},
    }
    write_json(folder / "preflight.json", preflight, "preflight")


def hostile_season(folder: Path) -> Scope:
    """Three episodes of which every name is hostile, with failures of every kind; returns their scope."""
    what = scope(
        3,
        show=HOSTILE[1],
        episodes={f"{number:02d}": HOSTILE[number] for number in (1, 2, 3)},
        packages={"smoke": "video", "pilot": "video"},
    )
    write_season(folder, what, 12, names={"people": HOSTILE, "places": HOSTILE, "models": (HOSTILE[0],)})
    for path in (folder / "packages" / "pilot").iterdir():
        path.unlink()
    write_log(folder / "logs" / "build_package" / "pilot.log", "package pilot: no row is left", HOSTILE[0])
    outcome(folder, "probe_master", "ep02.film", ("unreadable", HOSTILE[0]))
    outcome(folder, "scan_source", "ep02.film", ("upstream", HOSTILE[4]))
    parts = [{"part": HOSTILE[3], "code": "refused", "message": HOSTILE[4]}]
    outcome(folder, "caption_clips", "ep01", parts=parts, warnings=list(HOSTILE))
    write_actors(folder, HOSTILE[0])
    return what


def write_actors(folder: Path, name: str) -> None:
    """All action plans in one, as the part on actors writes them: of two actors and of one that failed."""
    classes = ("photorealistic", "bw_stylized", "color_stylized")
    rows = [("0000_european_16_male", "balanced", (0, 0, 0)), (name, "actions", (0, 2, 3))]
    data = {
        **{"actors": 3, "planned": 2, "states": {"balanced": 1, "actions": 1, "undecided": 0}, "images": 40},
        "now": {"photorealistic": 30, "bw_stylized": 6, "color_stylized": 3, "unknown": 1},
        "delete": {"total": 4, "broken": 1, "low_quality": 1, "duplicate": 1, "surplus": 1},
        "generate": {"total": 5, **dict(zip(classes, (0, 2, 3), strict=True))},
        **{"price": 0.2, "currency": "USD", "disagreements": 1},
        "rows": [
            {
                **{"actor": who, "state": state, "delete": 4 if sum(made) else 0},
                "generate": dict(zip(classes, made, strict=True)),
                **{"price": 0.04 * sum(made), "images": 20, "disagreements": 0},
            }
            for who, state, made in rows
        ],
        "failed": [{"actor": "0002", "code": "missing", "message": "its folder is gone"}],
    }
    write_json(folder / "actors" / "action_plans" / "summary.json", data)
    mix = dict(zip(classes, (65.0, 20.0, 15.0), strict=True))
    write_json(folder / "spec.json", {"project": "tiny", "actors": {"target": {"mix": mix}}})


def write_review(folder: Path, undecided: int, stale: str | None = None) -> None:
    """The state of decisions as the review page leaves it, of 32 clips and 4 plates."""
    row = {"item": stale, "sha256": "a" * 64, "decision": "exclude", "value": "", "reason": "", "reviewer": "Mara"}
    state = {"words": ["usable", "exclude"], "applied": True, "items": 32, "decided": 32 - undecided, "rows": []}
    tab = {"domain": "clips", "missing": []}
    data = {
        **{"project": "tiny", "show": "Tiny Show", "folder": "config/tiny/decisions"},
        "tabs": [
            {**tab, "name": "plates", "title": "Plates", "items": 4, "undecided": 0},
            {**tab, "name": "clips", "title": "Clips", "items": 32, "undecided": undecided},
        ],
        "states": {
            "clips": {
                **state,
                "stale": [{**row, "time": "2026-11-25"}] if stale else [],
                **{"unknown": [], "conflicts": [], "problems": []},
            }
        },
    }
    write_json(folder / "review" / "index.json", data)
    (folder / "review" / "index.html").write_text("<title>Review</title>", encoding="utf-8")
