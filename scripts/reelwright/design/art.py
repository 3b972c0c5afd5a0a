"""One file of production art: loose, or a member of an archive."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

from reelwright.spec.design import ArtFolder

COLUMNS = [
    "path",
    "archive",
    "folder",
    "dictionary",
    "kind",
    "bytes",
    "packed",
    "modified",
    "crc32",
    "state",
    "problem",
]
"""Columns of ``design/inventory.csv``."""

KINDS = {
    "psd": "psd",
    "psb": "psb",
    "tif": "tiff",
    "tiff": "tiff",
    "png": "png",
    "jpg": "jpg",
    "jpeg": "jpg",
    "ai": "ai",
    "eps": "ai",
    "pdf": "pdf",
    "zip": "archive",
    "rar": "archive",
    "7z": "archive",
}
"""What a suffix says a file is; others are ``other``."""

PICTURES = frozenset({"psd", "psb", "tiff", "png", "jpg", "ai", "pdf"})
"""Kinds that show something."""

_SYSTEM = re.compile(r"(^|/)(__MACOSX/|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$|Icon\r?$)", re.IGNORECASE)
"""What operating systems leave behind."""


@dataclass(frozen=True)
class ArtFile:
    """A row of the inventory."""

    path: str
    """Below the delivered folder, or within the archive."""
    archive: str
    """Path of the archive below the delivered folder; empty for a loose file."""
    folder: str
    """The folder or archive of the spec that it belongs to; empty where it belongs to none."""
    dictionary: str
    """``characters props backgrounds style_guides``, or empty."""
    kind: str
    """``psd psb tiff png jpg ai pdf archive system other``."""
    bytes: int
    packed: int | None
    """Bytes in the archive; None for loose files."""
    modified: str
    """ISO 8601: UTC for a loose file, the packer's local time for a member."""
    crc32: str
    """Eight hex digits; empty for a loose file that nobody has read."""
    state: str
    """Compared with the archive it was unpacked from: ``matching differing only_here``; of a member: ``matching differing
    only_there``; empty where there is nothing to compare with."""
    problem: str
    """Why it can't be opened; empty where it can."""

    @property
    def place(self) -> str:
        """Its path below the delivered folder, the archive like a folder."""
        return f"{self.archive}/{self.path}" if self.archive else self.path

    @property
    def within(self) -> str:
        """Its path within the spec's folder."""
        return self.place.removeprefix(self.folder).lstrip("/")


def kind_of(path: str) -> str:
    """What kind of file a path names."""
    if _SYSTEM.search(path):
        return "system"
    return KINDS.get(PurePosixPath(path).suffix[1:].lower(), "other")


def folder_of(place: str, folders: Mapping[str, ArtFolder]) -> str:
    """The spec's folder that ``place`` lies in, the longest that fits; empty where none does."""
    fits = [key for key in folders if place == key.rstrip("/") or place.startswith(f"{key.rstrip('/')}/")]
    return max(fits, key=len, default="")


def inventory_text(files: Iterable[ArtFile]) -> list[dict[str, str | int | None]]:
    """The rows of the inventory, in the order of places."""
    return [asdict(one) for one in sorted(files, key=lambda one: (one.archive, one.path))]


def read_inventory(path: Path) -> list[ArtFile]:
    """The files of an inventory that the build wrote."""
    with path.open(encoding="utf-8", newline="") as file:
        return [_file(row) for row in csv.DictReader(file)]


def _file(row: dict[str, str]) -> ArtFile:
    text = {name: value for name, value in row.items() if name not in ("bytes", "packed")}
    return ArtFile(**text, bytes=int(row["bytes"]), packed=int(row["packed"]) if row["packed"] else None)
