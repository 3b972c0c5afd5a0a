"""Models behind the OpenAI API, OpenAI's own and compatible servers', asked with the official client."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from reelwright.errors import BuildError
from reelwright.models.backend import ChargedBadItem
from reelwright.models.calls import Clock
from reelwright.models.served import Running, ServedBackend, Server, Turn, read_key
from reelwright.models.strict import strict_form
from reelwright.models.trouble import Told, TryAgain, retry_after_s, verdict
from reelwright.servers import on_loopback
from reelwright.spec.models import OpenAI

if TYPE_CHECKING:
    import openai

OWN_URL = "https://api.openai.com/v1"
"""OpenAI's own server. Written out, for the client would read OPENAI_BASE_URL where it is left out."""

LIMITS = ("max_completion_tokens", "max_tokens")
"""Names of the longest answer. OpenAI's newer models take the first only; every compatible server takes the second, and
some ignore the first without a word (llama-cpp-python)."""


class OpenAIBackend(ServedBackend["openai.AsyncOpenAI"]):
    """A model behind the OpenAI API."""

    name = "openai"

    def __init__(
        self, settings: OpenAI, base_url: str | None = None, *, server: Server | None = None, clock: Clock | None = None
    ) -> None:
        """``base_url`` or ``server`` say where it is served, if not where ``settings`` say."""
        address = base_url or settings.base_url
        super().__init__(settings, server or Running(address or OWN_URL), clock or Clock())
        self._openai = settings
        self._managed = server is not None
        self._own = server is None and address is None
        self._limit_name = LIMITS[0] if self._own else LIMITS[1]

    @property
    def options(self) -> Mapping[str, Any]:
        """Parameters of a request, by their names there."""
        options: dict[str, Any] = {
            **self._openai.options,
            "temperature": self._openai.temperature,
            "seed": self._openai.seed,
            "max_tokens": self._openai.max_tokens,
            "detail": self._openai.detail,
        }
        return {name: value for name, value in options.items() if value is not None}

    def _open(self, url: str) -> openai.AsyncOpenAI:
        # It costs a second to import, which a build of stored answers need not pay.
        import openai

        self._secret = None if self._managed else find_key(self._openai)
        return openai.AsyncOpenAI(
            api_key=self._secret or "none",
            base_url=url,
            timeout=None,
            max_retries=0,
            http_client=openai.DefaultAsyncHttpxClient(trust_env=not on_loopback(url)),
        )

    async def _ask(
        self, client: openai.AsyncOpenAI, conversation: Sequence[Turn], schema: Mapping[str, Any] | None
    ) -> str:
        messages = [self._message(turn) for turn in conversation]
        problem = await self._try(client, messages, schema)
        if isinstance(problem, _OtherLimit):
            self._limit_name = LIMITS[0]
            problem = await self._try(client, messages, schema)
        if isinstance(problem, str):
            return problem
        if isinstance(problem, Told):
            problem = await self._missing(client, problem)
        # Raised out here, without what the client raised: its frames hold headers.
        raise problem

    async def _try(
        self, client: openai.AsyncOpenAI, messages: list[Any], schema: Mapping[str, Any] | None
    ) -> str | Told | Exception:
        """The answer, or what is to be raised instead of one; a 404 as it was told."""
        body = {name: value for name, value in self.options.items() if name not in {"detail", *LIMITS}}
        body[self._limit_name] = self._openai.max_tokens
        if schema is not None:
            body["response_format"] = {"type": "json_schema", "json_schema": self._form(schema)}
        try:
            response = await client.chat.completions.create(model=self.model, messages=messages, extra_body=body)
            # In here, for the client checks no answer's form.
            return self._words(response)
        except Exception as error:
            return self._problem(error)

    def _message(self, turn: Turn) -> dict[str, Any]:
        if not turn.images:
            return {"role": turn.role, "content": turn.text}
        parts: list[dict[str, Any]] = [{"type": "text", "text": turn.text}]
        for data, media_type in turn.images:
            url = f"data:{media_type};base64,{base64.b64encode(data).decode()}"
            parts.append({"type": "image_url", "image_url": {"url": url, "detail": self._openai.detail}})
        return {"role": turn.role, "content": parts}

    def _form(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """How an answer must look, in the API's form. Other servers take any schema, OpenAI's own only a strict one."""
        strict = strict_form(schema)
        sent = strict if self._own and strict is not None else schema
        return {"name": "answer", "schema": sent, "strict": strict is not None}

    def _words(self, response: Any) -> str | Exception:
        """The model's words, or what is to be raised instead of them."""
        choices = getattr(response, "choices", None) or [None]
        message = getattr(choices[0], "message", None)
        if message is None:
            told = (getattr(response, "model_extra", None) or {}).get("error")
            if told is None:
                return self._garbled(f"{response!r:.80}; `base_url` usually ends in /v1")
            text = told.get("message", told) if isinstance(told, dict) else told
            return verdict(Told(200, self._say(text)), self._who(), self.options, self._advice())
        finish = choices[0].finish_reason
        if message.refusal:
            return self._refused(message.refusal)
        if finish == "content_filter":
            return self._refused("its content filter cut the answer")
        if finish == "length":
            extra = message.model_extra or {}
            return self._cut_off(bool(extra.get("reasoning_content") or extra.get("reasoning")))
        return message.content or ""

    def _refused(self, why: str) -> ChargedBadItem:
        return ChargedBadItem("refused_by_model", f"{self._who()} refused: {self._say(why)}", retryable=False)

    def _problem(self, error: Exception) -> Told | Exception:
        """What an exception of the client means; a 404 as it was told."""
        import httpx2
        import openai

        if isinstance(error, openai.APIConnectionError):
            cause = error.__cause__
            if isinstance(cause, httpx2.ConnectError):
                return self._unreachable(cause, "start it, or set `base_url`")
            return self._dropped(f"{type(cause).__name__}: {cause}")
        if not isinstance(error, openai.APIStatusError):
            return self._garbled(f"{type(error).__name__}: {error}")
        told = told_by(error, self._say, self._clock.now())
        if told.status == 404:
            return told
        if told.status == 400 and self._limit_name != LIMITS[0] and LIMITS[0] in told.message:
            return _OtherLimit()
        return verdict(told, self._who(), self.options, self._advice())

    def _advice(self) -> str:
        return f"set the environment variable {self._openai.key_variable} to a key that it takes"

    async def _missing(self, client: openai.AsyncOpenAI, told: Told) -> BuildError:
        if told.code != "model_not_found" and not re.search(r"\bmodel\b", told.message):
            hint = "check `base_url`, which usually ends in /v1"
            return BuildError(f"{self._who()} answered 404: {told.message}; {hint}")
        return await self._missing_model(client, told, "Set `model` to one that it serves")

    async def _names(self, client: openai.AsyncOpenAI) -> list[str]:
        try:
            return [one.id for one in (await client.models.list()).data]
        except Exception as error:
            problem = self._problem(error)
        if isinstance(problem, TryAgain):
            raise problem
        return []

    async def _close(self, client: openai.AsyncOpenAI | None) -> None:
        if client is not None:
            await client.close()


class _OtherLimit(Exception):
    """A server that takes the other name of the limit: a gateway before one of OpenAI's newer models."""


def told_by(error: openai.APIStatusError, say: Callable[[object], str], now_s: float) -> Told:
    """An error as the server told it; ``say`` makes its words fit for a message."""
    body = error.body
    message = (body.get("message") or body.get("detail")) if isinstance(body, dict) else body
    return Told(
        error.status_code,
        say(message or error.message),
        say(error.code or ""),
        say(error.param or ""),
        retry_after_s(error.response.headers, now_s),
    )


def find_key(settings: OpenAI) -> str | None:
    """The key of the environment; None where none is set and none is needed.

    Raises BuildError naming the variable, never its value, where one is needed, or what is set can't be one.
    """
    if settings.server == "managed":
        return None
    name = settings.key_variable
    key = read_key(name)
    if key is None and settings.base_url is None:
        raise BuildError(f"the environment variable {name} is not set: it holds the key for {settings.model} of OpenAI")
    return key
