"""Exports: what each trainer needs besides a package's own files, below ``trainers/``, made of the same media.

An export takes ``Contents`` (what the package holds) and the package's folder, and writes ``trainers/<trainer>/`` with the
files the trainer reads and ``trainers/<trainer>.sh`` that launches it. Paths are relative; what no trainer can know before
(where its weights lie, where the LoRA goes) the launch script fills in when it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from reelwright.packages.trainers.ai_toolkit import export_ai_toolkit
from reelwright.packages.trainers.contents import Contents, Item
from reelwright.packages.trainers.diffsynth import export_diffsynth, launch_commands
from reelwright.packages.trainers.diffusion_pipe import export_diffusion_pipe
from reelwright.packages.trainers.finetrainers import export_finetrainers
from reelwright.packages.trainers.folders import export_folder
from reelwright.packages.trainers.musubi import export_musubi
from reelwright.packages.trainers.webdataset import export_webdataset
from reelwright.spec.model import TrainerName

__all__ = ["EXPORTS", "Contents", "Item", "export_package", "launch_commands"]

EXPORTS: Mapping[TrainerName, Callable[[Contents, Path], None]] = {
    "diffsynth": export_diffsynth,
    "musubi": export_musubi,
    "diffusion-pipe": export_diffusion_pipe,
    "finetrainers": export_finetrainers,
    "ai-toolkit": export_ai_toolkit,
    "videofolder": export_folder,
    "imagefolder": export_folder,
    "webdataset": export_webdataset,
}
"""The export of each trainer: writes below ``trainers/`` of the package in the given folder, whose media is there."""


def export_package(contents: Contents, package: Path, trainers: Sequence[TrainerName]) -> None:
    """Write the exports of a package in the folder ``package``, whose media is in its place already."""
    for trainer in trainers:
        EXPORTS[trainer](contents, package)
