"""Reviews of plates that were made elsewhere: read from the files of other tools, and bound to the plates that they are of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, get_args

from reelwright.files import read_jsonl
from reelwright.identity.criteria import Verdict
from reelwright.identity.listing import SUFFIXES
from reelwright.outcome import Record
from reelwright.takeover import Kind, getter, import_rows

REVIEWS = Kind("review", "identity.review.imports", tables=True)
"""What is taken over."""

VERDICTS = {re.sub("_", "", one).lower(): one for one in get_args(Verdict)} | {"eval": "EVAL_ONLY"}
"""Verdicts by how they are written, without separators."""


@dataclass(frozen=True)
class ImportedReview:
    """One review made elsewhere (``review_import`` schema). What its file doesn't say is None."""

    file: str
    row: int
    """Number of the row in the file, from 1."""
    plate: str
    """What the file calls the plate: a path or a name."""
    sha256: str | None
    """Of the plate's file, or of the file it was made of."""
    source_sha256: str | None
    """Of the file it was made of."""
    character: str | None
    verdict: Verdict
    confidence: float | None
    model: str | None
    reason: str

    @property
    def name(self) -> str:
        """File and row, for messages."""
        return f"{self.file}, row {self.row} ({self.plate})"


@dataclass(frozen=True)
class Match:
    """An imported review of a plate."""

    review: ImportedReview
    by: str
    """``sha256`` or ``name``."""


def import_reviews(files: Sequence[Path], out: Path, report: Path, record: Record) -> None:
    """Read ``files`` into ``out`` (JSONL, ``review_import`` schema), and what was left out, and why, into ``report``.

    A file that is missing or can't be read fails the import: reviews that were paid for would be bought again.
    """
    import_rows(files, REVIEWS, _imported, out, report, record)


def read_reviews(path: Path | None) -> list[ImportedReview]:
    """The reviews that ``import_reviews`` has written; none where the project imports none."""
    return [ImportedReview(**row) for row in read_jsonl(path)] if path is not None else []


def _imported(path: Path, number: int, row: dict[str, Any]) -> ImportedReview | str:
    """One row in our form, or why it is left out."""
    get = getter(row)
    plate = get(str, "plate", "image", "file", "file_name", "filename", "path", "png", "plate_id", "id")
    sha256 = get(str, "sha256", "plate_sha256", "image_sha256", "png_sha256")
    source_sha256 = get(str, "source_sha256")
    where = f"row {number} ({plate or sha256 or source_sha256})"
    if not (plate or sha256 or source_sha256):
        return f"row {number}: neither a file name nor a sha256"
    said = get(str, "verdict", "decision", "vlm_decision", "status", "label", "category", "review")
    verdict = VERDICTS.get(re.sub(r"[\s_-]+", "", said or "").lower())
    if verdict is None:
        return f"{where}: the verdict is {said!r}: expected one of {', '.join(get_args(Verdict))}"
    return ImportedReview(
        file=str(path),
        row=number,
        plate=plate or "",
        sha256=sha256.lower() if sha256 else None,
        source_sha256=source_sha256.lower() if source_sha256 else None,
        character=get(str, "character", "name", "subject"),
        verdict=verdict,
        confidence=_share(get(float, "confidence", "vlm_confidence", "score")),
        model=get(str, "model", "vlm_model", "reviewer_model"),
        reason=" ".join((get(str, "reason", "reasons", "note", "notes", "comment", "rationale") or "").split()),
    )


def _share(value: float | None) -> float | None:
    """A confidence as a share of 1; percentages are taken as such."""
    if value is None or value < 0 or value > 100:
        return None
    return value / 100 if value > 1 else value


def plain_name(path: str) -> str:
    """A file's name without folders, without the suffixes of pictures, and with one separator, for comparing."""
    name = PurePosixPath(path.replace("\\", "/")).name
    while PurePosixPath(name).suffix.lower() in SUFFIXES:
        name = PurePosixPath(name).stem
    return re.sub(r"[\W_]+", "_", name).strip("_").casefold()


def match_reviews(
    candidates: Sequence[dict[str, Any]], reviews: Iterable[ImportedReview]
) -> tuple[dict[str, Match], list[str]]:
    """The imported review of each candidate that has one, by plate id, and what to tell about those that were not clear.

    A sha256 outweighs a name. Of several reviews of a plate the first is taken, and reviews of another version of a plate's
    file (another ``source_sha256``) are not.
    """
    matched: dict[str, Match] = {}
    warnings: list[str] = []
    by_name: dict[str, list[dict[str, Any]]] = {}
    for row in candidates:
        by_name.setdefault(plain_name(row["source"]), []).append(row)
    found = [(one, *_of(one, candidates, by_name)) for one in reviews]
    for one, rows, by in sorted(found, key=lambda entry: entry[2] != "sha256"):
        if len(rows) > 1:
            named = ", ".join(row["plate_id"] for row in rows)
            warnings.append(f"{one.name}: fits several plates ({named}); it needs a sha256 or a character")
            continue
        for row in rows:
            earlier = matched.setdefault(row["plate_id"], Match(one, by))
            if earlier.review.verdict != one.verdict:
                warnings.append(
                    f"{one.name}: says {one.verdict} of {row['plate_id']}, and {earlier.review.name} says "
                    f"{earlier.review.verdict}, which is taken"
                )
    return matched, warnings


def _of(
    one: ImportedReview, candidates: Sequence[dict[str, Any]], by_name: dict[str, list[dict[str, Any]]]
) -> tuple[list[dict[str, Any]], str]:
    """The candidates that a review may be of, and what says so."""
    known = {one.sha256, one.source_sha256} - {None}
    exact = [row for row in candidates if known & {row["sha256"], row["source_sha256"]}]
    if exact:
        named = [row for row in exact if plain_name(row["source"]) == plain_name(one.plate)]
        return named or exact, "sha256"
    rows = by_name.get(plain_name(one.plate), [])
    if one.source_sha256:
        return [], "name"
    if len(rows) > 1 and one.character:
        rows = [row for row in rows if row["character"].casefold() == one.character.casefold()] or rows
    return rows, "name"


def unmatched(candidates: Sequence[dict[str, Any]], reviews: Iterable[ImportedReview]) -> list[ImportedReview]:
    """The reviews that are of none of the candidates (of all sets)."""
    by_name: dict[str, list[dict[str, Any]]] = {}
    for row in candidates:
        by_name.setdefault(plain_name(row["source"]), []).append(row)
    return [one for one in reviews if not _of(one, candidates, by_name)[0]]
