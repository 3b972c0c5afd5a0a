"""Both clients over real HTTP, with a server that misbehaves: what fails one question, what stops the job, what is retried."""

from __future__ import annotations

import email.utils
import socket
from pathlib import Path

import model_backends
import pytest
from model_backends import MODEL, Hours, ask, reach
from vlm_server import (
    BROKEN_JSON,
    DRIP,
    DRIP_HEADERS,
    DROP,
    HANG,
    QUOTA,
    Fault,
    Reply,
    Response,
    VlmServer,
    refused_url,
)

from reelwright.errors import BadItem, BuildError
from reelwright.models import AnswerStore, Desk, Ledger, Request, calls
from reelwright.models.backend import ChargedBadItem
from reelwright.spec.model import Budget

kind, server, hours = model_backends.kind, model_backends.server, model_backends.hours
"""Fixtures: either kind of backend, the stand-in that it is pointed at, the clock that it waits by."""

ANSWER = '{"shot_type": "wide"}'
REPLIES: dict[str, tuple[list[Response], str, int]] = {
    "answer": ([ANSWER], ANSWER, 1),
    "against the schema": (['{"shot": 7}'], '{"shot": 7}', 1),
    "thoughts before it": ([f"<think>Hm. A wide\none?</think>\n{ANSWER}"], ANSWER, 1),
    "empty": ([" \n"], "empty_answer", 1),
    "cut off": ([Reply('{"shot_ty', "length")], "cut_off", 1),
    "hanging": ([HANG], "time_out", 1),
    "dripping": ([DRIP], "time_out", 1),
    "dripping headers": ([DRIP_HEADERS], "time_out", 1),
    "busy, then not": ([Fault(429), ANSWER], ANSWER, 2),
    "busy": ([Fault(429)] * 4, "busy", 4),
    "queue full": ([Fault(503, "server busy, maximum pending requests exceeded")] * 4, "busy", 4),
    "breaks down, then not": ([Fault(500), Fault(502), ANSWER], ANSWER, 3),
    "breaks down": ([Fault(500)] * 4, "broken", 4),
    "broken JSON, then not": ([BROKEN_JSON, ANSWER], ANSWER, 2),
    "broken JSON": ([BROKEN_JSON] * 4, "broken", 4),
    "another API": ([Fault(200, body=b'{"ok": true}')] * 4, "broken", 4),
    "words where a message belongs": ([Fault(200, body=b'{"choices": [{"message": "hello"}]}')] * 4, "broken", 4),
    "a list": ([Fault(200, body=b"[]")] * 4, "broken", 4),
    "a web page": ([Fault(200, body=b"<html>hello</html>", headers={"Content-Type": "text/html"})] * 4, "broken", 4),
    "dropped, then not": ([DROP, ANSWER], ANSWER, 2),
    "dropped": ([DROP] * 4, "dropped", 4),
    "bad request": ([Fault(400, "invalid image data")], "bad_request", 1),
    "unprocessable": ([Fault(422, "what is that")], "bad_request", 1),
    "too large": ([Fault(413, "request entity too large")], "too_large", 1),
    "picture too large": ([Fault(400, "image is too large")], "too_large", 1),
    "picture too large for its own server": ([Fault(500, "image is too large")], "too_large", 1),
    "forbidden content": ([Fault(400, "flagged by our content policy")], "refused_by_model", 1),
}


@pytest.mark.parametrize(("replies", "outcome", "made"), REPLIES.values(), ids=list(REPLIES))
def test_one_question_fails_alone(
    kind: str, server: VlmServer, hours: Hours, replies: list[Response], outcome: str, made: int
) -> None:
    slow = {"timeout_s": 1.0} if outcome == "time_out" else {}
    server.then(*replies)
    got = ask(reach(kind, server.url, hours, **slow), "what is it?", "and that?")
    assert got == [outcome, "seen: and that?"]
    assert len(server.calls) == made + 1
    # A wait before each other try; a crowded server is also left alone before the next question.
    assert len(hours.waits) == made - 1 + (outcome == "busy")


STOPS: dict[str, tuple[Response, list[str]]] = {
    "quota": (QUOTA, ["exceeded your current quota", "used up", "answers so far are stored"]),
    "no money": (Fault(402, "add a payment method"), ["payment method"]),
    "wrong key": (Fault(401, "who are you?"), ["refuses access", "who are you?", "API_KEY"]),
    "forbidden": (Fault(403, "not for you"), ["refuses access", "not for you", "API_KEY"]),
    "closed for the day": (Fault(429, "come back", headers={"Retry-After": "5400"}), ["come back", "90 minutes"]),
    "can't see": (Fault(400, "this model does not support images"), ["does not support images", "look at pictures"]),
    "no memory": (
        Fault(500, "model requires more system memory (60 GiB) than is available (8 GiB)"),
        ["60 GiB", "smaller model"],
    ),
    "settings": (Fault(400, "invalid grammar in json schema"), ["invalid grammar", "same settings"]),
    "no such page": (Fault(404, "page not found"), ["404", "check `base_url`"]),
}


@pytest.mark.parametrize(("reply", "parts"), STOPS.values(), ids=list(STOPS))
def test_what_no_other_question_would_survive_stops_the_job_at_once(
    kind: str, server: VlmServer, hours: Hours, reply: Response, parts: list[str]
) -> None:
    server.then(reply)
    got = ask(reach(kind, server.url, hours), "one", "two")
    assert got[0].startswith("stop: ") and got[1] == got[0], "the second question gets the same answer"
    assert all(part in got[0] for part in [*parts, MODEL, server.url]), got[0]
    assert len(server.calls) == 1 and not hours.waits, "nothing more was asked"


def test_a_model_that_is_not_there(kind: str, server: VlmServer, hours: Hours) -> None:
    (got,) = ask(reach(kind, server.url, hours, model="parrot"))
    remedy = "ollama pull parrot" if kind == "ollama" else "Set `model`"
    assert all(part in got for part in ("stop: ", "'parrot' not found", server.url, remedy)), got
    assert "did you mean 'parrot:7b'?" in got and len(server.calls) + len(server.loads) == 1


def test_nobody_listens(kind: str, hours: Hours) -> None:
    url = refused_url()
    (got,) = ask(reach(kind, url, hours))
    remedy = "ollama serve" if kind == "ollama" else "`base_url`"
    assert all(part in got for part in ("stop: ", "can't be reached", url, MODEL, remedy)), got
    assert len(hours.waits) == 3, "a server that is just being restarted is waited for"


@pytest.mark.parametrize(
    "listing", [Fault(500), Fault(429), Fault(404), Fault(200, body=b"<html>")], ids=["500", "429", "404", "a page"]
)
def test_a_server_that_answers_with_errors_is_alive(kind: str, server: VlmServer, hours: Hours, listing: Fault) -> None:
    server.listing = listing
    server.then(*[Fault(500)] * 4)
    assert ask(reach(kind, server.url, hours), "one", "two") == ["broken", "seen: two"]


@pytest.mark.parametrize("listing", [HANG, DROP], ids=["hangs", "drops"])
def test_a_server_that_answers_nothing_else_either_is_not(
    kind: str, server: VlmServer, hours: Hours, listing: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "PING_S", 0.3)
    server.listing = listing
    server.then(*[DROP] * 4)
    got = ask(reach(kind, server.url, hours), "one", "two")
    assert got[0] == got[1] and got[0].startswith("stop: ") and "nor does it answer anything else" in got[0]


def test_a_server_that_takes_calls_and_says_nothing_at_all(
    kind: str, hours: Hours, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "PING_S", 0.3)
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen(64)
        url = f"http://127.0.0.1:{mute.getsockname()[1]}"
        (got,) = ask(reach(kind, url, hours, timeout_s=0.3, start_timeout_s=0.3))
    what = "did not load the model in 0.3 s" if kind == "ollama" else "gave no whole answer in 0.3 s"
    assert what in got and "nor does it answer anything else" in got and url in got


def test_the_waits_grow(kind: str, server: VlmServer, hours: Hours) -> None:
    server.then(*[Fault(500)] * 8)
    assert ask(reach(kind, server.url, hours, tries=8)) == ["broken"]
    for wait, full in zip(hours.waits, [1, 3, 9, 27, 60, 60, 60], strict=True):
        assert 0.75 * full <= wait <= full


@pytest.mark.parametrize("asked", ["7", "7.0", "date"])
def test_the_wait_that_the_server_asks_for(kind: str, server: VlmServer, hours: Hours, asked: str) -> None:
    when = email.utils.formatdate(hours.time + 7, usegmt=True) if asked == "date" else asked
    server.then(Fault(429, headers={"Retry-After": when}), Fault(503, headers={"Retry-After": "2"}), "words")
    assert ask(reach(kind, server.url, hours)) == ["words"]
    assert hours.waits == [7, 2 if asked != "date" else pytest.approx(2)]


def test_others_wait_too_when_the_server_is_crowded(kind: str, server: VlmServer, hours: Hours) -> None:
    server.then(Fault(429, headers={"Retry-After": "7"}))
    assert ask(reach(kind, server.url, hours, tries=1), "one", "two") == ["busy", "seen: two"]
    assert hours.waits == [7]


@pytest.mark.parametrize(
    "reply",
    [HANG, DROP, BROKEN_JSON, " ", Reply("wor", "length")],
    ids=["hanging", "dropped", "broken", "empty", "cut off"],
)
def test_what_may_have_been_paid_for_says_so(kind: str, server: VlmServer, hours: Hours, reply: Response) -> None:
    server.then(reply)
    backend = reach(kind, server.url, hours, timeout_s=0.3, tries=1)
    with pytest.raises(ChargedBadItem):
        backend.answer(Request({}, "what is it?"))
    backend.close()


def test_what_was_turned_away_was_not_paid_for(kind: str, server: VlmServer, hours: Hours) -> None:
    server.then(Fault(400), Fault(500), Fault(429))
    backend = reach(kind, server.url, hours, tries=1)
    for _ in range(3):
        with pytest.raises(BadItem) as caught:
            backend.answer(Request({}, "what is it?"))
        assert not isinstance(caught.value, ChargedBadItem)
    backend.close()


@pytest.mark.parametrize(
    "reply", [Reply("", refusal="I can't help with that"), Reply("A wo", "content_filter")], ids=["refusal", "filter"]
)
def test_a_refusal_is_no_answer(server: VlmServer, hours: Hours, reply: Reply) -> None:
    server.then(reply)
    assert ask(reach("openai", server.url, hours)) == ["refused_by_model"]


@pytest.mark.parametrize(
    ("message", "outcome"),
    [
        ("The number of tokens to keep from the initial prompt is greater than the context length", "too_large"),
        ("Vision add-on is not loaded, but images were provided for processing", "stop"),
        ("The model has crashed without additional information", "broken"),
    ],
)
def test_errors_told_with_the_status_of_success(server: VlmServer, hours: Hours, message: str, outcome: str) -> None:
    # LM Studio does so.
    body = f'{{"error": {{"message": "{message}"}}}}'.encode()
    server.then(*[Fault(200, body=body)] * 4)
    (got,) = ask(reach("openai", server.url, hours))
    assert got.partition(":")[0] == outcome


def test_a_thinking_model_that_is_cut_off_is_told_apart(server: VlmServer, hours: Hours) -> None:
    thinking = (
        b'{"model": "m", "done": true, "done_reason": "length",'
        b' "message": {"role": "assistant", "content": "", "thinking": "Hm."}}'
    )
    server.then(Fault(200, body=thinking))
    with pytest.raises(BadItem, match=r"at 64 tokens, thinking included: .*`max_tokens`") as caught:
        reach("ollama", server.url, hours, max_tokens=64).answer(Request({}, "what is it?"))
    assert caught.value.code == "cut_off"


def test_through_the_desk_one_failure_is_listed_and_the_others_go_on(
    kind: str, server: VlmServer, hours: Hours, tmp_path: Path
) -> None:
    server.answer = lambda call: Fault(400, "no") if call.prompt == "clip 3" else f"seen: {call.prompt}"
    backend = reach(kind, server.url, hours)
    desk = Desk(backend, AnswerStore(tmp_path / "answers"), Ledger(tmp_path / "ledger"), None)
    results = list(desk.ask([Request({"clip": n}, f"clip {n}") for n in range(8)], slots=4))
    failed = [result for result in results if isinstance(result.outcome, BadItem)]
    assert len(results) == 8 and [one.request.prompt for one in failed] == ["clip 3"]
    assert len(AnswerStore(tmp_path / "answers")) == 7 and len(server.calls) == 8
    backend.close()


def test_through_the_desk_an_exhausted_quota_stops_all_slots(kind: str, hours: Hours, tmp_path: Path) -> None:
    with VlmServer(lambda call: QUOTA) as server:
        backend = reach(kind, server.url, hours, price=0.01)
        desk = Desk(backend, AnswerStore(tmp_path / "answers"), Ledger(tmp_path / "ledger"), Budget(money=1.0))
        with pytest.raises(BuildError, match="exceeded your current quota"):
            list(desk.ask([Request({"clip": n}, f"clip {n}") for n in range(50)], slots=4))
        assert 1 <= len(server.calls) <= 4 and not hours.waits
        backend.close()


def test_a_backend_that_was_stopped_asks_nothing(kind: str, server: VlmServer, hours: Hours) -> None:
    backend = reach(kind, server.url, hours)
    backend.stop()
    assert ask(backend) == ["stop: stopped"] and not server.calls
