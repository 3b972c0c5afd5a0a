"""Old clips of a real film through the stage: the excerpts near its black start, ten cuts from elsewhere, and strangers.

None of it is the footage by which the thresholds of alignment were chosen (frames 4000 to 6400).
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from copies import KINDS, Copy, write_copy
from locating import OldMaterial, scanned

from footage import painted, write_film
from reelwright.reference.locate import MasterScan
from reelwright.scan.file import Scan

pytestmark = pytest.mark.slow

FILM_RATE = Fraction(24)
MOVING = 1.0
"""Mean luma difference to the frame before, in levels, from which on a frame is in motion."""

CUTS: dict[str, tuple[int, int, Copy]] = {
    "plain": (900, 1000, KINDS["re-encoded"]),
    "hard": (2300, 2390, KINDS["hard"]),
    "logo": (2900, 3010, KINDS["logo"]),
    "pillarbox": (3600, 3700, KINDS["pillarbox"]),
    "faster": (6700, 6820, KINDS["faster"]),
    "faster rate": (7300, 7400, KINDS["faster rate"]),
    "everything": (8000, 8110, KINDS["logo in pillarbox, faster"]),
    "long": (8700, 9060, KINDS["logo"]),
    "vp9": (9700, 9790, KINDS["vp9"]),
    "late": (10900, 11000, replace(KINDS["pillarbox"], logo=0.14)),
}
"""First frame and end (exclusive) in the film, and what was done to it on its way; all at most 360 lines."""


@pytest.fixture(scope="module")
def film(media: Path, tmp_path_factory: pytest.TempPathFactory) -> MasterScan:
    return scanned("01", media / "big_buck_bunny_720p.mp4", tmp_path_factory.mktemp("film"))


@pytest.fixture(scope="module")
def cuts(media: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[OldMaterial, dict[str, list[int]]]:
    """The excerpts and the ten cuts, and which frame of the film each frame of a cut shows."""
    old = OldMaterial(tmp_path_factory.mktemp("cuts") / "old")
    for name in ("excerpt_a.mp4", "excerpt_b.webm"):
        (old.clips / name).symlink_to(media / name)
    source = media / "big_buck_bunny_720p.mp4"
    shown = {
        f"{name}.mkv": write_copy(source, FILM_RATE, first, end, old.clips / f"{name}.mkv", copy)
        for name, (first, end, copy) in CUTS.items()
    }
    return old, shown


def said(row: dict[str, Any], frames: int) -> np.ndarray:
    """The film's frame that each frame of a clip shows, by what the row says."""
    return np.linspace(row["start_frame"], row["end_frame"] - 1, frames).round().astype(np.int64)


def test_the_excerpts_and_ten_cuts_are_located_to_the_frame(
    film: MasterScan, cuts: tuple[OldMaterial, dict[str, list[int]]], media: Path
) -> None:
    old, shown = cuts
    rows = old.locate([film])
    assert len(rows) == 12 and all(row["found"] and row["by"] == "clip" for row in rows.values()), old.warnings
    motion = Scan(film.scan)["motion"]
    for name, truth in shown.items():
        wanted, found = np.array(truth), said(rows[name], len(truth))
        moving = motion[wanted] >= MOVING
        assert moving.sum() >= 15, f"{name} shows too little motion to judge by"
        assert np.abs(found - wanted)[moving].max() <= 1, name
        speed = 1.01 if "faster" in name or name == "everything.mkv" else 1.0
        assert rows[name]["rate"] == pytest.approx(speed, abs=0.011), name
    for name in ("excerpt_a.mp4", "excerpt_b.webm"):
        assert rows[name]["start_s"] < 2, "they come from near the film's black start"
        wrong = compared(media / name, media / "big_buck_bunny_720p.mp4", rows[name])
        assert max(map(abs, wrong)) <= 1, (name, wrong)


def small(path: Path, wanted: set[int]) -> dict[int, np.ndarray]:
    """Pictures of the frames with the ``wanted`` numbers, blurred by shrinking."""
    found: dict[int, np.ndarray] = {}
    with av.open(str(path)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number in wanted:
                picture = frame.to_ndarray(format="gray8")
                found[number] = cv2.resize(picture, (160, 90), interpolation=cv2.INTER_AREA).astype(np.float32)
            if number >= max(wanted):
                break
    return found


def compared(clip: Path, film: Path, row: dict[str, Any]) -> list[int]:
    """By how many frames a row is wrong in each third of a clip, by the pictures themselves, which neither scan nor cells see.

    What counts is the shift of the film at which the clip's pictures differ least from it, over all that are compared.
    """
    with av.open(str(clip)) as container:
        count = sum(1 for _ in container.decode(video=0))
    mapped, shifts = said(row, count), np.arange(-6, 7)
    sampled = np.linspace(count // 6, count - 10, 60).astype(int)
    near = {int(one): (mapped[one] + shifts).tolist() for one in sampled}
    mine, theirs = small(clip, set(near)), small(film, {frame for frames in near.values() for frame in frames})
    errors = np.array([[np.abs(mine[one] - theirs[frame]).mean() for frame in frames] for one, frames in near.items()])
    return [int(shifts[part.sum(axis=0).argmin()]) for part in np.split(errors, 3)]


def test_footage_that_is_not_in_the_film_is_never_located(film: MasterScan, media: Path, tmp_path: Path) -> None:
    old, source = OldMaterial(tmp_path / "old"), media / "big_buck_bunny_720p.mp4"
    random = np.random.default_rng(3)
    for number, first in enumerate(range(1000, 11000, 2500)):
        write_copy(source, FILM_RATE, first, first + 80, old.clips / f"mirrored {number}.mp4", Copy(mirror=True))
    for shot in range(8):
        write_film(old.clips / f"drawn {shot}.mp4", [painted(shot, frame) for frame in range(60)])
        assert cv2.imwrite(str(old.frames / f"still {shot}.png"), painted(100 + shot, 30))
    for levels in (2, 40, 256):
        frames = [random.integers(0, levels, (90, 160, 3), np.uint8) for _ in range(40)]
        write_film(old.clips / f"noise {levels}.mp4", frames)
    for level in (0, 16, 90, 255):
        write_film(old.clips / f"flat {level}.mp4", [np.full((90, 160, 3), level, np.uint8)] * 40)
        assert cv2.imwrite(str(old.frames / f"plain {level}.png"), np.full((90, 160, 3), level, np.uint8))
    fade = [np.full((90, 160, 3), level, np.uint8) for level in range(0, 200, 4)]
    write_film(old.clips / "fade.mp4", fade)
    stills = [f"still {shot}" for shot in range(8)] + [f"plain {level}" for level in (0, 16, 90, 255)]
    rows = old.locate([film], [{"clip": name} for name in stills])
    assert len(rows) == 4 + 8 + 3 + 4 + 1 + 12
    assert [name for name, row in rows.items() if row["found"]] == []
    assert {row["reason"] for row in rows.values()} == {"blank", "unlike"}


def test_first_frames_of_the_film_lie_at_their_frames(film: MasterScan, media: Path, tmp_path: Path) -> None:
    old = OldMaterial(tmp_path / "old")
    wanted = list(range(700, 11700, 500))
    pictures = full(media / "big_buck_bunny_360p.mp4", set(wanted))
    for number in wanted:
        assert cv2.imwrite(str(old.frames / f"{number}.png"), pictures[number])
        assert cv2.imwrite(str(old.frames / f"mirrored {number}.png"), pictures[number][:, ::-1])
    names = [f"{kind}{number}" for kind in ("", "mirrored ") for number in wanted]
    rows = old.locate([film], [{"clip": name, "duration": 4.0} for name in names])
    found = {int(name): row for name, row in rows.items() if row["found"]}
    assert len(found) >= 0.8 * len(wanted), "mirrored ones are no frames of the film, and have no number for a name"
    motion = Scan(film.scan)["motion"]
    for number, row in found.items():
        off = abs(row["start_frame"] - number)
        assert off <= (1 if motion[number] >= MOVING else 24), (number, row)
        assert row["end_frame"] - row["start_frame"] == 96
        assert row["by"] == "first_frame"


def full(path: Path, wanted: set[int]) -> dict[int, np.ndarray]:
    """Pictures of the frames with the ``wanted`` numbers, BGR."""
    with av.open(str(path)) as container:
        frames = enumerate(container.decode(video=0))
        return {number: frame.to_ndarray(format="bgr24") for number, frame in frames if number in wanted}
