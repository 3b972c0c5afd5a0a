"""Bars: letterbox and pillarbox are found with the rectangle that leaves them out; dark edges of a picture are none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from judging import SIZE, Season, backdrop, findings, grainy, judged

from footage import painted
from reelwright.fit import quarter_turns
from reelwright.quality.picture import Bars, crop_of
from reelwright.scan.measure import HEIGHT, WIDTH
from reelwright.spec.quality import Quality


def barred(top: int = 0, left: int = 0, shot: int = 3, frames: int = 60) -> list[np.ndarray]:
    """Action within black bars of so many pixels above and below, and at both sides."""
    pictures = [painted(shot, number, SIZE[0] - 2 * left, SIZE[1] - 2 * top) for number in range(frames)]
    return [cv2.copyMakeBorder(one, top, top, left, left, cv2.BORDER_CONSTANT) for one in pictures]


def inside(crop: dict[str, int], top: int, left: int, slack: int) -> None:
    """The rectangle lies within the picture, and leaves out at most ``slack`` pixels of it at each side."""
    assert left <= crop["x"] <= left + slack
    assert top <= crop["y"] <= top + slack
    assert SIZE[0] - left - slack <= crop["x"] + crop["width"] <= SIZE[0] - left
    assert SIZE[1] - top - slack <= crop["y"] + crop["height"] <= SIZE[1] - top


@pytest.mark.parametrize("options", [{"crf": "12"}, {"crf": "32", "g": "25"}], ids=["fine", "coarse"])
@pytest.mark.parametrize(
    ("top", "left", "found"),
    [
        (6, 0, ["letterbox"]),  # 1.85:1 in 16:9 has five or six of 270 rows
        (34, 0, ["letterbox"]),  # 2.39:1
        (0, 60, ["pillarbox"]),  # 4:3
        (34, 60, ["letterbox", "pillarbox"]),
    ],
)
def test_bars_are_found_with_the_picture_within(
    top: int, left: int, found: list[str], options: dict[str, str], tmp_path: Path
) -> None:
    season = Season(tmp_path)
    episode = season.add(grainy(barred(top, left), 2), options=options)
    (row,) = season.judge(episode)
    assert row["findings"] == found
    inside(row["crop"], top, left, 6)
    assert row["usable"] is True, "the whole episode has them: the remedy is a crop"
    (warning,) = season.outcome(episode)["warnings"]
    crop = row["crop"]
    assert f"{crop['width']}x{crop['height']} at {crop['x']},{crop['y']}" in warning
    (row,) = season.judge(episode, Quality(refuse_own_bars=True))
    assert row["reasons"] == found


def test_bars_that_only_some_clips_have_make_those_unusable(tmp_path: Path) -> None:
    season = Season(tmp_path)
    film = [*barred(shot=3), *barred(34, shot=4), *barred(shot=5)]
    rows = season.judge(season.add(film, [(0, 60), (60, 120), (120, 180)]))
    assert [row["reasons"] for row in rows] == [[], ["letterbox"], []]
    assert [row["crop"] is None for row in rows] == [True, False, True]


def test_a_scene_too_dark_to_tell_has_the_bars_of_its_episode(tmp_path: Path) -> None:
    season = Season(tmp_path)
    dark = [one // 12 for one in barred(34, shot=4)]
    rows = season.judge(season.add([*barred(34, shot=3), *dark, *barred(34, shot=5)], [(0, 60), (60, 120), (120, 180)]))
    assert rows[1]["crop"] == rows[0]["crop"] == rows[2]["crop"]
    assert all(row["usable"] for row in (rows[0], rows[2]))


def test_a_picture_without_bars_in_a_barred_episode_is_whole(tmp_path: Path) -> None:
    season = Season(tmp_path)
    film = [*barred(0, 60, shot=3), *barred(shot=4), *barred(0, 60, shot=5)]
    rows = season.judge(season.add(film, [(0, 60), (60, 120), (120, 180)]))
    assert [row["findings"] for row in rows] == [["pillarbox"], [], ["pillarbox"]]
    assert all(row["usable"] for row in rows)


def night(number: int) -> np.ndarray:
    """A street at night: dark sky, dark road, lit windows between."""
    picture = backdrop(3, number)
    shade = np.interp(np.arange(SIZE[1]), [0, 60, 100, 170, 210, 269], [0.05, 0.1, 1, 1, 0.1, 0.05])
    return np.asarray((picture * shade[:, None, None]).astype(np.uint8))


def spotlight(number: int) -> np.ndarray:
    """A stage of which a spotlight shows the middle."""
    light = np.zeros(SIZE[::-1], np.float32)
    cv2.circle(light, (SIZE[0] // 2, SIZE[1] // 2), 110, 1.0, -1)
    return np.asarray((backdrop(3, number) * cv2.GaussianBlur(light, (0, 0), 15)[..., None]).astype(np.uint8))


@pytest.mark.parametrize("scene", [night, spotlight])
def test_a_picture_that_is_dark_at_its_edges_has_no_bars(scene: Any, tmp_path: Path) -> None:
    assert findings(tmp_path, [scene(number) for number in range(60)]) == []


def test_bars_at_one_side_are_the_picture_s_own(tmp_path: Path) -> None:
    frames = [cv2.copyMakeBorder(painted(3, n, 420, 270), 0, 0, 60, 0, cv2.BORDER_CONSTANT) for n in range(60)]
    row = judged(tmp_path, frames)
    assert (row["findings"], row["crop"]) == ([], None)


def test_a_turned_master_s_bars_are_those_that_a_viewer_sees(tmp_path: Path) -> None:
    season = Season(tmp_path)
    lying = [np.rot90(one, -1).copy() for one in barred(34)]  # its container turns it by 90 degrees counterclockwise
    (row,) = season.judge(season.add(lying, rotation=90, width=SIZE[0], height=SIZE[1]))
    assert row["findings"] == ["letterbox"]
    inside(row["crop"], 34, 0, 6)


@given(
    st.integers(2, 60),
    st.integers(2, 100),
    st.integers(0, 2),
    st.sampled_from([0, 90, 180, -90]),
    st.booleans(),
    st.booleans(),
)
def test_the_rectangle_never_holds_a_bar(
    rows: int, columns: int, uneven: int, rotation: int, letterbox: bool, pillarbox: bool
) -> None:
    """For any master of 1080 rows: a bar of n measured rows ends before the sample after it, the first that is lit."""
    bars = Bars(
        *((rows + uneven, rows) if letterbox else (0, 0)), *((columns, columns + uneven) if pillarbox else (0, 0))
    )
    turned = rotation % 180 != 0
    size = (720, 1280) if turned else (1280, 720)
    crop = crop_of(bars, *size, quarter_turns(rotation))
    if not (letterbox or pillarbox):
        assert crop is None
        return
    assert crop is not None
    assert all(value % 2 == 0 for value in crop.values())
    # Back to where the picture's first and last sampled rows and columns lie, as shares of the stored picture.
    x0, x1 = crop["x"] / size[0], (crop["x"] + crop["width"]) / size[0]
    y0, y1 = crop["y"] / size[1], (crop["y"] + crop["height"]) / size[1]
    for _ in range(rotation // 90 % 4):  # each turn back is one clockwise
        x0, x1, y0, y1 = 1 - y1, 1 - y0, x0, x1
    slack = 2 / 720 + 1e-9
    lost = 1 / HEIGHT if letterbox else 0.0
    assert bars.top / HEIGHT - 1e-9 <= y0 <= bars.top / HEIGHT + slack
    assert 1 - bars.bottom / HEIGHT - lost - slack <= y1 <= 1 - bars.bottom / HEIGHT - lost + 1e-9
    lost = 1 / WIDTH if pillarbox else 0.0
    assert bars.left / WIDTH - 1e-9 <= x0 <= bars.left / WIDTH + slack
    assert 1 - bars.right / WIDTH - lost - slack <= x1 <= 1 - bars.right / WIDTH - lost + 1e-9
