"""diffusion-pipe: a dataset TOML over a folder with the clips and their captions, and a training TOML for each expert."""

from __future__ import annotations

from pathlib import Path

from reelwright.facts import Expert
from reelwright.files import write_json, write_text
from reelwright.packages.showing import SHAPES
from reelwright.packages.trainers.contents import Contents, link_media, script_head, toml_lines, write_script


def dataset_toml(contents: Contents) -> str:
    """The text of ``dataset.toml``; its path is relative to its folder, in which the launch script runs the trainer."""
    size = [contents.width, contents.height]
    several = dict(zip(("min_ar", "max_ar", "num_ar_buckets"), SHAPES, strict=True))
    shapes = {"ar_buckets": [size]} if contents.fixed else several
    counts = list(contents.counts)
    head = toml_lines(resolutions=[size], enable_ar_bucket=True, **shapes, frame_buckets=counts)
    return f"{head}\n[[directory]]\n{toml_lines(path='media', num_repeats=1)}"


def training_toml(contents: Contents, expert: Expert) -> str:
    """The text of the training TOML of one expert, a skeleton after the trainer's example: what stands between @ is filled
    in by the launch script."""
    weights = {"transformer_path": f"@CHECKPOINT@/{expert.folder}"} if expert.folder else {}
    noise = {"min_t": expert.noise[0], "max_t": expert.noise[1]} if expert.name else {}
    return "\n".join(
        [
            toml_lines(
                output_dir=f"@OUTPUT@/{expert.name}_lora" if expert.name else "@OUTPUT@/lora",
                dataset="dataset.toml",
                epochs=5,
                micro_batch_size_per_gpu=1,
                pipeline_stages=1,
                gradient_accumulation_steps=1,
                gradient_clipping=1.0,
                warmup_steps=100,
                save_every_n_epochs=1,
                checkpoint_every_n_minutes=120,
                activation_checkpointing=True,
                partition_method="parameters",
                save_dtype="bfloat16",
                caching_batch_size=1,
                steps_per_print=1,
                video_clip_mode="single_beginning",
            ),
            "[model]\n"
            + toml_lines(
                type="wan",
                ckpt_path="@CHECKPOINT@",
                **weights,
                dtype="bfloat16",
                transformer_dtype="float8",
                timestep_sample_method="logit_normal",
                **noise,
            ),
            f"[adapter]\n{toml_lines(type='lora', rank=32, dtype='bfloat16')}",
            "[optimizer]\n" + toml_lines(type="adamw_optimi", lr=2e-5, betas=[0.9, 0.99], weight_decay=0.01, eps=1e-8),
        ]
    )


def _file(expert: Expert) -> str:
    return f"training_{expert.name}.toml" if expert.name else "training.toml"


def _script(contents: Contents) -> str:
    files = " ".join(_file(expert) for expert in contents.model.experts)
    return f"""{script_head(contents, "diffusion-pipe", "diffusion-pipe.sh", "CHECKPOINT [folder for the LoRA]")}
# CHECKPOINT is the folder of {contents.model.repository} as its authors lay it out.
CHECKPOINT="$(realpath "${{1:?folder of {contents.model.repository}}}")"
OUTPUT="$(realpath -m "${{2:-models/train/{contents.name}}}")"
mkdir -p "$OUTPUT"
cd "$PACKAGE/trainers/diffusion-pipe"

for file in {files}; do
  text="$(cat "$file")"
  text="${{text//@CHECKPOINT@/"$CHECKPOINT"}}"
  printf '%s\\n' "${{text//@OUTPUT@/"$OUTPUT"}}" > "$OUTPUT/$file"
  deepspeed --num_gpus=1 "$TRAINER/train.py" --deepspeed --config "$OUTPUT/$file"
done
"""


def export_diffusion_pipe(contents: Contents, package: Path) -> None:
    """Write ``trainers/diffusion-pipe/``: clips and ``captions.json`` in ``media/``, the TOML files; and the script.

    The clips lie in a folder of their own since the trainer writes its cache beside them.
    """
    folder = package / "trainers" / "diffusion-pipe"
    link_media(contents.items, package, folder / "media")
    write_json(folder / "media" / "captions.json", {item.file: [item.prompt] for item in contents.items})
    write_text(folder / "dataset.toml", dataset_toml(contents))
    for expert in contents.model.experts:
        write_text(folder / _file(expert), training_toml(contents, expert))
    write_script(folder.with_name("diffusion-pipe.sh"), _script(contents))
