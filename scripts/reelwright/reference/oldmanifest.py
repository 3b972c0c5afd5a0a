"""The old manifest: rows of clips, each with the ``episode_id`` of the old season bible."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from reelwright.errors import BadItem
from reelwright.reference.oldbible import read_old_json

WHAT = "the old manifest (reference.manifest)"


def read_old_manifest(path: Path) -> list[dict[str, Any]]:
    """The rows of a manifest: a JSON list of objects, an object that holds one, or JSONL (by its suffix).

    Raises BadItem ``missing``, or ``reference`` naming the file and the place of what is no row.
    """
    rows = _lines(path) if path.suffix.lower() == ".jsonl" else read_old_json(path, WHAT)
    if isinstance(rows, dict):
        lists = [one for one in rows.values() if isinstance(one, list) and one and isinstance(one[0], dict)]
        rows = lists[0] if len(lists) == 1 else None
    if not isinstance(rows, list):
        raise BadItem("reference", f"{path}: expected a list of rows, one a clip ({WHAT})")
    for index, row in enumerate(rows):
        if not isinstance(row, dict):
            raise BadItem("reference", f"{path}: row {index} is no object: expected a row, one a clip ({WHAT})")
    return rows


def _lines(path: Path) -> list[Any]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError as error:
        raise BadItem("missing", f"{path}: {WHAT} that the spec names is missing") from error
    except (OSError, UnicodeDecodeError) as error:
        raise BadItem("reference", f"{path}: can't be read: {error} ({WHAT})") from error
    rows = []
    for number, line in enumerate(lines, 1):
        try:
            rows += [json.loads(line)] if line.strip() else []
        except (ValueError, RecursionError) as error:
            raise BadItem("reference", f"{path}: line {number}: no valid JSON: {error} ({WHAT})") from error
    return rows
