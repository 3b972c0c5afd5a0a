"""The stage ``evaluate_actor``: an actor's images on one sheet, and what each of them is and is worth."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2

from reelwright.actors.answers import SheetAnswer, Verdict, read_answer, sheet_schema
from reelwright.actors.classes import CLASSES, UNKNOWN
from reelwright.actors.composite import CELL, COLUMNS, thumbnail, write_composite
from reelwright.actors.duplicates import duplicate_groups
from reelwright.actors.imports import ImportedEvaluation, match_evaluations, read_evaluations
from reelwright.actors.measure import Measures, defects_of, is_gray, measure, quality_of
from reelwright.actors.pictures import NoImage, Picture, decode, read_digest
from reelwright.digest import recipe_digest
from reelwright.errors import BadItem
from reelwright.files import read_json, write_json, write_text
from reelwright.models import Flaw, Request
from reelwright.models.asking import Books, Terms, ask_all, count_waiting
from reelwright.outcome import Record, attempt, require
from reelwright.spec.actors import ActorEvaluation, Measuring
from reelwright.store import FolderStore
from reelwright.template import read_template

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHEET_RECIPE = 1
"""Raised when the same images give another sheet for the model."""

VERDICT_RECIPE = 1
"""Raised when an answer that is stored of an image is to be asked for again."""

DOUBTFUL = 7
"""Quality from which on a model is doubted where an image is measurably blank, blurred or dark (ours)."""


@dataclass(frozen=True)
class Outputs:
    """What is written of an actor."""

    composite: Path
    evaluation: Path


@dataclass(frozen=True)
class Image:
    """One of an actor's images."""

    name: str
    sha256: str
    bytes: int
    broken: str | None
    """Why it can't be shown; None for one that can."""
    picture: tuple[int, int, str, str, int] | None = None
    """Width, height, format, mode and frames."""
    seen: Measures | None = None
    thumbnail: NDArray[Any] | None = None


def look(path: Path) -> Image:
    """Read, measure and shrink one image; decoded once."""
    sha256, size = "", 0
    try:
        data, sha256 = read_digest(path)
        size = len(data)
        picture: Picture = decode(data, sha256)
    except NoImage as error:
        return Image(path.name, sha256, size, str(error))
    facts = (picture.width, picture.height, picture.format, picture.mode, picture.frames)
    return Image(path.name, sha256, size, None, facts, measure(picture), thumbnail(picture.rgb))


def look_at(paths: Iterable[Path]) -> list[Image]:
    """Read, measure and shrink an actor's images, one after the other: jobs run side by side."""
    cv2.setNumThreads(1)
    return [look(path) for path in paths]


def evaluate_actor(
    actor: str,
    images: Sequence[Path],
    outputs: Outputs,
    record: Record,
    *,
    settings: ActorEvaluation,
    books: Books,
    store: Path,
    imports: Path | None = None,
    upstream: Sequence[Path] = (),
) -> None:
    """Write the actor's composite and evaluation (``actor_evaluation`` schema), and the outcome record.

    No file of the actor is written to. An evaluation made elsewhere is taken where one is of an image; of the others the model
    is asked, where the spec names one, each image once for ever. Measurements are made of every image. What can't be opened is
    listed as broken, which is no failure: it will be replaced.
    """
    with attempt(record, [outputs.composite, outputs.evaluation]) as notes:
        require(upstream)
        found = look_at(images)
        for one in found:
            if one.broken:
                notes.warn(f"{one.name} {one.broken}")
        known = _known(actor, found, settings, imports, FolderStore(store))
        for message in known.warnings:
            notes.warn(message)
        told = _ask(known, books)
        write_composite(outputs.composite, [one.thumbnail for one in found if one.thumbnail is not None])
        write_json(outputs.evaluation, _evaluation(known, told), "actor_evaluation")


def is_waiting(images: Iterable[Path], settings: ActorEvaluation, store: FolderStore) -> bool:
    """Whether a model would have to be asked about one of an actor's images: nothing that it said is stored."""
    for path in images:
        try:
            data, sha256 = read_digest(path)
            if store.get(_verdict_digest(sha256, settings), ".json") is None:
                decode(data, sha256)
                return True
        except NoImage:
            continue
    return False


def waiting_sheets(
    actor: str, images: Sequence[Path], settings: ActorEvaluation, books: Books, store: Path, imports: Path | None
) -> int:
    """Calls that ``evaluate_actor`` would make now, at least; nobody is asked."""
    if settings.asks is None:
        return 0
    known = _known(actor, look_at(images), settings, imports, FolderStore(store))
    return count_waiting(_requests(known, shown=False).values(), _terms(settings), books)


@dataclass(frozen=True)
class _Stored:
    """What a model has said of one image: kept for ever, so that nobody asks about it again, on whatever sheet it would be."""

    verdict: Verdict
    delete: bool
    """Whether the model would take it out of its set."""
    sheet: str
    """Under what the model's words about its sheet are stored."""


@dataclass(frozen=True)
class _Known:
    """An actor's images before a model is asked."""

    actor: str
    images: list[Image]
    settings: ActorEvaluation
    store: FolderStore
    imported: dict[str, ImportedEvaluation]
    stored: dict[str, _Stored]
    """What a model has said of an image before, by its sha256."""
    warnings: list[str]

    @property
    def sheets(self) -> list[list[Image]]:
        """The images that a model is still to be asked about, as many to a sheet as it holds; each picture once."""
        if self.settings.asks is None:
            return []
        open_images = {
            one.sha256: one
            for one in reversed(self.images)
            if one.broken is None and one.name not in self.imported and one.sha256 not in self.stored
        }
        waiting = [one for one in self.images if open_images.get(one.sha256) is one]
        size = self.settings.images_per_sheet
        return [waiting[start : start + size] for start in range(0, len(waiting), size)]


def _known(
    actor: str, images: list[Image], settings: ActorEvaluation, imports: Path | None, store: FolderStore
) -> _Known:
    imported, warnings = match_evaluations(
        actor, {one.name: one.sha256 for one in images if one.broken is None}, read_evaluations(imports)
    )
    stored = {}
    if settings.asks is not None:
        for one in images:
            place = store.get(_verdict_digest(one.sha256, settings), ".json") if one.broken is None else None
            if place is not None:
                data = read_json(place)
                verdict = Verdict(**{**data["verdict"], "defects": tuple(data["verdict"]["defects"])})
                stored[one.sha256] = _Stored(verdict, data["delete"], data["sheet"])
    return _Known(actor, images, settings, store, imported, stored, warnings)


def _verdict_digest(sha256: str, settings: ActorEvaluation) -> str:
    """Under which a model's words about one image are stored: image, model and prompt."""
    asked = settings.asks
    assert asked is not None
    chosen = {"model", "temperature", "seed", "options", "detail", "think", "context_tokens"}
    return recipe_digest(
        {
            "kind": "verdict on an image of an actor",
            "recipe": VERDICT_RECIPE,
            "image": sha256,
            "backend": settings.backend,
            "settings": asked.model_dump(mode="json", include=chosen),
            "prompt": settings.prompt_file.read_text(encoding="utf-8"),
        }
    )


def _terms(settings: ActorEvaluation) -> Terms:
    asked = settings.asks
    assert asked is not None

    def check(request: Request, text: str) -> Flaw | None:
        read = read_answer(text, len(request.recipe["images"]))
        said = f"That answer can't be used: {read}. Answer again with the whole JSON object."
        return Flaw(said) if isinstance(read, str) else None

    return Terms(asked, check, settings.ask_again, 1.0, "")


def _requests(known: _Known, shown: bool = True) -> dict[str, Request]:
    """The question about each sheet. Whose images they are is not said: the answer is about the pictures."""
    if not known.sheets:
        return {}
    template = read_template(known.settings.prompt_file)
    requests = {}
    for number, sheet in enumerate(known.sheets, 1):
        recipe = {
            "kind": "actor sheet",
            "recipe": SHEET_RECIPE,
            "images": [one.sha256 for one in sheet],
            "cell": CELL,
            "columns": COLUMNS,
        }
        prompt = template.render({"count": len(sheet), "columns": COLUMNS}).strip()
        pictures = (_sheet_picture(sheet, recipe, known.store),) if shown else ()
        requests[f"sheet {number}"] = Request(recipe, prompt, pictures, sheet_schema())
    return requests


def _sheet_picture(sheet: Sequence[Image], recipe: Mapping[str, Any], store: FolderStore) -> Path:
    """The sheet that the model sees, in the store."""
    digest = recipe_digest(recipe)
    stored = store.get(digest, ".jpg")
    thumbnails = [one.thumbnail for one in sheet if one.thumbnail is not None]
    return stored or store.put(digest, ".jpg", lambda path: write_composite(path, thumbnails))


def _ask(known: _Known, books: Books) -> dict[str, _Stored]:
    """What a model says of each image, by its sha256: said before, or asked now, sheet by sheet.

    Raises BadItem where a sheet gets no answer that can be used; what the others got is stored.
    """
    told = dict(known.stored)
    requests = _requests(known)
    if not requests:
        return told
    results = ask_all(requests, _terms(known.settings), books, f"images of {known.actor}")
    failed: BadItem | None = None
    for (name, request), sheet in zip(requests.items(), known.sheets, strict=True):
        outcome = results[name].outcome
        if isinstance(outcome, BadItem):
            words = f"{known.actor}: no evaluation of {name} of {len(requests)}: {outcome.message}"
            failed = failed or BadItem(outcome.code, words, retryable=outcome.retryable)
            continue
        answer = read_answer(outcome.text, len(sheet))
        assert isinstance(answer, SheetAnswer), "the desk has checked it"
        kept = recipe_digest({"kind": "words about a sheet", "request": request.digest, "answer": outcome.digest})
        _keep(known.store, kept, outcome.text)
        for place, (one, verdict) in enumerate(zip(sheet, answer.verdicts, strict=True)):
            told[one.sha256] = _Stored(verdict, place in answer.delete, kept)
            _keep(known.store, _verdict_digest(one.sha256, known.settings), asdict(told[one.sha256]))
    if failed is not None:
        raise failed
    return told


def _keep(store: FolderStore, digest: str, data: Any) -> None:
    text = json.dumps(data, ensure_ascii=False)
    store.put(digest, ".json", lambda path: write_text(path, text))


def _words(told: Mapping[str, _Stored], store: FolderStore) -> str:
    """The model's words about an actor's sheets, whole."""
    places = (store.get(sheet, ".json") for sheet in dict.fromkeys(one.sheet for one in told.values()))
    return "\n\n".join(str(read_json(place)) for place in places if place is not None)


def _evaluation(known: _Known, told: Mapping[str, _Stored]) -> dict[str, Any]:
    limits = known.settings.measuring
    rows: list[dict[str, Any]] = []
    cell = 0
    for one in known.images:
        row = _row(one, known, told, limits)
        if one.broken is None:
            cell += 1
            row["cell"] = cell
        rows.append(row)
    seen = {one.name: one.seen for one in known.images if one.seen is not None}
    for name, group in duplicate_groups(rows, seen, limits.duplicate_bits).items():
        next(row for row in rows if row["file"] == name)["duplicate_group"] = group
    counts = Counter(row["class"] for row in rows if row["class"] is not None)
    shown = sum(counts.values())
    names = (*CLASSES, UNKNOWN)
    return {
        "actor": known.actor,
        "backend": known.settings.backend,
        "model": known.settings.asks.model if known.settings.asks else None,
        "images": rows,
        "counts": {name: counts[name] for name in names},
        "percentages": {name: round(100 * counts[name] / shown, 1) if shown else 0.0 for name in names},
        "broken": sum(row["broken"] is not None for row in rows),
        "disagreements": [text for row in rows for text in _disagreements(row)],
        "recommended_deletions": [
            row["file"] for row in rows if row["origin"] == "model" and told[row["sha256"]].delete
        ],
        "text": _words(told, known.store),
        "plan": f"actors/action_plans/{known.actor}_action_plan.json",
    }


def _row(one: Image, known: _Known, told: Mapping[str, _Stored], limits: Measuring) -> dict[str, Any]:
    row: dict[str, Any] = {
        "file": one.name, "sha256": one.sha256, "bytes": one.bytes, "cell": None, "broken": one.broken, "class": None,
        "quality": None, "defects": [], "origin": None, "reason": "", "duplicate_group": None, "measured": None,
        "imported": None,
    }  # fmt: skip
    row |= dict(zip(("width", "height", "format", "mode", "frames"), one.picture or (None,) * 5, strict=True))
    if one.picture is None or one.seen is None:
        return row
    defects = defects_of(one.picture[:2], one.seen, limits)
    tone = "black_and_white" if is_gray(one.seen, limits) else "colour"
    measured = {name: round(value, 4) for name, value in asdict(one.seen).items() if name != "phash"}
    quality = quality_of(defects)
    row["measured"] = {
        "tone": tone, "quality": quality, "defects": list(defects), "phash": f"{one.seen.phash:016x}", **measured,
    }  # fmt: skip
    row |= {
        "class": "bw_stylized" if tone == "black_and_white" else UNKNOWN,
        "quality": quality,
        "defects": list(defects),
        "origin": "measured",
    }
    imported = known.imported.get(one.name)
    said = told.get(one.sha256)
    verdict = imported.verdict if imported else said.verdict if said else None
    if verdict is not None:
        row |= {
            "class": verdict.category,
            "quality": verdict.quality if verdict.quality is not None else quality,
            "defects": list(verdict.defects),
            "origin": "imported" if imported else "model",
            "reason": verdict.reason,
        }
    if imported:
        row["imported"] = {"file": imported.file, "row": imported.row, "model": imported.model}
    return row


def _disagreements(row: dict[str, Any]) -> list[str]:
    """Where whoever looked and the measurements differ, in sentences for a person who will look again."""
    if row["origin"] not in ("model", "imported"):
        return []
    who = "the model says" if row["origin"] == "model" else "the imported evaluation says"
    measured, found = row["measured"], []
    if (row["class"] == "bw_stylized") != (measured["tone"] == "black_and_white"):
        tone = "black-and-white" if measured["tone"] == "black_and_white" else "in colour"
        found.append(f"{row['file']}: {who} {row['class']}, and it is measured {tone}")
    plain = {"blank": "blank", "blur": "blurred", "dark": "dark"}
    bad = [word for name, word in plain.items() if name in measured["defects"]]
    if bad and row["quality"] >= DOUBTFUL:
        found.append(f"{row['file']}: {who} quality {row['quality']}, and it is measured {' and '.join(bad)}")
    return found
