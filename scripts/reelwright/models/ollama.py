"""Models behind Ollama, asked with its official client."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from reelwright.errors import BadItem, BuildError
from reelwright.models.calls import Clock
from reelwright.models.served import Running, ServedBackend, Server, Turn, read_key
from reelwright.models.trouble import Told, TryAgain, retry_after_s, verdict
from reelwright.servers import on_loopback
from reelwright.spec.models import Ollama

if TYPE_CHECKING:
    import ollama

KEEP_ALIVE = "15m"
"""How long the model stays loaded after a call: loading takes longer than most answers, and a daemon is not ours to fill
for ever. Ollama's own is 5 minutes, which may end between two episodes."""

KEY_VARIABLE = "OLLAMA_API_KEY"
"""Environment variable of the key for Ollama's cloud, or a proxy before a server."""


class OllamaBackend(ServedBackend["ollama.AsyncClient"]):
    """A model behind Ollama."""

    name = "ollama"

    def __init__(
        self, settings: Ollama, base_url: str | None = None, *, server: Server | None = None, clock: Clock | None = None
    ) -> None:
        """``base_url`` or ``server`` say where it is served, if not where ``settings`` say."""
        super().__init__(settings, server or Running(base_url or settings.base_url), clock or Clock())
        self._ollama = settings

    @property
    def options(self) -> Mapping[str, Any]:
        """Ollama's own options by their names, and whether the model thinks first."""
        options: dict[str, Any] = {
            **self._ollama.options,
            "temperature": self._ollama.temperature,
            "seed": self._ollama.seed,
            "num_predict": self._ollama.max_tokens,
            "num_ctx": self._ollama.context_tokens,
            "think": self._ollama.think,
        }
        return {name: value for name, value in options.items() if value is not None}

    def _open(self, url: str) -> ollama.AsyncClient:
        # It costs 0.3 s to import, which a build of stored answers need not pay.
        import httpx

        try:
            import ollama
        except (ImportError, ValueError) as error:
            # Its import makes a client, which fails on proxies that it doesn't know.
            raise BuildError(f"the client of Ollama can't be loaded: {error}") from None
        self._secret = read_key(KEY_VARIABLE)
        headers = {"Authorization": f"Bearer {self._secret}"} if self._secret else {}
        limits = httpx.Limits(max_connections=None)
        return ollama.AsyncClient(
            host=url, timeout=None, trust_env=not on_loopback(url), headers=headers, limits=limits
        )

    async def _ask(
        self, client: ollama.AsyncClient, conversation: Sequence[Turn], schema: Mapping[str, Any] | None
    ) -> str:
        messages = [
            {"role": turn.role, "content": turn.text}
            | ({"images": [data for data, _ in turn.images]} if turn.images else {})
            for turn in conversation
        ]
        form = dict(schema) if schema is not None else None
        response = await self._chat(client, messages, form)
        if response.done_reason == "length":
            raise self._cut_off(bool(response.message.thinking))
        return response.message.content or ""

    async def _load(self, client: ollama.AsyncClient) -> None:
        # A chat without messages loads the model, with the context that it will be asked with.
        await self._chat(client, [], None)

    async def _chat(
        self, client: ollama.AsyncClient, messages: list[Any], form: dict[str, Any] | None
    ) -> ollama.ChatResponse:
        try:
            return await client.chat(
                model=self.model,
                messages=messages,
                format=form,
                options={name: value for name, value in self.options.items() if name != "think"},
                think=self._ollama.think,
                keep_alive=KEEP_ALIVE,
            )
        except Exception as error:
            problem = self._problem(error)
        # Raised out here, without what the client raised: its frames hold headers.
        raise await self._missing(client, problem) if isinstance(problem, Told) else problem

    def _problem(self, error: Exception) -> BadItem | BuildError | TryAgain | Told:
        """What an exception of the client means; a 404 as it was told."""
        import httpx
        import ollama

        if isinstance(error, ConnectionError):
            return self._unreachable("nobody listens there", "start it (`ollama serve`), or set `base_url`")
        if isinstance(error, httpx.TransportError):
            return self._dropped(f"{type(error).__name__}: {error}")
        if not isinstance(error, ollama.ResponseError):
            return self._garbled(f"{type(error).__name__}: {error}")
        # The client keeps the status and the words; the headers are in what it was raised from.
        cause = error.__context__
        headers = cause.response.headers if isinstance(cause, httpx.HTTPStatusError) else {}
        after_s = retry_after_s(headers, self._clock.now())
        told = Told(error.status_code, self._say(error.error), after_s=after_s)
        if told.status == 404:
            return told
        return verdict(told, self._who(), self.options, f"set {KEY_VARIABLE}, if it is a server that takes keys")

    async def _missing(self, client: ollama.AsyncClient, told: Told) -> BuildError:
        if not re.search(r"\bmodel\b", told.message):
            return BuildError(f"{self._who()} answered 404: {told.message}; that is no Ollama: check `base_url`")
        folder = f"OLLAMA_MODELS={self._ollama.models_folder} " if self._ollama.models_folder else ""
        return await self._missing_model(client, told, f"To fetch it: {folder}ollama pull {self.model}")

    async def _names(self, client: ollama.AsyncClient) -> list[str]:
        try:
            return [one.model for one in (await client.list()).models if one.model]
        except Exception as error:
            problem = self._problem(error)
        if isinstance(problem, TryAgain):
            raise problem
        return []

    async def _close(self, client: ollama.AsyncClient | None) -> None:
        if client is not None:
            await client.close()  # type: ignore[no-untyped-call]
