"""finetrainers: a VideoFolder whose column of prompts is called caption, and ``training.json`` with the buckets."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from reelwright.files import write_json
from reelwright.packages.trainers.contents import Contents, script_head, write_script
from reelwright.packages.trainers.folders import write_folder


def training_json(contents: Contents) -> dict[str, Any]:
    """The dataset config, whose path is relative to its folder, in which the launch script runs the trainer."""
    size = [contents.height, contents.width]
    buckets = [[count, *size] for count in contents.counts] if contents.kind == "video" else [size]
    return {
        "datasets": [
            {
                # A bare name might be a data set's on the Hub, which would be loaded instead.
                "data_root": "./media",
                "dataset_type": contents.kind,
                f"{contents.kind}_resolution_buckets": buckets,
                "reshape_mode": "resize_crop",
                "remove_common_llm_caption_prefixes": False,
            }
        ]
    }


def _script(contents: Contents) -> str:
    return f"""{script_head(contents, "finetrainers", "finetrainers.sh", "MODEL [folder for the LoRA]")}
# MODEL is a checkpoint in the form of Diffusers: a folder, or a name on the Hub.
MODEL="${{1:?a checkpoint in the form of Diffusers}}"
OUTPUT="$(realpath -m "${{2:-models/train/{contents.name}}}")"
if [ -e "$MODEL" ]; then MODEL="$(realpath "$MODEL")"; fi
cd "$PACKAGE/trainers/finetrainers"

torchrun --standalone --nnodes=1 --nproc_per_node=1 "$TRAINER/train.py" \\
  --parallel_backend ptd --model_name wan --pretrained_model_name_or_path "$MODEL" \\
  --dataset_config training.json --enable_precomputation --precomputation_items {len(contents.items)} \\
  --training_type lora --rank 32 --lora_alpha 32 --target_modules "blocks.*(to_q|to_k|to_v|to_out.0)" \\
  --batch_size 1 --train_steps 3000 --gradient_checkpointing --checkpointing_steps 500 --seed 42 \\
  --flow_weighting_scheme logit_normal --optimizer adamw --lr 5e-5 --output_dir "$OUTPUT"
"""


def export_finetrainers(contents: Contents, package: Path) -> None:
    """Write ``trainers/finetrainers/``: the folder ``media/`` and ``training.json``; and the launch script."""
    folder = package / "trainers" / "finetrainers"
    bare = [dataclasses.replace(item, fields={}) for item in contents.items]
    write_folder(dataclasses.replace(contents, items=bare), package, folder / "media", "caption")
    write_json(folder / "training.json", training_json(contents))
    write_script(folder.with_name("finetrainers.sh"), _script(contents))
