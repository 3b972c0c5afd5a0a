"""The forms in which trainers take images: DiffSynth-Studio, ImageFolder, ai-toolkit, musubi-tuner.

Only whole repeats are weights that every trainer knows: where a form has none, a row stands there as often as it is repeated.
Read in DiffSynth-Studio (fed7b18, unified_dataset.py), ai-toolkit (27a03a9, data_loader.py), musubi-tuner (30c658c,
docs/dataset_config.md) and datasets' ImageFolder.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from reelwright.files import write_jsonl, write_text
from reelwright.store import link

PLACE = "PACKAGE"
"""What stands for the package's folder in configs of trainers that run elsewhere."""

HINT = f'# Put the path of this package in the place of {PLACE}:  sed "s|{PLACE}|$(pwd)|" FILE > my-FILE'


@dataclass(frozen=True)
class Image:
    """One image of a package."""

    image_id: str
    path: str
    """Below the package."""
    caption: str
    repeats: int
    """Times that it is drawn in an epoch."""
    weight: float
    """Share of the draws."""


def write_forms(package: Path, images: Sequence[Image]) -> None:
    """Write all forms below the folder ``package``, in which the images lie."""
    diffsynth(package, images)
    image_folder(package, images)
    folders = repeat_folders(package, images)
    write_text(package / "trainers" / "ai-toolkit.yaml", ai_toolkit(folders))
    write_text(package / "trainers" / "musubi.toml", musubi(folders))


def diffsynth(package: Path, images: Sequence[Image]) -> None:
    """``trainers/diffsynth.jsonl``: rows for Wan, which takes an image for a video of one frame, each as often as it is drawn.

    DiffSynth-Studio knows repeats of a whole dataset only. Image models take ``metadata.jsonl`` by its key ``image``.
    """
    rows = [{"video": one.path, "prompt": one.caption} for one in images for _ in range(one.repeats)]
    write_jsonl(package / "trainers" / "diffsynth.jsonl", rows)


def image_folder(package: Path, images: Sequence[Image]) -> None:
    """``media/metadata.jsonl``: what ``load_dataset("imagefolder", data_dir="media")`` reads, each image once.

    The folder of images is the data set's own, so that nothing else in the package is taken for a part of it.
    """
    rows = [
        {"file_name": PurePosixPath(one.path).name, "text": one.caption, "weight": one.weight, "repeats": one.repeats}
        for one in images
    ]
    write_jsonl(package / "media" / "metadata.jsonl", rows)


def repeat_folders(package: Path, images: Sequence[Image]) -> dict[int, str]:
    """``trainers/repeats/x<NN>/``: the images that are repeated so often, each with its caption; by the number of repeats."""
    groups: dict[int, list[Image]] = defaultdict(list)
    for one in images:
        groups[one.repeats].append(one)
    folders = {}
    for repeats, several in sorted(groups.items()):
        folder = f"trainers/repeats/x{repeats:02d}"
        folders[repeats] = folder
        for one in several:
            target = package / folder / PurePosixPath(one.path).name
            link(package / one.path, target)
            write_text(target.with_suffix(".txt"), one.caption + "\n")
    return folders


def ai_toolkit(folders: dict[int, str]) -> str:
    """``trainers/ai-toolkit.yaml``: the part ``datasets`` of a config, one a number of repeats."""
    lines = [HINT.replace("FILE", "ai-toolkit.yaml"), "datasets:"]
    for repeats, folder in folders.items():
        lines += [
            f"  - folder_path: {json.dumps(f'{PLACE}/{folder}')}",
            "    caption_ext: txt",
            "    num_frames: 1",
            f"    num_repeats: {repeats}",
            "    cache_latents_to_disk: true",
        ]
    return "\n".join(lines) + "\n"


def musubi(folders: dict[int, str]) -> str:
    """``trainers/musubi.toml``: a dataset config, one image dataset a number of repeats."""
    lines = [
        HINT.replace("FILE", "musubi.toml"),
        "[general]",
        'caption_extension = ".txt"',
        "batch_size = 1",
        "enable_bucket = true",
        "bucket_no_upscale = true",
    ]
    for repeats, folder in folders.items():
        lines += [
            "",
            "[[datasets]]",
            f"image_directory = {json.dumps(f'{PLACE}/{folder}')}",
            f"cache_directory = {json.dumps(f'{PLACE}/cache/x{repeats:02d}')}",
            f"num_repeats = {repeats}",
        ]
    return "\n".join(lines) + "\n"
