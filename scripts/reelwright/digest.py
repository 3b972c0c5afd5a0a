"""Digests: of bytes (what a file is) and of recipes (all that a result depends on)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

BLOCK = 1 << 20
"""Bytes read at a time."""


def file_sha256(path: Path) -> str:
    """Hex sha256 of a file's bytes, read in blocks."""
    with path.open("rb") as file:
        return stream_sha256(file)


def stream_sha256(file: BinaryIO) -> str:
    """Hex sha256 of the rest of an open file."""
    digest = hashlib.sha256()
    while block := file.read(BLOCK):
        digest.update(block)
    return digest.hexdigest()


def recipe_digest(recipe: Mapping[str, Any]) -> str:
    """Hex sha256 of a recipe: its canonical JSON (sorted keys, no spaces), so that key order never matters.

    A recipe names sources by sha256, spans by PTS and settings by value; it never names bytes that a library update
    could change.
    """
    text = json.dumps(recipe, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
