"""What a model is to the build: something with a name and a price that answers one request."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from reelwright.digest import recipe_digest
from reelwright.errors import BadItem


class ChargedBadItem(BadItem):
    """A request that failed after its call was, or may have been, paid for: refused, cut off, timed out, given up."""


@dataclass(frozen=True)
class Correction:
    """What was wrong with an answer, for the model to give a better one."""

    round: int
    """1 for the first time that a model is asked again."""
    answer: str
    """The answer that was not taken."""
    complaint: str
    """What was wrong with it, in words for the model."""


@dataclass(frozen=True)
class Request:
    """One question to a model."""

    recipe: Mapping[str, Any]
    """What the question is about, JSON values only: source sha256, span by PTS, how the images are made."""
    prompt: str
    """The words sent."""
    images: tuple[Path, ...] = ()
    """Images sent, in order. Their bytes are no part of the digest: ``recipe`` says what they show."""
    schema: Mapping[str, Any] | None = None
    """JSON Schema that the answer must have; None where the answer is free text."""
    correction: Correction | None = None
    """The last answer to this question, which was not taken; None the first time."""

    @property
    def digest(self) -> str:
        """Digest of the recipe, the prompt, the schema and the correction, whichever model is asked."""
        return recipe_digest(
            {
                "recipe": self.recipe,
                "prompt": self.prompt,
                "schema": self.schema,
                "correction": dataclasses.asdict(self.correction) if self.correction else None,
            }
        )


@dataclass(frozen=True)
class Answer:
    """A model's answer, as it is stored (``answer`` schema)."""

    digest: str
    """Of all that it depends on: ``answer_digest``."""
    text: str
    """The model's words, never empty."""
    model: str
    """Name of the model that gave it."""
    price: float | None
    """What the call cost, in ``currency``; None where no price was stated."""
    currency: str
    """Currency of ``price``."""
    seconds: float
    """Time that the call took."""


class Backend(Protocol):
    """One model behind one way of reaching it. ``answer`` is called from several threads at a time."""

    @property
    def name(self) -> str:
        """Which kind of backend this is: ``ollama``, ``openai``..."""

    @property
    def model(self) -> str:
        """Name of the model, with its version."""

    @property
    def options(self) -> Mapping[str, Any]:
        """Everything else that changes an answer (temperature, token limit...), JSON values only."""

    @property
    def price(self) -> float | None:
        """Price of one call; 0 declares it free, None (not stated) counts as paid."""

    @property
    def currency(self) -> str:
        """Currency of ``price``."""

    def answer(self, request: Request) -> str:
        """The model's words, checked by the backend as far as it can.

        Raises BadItem where this request fails and others may not (ChargedBadItem where that may have cost the call's
        price), BuildError where no other request would do better; anything else it raises is a fault of the machine
        (server gone) and stops the job. Retries are the backend's own affair.
        """


def answer_digest(backend: Backend, request: Request) -> str:
    """Digest that an answer is stored under: the request, the backend, its model and options, but not its price."""
    return recipe_digest(
        {
            "request": request.digest,
            "backend": backend.name,
            "model": backend.model,
            "options": dict(backend.options),
        }
    )
