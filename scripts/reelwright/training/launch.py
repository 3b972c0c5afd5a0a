"""The launch of a package's training: every command word, and what it will take, worked out without a GPU."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from reelwright.digest import recipe_digest
from reelwright.errors import BuildError
from reelwright.files import write_json
from reelwright.packages.models import MODELS
from reelwright.packages.trainers import launch_commands
from reelwright.spec.model import Package
from reelwright.spec.training import Training
from reelwright.training.content import read_content
from reelwright.training.estimate import estimate_memory, estimate_minutes

TRAINER_SCRIPT = "examples/wanvideo/model_training/train.py"
"""The trainer, in a checkout: the third word of a launch command."""

SINGLE = "model"
"""What the run of a model that is one network is called."""

RESUME = (
    "A run goes on from its last whole epoch: --lora_checkpoint loads those weights and --num_epochs asks for the epochs that "
    "are left. The trainer keeps neither its optimiser's state nor its place within an epoch: both begin anew."
)

NO_SEED = "DiffSynth-Studio's trainer takes no seed: the order of rows and the noise differ from run to run"


def set_flags(words: Sequence[str], flags: Mapping[str, str | int | float | bool]) -> list[str]:
    """``words`` with each flag at its place set anew, or added; True is a flag without a value, False leaves it out."""
    found = list(words)
    for name, value in flags.items():
        flag = f"--{name}"
        if flag in found:
            at = found.index(flag)
            end = at + 1 if at + 1 == len(found) or found[at + 1].startswith("--") else at + 2
            del found[at:end]
        if value is not False:
            found += [flag] if value is True else [flag, str(value)]
    return found


def flag_of(words: Sequence[str], name: str) -> str:
    """The value of a flag that is there."""
    return words[words.index(f"--{name}") + 1]


def _launcher(training: Training) -> list[str]:
    words = list(training.command)
    if words[-1] == "launch":
        words += ["--num_processes", str(training.gpus)]
        words += ["--multi_gpu"] if training.gpus > 1 else []
    return words


def _run(name: str, words: Sequence[str], training: Training, counts: Sequence[int], folder: Path) -> dict[str, Any]:
    """One run (an expert, or the whole model): its words and its steps, its weights below ``folder``."""
    rounds = int(flag_of(words, "dataset_repeat"))
    epochs = int(flag_of(words, "num_epochs"))
    steps = math.ceil(len(counts) * rounds / training.gpus)
    output = folder / name
    launched = [*_launcher(training), *words[words.index(TRAINER_SCRIPT) :]]
    return {
        "name": name,
        "words": set_flags(launched, {"output_path": str(output / "from-00")}),
        "output": str(output),
        "epochs": epochs,
        "repeat": rounds,
        "steps_per_epoch": steps,
        "steps": steps * epochs,
    }


def _trainable(name: str, settings: Mapping[str, Any]) -> Package:
    """The settings of a package, where it can be trained on from here."""
    if settings["lane"] != "video":
        raise BuildError(
            f"packages.{name}.lane is {settings['lane']}: only packages of the lane video are trained on from "
            "here; the package's own scripts, below its trainers/, train on this one"
        )
    if "diffsynth" not in settings["trainers"]:
        made_for = ", ".join(settings["trainers"])
        raise BuildError(f"packages.{name}.trainers is {made_for}: expected diffsynth among them, which trains here")
    return Package.model_validate(settings)


def plan_training(
    package: Path, out: Path, *, name: str, settings: Mapping[str, Any], training: Training, here: Path, weights: Path
) -> None:
    """Write to ``out`` how the package ``name`` in the folder ``package`` would be trained on, and print the gist of it.

    ``here`` is the folder that ``package`` and ``weights`` (where the trained weights go) are relative to: the trainer runs
    in its own. Raises BuildError where the package is not of clips, or was not made for DiffSynth-Studio.
    """
    chosen = _trainable(name, settings)
    content, model = read_content(package), MODELS[chosen.model]
    plain = [
        set_flags(words, training.flags) for words in launch_commands(chosen, content.counts, "PACKAGE", "WEIGHTS")
    ]
    recipe = {
        "content": content.digest,
        "commands": [words[words.index(TRAINER_SCRIPT) :] for words in plain],
        "gpus": training.gpus,
    }
    run = recipe_digest(recipe)
    names = [expert.name or SINGLE for expert in model.experts]
    runs = []
    for one, words in zip(names, plain, strict=True):
        placed = [
            word.replace("PACKAGE", str(here / package), 1) if word.startswith("PACKAGE") else word for word in words
        ]
        runs.append(_run(one, placed, training, content.counts, here / weights / run[:12]))
    rank = int(flag_of(plain[0], "lora_rank"))
    rounds = sum(each["epochs"] * each["repeat"] for each in runs)
    launch = {
        "package": name,
        "model": chosen.model,
        "run": run,
        "content": content.record(),
        "trainer_folder": training.trainer_folder and str(here / training.trainer_folder),
        "runs": runs,
        "steps": sum(each["steps"] for each in runs),
        "batch": training.gpus,
        "gpus": training.gpus,
        "seed": {"selection": chosen.seed, "trainer": None, "why": NO_SEED},
        "resume": RESUME,
        "gpu_memory": estimate_memory(model, content.counts, chosen.size, rank),
        "gpu_time": estimate_minutes(model, content.counts, chosen.size, rounds),
    }
    write_json(out, launch, "training_launch")
    _say(launch)


def _say(launch: Mapping[str, Any]) -> None:
    memory, time = launch["gpu_memory"], launch["gpu_time"]
    print(
        f"package {launch['package']}: {len(launch['runs'])} runs ({', '.join(each['name'] for each in launch['runs'])}), "
        f"{launch['steps']} steps on {launch['gpus']} GPU of {memory['class']} (estimate), about {time['minutes']} minutes of "
        f"an {time['gpu']} (estimate)",
        file=sys.stderr,
    )
