"""Asking a model about an actor's images, sheet by sheet; what it says is kept by image, and asked for once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from reelwright.actors.answers import SheetAnswer, read_answer, sheet_schema
from reelwright.actors.classes import Verdict
from reelwright.actors.composite import CELL, COLUMNS, write_composite
from reelwright.actors.imports import Imported
from reelwright.actors.looking import Image
from reelwright.actors.pictures import NoImage, decode, read_digest
from reelwright.digest import recipe_digest
from reelwright.errors import BadItem
from reelwright.files import read_json, write_text
from reelwright.models import Flaw, Request
from reelwright.models.asking import Books, Terms, ask_all, count_waiting
from reelwright.spec.actors import ActorEvaluation
from reelwright.store import FolderStore
from reelwright.template import read_template

SHEET_RECIPE = 1
"""Raised when the same images give another sheet for the model."""

VERDICT_RECIPE = 1
"""Raised when an answer that is stored of an image is to be asked for again."""


@dataclass(frozen=True)
class Stored:
    """What a model has said of one image: kept for ever, so that nobody asks about it again, on whatever sheet it would be."""

    verdict: Verdict
    delete: bool
    """Whether the model would take it out of its set."""
    sheet: str
    """Under what the model's words about its sheet are stored."""


class Looker:
    """A model that looks at images, and what it has said of them in ``store``."""

    def __init__(self, settings: ActorEvaluation, store: FolderStore) -> None:
        assert settings.asks is not None
        self._asked = settings.asks
        self._settings = settings
        self._store = store
        chosen = {"model", "temperature", "seed", "options", "detail", "think", "context_tokens"}
        self._recipe = {
            "kind": "verdict on an image of an actor",
            "recipe": VERDICT_RECIPE,
            "backend": settings.backend,
            "settings": settings.asks.model_dump(mode="json", include=chosen),
            "prompt": settings.prompt_file.read_text(encoding="utf-8"),
        }

    def said(self, sha256: str) -> Stored | None:
        """What the model has said of an image before; None where it was never asked."""
        place = self._store.get(self._digest(sha256), ".json")
        if place is None:
            return None
        data = read_json(place)
        verdict = Verdict(**{**data["verdict"], "defects": tuple(data["verdict"]["defects"])})
        return Stored(verdict, data["delete"], data["sheet"])

    def is_waiting(self, actor: str, images: Iterable[Path], imported: Imported) -> bool:
        """Whether the model would have to be asked about one of an actor's images, or one is still to be made."""
        try:
            return next(self._waiting(actor, images, imported), None) is not None
        except FileNotFoundError:
            return True

    def calls(self, actor: str, images: Iterable[Path], imported: Imported, books: Books) -> int:
        """Calls that ``look`` would make now, at least; nobody is asked.

        Raises FileNotFoundError for an image that is not there.
        """
        waiting = list(self._waiting(actor, images, imported))
        requests = (request for request, _ in self._questions(waiting, shown=False))
        return count_waiting(requests, self._terms(), books)

    def _waiting(self, actor: str, images: Iterable[Path], imported: Imported) -> Iterator[Image]:
        """The images that the model would have to be asked about, with no more of them than their names."""
        for path in images:
            path.stat()
            try:
                data, sha256 = read_digest(path)
                if self.said(sha256) is None and not imported.has(actor, path.name, sha256):
                    decode(data, sha256)
                    yield Image(path.name, sha256, len(data), None)
            except NoImage:
                continue

    def look(self, actor: str, images: Sequence[Image], books: Books) -> dict[str, Stored]:
        """What the model says of each image that can be shown, by its sha256: said before, or asked now.

        Raises BadItem where a sheet gets no answer that can be used; what the others got is stored.
        """
        questions = self._questions(images)
        requests = {f"sheet {number}": request for number, (request, _) in enumerate(questions, 1)}
        results = ask_all(requests, self._terms(), books, f"images of {actor}")
        failed: BadItem | None = None
        for (name, request), (_, sheet) in zip(requests.items(), questions, strict=True):
            outcome = results[name].outcome
            if isinstance(outcome, BadItem):
                words = f"{actor}: no evaluation of {name} of {len(requests)}: {outcome.message}"
                failed = failed or BadItem(outcome.code, words, retryable=outcome.retryable)
                continue
            answer = read_answer(outcome.text, len(sheet))
            assert isinstance(answer, SheetAnswer), "the desk has checked it"
            kept = recipe_digest({"kind": "words about a sheet", "request": request.digest, "answer": outcome.digest})
            self._keep(kept, outcome.text)
            for place, (one, verdict) in enumerate(zip(sheet, answer.verdicts, strict=True)):
                self._keep(self._digest(one.sha256), asdict(Stored(verdict, place in answer.delete, kept)))
        if failed is not None:
            raise failed
        told = {one.sha256: self.said(one.sha256) for one in images if one.broken is None}
        return {sha256: stored for sha256, stored in told.items() if stored is not None}

    def words(self, told: Mapping[str, Stored]) -> str:
        """The model's words about the sheets that images were on, whole."""
        places = (self._store.get(sheet, ".json") for sheet in dict.fromkeys(one.sheet for one in told.values()))
        return "\n\n".join(str(read_json(place)) for place in places if place is not None)

    def _digest(self, sha256: str) -> str:
        """Under which the model's words about one image are stored: image, model and prompt."""
        return recipe_digest({**self._recipe, "image": sha256})

    def _keep(self, digest: str, data: Any) -> None:
        text = json.dumps(data, ensure_ascii=False)
        self._store.put(digest, ".json", lambda path: write_text(path, text))

    def _terms(self) -> Terms:
        def check(request: Request, text: str) -> Flaw | None:
            read = read_answer(text, len(request.recipe["images"]))
            said = f"That answer can't be used: {read}. Answer again with the whole JSON object."
            return Flaw(said) if isinstance(read, str) else None

        return Terms(self._asked, check, self._settings.ask_again, 1.0, "")

    def _questions(self, images: Sequence[Image], shown: bool = True) -> list[tuple[Request, list[Image]]]:
        """The question about each sheet, with its images: those never asked about, each picture once.

        Whose images they are is not said: the answer is about the pictures.
        """
        pictures = {one.sha256: one for one in reversed(images) if one.broken is None}
        waiting = [one for one in images if pictures.get(one.sha256) is one and self.said(one.sha256) is None]
        size = self._settings.images_per_sheet
        sheets = [waiting[start : start + size] for start in range(0, len(waiting), size)]
        template = read_template(self._settings.prompt_file)
        questions = []
        for sheet in sheets:
            hashes = [one.sha256 for one in sheet]
            recipe = {"kind": "actor sheet", "recipe": SHEET_RECIPE, "images": hashes, "cell": CELL, "columns": COLUMNS}
            prompt = template.render({"count": len(sheet), "columns": COLUMNS}).strip()
            seen = (self._shown(sheet, recipe),) if shown else ()
            questions.append((Request(recipe, prompt, seen, sheet_schema()), sheet))
        return questions

    def _shown(self, sheet: Sequence[Image], recipe: Mapping[str, Any]) -> Path:
        """The sheet that the model sees, in the store."""
        digest = recipe_digest(recipe)
        stored = self._store.get(digest, ".jpg")
        thumbnails = [one.thumbnail for one in sheet if one.thumbnail is not None]
        return stored or self._store.put(digest, ".jpg", lambda path: write_composite(path, thumbnails))
