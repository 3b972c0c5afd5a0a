"""The outcome record: what became of one item (a master, an episode) in one stage.

A stage ends well for bad data too: the record says ``failed`` and why, its outputs are marked absent, everything
behind it says ``upstream``, and the other items go on. Only machine faults (disk, memory) fail a job.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reelwright.errors import BadItem
from reelwright.files import read_json, write_json, write_text
from reelwright.shared import Mirror, mirror_of
from reelwright.stages import stage_version


@dataclass(frozen=True)
class Record:
    """Where a stage writes the outcome of one item, and how often that item has failed before."""

    stage: str
    """Name of the stage: its rule and its library function."""
    item: str
    """``ep01.first-title``, ``ep01``..."""
    path: Path
    """``outcomes/<stage>/<item>.json``."""
    failures: int = 0
    """Times the item has failed so far; a parameter of the rule, so that the same command tries a failed item again."""


@dataclass
class Notes:
    """What a stage has to say about an item that has results."""

    warnings: list[str] = field(default_factory=list)
    failed: list[tuple[str, BadItem]] = field(default_factory=list)

    def fail(self, part: str, error: BadItem) -> None:
        """Say that one part of the item (a clip of an episode) failed: the rest is there, and is tried again."""
        self.failed.append((part, error))

    def warn(self, message: str) -> None:
        """Add one sentence for the summary."""
        self.warnings.append(message)


def _write(record: Record, notes: Notes, error: BadItem | None) -> None:
    data: dict[str, Any] = {
        "stage": record.stage,
        "stage_version": stage_version(record.stage),
        "item": record.item,
        "status": "failed" if error else "partial" if notes.failed else "ok",
        "error": {"code": error.code, "message": error.message} if error else None,
        "retryable": error.retryable if error else any(one.retryable for _, one in notes.failed),
        "parts": [{"part": part, "code": one.code, "message": one.message} for part, one in notes.failed],
        "warnings": notes.warnings,
        "failures": record.failures + (1 if error or notes.failed else 0),
    }
    write_json(record.path, data, "outcome")


def mark_absent(path: Path) -> None:
    """Leave an output of a failed item: ``null`` for JSON, no bytes for other files, an empty folder for a folder."""
    if path.suffix:
        write_text(path, "null\n" if path.suffix == ".json" else "")
    else:
        path.mkdir(parents=True, exist_ok=True)


def failures(path: Path, bucket: Mirror | None = None) -> int:
    """Times that the item of the outcome record at ``path`` has failed; 0 without a record. ``bucket`` has the record's folder
    where this machine has none."""
    try:
        text = path.read_bytes() if bucket is None or path.exists() else bucket.read(path.name)
        return int(json.loads(text or b"")["failures"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def failure_counter(folder: Path, where: str | None = None) -> Callable[[str, str], Callable[[Any], int]]:
    """For rules: ``failures_of(stage, item)`` gives a function of wildcards, ``item`` being a pattern of them. ``where`` is the
    bucket (`s3://bucket/prefix`) that has the records of a machine without any."""

    def failures_of(stage: str, item: str) -> Callable[[Any], int]:
        return lambda wildcards: failures(
            folder / stage / f"{item.format(**wildcards)}.json", mirror_of(folder / stage, where) if where else None
        )

    return failures_of


def require(upstream: Iterable[Path]) -> None:
    """Raise BadItem ``upstream`` naming the first failed record among ``upstream``."""
    for path in upstream:
        record = read_json(path)
        if record["status"] == "failed":
            cause = record["error"]["message"]
            if record["error"]["code"] != "upstream":
                cause = f"{record['stage']} {record['item']}: {cause}"
            raise BadItem("upstream", cause)


@contextmanager
def attempt(record: Record, outputs: Sequence[Path]) -> Iterator[Notes]:
    """Run a stage's work on one item (the block) and write its outcome record.

    ``outputs`` are marked absent when the block raises BadItem; any other exception is a fault of the machine or of
    this code and passes through. The record is written last, so it never claims too much.
    """
    notes = Notes()
    error: BadItem | None = None
    try:
        yield notes
    except BadItem as bad:
        error = bad
        for path in outputs:
            mark_absent(path)
    _write(record, notes, error)


def succeeded(path: Path) -> bool:
    """Whether the outcome record at ``path`` says that there are results, even if parts of the item failed."""
    return bool(read_json(path)["status"] != "failed")
