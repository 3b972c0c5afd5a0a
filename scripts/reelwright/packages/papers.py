"""The papers of a package: what goes with its rows so that others can check them, read about them and make them again."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reelwright.digest import file_sha256
from reelwright.files import whole, write_json
from reelwright.packages import recut
from reelwright.packages.croissant import croissant
from reelwright.packages.fates import write_selection
from reelwright.packages.select import EpisodeSelection
from reelwright.packages.sums import write_sums


def write_papers(folder: Path, chosen: Sequence[EpisodeSelection]) -> None:
    """Write what goes with clips: ``selection.csv`` and ``recut.py``."""
    write_selection(folder / "selection.csv", chosen)
    with whole(folder / "recut.py") as temporary:
        shutil.copyfile(recut.__file__, temporary)


def seal_package(
    folder: Path, name: str, description: str, rows: Sequence[dict[str, Any]], origin: Sequence[dict[str, Any]]
) -> None:
    """Write ``croissant.json`` and, over all that is in ``folder``, ``SHA256SUMS``: the last that is done to a package.

    ``rows`` are those of ``metadata.jsonl``, ``origin`` those of the provenance.
    """
    digest = file_sha256(folder / "metadata.jsonl")
    media = {row.get("image") or row["video"]: row["media_sha256"] for row in origin}
    write_json(folder / "croissant.json", croissant(name, description, rows, digest, Path(next(iter(media))).suffix))
    write_sums(folder, media)
