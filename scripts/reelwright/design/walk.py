"""What lies in the delivered folder of production art, and whether anything of it has changed. Opens no file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class LooseFile:
    """A file in a folder."""

    path: str
    """Below the delivered folder, with ``/``, as the disk has it."""
    bytes: int
    modified_ns: int
    problem: str = ""
    """Why it is no file to read: a link to a folder (it may lead in circles) or to nothing, a folder that can't be listed."""


def walk_art(folder: Path) -> Iterator[LooseFile]:
    """Every file below ``folder``, in no order; nothing where there is no such folder."""
    todo = [(str(folder), "")]
    while todo:
        place, prefix = todo.pop()
        try:
            entries = os.scandir(place)
        except FileNotFoundError:
            continue
        except OSError as error:
            yield LooseFile(prefix.rstrip("/") or ".", 0, 0, f"the folder can't be listed: {error.strerror}")
            continue
        with entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    todo.append((entry.path, f"{prefix}{entry.name}/"))
                else:
                    yield from _file(entry, f"{prefix}{entry.name}")


def _file(entry: os.DirEntry[str], path: str) -> Iterator[LooseFile]:
    try:
        problem = "is a link to a folder" if entry.is_symlink() and entry.is_dir() else ""
        try:
            facts = entry.stat()
        except OSError:
            facts, problem = entry.stat(follow_symlinks=False), "is a link to nothing"
    except FileNotFoundError:
        # Gone since the folder was listed.
        return
    yield LooseFile(path, facts.st_size, facts.st_mtime_ns, problem)


def art_state(folder: Path) -> str:
    """Hex sha256 of names, sizes and times of all files below ``folder``: it changes with whatever is delivered."""
    lines = sorted(f"{one.path}\0{one.bytes}\0{one.modified_ns}\0{one.problem}" for one in walk_art(folder))
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()
