"""The files of chosen items: their sha256, and whether a clip that may be trained on nearly copies one of their pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import cv2
import numpy as np

from reelwright.align.footage import Footage
from reelwright.align.stills import measured
from reelwright.design.archive import open_archive
from reelwright.digest import stream_sha256
from reelwright.errors import BadItem
from reelwright.evaluation.choice import Candidate, Medium
from reelwright.evaluation.guard import leak_words
from reelwright.evaluation.leaks import find_leaks
from reelwright.spec.design import ArchiveLimits

READABLE = (".png", ".jpg", ".jpeg", ".webp")
"""Pictures that are looked at; others (layered documents) are told apart by sha256 alone."""


@dataclass(frozen=True)
class Roots:
    """Where the files of items lie."""

    results: Path
    design: Path | None
    limits: ArchiveLimits = field(default_factory=ArchiveLimits)
    """Which members of archives are opened."""


@contextmanager
def _opened(medium: Medium, roots: Roots) -> Iterator[BinaryIO]:
    """The file of a medium; raises BadItem where it can't be opened."""
    root = roots.results if medium.root == "results" else roots.design
    if root is None:
        raise BadItem("missing", f"{medium.path}: there is no folder of production art")
    if medium.archive:
        with open_archive(root / medium.archive, roots.limits) as archive, archive.open_member(medium.path) as member:
            yield member
        return
    try:
        with (root / medium.path).open("rb") as file:
            yield file
    except FileNotFoundError as error:
        raise BadItem("missing", f"{root / medium.path}: the file is missing") from error


def _still(name: str, data: bytes) -> Footage:
    bgr = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    if bgr is None:
        raise BadItem("unreadable", f"{name}: no picture of it can be decoded")
    return measured(name, np.asarray(bgr))


class Pictures:
    """Refuses candidates whose files are not there, or of which training footage nearly copies a picture."""

    def __init__(self, roots: Roots, trained: Sequence[Footage]) -> None:
        self._roots = roots
        self._trained = trained
        self._sha256: dict[Medium, str] = {}
        self.unseen: dict[str, str] = {}
        """Pictures that nobody could look at, with the item that has them."""

    def refuse(self, candidates: Sequence[Candidate]) -> dict[str, str]:
        """Why some of the candidates can't be items, by item_id."""
        refused: dict[str, str] = {}
        stills = []
        for one in candidates:
            try:
                stills += [self._read(one, medium) for medium in one.media]
            except BadItem as error:
                refused[one.item_id] = error.message
        seen = [still for still in stills if still is not None and still.name not in refused]
        return {**self._copied(seen), **refused}

    def _read(self, one: Candidate, medium: Medium) -> Footage | None:
        """The picture of a medium that no held-out footage shows, under its item's name; takes down its sha256."""
        with _opened(medium, self._roots) as file:
            looked_at = medium.role == "reference" and medium.path.lower().endswith(READABLE)
            if medium.role == "reference" and not looked_at:
                self.unseen[f"{medium.archive}/{medium.path}" if medium.archive else medium.path] = one.item_id
            if not looked_at:
                self._sha256[medium] = medium.sha256 or stream_sha256(file)
                return None
            data = file.read()
            self._sha256[medium] = stream_sha256(BytesIO(data))
            return _still(one.item_id, data)

    def _copied(self, stills: list[Footage]) -> dict[str, str]:
        """The items of these pictures that a clip nearly copies. A clip names one picture, so it is asked until none does."""
        found: dict[str, str] = {}
        while leaks := find_leaks(self._trained, stills) if self._trained and stills else []:
            for leak in leaks:
                said = {"row": leak.row, "guarded": leak.guarded, "guarded_frame": None}
                words = leak_words({**said, "differs": leak.differs, "mirrored": leak.mirrored})
                found.setdefault(leak.guarded, f"training clip {words}")
            stills = [one for one in stills if one.name not in found]
        return found

    def rows(self, one: Candidate) -> list[dict[str, Any]]:
        """The media of an item as they are written, once it has been looked at."""
        return [_row(medium, self._sha256[medium]) for medium in one.media]


def _row(medium: Medium, sha256: str) -> dict[str, Any]:
    fields = {"role": medium.role, "root": medium.root, "archive": medium.archive, "path": medium.path}
    return {**fields, "sha256": sha256}
