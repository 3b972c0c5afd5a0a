"""Leaks: what copies of a held-out picture become is found, other shots of the same set are not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from copies import Copy, write_copy
from drawn_cells import drawn_cells, footage
from hypothesis import given, settings
from hypothesis import strategies as st
from scans import measure

from footage import painted, write_film
from reelwright.align.footage import Footage, footage_of
from reelwright.align.stills import measured, still
from reelwright.errors import BadItem
from reelwright.evaluation.leaks import differing, find_leaks

LENGTH = 60
SHOTS = 6
SIZE = (640, 360)


def cropped(bgr: np.ndarray, share: float) -> np.ndarray:
    height, width = bgr.shape[:2]
    down, across = round(height * share), round(width * share)
    return bgr[down : height - down, across : width - across]


def as_jpeg(bgr: np.ndarray, quality: int = 60) -> np.ndarray:
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR))


def with_logo(bgr: np.ndarray) -> np.ndarray:
    return Copy(width=bgr.shape[1], height=bgr.shape[0], logo=0.16).paint(bgr)


COPIES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "as it is": lambda bgr: bgr,
    "re-encoded": lambda bgr: as_jpeg(bgr, 30),
    "scaled": lambda bgr: as_jpeg(cv2.resize(bgr, (320, 180), interpolation=cv2.INTER_AREA)),
    "mirrored": lambda bgr: bgr[:, ::-1],
    "cropped by 3 % in all": lambda bgr: cropped(bgr, 0.015),
    "cropped by 3 % a side": lambda bgr: cropped(bgr, 0.03),
    "under a logo": with_logo,
    "everything at once": lambda bgr: as_jpeg(cropped(with_logo(bgr)[:, ::-1], 0.015), 40),
}


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("leaks") / "film.mp4"
    pictures = [painted(shot, 2 * frame, *SIZE) for shot in range(SHOTS) for frame in range(LENGTH)]
    return write_film(path, pictures, options={"preset": "ultrafast"})


def scanned(path: Path, base: Fraction) -> Footage:
    measure(path, path.with_suffix(".npz"))
    return footage_of(path.stem, path.with_suffix(".npz"), base)


@pytest.fixture(scope="module")
def rows(film: Path) -> list[Footage]:
    whole = scanned(film, Fraction(1, 12800))
    return [replace(whole.part(shot * LENGTH, (shot + 1) * LENGTH), name=f"row {shot}") for shot in range(SHOTS)]


@pytest.mark.parametrize("kind", COPIES)
def test_a_copy_of_a_frame_names_the_row_that_shows_it_and_no_other(kind: str, rows: list[Footage]) -> None:
    pictures = [measured("picture", COPIES[kind](painted(shot, 2 * 30, *SIZE))) for shot in (1, 4)]
    for shot, picture in zip((1, 4), pictures, strict=True):
        leaks = find_leaks(rows, [picture])
        assert [(one.row, one.guarded) for one in leaks] == [(f"row {shot}", "picture")], (kind, leaks)
        # The disc moves by four pixels a frame: the frame that is named is the one that was copied, or next to it.
        assert abs(leaks[0].row_frame - (shot * LENGTH + 30)) <= 3
        assert leaks[0].mirrored == (kind in {"mirrored", "everything at once"})


def hurled(frame: int) -> np.ndarray:
    """A set that somebody crosses in a few frames and comes back to, so that most frames are like one another."""
    picture = painted(40, 0, *SIZE)
    cv2.circle(picture, (int(SIZE[0] * (0.5 + 0.9 * np.sin(frame * 1.7))), 200), 70, (20, 20, 230), -1, cv2.LINE_AA)
    return picture


@pytest.mark.parametrize("kind", ["as it is", "cropped by 3 % a side", "mirrored"])
def test_a_frame_between_the_sampled_ones_of_a_fast_row_is_found(kind: str, tmp_path: Path) -> None:
    write_film(tmp_path / "fast.mp4", [hurled(frame) for frame in range(30)], options={"preset": "ultrafast"})
    row = scanned(tmp_path / "fast.mp4", Fraction(1, 12800))
    missed = [frame for frame in range(30) if not find_leaks([row], [measured("p", COPIES[kind](hurled(frame)))])]
    assert missed == []


@pytest.mark.parametrize("shot", range(6))
def test_a_bright_logo_on_a_dark_picture_spoils_nothing_beside_it(shot: int) -> None:
    # A lamp in the dark: the logo widens the picture's contrast, and matching that would move the lamp's tone.
    dark = (painted(shot, 40, *SIZE) * 0.3).astype(np.uint8)
    dark[120:260, 150:260] = (dark[120:260, 150:260] * 0.4 + 110).astype(np.uint8)
    white = dark.copy()
    white[16:76, -76:-16] = 255
    row, logo = measured("row", dark), measured("logo", white)
    differs = differing(logo.pictures(np.array([0]))[0], row.pictures(np.array([0]))[0])
    assert differs is not None and differs < 0.005
    assert [one.row for one in find_leaks([row], [logo])] == ["row"]


@pytest.mark.parametrize("copy", [Copy(), Copy(mirror=True, crop=0.03, logo=0.16)], ids=["scaled", "all"])
def test_a_held_out_clip_names_the_row_that_shows_it(
    copy: Copy, film: Path, rows: list[Footage], tmp_path: Path
) -> None:
    write_copy(film, Fraction(25), 2 * LENGTH + 10, 2 * LENGTH + 40, tmp_path / "old.mp4", copy)
    leaks = find_leaks(rows, [scanned(tmp_path / "old.mp4", Fraction(1, 12288))])
    assert [one.row for one in leaks] == ["row 2"]


def test_the_same_backdrop_with_somebody_elsewhere_is_no_copy(rows: list[Footage]) -> None:
    # The disc of the far one has moved on by its own width and more.
    row = rows[3].part(0, 10)
    assert find_leaks([row], [measured("near", painted(3, 2 * 5, *SIZE))]) != []
    assert find_leaks([row], [measured("far", painted(3, 2 * 5 + 60, *SIZE))]) == []


def test_a_picture_of_nothing_is_a_copy_of_nothing(rows: list[Footage]) -> None:
    black = np.zeros((360, 640, 3), np.uint8)
    grain = np.random.default_rng(0).integers(0, 8, black.shape, dtype=np.uint8)
    dim = cv2.resize(np.arange(12, dtype=np.uint8).reshape(1, 12), SIZE)[:, :, None].repeat(3, 2)
    nothing = [measured(name, picture) for name, picture in (("black", black), ("grain", grain), ("dim", dim))]
    assert find_leaks([*rows, *nothing], nothing) == []


def test_nothing_guarded_and_nothing_to_train_on() -> None:
    clip = footage(drawn_cells(1, 50))
    assert find_leaks([clip], []) == []
    assert find_leaks([], [clip]) == []
    assert find_leaks([clip.part(0, 1)], [replace(clip, cells=clip.cells[:0], times=clip.times[:0])]) == []


@settings(max_examples=40, deadline=None)
@given(shot=st.integers(0, 10_000), sides=st.tuples(*[st.floats(0, 0.03)] * 4), mirror=st.booleans())
def test_a_thumb_cropped_by_up_to_3_percent_a_side_is_the_same(
    shot: int, sides: tuple[float, float, float, float], mirror: bool
) -> None:
    picture = painted(shot, 40, *SIZE)
    top, bottom, left, right = sides
    height, width = picture.shape[:2]
    part = picture[round(height * top) : round(height * (1 - bottom)), round(width * left) : round(width * (1 - right))]
    row = measured("row", picture[:, ::-1] if mirror else picture)
    leaks = find_leaks([row], [measured("part", part)])
    assert [(one.row, one.guarded, one.mirrored) for one in leaks] == [("row", "part", mirror)]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_other_pictures_differ(one: int, other: int) -> None:
    if one == other:
        return
    a, b = (measured(str(shot), painted(shot, 40, *SIZE)) for shot in (one, other))
    differs = differing(a.pictures(np.array([0]))[0], b.pictures(np.array([0]))[0])
    assert differs is not None and differs > 0.1
    assert find_leaks([a], [b]) == []


def test_a_still_is_read_from_its_file(rows: list[Footage], tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), painted(5, 40, *SIZE))
    assert [one.row for one in find_leaks(rows, [still("a.png", tmp_path / "a.png")])] == ["row 5"]


@pytest.mark.parametrize("content", [b"", b"no picture"])
def test_a_file_that_is_no_picture_is_a_bad_item(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(content)
    with pytest.raises(BadItem, match=r"broken\.jpg: no picture of it can be decoded"):
        still("broken.jpg", tmp_path / "broken.jpg")
