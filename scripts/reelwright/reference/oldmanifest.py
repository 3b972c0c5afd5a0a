"""The old manifest: rows of clips, each with the ``episode_id`` of the old season bible."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reelwright.foreign import read_foreign_rows


def read_old_manifest(path: Path) -> list[dict[str, Any]]:
    """The rows of the manifest; raises BadItem ``missing`` or ``reference`` (see ``read_foreign_rows``)."""
    return read_foreign_rows(path, "the old manifest (reference.manifest)", "reference")
