"""What the trainers' own loaders do with the files of an export, restated from their code (each names its source).

A loader takes the files as they lie and the folder in which the trainer runs. It gives the items that would be trained on:
the media's path, the caption and the frames taken, and raises where the trainer would.
"""

from __future__ import annotations

import json
import math
import os
import re
import tomllib
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import yaml


@dataclass(frozen=True)
class Loaded:
    """One item of training."""

    media: Path
    caption: str
    frames: tuple[int, ...]
    width: int
    height: int


@dataclass(frozen=True)
class Facts:
    """What a loader asks a file for."""

    frames: int
    rate: Fraction
    width: int
    height: int


def facts_of(path: Path) -> Facts:
    """The facts of a video or picture; raises FileNotFoundError where there is none."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        rate = Fraction(stream.average_rate or 1)
        frames = sum(1 for _ in container.decode(stream))
        return Facts(frames, rate, stream.width, stream.height)


def diffsynth(flags: dict[str, str]) -> list[Loaded]:
    """modelscope/DiffSynth-Studio, diffsynth/core/data/unified_dataset.py and operators.py: every line is parsed, blank
    ones too; the first num_frames frames, or of a shorter clip the largest 4n+1."""
    number = int(flags["--num_frames"])
    assert number % 4 == 1
    metadata = Path(flags["--dataset_metadata_path"])
    assert metadata.suffix == ".jsonl"
    items = []
    with metadata.open() as lines:
        rows = [json.loads(line.strip()) for line in lines]
    for row in rows:
        path = Path(os.path.join(flags["--dataset_base_path"], row["video"]))  # noqa: PTH118 - as the loader does
        known = facts_of(path)
        taken = number
        if known.frames < number:
            taken = known.frames
            while taken > 1 and taken % 4 != 1:
                taken -= 1
        width, height = int(flags["--width"]), int(flags["--height"])
        items.append(Loaded(path, row["prompt"], tuple(range(taken)), width, height))
    return items


MUSUBI_GENERAL = {
    "caption_extension": str,
    "batch_size": int,
    "num_repeats": int,
    "resolution": list,
    "enable_bucket": bool,
    "bucket_no_upscale": bool,
}
MUSUBI_VIDEO = {
    "video_directory": str,
    "video_jsonl_file": str,
    "control_directory": str,
    "target_frames": list,
    "frame_extraction": str,
    "frame_stride": int,
    "frame_sample": int,
    "max_frames": int,
    "cache_directory": str,
    "source_fps": float,
}
MUSUBI_IMAGE = {"image_directory": str, "image_jsonl_file": str, "cache_directory": str, "control_directory": str}


def musubi(config: Path, cwd: Path) -> list[Loaded]:
    """kohya-ss/musubi-tuner, dataset/config_utils.py (keys and types, defaults), image_video_dataset.py (VideoDataset,
    extraction head) and datasources.py (JSONL: every line parsed, paths opened as they are)."""
    data = tomllib.loads(config.read_text(encoding="utf-8"))
    assert set(data) <= {"general", "datasets"}
    general = data.get("general", {})
    _typed(general, MUSUBI_GENERAL)
    caches = [one["cache_directory"] for one in data["datasets"]]
    assert len(set(caches)) == len(caches), "each data set needs a cache of its own"
    items = []
    for one in data["datasets"]:
        kind = "video" if "video_jsonl_file" in one or "video_directory" in one else "image"
        _typed(one, {**MUSUBI_GENERAL, **(MUSUBI_VIDEO if kind == "video" else MUSUBI_IMAGE)})
        targets = sorted({(asked - 1) // 4 * 4 + 1 for asked in one.get("target_frames", [1])})
        assert kind == "image" or one.get("frame_extraction", "head") == "head"
        with (cwd / one[f"{kind}_jsonl_file"]).open(encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        for row in rows:
            path = cwd / row[f"{kind}_path"]
            known = facts_of(path)
            assert "source_fps" not in one
            width, height = _musubi_bucket(known, general["resolution"])
            items += [
                Loaded(path, row["caption"], tuple(range(target)), width, height)
                for target in targets
                if known.frames >= target
            ]
    return items


def _typed(table: dict[str, Any], keys: dict[str, type]) -> None:
    """voluptuous refuses other keys and types; a whole number is no float there, a truth no whole number here."""
    for key, value in table.items():
        assert type(value) is keys[key], f"{key} = {value!r}"


def _musubi_bucket(known: Facts, resolution: list[int]) -> tuple[int, int]:
    """dataset/bucket.py, BucketSelector with its 16 steps for Wan."""
    area = resolution[0] * resolution[1]
    side = int(math.sqrt(area))
    sizes = set()
    for width in range(side // 2 // 16 * 16, side + 16, 16):
        height = area // width // 16 * 16
        sizes |= {(width, height), (height, width)}
    return min(sorted(sizes), key=lambda size: abs(size[0] / size[1] - known.width / known.height))


def diffusion_pipe(config: Path, cwd: Path, framerate: int, step: int) -> list[Loaded]:
    """tdrussell/diffusion-pipe, utils/dataset.py (DirectoryDataset, ARBucketDataset) and models/base.py
    (PreprocessMediaFile): every file but texts and JSON is media; captions.json goes before .txt; no caption, too short or
    unreadable is skipped."""
    data = tomllib.loads(config.read_text(encoding="utf-8"))
    items = []
    for directory in data["directory"]:
        folder = cwd / directory["path"]
        assert folder.is_dir()
        captions = folder / "captions.json"
        named = json.loads(captions.read_text(encoding="utf-8")) if captions.exists() else None
        for path in sorted(folder.glob("*")):
            if not path.is_file() or path.suffix in (".txt", ".npz", ".json", ".parquet", ".bak", ".db"):
                continue
            text = path.with_suffix(".txt")
            found = named.get(path.name) if named is not None else [text.read_text().strip()] if text.exists() else None
            if found is None:
                continue
            assert isinstance(found, list)
            known = facts_of(path)
            is_video = path.suffix == ".mp4"
            frames = int(known.frames * framerate / float(known.rate)) if is_video else 1
            buckets = sorted({*data.get("frame_buckets", [1]), 1})
            bucket = max((one for one in buckets if one <= frames), default=None)
            if bucket is None or (frames > 1 and bucket == 1):
                continue
            size = _pipe_size(data, known, step)
            taken = tuple(int(place) for place in _linspace(known.frames - 1, frames))[:bucket]
            items += [Loaded(path, caption, taken, *size) for caption in found]
    return items


def _linspace(end: int, number: int) -> list[float]:
    return [end * place / (number - 1) for place in range(number)] if number > 1 else [0.0]


def _pipe_size(data: dict[str, Any], known: Facts, step: int) -> tuple[int, int]:
    ratios = [1.0]
    if data.get("enable_ar_bucket", False):
        if "ar_buckets" in data:
            ratios = [one[0] / one[1] if isinstance(one, list) else one for one in data["ar_buckets"]]
        else:
            least, most, number = data["min_ar"], data["max_ar"], data["num_ar_buckets"]
            ratios = [least * (most / least) ** (place / (number - 1)) for place in range(number)]
    ratios = sorted({round(one, 3) for one in ratios})
    ratio = min(ratios, key=lambda one: abs(math.log(one) - math.log(known.width / known.height)))
    (resolution,) = {
        round(math.sqrt(one[0] * one[1]), 3) if isinstance(one, list) else one for one in data["resolutions"]
    }
    width = math.sqrt(resolution**2 * ratio)
    height = resolution**2 / width
    return round(width / step) * step, round(height / step) * step


HUB_NAME = re.compile(r"^(\b[\w\-.]+\b/)?\b[\w\-.]{1,96}\b$")
"""huggingface_hub, utils/_validators.py: what may be the name of a data set on the Hub."""


def video_folder(folder: Path, kind: str = "video") -> list[tuple[Path, dict[str, Any]]]:
    """huggingface/datasets, packaged_modules/folder_based_builder: one kind of metadata file, equal columns in all rows, a
    text file_name relative to it."""
    metadata = [path for path in folder.rglob("metadata.*") if path.suffix in (".csv", ".jsonl", ".parquet")]
    (file,) = metadata
    assert file.suffix == ".jsonl"
    with file.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    columns = set(rows[0])
    found = []
    for row in rows:
        assert set(row) == columns and isinstance(row["file_name"], str)
        assert kind not in row, "the column of the media is made of file_name"
        path = file.parent / row["file_name"]
        assert path.is_file() and path.resolve().is_relative_to(folder.resolve())
        found.append((path, {key: value for key, value in row.items() if key != "file_name"}))
    return found


def finetrainers(config: Path, cwd: Path) -> list[Loaded]:
    """a-r-r-o-w/finetrainers, trainer/sft_trainer/trainer.py and data/dataset.py: a data_root that may be a name on the Hub is
    asked for there; exactly one metadata file makes it a VideoFolder, in which a column is called caption; functional/video.py:
    the largest bucket that fits, thinned out evenly."""
    items = []
    for one in json.loads(config.read_text(encoding="utf-8"))["datasets"]:
        kind = one["dataset_type"]
        assert not HUB_NAME.match(one["data_root"])
        assert one["reshape_mode"] in ("center_crop", "resize_crop", "bicubic")
        root = cwd / one["data_root"]
        assert len([name for name in ("json", "jsonl", "csv") if (root / f"metadata.{name}").exists()]) == 1
        for path, row in video_folder(root, kind):
            known = facts_of(path)
            if kind == "image":
                ((height, width),) = one["image_resolution_buckets"]
                items.append(Loaded(path, row["caption"], (0,), width, height))
                continue
            buckets = one["video_resolution_buckets"]
            fits = [bucket for bucket in buckets if bucket[0] <= known.frames]
            best = (
                max(fits, key=lambda bucket: bucket[0])
                if fits
                else min(buckets, key=lambda bucket: abs(bucket[0] - known.frames))
            )
            taken = range(known.frames)
            if known.frames > best[0]:
                taken = [int(place) for place in _linspace(known.frames - 1, best[0])]  # type: ignore[assignment]
            items.append(Loaded(path, row["caption"], tuple(taken), best[2], best[1]))
    return items


def ai_toolkit(config: Path, environment: dict[str, str], divisibility: int) -> list[Loaded]:
    """ostris/ai-toolkit, toolkit/config.py (variables filled into the text), data_loader.py (media below the folder),
    dataloader_mixins.py (captions, which frames, buckets) and buckets.py; config_modules.py for the defaults."""

    def value(match: re.Match[str]) -> str:
        return environment[match.group(1)]

    data = yaml.safe_load(re.sub(r"\$\{([^}]+)\}", value, config.read_text(encoding="utf-8")))
    assert data["job"] == "extension" and data["config"]["name"]
    (process,) = data["config"]["process"]
    items = []
    for one in process["datasets"]:
        number = one.get("num_frames", 1)
        endings = (".mp4", ".png", ".jpg", ".jpeg", ".webp") if number > 1 else (".png", ".jpg", ".jpeg", ".webp")
        paths = sorted(
            path
            for path in Path(one["folder_path"]).rglob("*")
            if path.is_file() and path.name.endswith(endings) and not path.name.startswith(".")
        )
        assert paths, f"no media in {one['folder_path']}"
        extension = f".{one.get('caption_ext', '.txt').removeprefix('.')}"
        for path in paths:
            text = path.with_suffix(extension)
            caption = text.read_text(encoding="utf-8").strip() if text.exists() else ""
            known = facts_of(path)
            (side,) = one["resolution"]
            size = _toolkit_bucket(known.width, known.height, side, divisibility)
            items.append(Loaded(path, caption, _toolkit_frames(known, number, one), *size))
    return items


def _toolkit_frames(known: Facts, number: int, one: dict[str, Any]) -> tuple[int, ...]:
    last = known.frames - 1
    step = last / (number - 1) if number > 1 else 0
    stretched = tuple(min(round(place * step), last) for place in range(number))
    if one.get("shrink_video_to_frames", True) or known.frames < number:
        return stretched
    interval = max(1, round(float(known.rate) / one.get("fps", 24)))
    if known.frames // interval < number:
        return stretched
    # It begins at a random frame of these.
    starts = range(max(0, last - (number - 1) * interval) + 1)
    return tuple(starts[-1] + place * interval for place in range(number))


def _toolkit_bucket(width: int, height: int, side: int, divisibility: int) -> tuple[int, int]:
    target = min(width * height, side * side)
    scale = (target / (width * height)) ** 0.5
    wide, tall = width * scale / divisibility, height * scale / divisibility
    sizes = [
        (one * divisibility, other * divisibility)
        for one in (math.floor(wide), math.ceil(wide))
        for other in (math.floor(tall), math.ceil(tall))
    ]
    fits = [size for size in sizes if size[0] > 0 and size[1] > 0 and size[0] * size[1] <= side * side]
    return min(fits, key=lambda size: abs(size[0] * size[1] - target))
