"""Segments of writers that share no disk, in the bucket behind the store.

An object can't be appended to. So each row is an object of its own the moment it is written, and a writer that ends well
puts its whole segment in their place: a season's answers are some objects a job, not one an answer.
"""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reelwright.models.segments import BEGAN, Segments
from reelwright.shared import Mirror, at_once, mirror_of


class SharedSegments(Segments):
    """``Segments`` of this machine, with those of the others in ``bucket``."""

    def __init__(self, folder: Path, schema: str, bucket: Mirror, writer: str | None = None) -> None:
        super().__init__(folder, schema, writer)
        self._bucket = bucket
        self._sending = threading.Lock()
        self._sent = 0
        """Lines of this writer's segment; each row's object has the number of its line."""
        self._taken: defaultdict[str, set[int]] = defaultdict(set)
        """Lines of each of the other writers that have been read."""
        self._whole: set[str] = set()
        """Writers whose whole segment has been read."""

    def append(self, row: Mapping[str, Any]) -> None:
        """Add one row; it is on the disk and in the bucket when this returns."""
        with self._sending:
            super().append(row)
            number, self._sent = self._sent, self._sent + 1
            self._bucket.put(_name(self.writer, number), json.dumps(row, ensure_ascii=False).encode())

    def fresh(self) -> list[dict[str, Any]]:
        """See ``Segments.fresh``; the rows of other machines come after those of this one."""
        rows = super().fresh()
        with self._lock:
            return rows + self._others("")

    def begun_since(self, time: datetime) -> list[dict[str, Any]]:
        """See ``Segments.begun_since``."""
        elsewhere = SharedSegments(self._folder, self._schema, self._bucket)
        return super().begun_since(time) + elsewhere._others(f"{time.astimezone(UTC):{BEGAN}}")

    def _others(self, first: str) -> list[dict[str, Any]]:
        """Rows, not read before, of the writers elsewhere whose names don't sort before ``first``."""
        rows: list[dict[str, Any]] = []
        while True:
            loose, whole = _sorted_out(self._bucket.names())
            here = {path.stem for path in self._folder.glob("*.jsonl")}
            gone = False
            for writer in sorted((whole | set(loose)) - here - self._whole):
                if writer >= first:
                    found = self._segment(writer) if writer in whole else self._rows(writer, loose[writer])
                    gone = gone or None in found.values()
                    lines = {number: line for number, line in found.items() if line is not None}
                    self._taken[writer] |= set(lines)
                    rows += map(json.loads, lines.values())
            if not gone:
                return rows

    def _segment(self, writer: str) -> dict[int, bytes | None]:
        """The lines of a finished segment, by number, that its rows have not told before."""
        text = self._bucket.read(f"{writer}.jsonl")
        self._whole.add(writer)
        lines = enumerate((text or b"").splitlines())
        return {number: line for number, line in lines if number not in self._taken[writer]}

    def _rows(self, writer: str, numbers: set[int]) -> dict[int, bytes | None]:
        """The new ones of a writer's rows; None for those in whose place it has put its whole segment meanwhile."""
        new = sorted(numbers - self._taken[writer])
        return dict(zip(new, at_once(lambda number: self._bucket.read(_name(writer, number)), new), strict=True))

    def close(self) -> None:
        """See ``Segments.close``; puts the whole segment in the place of its rows."""
        with self._sending:
            sent, self._sent = self._sent, 0
            if sent:
                self._bucket.put(self._path.name, self._path)
                at_once(lambda number: self._bucket.remove(_name(self.writer, number)), range(sent))
        super().close()


def _name(writer: str, number: int) -> str:
    return f"{writer}/{number:06d}.json"


def _sorted_out(names: Iterable[str]) -> tuple[dict[str, set[int]], set[str]]:
    """The numbers of the rows that lie there one by one, by writer, and the writers whose segment lies there whole."""
    loose, whole = defaultdict[str, set[int]](set), set[str]()
    for name in names:
        writer, inside, row = name.partition("/")
        if inside:
            loose[writer].add(int(row.removesuffix(".json")))
        else:
            whole.add(name.removesuffix(".jsonl"))
    return loose, whole


def open_segments(folder: Path, schema: str, writer: str | None = None) -> Segments:
    """The segments in ``folder``, with the bucket behind them where the environment names one."""
    bucket = mirror_of(folder)
    return Segments(folder, schema, writer) if bucket is None else SharedSegments(folder, schema, bucket, writer)
