"""Taking over work that was done elsewhere: rows of other tools' files, read leniently, with what was left out and why."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from reelwright.digest import file_sha256
from reelwright.errors import BadItem, listed
from reelwright.foreign import read_foreign_rows, read_foreign_text

T = TypeVar("T")

SHOWN = 5
"""Rows that a warning names; the report has them all."""


@dataclass(frozen=True)
class Kind:
    """What is taken over."""

    what: str
    """In the plural, for messages: ``captions``."""
    key: str
    """The spec's key that names the files."""
    tables: bool = False
    """Whether CSV files are read too."""


@dataclass(frozen=True)
class Taken(Generic[T]):
    """What was read."""

    rows: list[T]
    files: list[dict[str, Any]]
    """For the report: file, sha256, rows, and those that were left out, each with the reason."""


def take_over(
    files: Sequence[Path],
    kind: Kind,
    convert: Callable[[Path, int, dict[str, Any]], T | str],
    warn: Callable[[str], None],
) -> Taken[T]:
    """Read ``files``. ``convert`` makes a row (file, number from 1, row) or says in a sentence why it is left out.

    A file that is missing or can't be read is a BadItem: what was paid for would be bought again.
    """
    taken: list[T] = []
    counts: list[dict[str, Any]] = []
    for path in files:
        rows = _rows(path, kind)
        left: list[str] = []
        for number, row in enumerate(rows, 1):
            found = convert(path, number, row)
            if isinstance(found, str):
                left.append(found)
            else:
                taken.append(found)
        counts.append({"file": str(path), "sha256": file_sha256(path), "rows": len(rows), "left_out": left})
        if left:
            warn(f"{path}: {len(left)} of {len(rows)} rows are left out: {listed(left, SHOWN)}")
    return Taken(taken, counts)


def getter(row: dict[str, Any]) -> Callable[..., Any]:
    """A function that gives the first of some names whose value can be taken as a type; None where none can."""

    def get(kind: type, *names: str) -> Any:
        for name in names:
            value = row.get(name)
            if value in (None, "") or isinstance(value, bool | list | dict):
                continue
            try:
                return kind(value)
            except ValueError:
                continue
        return None

    return get


def _rows(path: Path, kind: Kind) -> list[dict[str, Any]]:
    what = f"{kind.what} made elsewhere ({kind.key})"
    if not kind.tables or path.suffix.lower() != ".csv":
        return read_foreign_rows(path, what)
    try:
        return list(csv.DictReader(io.StringIO(read_foreign_text(path, what), newline=""), strict=True))
    except csv.Error as error:
        raise BadItem("unreadable", f"{path}: no valid CSV: {error} ({what})") from error
