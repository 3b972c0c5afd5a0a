"""Quality and camera on whole footage: a drawn season with known moves and flashes, and a real film seen by a person."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from judging import Season, labelled, scanned

from reelwright.demo.frames import body_frames
from reelwright.demo.movie import add_video, encode_pictures, open_movie
from reelwright.demo.plan import EpisodePlan, plan_episode
from reelwright.demo.truth import episode_truth
from reelwright.quality.camera import measure_camera
from reelwright.quality.picture import Bars, luma_of, within_bars
from reelwright.spec.quality import CameraLimits

pytestmark = pytest.mark.slow

SEED, WIDTH, HEIGHT = 2026, 640, 360
"""Another season than the demo's, drawn at half its size."""

SHORTEST = 75
"""Frames of the shortest clip."""


def drawn(plan: EpisodePlan, path: Path) -> Path:
    """The body of an episode, from drawings to a MOV."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open_movie(path) as container:
        stream = add_video(container, WIDTH, HEIGHT)
        encode_pictures(container, stream, body_frames(plan, "Moss and Comet", WIDTH, HEIGHT))
    return path


def clips_of(truth: dict[str, Any], first: int) -> list[tuple[int, int, dict[str, Any]]]:
    """Stretches of shots that clips could be, free of transitions: first frame, end (exclusive), the camera's truth."""
    gradual = [(one["start"], one["end"]) for one in truth["boundaries"] if one["kind"] != "cut"]
    found = []
    for shot in truth["shots"]:
        start, end = shot["start_frame"] + 2, shot["end_frame"] - 2
        start = max([start, *(last + 7 for low, last in gradual if low <= start + 20 <= last + 20)])
        end = min([end, *(low - 6 for low, last in gradual if low - 20 <= end - 20 <= last)])
        middle = (start + end) // 2
        parts = [(start, end)] if end - start <= 175 else [(start, middle), (middle, end)]
        found += [(a - first, b - first, shot["camera"]) for a, b in parts if b - a >= SHORTEST]
    return found


def test_a_drawn_season_s_moves_and_flashes(tmp_path: Path) -> None:
    season, rows, cameras = Season(tmp_path), [], []
    for number in ("01", "02"):
        plan = plan_episode(number, SEED, 80)
        truth = episode_truth(plan)
        clips = clips_of(truth, plan.body)
        film = drawn(plan, tmp_path / f"{number}.mov")
        judged = season.judge(season.add(film, [(start, end) for start, end, _ in clips]))
        for row, (start, end, _) in zip(judged, clips, strict=True):
            flashes = [one for one in truth["flashes"] if one[0] - plan.body < end and one[1] - plan.body >= start]
            frames = sum(last - first + 1 for first, last in flashes)
            assert row["findings"] == (["flash"] if flashes else []), row
            assert row["measurements"]["flash_frames"] == frames
        rows += judged
        cameras += [camera for *_, camera in clips]
    assert len(rows) >= 20
    moves = [(camera["move"], row["camera"]["move"]) for row, camera in zip(rows, cameras, strict=True)]
    right = [true == found for true, found in moves]
    assert sum(right) >= 0.95 * len(right), moves
    assert all(found == "static" for true, found in moves if true == "static")
    errors = [
        abs(row["camera"]["speed"] - camera["speed"]) / (camera["speed"] - camera["move"].startswith("zoom"))
        for row, camera, good in zip(rows, cameras, right, strict=True)
        if good and camera["speed"]
    ]
    assert sorted(errors)[len(errors) // 2] <= 0.1, "half of the speeds are within a tenth"


def test_a_film_s_moves_as_a_person_sees_them(media: Path, tmp_path: Path) -> None:
    scan, base = scanned(media / "big_buck_bunny_360p.mp4", tmp_path)
    clear, static, said = [], [], []
    for one in labelled(ROOT / "tests" / "truth" / "big_buck_bunny_camera.json"):
        frames = slice(one["start"], one["end"])
        luma = within_bars(luma_of(scan.thumbs(one["start"], one["end"])), Bars(), 0)
        seconds = (scan["pts"][frames] - scan["pts"][one["start"]]) * float(base)
        camera = measure_camera(luma, seconds, 16 / 9, CameraLimits())
        found = camera.move if camera else None
        said.append(found == one["move"])
        if not one["borderline"]:
            clear.append(found == one["move"])
        if found == "static":
            static.append(one["move"] == "static")
    assert len(said) == 137
    assert sum(said) >= 0.9 * len(said)
    assert sum(clear) >= 0.93 * len(clear)
    assert sum(static) >= 0.97 * len(static)


def test_a_re_encoded_part_of_a_film_repeats_it(media: Path, tmp_path: Path) -> None:
    spans = [(one["start"], one["end"]) for one in labelled(ROOT / "tests" / "truth" / "big_buck_bunny_camera.json")]
    season = Season(tmp_path)
    film = season.add(media / "big_buck_bunny_360p.mp4", spans)
    assert [row["clip_id"] for row in season.judge(film) if row["findings"]] == []
    inside = [(start, end) for start, end in spans if end <= 1400]
    part = season.add(media / "excerpt_a.mp4", [(start + 6, end - 6) for start, end in inside])
    for row, (start, end) in zip(season.judge(part), inside, strict=True):
        assert row["twin"] == f"ep01_{start:06d}_{end:06d}"
