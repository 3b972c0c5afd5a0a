"""Zip archives, read in place: members are listed from the directory, and reading one touches that one alone.

    with open_archive(path, limits) as archive:
        archive.problem                      # what is wrong with the archive itself, or None
        archive.members                      # every file in it; `problem` says why one can't be opened
        with archive.open_member(name) as file: ...

No temporary copies. One bad member never stops the others.
"""

from __future__ import annotations

import hashlib
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from reelwright.design.zipdir import LOCAL, LOCAL_SIGNATURE, CountedFile, Directory, Entry, read_directory
from reelwright.errors import BadItem
from reelwright.spec.design import ArchiveLimits
from reelwright.spec.explain import nearest_name

BLOCK = 1 << 20
"""Bytes read from the archive at a time."""

METHODS = {0: "stored", 8: "deflated"}
"""How members may be packed; the others (deflate64, bzip2, LZMA, zstd...) are reported."""


@dataclass(frozen=True)
class ArchiveProblem:
    """Why a member can't be opened."""

    code: str
    """``unsafe encrypted link method bomb truncated overlap duplicate``."""
    message: str
    """One sentence, naming the member."""


@dataclass(frozen=True)
class Member:
    """One file in an archive."""

    name: str
    """Its path in the archive: ``/`` between folders, composed letters (NFC)."""
    size: int
    """Bytes unpacked, as declared."""
    packed: int
    """Bytes in the archive."""
    crc32: int
    modified: str
    """Local time of who packed it, ISO 8601; empty where it is none."""
    encoding: str
    """How its name was read: ``ascii``, ``utf-8`` or ``cp437``."""
    stored: bool
    """Whether it lies there unpacked, so that readers may jump about in it at no cost."""
    problem: ArchiveProblem | None


class Archive:
    """An open archive; made by ``open_archive``."""

    def __init__(self, path: Path, file: CountedFile, directory: Directory, limits: ArchiveLimits) -> None:
        self.path = path
        self.problem = f"{path}: {directory.problem}" if directory.problem else None
        """What is wrong with the archive itself, as a sentence; the members that were found can be opened all the same."""
        self._file = file
        self._limits = limits
        pairs = list(_members(path, file.size, directory, limits))
        self.members = tuple(member for member, _ in pairs)
        """Every file in the archive, in the order of its directory."""
        self._usable = {member.name: (member, entry) for member, entry in pairs if member.problem is None}
        self._refused = {member.name: member.problem for member, _ in pairs if member.problem is not None}

    @property
    def bytes_read(self) -> int:
        """Bytes of the archive that were read so far, directory included."""
        return self._file.bytes_read

    def member(self, name: str) -> Member:
        """The usable member called ``name``; raises BadItem where there is none, or says why it can't be opened."""
        return self._find(name)[0]

    def open_member(self, name: str) -> BinaryIO:
        """The member as a seekable file, for as long as the archive is open. Reading raises BadItem for damaged bytes.

        Raises BadItem where there is no such member or it can't be opened. A member that doesn't lie there stored is unpacked
        in memory up to ``limits.buffer_mb``. A stored one that is not read from beginning to end is not checked by its CRC.
        """
        member, entry = self._find(name)
        data_at = self._data_offset(member, entry)
        if member.stored:
            return io.BufferedReader(_Stored(self, member, data_at), BLOCK)
        raw = _Inflated(self, member, data_at)
        if member.size <= self._limits.buffer_mb * 1e6:
            unpacked = io.BytesIO()
            while block := raw.read(BLOCK):
                unpacked.write(block)
            unpacked.seek(0)
            return unpacked
        return io.BufferedReader(raw, BLOCK)

    def sha256(self, name: str) -> str:
        """Hex sha256 of a member's bytes, which are read once and checked by their CRC; raises BadItem for damaged ones."""
        member, entry = self._find(name)
        kind = _Stored if member.stored else _Inflated
        digest = hashlib.sha256()
        with kind(self, member, self._data_offset(member, entry)) as raw:
            while block := raw.read(BLOCK):
                digest.update(block)
        return digest.hexdigest()

    def read_at(self, offset: int, count: int) -> bytes:
        """Bytes of the archive itself."""
        return self._file.read_at(offset, count)

    def _find(self, name: str) -> tuple[Member, Entry]:
        if name in self._usable:
            return self._usable[name]
        refused = self._refused.get(name)
        if refused is not None:
            raise BadItem(refused.code, refused.message, retryable=False)
        nearest = nearest_name(name, list(self._usable), cutoff=0.8)
        hint = f"; did you mean {nearest!r}?" if nearest else ""
        raise BadItem("missing", f"{self.path}: has no member {name!r}{hint}")

    def _data_offset(self, member: Member, entry: Entry) -> int:
        header = self._file.read_at(entry.offset, LOCAL.size + len(entry.raw_name))
        if not header.startswith(LOCAL_SIGNATURE) or header[LOCAL.size :] != entry.raw_name:
            raise BadItem(
                "damaged", f"{self.path}: {member.name}: the directory points to something else", retryable=False
            )
        *_, name_len, extra_len = LOCAL.unpack_from(header)
        return int(entry.offset + LOCAL.size + name_len + extra_len)


@contextmanager
def open_archive(path: Path, limits: ArchiveLimits) -> Iterator[Archive]:
    """Open the archive at ``path`` and read its directory; raises BadItem where it is missing or can't be read at all."""
    try:
        file = CountedFile(path)
    except FileNotFoundError as error:
        raise BadItem("missing", f"{path}: the archive is missing") from error
    except OSError as error:
        raise BadItem("unreadable", f"{path}: the archive can't be read: {error.strerror}") from error
    try:
        directory = read_directory(file)
        if directory.problem and not directory.entries:
            raise BadItem("archive", f"{path}: {directory.problem}", retryable=False)
        yield Archive(path, file, directory, limits)
    finally:
        file.close()


def _members(path: Path, file_size: int, directory: Directory, limits: ArchiveLimits) -> Iterator[tuple[Member, Entry]]:
    entries = [entry for entry in directory.entries if not entry.folder]
    overlapping = _overlapping(entries)
    taken: set[str] = set()
    total = 0
    for place, entry in enumerate(entries):
        name = "/".join(part for part in entry.name.split("/") if part not in ("", ".")) or entry.name
        found = _problem(entry, file_size, limits)
        if found is None and place in overlapping:
            found = "overlap", "shares its bytes with another member, as zip bombs do"
        if found is None and name in taken:
            found = "duplicate", "is there twice: the first is taken"
        if found is None and total + entry.size > limits.max_total_gb * 1e9:
            found = "bomb", f"with it the archive unpacks to more than {limits.max_total_gb:g} GB (max_total_gb)"
        if found is None:
            total += entry.size
            taken.add(name)
        unsafe = found is not None and found[0] == "unsafe"
        problem = ArchiveProblem(found[0], f"{path}: {entry.name!r}: {found[1]}") if found else None
        yield (
            Member(
                entry.name if unsafe else name,
                entry.size,
                entry.packed,
                entry.crc,
                entry.modified,
                entry.encoding,
                entry.method == 0,
                problem,
            ),
            entry,
        )


def _problem(entry: Entry, file_size: int, limits: ArchiveLimits) -> tuple[str, str] | None:
    """Code and words of what speaks against opening one member."""
    name = entry.name
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        return "unsafe", "has an absolute path"
    if ".." in name.split("/"):
        return "unsafe", "has a path that leaves the archive"
    if not name or re.search(r"[\x00-\x1f\x7f]", name):
        return "unsafe", "has control characters in its name, or none at all"
    if entry.link:
        return "link", "is a symbolic link"
    if entry.encrypted:
        return "encrypted", "is encrypted: deliver it without a password"
    if entry.method not in METHODS:
        return "method", f"is packed by method {entry.method}: expected stored or deflated"
    if entry.offset < 0 or entry.offset + LOCAL.size + len(entry.raw_name) + entry.packed > file_size:
        return "truncated", "lies beyond the end of the archive, which was cut off"
    if entry.method == 0 and entry.packed != entry.size:
        return "truncated", f"is stored in {entry.packed} bytes and declares {entry.size}"
    if entry.size > limits.max_member_gb * 1e9:
        return "bomb", f"unpacks to {entry.size / 1e9:.1f} GB, more than {limits.max_member_gb:g} (max_member_gb)"
    if entry.size > limits.ratio_from_mb * 1e6 and entry.size > limits.max_ratio * max(entry.packed, 1):
        return (
            "bomb",
            f"unpacks to {entry.size / max(entry.packed, 1):.0f} times its size, more than {limits.max_ratio:g}",
        )
    return None


def _overlapping(entries: list[Entry]) -> set[int]:
    """Places in the list of the members whose bytes begin within another's."""
    found, reach = set(), -1
    for place in sorted(range(len(entries)), key=lambda one: entries[one].offset):
        entry = entries[place]
        if entry.offset < reach:
            found.add(place)
        reach = max(reach, entry.offset + LOCAL.size + len(entry.raw_name) + entry.packed)
    return found


class _Reader(io.RawIOBase):
    """What readers of stored and of packed members share: a position, and the check at the end."""

    def __init__(self, archive: Archive, member: Member, data_at: int) -> None:
        self._archive, self._member, self._data_at = archive, member, data_at
        self._at = 0
        self._checked, self._crc = 0, 0
        """Bytes from the beginning on that the running CRC covers."""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def readall(self) -> bytes:
        return b"".join(iter(lambda: self.read(BLOCK), b""))

    def _target(self, offset: int, whence: int) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._member.size}[whence]
        if base + offset < 0:
            raise ValueError(f"negative position {base + offset}")
        return base + offset

    def _cover(self, data: bytes, at: int) -> None:
        """Take ``data`` at ``at`` into the running CRC, and compare at the end of the member."""
        if at != self._checked:
            return
        self._crc = zlib.crc32(data, self._crc)
        self._checked += len(data)
        if self._checked == self._member.size and self._crc != self._member.crc32:
            raise self._damaged("its bytes don't give the CRC that it declares")

    def _damaged(self, why: str) -> BadItem:
        return BadItem("damaged", f"{self._archive.path}: {self._member.name}: {why}", retryable=False)


class _Stored(_Reader):
    """A member that lies in the archive as it is."""

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = self._target(offset, whence)
        return self._at

    def readinto(self, buffer: memoryview | bytearray) -> int:  # type: ignore[override]
        count = max(0, min(len(buffer), BLOCK, self._member.size - self._at))
        if not count:
            return 0
        data = self._archive.read_at(self._data_at + self._at, count)
        if not data:
            raise self._damaged("the archive ends within it")
        buffer[: len(data)] = data
        self._cover(data, self._at)
        self._at += len(data)
        return len(data)


class _Inflated(_Reader):
    """A packed member, unpacked as it is read; jumping back begins again."""

    def __init__(self, archive: Archive, member: Member, data_at: int) -> None:
        super().__init__(archive, member, data_at)
        self._restart()

    def _restart(self) -> None:
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        self._taken = 0
        self._pending = b""
        self._at = 0

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        target = self._target(offset, whence)
        if target < self._at:
            self._restart()
        while self._at < target and self.read(min(BLOCK, target - self._at)):
            pass
        self._at = max(self._at, target)
        return self._at

    def readinto(self, buffer: memoryview | bytearray) -> int:  # type: ignore[override]
        wanted = max(0, min(len(buffer), BLOCK, self._member.size - self._at))
        if not wanted:
            return 0
        data = b""
        while not data:
            if not self._pending and self._taken < self._member.packed:
                block = min(BLOCK, self._member.packed - self._taken)
                self._pending = self._archive.read_at(self._data_at + self._taken, block)
                self._taken += len(self._pending)
            spent = not self._pending
            try:
                data = self._inflate.decompress(self._pending, wanted)
            except zlib.error as error:
                raise self._damaged(f"can't be unpacked: {error}") from error
            self._pending = self._inflate.unconsumed_tail
            if not data and (spent or self._inflate.eof):
                raise self._damaged(f"ends after {self._at} of {self._member.size} bytes")
        buffer[: len(data)] = data
        self._cover(data, self._at)
        self._at += len(data)
        return len(data)
