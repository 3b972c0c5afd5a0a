"""Append-only JSONL in a folder, one file (segment) a writer: for what must survive kill -9 and have many writers.

No two writers share a file, so no lock is needed, on shared disks neither. A writer that dies in the middle of a line
leaves that line torn at the end of its segment, where every reader ignores it.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reelwright.errors import BuildError
from reelwright.files import check

BEGAN = "%Y%m%dT%H%M%S%f"
"""How a writer's name tells when it began, in UTC."""


def new_writer() -> str:
    """A name that no other writer has; names sort by the time at which their writers began."""
    host = "".join(letter if letter.isalnum() else "-" for letter in socket.gethostname())[:40]
    return f"{datetime.now(UTC):{BEGAN}}-{host}-{os.getpid()}-{secrets.token_hex(4)}"


class Segments:
    """The rows of all segments in ``folder``, and the one that this writer appends to. Safe for many threads."""

    def __init__(self, folder: Path, schema: str, writer: str | None = None) -> None:
        self._folder = folder
        self._schema = schema
        self.writer = writer or new_writer()
        self._path = folder / f"{self.writer}.jsonl"
        self._file: int | None = None
        self._lock = threading.Lock()
        self._read: dict[Path, int] = {}
        """Bytes of each segment that have been read."""

    def append(self, row: Mapping[str, Any]) -> None:
        """Add one row and wait until it is on the disk; raises ValueError where it breaks its schema."""
        check(row, self._schema, self._path.name)
        line = (json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n").encode()
        with self._lock:
            if self._file is None:
                self._file = self._create()
            begin = os.fstat(self._file).st_size
            try:
                while line:
                    line = line[os.write(self._file, line) :]
                os.fsync(self._file)
            except OSError:
                # Half a line (disk full) would be buried by the next one.
                os.ftruncate(self._file, begin)
                raise

    def _create(self) -> int:
        # O_EXCL: appending behind somebody's torn line would bury it in the middle of the segment.
        self._folder.mkdir(parents=True, exist_ok=True)
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o644)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return file

    def fresh(self) -> list[dict[str, Any]]:
        """The rows, of all writers, that no earlier call has returned: oldest segment first.

        Raises BuildError naming file and line where anything but a segment's last line is no JSON object.
        """
        with self._lock:
            rows = []
            for path in sorted(self._folder.glob("*.jsonl")):
                rows += self._read_on(path)
            return rows

    def begun_since(self, time: datetime) -> list[dict[str, Any]]:
        """All rows of the writers that began at ``time`` or later; raises BuildError as ``fresh`` does."""
        first = f"{time.astimezone(UTC):{BEGAN}}"
        rows = []
        for path in sorted(self._folder.glob("*.jsonl")):
            if path.name >= first:
                rows += Segments(self._folder, self._schema)._read_on(path)
        return rows

    def _read_on(self, path: Path) -> list[dict[str, Any]]:
        done = self._read.get(path, 0)
        if path.stat().st_size <= done:
            return []
        with path.open("rb") as file:
            file.seek(done)
            data = file.read()
        lines = data.split(b"\n")
        # What follows the last line feed is a line in the making, or torn: it is read when it is whole, or never.
        unfinished = lines.pop()
        rows = []
        for number, line in enumerate(lines):
            row = _row(line)
            if row is None:
                if number < len(lines) - 1 or unfinished:
                    raise BuildError(
                        f"{path}: line {_lines_before(path, done) + 1} is no JSON object, and it is not the last line, "
                        "which a killed run may leave torn: restore this file from a backup, or remove that line"
                    )
                break
            rows.append(row)
            done += len(line) + 1
        self._read[path] = done
        return rows

    def close(self) -> None:
        """Close the segment; what was appended stays, and nothing more can be."""
        with self._lock:
            if self._file is not None:
                os.close(self._file)
                self._file = None


def _row(line: bytes) -> dict[str, Any] | None:
    """The JSON object in a line; None where it holds none."""
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None


def _lines_before(path: Path, offset: int) -> int:
    """Line feeds in the first ``offset`` bytes."""
    with path.open("rb") as file:
        return file.read(offset).count(b"\n")
