"""The part `training` of the spec: how a package is trained on, where somebody asks for it (`snakemake train_<package>`)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from reelwright.spec.section import Name, RelativePath, Section

FIRST = {"pilot": "smoke"}
"""What is trained before what where a spec says nothing: the packages of the reference project, where both are declared."""

FLAGS_OF_LAUNCH = frozenset(
    {"dataset_base_path", "dataset_metadata_path", "height", "width", "num_frames", "model_id_with_origin_paths"}
    | {"output_path", "extra_inputs", "max_timestep_boundary", "min_timestep_boundary", "lora_checkpoint", "save_steps"}
)
"""Flags that follow from the package and from how far a run has come. `save_steps` is among them since a run goes on from its
last whole epoch, and with it DiffSynth-Studio keeps no weights at the end of an epoch."""

COUNTS = frozenset({"num_epochs", "dataset_repeat", "lora_rank"})
"""Flags that steps and memory are worked out from."""

FlagName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
VariableName = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")]


class Training(Section):
    """How packages are trained on, with DiffSynth-Studio. Nothing here runs unless `train_<package>` is asked for."""

    trainer_folder: RelativePath | None = None
    """A checkout of DiffSynth-Studio, in which its trainer runs. May be absolute."""
    command: list[str] = Field(["accelerate", "launch"], min_length=1)
    """What starts the trainer's script: a program on `PATH`, or its full path in the trainer's own environment, and its
    arguments. Where the last word is `launch`, `--num_processes` (and `--multi_gpu` for more than one GPU) follow it."""
    env: dict[VariableName, str] = Field({})
    """Environment variables that are set for the trainer; records name them without their values."""
    gpus: int = Field(1, ge=1, le=64)
    """GPUs that a run uses; each takes a row at a time. The profile's limit of `gpu` must allow as many."""
    flags: dict[FlagName, str | int | float | bool] = Field({})
    """Flags of the trainer that are added, or stand instead of those of its examples: `num_epochs: 3`; `true` makes a flag
    without a value."""
    after: dict[Name, Name] | None = None
    """Which package must have been trained on, as it is now, before another is: `{pilot: smoke}`, which holds where this is
    left out and both are declared. `{}` asks for nothing."""
    override: str | None = Field(None, min_length=1)
    """Why a package is trained on although the one before it was not: a sentence that goes into its record."""
