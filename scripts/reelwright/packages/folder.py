"""The folder of a package, whatever its lane: whole or absent, with what says where its rows are from."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from reelwright.files import check, write_text

PREFLIGHT, TABLE = "preflight.json", "preflight.csv"
"""Report and table of the preflight, in the package's folder: they go when the package is built anew."""


def prompt_sha256(prompt: str) -> str:
    """Hex sha256 of a prompt's text, by which an edit after the build is seen."""
    return hashlib.sha256(prompt.encode()).hexdigest()


@contextmanager
def staged(out: Path) -> Iterator[Path]:
    """Yield a fresh folder beside ``out`` that takes its place when the block ends well, and goes otherwise."""
    out.parent.mkdir(parents=True, exist_ok=True)
    for left in out.parent.glob(f".{out.name}.*"):
        shutil.rmtree(left)
    fresh = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
    try:
        yield fresh
        fresh.chmod(0o755)
        old = fresh.with_name(f"{fresh.name}.old")
        if out.exists():
            out.rename(old)
        fresh.rename(out)
        if old.exists():
            shutil.rmtree(old)
    finally:
        if fresh.exists():
            shutil.rmtree(fresh)


def write_provenance(path: Path, head: dict[str, Any], rows: list[dict[str, Any]], schema: str) -> None:
    """Write the provenance with one row a line: a row may list each of its frames, which indented would fill pages."""
    check({**head, "rows": rows}, schema, path.name)
    lines = ",\n".join(f"    {json.dumps(row, ensure_ascii=False)}" for row in rows)
    opening = json.dumps(head, indent=2, ensure_ascii=False).removesuffix("\n}")
    write_text(path, f'{opening},\n  "rows": [\n{lines}\n  ]\n}}\n')
