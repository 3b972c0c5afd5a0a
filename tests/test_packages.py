"""Packages: selection, balance, buckets, retiming, and whole packages built from real films."""

from __future__ import annotations

import json
import math
import os
import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from footage import painted
from package_inputs import SIZE, Part, clip_id, episode_input, fail, package
from reelwright.digest import file_sha256
from reelwright.errors import BuildError
from reelwright.files import read_json, read_jsonl
from reelwright.packages.build import build_package
from reelwright.packages.models import MODELS
from reelwright.packages.retime import Instants, available_frames, row_frames
from reelwright.packages.select import EpisodeInput, lowest_ranked
from reelwright.packages.trainers import launch_commands
from reelwright.spec.model import Package

PARTS = (Part(0, 50), Part(50, 92), Part(92, 112), Part(112, 122), Part(122, 128, usable=False))
"""At 16 fps these hold 32, 27, 13, 6 frames, and one is not usable."""

clip_ids = st.lists(st.integers(0, 99999).map(lambda number: f"ep01_{number:06d}_{number + 90:06d}"), unique=True)
rates = st.sampled_from([Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(12)])
targets = st.sampled_from([Fraction(16), Fraction(24)])


def build(out: Path, episodes: list[EpisodeInput], settings: Package, threads: int = 1) -> None:
    store = out.parent / "store"
    build_package(
        out, name=out.name, settings=settings, episodes=episodes, rights="licensed", store=store, threads=threads
    )


@pytest.fixture(scope="module")
def episodes(tmp_path_factory: pytest.TempPathFactory) -> list[EpisodeInput]:
    folder = tmp_path_factory.mktemp("inputs")
    return [episode_input(folder, "01", PARTS), episode_input(folder, "02", PARTS[:2])]


def pictures(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]


class TestSelection:
    @given(clip_ids, clip_ids, st.integers(0, 40), st.integers(0, 9))
    def test_added_clips_never_reshuffle(self, here: list[str], more: list[str], count: int, seed: int) -> None:
        before = lowest_ranked(here, count, seed)
        after = lowest_ranked(sorted({*here, *more}), count, seed)
        assert after & set(here) <= before
        assert len(before) == min(count, len(here))

    @given(clip_ids, st.integers(0, 40), st.randoms())
    def test_order_of_clips_does_not_matter(self, clips: list[str], count: int, random: object) -> None:
        shuffled = list(clips)
        random.shuffle(shuffled)  # type: ignore[attr-defined]
        assert lowest_ranked(clips, count, 3) == lowest_ranked(shuffled, count, 3)

    def test_seed_draws_differently(self) -> None:
        clips = [f"ep01_{number:06d}_{number + 90:06d}" for number in range(60)]
        assert lowest_ranked(clips, 20, 0) != lowest_ranked(clips, 20, 1)


class TestFrames:
    @given(rates, st.integers(1, 400), targets)
    def test_available_frames_are_those_before_the_end(self, rate: Fraction, frames: int, target: Fraction) -> None:
        duration = frames / rate
        count = available_frames(duration, target)
        middles = [(number + Fraction(1, 2)) / target for number in range(count + 1)]
        assert all(middle < duration for middle in middles[:-1]) and middles[-1] >= duration

    @given(st.integers(0, 200), st.sampled_from(["floor", "drop"]), st.integers(5, 60))
    def test_row_frames_fit_and_are_4n_plus_1(self, available: int, short: str, least: int) -> None:
        settings = package(frame_buckets=[81, 65, 49, 33], short_clips=short, min_frames=least)
        count = row_frames(available, settings)
        if count is None:
            assert available < 81 or least > 81
            return
        assert count % 4 == 1 and least <= count <= available
        larger = [bucket for bucket in (81, 65, 49, 33) if count < bucket <= available]
        assert not larger
        assert count in (81, 65, 49, 33) or (short == "floor" and available < 33 and available - count < 4)

    def test_largest_bucket_that_fits(self) -> None:
        settings = package(frame_buckets=[81, 65, 49, 33], min_frames=17)
        assert [row_frames(count, settings) for count in (200, 81, 80, 49, 32, 17, 16)] == [
            81,
            81,
            65,
            49,
            29,
            17,
            None,
        ]

    def test_rounding_of_time_stamps_costs_no_frame(self) -> None:
        for error in (Fraction(-1, 1000), Fraction(0), Fraction(1, 1000)):
            assert available_frames(Fraction(81, 16) + error, Fraction(16)) == 81
        assert available_frames(Fraction(1, 100), Fraction(16)) == 0


def shown(pts: list[int], end: int, base: Fraction, rate: Fraction) -> list[int]:
    """The frame on screen at each instant, by the streaming class."""
    instants = Instants(pts[0], base, rate, available_frames((end - pts[0]) * base, rate))
    taken: list[int] = []
    for number, stamp in enumerate(pts):
        taken += [number - 1] * len(instants.before(stamp))
    return taken + [len(pts) - 1] * len(instants.rest())


class TestRetiming:
    @given(rates, targets, st.integers(1, 200), st.integers(-1000, 10**9), st.sampled_from([1, 1000, 12800, 90000]))
    def test_constant_rates(self, rate: Fraction, target: Fraction, frames: int, first: int, scale: int) -> None:
        base = 1 / (rate * scale)
        pts = [first + number * scale for number in range(frames)]
        taken = shown(pts, pts[-1] + scale, base, target)
        assert taken == [int((number + Fraction(1, 2)) / target * rate) for number in range(len(taken))]
        assert len(taken) == available_frames(frames / rate, target)

    @given(targets, st.lists(st.integers(1, 4000), min_size=1, max_size=120), st.integers(0, 10**7))
    def test_variable_rates(self, target: Fraction, steps: list[int], first: int) -> None:
        base = Fraction(1, 12800)
        pts = [first + sum(steps[:number]) for number in range(len(steps))]
        taken = shown(pts, first + sum(steps), base, target)
        for index, number in enumerate(taken):
            instant = first + (index + Fraction(1, 2)) / (target * base)
            assert number == max(one for one, stamp in enumerate(pts) if stamp <= instant)

    @given(
        st.sampled_from([Fraction(24), Fraction(24000, 1001)]),
        st.sampled_from([1000, 1_000_000, 90_000, 600]),
        st.integers(0, 20_000),
        st.sampled_from([round, math.floor, math.ceil]),
    )
    def test_rounded_time_stamps_neither_repeat_nor_skip(
        self, rate: Fraction, ticks: int, start: int, rounded: Callable[[Fraction], int]
    ) -> None:
        # Matroska rounds to milliseconds, others to microseconds: 24 fps taken at 24 fps must come out frame by frame.
        pts = [rounded((start + number) / rate * ticks) for number in range(82)]
        taken = shown(pts[:-1], pts[-1], Fraction(1, ticks), Fraction(24))
        assert taken == list(range(81))


class TestBuild:
    def test_package_is_whole(self, episodes: list[EpisodeInput], tmp_path: Path) -> None:
        out = tmp_path / "pilot"
        build(out, episodes, package(), threads=2)
        rows = read_jsonl(out / "metadata.jsonl")
        assert [(row["clip_id"], row["num_frames"]) for row in rows] == [
            ("ep01_000000_000050", 25),
            ("ep01_000050_000092", 25),
            ("ep01_000092_000112", 13),
            ("ep02_000000_000050", 25),
            ("ep02_000050_000092", 25),
        ]
        assert "\n\n" not in (out / "metadata.jsonl").read_text()
        for row in rows:
            frames = pictures(out / row["video"])
            assert len(frames) == row["num_frames"]
            assert frames[0].shape == (SIZE[1], SIZE[0], 3)
        assert {path.name for path in (out / "media").iterdir()} == {f"{row['clip_id']}.mp4" for row in rows}
        summary = read_json(out / "summary.json")
        assert summary["buckets"] == {"13": 1, "25": 4}
        assert summary["frames"] == 113 and summary["seconds"] == round(113 / 16, 3)
        assert summary["episodes"]["01"] == {
            "clips": 5,
            "usable": 4,
            "unusable": {"black": 1},
            "eligible": 3,
            "rows": 3,
            "frames": 63,
        }
        assert summary["dropped"] == [
            {
                "clip_id": "ep01_000112_000122",
                "episode": "01",
                "reason": "short: 6 frames at 16 fps, fewer than min_frames 9",
            }
        ]

    def test_media_shows_the_frames_that_provenance_names(self, episodes: list[EpisodeInput], tmp_path: Path) -> None:
        out = tmp_path / "pilot"
        build(out, episodes, package())
        provenance = read_json(out / "PROVENANCE.json")
        row = provenance["rows"][1]
        assert row["frames_taken"] == [50 + int((index + Fraction(1, 2)) * Fraction(25, 16)) for index in range(25)]
        for number, picture in zip(row["frames_taken"], pictures(out / row["video"]), strict=True):
            others = {
                near: float(np.abs(picture.astype(int) - painted(1, near, *SIZE)).mean())
                for near in range(number - 2, number + 3)
            }
            assert min(others, key=others.__getitem__) == number

    def test_provenance_proves_each_row(self, episodes: list[EpisodeInput], tmp_path: Path) -> None:
        out = tmp_path / "pilot"
        build(out, episodes, package())
        provenance = read_json(out / "PROVENANCE.json")
        for row in provenance["rows"]:
            master = next(one.master for one in episodes if one.episode == row["episode"])
            assert row["source_sha256"] == file_sha256(master)
            assert row["source_master"] == master.name
            assert row["media_sha256"] == file_sha256(out / row["video"])
            assert row["rights"] == "licensed" and row["lane"] == "video"
            assert row["start_frame"] <= row["frames_taken"][0] <= row["frames_taken"][-1] < row["end_frame"]
        assert provenance["stages"].keys() == {
            "build_package",
            "probe_master",
            "cut_clips",
            "measure_quality",
            "caption_clips",
        }

    @pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(30000, 1001), Fraction(12)])
    def test_other_rates(self, rate: Fraction, tmp_path: Path) -> None:
        made = episode_input(tmp_path, "03", [Part(4, 36)], frames=40, rate=rate)
        out = tmp_path / "ti2v"
        build(out, [made], package(model="wan2.2-ti2v-5b", size=(320, 160), frame_buckets=[33, 25]))
        row = read_json(out / "PROVENANCE.json")["rows"][0]
        assert row["frames_taken"] == [
            4 + int((index + Fraction(1, 2)) * rate / 24) for index in range(row["num_frames"])
        ]
        with av.open(str(out / row["video"])) as container:
            assert container.streams.video[0].average_rate == 24
            assert len(list(container.decode(video=0))) == row["num_frames"]

    def test_variable_rate(self, tmp_path: Path) -> None:
        steps = [40, 40, 20, 80, 40, 33, 47, 120]
        pts = [sum((steps * 8)[:number]) for number in range(40)]
        made = episode_input(tmp_path, "04", [Part(2, 38)], frames=40, pts=pts, time_base=Fraction(1, 1000))
        out = tmp_path / "pilot"
        build(out, [made], package())
        row = read_json(out / "PROVENANCE.json")["rows"][0]
        for index, number in enumerate(row["frames_taken"]):
            instant = pts[2] + (index + Fraction(1, 2)) * Fraction(1000, 16)
            assert pts[number] <= instant < pts[number + 1]

    def test_clips_that_overlap(self, tmp_path: Path) -> None:
        made = episode_input(tmp_path, "05", [Part(0, 40), Part(20, 60), Part(60, 90)], frames=95)
        out = tmp_path / "pilot"
        build(out, [made], package())
        taken = [row["frames_taken"] for row in read_json(out / "PROVENANCE.json")["rows"]]
        assert [(one[0], len(one)) for one in taken] == [(0, 25), (20, 25), (60, 17)]

    def test_media_outlives_the_package(self, episodes: list[EpisodeInput], tmp_path: Path) -> None:
        build(tmp_path / "smoke", episodes, package())
        inodes = {path.name: path.stat().st_ino for path in (tmp_path / "smoke" / "media").iterdir()}
        masters = [one.master.rename(one.master.with_suffix(".away")) for one in episodes]
        try:
            build(tmp_path / "pilot", episodes, package(rows_per_episode=2))
        finally:
            for path in masters:
                path.rename(path.with_suffix(".mov"))
        for path in (tmp_path / "pilot" / "media").iterdir():
            assert path.stat().st_ino == inodes[path.name]
            assert not path.stat().st_mode & 0o222

    def test_rebuilding_gives_the_same_bytes(self, episodes: list[EpisodeInput], tmp_path: Path) -> None:
        def digests(out: Path) -> dict[str, str]:
            return {str(path.relative_to(out)): file_sha256(path) for path in sorted(out.rglob("*")) if path.is_file()}

        build(tmp_path / "pilot", episodes, package())
        first = digests(tmp_path / "pilot")
        (tmp_path / "pilot" / "preflight.json").write_text("{}")
        (tmp_path / "pilot" / "media" / "stray.mp4").write_bytes(b"")
        build(tmp_path / "pilot", episodes, package())
        assert digests(tmp_path / "pilot") == first

    def test_what_a_killed_build_left_goes(self, episodes: list[EpisodeInput], tmp_path: Path) -> None:
        left = tmp_path / ".smoke.killed" / "media"
        left.mkdir(parents=True)
        (left / "half.mp4").write_bytes(b"half")
        build(tmp_path / "smoke", episodes, package())
        assert sorted(path.name for path in tmp_path.iterdir()) == ["smoke", "store"]


class TestRefusals:
    def test_unmet_balance_says_what_each_episode_has(self, episodes: list[EpisodeInput], tmp_path: Path) -> None:
        with pytest.raises(BuildError) as caught:
            build(tmp_path / "smoke", episodes, package(rows_per_episode=3))
        assert str(caught.value).splitlines() == [
            "package smoke: rows_per_episode is 3, but not every episode has so many:",
            "  episode 01: 3 rows (5 clips, 4 usable, 1 of them too short)",
            "  episode 02: 2 rows (2 clips, 2 usable)",
        ]
        assert not (tmp_path / "smoke").exists()
        assert not list(tmp_path.glob(".*"))

    def test_balance_takes_the_lowest_ranks(self, episodes: list[EpisodeInput], tmp_path: Path) -> None:
        build(tmp_path / "smoke", episodes, package(rows_per_episode=2, seed=5))
        rows = read_jsonl(tmp_path / "smoke" / "metadata.jsonl")
        eligible = [clip_id("01", part) for part in PARTS[:3]]
        chosen = {row["clip_id"] for row in rows if row["episode"] == "01"}
        assert chosen == lowest_ranked(eligible, 2, 5)
        assert sum(row["episode"] == "02" for row in rows) == 2

    def test_failed_episodes_are_named(self, tmp_path: Path) -> None:
        made = [episode_input(tmp_path, number, [Part(0, 30)], frames=31) for number in ("01", "02", "03")]
        fail(made[1], "cut_clips", "upstream", "probe_master ep02.film: 02.mov was not delivered")
        fail(made[2], "caption_clips", "unreadable", "the subtitles can't be read")
        with pytest.raises(BuildError) as caught:
            build(tmp_path / "smoke", made, package())
        assert str(caught.value).splitlines() == [
            "package smoke needs episodes that failed:",
            "  episode 02: probe_master ep02.film: 02.mov was not delivered",
            "  episode 03: caption_clips ep03: the subtitles can't be read",
        ]

    def test_refused_captions_are_listed(self, tmp_path: Path) -> None:
        parts = [Part(0, 30), Part(30, 60, source="structured"), Part(60, 90, source="seeded")]
        made = episode_input(tmp_path, "01", parts, frames=91)
        with pytest.raises(BuildError) as caught:
            build(tmp_path / "smoke", [made], package())
        assert str(caught.value).splitlines() == [
            "package smoke takes captions from vlm only; 2 of its clips have none:",
            "  ep01_000030_000060: its caption is structured",
            "  ep01_000060_000090: its caption is seeded",
        ]
        build(tmp_path / "smoke", [made], package(caption_sources=["vlm", "structured", "seeded"]))
        assert read_json(tmp_path / "smoke" / "summary.json")["captions"] == {"seeded": 1, "structured": 1, "vlm": 1}

    def test_short_clips_are_dropped_where_declared(self, tmp_path: Path) -> None:
        made = episode_input(tmp_path, "01", [Part(0, 30), Part(30, 50)], frames=51)
        build(tmp_path / "smoke", [made], package(short_clips="drop"))
        summary = read_json(tmp_path / "smoke" / "summary.json")
        assert summary["rows"] == 1
        assert summary["dropped"][0]["reason"] == "short: 13 frames at 16 fps, fewer than the smallest bucket, 17"

    def test_truncated_master_leaves_nothing(self, tmp_path: Path) -> None:
        made = episode_input(tmp_path, "01", [Part(0, 40), Part(40, 90)], frames=95)
        whole = made.master.read_bytes()
        made.master.write_bytes(whole[: len(whole) // 2])
        with pytest.raises(BuildError, match=r"episode 01: 01\.mov"):
            build(tmp_path / "smoke", [made], package())
        assert not (tmp_path / "smoke").exists()
        made.master.write_bytes(whole)
        build(tmp_path / "smoke", [made], package())
        assert len(read_jsonl(tmp_path / "smoke" / "metadata.jsonl")) == 2

    def test_lost_frames_name_the_clip(self, tmp_path: Path) -> None:
        made = episode_input(tmp_path, "01", [Part(0, 40)], frames=41)
        row = read_jsonl(made.clips)[0]
        made.clips.write_text(json.dumps({**row, "end_frame": 44}) + "\n")
        with pytest.raises(BuildError, match=r"ep01_000000_000040 has 44 frames, but 40 of them can be decoded"):
            build(tmp_path / "smoke", [made], package())

    def test_another_master_is_refused(self, tmp_path: Path) -> None:
        made = episode_input(tmp_path, "01", [Part(0, 40)], frames=41)
        row = read_jsonl(made.clips)[0]
        made.clips.write_text(json.dumps({**row, "source_sha256": "0" * 64}) + "\n")
        with pytest.raises(BuildError, match=r"ep01_000000_000040 was cut from another file than 01\.mov"):
            build(tmp_path / "smoke", [made], package())


class TestLaunch:
    def test_a14b_is_trained_in_two_runs(self) -> None:
        commands = launch_commands(package(size=(1280, 720)), [33, 25], "smoke", "out")
        assert len(commands) == 2
        boundaries = []
        for words in commands:
            options = dict(zip(words[3::2], words[4::2], strict=True))
            assert options["--num_frames"] == "33" and options["--dataset_repeat"] == "50"
            assert (options["--width"], options["--height"]) == ("1280", "720")
            boundaries.append((options["--max_timestep_boundary"], options["--min_timestep_boundary"]))
        assert boundaries == [("0.417", "0"), ("1", "0.417")]
        assert "high_noise_model/" in " ".join(commands[0]) and "low_noise_model/" in " ".join(commands[1])

    @pytest.mark.parametrize("model", sorted(MODELS))
    def test_script_is_a_shell_script(self, model: str, episodes: list[EpisodeInput], tmp_path: Path) -> None:
        build(tmp_path / "smoke", episodes[1:], package(model=model, size=(320, 160)))
        script = tmp_path / "smoke" / "trainers" / "diffsynth.sh"
        fake = tmp_path / "bin" / "accelerate"
        fake.parent.mkdir()
        fake.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\necho end\n')
        fake.chmod(0o755)
        path = f"{fake.parent}:{os.environ['PATH']}"
        done = subprocess.run(
            [script, "weights"], env={"PATH": path}, cwd=tmp_path, capture_output=True, text=True, check=True
        )
        runs = [run.splitlines() for run in done.stdout.split("end\n") if run]
        assert len(runs) == len(MODELS[model].experts)  # type: ignore[index]
        for run in runs:
            options = dict(zip(run[2::2], run[3::2], strict=True))
            assert Path(options["--dataset_metadata_path"]) == tmp_path / "smoke" / "metadata.jsonl"
            assert options["--output_path"].startswith("weights/")
            assert int(options["--num_frames"]) % 4 == 1
