"""What generators that ask a server have in common, whichever API it speaks."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from typing import ClassVar, Generic, TypeVar

from reelwright.errors import BuildError
from reelwright.models.calls import Calls, Clock
from reelwright.models.served import read_key
from reelwright.models.trouble import TryAgain
from reelwright.servers import one_line
from reelwright.spec.generation import Generation

Client = TypeVar("Client")


class CallingGenerator(ABC, Generic[Client]):
    """A generator that asks a server. Nothing is connected before the first call."""

    name: ClassVar[str]
    own_url: ClassVar[str]
    """Address of the server, unless the spec names another."""

    def __init__(self, settings: Generation, clock: Clock | None = None) -> None:
        """Raises BuildError, naming the environment variable, where the key is missing."""
        self._settings = settings
        self._clock = clock or Clock()
        self._url = settings.base_url or self.own_url
        self._secret = read_key(settings.key_name)
        if self._secret is None and settings.base_url is None:
            raise BuildError(
                f"the environment variable {settings.key_name} is not set: it holds the key for {self.model} of {self.name}"
            )
        self._calls = Calls(self._who, settings.busy_tries, self._clock)
        self._client: Client | None = None
        self._opening = threading.Lock()

    @property
    def model(self) -> str:
        """The model, as its server calls it."""
        return self._settings.model

    def stop(self) -> None:
        """Make no more calls. Those in flight end by themselves: they may be paid for."""
        self._calls.stop(abandon=False)

    def close(self) -> None:
        """Close all connections."""
        self._calls.close(self._close)

    def _opened(self) -> Client:
        """The client. It may take seconds to import, which are no part of the time that a call has."""
        with self._opening:
            if self._client is None:
                self._client = self._open()
            return self._client

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.model!r})"

    def _who(self) -> str:
        return f"{self.name} {self.model} at {self._url}"

    def _say(self, text: object) -> str:
        """Somebody else's words, as they may appear in a message."""
        return one_line(str(text), self._secret)

    def _advice(self) -> str:
        return f"set the environment variable {self._settings.key_name} to a key that it takes"

    def _unreachable(self, error: object) -> TryAgain:
        message = f"{self._who()} can't be reached ({self._say(error)}): set `actors.generate.base_url`"
        return TryAgain("unreachable", message, unreachable=True)

    async def _ping(self) -> None:
        """A sign of life; raises TryAgain where there is none."""
        try:
            await self._hello()
        except Exception as error:
            problem = self._problem(error)
        else:
            return
        if isinstance(problem, TryAgain):
            raise problem

    @abstractmethod
    def _open(self) -> Client:
        """A client of the server."""

    @abstractmethod
    async def _hello(self) -> None:
        """Ask for something that costs nothing."""

    @abstractmethod
    def _problem(self, error: Exception) -> Exception:
        """What an exception of the client means."""

    @abstractmethod
    async def _close(self) -> None:
        """Close the client's connections."""
