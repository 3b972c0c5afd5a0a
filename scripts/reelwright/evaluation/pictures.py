"""The files of chosen items: their sha256, and whether a clip that may be trained on nearly copies one of their pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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


def _name(medium: Medium) -> str:
    return f"{medium.archive}/{medium.path}" if medium.archive else medium.path


class Pictures:
    """Reads the files of candidates, and refuses those whose files are not there or are nearly copied by training footage.

    An item that shows a held-out clip does without a reference picture that is refused; the others stand on theirs.
    """

    def __init__(self, roots: Roots, trained: Sequence[Footage]) -> None:
        self._roots = roots
        self._trained = trained
        self._sha256: dict[Medium, str] = {}
        self._refused: dict[Medium, str] = {}
        self._unseen: set[Medium] = set()

    def refuse(self, candidates: Sequence[Candidate]) -> dict[str, str]:
        """Why some of the candidates can't be items, by item_id."""
        stills: dict[Medium, Footage] = {}
        for medium in (medium for one in candidates for medium in one.media):
            if medium not in self._sha256 and medium not in self._refused:
                self._take(medium, stills)
        self._refuse_copied(stills)
        return {one.item_id: why for one in candidates if (why := self._reason(one))}

    def _reason(self, one: Candidate) -> str | None:
        needed = (medium for medium in one.media if medium.role != "reference" or one.span is None)
        return next((self._refused[medium] for medium in needed if medium in self._refused), None)

    def _take(self, medium: Medium, stills: dict[Medium, Footage]) -> None:
        """Take down a file's sha256, and its picture where held-out footage doesn't show it and it can be read."""
        looked_at = medium.role == "reference" and medium.path.lower().endswith(READABLE)
        try:
            with _opened(medium, self._roots) as file:
                data = file.read() if looked_at else b""
                digest = stream_sha256(BytesIO(data) if looked_at else file)
            if looked_at:
                stills[medium] = _still(_name(medium), data)
        except BadItem as error:
            self._refused[medium] = error.message
            return
        self._sha256[medium] = digest
        if medium.role == "reference" and not looked_at:
            self._unseen.add(medium)

    def _refuse_copied(self, stills: Mapping[Medium, Footage]) -> None:
        """Refuse pictures that a clip nearly copies. A clip names one picture, so clips are asked until none names any."""
        left = {still.name: (medium, still) for medium, still in stills.items()}
        while leaks := find_leaks(self._trained, [still for _, still in left.values()]) if self._trained else []:
            for leak in leaks:
                medium, _ = left.pop(leak.guarded, (None, None))
                if medium is not None:
                    said = {"row": leak.row, "guarded": leak.guarded, "guarded_frame": None}
                    words = leak_words({**said, "differs": leak.differs, "mirrored": leak.mirrored})
                    self._refused[medium] = f"training clip {words}"

    def kept(self, one: Candidate) -> list[Medium]:
        """The media of an item that are not refused."""
        return [medium for medium in one.media if medium not in self._refused]

    def rows(self, one: Candidate) -> list[dict[str, Any]]:
        """The media of an item as they are written, once it has been looked at."""
        return [
            {
                "role": medium.role,
                "root": medium.root,
                "archive": medium.archive,
                "path": medium.path,
                "sha256": self._sha256[medium],
            }
            for medium in self.kept(one)
        ]

    def left_out(self, one: Candidate) -> list[dict[str, str]]:
        """The reference pictures that an item does without."""
        refused = [medium for medium in one.media if medium in self._refused]
        return [{"item_id": one.item_id, "path": _name(medium), "reason": self._refused[medium]} for medium in refused]

    def not_looked_at(self, one: Candidate) -> list[dict[str, str]]:
        """The reference pictures of an item in formats that nobody looked at."""
        return [{"item_id": one.item_id, "path": _name(medium)} for medium in one.media if medium in self._unseen]
