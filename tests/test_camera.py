"""Camera motion: known moves of known pictures get their name and speed, whoever walks before them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judging import SIZE, Season, backdrop

from footage import painted
from reelwright.quality.camera import measure_camera
from reelwright.spec.quality import CameraLimits

WIDE, HIGH = 240, 135
"""Size at which the scan measures."""

LIMITS = CameraLimits()

View = Callable[[float], tuple[float, float, float]]
"""Where the camera looks at a time: shift to the right and down in picture widths and heights, and factor of its view."""


def seen(view: tuple[float, float, float], shot: int) -> np.ndarray:
    """What a camera sees of an endless painting: luma of shape (135, 240)."""
    x, y, wide = view
    painting = cv2.cvtColor(painted(shot, 0, 2 * WIDE, 2 * HIGH), cv2.COLOR_BGR2GRAY)
    columns = (np.arange(WIDE) - WIDE / 2) * wide + WIDE + x * WIDE
    rows = (np.arange(HIGH) - HIGH / 2) * wide + HIGH + y * HIGH
    grid = np.meshgrid(columns.astype(np.float32), rows.astype(np.float32))
    return np.asarray(cv2.remap(painting, *grid, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101), np.float32)


def filmed(
    view: View,
    *,
    seconds: float = 4.0,
    fps: float = 25.0,
    shot: int = 3,
    held: int = 1,
    noise: float = 0.0,
    walker: float = 0.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Thumbs (luma) of a shot and the times of its frames.

    ``held``: frames that the camera's position stays. ``noise``: grain at the measured size. ``walker``: width, as a share
    of the picture's, of somebody dark who walks through it and waves.
    """
    times = np.arange(round(seconds * fps)) / fps
    random = np.random.default_rng(shot)
    thumbs = []
    for number, time in enumerate(times):
        picture = seen(view(float(times[number // held * held])), shot)
        if walker:
            left = round((0.1 + 0.15 * time) * WIDE)
            cv2.rectangle(picture, (left, 50), (left + round(walker * WIDE), HIGH), 40.0, -1)
            cv2.circle(picture, (left + 10, 60 + round(20 * np.sin(6 * time))), 14, 220.0, -1)
        picture += random.normal(0, noise, picture.shape) if noise else 0
        thumbs.append(cv2.resize(np.clip(picture, 0, 255), (48, 27), interpolation=cv2.INTER_AREA))
    return np.stack(thumbs).astype(np.float32), times


def name_of(view: View, **how: float) -> str | None:
    """The name that a shot gets."""
    luma, times = filmed(view, **how)  # type: ignore[arg-type]
    camera = measure_camera(luma, times, 16 / 9, LIMITS)
    return camera.move if camera else None


MOVES: dict[str, Callable[[float], View]] = {
    "pan_left": lambda speed: lambda t: (-speed * t, 0, 1),
    "pan_right": lambda speed: lambda t: (speed * t, 0, 1),
    "tilt_up": lambda speed: lambda t: (0, -speed * t, 1),
    "tilt_down": lambda speed: lambda t: (0, speed * t, 1),
    "zoom_in": lambda speed: lambda t: (0, 0, 1.3 * (1 + speed) ** -t),
    "zoom_out": lambda speed: lambda t: (0, 0, 0.8 * (1 + speed) ** t),
}
"""Each move at a speed: shares of the picture a second, or what the factor a second has above 1."""


@settings(deadline=None, max_examples=20)
@given(
    st.sampled_from(sorted(MOVES)),
    st.floats(0.02, 0.1),
    st.floats(3, 5),
    st.sampled_from([12.0, 23.976, 25.0, 50.0]),
    st.integers(0, 7),
    st.sampled_from([1, 2]),
    st.sampled_from([0.0, 6.0]),
    st.sampled_from([0.0, 0.2]),
)
def test_a_move_has_its_name_and_speed(
    move: str, speed: float, seconds: float, fps: float, shot: int, held: int, noise: float, walker: float
) -> None:
    luma, times = filmed(MOVES[move](speed), seconds=seconds, fps=fps, shot=shot, held=held, noise=noise, walker=walker)
    camera = measure_camera(luma, times, 16 / 9, LIMITS)
    assert camera is not None
    assert camera.move == move
    assert camera.speed is not None
    found = camera.speed - 1 if move.startswith("zoom") else camera.speed
    # A thumb's pixel is a fiftieth of the picture: a fifth of it is as well as a way can be known.
    assert abs(found - speed) <= 0.15 * speed + 0.2 / 27 / seconds


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 40), st.integers(1, 3), st.floats(0.1, 0.35), st.sampled_from([0.0, 6.0]))
def test_a_held_backdrop_is_static_whoever_walks_before_it(shot: int, held: int, walker: float, noise: float) -> None:
    luma, times = filmed(lambda t: (0, 0, 1), shot=shot, held=held, walker=walker, noise=noise)
    camera = measure_camera(luma, times, 16 / 9, LIMITS)
    assert camera is not None
    assert (camera.move, camera.speed) == ("static", 0.0)
    assert abs(camera.pan) < 0.002
    assert abs(camera.tilt) < 0.002


@pytest.mark.parametrize("speed", [0.3, 0.8, 1.3])
def test_fast_pans_are_followed(speed: float) -> None:
    luma, times = filmed(lambda t: (0.4 * np.sin(speed * t / 0.4), 0, 1), seconds=0.9 / speed)
    camera = measure_camera(luma, times, 16 / 9, LIMITS)
    assert camera is not None
    assert camera.move == "pan_right"


def eased(t: float) -> float:
    """0 for a second, then to 1 in two, softly."""
    share = min(1.0, max(0.0, (t - 1) / 2))
    return share * share * (3 - 2 * share)


@pytest.mark.parametrize(
    ("view", "name"),
    [
        (lambda t: (0.3 * eased(t), 0, 1), "pan_right"),
        (lambda t: (0.004 * t, 0, 1), "static"),
        (lambda t: (0.005 * np.sin(9 * t), 0.006 * np.sin(7 * t), 1), "static"),
        (lambda t: (0.1 * np.sin(1.6 * t), 0, 1), "complex"),
        (lambda t: (0.05 * t, 0.09 * t, 1), "complex"),
        (lambda t: (0.1 * min(t, 2), 0, 1.3 ** -max(0.0, t - 2)), "complex"),
        (lambda t: (0.06 * t, 0.02 * t, 1), "pan_right"),
        (lambda t: (0.01 * t, 0.01 * t, 1.05**-t), "zoom_in"),
    ],
    ids=["eased", "drift", "hand-held", "there and back", "diagonal", "pan, then zoom", "nearly level", "off centre"],
)
def test_a_name_says_what_the_whole_shot_does(view: View, name: str) -> None:
    assert name_of(view) == name


def test_a_flash_or_a_cover_in_between_doesn_t_matter() -> None:
    luma, times = filmed(lambda t: (0.05 * t, 0, 1))
    luma[40:43] = 0.1 * luma[40:43] + 230
    luma[70:80, :, 5:] = 20
    camera = measure_camera(luma, times, 16 / 9, LIMITS)
    assert camera is not None
    assert camera.move == "pan_right"
    assert camera.pan == pytest.approx(0.05, abs=0.005)


def test_a_camera_that_is_lost_for_good_is_not_named() -> None:
    luma, times = filmed(lambda t: (0.05 * t, 0, 1))
    other, _ = filmed(lambda t: (0, 0, 1), shot=9)
    luma[60:] = other[60:]
    camera = measure_camera(luma, times, 16 / 9, LIMITS)
    assert camera is not None
    assert (camera.move, camera.speed) == ("complex", None)


def test_where_nothing_is_to_be_seen_there_is_no_camera() -> None:
    blank = np.full((75, 27, 48), 90, np.float32)
    assert measure_camera(blank, np.arange(75) / 25, 16 / 9, LIMITS) is None
    assert measure_camera(blank[:1], np.zeros(1), 16 / 9, LIMITS) is None


def test_uneven_frame_times_are_times() -> None:
    luma, times = filmed(lambda t: (0.05 * t, 0, 1), fps=50)
    kept = np.unique(np.concatenate([np.arange(0, 200, 7), np.arange(60, 120)]))
    camera = measure_camera(luma[kept], times[kept], 16 / 9, LIMITS)
    assert camera is not None
    assert camera.pan == pytest.approx(0.05, rel=0.1)


def panned(frames: int = 75, wide: int = SIZE[0], high: int = SIZE[1], step: int = 3) -> list[np.ndarray]:
    """A pan to the right by ``step`` pixels a frame."""
    painting = np.hstack([painted(shot, 0, wide, high) for shot in (3, 4)])
    return [painting[:, step * number : step * number + wide].copy() for number in range(frames)]


def test_speeds_are_shares_of_the_picture_within_its_bars(tmp_path: Path) -> None:
    season = Season(tmp_path)
    boxed = [cv2.copyMakeBorder(one, 0, 0, 60, 60, cv2.BORDER_CONSTANT) for one in panned(wide=360)]
    (row,) = season.judge(season.add(boxed, options={"crf": "28"}))
    assert row["camera"]["move"] == "pan_right"
    assert row["camera"]["speed"] == pytest.approx(3 * 25 / 360, rel=0.05)
    (row,) = season.judge(season.add(panned(wide=360)))  # 4:3 fills thumbs that are wider than it
    assert row["camera"]["speed"] == pytest.approx(3 * 25 / 360, rel=0.05)


def test_a_turned_master_s_camera_moves_as_a_viewer_sees_it(tmp_path: Path) -> None:
    season = Season(tmp_path)
    lying = [np.rot90(one, -1).copy() for one in panned()]
    (row,) = season.judge(season.add(lying, rotation=90, width=SIZE[0], height=SIZE[1]))
    assert row["camera"]["move"] == "pan_right"
    assert row["camera"]["speed"] == pytest.approx(3 * 25 / SIZE[0], rel=0.05)


def test_a_moving_character_on_twos_leaves_the_camera_static_on_a_real_file(tmp_path: Path) -> None:
    season = Season(tmp_path)
    drawn = [backdrop(6, 4 * (number // 2)) for number in range(75)]
    for number, one in enumerate(drawn):
        cv2.rectangle(one, (100 + 4 * (number // 2), 80), (230 + 4 * (number // 2), 269), (30, 60, 140), -1)
    (row,) = season.judge(season.add(drawn, options={"crf": "30", "g": "25"}))
    assert (row["camera"]["move"], row["camera"]["speed"], row["usable"]) == ("static", 0.0, True)
