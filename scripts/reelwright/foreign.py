"""Reading text and JSON that somebody else wrote: whatever is wrong is one message with file, place and reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from reelwright.errors import BadItem


def read_foreign_text(path: Path, what: str, code: str = "unreadable") -> str:
    """The text in ``path``, which the spec names and messages call ``what``; raises BadItem ``missing``, or ``code``."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise _unread(path, what, code, error) from error


def read_foreign_json(path: Path, what: str, code: str = "unreadable") -> Any:
    """The JSON value in ``path``, which the spec names and messages call ``what``.

    Raises BadItem ``missing``, or ``code`` with the place of what is wrong.
    """
    try:
        return _parsed(read_foreign_text(path, what, code))
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise BadItem(code, f"{path}: {place}: no valid JSON: {error.msg} ({what})") from error
    except (ValueError, RecursionError) as error:
        raise _unread(path, what, code, error) from error


def read_foreign_rows(path: Path, what: str, code: str = "unreadable") -> list[dict[str, Any]]:
    """The rows in ``path``: a JSON list of objects, an object that holds one such list, or JSONL (by its suffix).

    Raises BadItem as ``read_foreign_json`` does, and where a row is no object.
    """
    rows = _lines(path, what, code) if path.suffix.lower() == ".jsonl" else read_foreign_json(path, what, code)
    if isinstance(rows, dict):
        lists = [one for one in rows.values() if isinstance(one, list) and one and isinstance(one[0], dict)]
        rows = lists[0] if len(lists) == 1 else None
    if not isinstance(rows, list):
        raise BadItem(code, f"{path}: expected a list of rows, or one list of rows in an object ({what})")
    for index, row in enumerate(rows):
        if not isinstance(row, dict):
            raise BadItem(code, f"{path}: row {index} is no object: expected a row ({what})")
    return rows


def _lines(path: Path, what: str, code: str) -> list[Any]:
    rows = []
    for number, line in enumerate(read_foreign_text(path, what, code).split("\n"), 1):
        try:
            rows += [_parsed(line)] if line.strip() else []
        except (ValueError, RecursionError) as error:
            raise BadItem(code, f"{path}: line {number}: no valid JSON: {error} ({what})") from error
    return rows


def _parsed(text: str) -> Any:
    value = json.loads(text, parse_constant=_refuse)
    json.dumps(value, ensure_ascii=False).encode()  # half of a surrogate pair can be read, and not be written
    return value


def _unread(path: Path, what: str, code: str, error: Exception) -> BadItem:
    if isinstance(error, FileNotFoundError):
        return BadItem("missing", f"{path}: {what} that the spec names is missing")
    if isinstance(error, UnicodeDecodeError):
        return BadItem(code, f"{path}: no text in UTF-8: {error.reason} at byte {error.start} ({what})")
    if isinstance(error, RecursionError):
        return BadItem(code, f"{path}: is nested without end ({what})")
    return BadItem(code, f"{path}: can't be read: {error} ({what})")


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no number of JSON")
