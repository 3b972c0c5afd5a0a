"""Evaluation pictures that no image of a package may nearly copy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from reelwright.align.stills import still
from reelwright.errors import BadItem, BuildError
from reelwright.evaluation.guard import leak_words
from reelwright.evaluation.leaks import find_leaks


class GuardedPictures:
    """The pictures that models are judged by (`evaluation.pictures`), measured as the guard of the video lane does."""

    def __init__(self, paths: Sequence[Path]) -> None:
        """Raises BuildError for a picture that can't be read: what can't be seen can't be looked for."""
        try:
            self._pictures = [still(str(path), path) for path in paths]
        except (BadItem, OSError) as error:
            raise BuildError(f"an evaluation picture can't be guarded: {error}") from error

    def leaks(self, images: Mapping[str, Path]) -> dict[str, str]:
        """Which of ``images`` (by name) nearly copy one, with both sides in words."""
        if not self._pictures or not images:
            return {}
        found = find_leaks([still(name, path) for name, path in images.items()], self._pictures)
        return {one.row: leak_words({**asdict(one), "guarded_frame": None}) for one in found}
