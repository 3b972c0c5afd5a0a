"""The stage ``review_plates``: what speaks for and against each candidate of a set, and the verdict that follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from reelwright.captions.bible import read_bible
from reelwright.digest import recipe_digest
from reelwright.errors import BadItem
from reelwright.files import read_json, write_jsonl
from reelwright.identity.candidates import choose
from reelwright.identity.criteria import CRITERIA, Answers, Given, Judged, judge, read_review, review_schema
from reelwright.identity.imports import Match, match_reviews, read_reviews
from reelwright.identity.measure import measure_plate, measured_answers
from reelwright.models import Flaw, Request, Result
from reelwright.models.asking import Books, Terms, ask_all, count_waiting, report_failed
from reelwright.outcome import Record, attempt, require
from reelwright.spec.identity import Identity
from reelwright.store import FolderStore, open_store
from reelwright.template import read_template

IMAGE_RECIPE = 1
"""Raised when the same plate and settings give another picture for the model."""

QUALITY = 92
"""JPEG quality of what the model sees: lines stay free of noise."""


@dataclass(frozen=True)
class ReviewInputs:
    """What a set's review draws on."""

    plates: Path
    """``identity/plates/<set>.json``."""
    outcomes: tuple[Path, ...]
    """Outcome records of what must have ended well: exporting, importing."""
    imports: Path | None
    bible: Path | None
    """Tells a model how the characters look; None where the project has none."""

    @property
    def results(self) -> Path:
        """The folder that paths in rows are relative to."""
        return self.plates.parents[2]


@dataclass(frozen=True)
class Show:
    """What the bible must be of."""

    name: str
    season: int | None


def review_plates(
    inputs: ReviewInputs, out: Path, record: Record, *, settings: Identity, show: Show, books: Books, store: Path
) -> None:
    """Write ``identity/review/<set>.jsonl`` (``out``), a row a candidate, and the outcome record.

    A review made elsewhere is taken where one is of the plate; of the other plates the model is asked, where the spec names
    one. A plate whose review fails is a failed part and is asked about again by the same command. Raises BuildError where more
    than ``max_failed_share`` of the reviews fail, or the model can't be asked at all.
    """
    with attempt(record, [out]) as notes:
        require(inputs.outcomes)
        known = _known(inputs, settings, record.item)
        for message in known.ambiguous:
            notes.warn(message)
        told: Mapping[str, Result] = {}
        terms = _terms(known)
        if terms is not None:
            requests = _requests(known, inputs, show, open_store(store))
            told = ask_all(requests, terms, books, f"reviews {record.item}")
            failed = {name: one.outcome for name, one in told.items() if isinstance(one.outcome, BadItem)}
            report_failed(failed, len(requests), record.item, "reviews", terms, notes)
        write_jsonl(out, [_row(row, known, told.get(row["plate_id"])) for row in known.candidates], "review")


def waiting_reviews(inputs: ReviewInputs, name: str, settings: Identity, show: Show, books: Books) -> int:
    """Calls that ``review_plates`` would make for the set ``name`` now, at least; nobody is asked.

    Raises BadItem or BuildError where ``review_plates`` would, FileNotFoundError before the plates are there.
    """
    if settings.review.asks is None:
        return 0
    require(inputs.outcomes)
    known = _known(inputs, settings, name)
    terms = _terms(known)
    assert terms is not None
    return count_waiting(_requests(known, inputs, show, None).values(), terms, books)


@dataclass(frozen=True)
class _Known:
    """A set's candidates before anybody looks."""

    settings: Identity
    characters: tuple[str, ...]
    candidates: list[dict[str, Any]]
    answers: dict[str, dict[str, Given]]
    """What is measured, by plate id."""
    imported: dict[str, Match]
    ambiguous: list[str]

    @property
    def asked(self) -> list[dict[str, Any]]:
        """The candidates that a model is asked about, where one is: nobody pays for blank pictures."""
        return [
            row
            for row in self.candidates
            if row["plate_id"] not in self.imported and self.answers[row["plate_id"]]["content"].answer != "broken"
        ]


def _known(inputs: ReviewInputs, settings: Identity, name: str) -> _Known:
    plate_set = settings.sets[name]
    candidates, _ = choose(read_json(inputs.plates)["plates"], settings.candidates, plate_set.per_character)
    imported, ambiguous = match_reviews(candidates, read_reviews(inputs.imports))
    answers = {
        row["plate_id"]: measured_answers(
            measure_plate(inputs.results / row["plate"]), row["source"], row["character"], settings.review
        )
        for row in candidates
    }
    return _Known(settings, tuple(plate_set.characters), candidates, answers, imported, ambiguous)


def _terms(known: _Known) -> Terms | None:
    review = known.settings.review
    if review.asks is None:
        return None

    def check(_: Request, text: str) -> Flaw | None:
        read = read_review(text, known.characters)
        said = f"That answer can't be used: {read}. Answer again with the whole JSON object."
        return Flaw(said) if isinstance(read, str) else None

    return Terms(review.asks, check, review.ask_again, review.max_failed_share, "identity.review.max_failed_share")


def _requests(known: _Known, inputs: ReviewInputs, show: Show, store: FolderStore | None) -> dict[str, Request]:
    """The question about each candidate, by plate id. It doesn't say whose folder the plate is from, so as not to lead.

    Without a ``store`` the questions have no pictures: enough to see which are answered.
    """
    looks: dict[str, str] = {}
    if inputs.bible is not None:
        bible = read_bible(inputs.bible, show.name, show.season)
        looks = {one.name: ", ".join(filter(None, [one.hair, one.suit])) or one.description for one in bible.characters}
    template = read_template(known.settings.review.prompt_file)
    told = [{"name": name, "looks": looks.get(name, "")} for name in known.characters]
    prompt = template.render({"show": show.name, "season": show.season, "characters": told}).strip()
    schema = review_schema(known.characters)
    requests = {}
    for row in known.asked:
        recipe = _image_recipe(row, known.settings)
        images = (_shown(inputs.results / row["plate"], recipe, store),) if store else ()
        requests[row["plate_id"]] = Request(recipe, prompt, images, schema)
    return requests


def _image_recipe(row: dict[str, Any], settings: Identity) -> dict[str, Any]:
    return {
        "kind": "review image",
        "recipe": IMAGE_RECIPE,
        "source_sha256": row["source_sha256"],
        "route": row["route"],
        "size": settings.plates.size,
        "background": settings.plates.background,
        "image_size": settings.review.image_size,
    }


def _shown(plate: Path, recipe: Mapping[str, Any], store: FolderStore) -> Path:
    """The picture that the model sees, in the store."""
    digest = recipe_digest(recipe)
    stored = store.get(digest, ".jpg")
    if stored is not None:
        return stored

    def write(path: Path) -> None:
        with Image.open(plate) as image:
            image.thumbnail((recipe["image_size"],) * 2, Image.Resampling.LANCZOS)
            image.convert("RGB").save(path, "JPEG", quality=QUALITY, subsampling=0)

    return store.put(digest, ".jpg", write)


def _row(row: dict[str, Any], known: _Known, result: Result | None) -> dict[str, Any]:
    """The row of one candidate."""
    match = known.imported.get(row["plate_id"])
    told: dict[str, Any] = {
        "reviewer": "measurements",
        "model": None,
        "prompt_digest": None,
        "note": "",
        "imported": None,
        "error": None,
    }
    answers: Answers = known.answers[row["plate_id"]]
    judged: Judged | None = None
    if match is not None:
        one = match.review
        where = {"file": one.file, "row": one.row, "by": match.by}
        told |= {"reviewer": "imported", "model": one.model, "note": one.reason, "imported": where}
        answers = {}
        judged = Judged(one.verdict, one.confidence if one.confidence is not None else 1.0, ())
    elif result is not None and isinstance(result.outcome, BadItem):
        error = {"code": result.outcome.code, "message": result.outcome.message}
        told |= {"reviewer": "vlm", "error": error}
        answers = {}
    elif result is not None and not isinstance(result.outcome, BadItem):
        read = read_review(result.outcome.text, known.characters)
        assert not isinstance(read, str), "the desk has checked it"
        answers, note = read
        told |= {
            "reviewer": "vlm", "model": result.outcome.model, "prompt_digest": result.request.digest, "note": note,
        }  # fmt: skip
    if judged is None and answers:
        review = known.settings.review
        side = max(row["width"], row["height"])
        judged = judge(answers, row["character"], side, row["flags"], review.train_side, review.train_confidence)
    verdict = asdict(judged) if judged else {"verdict": None, "confidence": None, "reasons": []}
    return {
        **{name: row[name] for name in PLATE_FIELDS},
        **told,
        "answers": {name: asdict(answers[name]) for name in CRITERIA if name in answers},
        **verdict,
        "reasons": list(verdict["reasons"]),
    }


PLATE_FIELDS = (
    "plate_id", "set", "character", "plate", "sha256", "source", "source_sha256", "width", "height", "approximate", "icc",
    "alpha", "flags",
)  # fmt: skip
"""What a review repeats of the plate."""
