"""Where execution keeps what it needs: all of it below ``execution/`` in the folder of the actors, on the disk of their images.

Nothing here is ever written over: what comes into the trash, or out of it, finds its place free or stays where it is.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from reelwright.digest import file_sha256
from reelwright.errors import BadItem, BuildError

UNFINISHED = ".unfinished"
"""What names of files end with that are being written."""

FULL = (errno.ENOSPC, errno.EDQUOT)
"""Errors of a disk that is full."""

Step = Callable[[str], None]
"""Called between any two steps, with the name of the one that is done: tests end the process there."""


def no_step(name: str) -> None:
    """The step of everyday."""


@dataclass(frozen=True)
class Places:
    """The folders and files of execution."""

    folder: Path
    """The folder of the actors: the spec's `actors.folder`."""

    @property
    def root(self) -> Path:
        """Below which everything lies."""
        return self.folder / "execution"

    @property
    def journal(self) -> Path:
        """The journal of all actors."""
        return self.root / "journal"

    @property
    def lock(self) -> Path:
        """Held by whoever executes."""
        return self.root / "lock"

    @property
    def slots(self) -> Path:
        """Who asks the generator at the moment."""
        return self.root / "slots"

    def images(self, actor: str) -> Path:
        """The folder of an actor's images."""
        return self.folder / "actors" / actor / "training_data"

    def manifest(self, actor: str) -> Path:
        """The manifest of an actor's images."""
        return self.images(actor) / "manifest.json"

    def all_trash(self, actor: str) -> Path:
        """What was taken away from an actor, in any run."""
        return self.root / "trash" / actor

    def trash(self, actor: str, run: str) -> Path:
        """What a run took away from an actor."""
        return self.all_trash(actor) / run

    def backup(self, actor: str, run: str) -> Path:
        """The manifest's bytes from before a run."""
        return self.root / "manifests" / run / f"{actor}.json"

    def staged(self, actor: str, run: str, op: int, attempt: int) -> Path:
        """An image that has come and is in no set yet."""
        return self.root / "staged" / run / f"{actor}.{op}.{attempt}"


def move(source: Path, target: Path, sha256: str, step: Step = no_step) -> bool:
    """Move a file; whether it is at ``target`` now, by this call or by one that was killed. False where it is nowhere.

    A link and a removal, for renaming would write over what lies at ``target``. Raises BadItem ``taken`` where other bytes
    than ``sha256`` lie there already.
    """
    if target.exists():
        if file_sha256(target) != sha256:
            raise BadItem("taken", f"{target}: another file lies there already, and nothing is written over")
        if source.exists() and file_sha256(source) == sha256:
            source.unlink()
        return True
    if not source.exists():
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except FileExistsError:
        raise BadItem("taken", f"{target}: another file has just come there, and nothing is written over") from None
    except OSError:
        _copy(source, target)
    step("linked")
    source.unlink()
    step("moved")
    return True


def _copy(source: Path, target: Path) -> None:
    """For disks that know no links, and other disks."""
    import shutil

    with _whole(target) as temporary:
        shutil.copy2(source, temporary)


def write_bytes(path: Path, data: bytes) -> None:
    """Write ``data`` whole or not at all, and wait until it is on the disk: what was paid for outlives a power cut.

    Raises BuildError naming ``path`` where the disk is full.
    """
    with _whole(path) as temporary:
        temporary.write_bytes(data)


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """As ``files.whole``, by way of a file that a killed process leaves under a name at which ``sweep`` finds it."""
    temporary = path.with_name(f".{path.name}{UNFINISHED}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        if error.errno not in FULL:
            raise
        raise BuildError(f"{path}: the disk is full: make room and run the same command again") from error


def sweep(places: Places, actor: str) -> None:
    """Remove what killed processes of ours left unfinished; only for whoever holds the lock."""
    left = [*places.images(actor).glob(f".*{UNFINISHED}"), *places.root.glob(f"staged/*/.{actor}.*{UNFINISHED}")]
    for path in left:
        path.unlink(missing_ok=True)
