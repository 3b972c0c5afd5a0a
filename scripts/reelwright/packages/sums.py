"""``SHA256SUMS``: what ``sha256sum -c`` checks a package's files by, wherever the folder was copied to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from reelwright.digest import file_sha256
from reelwright.files import write_text

SUMS = "SHA256SUMS"


def write_sums(folder: Path, known: Mapping[str, str]) -> None:
    """Write the sha256 of every file below ``folder`` but this one; ``known`` has those that are known already, by path.

    Paths are relative to ``folder``. A file that has several names (media that a trainer wants under its own) is read once.
    """
    digests: dict[tuple[int, int], str] = {}
    lines = []
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    for name in sorted(names, key=lambda name: name not in known):
        status = (folder / name).stat()
        key = (status.st_dev, status.st_ino)
        if key not in digests:
            digests[key] = known.get(name) or file_sha256(folder / name)
        if name != SUMS:
            lines.append((name, digests[key]))
    write_text(folder / SUMS, "".join(f"{digest}  {name}\n" for name, digest in sorted(lines)))
