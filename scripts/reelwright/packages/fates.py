"""``selection.csv``: of each clip of a package's episodes, whether it is a row and why, for a person to look up or sort."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reelwright.files import check, write_csv
from reelwright.packages.select import EpisodeSelection, Fate

COLUMNS = ["clip_id", "episode", "row", "kind", "reason", "seconds", "characters", "location", "camera"]


def fate_row(fate: Fate) -> dict[str, Any]:
    """A line of ``selection.csv``."""
    traits = fate.traits
    return {
        "clip_id": fate.clip_id,
        "episode": traits.episode,
        "row": "yes" if fate.kind == "row" else "no",
        "kind": fate.kind,
        "reason": fate.reason,
        "seconds": f"{traits.seconds:.3f}",
        "characters": "; ".join(traits.characters),
        "location": traits.location or "",
        "camera": traits.camera or "",
    }


def write_selection(path: Path, chosen: Sequence[EpisodeSelection]) -> None:
    """Write the fate of every clip, by episode."""
    rows = [fate_row(fate) for episode in chosen for fate in episode.fates]
    for number, row in enumerate(rows, 2):
        check(row, "selection", f"{path.name}, line {number}")
    write_csv(path, COLUMNS, rows)
