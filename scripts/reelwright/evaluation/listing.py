"""Which pictures a folder holds, from one shallow listing. Runs when the workflow is parsed: it opens none of them."""

from __future__ import annotations

from pathlib import Path

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
"""Kinds of picture files."""


def pictures_in(folder: str) -> list[str]:
    """Paths of the pictures that lie in ``folder`` itself, in order of their names; none where there is no such folder."""
    try:
        names = sorted(entry.name for entry in Path(folder).iterdir())
    except OSError:
        return []
    return [str(Path(folder, name)) for name in names if name.lower().endswith(SUFFIXES) and not name.startswith(".")]
