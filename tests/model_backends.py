"""Backends of both kinds for tests, pointed at a stand-in server, with a clock that waits in no time, and their fixtures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from vlm_server import VlmServer

from reelwright.errors import BadItem, BuildError
from reelwright.models import Request
from reelwright.models.calls import Clock
from reelwright.models.ollama import OllamaBackend
from reelwright.models.openai import OpenAIBackend
from reelwright.models.served import ServedBackend
from reelwright.spec.models import Ollama, OpenAI

SCHEMA = {
    "type": "object",
    "properties": {"shot_type": {"type": "string", "minLength": 1}},
    "required": ["shot_type"],
    "additionalProperties": False,
}
MODEL = "parrot:7b"


@dataclass
class Hours:
    """A clock that waits in no time, and remembers for how long."""

    time: float = 1_764_072_000.0
    waits: list[float] = field(default_factory=list)

    def pause(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.time += seconds

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.time, self.pause)


@pytest.fixture
def server() -> Iterator[VlmServer]:
    with VlmServer(models=[MODEL, "parrot:72b"]) as started:
        yield started


@pytest.fixture(params=["ollama", "openai"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    return str(request.param)


@pytest.fixture
def hours() -> Hours:
    return Hours()


def reach(kind: str, url: str, hours: Hours, **settings: Any) -> ServedBackend[Any]:
    """A backend of either kind, pointed at the stand-in."""
    given = {"model": MODEL, "timeout_s": 20.0, "price": 0.0, **settings}
    if kind == "ollama":
        return OllamaBackend(Ollama(base_url=url, **given), clock=hours.clock)
    return OpenAIBackend(OpenAI(base_url=f"{url}/v1", **given), clock=hours.clock)


def ask(backend: ServedBackend[Any], *prompts: str) -> list[str]:
    """What came of each question: the words, the code of a failure, or ``stop`` and why nothing more is asked."""
    got = []
    for prompt in prompts or ("what is it?",):
        try:
            got.append(backend.answer(Request({"clip": 1}, prompt, schema=SCHEMA)))
        except BadItem as error:
            assert MODEL in error.message and "127.0.0.1" in error.message, "a failure says who failed"
            got.append(error.code)
        except BuildError as error:
            got.append(f"stop: {error}")
    backend.close()
    return got
