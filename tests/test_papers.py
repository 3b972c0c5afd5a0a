"""The papers of a package: checksums, datasheet, Croissant, and a row that a stranger cuts again from the master."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import pytest

from package_inputs import Part, episode_input, package, write_rows
from reelwright.digest import file_sha256
from reelwright.files import read_json, read_jsonl
from reelwright.outcome import Record
from reelwright.packages.build import build_package
from reelwright.packages.select import EpisodeInput
from reelwright.packages.sums import write_sums
from reelwright.sources.probe import probe_master
from reelwright.spec.model import Package

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
PARTS = [
    Part(0, 50, characters=("Sam",), location="mall", camera="static"),
    Part(50, 92, characters=("Sam", "Alex"), camera="pan_left"),
    Part(92, 128, usable=False),
]


def build(out: Path, episodes: list[EpisodeInput], settings: Package) -> Path:
    store = out.parent / "store"
    build_package(out, name=out.name, settings=settings, episodes=episodes, rights="licensed", store=store, threads=1)
    return out


@pytest.fixture(scope="module")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package that was moved to another place."""
    folder = tmp_path_factory.mktemp("papers")
    out = build(folder / "smoke", [episode_input(folder, "01", PARTS)], package())
    return out.rename(folder / "given away")


def pictures(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="bgr24").astype(int) for frame in container.decode(video=0)]


def sha256sum(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=folder, capture_output=True, text=True, check=False
    )


class TestSums:
    def test_they_cover_everything_and_hold_elsewhere(self, smoke: Path) -> None:
        assert sha256sum(smoke).returncode == 0
        named = {line.split("  ", 1)[1] for line in (smoke / "SHA256SUMS").read_text().splitlines()}
        there = {str(path.relative_to(smoke)) for path in smoke.rglob("*") if path.is_file()}
        assert named == there - {"SHA256SUMS"}
        assert {"metadata.jsonl", "README.md", "media/ep01_000000_000050.mp4", "croissant.json"} <= named

    def test_an_edit_is_seen(self, smoke: Path, tmp_path: Path) -> None:
        copy = shutil.copytree(smoke, tmp_path / "copy")
        (copy / "metadata.jsonl").write_text((copy / "metadata.jsonl").read_text().replace("disc", "ball"))
        media = copy / "media" / "ep01_000050_000092.mp4"
        media.chmod(0o644)
        media.write_bytes(media.read_bytes()[:-1] + b"!")
        done = sha256sum(copy)
        assert done.returncode == 1
        assert sorted(done.stdout.splitlines()) == [f"{name}: FAILED" for name in (
            "media/ep01_000050_000092.mp4", "metadata.jsonl")]  # fmt: skip

    def test_a_file_of_two_names_has_the_sum_of_either(self, tmp_path: Path) -> None:
        (tmp_path / "media").mkdir()
        (tmp_path / "a").mkdir()
        (tmp_path / "media" / "x.mp4").write_bytes(b"moving")
        (tmp_path / "a" / "1.mp4").hardlink_to(tmp_path / "media" / "x.mp4")
        # What is known is believed, and not read again.
        write_sums(tmp_path, {"media/x.mp4": "0" * 64})
        assert (tmp_path / "SHA256SUMS").read_text() == f"{'0' * 64}  a/1.mp4\n{'0' * 64}  media/x.mp4\n"


def ffmpeg(*words: str | Path) -> None:
    subprocess.run([FFMPEG, "-v", "error", "-y", *words], check=True)


def turned(master: Path, out: Path) -> None:
    ffmpeg("-display_rotation", "90", "-i", master, "-c", "copy", out)


def squeezed(master: Path, out: Path) -> None:
    ffmpeg("-i", master, "-c", "copy", "-bsf:v", "h264_metadata=sample_aspect_ratio=4/3", out)


def late(master: Path, out: Path) -> None:
    """Its first time stamp is not 0, and sound begins before it."""
    noise = ("-f", "lavfi", "-t", "8", "-i", "sine=r=48000")
    ffmpeg("-itsoffset", "1.48", "-i", master, *noise, "-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", "aac", out)


def interlaced(master: Path, out: Path) -> None:
    ffmpeg("-i", master, "-c:v", "libx264", "-crf", "12", "-flags", "+ildct+ilme", "-x264opts", "tff=1", out)


def full_range(master: Path, out: Path) -> None:
    scale = "scale=in_range=tv:out_range=pc:out_color_matrix=bt709"
    ffmpeg("-i", master, "-vf", scale, "-crf", "12", "-color_range", "pc", "-colorspace", "bt709", out)


class TestRecut:
    def again(self, out: Path, clip_id: str, master: Path, to: Path) -> subprocess.CompletedProcess[str]:
        """By a stranger: in isolated mode, Python sees neither this library nor any other."""
        words = [sys.executable, "-I", out / "recut.py", clip_id, master, to, "--ffmpeg", FFMPEG]
        return subprocess.run(words, capture_output=True, text=True, check=False, cwd=to.parent)

    def same(self, out: Path, master: Path, tmp_path: Path) -> None:
        """Each row, cut again, shows the pictures of the package."""
        for row in read_jsonl(out / "metadata.jsonl"):
            done = self.again(out, row["clip_id"], master, tmp_path / "again.mp4")
            assert (done.returncode, done.stderr) == (0, "")
            there, again = pictures(out / row["video"]), pictures(tmp_path / "again.mp4")
            assert len(again) == row["num_frames"]
            for number, (one, other) in enumerate(zip(there, again, strict=True)):
                near = again[max(0, number - 1) : number + 2]
                mine = float(np.abs(one - other).mean())
                assert mine < 1.0 and mine == min(float(np.abs(one - picture).mean()) for picture in near)

    @pytest.mark.parametrize("change", [turned, squeezed, late, interlaced, full_range])
    def test_masters_of_every_kind(self, change: Callable[[Path, Path], None], tmp_path: Path) -> None:
        made = episode_input(tmp_path, "01", PARTS)
        change(made.master, tmp_path / "delivery" / "changed.mov")
        (tmp_path / "delivery" / "changed.mov").replace(made.master)
        record = Record("probe_master", "ep01.film", made.outcomes[0])
        probe_master(made.master, made.probe, record, episode="01", title="Film", relative="01.mov", problem=None)
        write_rows(made, PARTS, 130)
        self.same(build(tmp_path / "smoke", [made], package()), made.master, tmp_path)

    @pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(12)])
    def test_rates(self, rate: Fraction, tmp_path: Path) -> None:
        # 12 fps at 16 shows some frames twice; the second clip lies so late that FFmpeg seeks.
        made = episode_input(tmp_path, "02", [Part(3, 40), Part(250, 290)], frames=300, rate=rate)
        self.same(build(tmp_path / "smoke", [made], package()), made.master, tmp_path)

    def test_a_variable_rate(self, tmp_path: Path) -> None:
        steps = [40, 40, 20, 80, 40, 33, 47, 120]
        pts = [sum((steps * 8)[:number]) for number in range(40)]
        made = episode_input(tmp_path, "04", [Part(2, 38)], frames=40, pts=pts, time_base=Fraction(1, 1000))
        self.same(build(tmp_path / "smoke", [made], package()), made.master, tmp_path)

    def test_another_file_or_row_is_refused(self, smoke: Path, tmp_path: Path) -> None:
        (tmp_path / "other.mov").write_bytes(b"something else")
        row = "ep01_000000_000050"
        done = self.again(smoke, row, tmp_path / "other.mov", tmp_path / "again.mp4")
        (sha256,) = {one["source_sha256"] for one in read_json(smoke / "PROVENANCE.json")["rows"]}
        assert (done.returncode, done.stderr.strip()) == (
            1,
            f"{tmp_path / 'other.mov'} is not the master of {row}: its sha256 is not {sha256}",
        )
        done = self.again(smoke, "ep01_000000_000051", tmp_path / "other.mov", tmp_path / "again.mp4")
        assert (done.returncode, done.stderr.strip()) == (1, "PROVENANCE.json has no row ep01_000000_000051")
        assert not (tmp_path / "again.mp4").exists()


class TestCroissant:
    def test_it_describes_the_rows(self, smoke: Path) -> None:
        data = read_json(smoke / "croissant.json")
        rows = read_jsonl(smoke / "metadata.jsonl")
        (fields,) = [one["field"] for one in data["recordSet"]]
        assert [one["name"] for one in fields] == list(rows[0])
        assert data["distribution"][0]["sha256"] == file_sha256(smoke / "metadata.jsonl")


class TestDatasheet:
    def test_it_says_what_it_knows(self, smoke: Path) -> None:
        text = (smoke / "README.md").read_text()
        (master,) = read_json(smoke / "PROVENANCE.json")["sources"]
        for said in (
            f"| `01.mov` | Film | 5.2 | 2 | `{master['sha256']}` |",
            "Every usable clip that may be trained on and is long enough is a row.",
            "| 2 | rows of the package |",
            "| 1 | not usable: what was measured, what a model saw, or what a person decided |",
            "| the camera is pan_left | 50% | 50% |",
            "| Alex on screen | 50% | 50% |",
            "* In 1 of the 2 rows no location is known.",
        ):
            assert said in text.splitlines()

    @pytest.mark.parametrize(
        ("how", "said"),
        [
            ({"rows": 1}, "1 are drawn, each with the same chance: "),
            (
                {"rows": 2, "seed": 4, "only": {"characters": ["Sam"], "max_s": 3.5},
                 "balance": {"by": "camera", "among": ["static", "pan_left"], "strict": False}},
                "Of the clips that may be trained on and are long enough, those are taken that pass only.characters: Sam; "
                "only.max_s: 3.5. 2 are drawn, equally many by camera (static, pan_left); where one has too few, the others "
                "fill up: those whose sha256 of `4:` and clip id is lowest",
            ),
            ({"rows_per_episode": 2}, "2 are drawn from each episode: "),
        ],
    )  # fmt: skip
    def test_how_rows_were_chosen(self, how: dict[str, object], said: str, tmp_path: Path) -> None:
        out = build(tmp_path / "smoke", [episode_input(tmp_path, "01", PARTS)], package(**how))
        assert said in (out / "README.md").read_text()
