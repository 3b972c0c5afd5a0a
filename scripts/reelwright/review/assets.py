"""The page's own files: HTML, style and scripts, which the build joins and copies."""

from __future__ import annotations

import hashlib
from pathlib import Path

PAGE = Path(__file__).resolve().parent / "page"
"""Their folder."""

SCRIPTS = (
    "dom", "sprites", "csv", "store", "filters", "list", "media", "viewer", "facets", "served", "dialogs", "keyboard", "main",
)  # fmt: skip
"""Scripts, in the order in which they are joined: browsers load no modules from a disk."""


def html() -> str:
    """The page."""
    return (PAGE / "index.html").read_text(encoding="utf-8")


def style() -> str:
    """Its style sheet."""
    return (PAGE / "review.css").read_text(encoding="utf-8")


def script() -> str:
    """Its script, in a scope of its own."""
    joined = "\n".join((PAGE / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS)
    return f'"use strict";\n(() => {{\n{joined}}})();\n'


def page_digest() -> str:
    """Digest of all three: pages are made again when one changes."""
    return hashlib.sha256("\0".join((html(), style(), script())).encode()).hexdigest()
