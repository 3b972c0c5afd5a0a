"""The file of transition probabilities that the neural detector leaves beside a scan."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reelwright.files import whole


@dataclass(frozen=True)
class Transitions:
    """TransNetV2's two answers for each frame of a master, in presentation order; float32 from 0 to 1."""

    single: np.ndarray
    """Probability that a new shot begins with the next frame, or in the middle of the transition there."""
    every: np.ndarray
    """Probability that the frame lies within a transition, its ends included."""

    def save(self, path: Path, made_by: str) -> None:
        """Write the columns ``single`` and ``all_frames``; ``made_by`` names the network, its library and device."""
        with whole(path) as temporary:
            np.savez_compressed(temporary, single=self.single, all_frames=self.every, made_by=np.array(made_by))


def read_transitions(path: Path) -> Transitions:
    """The probabilities in ``path``."""
    with np.load(path, allow_pickle=False) as file:
        return Transitions(file["single"], file["all_frames"])
