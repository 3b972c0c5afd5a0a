"""How titles are compared, and what they are called in names of files."""

from __future__ import annotations

import re
import unicodedata


def plain(title: str) -> str:
    """A title's letters and digits, for comparing: case, accents, spaces, underscores, punctuation don't matter."""
    folded = unicodedata.normalize("NFKD", title).casefold()
    return "".join(character for character in folded if character.isalnum())


def slug(title: str) -> str:
    """A title as the variant part of a source_id: ``it-takes-a-slob``."""
    ascii_only = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only.replace("'", "")).strip("-") or "untitled"
