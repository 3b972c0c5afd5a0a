"""How a package is trained: the launch commands of DiffSynth-Studio, for its own example trainer.

Flags and values are those of its LoRA examples (``examples/wanvideo/model_training/lora``), except sizes and counts.
"""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence

from reelwright.packages.models import MODELS, Expert, Model
from reelwright.spec.model import Package

STEPS_PER_EPOCH = 100
"""The dataset is repeated until an epoch has at least so many steps (the examples: one video, 100 times)."""


def launch_commands(settings: Package, frame_counts: Sequence[int], dataset: str, output: str) -> list[list[str]]:
    """One command (a list of words) for each training run: A14B models need two, one an expert.

    ``frame_counts`` are those of the package's rows. The trainer cuts a row to the largest 4n+1 that it holds, so the
    largest count serves all. ``dataset`` is the package's folder, ``output`` the folder for the LoRA weights.
    """
    model = MODELS[settings.model]
    return [_command(model, expert, settings, frame_counts, dataset, output) for expert in model.experts]


def _command(
    model: Model, expert: Expert, settings: Package, frame_counts: Sequence[int], dataset: str, output: str
) -> list[str]:
    width, height = settings.size
    files = [expert.weights, "models_t5_umt5-xxl-enc-bf16.pth", model.vae]
    values: list[tuple[str, str]] = [
        ("dataset_base_path", dataset),
        ("dataset_metadata_path", f"{dataset}/metadata.jsonl"),
        ("height", str(height)),
        ("width", str(width)),
        ("num_frames", str(max(frame_counts))),
        ("dataset_repeat", str(math.ceil(STEPS_PER_EPOCH / len(frame_counts)))),
        ("model_id_with_origin_paths", ",".join(f"{model.repository}:{file}" for file in files)),
        ("learning_rate", "1e-4"),
        ("num_epochs", "5"),
        ("remove_prefix_in_ckpt", "pipe.dit."),
        ("output_path", f"{output}/{expert.name}_lora" if expert.name else f"{output}/lora"),
        ("lora_base_model", "dit"),
        ("lora_target_modules", "q,k,v,o,ffn.0,ffn.2"),
        ("lora_rank", "32"),
    ]
    if model.takes_image:
        values.append(("extra_inputs", "input_image"))
    if expert.boundary:
        values += [("max_timestep_boundary", expert.boundary[0]), ("min_timestep_boundary", expert.boundary[1])]
    words = ["accelerate", "launch", "examples/wanvideo/model_training/train.py"]
    return words + [word for key, value in values for word in (f"--{key}", value)]


def diffsynth_script(name: str, settings: Package, frame_counts: Sequence[int]) -> str:
    """The text of ``trainers/diffsynth.sh``: run in a checkout of DiffSynth-Studio, it finds the package itself."""
    blocks = []
    for words in launch_commands(settings, frame_counts, "$PACKAGE", "$OUTPUT"):
        head, options = words[:3], words[3:]
        pairs = [f"  {key} {_quoted(value)}" for key, value in zip(options[::2], options[1::2], strict=True)]
        blocks.append(" \\\n".join([" ".join(head), *pairs]))
    return f"""#!/usr/bin/env bash
# Trains a LoRA of {MODELS[settings.model].repository} on the package {name}.
# Run in a checkout of DiffSynth-Studio: bash {name}/trainers/diffsynth.sh [folder for the weights]
set -euo pipefail
PACKAGE="$(cd "$(dirname "${{BASH_SOURCE[0]}}")/.." && pwd)"
OUTPUT="${{1:-models/train/{name}}}"

{(chr(10) * 2).join(blocks)}
"""


def _quoted(value: str) -> str:
    # Double quotes where the shell must fill in $PACKAGE or $OUTPUT.
    return f'"{value}"' if value.startswith("$") else shlex.quote(value)
