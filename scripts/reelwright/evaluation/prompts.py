"""The stage ``export_prompts``: prompts of the evaluation sets in the form that each trainer's sampler takes.

Paths of first frames are below ``@RESULTS@`` (``${RESULTS}`` for ai-toolkit, which replaces it itself): where the results lie
on the machine that trains is known there only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reelwright.facts import Trainer, facts
from reelwright.files import read_jsonl, write_json, write_text

RESULTS = "@RESULTS@"
"""Stands for the folder of the project's results."""


@dataclass(frozen=True)
class Sampled:
    """What a package's model is to make of the prompts."""

    package: str
    model: str
    width: int
    height: int
    frames: int
    """1 for pictures."""
    trainers: Sequence[str]
    seed: int
    lane: str = "video"

    @classmethod
    def of(cls, package: str, settings: Mapping[str, Any], seed: int) -> Sampled:
        """By a package's part of the spec; a package of images is sampled as square pictures of its longest side."""
        video = settings["lane"] == "video"
        width, height = settings["size"] if video else (settings["long_side"],) * 2
        frames = max(settings["frame_buckets"]) if video else 1
        return cls(package, settings["model"], width, height, frames, settings["trainers"], seed, settings["lane"])

    @property
    def rate(self) -> int:
        """Frames a second of the model."""
        return facts().models[self.model].rate


@dataclass(frozen=True)
class Prompt:
    """One prompt, in one line."""

    item_id: str
    text: str
    image: str | None
    """The first frame to begin with, below the results."""


MUSUBI_OPTION = re.compile(r"(ei|cn|ci|of|fs|[whfdsglni]) ", re.IGNORECASE)
"""What musubi-tuner takes for an option even where a prompt begins with it."""


def _one_line(text: str) -> str:
    """A prompt in one line, without what ai-toolkit would fill in."""
    return " ".join(text.replace("${", "{").replace("[name]", "(name)").split())


def musubi_line(text: str) -> str:
    """A prompt that musubi-tuner takes for nothing else: it reads options after `` --``, and lines after ``#`` as comments."""
    line = re.sub(r" -{2,}", " -", _one_line(text)).lstrip("# ")
    return f"Scene: {line}" if MUSUBI_OPTION.match(line) else line


def _prompts(sets: Mapping[str, Path], count: int, sampled: Sampled) -> list[Prompt]:
    """The first ``count`` of each set that judge the package's lane, each text once: a clip may be in several sets."""
    model = facts().models[sampled.model]
    takes_image = model.takes_image and sampled.frames > 1
    # TI2V, of one network, does without.
    needs_image = takes_image and len(model.experts) > 1
    found: dict[str, Prompt] = {}
    for path in sets.values():
        before = len(found)
        for row in read_jsonl(path):
            frames = [one["path"] for one in row["media"] if one["role"] == "first_frame"]
            one = Prompt(row["item_id"], _one_line(row["prompt"]), frames[0] if frames and takes_image else None)
            fits = sampled.lane in row["labels"]["lanes"] and (one.image or not needs_image)
            if fits and len(found) < before + count:
                found.setdefault(one.text, one)
    return list(found.values())


def _musubi(prompts: Sequence[Prompt], sampled: Sampled, trainer: Trainer, folder: Path) -> None:
    size = f"--w {sampled.width} --h {sampled.height} --f {sampled.frames} --d {sampled.seed} --s {_steps(trainer)}"
    lines = []
    for one in prompts:
        image = f" --i {RESULTS}/{one.image}" if one.image else ""
        lines += [f"# {one.item_id}", f"{musubi_line(one.text)} {size}{image}"]
    write_text(folder / "musubi.txt", "\n".join(lines) + "\n")


def _ai_toolkit(prompts: Sequence[Prompt], sampled: Sampled, trainer: Trainer, folder: Path) -> None:
    samples = [
        {"prompt": one.text, **({"ctrl_img": f"${{RESULTS}}/{one.image}"} if one.image else {})} for one in prompts
    ]
    sample = {
        "sampler": "flowmatch",
        "sample_every": 250,
        "width": sampled.width,
        "height": sampled.height,
        "num_frames": sampled.frames,
        "fps": sampled.rate,
        "seed": sampled.seed,
        "walk_seed": False,
        "neg": "",
        "guidance_scale": 3.5,
        "sample_steps": _steps(trainer),
        "samples": samples,
    }
    # JSON is YAML: nothing has to be quoted in another way.
    text = json.dumps({"sample": sample}, indent=2, ensure_ascii=False)
    write_text(
        folder / "ai-toolkit.yaml", f"# Goes into the process of config.yaml, in place of its `sample`.\n{text}\n"
    )


def _finetrainers(prompts: Sequence[Prompt], sampled: Sampled, trainer: Trainer, folder: Path) -> None:
    data = [
        {
            "caption": one.text,
            "image_path": f"{RESULTS}/{one.image}" if one.image else None,
            "video_path": None,
            "num_inference_steps": _steps(trainer),
            "height": sampled.height,
            "width": sampled.width,
            "num_frames": sampled.frames,
            "export_fps": sampled.rate,
        }
        for one in prompts
    ]
    write_json(folder / "finetrainers.json", {"data": data})


def _diffsynth(prompts: Sequence[Prompt], sampled: Sampled, trainer: Trainer, folder: Path) -> None:
    calls = [
        {
            "prompt": one.text,
            **({"input_image": f"{RESULTS}/{one.image}"} if one.image else {}),
            "seed": sampled.seed,
            "height": sampled.height,
            "width": sampled.width,
            "num_frames": sampled.frames,
            "num_inference_steps": _steps(trainer),
        }
        for one in prompts
    ]
    write_json(folder / "diffsynth.json", calls)


def _steps(trainer: Trainer) -> int:
    return trainer.validation.steps if trainer.validation else 0


FORMS: Mapping[str, Callable[[Sequence[Prompt], Sampled, Trainer, Path], None]] = {
    "diffsynth": _diffsynth,
    "musubi": _musubi,
    "finetrainers": _finetrainers,
    "ai-toolkit": _ai_toolkit,
}
"""What writes the prompts of each trainer that samples."""


def _readme(sampled: Sampled, prompts: Sequence[Prompt]) -> str:
    lines = [
        f"# Prompts of the evaluation sets for {sampled.package}",
        "",
        f"{len(prompts)} prompts at {sampled.width}x{sampled.height}, {sampled.frames} frames, {sampled.rate} a second, seed "
        f"{sampled.seed}. Paths begin with `{RESULTS}`; ai-toolkit reads the variable `RESULTS` instead:",
        "",
        f"    sed -i 's|{RESULTS}|/path/to/results|' FILE",
        "",
    ]
    for name in sampled.trainers:
        trainer = facts().trainers[name]
        if trainer.validation:
            lines.append(f"* {trainer.title}: {trainer.validation.form}.")
        else:
            lines.append(f"* {trainer.title} samples nothing: no prompts for it.")
    return "\n".join(lines) + "\n"


def export_prompts(sets: Mapping[str, Path], out: Path, *, sampled: Sampled, count: int) -> None:
    """Write ``count`` prompts of each set (JSONL, by kind) to the folder ``out``, a file a trainer of ``sampled`` that samples.

    A model that begins with a picture (I2V) is given only items with a first frame; TI2V is given it where there is one.
    """
    prompts = _prompts(sets, count, sampled)
    out.mkdir(parents=True, exist_ok=True)
    for name in sampled.trainers:
        if name in FORMS and prompts:
            FORMS[name](prompts, sampled, facts().trainers[name], out)
    write_text(out / "README.md", _readme(sampled, prompts))
