"""Reading a file of production art where it lies: loose, or within its archive; and its digest, when somebody asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from reelwright.design.archive import open_archive
from reelwright.digest import file_sha256
from reelwright.errors import BadItem
from reelwright.spec.design import ArchiveLimits


@contextmanager
def open_art(folder: Path, archive: str | None, path: str, limits: ArchiveLimits) -> Iterator[BinaryIO]:
    """The file at ``path`` below the delivered ``folder``, or in its ``archive``; raises BadItem where it can't be read."""
    if archive:
        with open_archive(folder / archive, limits) as opened, opened.open_member(path) as file:
            yield file
        return
    try:
        loose = (folder / path).open("rb")
    except OSError as error:
        raise _unreadable(folder / path, error) from error
    with loose:
        yield loose


def art_sha256(folder: Path, archive: str | None, path: str, limits: ArchiveLimits) -> str:
    """Hex sha256 of the same file; a member is checked by its CRC on the way."""
    if archive:
        with open_archive(folder / archive, limits) as opened:
            return opened.sha256(path)
    try:
        return file_sha256(folder / path)
    except OSError as error:
        raise _unreadable(folder / path, error) from error


def _unreadable(path: Path, error: OSError) -> BadItem:
    if isinstance(error, FileNotFoundError):
        return BadItem("missing", f"{path}: the file is missing")
    return BadItem("unreadable", f"{path}: the file can't be read: {error.strerror}")
