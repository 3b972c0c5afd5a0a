"""The store: encoded media by recipe digest, outliving every rerun.

What lies in it is read-only and checked by sha256 when it is taken out; results are hard links to it, or copies where
links fail. ``Store`` is all that the stages know: jobs that share no disk have their folders behind a bucket.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from reelwright.digest import file_sha256
from reelwright.files import whole, write_text
from reelwright.shared import Mirror, mirror_of


class Store(Protocol):
    """Where encoded media lives."""

    def get(self, digest: str, suffix: str) -> Path | None:
        """The stored file made by the recipe ``digest``, or None where it is absent or damaged."""

    def put(self, digest: str, suffix: str, write: Callable[[Path], None]) -> Path:
        """Store what ``write`` writes to the path it is given; returns the stored file."""


class FolderStore:
    """A store in a folder: ``<digest[:2]>/<digest><suffix>`` with the sha256 of its bytes beside it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._work = root / "work"
        self._work.mkdir(parents=True, exist_ok=True)
        self._sweep()

    def _sweep(self) -> None:
        """Remove what killed processes of this host left behind."""
        for path in self._work.iterdir():
            host, pid, *_ = path.name.lstrip(".").split("~")
            if host == socket.gethostname() and pid.isdigit() and not Path(f"/proc/{pid}").exists():
                path.unlink(missing_ok=True)

    @staticmethod
    def _name(digest: str, suffix: str) -> str:
        """Path of a stored file below the root."""
        return f"{digest[:2]}/{digest}{suffix}"

    def _place(self, digest: str, suffix: str) -> Path:
        return self.root / self._name(digest, suffix)

    def get(self, digest: str, suffix: str) -> Path | None:
        """See ``Store.get``. A damaged file is removed, so that it is made again."""
        place = self._place(digest, suffix)
        seal = place.with_name(place.name + ".sha256")
        try:
            if seal.read_text(encoding="ascii") == file_sha256(place):
                return place
        except FileNotFoundError:
            return None
        place.unlink(missing_ok=True)
        return None

    def size(self, digest: str, suffix: str) -> int | None:
        """Bytes of the stored file, which is not read; None where it is absent."""
        try:
            return self._place(digest, suffix).stat().st_size
        except FileNotFoundError:
            return None

    def reserve(self, suffix: str) -> Path:
        """A fresh path on the store's disk to write to, for ``commit``."""
        return self._work / f"{socket.gethostname()}~{os.getpid()}~{secrets.token_hex(6)}{suffix}"

    def commit(self, written: Path, digest: str, suffix: str) -> Path:
        """Move a reserved file into its place, read-only, with its seal; the last of several equal writers wins."""
        return self._keep(written, file_sha256(written), digest, suffix)

    def _keep(self, written: Path, sha256: str, digest: str, suffix: str) -> Path:
        """``commit`` of a file whose ``sha256`` is known."""
        place = self._place(digest, suffix)
        seal = self.reserve(".sha256")
        try:
            place.parent.mkdir(exist_ok=True)
            write_text(seal, sha256)
            written.chmod(0o444)
            written.replace(place)
            seal.replace(place.with_name(place.name + ".sha256"))
        finally:
            # Nothing is left there unless the disk was full.
            for left in (written, seal):
                left.unlink(missing_ok=True)
        return place

    def put(self, digest: str, suffix: str, write: Callable[[Path], None]) -> Path:
        """See ``Store.put``."""
        reserved = self.reserve(suffix)
        try:
            write(reserved)
            return self.commit(reserved, digest, suffix)
        finally:
            reserved.unlink(missing_ok=True)


class SharedStore(FolderStore):
    """A folder of this machine, with a bucket behind it: what is missing here is fetched, what is made here is put there."""

    def __init__(self, root: Path, bucket: Mirror) -> None:
        super().__init__(root)
        self._bucket = bucket

    def get(self, digest: str, suffix: str) -> Path | None:
        """See ``Store.get``."""
        return super().get(digest, suffix) or self._fetched(digest, suffix)

    def _fetched(self, digest: str, suffix: str) -> Path | None:
        name = self._name(digest, suffix)
        seal = self._bucket.read(f"{name}.sha256")
        if seal is None:
            return None
        reserved, sha256 = self.reserve(suffix), seal.decode("ascii")
        try:
            sound = self._bucket.fetch(name, reserved) and file_sha256(reserved) == sha256
            return self._keep(reserved, sha256, digest, suffix) if sound else None
        finally:
            reserved.unlink(missing_ok=True)

    def size(self, digest: str, suffix: str) -> int | None:
        """Bytes of the stored file, which is not read; None where it is absent."""
        here = super().size(digest, suffix)
        return self._bucket.size(self._name(digest, suffix)) if here is None else here

    def commit(self, written: Path, digest: str, suffix: str) -> Path:
        """See ``FolderStore.commit``; it is in the bucket when this returns."""
        place, name = super().commit(written, digest, suffix), self._name(digest, suffix)
        self._bucket.put(name, place)
        # The seal last: without it there is nothing yet.
        self._bucket.put(f"{name}.sha256", place.with_name(f"{place.name}.sha256"))
        return place


def open_store(root: Path) -> FolderStore:
    """The store in the folder ``root``, with the bucket behind it where the environment names one."""
    bucket = mirror_of(root)
    return FolderStore(root) if bucket is None else SharedStore(root, bucket)


def link(stored: Path, target: Path) -> None:
    """Put a stored file at ``target``: a hard link, or a copy where the disk makes none."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        os.link(stored, target)
    except OSError:
        with whole(target) as temporary:
            shutil.copyfile(stored, temporary)
