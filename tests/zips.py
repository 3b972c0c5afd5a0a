"""Zip archives as they shouldn't be, written byte by byte where zipfile refuses to."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from pathlib import Path

from reelwright.spec.design import ArchiveLimits

LIMITS = ArchiveLimits()


def noise(count: int, seed: int = 1) -> bytes:
    """Bytes that don't pack."""
    return random.Random(seed).randbytes(count)


def packed(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytearray:
    """An archive of ``members``; names with ``\\``, ``..`` and the like are written as they are."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in members.items():
            entry = zipfile.ZipInfo("x", (2024, 5, 6, 7, 8, 10))
            entry.filename, entry.compress_type = name, method
            archive.writestr(entry, data)
    return bytearray(buffer.getvalue())


def patched(archive: bytearray, name: bytes, offset: int, value: bytes) -> bytearray:
    """The archive with ``value`` at ``offset`` of the directory's entry of ``name`` (46 bytes before its name)."""
    at = archive.rindex(name) - 46 + offset
    assert archive[at - offset : at - offset + 4] == b"PK\1\2"
    archive[at : at + len(value)] = value
    return archive


def renamed(archive: bytearray, old: bytes, new: bytes) -> bytearray:
    """The archive with a member's name replaced by other bytes of the same length, in both headers."""
    assert len(old) == len(new)
    return bytearray(bytes(archive).replace(old, new))


def zip64_of(path: Path, count: int, size: int = 24) -> None:
    """An archive of ``count`` small stored members below nested folders whose directory is zip64, quickly written."""
    with path.open("wb") as file:
        directory, at = [], 0
        for number in range(count):
            name = f"03_PROPS/box {number % 40:02d}/TS_7{number % 27:02d}_PR_THING_{number}_Color.psd".encode()
            data = struct.pack("<Q", number).ljust(size, b".")
            crc = _crc(data)
            local = struct.pack("<4s5H3L2H", b"PK\3\4", 45, 0, 0, 0, 0x58A6, crc, size, size, len(name), 0)
            file.write(local + name + data)
            extra = struct.pack("<2HQ", 1, 8, at)
            head = (b"PK\1\2", 45, 45, 0, 0, 0, 0x58A6, crc, size, size, len(name), len(extra), 0, 0, 0, 0, 0xFFFFFFFF)
            directory.append(struct.pack("<4s6H3L5H2L", *head) + name + extra)
            at += len(local) + len(name) + size
        listed = b"".join(directory)
        end64 = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(listed), at)
        locator = struct.pack("<4sLQL", b"PK\6\7", 0, at + len(listed), 1)
        end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
        file.write(listed + end64 + locator + end)


def _crc(data: bytes) -> int:
    import zlib

    return zlib.crc32(data)
