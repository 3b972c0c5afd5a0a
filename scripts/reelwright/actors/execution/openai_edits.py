"""Image edits of OpenAI, or of a server that has them, asked with the official client.

The call itself brings the image, or nothing at all: there is no id to come back to and no list to look into. So a call is made
again only where the server said that it is busy (429), which bought nothing; the client's own retries, which would also follow
time-outs and 500s, are switched off. The API takes no seed: the one recorded is the one that was asked for.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, Literal

from reelwright.actors.execution.calling import CallingGenerator
from reelwright.actors.execution.generators import Answer, Request, read_base
from reelwright.errors import BadItem, BuildError
from reelwright.models.backend import ChargedBadItem
from reelwright.models.calls import Clock, TimeLimit
from reelwright.models.openai import OWN_URL, told_by
from reelwright.models.trouble import TryAgain, verdict
from reelwright.servers import on_loopback
from reelwright.spec.generation import Generation

if TYPE_CHECKING:
    import openai

FORMATS: dict[str, Literal["jpeg", "png"]] = {"jpg": "jpeg", "png": "png"}
"""The API's names of formats."""

NO_IDS = "image edits have no ids: ask by `make`"

BLOCKED = "moderation_blocked"
"""The API's code for a prompt or a result that its safety system refused."""


class OpenAIEdits(CallingGenerator["openai.AsyncOpenAI"]):
    """Makes images with a model behind OpenAI's API."""

    name = "openai"
    own_url = OWN_URL
    asynchronous = False

    def __init__(self, settings: Generation, clock: Clock | None = None) -> None:
        """Raises BuildError, naming the environment variable, where the key is missing."""
        super().__init__(settings, clock)
        self._limit = TimeLimit(settings.deadline_s, "actors.generate.deadline_s", "gave no whole answer")

    def make(self, request: Request) -> Answer:
        """Ask for an image and wait for it."""
        data, media_type = read_base(request)
        picture = (f"base.{media_type.partition('/')[2]}", data, media_type)
        try:
            client = self._opened()
            return self._calls.make(lambda: self._edit(client, request.prompt, picture), self._ping, self._limit)
        except BadItem as error:
            if error.code == "refused_by_model":
                return Answer("refused", error.message, None)
            raise

    async def _edit(self, client: openai.AsyncOpenAI, prompt: str, picture: tuple[str, bytes, str]) -> Answer:
        try:
            response = await client.images.edit(
                image=picture,
                prompt=prompt,
                model=self.model,
                n=1,
                output_format=FORMATS[self._settings.inputs.output_format],
                extra_body=dict(self._settings.options),
            )
        except Exception as error:
            problem = self._problem(error)
        else:
            return self._answer(response)
        # Raised out here, without what the client raised: its frames hold headers.
        raise problem

    def _answer(self, response: Any) -> Answer:
        made = getattr(response, "data", None) or [None]
        text = getattr(made[0], "b64_json", None)
        try:
            image = base64.b64decode(text or "", validate=True)
        except (binascii.Error, ValueError, TypeError):
            image = b""
        return Answer("done", "", image) if image else Answer("lost", f"{self._who()} answered without an image", None)

    def _problem(self, error: Exception) -> Exception:
        """What an exception of the client means; all but a refusal and a busy server may have been paid for."""
        import httpx2
        import openai

        if isinstance(error, openai.APIConnectionError):
            cause = error.__cause__
            if isinstance(cause, httpx2.ConnectError):
                return self._unreachable(cause)
            message = f"{self._who()} dropped the connection before its answer was whole ({type(cause).__name__})"
            return ChargedBadItem("dropped", message)
        if not isinstance(error, openai.APIStatusError):
            message = f"{self._who()} answered with what is no answer of its API: {type(error).__name__}"
            return ChargedBadItem("broken", message)
        told = told_by(error, self._say, self._clock.now())
        if told.code == BLOCKED:
            return BadItem("refused_by_model", f"{self._who()} refused: {told.message}", retryable=False)
        if told.status == 404:
            hint = "set `actors.generate.model` to one that it has, and check `base_url`, which usually ends in /v1"
            return BuildError(f"{self._who()} answered 404: {told.message}: {hint}")
        problem = verdict(told, self._who(), self._settings.options, self._advice())
        if isinstance(problem, TryAgain) and told.status != 429:
            return ChargedBadItem(problem.code, problem.message)
        return problem

    def create(self, request: Request) -> str:
        """The API has no ids."""
        raise TypeError(NO_IDS)

    def poll(self, prediction: str) -> Answer:
        """The API has no ids."""
        raise TypeError(NO_IDS)

    def find(self, request: Request, since: float) -> list[str]:
        """The API lists nothing: what became of a call that was cut off can't be told."""
        message = f"{self._who()} doesn't list what it made: whether the image was made, and paid for, can't be told"
        raise BadItem("unknowable", message, retryable=False)

    def cancel(self, prediction: str) -> None:
        """The API has no ids."""
        raise TypeError(NO_IDS)

    async def _close(self) -> None:
        if self._client is not None:
            await self._client.close()

    async def _hello(self) -> None:
        await self._opened().models.list()

    def _open(self) -> openai.AsyncOpenAI:
        import openai

        return openai.AsyncOpenAI(
            api_key=self._secret or "none",
            base_url=self._url,
            timeout=None,
            max_retries=0,
            http_client=openai.DefaultAsyncHttpxClient(trust_env=not on_loopback(self._url)),
        )
