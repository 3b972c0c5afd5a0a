"""Evaluations of actors' images that were made elsewhere: read from the files of other tools, and bound to the images."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from reelwright.actors.classes import CLASSES, DEFECTS, Verdict
from reelwright.files import read_jsonl
from reelwright.outcome import Record
from reelwright.takeover import Kind, getter, import_rows, take_over

EVALUATIONS = Kind("evaluation", "actors.evaluation.imports", tables=True)
"""What is taken over."""

SPELLINGS = {
    **{re.sub("_", "", one): one for one in CLASSES},
    "photo": "photorealistic",
    "photoreal": "photorealistic",
    "bw": "bw_stylized",
    "b&w": "bw_stylized",
    "bwstylised": "bw_stylized",
    "b&wstylized": "bw_stylized",
    "color": "color_stylized",
    "colour": "color_stylized",
    "colorstylised": "color_stylized",
    "colourstylised": "color_stylized",
    "colourstylized": "color_stylized",
}
"""Classes by how they are written, without separators."""


@dataclass(frozen=True)
class ImportedEvaluation:
    """One image's evaluation made elsewhere (``evaluation_import`` schema). What its file doesn't say is None."""

    file: str
    row: int
    """Number of the row in the file, from 1."""
    actor: str | None
    image: str
    """What the file calls the image; empty where it only says the sha256."""
    sha256: str | None
    category: str
    quality: int | None
    defects: list[str]
    reason: str
    model: str | None

    @property
    def verdict(self) -> Verdict:
        """What it says of the image."""
        return Verdict(self.category, self.quality, tuple(self.defects), self.reason)


class Imported:
    """Evaluations made elsewhere, to ask quickly whether an image has one, as ``match_evaluations`` would find it."""

    def __init__(self, found: Iterable[ImportedEvaluation]) -> None:
        rows = list(found)
        self._hashes = {one.sha256 for one in rows if one.sha256 is not None}
        self._names = {(one.actor, one.image) for one in rows if one.sha256 is None}

    def has(self, actor: str, name: str, sha256: str) -> bool:
        """Whether an image of an actor has an evaluation."""
        whose = (actor, None) if name.startswith(f"{actor}_") else (actor,)
        return sha256 in self._hashes or any((one, name) in self._names for one in whose)


def find_evaluations(files: Iterable[Path]) -> Imported:
    """The evaluations in ``files``; raises BadItem where one can't be read."""
    return Imported(take_over(list(files), EVALUATIONS, _imported, lambda message: None).rows)


def import_evaluations(files: Sequence[Path], out: Path, report: Path, record: Record) -> None:
    """Read ``files`` into ``out`` (JSONL, ``evaluation_import`` schema), and what was left out, and why, into ``report``.

    A file that is missing or can't be read fails the import: evaluations that were paid for would be bought again.
    """
    import_rows(files, EVALUATIONS, _imported, out, report, record)


def read_evaluations(path: Path | None) -> list[ImportedEvaluation]:
    """What ``import_evaluations`` has written; none where the project imports none."""
    return [ImportedEvaluation(**row) for row in read_jsonl(path)] if path is not None else []


def _imported(path: Path, number: int, row: dict[str, Any]) -> ImportedEvaluation | str:
    """One row in our form, or why it is left out."""
    get = getter(row)
    image = get(str, "file", "image", "filename", "file_name", "path", "name", "image_id", "id")
    sha256 = get(str, "sha256", "image_sha256")
    where = f"row {number} ({image or sha256})"
    if not image and not sha256:
        return f"row {number}: neither a file name nor a sha256"
    said = get(str, "class", "category", "classification", "type", "style")
    category = SPELLINGS.get(re.sub(r"[\s_-]+", "", said or "").lower())
    if category is None:
        return f"{where}: the class is {said!r}: expected one of {', '.join(CLASSES)}"
    quality = get(float, "quality", "quality_score", "score")
    if quality is not None and (quality != int(quality) or not 1 <= quality <= 10):
        return f"{where}: the quality is {quality:g}: expected a whole number from 1 to 10"
    own = re.fullmatch(r"(.+)_evaluation\.json", path.name)
    named = row.get("defects", row.get("issues"))
    defects = [one for one in named if isinstance(one, str)] if isinstance(named, list) else []
    return ImportedEvaluation(
        file=str(path),
        row=number,
        actor=get(str, "actor", "actor_id", "actor_name") or (own[1] if own else None),
        image=PurePosixPath((image or "").replace("\\", "/")).name,
        sha256=sha256.lower() if sha256 else None,
        category=category,
        quality=int(quality) if quality is not None else None,
        defects=[one if one in DEFECTS else "other" for one in defects],
        reason=" ".join((get(str, "reason", "reasoning", "note", "notes", "comment") or "").split()),
        model=get(str, "model"),
    )


def match_evaluations(
    actor: str, images: Mapping[str, str], found: Sequence[ImportedEvaluation]
) -> tuple[dict[str, ImportedEvaluation], list[str]]:
    """The imported evaluation of each of an actor's images (sha256 by file name), and what to warn of.

    A sha256 outweighs a file name, and a row with the sha256 of another picture is never taken by its name. A name alone
    counts where it carries the actor's id, or the row says whose it is.
    """
    matched: dict[str, ImportedEvaluation] = {}
    warnings: list[str] = []
    for one in sorted(found, key=lambda entry: entry.sha256 is None):
        names = [name for name, sha256 in images.items() if one.sha256 == sha256]
        if one.sha256 is None and (one.actor == actor or (one.actor is None and one.image.startswith(f"{actor}_"))):
            names = [name for name in images if name == one.image]
        for name in names:
            earlier = matched.setdefault(name, one)
            if (earlier.category, earlier.quality) != (one.category, one.quality):
                says = f"{earlier.file}, row {earlier.row} says {earlier.category} {earlier.quality}, which is taken"
                warnings.append(f"{one.file}, row {one.row}: says {one.category} {one.quality} of {name}, and {says}")
    return matched, warnings
