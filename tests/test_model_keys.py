"""Keys come from the environment and go to the server: into no file, no log, no message, no trace, no process list."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from model_backends import Hours
from vlm_server import BROKEN_JSON, DRIP, DROP, HANG, QUOTA, Fault, Reply, Response, VlmServer, refused_url

from reelwright.errors import BadItem, BuildError
from reelwright.models import AnswerStore, Desk, Ledger, Request
from reelwright.models.ollama import OllamaBackend
from reelwright.models.openai import OpenAIBackend
from reelwright.models.opening import open_backend
from reelwright.models.served import ServedBackend
from reelwright.spec.model import Budget
from reelwright.spec.models import Ollama, OpenAI

KEY = "sk-proj-0123456789abcdef"
ECHO = f"Incorrect key provided: Bearer {KEY}. Find yours at https://example.org"


@pytest.fixture
def server() -> Iterator[VlmServer]:
    with VlmServer(key=KEY) as started:
        yield started


@pytest.fixture(params=["ollama", "openai"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def reach(kind: str, url: str) -> ServedBackend:
    """A backend that has a key, as it is set in the environment."""
    clock = Hours().clock
    if kind == "ollama":
        return OllamaBackend(Ollama(base_url=url, timeout_s=0.5, tries=2, price=0.5), clock=clock)
    return OpenAIBackend(OpenAI(base_url=f"{url}/v1", timeout_s=0.5, tries=2, price=0.5), clock=clock)


def told(error: BaseException) -> str:
    """The traceback of an error with all variables, as some tools show them, but for the test's own."""
    assert error.__traceback__ is not None
    ours = error.with_traceback(error.__traceback__.tb_next)
    return "".join(traceback.TracebackException.from_exception(ours, capture_locals=True).format())


FAILURES: dict[str, Response] = {
    **{f"echo {status}": Fault(status, ECHO, ECHO, ECHO) for status in (400, 401, 403, 404, 413, 429, 500)},
    "echo in a body": Fault(400, body=ECHO.encode()),
    "echo as an answer": Fault(200, body=f'{{"error": {{"message": "{ECHO}"}}}}'.encode()),
    "echo as a refusal": Reply("", refusal=ECHO),
    "echo in broken JSON": Fault(200, body=f'{{"model": "{KEY}'.encode()),
    "cut off": Reply("wor", "length"),
    "hanging": HANG,
    "dripping": DRIP,
    "dropped": DROP,
    "broken": BROKEN_JSON,
    "quota": QUOTA,
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=list(FAILURES))
def test_no_failure_shows_the_key(
    kind: str,
    server: VlmServer,
    failure: Response,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OLLAMA_API_KEY", KEY)
    caplog.set_level(logging.DEBUG)
    server.then(failure, failure)
    backend = reach(kind, server.url)
    desk = Desk(backend, AnswerStore(tmp_path / "answers"), Ledger(tmp_path / "ledger"), Budget(money=5.0))
    try:
        shown = repr([result.outcome for result in desk.ask([Request({"clip": 1}, "what is it?")])])
    except BuildError as error:
        shown = told(error) + repr(error) + repr(error.__context__)
    assert server.calls[0].headers["authorization"] == f"Bearer {KEY}", "it is sent"
    backend.close()
    with pytest.raises(BuildError):
        backend.answer(Request({}, "again"))
    written = [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]
    for text in (shown, repr(backend), caplog.text, *capfd.readouterr(), *written):
        assert KEY not in text


def test_no_traceback_of_a_bad_item_shows_the_key(
    kind: str, server: VlmServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OLLAMA_API_KEY", KEY)
    server.then(Fault(400, ECHO))
    backend = reach(kind, server.url)
    with pytest.raises(BadItem) as caught:
        backend.answer(Request({}, "what is it?"))
    assert KEY not in told(caught.value) and "Bearer ***" in caught.value.message
    backend.close()


def test_a_missing_key_is_found_before_anything_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STUDIO_KEY", raising=False)
    with open_backend(OpenAI(key_variable="STUDIO_KEY", price=0.01)) as backend:
        assert backend.options["max_tokens"] == 800, "all that a dry run needs"
        with pytest.raises(BuildError, match=r"STUDIO_KEY is not set: .*gpt-4o-mini"):
            backend.answer(Request({}, "what is it?"))


def test_stored_answers_need_neither_key_nor_server(
    server: VlmServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [Request({"clip": 1}, "what is it?")]

    def desk(backend: ServedBackend) -> Desk:
        return Desk(backend, AnswerStore(tmp_path / "answers"), Ledger(tmp_path / "ledger"), Budget(money=5.0))

    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with open_backend(OpenAI(base_url=f"{server.url}/v1", price=0.5)) as backend:
        (first,) = desk(backend).ask(asked)
    monkeypatch.delenv("OPENAI_API_KEY")
    with open_backend(OpenAI(price=0.5)) as backend:
        (again,) = desk(backend).ask(asked)
    assert again.outcome == first.outcome and again.calls == 0 and len(server.calls) == 1


def test_a_key_with_a_line_feed_behind_it_is_taken(
    kind: str, server: VlmServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", f" {KEY}\n")
    monkeypatch.setenv("OLLAMA_API_KEY", f" {KEY}\n")
    backend = reach(kind, server.url)
    assert backend.answer(Request({}, "what is it?")) == "seen: what is it?"
    backend.close()


def test_what_can_be_no_key_is_refused_by_the_name_of_its_variable(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", f"{KEY} {KEY}\u2028")
    monkeypatch.setenv("OLLAMA_API_KEY", f"{KEY} {KEY}\u2028")
    backend = reach(kind, refused_url())
    with pytest.raises(BuildError, match="_API_KEY holds characters") as caught:
        backend.answer(Request({}, "what is it?"))
    assert KEY not in told(caught.value)
    backend.close()


def test_a_server_that_wants_none_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with VlmServer() as server:
        backend = reach("openai", server.url)
        assert backend.answer(Request({}, "what is it?")) == "seen: what is it?"
        assert server.calls[0].headers["authorization"] == "Bearer none"
        backend.close()
