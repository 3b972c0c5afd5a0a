"""The directory of a zip archive (zip64 too), read without touching any member, and found again where it was cut off.

Layouts of the records are those of PKWARE's APPNOTE.TXT 6.3.10. Python's zipfile gives up the whole archive for one bad
name or extra field, which is why the directory is read here.
"""

from __future__ import annotations

import os
import stat
import struct
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_END = struct.Struct("<4s4H2LH")
_END64_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
LOCAL = struct.Struct("<4s5H3L2H")
"""A member's own header, before its name, extra field and data."""
LOCAL_SIGNATURE = b"PK\3\4"

_UNKNOWN_32 = 0xFFFFFFFF
_ZIP64, _UNICODE_PATH = 0x0001, 0x7075
_ENCRYPTED, _DESCRIPTOR, _UTF8 = 0x1, 0x8, 0x800
_MADE_ON_UNIX = (3, 19)

MAX_DIRECTORY = 256 << 20
"""Bytes of a directory that are read at most: some two million members. An end that claims more is damaged or hostile."""


class CountedFile:
    """A file that is read by position, and counts the bytes that were read."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        self.size = os.fstat(self._descriptor).st_size
        self.bytes_read = 0

    def read_at(self, offset: int, count: int) -> bytes:
        """Up to ``count`` bytes from ``offset``; fewer at the end of the file."""
        data = os.pread(self._descriptor, count, offset)
        self.bytes_read += len(data)
        return data

    def close(self) -> None:
        """Close it; harmless when closed already."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


@dataclass(frozen=True)
class Entry:
    """One entry of the directory, as it stands there."""

    name: str
    """Decoded, with ``/`` between folders, in composed letters (NFC)."""
    raw_name: bytes
    encoding: str
    """``ascii``, ``utf-8`` or ``cp437``: how the name was read."""
    flags: int
    method: int
    """0: stored, 8: deflated."""
    modified: str
    """Local time of who packed it, ISO 8601; empty where it is none."""
    crc: int
    packed: int
    """Bytes in the archive."""
    size: int
    """Bytes unpacked, as declared."""
    offset: int
    """Of its local header in the file."""
    mode: int
    """Unix mode, 0 where the archive was made elsewhere."""

    @property
    def encrypted(self) -> bool:
        """Whether a password would be needed."""
        return bool(self.flags & _ENCRYPTED)

    @property
    def folder(self) -> bool:
        """Whether it only says that there is a folder."""
        return self.name.endswith("/") or stat.S_ISDIR(self.mode)

    @property
    def link(self) -> bool:
        """Whether it is a symbolic link."""
        return stat.S_ISLNK(self.mode)


@dataclass(frozen=True)
class Directory:
    """All entries, and what was wrong with the directory itself."""

    entries: tuple[Entry, ...]
    problem: str | None = None


def read_directory(file: CountedFile) -> Directory:
    """The directory of the archive, from its end; where that is gone, as far as the local headers tell it.

    Never raises for the content of the file: what is no archive at all has no entries and a problem.
    """
    end = _find_end(file)
    if end is None:
        found = tuple(_walk_local_headers(file))
        if not found:
            return Directory((), "is no zip archive, or its beginning and end are gone")
        return Directory(found, f"is cut off: its directory is gone, {len(found)} members were found without it")
    start, size, count, shift = end
    if size > MAX_DIRECTORY:
        return Directory((), f"has a damaged end: it claims a directory of {size / 1e6:.0f} MB")
    entries, broken = _central_entries(file.read_at(start, size), count, shift)
    return Directory(tuple(entries), broken)


def _find_end(file: CountedFile) -> tuple[int, int, int, int] | None:
    """Where the directory begins, its bytes, its entries, and by how much offsets are shifted by what stands before."""
    tail_from = max(0, file.size - _END.size)
    tail = file.read_at(tail_from, _END.size)
    if not tail.startswith(b"PK\5\6"):
        # A comment may stand behind the end.
        tail_from = max(0, file.size - _END.size - 0xFFFF)
        tail = file.read_at(tail_from, file.size - tail_from)
    at = tail.rfind(b"PK\5\6")
    while at >= 0 and at + _END.size > len(tail):
        at = tail.rfind(b"PK\5\6", 0, at)
    if at < 0:
        return None
    *_, count, size, offset, _ = _END.unpack_from(tail, at)
    end = tail_from + at
    locator_at = end - _END64_LOCATOR.size
    locator = file.read_at(locator_at, _END64_LOCATOR.size) if locator_at >= 0 else b""
    if locator.startswith(b"PK\6\7") and len(locator) == _END64_LOCATOR.size:
        end = _END64_LOCATOR.unpack(locator)[2]
        record = file.read_at(end, _END64.size)
        if len(record) < _END64.size or not record.startswith(b"PK\6\6"):
            # What stands before the archive shifts the place that the locator names.
            end = locator_at - _END64.size
            record = file.read_at(max(0, end), _END64.size)
        if record.startswith(b"PK\6\6") and len(record) == _END64.size:
            *_, count, size, offset = _END64.unpack(record)
        else:
            end = tail_from + at
    start = end - size
    return None if start < 0 else (start, size, count, start - offset)


def _central_entries(data: bytes, count: int, shift: int) -> tuple[list[Entry], str | None]:
    entries: list[Entry] = []
    at = 0
    while at + _CENTRAL.size <= len(data) and data.startswith(b"PK\1\2", at):
        (
            _,
            made,
            _,
            flags,
            method,
            time,
            date,
            crc,
            packed,
            size,
            name_len,
            extra_len,
            comment_len,
            _,
            _,
            external,
            offset,
        ) = _CENTRAL.unpack_from(data, at)
        at += _CENTRAL.size
        raw, extra = data[at : at + name_len], data[at + name_len : at + name_len + extra_len]
        at += name_len + extra_len + comment_len
        if at > len(data):
            break
        fields = _extra_fields(extra)
        size, packed, offset = _wide(fields.get(_ZIP64, b""), size, packed, offset)
        name, encoding = _decoded(raw, bool(flags & _UTF8), fields.get(_UNICODE_PATH, b""))
        mode = external >> 16 if made >> 8 in _MADE_ON_UNIX else 0
        stamp = _stamp(date, time)
        entries.append(Entry(name, raw, encoding, flags, method, stamp, crc, packed, size, offset + shift, mode))
    broken = len(entries) != count and not (count == 0xFFFF and len(entries) > count)
    return entries, f"has a damaged directory: {len(entries)} of {count} members can be read" if broken else None


def _walk_local_headers(file: CountedFile) -> Iterator[Entry]:
    """Members from the beginning on, as long as each says where the next begins."""
    at = 0
    while True:
        header = file.read_at(at, LOCAL.size)
        if len(header) < LOCAL.size or not header.startswith(LOCAL_SIGNATURE):
            return
        _, _, flags, method, time, date, crc, packed, size, name_len, extra_len = LOCAL.unpack(header)
        rest = file.read_at(at + LOCAL.size, name_len + extra_len)
        if len(rest) < name_len + extra_len or flags & _DESCRIPTOR:
            return
        fields = _extra_fields(rest[name_len:])
        size, packed, _ = _wide(fields.get(_ZIP64, b""), size, packed, 0)
        raw = rest[:name_len]
        name, encoding = _decoded(raw, bool(flags & _UTF8), fields.get(_UNICODE_PATH, b""))
        yield Entry(name, raw, encoding, flags, method, _stamp(date, time), crc, packed, size, at, 0)
        at += LOCAL.size + name_len + extra_len + packed


def _extra_fields(extra: bytes) -> dict[int, bytes]:
    """The extra fields of an entry by their number; what is cut off is left out."""
    fields: dict[int, bytes] = {}
    at = 0
    while at + 4 <= len(extra):
        number, length = struct.unpack_from("<2H", extra, at)
        if at + 4 + length <= len(extra):
            fields.setdefault(number, extra[at + 4 : at + 4 + length])
        at += 4 + length
    return fields


def _wide(field: bytes, size: int, packed: int, offset: int) -> tuple[int, int, int]:
    """Sizes and offset, those that don't fit 32 bits from the zip64 field."""
    values = iter(struct.unpack(f"<{len(field) // 8}Q", field[: len(field) // 8 * 8]))
    wide = [next(values, one) if one == _UNKNOWN_32 else one for one in (size, packed, offset)]
    return wide[0], wide[1], wide[2]


def _decoded(raw: bytes, is_utf8: bool, unicode_path: bytes) -> tuple[str, str]:
    """A name and how it was read. macOS writes UTF-8 without saying so; what is not UTF-8 is code page 437."""
    if (
        len(unicode_path) > 5
        and unicode_path[0] == 1
        and zlib.crc32(raw) == struct.unpack_from("<L", unicode_path, 1)[0]
    ):
        raw, is_utf8 = unicode_path[5:], True
    try:
        text, encoding = raw.decode("utf-8"), "ascii" if raw.isascii() and not is_utf8 else "utf-8"
    except UnicodeDecodeError:
        text, encoding = raw.decode("cp437"), "cp437"
    return unicodedata.normalize("NFC", text.replace("\\", "/")), encoding


def _stamp(date: int, time: int) -> str:
    year, month, day = 1980 + (date >> 9), (date >> 5) & 15, date & 31
    hour, minute, second = time >> 11, (time >> 5) & 63, (time & 31) * 2
    fits = 1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second < 60
    return f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}" if fits else ""
