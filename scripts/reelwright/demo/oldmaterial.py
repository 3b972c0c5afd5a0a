"""Which old material the demo delivery has. Read while the Snakefile is parsed, so it imports nothing heavy.

It is what a video site would have shown of the season before the masters came: small re-encoded clips of some episodes, under
numbers and names of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reelwright.spec.model import Spec

EPISODES = 3
"""Episodes of the season that the site had."""

CLIPS = 4
"""Clips of each of them."""

FOREIGN = "S1E01_000"
"""A clip that is in no master, though its name and its row say so: of a trailer that was drawn for itself."""

FRAME_ONLY = f"S1E01_{CLIPS:03}"
"""A clip of which only the first frame is left."""

FOLDER = "old"
"""Where it lies below the delivery."""


@dataclass(frozen=True)
class OldMaterial:
    """Its files, each a path as the spec gives it."""

    bible: str
    manifest: str
    clips: tuple[str, ...]
    first_frames: tuple[str, ...]
    truth: str


def old_episodes(episodes: Sequence[str]) -> dict[str, str]:
    """Production episode by the site's id: not in the order of production."""
    shown = sorted(episodes)[:EPISODES]
    return {f"S1E{number:02}": episode for number, episode in enumerate([*shown[2:], *shown[:2]], 1)}


def old_clips(episodes: Sequence[str]) -> dict[str, str | None]:
    """Production episode of each old clip by its name without suffix; None for the one that is in no master."""
    found: dict[str, str | None] = {
        f"{old}_{number:03}": episode
        for old, episode in old_episodes(episodes).items()
        for number in range(1, CLIPS + 1)
    }
    return {**found, FOREIGN: None}


def demo_old_material(spec: Spec) -> OldMaterial:
    """What the demo draws for the part ``reference`` of its spec, if it has one.

    Raises ValueError where that names other places than those that the demo draws into.
    """
    folder = f"{spec.sources.folder}/{FOLDER}"
    places = {
        "bible": f"{folder}/master-index.json",
        "manifest": f"{folder}/manifest.json",
        "clips": f"{folder}/clips",
        "first_frames": f"{folder}/first_frames",
    }
    for key, place in places.items() if spec.reference else ():
        said = getattr(spec.reference, key)
        if said is not None and Path(said) != Path(place):
            raise ValueError(f"reference.{key} is {said!r}: the demo draws {place}")
    names = old_clips(list(spec.sources.episodes))
    return OldMaterial(
        places["bible"],
        places["manifest"],
        tuple(f"{places['clips']}/{name}.mp4" for name in names if name != FRAME_ONLY),
        tuple(f"{places['first_frames']}/{name}.png" for name in names),
        f"{spec.sources.folder}/truth/old_clips.json",
    )
