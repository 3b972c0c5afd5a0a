"""What an export is made of, whatever the package's media is, and what exports share."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from reelwright.facts import Kind, Model
from reelwright.files import write_text
from reelwright.packages.models import MODELS
from reelwright.spec.model import ModelName
from reelwright.store import link

UP = "../.."
"""From ``trainers/<trainer>/`` to the package."""


@dataclass(frozen=True)
class Item:
    """One row of a package."""

    name: str
    """Its own name in the package (a clip's or plate's id), from which names of files are made: no dot in it."""
    media: str
    """Path of its media below the package, ``media/NAME.mp4``."""
    prompt: str
    frames: int
    """1 for a picture."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """What else is known of it, neither its prompt nor paths, for formats that take it along."""

    repeats: int = 1
    """Times that it is drawn in an epoch."""

    @property
    def file(self) -> str:
        """The name of its media file."""
        return f"{self.name}{PurePosixPath(self.media).suffix}"


@dataclass(frozen=True)
class Part:
    """Rows with as many frames, repeated as often."""

    frames: int
    repeats: int
    items: tuple[Item, ...]

    @property
    def label(self) -> str:
        """What its files are called after: ``81``, or ``1x3`` where it is repeated."""
        return str(self.frames) if self.repeats == 1 else f"{self.frames}x{self.repeats}"


@dataclass(frozen=True)
class Contents:
    """What a package holds."""

    name: str
    """The package's."""
    kind: Kind
    model_name: ModelName
    width: int
    height: int
    """Size of the media in pixels; where ``fixed`` is false, an area to train at in these proportions."""
    items: Sequence[Item]
    fixed: bool = True
    """Whether all media has this very size."""

    @property
    def model(self) -> Model:
        """The facts of its model."""
        return MODELS[self.model_name]

    @property
    def counts(self) -> tuple[int, ...]:
        """The frame counts of its rows, smallest first."""
        return tuple(sorted({item.frames for item in self.items}))

    @property
    def parts(self) -> list[Part]:
        """The rows by frame count and repeats: each a dataset of its own, where a trainer takes them by datasets."""
        keys = sorted({(item.frames, item.repeats) for item in self.items})
        return [Part(*key, tuple(item for item in self.items if (item.frames, item.repeats) == key)) for key in keys]


def link_media(items: Sequence[Item], package: Path, folder: Path) -> None:
    """Put the media of ``items`` into ``folder``: hard links, so that there is one set of media."""
    for item in items:
        link(package / item.media, folder / item.file)


def toml_lines(**values: Any) -> str:
    """Keys and values of a TOML table, a line each; values are texts, numbers, truths and lists of them."""
    return "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items())


def write_script(path: Path, text: str) -> None:
    """Write a launch script that may be run."""
    write_text(path, text)
    path.chmod(0o755)


def script_head(contents: Contents, title: str, file: str, usage: str) -> str:
    """The beginning of a launch script: what it does, how it is run, where the package and the weights' folder are.

    ``usage`` names its arguments. It leaves ``TRAINER`` (the checkout it is run in) and ``PACKAGE`` set.
    """
    return f"""#!/usr/bin/env bash
# Trains a LoRA of {contents.model.repository} on the package {contents.name}.
# Run in a checkout of {title}: bash {contents.name}/trainers/{file} {usage}
set -euo pipefail
TRAINER="$PWD"
PACKAGE="$(cd "$(dirname "${{BASH_SOURCE[0]}}")/.." && pwd)"
"""
