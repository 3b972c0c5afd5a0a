"""Taking over work that was done elsewhere: rows of other tools' files, read leniently, with what was left out and why."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from reelwright.digest import file_sha256
from reelwright.errors import BadItem

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
    lists: tuple[str, ...]
    """Keys below which a JSON file may hold its list of rows."""
    tables: bool = False
    """Whether CSV files are read too."""


@dataclass(frozen=True)
class Taken(Generic[T]):
    """What was read."""

    rows: list[T]
    files: list[dict[str, Any]]
    """For the report: file, sha256, rows, and those that were left out, each with the reason."""


def take_over(
    files: Sequence[Path], kind: Kind, convert: Callable[[Path, int, Any], T | str], warn: Callable[[str], None]
) -> Taken[T]:
    """Read ``files``. ``convert`` makes a row (file, number from 1, value) or says in a sentence why it is left out.

    A file that is missing or can't be read is a BadItem: what was paid for would be bought again.
    """
    taken: list[T] = []
    counts: list[dict[str, Any]] = []
    for path in files:
        rows = list(_rows(path, kind))
        left: list[str] = []
        for number, row in enumerate(rows, 1):
            found = convert(path, number, row)
            if isinstance(found, str):
                left.append(found)
            else:
                taken.append(found)
        counts.append({"file": str(path), "sha256": file_sha256(path), "rows": len(rows), "left_out": left})
        if left:
            more = f" and {len(left) - SHOWN} more" if len(left) > SHOWN else ""
            warn(f"{path}: {len(left)} of {len(rows)} rows are left out: {'; '.join(left[:SHOWN])}{more}")
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


def _rows(path: Path, kind: Kind) -> Iterator[Any]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise BadItem("missing", f"{path}: the {kind.what} that {kind.key} names are missing") from error
    except (OSError, UnicodeDecodeError) as error:
        raise BadItem("unreadable", f"{path}: the {kind.what} can't be read: {error}") from error
    if kind.tables and path.suffix.lower() == ".csv":
        yield from csv.DictReader(io.StringIO(text, newline=""))
        return
    try:
        if path.suffix == ".jsonl":
            yield from (json.loads(line) for line in text.splitlines() if line.strip())
            return
        data = json.loads(text)
    except ValueError as error:
        raise BadItem("unreadable", f"{path}: no valid JSON: {error}") from error
    if isinstance(data, dict):
        data = next((data[key] for key in kind.lists if isinstance(data.get(key), list)), None)
    if not isinstance(data, list):
        raise BadItem("unreadable", f"{path}: expected a list of {kind.what}, or one below {', '.join(kind.lists)}")
    yield from data
