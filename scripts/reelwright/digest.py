"""Digests: of bytes (what a file is) and of recipes (all that a result depends on)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO


def file_sha256(path: Path) -> str:
    """Hex sha256 of a file's bytes, read in blocks."""
    with path.open("rb") as file:
        return stream_sha256(file)


def stream_sha256(file: BinaryIO) -> str:
    """Hex sha256 of a file that is open at its beginning, read in blocks."""
    # Every file that is open for reading bytes has `readinto`, which BinaryIO doesn't say.
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


def recipe_digest(recipe: Mapping[str, Any]) -> str:
    """Hex sha256 of a recipe: its canonical JSON (sorted keys, no spaces), so that key order never matters.

    A recipe names sources by sha256, spans by PTS and settings by value; it never names bytes that a library update
    could change.
    """
    text = json.dumps(recipe, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
