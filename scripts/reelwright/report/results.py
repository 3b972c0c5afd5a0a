"""The results that a report is about, read once: small JSON, JSONL and CSV files, each of which may be absent.

Nothing is decoded, and no file is asked for twice.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from reelwright.files import read_json, read_jsonl
from reelwright.report.scope import Scope
from reelwright.spent import Spending, spending


@dataclass(frozen=True)
class Outcome:
    """What became of one item in one stage."""

    stage: str
    version: int
    item: str
    status: str
    """ok, partial or failed."""
    code: str
    """Short word for the error; empty where there is none."""
    message: str
    parts: tuple[tuple[str, str], ...]
    """Parts that failed, each with its message."""
    warnings: tuple[str, ...]

    @property
    def waits(self) -> bool:
        """Whether it failed only because something before it did."""
        return self.code == "upstream"


@dataclass(frozen=True)
class Clip:
    """A row of the manifest, as far as the report needs it."""

    clip_id: str
    episode: str
    start_s: float
    end_s: float
    seconds: float
    usable: bool
    split: str
    reasons: tuple[str, ...]
    characters: tuple[str, ...]
    location: str | None
    camera: str | None
    caption_source: str
    caption_model: str | None


def _clip(row: Mapping[str, Any]) -> Clip:
    camera = row["camera"]
    return Clip(
        row["clip_id"],
        row["production_episode"],
        row["start_s"],
        row["end_s"],
        row["duration"],
        row["usable"],
        row["split"],
        tuple(row["exclude_reasons"]),
        tuple(row["characters"]),
        row["location"],
        camera["move"] if camera else None,
        row["caption_source"],
        row["caption_model"],
    )


class Results:
    """The folder ``results/<project>/`` under a scope."""

    def __init__(self, folder: Path, scope: Scope) -> None:
        self.folder = folder
        self.scope = scope

    def json(self, path: str) -> Any:
        """The value in a JSON file; None where there is none, or where a failed item has left ``null``."""
        try:
            return read_json(self.folder / path)
        except FileNotFoundError:
            return None

    def jsonl(self, path: str) -> list[dict[str, Any]]:
        """The rows of a JSONL file; none where there is none."""
        try:
            return read_jsonl(self.folder / path)
        except FileNotFoundError:
            return []

    def table(self, path: str) -> list[dict[str, str]]:
        """The rows of a CSV file; none where there is none."""
        try:
            with (self.folder / path).open(encoding="utf-8", newline="") as file:
                return list(csv.DictReader(file))
        except FileNotFoundError:
            return []

    def has(self, path: str) -> bool:
        """Whether a file of the results is there."""
        return (self.folder / path).exists()

    @cached_property
    def outcomes(self) -> tuple[Outcome, ...]:
        """Every outcome record of the scope, by stage and item."""
        return tuple(read_outcomes(self.folder, self.scope.items, self.scope.items_of))

    @cached_property
    def spending(self) -> Spending | None:
        """What was spent since the build was planned; None where it wasn't, under this spec, or nothing has run since.

        Raises BuildError where the ledger or the answers are damaged.
        """
        scope = self.scope
        if scope.answers is None or scope.ledger is None:
            return None
        return spending(self.folder, scope.spec_digest, scope.answers, scope.ledger)

    @cached_property
    def clips(self) -> tuple[Clip, ...]:
        """Every clip of the manifest."""
        return tuple(_clip(row) for row in self.jsonl("manifest.jsonl"))


def read_outcomes(results: Path, items: Set[str], items_of: Mapping[str, Set[str]]) -> Iterator[Outcome]:
    """The outcome records of ``items``, by stage and item; ``items_of`` names those of a stage that has its own."""
    for path in sorted((results / "outcomes").glob("*/*.json")):
        row = json.loads(path.read_bytes())
        if row["item"] in items_of.get(row["stage"], items):
            error = row["error"] or {"code": "", "message": ""}
            yield Outcome(
                row["stage"],
                row["stage_version"],
                row["item"],
                row["status"],
                error["code"],
                error["message"],
                # Records of earlier versions name no parts.
                tuple((one["part"], one["message"]) for one in row.get("parts", [])),
                tuple(row["warnings"]),
            )
