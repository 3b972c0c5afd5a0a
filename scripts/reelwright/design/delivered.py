"""The stage ``list_inventory``: every delivered file of a project in one table, masters and production art alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reelwright.design.art import read_inventory
from reelwright.files import read_json, write_csv

COLUMNS = (
    "root",
    "path",
    "archive",
    "source_id",
    "kind",
    "folder",
    "dictionary",
    "bytes",
    "packed",
    "modified",
    "crc32",
    "sha256",
    "state",
    "problem",
)
"""Columns of ``sources/inventory.csv``."""


@dataclass(frozen=True)
class DeliveredMaster:
    """A master that the spec or the delivery names, and what became of it."""

    source_id: str
    path: str
    """Below ``sources.folder``."""
    probe: Path
    outcome: Path


@dataclass(frozen=True)
class Art:
    """The inventory of production art."""

    folder: str
    """As the spec names it."""
    inventory: Path


def list_inventory(
    out: Path, *, folder: Path, masters: Sequence[DeliveredMaster], subtitles: Sequence[str], art: Art | None
) -> None:
    """Write the table to ``out``: masters and ``subtitles`` (paths) of ``folder``, then the production art.

    A file that was not delivered, or can't be read, has its row and its problem.
    """
    rows = [_master(folder, one) for one in masters]
    rows += [
        _row(root=str(folder), path=_below(folder, path), kind="subtitles", **_stat(Path(path))) for path in subtitles
    ]
    if art is not None:
        rows += [_row(root=art.folder, **asdict(one)) for one in read_inventory(art.inventory)]
    write_csv(out, list(COLUMNS), rows)


def _master(folder: Path, one: DeliveredMaster) -> dict[str, Any]:
    outcome = read_json(one.outcome)
    found = {"root": str(folder), "path": one.path, "source_id": one.source_id, "kind": "master"}
    if outcome["status"] == "failed":
        return _row(**found, **_stat(folder / one.path), problem=outcome["error"]["message"])
    return _row(**found, **_stat(folder / one.path), sha256=read_json(one.probe)["sha256"])


def _below(folder: Path, path: str) -> str:
    return Path(path).relative_to(folder).as_posix()


def _stat(path: Path) -> dict[str, Any]:
    try:
        stat = path.stat()
    except OSError:
        return {}
    modified = datetime.fromtimestamp(stat.st_mtime, UTC).isoformat(timespec="seconds")
    return {"bytes": stat.st_size, "modified": modified}


def _row(**values: Any) -> dict[str, Any]:
    return {name: values.get(name) for name in COLUMNS}
