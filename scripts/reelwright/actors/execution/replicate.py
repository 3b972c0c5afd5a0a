"""Replicate's predictions, asked with its official client.

An image is asked for and its id is there at once; looking at it, fetching it, listing and stopping are calls of their own.
Asking is made again only where the server said that it is busy (429): that bought nothing. What only looks may be made again
whenever it failed; the client itself does so after 429, 503 and 504, we after anything else.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from reelwright.actors.execution.calling import CallingGenerator
from reelwright.actors.execution.generators import Answer, Request, read_base
from reelwright.errors import BadItem, BuildError
from reelwright.models.backend import ChargedBadItem
from reelwright.models.calls import Clock, TimeLimit
from reelwright.models.trouble import Told, TryAgain, retry_after_s, verdict
from reelwright.servers import on_loopback
from reelwright.spec.generation import Generation

if TYPE_CHECKING:
    import httpx
    from replicate.client import Client
    from replicate.prediction import Prediction

T = TypeVar("T")

OWN_URL = "https://api.replicate.com"
"""Replicate's own server. Written out, for the client would read REPLICATE_BASE_URL where it is left out."""

REFUSED = re.compile(r"flagged as sensitive|\bE005\b|nsfw|moderat(ed|ion)|safety (filter|check|system)", re.I)
"""Words of a prediction's error where the safety filter refused the prompt or what came of it."""

SKEW_S = 300.0
"""How far the server's clock may be off ours: predictions so much older are still looked at (our choice)."""

MOST_PAGES = 50
"""Pages of the list that are looked through, of 100 predictions each: at most two at a time, that is hours of an account."""

BY_THE_CLIENT = (429, 503, 504)
"""Statuses after which client 1.0.7 makes a call that only looks again itself, ten times."""

LARGEST = 64 * 1024 * 1024
"""Bytes of a result that are fetched at most: a JPEG of one megapixel has half a million."""

ABORTED = re.compile(rb'("status"\s*:\s*)"aborted"')
"""A status that Replicate has and client 1.0.7 doesn't know: it can read no answer and no list with one in it
(replicate-python, pull request 449)."""


class Replicate(CallingGenerator["Client"]):
    """Makes images with a model on Replicate."""

    name = "replicate"
    own_url = OWN_URL
    asynchronous = True

    def __init__(self, settings: Generation, clock: Clock | None = None) -> None:
        """Raises BuildError, naming the environment variable, where the key is missing."""
        super().__init__(settings, clock)
        self._limit = TimeLimit(settings.timeout_s, "actors.generate.timeout_s", "gave no whole answer")
        self._files: httpx.AsyncClient | None = None

    def create(self, request: Request) -> str:
        """Ask for an image; the id of the prediction, at once."""
        data, media_type = read_base(request)
        asked = {
            **self._settings.options,
            **self._settings.inputs.model_dump(),
            "prompt": request.prompt,
            "seed": request.seed,
            # Encoded here: `predictions.create(model=...)` of client 1.0.7 drops `file_encoding_strategy` and uploads a file.
            "input_image": f"data:{media_type};base64,{base64.b64encode(data).decode()}",
        }
        return self._call(lambda client: self._create(client, asked))

    async def _create(self, client: Client, asked: dict[str, Any]) -> str:
        try:
            made = await client.models.predictions.async_create(self.model, asked)
        except Exception as error:
            problem = self._problem(error)
        else:
            return str(made.id)
        crowded = isinstance(problem, TryAgain) and problem.crowded
        unheard = isinstance(problem, TryAgain) and problem.unreachable
        refused = isinstance(problem, BuildError) or (isinstance(problem, BadItem) and not problem.retryable)
        if crowded or unheard or refused:
            raise problem
        # It may have been heard, and then it is paid for.
        raise ChargedBadItem(getattr(problem, "code", "broken"), str(problem))

    def poll(self, prediction: str) -> Answer:
        """One look at a prediction, which fetches the image where it is done."""
        try:
            seen = self._call(lambda client: self._look(client, prediction))
            return seen if isinstance(seen, Answer) else self._result(seen)
        except BadItem as trouble:
            return Answer("running" if trouble.retryable else "failed", trouble.message, None)

    async def _look(self, client: Client, prediction: str) -> Prediction | Answer:
        try:
            seen: Prediction = await client.predictions.async_get(prediction)
        except Exception as error:
            problem = self._problem(error)
        else:
            return seen
        if isinstance(problem, _NotFound):
            return Answer("lost", f"{self._who()} knows no prediction {prediction}", None)
        raise problem

    def _result(self, seen: Prediction) -> Answer:
        """What a prediction came to; raises BadItem where its file can't be fetched now."""
        said = self._say(seen.error or "")
        if seen.status in ("starting", "processing"):
            return Answer("running", seen.status, None)
        if seen.status != "succeeded":
            refused = seen.status == "failed" and REFUSED.search(said)
            return Answer("refused" if refused else "failed", said or f"the prediction was {seen.status}", None)
        output = seen.output[0] if isinstance(seen.output, list) and seen.output else seen.output
        if not isinstance(output, str):
            return Answer("lost", "the prediction has succeeded and its result is no longer there", None)
        if output.startswith("data:"):
            return Answer("done", "", base64.b64decode(output.partition(",")[2]))
        image = self._call(lambda client: self._fetch(output))
        return (
            Answer("done", "", image)
            if image
            else Answer("lost", f"the file of the result has expired ({output})", None)
        )

    async def _fetch(self, url: str) -> bytes | None:
        """A result's file; None where it is gone."""
        import httpx

        if self._files is None:
            # A client of its own: files lie on other hosts, which the key is none of the business of.
            self._files = httpx.AsyncClient(timeout=None, follow_redirects=True, trust_env=not on_loopback(url))
        data = bytearray()
        try:
            async with self._files.stream("GET", url) as response:
                if response.status_code in (403, 404, 410):
                    return None
                if response.status_code != 200:
                    raise TryAgain("broken", f"{url} answered {response.status_code}")
                async for part in response.aiter_bytes():
                    data += part
                    if len(data) > LARGEST:
                        raise BadItem("too_large", f"{url} has more than {LARGEST} bytes", retryable=False)
        except httpx.HTTPError as error:
            problem = TryAgain("dropped", f"{url}: {type(error).__name__}: {error}")
        else:
            return bytes(data)
        raise problem

    def find(self, request: Request, since: float) -> list[str]:
        """Ids of predictions of this prompt and seed that were created since, the newest first."""
        found: list[str] = []
        forgotten, cursor = 0, None
        for _ in range(MOST_PAGES):
            page = self._call(lambda client, cursor=cursor: self._list(client, cursor))  # type: ignore[misc]
            for one in page.results:
                if _moment(one) < since - SKEW_S:
                    return self._sure(found, forgotten)
                asked = one.input or {}
                forgotten += not asked and one.model == self.model
                if asked.get("prompt") == request.prompt and asked.get("seed") == request.seed:
                    found.append(one.id)
            cursor = page.next
            if cursor is None:
                return self._sure(found, forgotten)
        return self._sure(found, 0) if found else self._unknowable(f"more than {MOST_PAGES} pages of predictions")

    def _sure(self, found: list[str], forgotten: int) -> list[str]:
        if forgotten and not found:
            self._unknowable(f"{forgotten} predictions whose inputs it has removed")
        return found

    def _unknowable(self, what: str) -> NoReturn:
        said = (
            f"{self._who()} lists {what} since then: whether the image that was asked for is among them can't be told"
        )
        raise BadItem("unknowable", said, retryable=False)

    async def _list(self, client: Client, cursor: str | None) -> Any:
        try:
            return await (client.predictions.async_list(cursor) if cursor else client.predictions.async_list())
        except Exception as error:
            problem = self._problem(error)
        raise problem

    def cancel(self, prediction: str) -> None:
        """Stop a prediction, if it still runs."""
        self._call(lambda client: self._cancel(client, prediction))

    async def _cancel(self, client: Client, prediction: str) -> None:
        try:
            await client.predictions.async_cancel(prediction)
        except Exception as error:
            problem = self._problem(error)
        else:
            return
        if not isinstance(problem, _NotFound):
            raise problem

    def make(self, request: Request) -> Answer:
        """Replicate's images are asked for by ``create``."""
        raise TypeError("predictions have ids: ask by `create`")

    async def _close(self) -> None:
        if self._files is not None:
            await self._files.aclose()
        if self._client is not None:
            await self._client._async_client.aclose()

    def _call(self, once: Callable[[Client], Coroutine[Any, Any, T]]) -> T:
        client = self._opened()
        return self._calls.make(lambda: once(client), self._ping, self._limit)

    async def _hello(self) -> None:
        await self._opened().models.async_get(self.model)

    def _open(self) -> Client:
        import httpx
        from replicate.client import Client

        return Client(
            # Without one it would look for a key itself.
            api_token=self._secret or "none",
            base_url=self._url,
            timeout=httpx.Timeout(None),
            transport=_transport(self._clock),
        )

    def _problem(self, error: Exception) -> Exception:
        """What an exception of the client means."""
        import httpx
        from replicate.exceptions import ReplicateError

        if isinstance(error, _Throttled):
            told = Told(429, self._say(error.said), after_s=error.after_s)
        elif isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
            return self._unreachable(error)
        elif isinstance(error, httpx.HTTPError):
            message = f"{self._who()} dropped the connection before its answer was whole ({type(error).__name__})"
            return TryAgain("dropped", message, silent=True)
        elif isinstance(error, ReplicateError):
            told = Told(error.status or 0, self._say(error.detail or error.title or "nothing"))
        else:
            message = f"{self._who()} answered with what is no answer of its API: {type(error).__name__}"
            return TryAgain("broken", message)
        if told.status == 404:
            return _NotFound(
                f"{self._who()} answered 404: {told.message}: set `actors.generate.model` to one that it has"
            )
        if told.status in BY_THE_CLIENT and not isinstance(error, _Throttled):
            return BadItem("busy", f"{self._who()} answered {told.status}: {told.message}")
        return verdict(told, self._who(), self._settings.inputs.model_dump(), self._advice())


class _NotFound(BuildError):
    """What was asked for isn't there: the model, or a prediction."""


class _Throttled(Exception):
    """The server is busy and has bought nothing."""

    def __init__(self, said: str, after_s: float | None) -> None:
        self.said = said
        self.after_s = after_s
        super().__init__(said)


def _moment(one: Prediction) -> float:
    """When a prediction was created, in seconds since 1970."""
    return datetime.fromisoformat(one.created_at).timestamp() if one.created_at else float("inf")


def _transport(clock: Clock) -> Any:
    """A transport that tells what the client would keep back: how long to wait, and statuses that it doesn't know."""
    import httpx
    from replicate.exceptions import ReplicateError

    class Transport(httpx.AsyncHTTPTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            response = await super().handle_async_request(request)
            if request.method == "POST" and response.status_code == 429:
                await response.aread()
                await response.aclose()
                raise _Throttled(
                    str(ReplicateError.from_response(response).detail), retry_after_s(response.headers, clock.now())
                )
            if response.headers.get("content-type", "").startswith("application/json"):
                body = ABORTED.sub(rb'\1"canceled"', await response.aread())
                await response.aclose()
                kept = {name: value for name, value in response.headers.items() if name == "retry-after"}
                return httpx.Response(
                    response.status_code, headers={**kept, "content-type": "application/json"}, content=body
                )
            return response

    return Transport()
