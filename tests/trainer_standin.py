"""A stand-in for DiffSynth-Studio's Wan trainer: its parser, its reading of rows and its saving of epochs, without a network.

``install(folder)`` makes a checkout of it there and the program ``accelerate`` in ``folder/bin``. Parser, dataset and file
names are restated from its code (commit fed7b18: ``diffsynth/diffusion/{parsers,runner,logger}.py``,
``diffsynth/core/data/unified_dataset.py``, ``examples/wanvideo/model_training/train.py``). Its weights are real
``.safetensors`` files whose one tensor tells how they came about (``history``), so that going on from them shows.

It does what ``WAYS.json`` of the checkout says: ``hold`` at [expert, epoch, step] (waits to be killed), ``tear`` the weights of
[expert, epoch] (half of the file, then waits), ``fail`` at [expert, epoch] with its last words, ``stubborn`` passes over
SIGTERM. Each start is noted in ``NOTES.jsonl``, and that it waits in ``WAITING.jsonl``.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import signal
import struct
import sys
import time
from pathlib import Path
from typing import Any

SCRIPT = "examples/wanvideo/model_training/train.py"

TEXT, WHOLE, REAL = "text", "whole", "real"

FLAGS: dict[str, tuple[str, Any]] = {
    "dataset_base_path": (TEXT, ""),
    "dataset_metadata_path": (TEXT, None),
    "dataset_repeat": (WHOLE, 1),
    "dataset_num_workers": (WHOLE, 0),
    "data_file_keys": (TEXT, "image,video"),
    "height": (WHOLE, None),
    "width": (WHOLE, None),
    "max_pixels": (WHOLE, 1024 * 1024),
    "num_frames": (WHOLE, 81),
    "model_paths": (TEXT, None),
    "model_id_with_origin_paths": (TEXT, None),
    "extra_inputs": (TEXT, None),
    "fp8_models": (TEXT, None),
    "offload_models": (TEXT, None),
    "resume_from_checkpoint": (TEXT, None),
    "quant_options": (TEXT, None),
    "learning_rate": (REAL, 1e-4),
    "num_epochs": (WHOLE, 1),
    "trainable_models": (TEXT, None),
    "weight_decay": (REAL, 0.01),
    "task": (TEXT, "sft"),
    "customized_optimizer": (TEXT, None),
    "output_path": (TEXT, "./models"),
    "remove_prefix_in_ckpt": (TEXT, "pipe.dit."),
    "save_steps": (WHOLE, None),
    "lora_base_model": (TEXT, None),
    "lora_target_modules": (TEXT, "q,k,v,o,ffn.0,ffn.2"),
    "lora_rank": (WHOLE, 32),
    "lora_checkpoint": (TEXT, None),
    "preset_lora_path": (TEXT, None),
    "preset_lora_model": (TEXT, None),
    "gradient_accumulation_steps": (WHOLE, 1),
    "template_model_id_or_path": (TEXT, None),
    "cpu_offload_split_threshold": (WHOLE, None),
    "swanlab_project": (TEXT, "DiffSynth-Studio"),
    "wandb_project": (TEXT, "DiffSynth-Studio"),
    "tokenizer_path": (TEXT, None),
    "audio_processor_path": (TEXT, None),
    "max_timestep_boundary": (REAL, 1.0),
    "min_timestep_boundary": (REAL, 0.0),
}

SWITCHES = (
    "find_unused_parameters",
    "use_gradient_checkpointing",
    "use_gradient_checkpointing_offload",
    "enable_lora_hot_loading",
    "enable_model_cpu_offload",
    "enable_optimizer_cpu_offload",
    "enable_tensorboard_log",
    "enable_swanlab_log",
    "enable_wandb_log",
    "enable_csv_log",
    "initialize_model_on_cpu",
    "framewise_decoding",
)


def install(folder: Path) -> Path:
    """A checkout below ``folder``, and ``folder/bin/accelerate``; returns the checkout."""
    checkout = folder / "DiffSynth-Studio"
    head = f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(Path(__file__).resolve().parent)!r})\n"
    for path, call in (
        (checkout / SCRIPT, f"train({str(checkout)!r})"),
        (folder / "bin" / "accelerate", "accelerate()"),
    ):
        path.parent.mkdir(parents=True)
        path.write_text(f"{head}import trainer_standin\ntrainer_standin.{call}\n")
        path.chmod(0o755)
    return checkout


def ways(checkout: Path, **how: Any) -> None:
    """Say how the trainer behaves from its next start on."""
    (checkout / "WAYS.json").write_text(json.dumps(how))


def noted(checkout: Path, name: str = "NOTES") -> list[dict[str, Any]]:
    """The starts, or the waits."""
    path = checkout / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def waiting(checkout: Path, number: int = 1) -> dict[str, Any]:
    """The note of wait ``number``, as soon as the trainer has come there."""
    until = time.monotonic() + 60
    while len(found := noted(checkout, "WAITING")) < number:
        assert time.monotonic() < until, f"the trainer never waited; it was started {len(noted(checkout))} times"
        time.sleep(0.01)
    return found[number - 1]


def history(weights: Path) -> list[list[Any]]:
    """How weights came about: [expert, epoch of its attempt, steps of it] for each epoch behind them."""
    data = weights.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    begin, end = json.loads(data[8 : 8 + length])["lora"]["data_offsets"]
    assert len(data) == 8 + length + end, f"{weights} is torn"
    told: list[list[Any]] = json.loads(data[8 + length + begin :])
    return told


def safetensors(told: list[list[Any]]) -> bytes:
    """Weights that tell this."""
    body = json.dumps(told).encode()
    header = json.dumps({"lora": {"dtype": "U8", "shape": [len(body)], "data_offsets": [0, len(body)]}}).encode()
    return struct.pack("<Q", len(header)) + header + body


def accelerate() -> None:
    """``accelerate launch [--num_processes N] [--multi_gpu] SCRIPT ...``, as one process."""
    parser = argparse.ArgumentParser("accelerate launch")
    parser.add_argument("--num_processes", type=int)
    parser.add_argument("--multi_gpu", action="store_true")
    parser.add_argument("words", nargs=argparse.REMAINDER)
    assert sys.argv[1] == "launch"
    args = parser.parse_args(sys.argv[2:])
    if args.multi_gpu and args.num_processes < 2:
        sys.exit("You need to use at least 2 processes to use `--multi_gpu`.")
    os.environ["WORLD_SIZE"] = str(args.num_processes)
    os.execv(sys.executable, [sys.executable, *args.words])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Simple example of a training script.")
    kinds = {TEXT: str, WHOLE: int, REAL: float}
    for name, (kind, default) in FLAGS.items():
        parser.add_argument(f"--{name}", type=kinds[kind], default=default, required=name == "dataset_base_path")
    for name in SWITCHES:
        parser.add_argument(f"--{name}", default=False, action="store_true")
    return parser


def _rows(args: argparse.Namespace) -> list[dict[str, Any]]:
    with Path(args.dataset_metadata_path).open() as file:
        rows = [json.loads(line.strip()) for line in file]
    for row in rows:
        assert row["prompt"] and (Path(args.dataset_base_path) / row["video"]).stat().st_size, row
    return rows


def _expert(args: argparse.Namespace) -> str:
    """Which network its first weights are of."""
    folder = args.model_id_with_origin_paths.split(",")[0].split(":")[1].split("/")[0]
    return (
        folder.removesuffix("_model") if "/" in args.model_id_with_origin_paths.split(",")[0].split(":")[1] else "model"
    )


def _wait(checkout: Path, expert: str, epoch: int) -> None:
    with (checkout / "WAITING.jsonl").open("a") as file:
        file.write(json.dumps({"pid": os.getpid(), "parent": os.getppid(), "expert": expert, "epoch": epoch}) + "\n")
    while True:
        time.sleep(600)


def train(folder: str) -> None:
    """What the program does."""
    args, checkout = _parser().parse_args(), Path(folder)
    told = checkout / "WAYS.json"
    how = json.loads(told.read_text()) if told.exists() else {}
    if how.get("stubborn"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    expert, rows = _expert(args), _rows(args)
    with (checkout / "NOTES.jsonl").open("a") as file:
        note = {"pid": os.getpid(), "cwd": str(Path.cwd()), "words": sys.argv[1:], "expert": expert, "rows": len(rows)}
        file.write(json.dumps({**note, "environment": dict(os.environ)}) + "\n")
    past = history(Path(args.lora_checkpoint)) if args.lora_checkpoint else []
    steps = math.ceil(len(rows) * args.dataset_repeat / int(os.environ["WORLD_SIZE"]))
    for epoch in range(args.num_epochs):
        for step in range(steps):
            if how.get("hold") == [expert, epoch, step]:
                _wait(checkout, expert, epoch)
            sys.stderr.write(f"\r {100 * step // steps}%|#| {step + 1}/{steps} [00:01<00:09,  9.9it/s]")
        if how.get("fail") == [expert, epoch]:
            sys.exit("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 6.70 GiB.")
        past = [*past, [expert, epoch, steps]]
        path = Path(args.output_path) / f"epoch-{epoch}.safetensors"
        path.parent.mkdir(parents=True, exist_ok=True)
        data = safetensors(past)
        if how.get("tear") == [expert, epoch]:
            path.write_bytes(data[: len(data) - 3])
            _wait(checkout, expert, epoch)
        path.write_bytes(data)
        sys.stderr.write("\n")
