"""musubi-tuner: a dataset TOML with one dataset for each frame count, since each target_frames makes an item of its own."""

from __future__ import annotations

from pathlib import Path

from reelwright.facts import facts
from reelwright.files import write_jsonl, write_text
from reelwright.packages.trainers.contents import UP, Contents, script_head, toml_lines, write_script

SCRIPTS = "$TRAINER/src/musubi_tuner"


def dataset_toml(contents: Contents) -> str:
    """The text of ``dataset.toml``; paths are relative to its folder, in which the launch script runs the trainer."""
    size = [contents.width, contents.height]
    general = toml_lines(resolution=size, batch_size=1, enable_bucket=True, bucket_no_upscale=False)
    tables = [f"[general]\n{general}"]
    for part in contents.parts:
        files = {f"{contents.kind}_jsonl_file": f"rows_{part.label}.jsonl", "cache_directory": f"cache_{part.label}"}
        cut = {"target_frames": [part.frames], "frame_extraction": "head"} if contents.kind == "video" else {}
        repeats = {"num_repeats": part.repeats} if part.repeats > 1 else {}
        tables.append(f"[[datasets]]\n{toml_lines(**files, **cut, **repeats)}")
    return "\n".join(tables)


def _script(contents: Contents) -> str:
    known = facts().trainers["musubi"].models[contents.model_name]
    i2v = " --i2v" if contents.model.takes_image else ""
    usage = "WEIGHTS_LOW WEIGHTS_HIGH VAE T5 [folder for the LoRA]"
    return f"""{script_head(contents, "musubi-tuner", "musubi.sh", usage)}
LOW="$(realpath "${{1:?weights of the low-noise expert}}")"
HIGH="$(realpath "${{2:?weights of the high-noise expert}}")"
VAE="$(realpath "${{3:?{contents.model.vae}}}")"
T5="$(realpath "${{4:?{contents.model.text_encoder}}}")"
OUTPUT="$(realpath -m "${{5:-models/train/{contents.name}}}")"
cd "$PACKAGE/trainers/musubi"

python "{SCRIPTS}/wan_cache_latents.py" --dataset_config dataset.toml --vae "$VAE"{i2v}
python "{SCRIPTS}/wan_cache_text_encoder_outputs.py" --dataset_config dataset.toml --t5 "$T5" --batch_size 16
accelerate launch --num_cpu_threads_per_process 1 --mixed_precision bf16 "{SCRIPTS}/wan_train_network.py" \\
  --task {known.task} --timestep_boundary {known.timestep_boundary} \\
  --dit "$LOW" --dit_high_noise "$HIGH" --dataset_config dataset.toml \\
  --sdpa --mixed_precision bf16 --fp8_base --gradient_checkpointing \\
  --optimizer_type adamw8bit --learning_rate 2e-4 --timestep_sampling shift --discrete_flow_shift 3.0 \\
  --network_module networks.lora_wan --network_dim 32 \\
  --max_train_epochs 16 --save_every_n_epochs 1 --seed 42 \\
  --output_dir "$OUTPUT" --output_name {contents.name}
"""


def export_musubi(contents: Contents, package: Path) -> None:
    """Write ``trainers/musubi/``: ``dataset.toml`` and the rows of each frame count; and ``trainers/musubi.sh``."""
    folder = package / "trainers" / "musubi"
    for part in contents.parts:
        rows = [{f"{contents.kind}_path": f"{UP}/{item.media}", "caption": item.prompt} for item in part.items]
        write_jsonl(folder / f"rows_{part.label}.jsonl", rows)
    write_text(folder / "dataset.toml", dataset_toml(contents))
    write_script(folder.with_name("musubi.sh"), _script(contents))
