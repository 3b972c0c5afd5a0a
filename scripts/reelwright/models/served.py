"""What backends that ask a server have in common, whichever API it speaks."""

from __future__ import annotations

import contextlib
import os
import re
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from reelwright.errors import BadItem, BuildError
from reelwright.models.backend import ChargedBadItem, Request
from reelwright.models.calls import Calls, Clock, TimeLimit
from reelwright.models.trouble import Told, TryAgain
from reelwright.servers import one_line
from reelwright.spec.explain import nearest_name
from reelwright.spec.models import VisionModel

Client = TypeVar("Client")

THOUGHTS = re.compile(r"\A\s*<think>.*?</think>\s*", re.DOTALL)
"""What some models think before they answer, where their server leaves it in the answer."""


class Server(Protocol):
    """Where a model is served."""

    def url(self) -> str:
        """Its address; starts it first, if that is up to us. Raises BuildError where that fails."""

    def check(self) -> None:
        """Raise BuildError where it is known to have died."""

    def stop(self) -> None:
        """Don't wait for its start any longer."""


@dataclass(frozen=True)
class Running:
    """A server that somebody else runs."""

    address: str

    def url(self) -> str:
        """Its address."""
        return self.address

    def check(self) -> None:
        """Nothing is known of it."""

    def stop(self) -> None:
        """Nothing to wait for."""


@dataclass(frozen=True)
class Turn:
    """One message of the conversation that a request is."""

    role: str
    """``user`` or ``assistant``."""
    text: str
    images: tuple[tuple[bytes, str], ...] = ()
    """Bytes and media type of each picture."""


MEDIA_TYPES = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}
"""Media type of a picture by its file's suffix."""


def turns(request: Request) -> list[Turn]:
    """The conversation of a request: the question with its pictures and, where it is asked again, what was wrong.

    Raises BadItem ``unreadable`` where a picture can't be read.
    """
    try:
        images = tuple(
            (path.read_bytes(), MEDIA_TYPES.get(path.suffix.lower(), "image/jpeg")) for path in request.images
        )
    except OSError as error:
        raise BadItem("unreadable", f"{error.filename}: the picture can't be read: {error.strerror}") from error
    question = Turn("user", request.prompt, images)
    if request.correction is None:
        return [question]
    return [question, Turn("assistant", request.correction.answer), Turn("user", request.correction.complaint)]


class ServedBackend(ABC, Generic[Client]):
    """A backend that asks a server. Nothing is connected, started or looked up in the environment before the first call."""

    name: ClassVar[str]

    def __init__(self, settings: VisionModel, server: Server, clock: Clock) -> None:
        self._settings = settings
        self._server = server
        self._clock = clock
        self._opening = threading.Lock()
        self._client: Client | None = None
        self._url = ""
        self._secret: str | None = None
        """The key, where one is sent: to blot it out of what servers say."""
        self._calls = Calls(self._who, settings.tries, clock, server.check)
        self._time_limit = TimeLimit(settings.timeout_s, "timeout_s", "gave no whole answer")

    @property
    def model(self) -> str:
        """Name of the model, as its server calls it."""
        return self._settings.model

    @property
    @abstractmethod
    def options(self) -> Mapping[str, Any]:
        """Everything else that changes an answer."""

    @property
    def price(self) -> float | None:
        """Price of one call."""
        return self._settings.price

    @property
    def currency(self) -> str:
        """Currency of ``price``."""
        return self._settings.currency

    def answer(self, request: Request) -> str:
        """The model's words; raises BadItem where this request fails and BuildError where every one would."""
        conversation = turns(request)
        client = self._opened()
        text = self._calls.make(
            lambda: self._ask(client, conversation, request.schema), lambda: self._names(client), self._time_limit
        )
        text = THOUGHTS.sub("", text)
        if not text.strip():
            raise ChargedBadItem("empty_answer", f"{self._who()} gave an empty answer")
        return text

    def stop(self) -> None:
        """Make no more tries, and give up the calls in flight unless they are paid for: for Ctrl+C. Returns at once."""
        self._server.stop()
        self._calls.stop(abandon=self.price == 0)

    def close(self) -> None:
        """Give up what is in flight, and close all connections."""
        self._calls.close(lambda: self._close(self._client))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._settings.model!r})"

    def _who(self) -> str:
        return f"{self.name} {self.model} at {self._url}"

    def _say(self, text: object) -> str:
        """Somebody else's words, as they may appear in a message."""
        return one_line(str(text), self._secret)

    def _opened(self) -> Client:
        with self._opening:
            self._calls.refuse_if_stopped()
            if self._client is None:
                try:
                    self._url = self._server.url()
                    client = self._open(self._url)
                except BuildError as error:
                    self._calls.fail(error)
                    raise
                self._make_ready(client)
                self._client = client
            return self._client

    def _make_ready(self, client: Client) -> None:
        """Have the model loaded, which may take longer than any answer; raises BuildError where that fails."""
        limit = TimeLimit(self._settings.start_timeout_s, "start_timeout_s", "did not load the model")
        try:
            self._calls.make(lambda: self._load(client), lambda: self._names(client), limit)
        except BadItem as error:
            raise self._calls.fail(BuildError(error.message)) from None

    def _cut_off(self, thought: bool) -> ChargedBadItem:
        spent = ", thinking included: let it think less, or" if thought else ":"
        message = f"{self._who()} was cut off at {self._settings.max_tokens} tokens{spent} raise `max_tokens`"
        return ChargedBadItem("cut_off", message, retryable=False)

    def _unreachable(self, error: object, hint: str) -> TryAgain:
        return TryAgain("unreachable", f"{self._who()} can't be reached ({self._say(error)}): {hint}", unreachable=True)

    def _dropped(self, error: object) -> TryAgain:
        message = f"{self._who()} dropped the connection before its answer was whole ({self._say(error)})"
        return TryAgain("dropped", message, silent=True, charged=True)

    def _garbled(self, error: object) -> TryAgain:
        message = f"{self._who()} answered with what is no answer of its API: {self._say(error)}"
        return TryAgain("broken", message, charged=True)

    async def _missing_model(self, client: Client, told: Told, hint: str) -> BuildError:
        names: list[str] = []
        with contextlib.suppress(TryAgain):
            names = await self._names(client)
        nearest = nearest_name(self.model, names, cutoff=0.4)
        meant = f"; did you mean {nearest!r}?" if nearest else ""
        has = f" (it has {', '.join(names[:8])}{'...' if len(names) > 8 else ''})" if names else ""
        return BuildError(f"{self._who()}: {told.message}{has}{meant} {hint}")

    @abstractmethod
    def _open(self, url: str) -> Client:
        """A client of the server at ``url``; raises BuildError where something is missing, as a key."""

    async def _load(self, client: Client) -> None:
        """Have the server load the model, where it doesn't do so when it starts; raises what ``_ask`` does."""
        return

    @abstractmethod
    async def _ask(self, client: Client, conversation: Sequence[Turn], schema: Mapping[str, Any] | None) -> str:
        """The answer to one try; raises TryAgain, BadItem or BuildError."""

    @abstractmethod
    async def _names(self, client: Client) -> list[str]:
        """The models that the server has; raises TryAgain where it doesn't answer."""

    @abstractmethod
    async def _close(self, client: Client | None) -> None:
        """Close the client's connections."""


def read_key(variable: str) -> str | None:
    """The key that an environment variable holds; None where it is empty or not set.

    Raises BuildError naming the variable, never its value, where that can't be a key: it would end up in the message of
    whoever tried to send it.
    """
    key = os.environ.get(variable, "").strip()
    if key and not re.fullmatch(r"[\x21-\x7e]+", key):
        key = ""  # Some tracebacks show what is in variables.
        raise BuildError(f"the environment variable {variable} holds characters that no key has: copy the key anew")
    return key or None
