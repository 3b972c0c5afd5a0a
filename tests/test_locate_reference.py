"""Where old clips lie in the masters: small drawn footage through the stage, and everything that can be wrong with it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from copies import Copy, write_copy
from locating import OldMaterial, scanned

from footage import painted, write_film
from reelwright.files import write_json
from reelwright.reference.locate import MasterScan
from reelwright.reference.material import gather, id_of

RATE = Fraction(25)
SHOT = 60
"""Frames of each shot of the masters."""

OPENING = 90
"""The shot that both begin with."""


def shot(number: int, frames: int = SHOT) -> list[np.ndarray]:
    """A shot whose disc goes on through all of it."""
    return [painted(number, frame) for frame in range(frames)]


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("masters")
    shots = ([OPENING, 1, 2, 3, 4], [OPENING, 11, 12, 13, 14])
    return [
        write_film(folder / f"{number}.mov", [one for each in several for one in shot(each)], options={"crf": "16"})
        for number, several in enumerate(shots, 1)
    ]


@pytest.fixture(scope="module")
def masters(films: list[Path], tmp_path_factory: pytest.TempPathFactory) -> list[MasterScan]:
    folder = tmp_path_factory.mktemp("scans")
    return [scanned(f"{number:02d}", film, folder / film.stem) for number, film in enumerate(films, 1)]


@pytest.fixture
def old(tmp_path: Path) -> OldMaterial:
    return OldMaterial(tmp_path / "old")


def cut(film: Path, first: int, end: int, out: Path, **changes: Any) -> Path:
    """An old clip of a film: smaller and hard compressed."""
    copy = Copy(**{"width": 192, "height": 108, "rate": RATE, **changes})
    write_copy(film, RATE, first, end, out, copy)
    return out


def frame_of(number: int, frame: int, out: Path) -> Path:
    """A first frame, as somebody saved it."""
    small = cv2.resize(painted(number, frame), (240, 136), interpolation=cv2.INTER_AREA)
    assert cv2.imwrite(str(out), small)
    return out


def span(row: dict[str, Any]) -> tuple[str, int, int]:
    return row["production_episode"], row["start_frame"], row["end_frame"]


def test_clips_lie_where_they_were_cut_from(old: OldMaterial, films: list[Path], masters: list[MasterScan]) -> None:
    cut(films[0], 70, 170, old.clips / "a.mp4")
    cut(films[1], 185, 235, old.clips / "b.mkv", logo=0.16)
    rows = old.locate(masters)
    assert [rows["a.mp4"]["episode_id"], rows["a.mp4"]["row"], rows["a.mp4"]["reference_id"]] == [None, None, "ref.a"]
    for name, wanted in (("a.mp4", ("01", 70, 170)), ("b.mkv", ("02", 185, 235))):
        row = rows[name]
        assert row["found"] and row["by"] == "clip" and row["reason"] is None and row["others"] == []
        assert row["production_episode"] == wanted[0]
        assert row["source_id"] == f"ep{wanted[0]}.the-film"
        assert [row["start_frame"], row["end_frame"]] == pytest.approx(wanted[1:], abs=1)
        assert [row["start_s"], row["end_s"]] == pytest.approx([row["start_frame"] / 25, row["end_frame"] / 25])
        assert row["rate"] == pytest.approx(1, abs=0.005) and row["score"] > 0.9 and row["margin"] > 0.1
    assert old.warnings == ""


def test_footage_that_is_in_no_master_is_not_found(old: OldMaterial, masters: list[MasterScan]) -> None:
    random = np.random.default_rng(5)
    write_film(old.clips / "stranger.mp4", shot(31))
    write_film(old.clips / "noise.mp4", [random.integers(0, 256, (180, 320, 3), np.uint8) for _ in range(40)])
    write_film(old.clips / "flat.mp4", [np.full((180, 320, 3), 90, np.uint8)] * 40)
    frame_of(31, 20, old.frames / "frame.png")
    assert cv2.imwrite(str(old.frames / "grey.png"), np.full((90, 160, 3), 128, np.uint8))
    rows = old.locate(masters, [{"clip": "frame.mp4"}, {"clip": "grey.mp4"}])
    assert {name: row["reason"] for name, row in rows.items()} == {
        "frame.mp4": "unlike", "grey.mp4": "blank", "stranger.mp4": "unlike", "noise.mp4": "unlike", "flat.mp4": "blank",
    }  # fmt: skip
    assert all(row["source_sha256"] is None and row["start_frame"] is None for row in rows.values())
    assert old.outcome["status"] == "ok"
    assert "5 of 5 old clips were not located (2 blank, 3 unlike): frame.mp4 (unlike); " in old.warnings


def test_where_picture_and_name_disagree_both_are_named(
    old: OldMaterial, films: list[Path], masters: list[MasterScan]
) -> None:
    for name, film, first in (("a", 0, 70), ("b", 1, 130), ("c", 1, 200), ("d", 1, 70)):
        cut(films[film], first, first + 40, old.clips / f"{name}.mp4")
    manifest = [{"clip": f"{name}.mp4", "episode_id": old_id} for name, old_id in zip("abcd", "xxyy", strict=True)]
    rows = old.locate(masters, manifest, {"x": "01", "y": None})
    assert [rows[f"{name}.mp4"]["production_episode"] for name in "abcd"] == ["01", "02", "02", "02"]
    x, y = old.data["episodes"]
    assert (x["by_name"], x["by_picture"], x["in"], x["elsewhere"]) == ("01", None, {"01": 1, "02": 1}, ["b.mp4"])
    assert (y["by_name"], y["by_picture"], y["found"], y["elsewhere"]) == (None, "02", 2, [])
    assert (
        "old episode x ('Name of x') is 01 by name, but of its 2 located clips 1 in 01, 1 in 02: b.mp4" in old.warnings
    )
    assert "old episode y ('Name of y') is not mapped by name; of its 2 located clips 2 in 02" in old.warnings


def test_of_equal_places_the_one_in_the_named_episode_is_taken(
    old: OldMaterial, films: list[Path], masters: list[MasterScan]
) -> None:
    for name in ("first", "second", "nobody"):
        cut(films[0], 5, 55, old.clips / f"{name}.mp4")
    manifest = [{"clip": "first", "episode_id": "x"}, {"clip": "second", "episode_id": "y"}]
    rows = old.locate(masters, manifest, {"x": "01", "y": "02"})
    assert [rows[name]["production_episode"] for name in ("first", "second")] == ["01", "02"]
    for row in rows.values():
        assert [row["start_frame"], row["end_frame"]] == pytest.approx([5, 55], abs=1)
        assert abs(row["margin"]) < 0.02
        places = {one["production_episode"]: one["start_frame"] for one in [row, *row["others"]]}
        assert places == pytest.approx({"01": 5, "02": 5}, abs=3)
    assert old.data["files_without_row"] == ["nobody.mp4"]
    assert "by name" not in old.warnings


def test_a_first_frame_stands_in_for_a_missing_clip(old: OldMaterial, masters: list[MasterScan]) -> None:
    frame_of(12, 30, old.frames / "long.png")
    frame_of(3, 20, old.frames / "other name.png")
    frame_of(OPENING, 25, old.frames / "twice.png")
    (old.frames / "broken.png").write_bytes(b"no picture")
    (old.clips / "spoilt.mp4").write_bytes(b"no film at all")
    frame_of(13, 10, old.frames / "spoilt.png")
    manifest: list[dict[str, Any]] = [
        {"clip": "ep/long.mp4", "duration": 1.2},
        {"clip": "named.mp4", "first_frame": "frames/other name.png", "duration": "unknown"},
        {"clip": "twice.mp4"},
        {"clip": "broken.mp4"},
        {"clip": "spoilt.mp4", "duration": 100},
        {"clip": "gone.mp4"},
    ]
    rows = old.locate(masters, manifest)
    assert {name: row["by"] for name, row in rows.items() if row["found"]} == dict.fromkeys(
        ["ep/long.mp4", "named.mp4", "spoilt.mp4"], "first_frame"
    )
    for name, wanted in {
        "ep/long.mp4": ("02", 2 * SHOT + 30, 2 * SHOT + 60),
        "named.mp4": ("01", 3 * SHOT + 20, 3 * SHOT + 21),
        "spoilt.mp4": ("02", 3 * SHOT + 10, 5 * SHOT),
    }.items():
        assert rows[name]["production_episode"] == wanted[0]
        assert [rows[name]["start_frame"], rows[name]["end_frame"]] == pytest.approx(wanted[1:], abs=1), name
        assert rows[name]["still"] and rows[name]["reason"] is None
    assert {name: row["reason"] for name, row in rows.items() if not row["found"]} == {
        "twice.mp4": "ambiguous", "broken.mp4": "unreadable", "gone.mp4": "missing file",
    }  # fmt: skip
    assert {one["production_episode"] for one in rows["twice.mp4"]["others"]} == {"01", "02"}
    assert old.data["counts"]["by_first_frame"] == 3


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_clips_of_a_few_frames_lie_where_one_place_alone_shows_them(
    frames: int, old: OldMaterial, films: list[Path], masters: list[MasterScan]
) -> None:
    cut(films[1], 150, 150 + frames, old.clips / "clear.mp4")
    cut(films[1], 20, 20 + frames, old.clips / "opening.mp4")
    write_film(old.clips / "stranger.mp4", shot(31, frames))
    rows = old.locate(masters)
    clear = rows["clear.mp4"]
    assert clear["by"] == "clip" and clear["production_episode"] == "02"
    assert [clear["start_frame"], clear["end_frame"]] == pytest.approx([150, 150 + frames], abs=1)
    assert [rows[name]["reason"] for name in ("opening.mp4", "stranger.mp4")] == ["too short", "too short"]
    assert len(rows["opening.mp4"]["others"]) == 2


def test_whatever_is_wrong_with_the_manifest_is_listed_and_nothing_stops(
    old: OldMaterial, films: list[Path], masters: list[MasterScan]
) -> None:
    cut(films[0], 130, 170, old.clips / "a.mp4")
    (old.clips / "a.mkv").write_bytes(b"the same under another kind")
    (old.clips / "._a.mp4").write_bytes(b"what a Mac leaves")
    (old.clips / "empty.mp4").touch()
    manifest: list[dict[str, Any]] = [
        {"clip": "a.mp4", "episode_id": "unheard-of"},
        {"clip": "again/a.mp4", "episode_id": "x"},
        {"episode_id": "x"},
        {"clip": 7, "episode_id": None},
        {"clip": "empty.mp4", "episode_id": ["x"]},
    ]
    (old.clips / "a.mkv").unlink()
    (old.clips / "a.webm").write_bytes(b"the same under another kind")
    rows = old.locate(masters, manifest, {"x": "01"})
    assert list(rows) == ["a.mp4", "7", "empty.mp4"]
    assert span(rows["a.mp4"])[0] == "01" and rows["a.mp4"]["row"] == 1
    assert [rows["7"]["reason"], rows["empty.mp4"]["reason"]] == ["missing file", "unreadable"]
    assert old.data["duplicates"] == [{"clip": "again/a.mp4", "row": 2, "first_row": 1}]
    assert old.data["nameless_rows"] == [3]
    assert old.data["files_left_out"] == ["a.webm"]
    for words in (
        "name episodes that nothing gives a name: unheard-of",
        "again/a.mp4 (rows 1 and 2)",
        "name no clip: 3",
        "1 files are left out, since another one has their name but for its kind: a.webm",
        "empty.mp4 can't be opened",
    ):
        assert words in old.warnings
    assert old.outcome["status"] == "ok"


def test_a_broken_manifest_does_not_keep_clips_from_being_located(
    old: OldMaterial, films: list[Path], masters: list[MasterScan]
) -> None:
    cut(films[0], 130, 170, old.clips / "a.mp4")
    rows = old.locate(masters, "[{")
    assert rows["a.mp4"]["found"] and rows["a.mp4"]["episode_id"] is None
    assert "no valid JSON" in old.warnings and old.data["files_without_row"] == []


def test_nothing_old_is_a_warning(old: OldMaterial, masters: list[MasterScan]) -> None:
    assert old.locate(masters) == {}
    assert "there are no old clips" in old.warnings


def test_masters_of_one_colour_hold_nothing_and_failed_ones_are_named(
    old: OldMaterial, films: list[Path], masters: list[MasterScan], tmp_path: Path
) -> None:
    cut(films[0], 130, 170, old.clips / "a.mp4")
    frame_of(12, 30, old.frames / "b.png")
    flat = write_film(tmp_path / "flat.mov", [np.full((180, 320, 3), 90, np.uint8)] * 60)
    failed = tmp_path / "failed.json"
    write_json(failed, {"status": "failed", "error": {"message": "it was not delivered"}})
    lost = MasterScan("ep09.lost", "09", tmp_path / "no.npz", tmp_path / "no.json", failed)
    rows = old.locate([scanned("03", flat, tmp_path / "flat"), lost], [{"clip": "a"}, {"clip": "b"}])
    assert [row["reason"] for row in rows.values()] == ["unlike", "unlike"]
    assert "no old clip was looked for in ep09.lost: it was not delivered" in old.warnings
    assert old.locate([lost]) == {}
    assert (old.outcome["status"], old.outcome["error"]["code"]) == ("failed", "upstream")


def test_only_what_changed_is_measured_again(old: OldMaterial, films: list[Path], masters: list[MasterScan]) -> None:
    for name, first in (("a", 70), ("b", 130)):
        cut(films[0], first, first + 40, old.clips / f"{name}.mp4")
    old.locate(masters)
    made = {path: path.stat().st_mtime_ns for path in (old.folder / "store").rglob("*.npz")}
    assert len(made) == 2
    cut(films[1], 70, 110, old.clips / "b.mp4")
    (old.clips / "a.mp4").rename(old.clips / "renamed.mp4")
    rows = old.locate(masters)
    assert {name: row["production_episode"] for name, row in rows.items()} == {"b.mp4": "02", "renamed.mp4": "01"}
    now = {path: path.stat().st_mtime_ns for path in (old.folder / "store").rglob("*.npz")}
    assert len(now) == 3 and {path: now[path] for path in made} == made


def test_a_clip_goes_by_its_name_without_folder_and_kind() -> None:
    assert [id_of(name) for name in ("a/b_1.MP4", "c\\b_1.png", "b_1", "b_1.5s", "")] == [
        "b_1", "b_1", "b_1", "b_1.5s", "",
    ]  # fmt: skip
    found = gather([{"clip": "x/b_1.avi", "duration": True}], [Path("d/b_1.mp4")], [Path("e/b_1.jpg")])
    assert [(one.file, one.first_frame, one.duration_s) for one in found.clips] == [
        (Path("d/b_1.mp4"), Path("e/b_1.jpg"), None)
    ]
