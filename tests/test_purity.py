"""The purity guard: a stray frame of another shot is seen wherever it lies; action, pans and flashes are left alone."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from scans import measure

from footage import painted, shots_film, write_film
from reelwright.clips.purity import PurityGuard


@pytest.mark.parametrize("stray", [1, 2, 3, 10])
def test_frames_of_a_neighbour_at_either_end_are_seen(tmp_path: Path, stray: int) -> None:
    scan, _ = measure(shots_film(tmp_path / "film.mp4", [60, 60, 60]), tmp_path / "film.npz")
    guard = PurityGuard(scan)
    assert guard.doubtful_frame(60, 120) is None
    assert guard.doubtful_frame(60 - stray, 118) == 60
    assert guard.doubtful_frame(62, 120 + stray) == 120


def test_a_cut_in_the_middle_is_seen(tmp_path: Path) -> None:
    scan, _ = measure(shots_film(tmp_path / "film.mp4", [60, 60]), tmp_path / "film.npz")
    assert PurityGuard(scan).doubtful_frame(10, 110) == 60


def test_pans_flashes_and_held_drawings_are_pure(tmp_path: Path) -> None:
    wide = cv2.resize(painted(7, 0), (1280, 180))
    frames = [wide[:, 12 * number : 12 * number + 320].copy() for number in range(80)]
    frames += [frames[-1]] * 20
    frames += [painted(8, number // 3 * 3) for number in range(60)]
    frames[130] = np.full_like(frames[0], 250)
    scan, _ = measure(write_film(tmp_path / "film.mp4", frames), tmp_path / "film.npz")
    guard = PurityGuard(scan)
    assert guard.doubtful_frame(0, 100) is None
    assert guard.doubtful_frame(100, 160) is None


@pytest.mark.slow
def test_no_cut_of_the_film_gets_past_the_guard(media: Path, tmp_path: Path) -> None:
    scan, _ = measure(media / "big_buck_bunny_360p.mp4", tmp_path / "film.npz")
    truth = json.loads((media / "truth" / "big_buck_bunny.json").read_text())
    cuts = [one["frame"] for one in truth["boundaries"] if one["kind"] == "cut"]
    guard = PurityGuard(scan)
    missed = [cut for cut in cuts for stray in (1, 2, 30) if guard.doubtful_frame(cut - 60, cut + stray) is None]
    missed += [cut for cut in cuts for stray in (1, 2, 30) if guard.doubtful_frame(cut - stray, cut + 60) is None]
    assert missed == []
