"""The numerical core of alignment: lines, places, segments, pictures, on footage drawn by formula."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from copies import Copy, write_copy
from drawn_cells import drawn_cells, footage, noisy
from hypothesis import given, settings
from hypothesis import strategies as st
from scans import measure

from footage import shots_film
from reelwright.align.compare import shown_part, unlike_share
from reelwright.align.footage import Footage, footage_of, unit_vectors
from reelwright.align.forked import each_forked
from reelwright.align.index import Index
from reelwright.align.lines import best_line
from reelwright.align.locate import Clip, Location, Missing, locate
from reelwright.align.picture import WHOLE, Luma, Window, area_weights, find_windows, resample
from reelwright.align.segments import align

MASTER = drawn_cells(1, 3000)
RATE = 25


def sought(cells: np.ndarray, rate: float = 25.0) -> Clip:
    return Clip("sought", (footage(cells, rate),))


def mirrored(cells: np.ndarray) -> np.ndarray:
    return cells.reshape(-1, 9, 16)[:, :, ::-1].reshape(-1, 144)


# Lines and places ---------------------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(start=st.integers(0, 2800), length=st.integers(40, 120), seed=st.integers(0, 99))
def test_a_clip_lies_at_its_very_frames(start: int, length: int, seed: int) -> None:
    found = locate([sought(noisy(MASTER[start : start + length], seed))], Index([footage(MASTER)]))[0]
    assert isinstance(found, Location)
    assert np.abs(found.shown - np.arange(start, start + length)).max() <= 1


def test_a_line_has_the_speed_of_a_clip_that_plays_faster() -> None:
    times = np.arange(96) / 25 * 1.03
    piece = footage(MASTER[1000 + (times * 25).round().astype(int)])
    line = best_line(piece, footage(MASTER), 40.1)
    assert line.rate == pytest.approx(1.03, abs=0.006)
    assert line.start == pytest.approx(40, abs=0.03)


@pytest.mark.parametrize("rate", [24000 / 1001, 25.0, 30.0, 50.0])
def test_another_frame_rate_changes_nothing(rate: float) -> None:
    times = np.arange(int(4 * rate)) / rate
    wanted = np.clip((20 + times) * RATE, 0, None).round().astype(int)
    found = locate([sought(MASTER[wanted], rate)], Index([footage(MASTER)]))[0]
    assert isinstance(found, Location)
    assert np.abs(found.shown - wanted).max() <= 1


def test_footage_that_is_not_there_is_not_found() -> None:
    index = Index([footage(MASTER), footage(drawn_cells(2, 2000))])
    strangers = drawn_cells(3, 2000)
    clips = [sought(strangers[first : first + 90]) for first in range(0, 1900, 100)]
    clips += [sought(mirrored(MASTER[first : first + 90])) for first in range(0, 2900, 150)]
    found = locate(clips, index)
    assert all(isinstance(one, Missing) and one.reason == "unlike" for one in found), found


def test_a_clip_of_several_pieces_lies_on_one_line() -> None:
    found = locate([sought(noisy(MASTER[400:1300], 1))], Index([footage(drawn_cells(2, 900)), footage(MASTER)]))[0]
    assert isinstance(found, Location)
    assert (found.spot.footage, found.spot.start_frame, found.spot.end_frame) == (1, 400, 1300)
    assert found.rate == 1.0
    assert np.array_equal(found.shown, np.arange(400, 1300))


def test_footage_that_comes_back_is_named_with_its_other_places() -> None:
    opening = drawn_cells(9, 100)
    episodes = [
        footage(np.concatenate([drawn_cells(seed, 300), opening, drawn_cells(seed + 1, 300)])) for seed in (20, 30)
    ]
    found = locate([sought(noisy(opening, 2))], Index(episodes))[0]
    assert isinstance(found, Location)
    assert {(one.footage, one.start_frame) for one in (found.spot, *found.others)} == {(0, 300), (1, 300)}
    assert found.margin < 0.02


def test_flat_and_empty_clips_are_blank_and_single_frames_are_looked_for() -> None:
    index = Index([footage(MASTER)])
    flat = np.full((50, 144), 16, np.uint8)
    blank, empty, single = locate([sought(flat), sought(MASTER[:0]), sought(MASTER[700:701])], index)
    assert isinstance(blank, Missing) and blank.reason == "blank"
    assert isinstance(empty, Missing) and empty.reason == "blank"
    # One frame has no motion, and without its picture at hand cells alone don't make it sure.
    assert isinstance(single, Missing) and single.reason == "unlike" and single.score > 0.97


def test_an_index_of_one_colour_holds_nothing() -> None:
    found = locate([sought(MASTER[:80])], Index([footage(np.full((400, 144), 90, np.uint8))]))[0]
    assert isinstance(found, Missing) and found.reason == "unlike"


def test_flat_frames_are_like_nothing() -> None:
    vectors = unit_vectors(np.concatenate([MASTER[:3], np.full((2, 144), 200, np.uint8)]))
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 1, 0, 0], abs=1e-5)


def test_work_shared_out_comes_back_in_order() -> None:
    offset = 7
    assert each_forked(lambda one: one + offset, range(100), 2) == [one + 7 for one in range(100)]


# Segments -----------------------------------------------------------------------------------------------------------


def aligned(frames: np.ndarray, rate: float = 25.0) -> list[tuple[int, int, int, int]]:
    """Segments of the master and a copy of it that shows ``frames`` of it."""
    found = align(footage(MASTER), footage(noisy(MASTER[frames], 5), rate))
    for one in found.segments:
        assert np.array_equal(found.shown[one.a_start : one.a_end] >= 0, np.ones(one.a_end - one.a_start, bool))
    return [(one.a_start, one.a_end, one.b_start, one.b_end) for one in found.segments]


ALL = np.arange(len(MASTER))


def test_the_same_master_is_one_segment() -> None:
    assert aligned(ALL) == [(0, 3000, 0, 3000)]


@pytest.mark.parametrize("rate", [24.0, 24000 / 1001, 25.25])
def test_so_is_one_that_plays_at_another_speed(rate: float) -> None:
    assert aligned(ALL, rate) == [(0, 3000, 0, 3000)]


def test_what_was_inserted_left_out_and_cut_off_lies_between_segments() -> None:
    other = np.arange(2500, 2560)
    assert aligned(np.concatenate([ALL[:1210], other, ALL[1210:]])) == [(0, 1210, 0, 1210), (1210, 3000, 1270, 3060)]
    assert aligned(np.concatenate([ALL[:1210], ALL[1290:]])) == [(0, 1210, 0, 1210), (1290, 3000, 1210, 2920)]
    assert aligned(ALL[300:2700]) == [(300, 2700, 0, 2400)]


@pytest.mark.slow
@settings(max_examples=8, deadline=None)
@given(at=st.integers(500, 2500), length=st.integers(1, 200))
def test_a_cut_is_found_to_the_frame(at: int, length: int) -> None:
    segments = aligned(np.concatenate([ALL[:at], ALL[at + length :]]))
    assert len(segments) == 2
    (_, end, _, b_end), (start, _, b_start, _) = segments
    # Where drawings around the cut are the same, it may as well lie a frame later.
    assert start - end == length and b_end == b_start
    assert abs(end - at) <= 2


def test_another_film_and_its_mirror_image_share_nothing() -> None:
    for cells in (drawn_cells(4, 2500), mirrored(MASTER)):
        found = align(footage(MASTER), footage(cells))
        assert found.segments == ()
        assert (found.shown == -1).all()


def test_a_film_of_one_colour_aligns_with_nothing() -> None:
    flat = footage(np.full((800, 144), 120, np.uint8))
    assert align(flat, flat).segments == ()
    assert align(footage(MASTER), flat).segments == ()


# Pictures -----------------------------------------------------------------------------------------------------------


def test_area_weights_are_means_of_what_is_left() -> None:
    weights = area_weights(10, 0.1, 0.2, 7)
    assert weights == pytest.approx(np.eye(10)[1:8])
    assert area_weights(48, 0.013, 0.27, 16).sum(axis=1) == pytest.approx(np.ones(16))
    beyond = area_weights(4, -0.25, -0.25, 6)
    assert beyond == pytest.approx(np.eye(4)[[0, 0, 1, 2, 3, 3]])


def textured(seed: int) -> np.ndarray:
    import cv2

    coarse = np.random.default_rng(seed).uniform(20, 235, (3, 14, 24)).astype(np.float32)
    return np.stack([cv2.resize(one, (192, 108), interpolation=cv2.INTER_CUBIC) for one in coarse])


@pytest.mark.parametrize("cut", [(0.0, 0.0, 0.0, 0.0), (0.015, 0.015, 0.015, 0.015), (0.0, 0.03, 0.02, 0.0)])
def test_the_part_that_a_cropped_copy_shows_is_found(cut: tuple[float, float, float, float]) -> None:
    original = textured(3)
    small, copy = resample(original, WHOLE, 27, 48), resample(original, Window(*cut), 27, 48)
    part, fit = shown_part(copy, small)
    assert fit > 0.98
    assert (part.top, part.bottom, part.left, part.right) == pytest.approx(cut, abs=0.006)
    assert unlike_share(copy, resample(small, part, 27, 48)).max() <= 0.01


def test_a_logo_is_a_small_share_and_another_picture_a_large_one() -> None:
    original, other = (resample(textured(seed), WHOLE, 27, 48) for seed in (3, 4))
    logo = original * 0.86 + 8
    logo[:, 1:5, 40:46] = 240
    assert 0 < unlike_share(original, logo).max() <= 0.08
    assert unlike_share(original, other).min() > 0.4


# Scans --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bars", [(0.0, 0.0), (0.125, 0.0), (0.0, 0.12), (0.1, 0.1)])
def test_the_picture_is_found_between_bars(tmp_path: Path, bars: tuple[float, float]) -> None:
    from fractions import Fraction

    master = shots_film(tmp_path / "master.mp4", [40, 40])
    copy = tmp_path / "copy.mp4"
    write_copy(master, Fraction(25), 0, 80, copy, Copy(bars=bars, rate=Fraction(25)))
    scan, _ = measure(copy, tmp_path / "copy.npz")
    window = find_windows(scan)[0]
    assert (window.left, window.right) == pytest.approx((bars[0], bars[0]), abs=0.008)
    assert (window.top, window.bottom) == pytest.approx((bars[1], bars[1]), abs=0.011)
    measure(master, tmp_path / "master.npz")
    one, two = (footage_of(name, tmp_path / f"{name}.npz", Fraction(1, 12800)) for name in ("copy", "master"))
    assert np.abs(one.cells[20].astype(int) - two.cells[20]).mean() < 6
    assert isinstance(one, Footage)
    assert np.abs(one.pictures(np.array([20, 60])) - two.pictures(np.array([20, 60]))).mean() < 8


def test_a_scan_is_not_held_open_between_looks(tmp_path: Path) -> None:
    measure(shots_film(tmp_path / "film.mp4", [20]), tmp_path / "film.npz")
    looks = [Luma(tmp_path / "film.npz") for _ in range(5)]
    before = len(list(Path("/proc/self/fd").iterdir()))
    assert [look(np.array([3, 9])).shape for look in looks] == [(2, 27, 48)] * 5
    assert len(list(Path("/proc/self/fd").iterdir())) == before
