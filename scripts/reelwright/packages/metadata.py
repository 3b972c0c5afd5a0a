"""``metadata.jsonl`` as a preflight reads it, whatever the package's lane: line by line, with what is wrong with each."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import Any

from reelwright.errors import Problem
from reelwright.files import check

METADATA = "metadata.jsonl"
PROVENANCE = "PROVENANCE.json"

SHOWN = 60
"""Characters of a value that a message shows."""


def shown(value: Any) -> str:
    """A value as JSON, shortened for a message."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def read_metadata(path: Path, schema: str) -> tuple[dict[int, dict[str, Any]], list[Problem]]:
    """The rows that hold to ``schema``, by line (from 1), and what is wrong with the other lines."""
    rows: dict[int, dict[str, Any]] = {}
    problems: list[Problem] = []
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return {}, [Problem(METADATA, "the file", "", f"can't be read: {error}")]
    for number, line in enumerate(text.removesuffix("\n").split("\n"), 1):
        if not line.strip():
            problems.append(Problem(METADATA, f"line {number}", "blank", "one JSON object a line: trainers crash here"))
            continue
        try:
            data = json.loads(line)
            check(data, schema, "")
        except ValueError as error:
            expected = "; ".join(part.removeprefix(": ") for part in str(error).splitlines())
            problems.append(Problem(METADATA, f"line {number}", shown(line), expected))
            continue
        rows[number] = data
    return rows, problems


def misplaced(media: str, package: Path) -> str | None:
    """What a row's path to its media should be, where it is none in the folder ``package``."""
    path = PurePosixPath(media)
    if path.is_absolute() or ".." in path.parts:
        return "a relative path inside the package"
    target = package / path
    if target.is_symlink() or not target.resolve().is_relative_to(package.resolve()):
        return "a file of the package itself, not a link out of it"
    return None if target.is_file() else "a file that exists"
