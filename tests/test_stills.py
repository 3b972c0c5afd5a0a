"""Packages of stills: which frame of a clip, which clips are too much of one, and whole packages of images."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import imageio_ffmpeg
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scans import measure

from footage import painted, write_film
from package_inputs import SIZE, Part, clip_id, episode_input, package, write_rows
from reelwright.errors import BuildError
from reelwright.evaluation.guard import Guard
from reelwright.evaluation.holdout import list_holdout
from reelwright.files import read_json, read_jsonl
from reelwright.outcome import Record
from reelwright.packages.build import build_package
from reelwright.packages.preflight import preflight_package
from reelwright.packages.select import EpisodeInput
from reelwright.packages.stills import Still, Stretch, alike
from reelwright.sources.probe import probe_master
from reelwright.spec.evaluation import Evaluation
from reelwright.spec.model import Package
from reelwright.spec.selection import Stills

PARTS = [Part(0, 40), Part(40, 80), Part(80, 120, usable=False)]
SHARP = {0: 17, 40: 61}
"""The one sharp frame of each clip, by its start."""


def settings(**values: object) -> Package:
    return package(stills={"distance": 0}, trainers=["diffsynth", "imagefolder"], **values)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> EpisodeInput:
    """A film that is out of focus but for two frames, with its scan."""
    folder = tmp_path_factory.mktemp("stills")
    inputs = episode_input(folder, "01", PARTS)
    pictures = [painted(1 + number // 40, number, *SIZE) for number in range(130)]
    blurred = [one if at in SHARP.values() else cv2.GaussianBlur(one, (0, 0), 3) for at, one in enumerate(pictures)]
    write_film(inputs.master, blurred)
    record = Record("probe_master", "ep01.film", inputs.outcomes[0])
    probe_master(inputs.master, inputs.probe, record, episode="01", title="Film", relative="01.mov", problem=None)
    write_rows(inputs, PARTS, 130)
    return replace(inputs, scan=scanned(inputs.master, folder / "scan.npz"))


def scanned(film: Path, out: Path) -> Path:
    measure(film, out)
    return out


def build(out: Path, episodes: list[EpisodeInput], wanted: Package) -> Path:
    store = out.parent / "store"
    build_package(out, name=out.name, settings=wanted, episodes=episodes, rights="licensed", store=store, threads=1)
    return out


class TestBuild:
    def test_the_sharpest_frame_of_each_clip(self, made: EpisodeInput, tmp_path: Path) -> None:
        out = build(tmp_path / "keyframes", [made], settings())
        rows, origin = read_jsonl(out / "metadata.jsonl"), read_json(out / "PROVENANCE.json")["rows"]
        assert [row["image"] for row in rows] == [f"media/{clip_id('01', part)}.png" for part in PARTS[:2]]
        for row, one in zip(rows, origin, strict=True):
            assert (one["num_frames"], one["frames_taken"]) == (1, [SHARP[one["start_frame"]]])
            picture = cv2.imread(str(out / row["image"])).astype(int)
            assert picture.shape == (SIZE[1], SIZE[0], 3)
            number = one["frames_taken"][0]
            assert np.abs(picture - painted(1 + number // 40, number, *SIZE)).mean() < 4

    def test_exports_papers_and_preflight(self, made: EpisodeInput, tmp_path: Path) -> None:
        out, wanted = build(tmp_path / "keyframes", [made], settings()), settings()
        (first, _) = read_jsonl(out / "trainers" / "imagefolder" / "metadata.jsonl")
        assert (out / "trainers" / "imagefolder" / first["file_name"]).samefile(out / "media" / first["file_name"])
        assert "--num_frames 1 " in (out / "trainers" / "diffsynth.sh").read_text()
        assert subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=out, check=False).returncode == 0
        assert "## Datasheet" in (out / "README.md").read_text()
        common = {"name": "keyframes", "episodes": ["01"], "probes": [made.probe], "threads": 1}
        preflight_package(out, out / "preflight.json", settings=wanted, **common)
        assert read_json(out / "preflight.json")["rows"] == 2
        image = out / "media" / f"{clip_id('01', PARTS[0])}.png"
        image.unlink()
        cv2.imwrite(str(image), np.zeros((SIZE[1], SIZE[0], 3), np.uint8))
        with pytest.raises(BuildError, match=r"the file that was built \(sha256"):
            preflight_package(out, out / "preflight.json", settings=wanted, **common)

    def test_a_stranger_makes_one_again(self, made: EpisodeInput, tmp_path: Path) -> None:
        out, again = build(tmp_path / "keyframes", [made], settings()), tmp_path / "again.png"
        row, ffmpeg = clip_id("01", PARTS[1]), imageio_ffmpeg.get_ffmpeg_exe()
        subprocess.run(
            [sys.executable, "-I", out / "recut.py", row, made.master, again, "--ffmpeg", ffmpeg], check=True
        )
        one, other = (cv2.imread(str(path)).astype(int) for path in (again, out / "media" / f"{row}.png"))
        assert np.abs(one - other).mean() < 1.0

    def test_stills_come_from_the_store(self, made: EpisodeInput, tmp_path: Path) -> None:
        build(tmp_path / "keyframes", [made], settings())
        away = made.master.rename(made.master.with_suffix(".away"))
        try:
            out = build(tmp_path / "one", [made], settings(rows=1))
        finally:
            away.rename(made.master)
        assert len(list((out / "media").iterdir())) == 1

    def test_a_scan_of_another_file(self, made: EpisodeInput, tmp_path: Path) -> None:
        write_film(tmp_path / "short.mov", [painted(1, number, *SIZE) for number in range(60)])
        other = replace(made, scan=scanned(tmp_path / "short.mov", tmp_path / "scan.npz"))
        with pytest.raises(BuildError, match=r"clip ep01_000040_000080: .* has other frames than it was cut from"):
            build(tmp_path / "keyframes", [other], settings())


hashes = st.lists(st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 3), st.integers(0, 100)), max_size=12)


class TestVariety:
    @given(hashes, st.integers(1, 3), st.integers(0, 40))
    def test_no_two_are_alike_and_no_shot_has_more(
        self, of: list[tuple[int, int, int]], per_shot: int, distance: int
    ) -> None:
        stills = {f"c{at:02d}": Still(at * 10, at * 10, float(sharp), phash) for at, (phash, _, sharp) in enumerate(of)}
        clips = {f"c{at:02d}": Stretch(shot, at * 10, at * 10 + 10, at * 10) for at, (_, shot, _) in enumerate(of)}
        reasons = alike(stills, clips, Stills(per_shot=per_shot, distance=distance))
        kept = sorted(stills.keys() - reasons.keys())
        shots = [clips[one].shot for one in kept]
        assert all(shots.count(shot) <= per_shot for shot in shots)
        for at, one in enumerate(kept):
            assert all((stills[one].phash ^ stills[other].phash).bit_count() > distance for other in kept[:at])
        assert bool(kept) == bool(stills)

    def test_the_sharpest_of_a_shot_stays(self) -> None:
        stills = {"a": Still(3, 3, 5.0, 0), "b": Still(13, 13, 9.0, 2**40 - 1), "c": Still(23, 23, 1.0, 3)}
        clips = {"a": Stretch(7, 0, 10, 0), "b": Stretch(7, 10, 20, 10), "c": Stretch(8, 20, 30, 20)}
        assert alike(stills, clips, Stills(distance=4)) == {"a": "its shot has its stills: b"}
        assert alike(stills, clips, Stills(per_shot=2, distance=4)) == {
            "c": "its still differs in 2 of 64 bits from that of a"
        }


def test_a_still_that_is_an_evaluation_picture(made: EpisodeInput, tmp_path: Path) -> None:
    """The preflight looks at images too: here at one that the guard on clips was never asked about."""
    out = build(tmp_path / "keyframes", [made], settings())
    row = clip_id("01", PARTS[1])
    folder = tmp_path / "judged"
    folder.mkdir()
    cv2.imwrite(str(folder / "one.jpg"), cv2.imread(str(out / "media" / f"{row}.png")))
    record = Record("list_holdout", "holdout", tmp_path / "outcomes" / "holdout.json")
    guard = Guard(tmp_path / "holdout.json", tmp_path / "pictures.npz", {})
    held = Evaluation(pictures=[str(folder)])
    list_holdout({}, {str(folder): [str(folder / "one.jpg")]}, guard.holdout, guard.stills, record, settings=held)
    with pytest.raises(BuildError) as caught:
        preflight_package(
            out, out / "preflight.json", name="keyframes", settings=settings(), episodes=["01"], probes=[made.probe],
            threads=1, guard=guard,
        )  # fmt: skip
    assert len(str(caught.value).splitlines()) == 2
    assert f"({row}): video" in str(caught.value) and "one.jpg" in str(caught.value)
