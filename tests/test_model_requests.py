"""What is sent to a model: the conversation, the pictures, the form of the answer, and every option by its right name."""

from __future__ import annotations

import re
from pathlib import Path

import model_backends
import pytest
from model_backends import MODEL, SCHEMA, Hours, ask, reach
from vlm_server import Fault, VlmServer, refused_url

import reelwright.models.openai as openai_module
from reelwright.errors import BadItem
from reelwright.models import Correction, Request
from reelwright.models.openai import OpenAIBackend
from reelwright.spec.models import OpenAI

kind, server, hours = model_backends.kind, model_backends.server, model_backends.hours
"""Fixtures: either kind of backend, the stand-in that it is pointed at, the clock that it waits by."""


def test_the_question_as_it_is_sent(kind: str, server: VlmServer, hours: Hours, tmp_path: Path) -> None:
    (tmp_path / "sheet.jpg").write_bytes(b"\xff\xd8 sheet")
    (tmp_path / "frame.png").write_bytes(b"\x89PNG frame")
    backend = reach(kind, server.url, hours, temperature=0.5, seed=11, max_tokens=99, options={"top_p": 0.9})
    images = (tmp_path / "sheet.jpg", tmp_path / "frame.png")
    correction = Correction(1, '{"shot": 7}', "`shot_type` is missing")
    backend.answer(Request({}, "what is it?", images, SCHEMA, correction))
    (call,) = server.calls
    assert call.model == MODEL and call.schema == SCHEMA and call.images == [b"\xff\xd8 sheet", b"\x89PNG frame"]
    assert call.messages == [
        ("user", "what is it?"),
        ("assistant", '{"shot": 7}'),
        ("user", "`shot_type` is missing"),
    ]
    sent = call.body["options"] if kind == "ollama" else call.body
    assert (sent["temperature"], sent["seed"], sent["top_p"]) == (0.5, 11, 0.9)
    if kind == "ollama":
        assert sent["num_predict"] == 99 and sent["num_ctx"] == 8192 and call.body["keep_alive"] == "15m"
    else:
        assert sent["max_tokens"] == 99 and "max_completion_tokens" not in sent
        urls = re.findall(r"data:(\S+?);base64", str(call.body["messages"]))
        assert urls == ["image/jpeg", "image/png"] and "'detail': 'high'" in str(call.body["messages"])
    backend.close()


def test_ollama_loads_the_model_before_the_clock_of_the_first_answer_runs(server: VlmServer, hours: Hours) -> None:
    ask(reach("ollama", server.url, hours), "one", "two")
    (load,) = server.loads
    assert load.body["options"] == server.calls[0].body["options"], "another context would load it anew"
    assert load.body["keep_alive"] == server.calls[1].body["keep_alive"] and len(server.calls) == 2


def test_free_text_is_asked_for_without_a_form(kind: str, server: VlmServer, hours: Hours) -> None:
    backend = reach(kind, server.url, hours, temperature=None, seed=None)
    assert backend.answer(Request({}, "what is it?")) == "seen: what is it?"
    sent = server.calls[0].body
    assert not sent.get("format") and "response_format" not in sent
    assert not {"temperature", "seed"} & {**sent, **sent.get("options", {})}.keys()
    backend.close()


def test_a_picture_that_is_not_there(kind: str, server: VlmServer, hours: Hours, tmp_path: Path) -> None:
    with pytest.raises(BadItem, match=r"sheet\.jpg") as caught:
        reach(kind, server.url, hours).answer(Request({}, "what is it?", (tmp_path / "sheet.jpg",)))
    assert caught.value.code == "unreadable" and not server.calls


def test_no_proxy_stands_before_this_machine(
    kind: str, server: VlmServer, hours: Hours, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, refused_url())
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert ask(reach(kind, server.url, hours)) == ["seen: what is it?"]


def test_what_changes_an_answer_and_what_does_not(kind: str, hours: Hours) -> None:
    plain = reach(kind, "http://127.0.0.1:1", hours)
    for same in ({"tries": 9}, {"timeout_s": 5.0}, {"slots": 7}, {"price": 0.5}, {"start_timeout_s": 5.0}):
        assert reach(kind, "http://127.0.0.1:2", hours, **same).options == plain.options
    for other in ({"temperature": 0.9}, {"seed": None}, {"max_tokens": 64}, {"options": {"top_p": 0.5}}):
        assert reach(kind, "http://127.0.0.1:1", hours, **other).options != plain.options


def test_openai_itself_gets_a_strict_form_and_the_new_name_of_the_limit(
    server: VlmServer, hours: Hours, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openai_module, "OWN_URL", f"{server.url}/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-fortytwo")
    monkeypatch.setenv("OPENAI_BASE_URL", refused_url())
    backend = OpenAIBackend(OpenAI(model=MODEL, max_tokens=99), clock=hours.clock)
    backend.answer(Request({}, "what is it?", schema=SCHEMA))
    body = server.calls[0].body
    assert body["max_completion_tokens"] == 99 and "max_tokens" not in body
    assert server.calls[0].headers["authorization"] == "Bearer sk-fortytwo"
    form = body["response_format"]["json_schema"]
    assert form["strict"] is True and form["schema"]["properties"] == {"shot_type": {"type": "string"}}
    loose = {
        "type": "object",
        "properties": {"outfits": {"type": "object", "additionalProperties": {"type": "string"}}},
    }
    backend.answer(Request({}, "what is it?", schema=loose))
    assert server.calls[1].body["response_format"]["json_schema"] == {
        "name": "answer",
        "schema": loose,
        "strict": False,
    }
    backend.close()


def test_a_gateway_that_wants_the_new_name_of_the_limit(server: VlmServer, hours: Hours) -> None:
    message = (
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    )
    server.then(Fault(400, message, "unsupported_parameter", "max_tokens"))
    assert ask(reach("openai", server.url, hours), "one", "two") == ["seen: one", "seen: two"]
    names = [{"max_tokens", "max_completion_tokens"} & call.body.keys() for call in server.calls]
    assert names == [{"max_tokens"}, {"max_completion_tokens"}, {"max_completion_tokens"}] and not hours.waits


def test_a_setting_that_the_model_does_not_take(server: VlmServer, hours: Hours) -> None:
    server.then(Fault(400, "Only the default (1) value is supported.", "unsupported_value", "temperature"))
    (got,) = ask(reach("openai", server.url, hours))
    assert got.startswith("stop: ") and "Only the default (1)" in got and "temperature" in got
