"""What models ask of training media and what trainers do to it: ``facts.yaml`` beside this module, as typed, frozen values.

The file is read when a fact is first asked for. ``schemas/facts.schema.json`` is generated from the classes here.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Literal

from pydantic import Field

from reelwright.spec.section import Section

FACTS = Path(__file__).with_suffix(".yaml")
"""The file."""

Kind = Literal["video", "image"]
"""What the media of a package is."""


class Expert(Section):
    """One network of a model: Wan2.2's A14B models are two, for noisy and for nearly clean pictures."""

    name: str
    """`high_noise`, `low_noise`, or empty where the model is one network."""
    folder: str
    """Its folder in the model's repository; empty for the top."""
    weights: str
    """Pattern of its weights in the repository."""
    boundary: tuple[str, str] | None = None
    """Largest and smallest timestep it is trained on, as shares of the schedule; none for all of them."""
    noise: tuple[float, float] = (0.0, 1.0)
    """The same as noise, smallest and largest: 0 is none, 1 nothing else."""


class Network(Section):
    """The shape of a model's network (of one of them, where it has several), from which a training step's cost follows."""

    parameters: float = Field(gt=0)
    """Parameters of one network, in billions."""
    width: int = Field(ge=1)
    """Features of a token."""
    feed_forward: int = Field(ge=1)
    """Features within a block's feed-forward part."""
    layers: int = Field(ge=1)
    """Blocks."""
    token: int = Field(ge=1)
    """Width and height in pixels of what one token stands for: the video encoder's stride times the patch."""
    beside: float = Field(gt=0)
    """Parameters of what is loaded with it (text encoder, video encoder), in billions."""


class Model(Section):
    """The facts of one model."""

    source: str = Field(min_length=1)
    """Where they were read."""
    repository: str
    """Where its weights are, in the authors' own form."""
    diffusers: str
    """Where they are in the form of Diffusers."""
    rate: int = Field(ge=1)
    """Frames a second that it was made for."""
    step: int = Field(ge=1)
    """Width and height must be multiples of this, in pixels."""
    max_pixels: int = Field(ge=1)
    """Largest picture that trainers take without shrinking it."""
    frame_step: int = Field(ge=1)
    """Its video encoder packs so many frames into one latent after the first: rows have frame_step * n + 1 frames."""
    takes_image: bool
    """Whether it is trained with the first frame of each video as its input image."""
    vae: str
    """File of its video encoder in the repository."""
    text_encoder: str
    """File of its text encoder in the repository."""
    network: Network
    """Its network."""
    experts: tuple[Expert, ...] = Field(min_length=1)
    """Its networks, each trained in a run of its own."""


class Source(Section):
    """Where the facts of a trainer were read."""

    repository: str
    """Owner and name on GitHub."""
    commit: str
    """The commit, or the release."""
    files: tuple[str, ...] = Field(min_length=1)
    """The files, below the repository."""


class ForModel(Section):
    """What one trainer calls one model."""

    task: str | None = None
    """musubi-tuner's `--task`."""
    timestep_boundary: float | None = None
    """musubi-tuner's `--timestep_boundary`: the noise at which the experts change."""
    arch: str | None = None
    """ai-toolkit's `arch`."""


class Validation(Section):
    """How a trainer is given prompts of which it shows results while, or after, it trains."""

    files: tuple[str, ...] = Field(min_length=1)
    """Where this was read, below its repository, at the commit of its other facts."""
    steps: int = Field(ge=1)
    """Steps of a sample, as in its own examples or by its default."""
    form: str
    """The file that it reads, and how it is given it."""


class Trainer(Section):
    """What one trainer, or loader, does to the rows of a package that is exported to it."""

    title: str
    """Its own name."""
    source: Source
    """Where this was read."""
    kinds: tuple[Kind, ...] = Field(min_length=1)
    """Kinds of media that it trains on."""
    models: dict[str, ForModel] = Field(min_length=1)
    """Models that it trains, with what it calls them."""
    retimes: Literal["never", "if_told", "always"]
    """Whether it resamples clips: to the model's rate where it always does, to `told_rate` where it is told a clip's own."""
    told_rate: int | None = None
    """Rate it resamples to where it is told a clip's own."""
    cut: Literal["head", "bucket", "bucket_spread", "window", "whole"]
    """Which frames of a clip it takes: the first, of a shorter clip the largest 4n+1; the first of the largest bucket that
    fits; as many as that bucket has, spread evenly over the clip; a run of consecutive ones; all."""
    asks: Literal["largest", "own", "buckets"]
    """How many frames an export asks it for: the largest count of the package, a row's own count (each count is a dataset of
    its own), or all counts, as buckets."""
    sizes: Literal["given", "given_or_floored", "area_buckets", "area_rounded", "area_limit", "native"]
    """How it finds the size to train at: it is given; it is given, or else the clip's own, floored; the bucket of the given
    area nearest in shape; the given area and shape, rounded; the clip's own within a limit of area; the clip's own."""
    crop: Literal["cover", "none"]
    """How it brings pictures to that size: scaled to cover and centre-cropped, or not at all."""
    needs_caption: bool
    """Whether a clip without a caption is left out (or makes it fail)."""
    videos_only: tuple[str, ...] = ()
    """Models that it trains on videos only, though it takes images."""
    ignores_image: tuple[str, ...] = ()
    """Models that it trains without their input image."""
    flags: dict[str, str] = Field({})
    """Flags of its own examples that hold whatever the package and the model are."""
    known_flags: tuple[str, ...] = ()
    """Every flag that its parser takes, where a spec may give some."""
    form: str
    """The files it reads."""
    validation: Validation | None = None
    """How its sampler takes prompts; left out where it has none."""
    surprises: tuple[str, ...]
    """What one wouldn't expect of it, and what the export does about that."""


class Facts(Section):
    """All of them."""

    models: dict[str, Model]
    """By the name that a package gives."""
    trainers: dict[str, Trainer]
    """By the name that a package gives."""


@functools.cache
def facts() -> Facts:
    """The facts of the file, checked."""
    # YAML costs 15 ms to import, which rules that ask for no fact need not pay.
    import yaml

    # By way of JSON: there a list may stand for a tuple.
    return Facts.model_validate_json(json.dumps(yaml.safe_load(FACTS.read_text(encoding="utf-8"))))
