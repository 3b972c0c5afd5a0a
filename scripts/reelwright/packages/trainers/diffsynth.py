"""DiffSynth-Studio reads the package's own files: its export is the launch of its example trainer.

Flags and values are those of its LoRA examples (``examples/wanvideo/model_training/lora``), except sizes and counts.
"""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from pathlib import Path

from reelwright.facts import Expert, Model, facts
from reelwright.files import write_jsonl
from reelwright.packages.models import MODELS
from reelwright.packages.showing import FLOOR
from reelwright.packages.trainers.contents import Contents, write_script
from reelwright.spec.model import Package

ROWS, REPEATED = "metadata.jsonl", "trainers/diffsynth/rows.jsonl"
"""The rows, below the package: its own, and those of a package that repeats some of them."""

STEPS_PER_EPOCH = 100
"""The dataset is repeated until an epoch has at least so many steps (the examples: one video, 100 times)."""


def launch_commands(settings: Package, frame_counts: Sequence[int], dataset: str, output: str) -> list[list[str]]:
    """One command (a list of words) for each training run: A14B models need two, one an expert.

    ``frame_counts`` are those of the package's rows. The trainer cuts a row to the largest 4n+1 that it holds, so the
    largest count serves all. ``dataset`` is the package's folder, ``output`` the folder for the LoRA weights.
    """
    return _commands(MODELS[settings.model], _size(*settings.size), frame_counts, dataset, output, ROWS)


def _size(width: int, height: int) -> list[tuple[str, str]]:
    return [("height", str(height)), ("width", str(width))]


def _commands(
    model: Model, size: list[tuple[str, str]], frame_counts: Sequence[int], dataset: str, output: str, rows: str
) -> list[list[str]]:
    return [_command(model, expert, size, frame_counts, dataset, output, rows) for expert in model.experts]


def _command(
    model: Model,
    expert: Expert,
    size: list[tuple[str, str]],
    frame_counts: Sequence[int],
    dataset: str,
    output: str,
    rows: str,
) -> list[str]:
    files = [expert.weights, model.text_encoder, model.vae]
    values = [
        ("dataset_base_path", dataset),
        ("dataset_metadata_path", f"{dataset}/{rows}"),
        *size,
        ("num_frames", str(max(frame_counts))),
        ("dataset_repeat", str(math.ceil(STEPS_PER_EPOCH / len(frame_counts)))),
        ("model_id_with_origin_paths", ",".join(f"{model.repository}:{file}" for file in files)),
        ("output_path", f"{output}/{expert.name}_lora" if expert.name else f"{output}/lora"),
        *facts().trainers["diffsynth"].flags.items(),
    ]
    if model.takes_image:
        values.append(("extra_inputs", "input_image"))
    if expert.boundary:
        values += [("max_timestep_boundary", expert.boundary[0]), ("min_timestep_boundary", expert.boundary[1])]
    words = ["accelerate", "launch", "examples/wanvideo/model_training/train.py"]
    return words + [word for key, value in values for word in (f"--{key}", value)]


def _repeated(contents: Contents) -> bool:
    return any(item.repeats > 1 for item in contents.items)


def diffsynth_script(contents: Contents) -> str:
    """The text of ``trainers/diffsynth.sh``: run in a checkout of DiffSynth-Studio, it finds the package itself."""
    model, size = contents.model, _size(contents.width, contents.height)
    if not contents.fixed and model.step <= FLOOR:
        size = [("max_pixels", str(contents.width * contents.height))]
    counts = [item.frames for item in contents.items for _ in range(item.repeats)]
    rows = REPEATED if _repeated(contents) else ROWS
    blocks = []
    for words in _commands(model, size, counts, "$PACKAGE", "$OUTPUT", rows):
        head, options = words[:3], words[3:]
        pairs = [f"  {key} {_quoted(value)}" for key, value in zip(options[::2], options[1::2], strict=True)]
        blocks.append(" \\\n".join([" ".join(head), *pairs]))
    name = contents.name
    return f"""#!/usr/bin/env bash
# Trains a LoRA of {model.repository} on the package {name}.
# Run in a checkout of DiffSynth-Studio: bash {name}/trainers/diffsynth.sh [folder for the weights]
set -euo pipefail
PACKAGE="$(cd "$(dirname "${{BASH_SOURCE[0]}}")/.." && pwd)"
OUTPUT="${{1:-models/train/{name}}}"

{(chr(10) * 2).join(blocks)}
"""


def _quoted(value: str) -> str:
    # Double quotes where the shell must fill in $PACKAGE or $OUTPUT.
    return f'"{value}"' if value.startswith("$") else shlex.quote(value)


def export_diffsynth(contents: Contents, package: Path) -> None:
    """Write ``trainers/diffsynth.sh``; the rows are those of the package's ``metadata.jsonl``.

    Where rows are repeated, in files of its own a row stands as often as it is drawn: it knows repeats of all rows alone.

    For pictures a row of it names its file under ``video`` too: the Wan trainer looks at nothing else, and takes one there.
    """
    if _repeated(contents):
        rows = [{"video": item.media, "prompt": item.prompt} for item in contents.items for _ in range(item.repeats)]
        write_jsonl(package / REPEATED, rows)
    write_script(package / "trainers" / "diffsynth.sh", diffsynth_script(contents))
