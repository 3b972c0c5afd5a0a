"""Detectors on stored measurements against PySceneDetect's own classes, and the rules around them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
import scenedetect
from scans import measure
from scenedetect.detectors import AdaptiveDetector, ContentDetector, HashDetector, HistogramDetector

from footage import painted, shots_film, write_film
from reelwright.scan.file import Scan
from reelwright.shots.boundaries import Boundary, find_boundaries, shots_between
from reelwright.shots.detectors import above_threshold, cut_frames, hash_distances
from reelwright.spec.shots import Shots, parse_shots


def peer_cuts(detector: scenedetect.SceneDetector, pictures: Sequence[np.ndarray]) -> list[int]:
    """What PySceneDetect's own class finds in the same pictures."""
    cuts: list[int] = []
    for number, bgr in enumerate(pictures):
        cuts += [cut.frame_num for cut in detector.process_frame(scenedetect.FrameTimecode(number, 25.0), bgr)]
    return sorted(set(cuts))


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Scan, list[np.ndarray]]:
    """A film with cuts near and far, a flash, a burst of cuts and a held drawing."""
    lengths = [40, 9, 30, 3, 3, 3, 60, 16, 14, 50]
    frames = [painted(shot, frame) for shot, length in enumerate(lengths) for frame in range(length)]
    frames[100] = np.full_like(frames[100], 255)
    folder = tmp_path_factory.mktemp("busy")
    return measure(write_film(folder / "busy.mp4", frames), folder / "busy.npz")


PEERS: list[tuple[dict[str, object], scenedetect.SceneDetector]] = [
    ({"detector": "adaptive"}, AdaptiveDetector(adaptive_threshold=3.0, min_scene_len=15, window_width=2)),
    ({"detector": "adaptive", "window": 4, "min_shot_frames": 5}, AdaptiveDetector(3.0, 5, 4)),
    ({"detector": "content"}, ContentDetector(threshold=27.0, min_scene_len=15)),
    ({"detector": "content", "threshold": 60.0, "min_shot_frames": 5}, ContentDetector(60.0, 5)),
    ({"detector": "hash"}, HashDetector(threshold=0.35, size=8, lowpass=4, min_scene_len=15)),
]


@pytest.mark.parametrize(("settings", "peer"), PEERS, ids=[str(settings) for settings, _ in PEERS])
def test_decisions_are_pyscenedetects(
    busy: tuple[Scan, list[np.ndarray]], settings: dict[str, object], peer: scenedetect.SceneDetector
) -> None:
    scan, pictures = busy
    typed = parse_shots(settings)
    assert cut_frames(above_threshold(scan, typed), typed) == peer_cuts(peer, pictures)


def test_histogram_scores_follow_pyscenedetects(busy: tuple[Scan, list[np.ndarray]]) -> None:
    # Ours comes from the decoded luma, the peer's from luma that went through RGB: near, not equal.
    scan, pictures = busy
    typed = parse_shots({"detector": "histogram"})
    assert cut_frames(above_threshold(scan, typed), typed) == peer_cuts(HistogramDetector(0.20, 128, 15), pictures)


def test_hash_distance_counts_bits() -> None:
    assert hash_distances(np.array([0, 0b1011, 0b1000], np.uint64)).tolist() == [0, 3, 2]


def test_a_flash_is_no_cut_and_a_cut_behind_it_is(tmp_path: Path) -> None:
    frames = [painted(1, frame) for frame in range(60)] + [painted(2, frame) for frame in range(60)]
    for white in (30, 31):
        frames[white] = np.full_like(frames[0], 250)
    scan, _ = measure(write_film(tmp_path / "flash.mp4", frames), tmp_path / "flash.npz")
    assert [boundary.frame for boundary in find_boundaries(scan, parse_shots({}))] == [60]


def test_a_fade_through_black_is_an_interval_outside_both_shots(tmp_path: Path) -> None:
    levels = [1.0] * 50 + list(np.linspace(1, 0, 12)) + [0.0] * 4 + list(np.linspace(0, 1, 12)) + [1.0] * 50
    frames = [
        cv2.convertScaleAbs(painted(1 if number < 64 else 2, number), alpha=level)
        for number, level in enumerate(levels)
    ]
    scan, _ = measure(write_film(tmp_path / "fade.mp4", frames), tmp_path / "fade.npz")
    (fade,) = find_boundaries(scan, parse_shots({}))
    assert fade.kind == "fade"
    assert fade.start in range(44, 53)
    assert fade.end in range(75, 84)
    assert shots_between([fade], scan.frames) == [(0, fade.start), (fade.end + 1, 128)]


def test_black_between_two_cuts_is_no_fade(tmp_path: Path) -> None:
    black = np.zeros((180, 320, 3), np.uint8)
    frames = [black] * 25 + [painted(1, number) for number in range(50)]
    scan, _ = measure(write_film(tmp_path / "black.mp4", frames), tmp_path / "black.npz")
    assert [(one.frame, one.kind) for one in find_boundaries(scan, parse_shots({}))] == [(25, "cut")]


def test_a_dissolve_is_an_interval_and_a_pan_is_none(tmp_path: Path) -> None:
    wide = cv2.resize(painted(5, 0), (960, 180))
    pan = [wide[:, 6 * number : 6 * number + 320].copy() for number in range(60)]
    after = [painted(6, number) for number in range(60)]
    mixed = [cv2.addWeighted(pan[-1], 1 - share, after[0], share, 0) for share in np.linspace(0, 1, 16)[1:-1]]
    scan, _ = measure(write_film(tmp_path / "dissolve.mp4", [*pan, *mixed, *after]), tmp_path / "dissolve.npz")
    (dissolve,) = find_boundaries(scan, parse_shots({}))
    assert dissolve.kind == "dissolve"
    assert dissolve.start in range(52, 61)
    assert dissolve.end in range(73, 82)


def test_shots_leave_out_gradual_transitions_only() -> None:
    boundaries = [Boundary(10, "cut", 10, 10, 1.0), Boundary(25, "fade", 20, 29, 1.0)]
    assert shots_between(boundaries, 40) == [(0, 10), (10, 20), (30, 40)]


def found_share(found: list[int], truth: dict[str, list[dict[str, int | str]]]) -> tuple[float, list[int]]:
    """F1 of found frames against the film's truth (its README's scoring), and the false ones."""
    ignored = [*truth["ambiguous_ranges_ignored"], *truth["credits"]]
    scored = [frame for frame in found if not any(low <= frame <= high for low, high in ignored)]  # type: ignore[has-type]
    hits, used = 0, set()
    wanted = [one for one in truth["boundaries"] if not any(low <= one["frame"] <= high for low, high in ignored)]  # type: ignore[has-type, operator]
    for one in wanted:
        low, high = (one["frame"], one["frame"]) if one["kind"] == "cut" else (one["start"], one["end"])
        near = [frame for frame in scored if int(low) - 2 <= frame <= int(high) + 2]
        hits += bool(near)
        used.update(near if one["kind"] != "cut" else near[:1])
    false = [frame for frame in scored if frame not in used]
    precision, recall = hits / max(1, hits + len(false)), hits / len(wanted)
    return 2 * precision * recall / max(1e-9, precision + recall), false


@pytest.mark.slow
def test_the_film_is_cut_where_people_see_cuts(media: Path, tmp_path: Path) -> None:
    scan, _ = measure(media / "big_buck_bunny_360p.mp4", tmp_path / "film.npz")
    truth = json.loads((media / "truth" / "big_buck_bunny.json").read_text())
    score, false = found_share([one.frame for one in find_boundaries(scan, parse_shots({}))], truth)
    assert score >= 0.97
    assert len(false) <= 2


def test_a_film_of_one_shot_has_no_boundary(tmp_path: Path) -> None:
    scan, _ = measure(shots_film(tmp_path / "one.mp4", [50]), tmp_path / "one.npz")
    settings: Shots = parse_shots({"detector": "content"})
    assert find_boundaries(scan, settings) == []
    assert Fraction(scan.frames) == 50
