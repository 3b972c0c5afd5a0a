"""ai-toolkit: its YAML with a dataset for each frame count, and folders with the clips and a text beside each."""

from __future__ import annotations

import json
import math
from pathlib import Path

from reelwright.facts import facts
from reelwright.files import write_text
from reelwright.packages.trainers.contents import Contents, Part, link_media, script_head, write_script


def _dataset(contents: Contents, part: Part) -> str:
    # A square's side, in whole pixels: the smallest that doesn't shrink the media.
    side = math.ceil(math.sqrt(contents.width * contents.height))
    count = part.frames
    repeats = f"          num_repeats: {part.repeats}\n" if part.repeats > 1 else ""
    cut = f"          shrink_video_to_frames: false\n          fps: {contents.model.rate}\n" if count > 1 else ""
    return f"""        - folder_path: "${{PACKAGE}}/trainers/ai-toolkit/media_{part.label}"
          caption_ext: "txt"
          num_frames: {count}
{repeats}{cut}          resolution: [{side}]
          cache_latents_to_disk: true
"""


def config_yaml(contents: Contents) -> str:
    """The text of ``config.yaml``, a skeleton after the trainer's example; it fills in what stands as ``${NAME}`` itself."""
    arch = facts().trainers["ai-toolkit"].models[contents.model_name].arch
    datasets = "".join(_dataset(contents, part) for part in contents.parts)
    experts = [expert.name for expert in contents.model.experts if expert.name]
    switch = "        switch_boundary_every: 10\n" if experts else ""
    both = "".join(f"          train_{name}: true\n" for name in experts)
    return f"""job: extension
config:
  name: {json.dumps(contents.name)}
  process:
    - type: sd_trainer
      training_folder: "${{OUTPUT}}"
      device: cuda:0
      network:
        type: lora
        linear: 32
        linear_alpha: 32
      save:
        dtype: float16
        save_every: 250
        max_step_saves_to_keep: 4
      datasets:
{datasets}      train:
        batch_size: 1
        steps: 2000
        gradient_accumulation: 1
        train_unet: true
        train_text_encoder: false
        gradient_checkpointing: true
        noise_scheduler: flowmatch
        timestep_type: linear
        optimizer: adamw8bit
        lr: 0.0001
        dtype: bf16
        cache_text_embeddings: true
        disable_sampling: true
{switch}      model:
        name_or_path: {json.dumps(contents.model.diffusers)}
        arch: {arch}
        quantize: true
        quantize_te: true
        low_vram: true
{f"        model_kwargs:{chr(10)}{both}" if both else ""}meta:
  name: "[name]"
  version: "1.0"
"""


def _script(contents: Contents) -> str:
    return f"""{script_head(contents, "ai-toolkit", "ai-toolkit.sh", "[folder for the LoRA]")}
OUTPUT="$(realpath -m "${{1:-output}}")"
export PACKAGE OUTPUT

python "$TRAINER/run.py" "$PACKAGE/trainers/ai-toolkit/config.yaml"
"""


def export_ai_toolkit(contents: Contents, package: Path) -> None:
    """Write ``trainers/ai-toolkit/``: ``media_<frames>/`` with clips and captions, ``config.yaml``; and the launch script."""
    folder = package / "trainers" / "ai-toolkit"
    for part in contents.parts:
        place = folder / f"media_{part.label}"
        link_media(part.items, package, place)
        for item in part.items:
            write_text(place / f"{item.name}.txt", f"{item.prompt}\n")
    write_text(folder / "config.yaml", config_yaml(contents))
    write_script(folder.with_name("ai-toolkit.sh"), _script(contents))
