"""Taking over work that was done elsewhere: rows of other tools' files, read leniently, with what was left out and why."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from reelwright.digest import file_sha256
from reelwright.errors import BadItem, listed
from reelwright.files import write_json, write_jsonl
from reelwright.foreign import read_foreign_rows, read_foreign_text
from reelwright.outcome import Record, attempt

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")
Row = TypeVar("Row", bound="DataclassInstance")

SHOWN = 5
"""Rows that a warning names; the report has them all."""


@dataclass(frozen=True)
class Kind:
    """What is taken over."""

    one: str
    """In the singular, by which schemas are called: ``caption``."""
    key: str
    """The spec's key that names the files."""
    tables: bool = False
    """Whether CSV files are read too."""

    @property
    def what(self) -> str:
        """In the plural, for messages: ``captions``."""
        return f"{self.one}s"


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


def import_rows(
    files: Sequence[Path],
    kind: Kind,
    convert: Callable[[Path, int, dict[str, Any]], Row | str],
    out: Path,
    report: Path,
    record: Record,
) -> None:
    """Read ``files`` (see ``take_over``) into ``out`` (JSONL, schema ``<one>_import``), and what was left out, and why, into
    ``report``. A file that is missing or can't be read fails the import."""
    with attempt(record, [out, report]) as notes:
        taken = take_over(files, kind, convert, notes.warn)
        rows = (asdict(one, dict_factory=_listing) for one in taken.rows)
        write_jsonl(out, rows, f"{kind.one}_import")
        write_json(report, {kind.what: len(taken.rows), "files": taken.files}, f"{kind.one}_import_report")


def _listing(fields: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """The fields of a row as JSON has them: what is a tuple here is a list there."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in fields}


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
