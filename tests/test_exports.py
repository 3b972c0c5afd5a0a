"""Exports: what each trainer reads, loaded as its own loader does, from packages built of real films and pictures."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tarfile
import tomllib
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import get_args

import cv2
import numpy as np
import pytest
import trainer_loaders as loaders
import yaml

from footage import painted, write_film
from package_inputs import SIZE, Part, episode_input, package
from reelwright.digest import file_sha256
from reelwright.facts import facts
from reelwright.files import read_json, read_jsonl
from reelwright.packages.build import build_package
from reelwright.packages.trainers import Contents, Item, export_package
from reelwright.packages.trainers.webdataset import SHARD_BYTES, export_webdataset
from reelwright.spec.model import TrainerName

VIDEO: list[TrainerName] = [name for name in get_args(TrainerName) if name != "imagefolder"]
IMAGE: list[TrainerName] = [name for name in get_args(TrainerName) if name != "videofolder"]
SAID = 'Moss says: "Über uns!" \\ {braces}, # and: commas'
"""A caption that every form must quote."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package for A14B with rows of two counts, one below the smallest bucket."""
    folder = tmp_path_factory.mktemp("exports")
    made = episode_input(folder, "01", [Part(0, 50, prompt=SAID), Part(50, 92), Part(92, 112)])
    out = folder / "smoke"
    settings = package(trainers=VIDEO)
    build_package(
        out, name="smoke", settings=settings, episodes=[made], rights="licensed", store=folder / "store", threads=1
    )
    return out


@pytest.fixture
def moved(built: Path, tmp_path: Path) -> Path:
    """The package somewhere else, whose path needs quoting: what its exports name must be found there."""
    return Path(shutil.copytree(built, tmp_path / "the packages: #1" / "smoke"))


def expected(out: Path) -> dict[str, tuple[str, int]]:
    """Caption and frames of each row, by the name of its media."""
    rows = read_jsonl(out / "metadata.jsonl")
    return {Path(row["video"]).name: (row["prompt"], row["num_frames"]) for row in rows}


def agree(items: Sequence[loaders.Loaded], out: Path, size: tuple[int, int] = SIZE) -> None:
    """Every row is there once: its own media and caption, all frames in order, at the package's size."""
    wanted = expected(out)
    assert sorted(item.media.name for item in items) == sorted(wanted)
    for item in items:
        caption, frames = wanted[item.media.name]
        assert item.caption == caption
        assert item.frames == tuple(range(frames))
        assert (item.width, item.height) == size
        assert item.media.samefile(item.media.resolve())
        assert file_sha256(item.media) == file_sha256(out / "media" / item.media.name)
    assert {len(item.frames) for item in items} == {count for _, count in wanted.values()}


def flags_of(run: Sequence[str]) -> dict[str, str]:
    return dict(zip(run[2::2], run[3::2], strict=True))


def launch(script: Path, tmp_path: Path, *arguments: str) -> list[list[str]]:
    """Run a launch script with stand-ins for what it starts; the words of each command, the folder it ran in first."""
    tools = tmp_path / "bin"
    tools.mkdir(exist_ok=True)
    record = tmp_path / "record"
    for name in ("accelerate", "python", "deepspeed", "torchrun"):
        tool = tools / name
        tool.write_text(f'#!/bin/sh\n{{ pwd; echo {name}; printf "%s\\n" "$@"; echo ----; }} >> "{record}"\n')
        tool.chmod(0o755)
    checkout = tmp_path / "checkout"
    checkout.mkdir(exist_ok=True)
    environment = {"PATH": f"{tools}:{os.environ['PATH']}"}
    subprocess.run([script, *arguments], env=environment, cwd=checkout, check=True, capture_output=True, text=True)
    return [run.splitlines() for run in record.read_text().split("----\n") if run]


class TestVideo:
    def test_diffsynth(self, moved: Path, tmp_path: Path) -> None:
        runs = launch(moved / "trainers" / "diffsynth.sh", tmp_path)
        assert len(runs) == 2
        for run in runs:
            agree(loaders.diffsynth(flags_of(run[2:])), moved)

    def test_musubi(self, moved: Path, tmp_path: Path) -> None:
        weights = []
        for name in ("low", "high", "vae", "t5"):
            (tmp_path / name).touch()
            weights.append(str(tmp_path / name))
        runs = launch(moved / "trainers" / "musubi.sh", tmp_path, *weights)
        assert len(runs) == 3
        for run in runs:
            cwd = Path(run[0])
            config = cwd / run[run.index("--dataset_config") + 1]
            agree(loaders.musubi(config, cwd), moved)
        flags = runs[2][run.index("--task") :]
        assert flags[:4] == ["--task", "t2v-A14B", "--timestep_boundary", "0.875"]
        assert runs[2][runs[2].index("--dit") + 1] == weights[0]
        assert runs[2][runs[2].index("--dit_high_noise") + 1] == weights[1]
        data = tomllib.loads((moved / "trainers" / "musubi" / "dataset.toml").read_text())
        assert [one["target_frames"] for one in data["datasets"]] == [[13], [25]]

    def test_diffusion_pipe(self, moved: Path, tmp_path: Path) -> None:
        (tmp_path / "Wan & co").mkdir()
        runs = launch(moved / "trainers" / "diffusion-pipe.sh", tmp_path, str(tmp_path / "Wan & co"))
        assert len(runs) == 2
        ranges = []
        for run, expert in zip(runs, ("high_noise", "low_noise"), strict=True):
            training = tomllib.loads(Path(run[-1]).read_text())
            assert training["model"]["ckpt_path"] == str(tmp_path / "Wan & co")
            assert training["model"]["transformer_path"] == str(tmp_path / "Wan & co" / f"{expert}_model")
            assert Path(training["output_dir"]).is_relative_to(tmp_path / "checkout" / "models" / "train" / "smoke")
            agree(loaders.diffusion_pipe(Path(run[0]) / training["dataset"], Path(run[0]), 16, 16), moved)
            ranges.append((training["model"]["min_t"], training["model"]["max_t"]))
        assert ranges == [(0.875, 1.0), (0.0, 0.875)]

    def test_finetrainers(self, moved: Path, tmp_path: Path) -> None:
        (run,) = launch(moved / "trainers" / "finetrainers.sh", tmp_path, "Wan-AI/Some-Diffusers")
        cwd = Path(run[0])
        agree(loaders.finetrainers(cwd / run[run.index("--dataset_config") + 1], cwd), moved)
        assert run[run.index("--pretrained_model_name_or_path") + 1] == "Wan-AI/Some-Diffusers"

    def test_ai_toolkit(self, moved: Path, tmp_path: Path) -> None:
        (run,) = launch(moved / "trainers" / "ai-toolkit.sh", tmp_path)
        environment = {"PACKAGE": str(moved), "OUTPUT": str(tmp_path / "out")}
        agree(loaders.ai_toolkit(Path(run[-1]), environment, 16), moved)
        process = yaml.safe_load(Path(run[-1]).read_text())["config"]["process"][0]
        assert all(one["shrink_video_to_frames"] is False and one["fps"] == 16 for one in process["datasets"])
        assert process["model"]["arch"] == "wan22_14b"
        assert process["model"]["model_kwargs"] == {"train_high_noise": True, "train_low_noise": True}

    def test_videofolder(self, moved: Path) -> None:
        found = loaders.video_folder(moved / "trainers" / "videofolder")
        assert {path.name: row["prompt"] for path, row in found} == {
            name: caption for name, (caption, _) in expected(moved).items()
        }

    def test_webdataset(self, moved: Path) -> None:
        (shard,) = (moved / "trainers" / "webdataset").iterdir()
        assert shard.name == "smoke-000000.tar"
        with tarfile.open(shard) as tar:
            names = tar.getnames()
            assert names == sorted(names, key=lambda name: name.split(".")[0])
            for member in tar.getmembers():
                assert (member.mtime, member.uid, member.uname) == (0, 0, "")
        for name, (caption, frames) in expected(moved).items():
            stem = Path(name).stem
            assert f"{stem}.mp4" in names and f"{stem}.json" in names
            with tarfile.open(shard) as tar:
                fields, media = tar.extractfile(f"{stem}.json"), tar.extractfile(f"{stem}.mp4")
                assert fields and media
                known = json.loads(fields.read())
                assert (known["prompt"], known["num_frames"], known["clip_id"]) == (caption, frames, stem)
                assert media.read() == (moved / "media" / name).read_bytes()

    def test_one_set_of_media(self, built: Path) -> None:
        """No export but the shards copies a byte: every clip in it is the store's own file."""
        clips = list((built / "trainers").rglob("*.mp4"))
        assert len(clips) == 3 * 4
        for path in clips:
            assert path.samefile(built / "media" / path.name)

    def test_exports_are_those_that_are_declared(self, built: Path) -> None:
        scripts = {"diffsynth", "musubi", "diffusion-pipe", "finetrainers", "ai-toolkit"}
        assert {path.name for path in (built / "trainers").iterdir()} == {
            *(f"{name}.sh" for name in scripts),
            *(name for name in VIDEO if name != "diffsynth"),
        }
        readme = (built / "README.md").read_text()
        for name in VIDEO:
            assert facts().trainers[name].title in readme

    def test_scripts_say_what_they_need(self, built: Path, tmp_path: Path) -> None:
        for name in ("musubi", "diffusion-pipe", "finetrainers"):
            script = built / "trainers" / f"{name}.sh"
            done = subprocess.run([script], cwd=tmp_path, capture_output=True, text=True, check=False)
            assert done.returncode != 0 and ": 1: " in done.stderr, done.stderr


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package's folder with three short clips at 24 frames a second."""
    folder = tmp_path_factory.mktemp("small") / "tiny"
    for number, count in enumerate((9, 9, 5)):
        pictures = [painted(number, place, 320, 160) for place in range(count)]
        write_film(folder / "media" / f"clip{number}.mp4", pictures, rate=Fraction(24))
    return folder


ITEMS = [
    Item(f"clip{number}", f"media/clip{number}.mp4", f"Clip {number}.", count) for number, count in enumerate((9, 9, 5))
]


class TestOtherModels:
    def test_ti2v_5b(self, small: Path, tmp_path: Path) -> None:
        contents = Contents("tiny", "video", "wan2.2-ti2v-5b", 320, 160, ITEMS)
        out = Path(shutil.copytree(small, tmp_path / "tiny"))
        export_package(contents, out, ["diffsynth", "diffusion-pipe", "ai-toolkit"])
        (run,) = launch(out / "trainers" / "diffsynth.sh", tmp_path)
        flags = flags_of(run[2:])
        assert flags["--extra_inputs"] == "input_image" and "--max_timestep_boundary" not in flags
        pipe = out / "trainers" / "diffusion-pipe"
        training = tomllib.loads((pipe / "training.toml").read_text())
        assert "transformer_path" not in training["model"] and "min_t" not in training["model"]
        for items in (
            loaders.diffusion_pipe(pipe / "dataset.toml", pipe, 24, 32),
            loaders.ai_toolkit(
                out / "trainers" / "ai-toolkit" / "config.yaml", {"PACKAGE": str(out), "OUTPUT": "x"}, 32
            ),
        ):
            assert sorted((item.media.name, item.caption, len(item.frames)) for item in items) == [
                (f"{item.name}.mp4", item.prompt, item.frames) for item in ITEMS
            ]
            assert {(item.width, item.height) for item in items} == {(320, 160)}

    def test_i2v_caches_the_first_frame_in_musubi(self, small: Path, tmp_path: Path) -> None:
        contents = Contents("tiny", "video", "wan2.2-i2v-a14b", 320, 160, ITEMS)
        out = Path(shutil.copytree(small, tmp_path / "tiny"))
        export_package(contents, out, ["musubi"])
        text = (out / "trainers" / "musubi.sh").read_text()
        assert "--i2v" in text and "--task i2v-A14B --timestep_boundary 0.9 " in text

    def test_shards_are_cut_by_size(self, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert SHARD_BYTES == 1024**3
        out = Path(shutil.copytree(small, tmp_path / "tiny"))
        most = sum((out / item.media).stat().st_size for item in ITEMS[:2])
        monkeypatch.setattr("reelwright.packages.trainers.webdataset.SHARD_BYTES", most)
        export_webdataset(Contents("tiny", "video", "wan2.2-ti2v-5b", 320, 160, ITEMS), out)
        shards = sorted((out / "trainers" / "webdataset").iterdir())
        assert [path.name for path in shards] == ["tiny-000000.tar", "tiny-000001.tar"]
        held = []
        for shard in shards:
            with tarfile.open(shard) as tar:
                held.append(tar.getnames())
        assert held == [["clip0.mp4", "clip0.json", "clip1.mp4", "clip1.json"], ["clip2.mp4", "clip2.json"]]


class TestPictures:
    @pytest.fixture
    def plates(self, tmp_path: Path) -> tuple[Path, Contents]:
        """A package of pictures of several sizes."""
        out = tmp_path / "plates"
        (out / "media").mkdir(parents=True)
        items = []
        for number, (width, height) in enumerate([(640, 480), (480, 640), (512, 512)]):
            picture = np.full((height, width, 3), 40 * number, np.uint8)
            assert cv2.imwrite(str(out / "media" / f"plate{number}.png"), picture)
            items.append(Item(f"plate{number}", f"media/plate{number}.png", f"Plate {number}.", 1, {"prop": number}))
        return out, Contents("plates", "image", "wan2.2-t2v-a14b", 1024, 1024, items, fixed=False)

    def test_every_export_takes_pictures(self, plates: tuple[Path, Contents]) -> None:
        out, contents = plates
        export_package(contents, out, IMAGE)
        trainers = out / "trainers"
        environment = {"PACKAGE": str(out), "OUTPUT": "x"}
        loaded = {
            "musubi": loaders.musubi(trainers / "musubi" / "dataset.toml", trainers / "musubi"),
            "pipe": loaders.diffusion_pipe(
                trainers / "diffusion-pipe" / "dataset.toml", trainers / "diffusion-pipe", 16, 16
            ),
            "finetrainers": loaders.finetrainers(
                trainers / "finetrainers" / "training.json", trainers / "finetrainers"
            ),
            "toolkit": loaders.ai_toolkit(trainers / "ai-toolkit" / "config.yaml", environment, 16),
        }
        for items in loaded.values():
            assert sorted((item.media.name, item.caption, item.frames) for item in items) == [
                (f"plate{number}.png", f"Plate {number}.", (0,)) for number in range(3)
            ]
        shapes = {name: [item.width / item.height for item in items] for name, items in loaded.items()}
        for name in ("musubi", "pipe", "toolkit"):
            # Each is trained at about its own shape.
            assert shapes[name] == pytest.approx([4 / 3, 3 / 4, 1], rel=0.08), name

    def test_imagefolder(self, plates: tuple[Path, Contents]) -> None:
        out, contents = plates
        export_package(contents, out, ["imagefolder"])
        found = loaders.video_folder(out / "trainers" / "imagefolder", "image")
        assert [(path.name, row) for path, row in found] == [
            (f"plate{number}.png", {"prompt": f"Plate {number}.", "prop": number}) for number in range(3)
        ]

    @pytest.mark.parametrize(
        ("model", "size"),
        [("wan2.2-t2v-a14b", {"--max_pixels": "1048576"}), ("wan2.2-ti2v-5b", {"--height": "1024", "--width": "1024"})],
    )
    def test_diffsynth_is_given_a_size_where_floors_would_not_do(
        self, model: str, size: dict[str, str], plates: tuple[Path, Contents], tmp_path: Path
    ) -> None:
        out, contents = plates
        contents = Contents("plates", "image", model, 1024, 1024, contents.items, fixed=False)  # type: ignore[arg-type]
        export_package(contents, out, ["diffsynth"])
        flags = flags_of(launch(out / "trainers" / "diffsynth.sh", tmp_path)[0][2:])
        assert {key: flags.get(key) for key in ("--max_pixels", "--height", "--width") if key in flags} == size
        assert flags["--num_frames"] == "1"


def test_rebuilding_gives_the_same_bytes(built: Path, tmp_path: Path) -> None:
    again = tmp_path / "smoke"
    shutil.copytree(built / "media", again / "media")
    rows = read_jsonl(built / "metadata.jsonl")
    items = [
        Item(
            row["clip_id"],
            row["video"],
            row["prompt"],
            row["num_frames"],
            {key: value for key, value in row.items() if key not in ("video", "prompt")},
        )
        for row in rows
    ]
    export_package(Contents("smoke", "video", "wan2.2-t2v-a14b", *SIZE, items), again, VIDEO)
    for path in (built / "trainers").rglob("*"):
        if path.is_file():
            assert file_sha256(again / path.relative_to(built)) == file_sha256(path), path
    assert read_json(again / "trainers" / "finetrainers" / "training.json")["datasets"][0]["data_root"] == "./media"
