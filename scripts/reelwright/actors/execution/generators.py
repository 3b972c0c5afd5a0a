"""What makes images of an actor from a base image: the seam behind which Replicate and OpenAI lie.

What a generator raises says what may have been paid for. A ``BadItem`` of ``create`` or ``make`` bought nothing. A
``ChargedBadItem`` may have bought an image (the connection was dropped, the server broke down after it was asked, nothing came
in time): nobody may ask again before ``find`` has been asked. A ``BuildError`` holds for every image: the key, the account, the
model, a server that nobody reaches.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from reelwright.actors.pictures import NoImage, read_digest
from reelwright.errors import BadItem
from reelwright.models.calls import Clock
from reelwright.spec.generation import Generation

MEDIA_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
"""Media type by Pillow's name of a format: what the models take as a base image."""


@dataclass(frozen=True)
class Request:
    """One image asked for."""

    prompt: str
    seed: int
    base: Path
    """The base image of the actor."""
    base_sha256: str
    tag: str
    """A text of ours that belongs to this request alone. Neither API lets a listing be searched for one: predictions are told
    apart by prompt and seed."""


@dataclass(frozen=True)
class Answer:
    """What became of an image."""

    state: Literal["done", "running", "failed", "refused", "lost"]
    """``refused``: by the safety filter; ``lost``: there was a result, its files have expired."""
    detail: str
    """In words; for ``running`` also what hindered the look."""
    image: bytes | None


class Generator(Protocol):
    """Something that makes images. Its methods are called from several threads at a time."""

    @property
    def name(self) -> str:
        """``replicate`` or ``openai``."""

    @property
    def model(self) -> str:
        """The model, as its server calls it."""

    @property
    def asynchronous(self) -> bool:
        """Whether ``create`` and ``poll`` are to be used, and not ``make``."""

    def create(self, request: Request) -> str:
        """Ask for an image; the id of the prediction, at once."""

    def poll(self, prediction: str) -> Answer:
        """One look at a prediction, which fetches the image where it is done; trouble that may pass leaves it ``running``."""

    def find(self, request: Request, since: float) -> list[str]:
        """Ids of predictions of this prompt and seed that were created since (seconds since 1970), the newest first.

        The server's clock may differ from ours: one a few minutes older may be among them. Raises BadItem ``unknowable`` where
        predictions are listed of which the server no longer tells what they were, or more than are looked through.
        """

    def cancel(self, prediction: str) -> None:
        """Stop a prediction, if it still runs."""

    def make(self, request: Request) -> Answer:
        """Ask for an image and wait for it."""

    def stop(self) -> None:
        """Make no more calls, and wait for none of those that cost nothing; returns at once."""


@contextmanager
def open_generator(settings: Generation, clock: Clock | None = None) -> Iterator[Generator]:
    """The generator that the spec names, for as long as the block runs.

    Raises BuildError at once, naming the environment variable, where the key is missing.
    """
    if settings.backend == "replicate":
        from reelwright.actors.execution.replicate import Replicate

        generator: Replicate | OpenAIEdits = Replicate(settings, clock)
    else:
        from reelwright.actors.execution.openai_edits import OpenAIEdits

        generator = OpenAIEdits(settings, clock)
    try:
        yield generator
    finally:
        generator.close()


def read_base(request: Request) -> tuple[bytes, str]:
    """Bytes and media type of a base image.

    Raises BadItem ``missing``, ``changed`` or ``broken``: nothing was asked for.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        data, sha256 = read_digest(request.base)
    except NoImage as error:
        raise BadItem("missing", f"{request.base}: the base image {error}") from error
    if sha256 != request.base_sha256:
        raise BadItem("changed", f"{request.base}: the base image is not the one that was planned with")
    try:
        with Image.open(io.BytesIO(data)) as image:
            form = image.format or "nothing known"
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise BadItem("broken", f"{request.base}: the base image can't be opened", retryable=False) from error
    if form not in MEDIA_TYPES:
        expected = ", ".join(MEDIA_TYPES)
        raise BadItem("broken", f"{request.base}: the base image is {form}: expected {expected}", retryable=False)
    return data, MEDIA_TYPES[form]
