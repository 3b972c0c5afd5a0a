"""The README of a package: what is in it and how a trainer loads it, for whoever gets only this folder."""

from __future__ import annotations

from typing import Any

from reelwright.facts import facts
from reelwright.packages.models import MODELS
from reelwright.spec.model import Package, TrainerName


def _where(name: str, trainer: TrainerName) -> str:
    """How a trainer is launched on the package, or the folder that a loader is given."""
    if trainer in ("videofolder", "imagefolder"):
        return f'`load_dataset("{trainer}", data_dir="{name}/trainers/{trainer}")`'
    if trainer == "webdataset":
        return f'`WebDataset("{name}/trainers/webdataset/{name}-000000.tar")`'
    return f"`bash {name}/trainers/{trainer}.sh`"


def _stills_readme(name: str, settings: Package, summary: dict[str, Any], captions: str, exports: str) -> str:
    width, height = settings.size
    episodes = "\n".join(f"| {episode} | {facts['rows']} |" for episode, facts in summary["episodes"].items())
    return f"""# {name}

A training package of stills for {MODELS[settings.model].repository}: {summary["rows"]} images of {width}x{height} pixels, PNG,
each the sharpest frame of a clip with the clip's caption. Captions: {captions}.

| episode | images |
|---|---|
{episodes}

## What is here

| file | what |
|---|---|
| `metadata.jsonl` | one row a line: `image` and `video` (the same path, by the name that a trainer asks for), `prompt`... |
| `media/` | the images, fitted from the masters' own frames |
| `trainers/` | what each trainer needs besides: see below |
| `PROVENANCE.json` | for each row: its licensed master, by sha256, the frame (`frames_taken`) and span, its caption's origin |
| `summary.json` | counts, and the usable clips that were dropped, each with its reason |
| `preflight.json`, `preflight.csv` | present once every image was opened and found right; what each trainer would do to it |

## How to load it

| trainer | how | what it reads |
|---|---|---|
{exports}

The media is read-only and its sha256 is in `PROVENANCE.json`: after any change, the preflight refuses the row.
"""


def readme(name: str, settings: Package, summary: dict[str, Any]) -> str:
    """The text of ``README.md``; ``summary`` is that of ``summary.json``."""
    model = MODELS[settings.model]
    width, height = settings.size
    episodes = "\n".join(
        f"| {episode} | {facts['rows']} | {facts['frames'] / model.rate:.1f} |"
        for episode, facts in summary["episodes"].items()
    )
    buckets = ", ".join(f"{times} of {count}" for count, times in summary["buckets"].items())
    captions = ", ".join(f"{times} {source}" for source, times in summary["captions"].items())
    exports = "\n".join(
        f"| {facts().trainers[trainer].title} | {_where(name, trainer)} | {facts().trainers[trainer].form} |"
        for trainer in settings.trainers
    )
    if settings.stills is not None:
        return _stills_readme(name, settings, summary, captions, exports)
    repository, rate, largest = model.repository, model.rate, max(int(count) for count in summary["buckets"])
    return f"""# {name}

A training package for {repository}: {summary["rows"]} video rows, {summary["seconds"]:.1f} s in all,
{width}x{height} pixels, {rate} frames a second, H.264. Rows by frame count: {buckets}. Captions: {captions}.

| episode | rows | seconds |
|---|---|---|
{episodes}

## What is here

| file | what |
|---|---|
| `metadata.jsonl` | one row a line: `video` (relative path), `prompt`, and what the row is |
| `media/` | the videos, encoded from the masters and retimed to {rate} frames a second by time stamps |
| `trainers/` | what each trainer needs besides: see below |
| `PROVENANCE.json` | for each row: its licensed master, by sha256, the source frames it shows, its caption's origin |
| `summary.json` | counts, and the usable clips that were dropped, each with its reason |
| `preflight.json`, `preflight.csv` | present once every row was opened and found right; what each trainer would do to it |

## How to load it

| trainer | how | what it reads |
|---|---|---|
{exports}

The scripts are run in a checkout of the trainer; those that need arguments say which. Everything here is relative, so
the folder may be moved (trainers write caches below `trainers/`: move it before, or delete them).
By hand, give DiffSynth-Studio's trainer this folder as `--dataset_base_path`, its `metadata.jsonl` as
`--dataset_metadata_path`, and `--width {width} --height {height} --num_frames {largest}`; it takes a shorter row as it is,
since each has 4n+1 frames. Other loaders: the rate is the model's already, so take frames as they are, resample nothing.

The media is read-only and its sha256 is in `PROVENANCE.json`: after any change, the preflight refuses the row.
"""
