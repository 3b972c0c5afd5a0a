"""Run by the Python of `.venv-loaders` (`make loaders`): loads an export by the trainer's or format's own code.

    python own_loaders.py LOADER EXPORT [KEY=VALUE ...]

prints a JSON list with what each item is: ``prompt``, and ``frames``, ``width`` and ``height`` where its pictures are decoded.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import json
import sys
import sysconfig
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

Items = list[dict[str, Any]]


def bare(*names: str) -> None:
    """Make packages importable without their ``__init__``: those import whole models, of which a loader needs nothing."""
    for name in names:
        spec = importlib.machinery.ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [str(Path(sysconfig.get_path("purelib"), *name.split(".")))]
        sys.modules[name] = importlib.util.module_from_spec(spec)


def without_compiled_torchvision() -> None:
    """Let torchvision be imported beside a PyTorch for CPUs, without its compiled operators: loaders use none."""
    sys.modules["torchvision._meta_registrations"] = ModuleType("torchvision._meta_registrations")


def diffsynth(metadata: str, *, base: str, **size: str) -> Items:
    """DiffSynth-Studio's UnifiedDataset, as its Wan trainer makes it (examples/wanvideo/model_training/train.py)."""
    without_compiled_torchvision()
    bare("diffsynth", "diffsynth.core")
    from diffsynth.core.data.unified_dataset import UnifiedDataset

    flags = {name: int(value) for name, value in size.items()}
    operator = UnifiedDataset.default_video_operator(
        base_path=base, height_division_factor=16, width_division_factor=16, **flags
    )
    loaded = UnifiedDataset(base, metadata, repeat=1, data_file_keys=("video",), main_data_operator=operator)
    rows = [loaded[number] for number in range(len(loaded))]
    return [
        {"prompt": row["prompt"], "frames": len(row["video"]), "sizes": sorted({one.size for one in row["video"]})}
        for row in rows
    ]


def finetrainers(config: str) -> Items:
    """finetrainers' data sets, as its trainer makes them of a dataset config, whose paths are relative to its folder."""
    without_compiled_torchvision()
    import torchvision.io

    # What later versions of torchvision lack and the loader compares types with.
    torchvision.io.video_reader = SimpleNamespace(VideoReader=type("VideoReader", (), {}))
    bare("wandb", "finetrainers")
    from finetrainers.data.dataset import initialize_dataset, wrap_iterable_dataset_for_preprocessing

    items = []
    for one in json.loads(Path(config).read_text())["datasets"]:
        root, kind = Path(config).parent / one.pop("data_root"), one.pop("dataset_type")
        rows = wrap_iterable_dataset_for_preprocessing(initialize_dataset(str(root), kind), kind, one)
        for row in rows:
            *_, height, width = row[kind].shape
            items.append({"prompt": row["caption"], "frames": row[kind].shape[0], "sizes": [[width, height]]})
    return items


def videofolder(folder: str) -> Items:
    """Hugging Face datasets."""
    from datasets import Video, load_dataset

    rows = load_dataset("videofolder", data_dir=folder, split="train").cast_column("video", Video(decode=False))
    return [{"prompt": row["prompt"], "media": Path(row["video"]["path"]).name} for row in rows]


def imagefolder(folder: str) -> Items:
    """Hugging Face datasets."""
    from datasets import load_dataset

    rows = load_dataset("imagefolder", data_dir=folder, split="train")
    return [{"prompt": row["prompt"], "sizes": [list(row["image"].size)]} for row in rows]


def webdataset(shard: str) -> Items:
    """The library of that name."""
    import hashlib

    from webdataset import WebDataset

    return [
        {"media": f"{row['__key__']}.mp4", "sha256": hashlib.sha256(row["mp4"]).hexdigest(), **json.loads(row["json"])}
        for row in WebDataset(shard, shardshuffle=False)
    ]


def croissant(file: str) -> Items:
    """mlcroissant, which must find no error either."""
    from mlcroissant import Dataset

    described = Dataset(jsonld=file)
    assert not described.metadata.issues.errors, described.metadata.issues.errors
    return [
        {key.removeprefix("rows/"): cell.decode() if isinstance(cell, bytes) else cell for key, cell in row.items()}
        for row in described.records("rows")
    ]


if __name__ == "__main__":
    loader, export, *words = sys.argv[1:]
    options = dict(word.split("=", 1) for word in words)
    found = globals()[loader](export, **options)
    print(json.dumps(found, default=int))
