"""The seam for models, with a real server: each answer is paid for once, within the budget, and survives kill -9."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from reelwright.errors import BadItem, BuildError
from reelwright.models import (
    Answer,
    AnswerStore,
    ChargedBadItem,
    Check,
    Desk,
    Flaw,
    Ledger,
    Request,
    Result,
    answer_digest,
)
from reelwright.models.segments import Segments
from reelwright.spec.model import Budget

HERE = Path(__file__).resolve()


@dataclass(frozen=True)
class HttpModel:
    """A backend that asks the model over HTTP, as real ones do."""

    url: str
    price: float | None = 0.25
    currency: str = "USD"
    name: str = "test-http"
    model: str = "parrot-1"
    options: Mapping[str, Any] = field(default_factory=lambda: {"temperature": 0})

    def answer(self, request: Request) -> str:
        """The server's words; BadItem where it refuses this one."""
        try:
            said = f"{request.prompt} {request.correction.complaint}" if request.correction else request.prompt
            with urllib.request.urlopen(self.url, data=said.encode(), timeout=30) as response:
                return str(response.read().decode())
        except urllib.error.HTTPError as error:
            raise BadItem("model", f"{self.model} answered {error.code}") from error


class Model:
    """A model on loopback that notes its calls; a prompt may say "refuse", "silent" (no words) or "hold"."""

    def __init__(self) -> None:
        self.prompts: list[str] = []
        self.say: Callable[[str], str] = lambda prompt: f"seen: {prompt}"
        self.held = threading.Event()
        self.release = threading.Event()
        model = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                prompt = self.rfile.read(int(self.headers["Content-Length"])).decode()
                model.prompts.append(prompt)
                if "hold" in prompt:
                    model.held.set()
                    model.release.wait(30)
                body = b"" if "silent" in prompt else model.say(prompt).encode()
                try:
                    self.send_response(500 if "refuse" in prompt else 200)
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    pass  # The client was killed meanwhile.

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self) -> None:
        """Stop, letting held calls go."""
        self.release.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def model() -> Iterator[Model]:
    started = Model()
    yield started
    started.close()


def requests(*prompts: str) -> list[Request]:
    return [Request({"source": "ab" * 32, "span": [index, index + 81]}, text) for index, text in enumerate(prompts)]


def desk(folder: Path, backend: HttpModel, money: float | None = 100.0) -> Desk:
    """A desk as a new run would open it."""
    budget = None if money is None else Budget(money=money)
    return Desk(backend, AnswerStore(folder / "answers"), Ledger(folder / "ledger"), budget)


def words(result: Result) -> str:
    """The answer, or the code of the failure."""
    return result.outcome.text if isinstance(result.outcome, Answer) else result.outcome.code


def texts(results: Iterable[Result]) -> dict[str, str]:
    """Prompt to answer, or to the code of the failure."""
    return {result.request.prompt: words(result) for result in results}


def test_an_answer_is_paid_for_once(tmp_path: Path, model: Model) -> None:
    asked = requests("a", "b", "c")
    first = texts(desk(tmp_path, HttpModel(model.url)).ask(asked))
    assert first == {"a": "seen: a", "b": "seen: b", "c": "seen: c"}
    assert model.prompts == ["a", "b", "c"]
    assert Ledger(tmp_path / "ledger").spent("USD") == 0.75
    # Stored answers need neither budget nor server.
    assert texts(desk(tmp_path, HttpModel(model.url), money=None).ask(asked)) == first
    assert len(model.prompts) == 3


def test_equal_requests_of_a_batch_are_asked_once(tmp_path: Path, model: Model) -> None:
    (one,) = requests("a")
    results = list(desk(tmp_path, HttpModel(model.url)).ask([one, one, one], slots=3))
    assert len(results) == 3 and model.prompts == ["a"]


def test_another_model_or_option_is_another_answer(tmp_path: Path, model: Model) -> None:
    (one,) = requests("a")
    backend = HttpModel(model.url)
    others = [replace(backend, model="parrot-2"), replace(backend, options={"temperature": 1})]
    assert len({answer_digest(each, one) for each in [backend, *others]}) == 3
    assert answer_digest(replace(backend, price=9.0), one) == answer_digest(backend, one)


def test_one_failure_does_not_stop_the_others_and_costs_nothing(tmp_path: Path, model: Model) -> None:
    asked = requests("a", "refuse", "silent", "b")
    results = texts(desk(tmp_path, HttpModel(model.url)).ask(asked, slots=2))
    assert results == {"a": "seen: a", "refuse": "model", "silent": "empty_answer", "b": "seen: b"}
    assert Ledger(tmp_path / "ledger").spent("USD") == 0.75, "what was refused is not charged, silence is"
    texts(desk(tmp_path, HttpModel(model.url)).ask(asked))
    assert sorted(model.prompts) == sorted(["a", "b", "refuse", "silent", "refuse", "silent"])


def test_what_may_have_been_charged_counts_as_spent(tmp_path: Path, model: Model) -> None:
    @dataclass(frozen=True)
    class Refusing(HttpModel):
        def answer(self, request: Request) -> str:
            raise ChargedBadItem("refused_by_model", "no words of the kind")

    results = texts(desk(tmp_path, Refusing(model.url)).ask(requests("a", "b")))
    assert results == {"a": "refused_by_model", "b": "refused_by_model"}
    assert Ledger(tmp_path / "ledger").spent("USD") == 0.5


def test_a_server_that_is_gone_stops_the_job_and_loses_nothing(tmp_path: Path, model: Model) -> None:
    backend = HttpModel(model.url)
    texts(desk(tmp_path, backend).ask(requests("a")))
    with pytest.raises(urllib.error.URLError):
        texts(desk(tmp_path, replace(backend, url="http://127.0.0.1:1/")).ask(requests("a", "b", "c"), slots=2))
    assert Ledger(tmp_path / "ledger").spent("USD") == 0.25
    assert len(AnswerStore(tmp_path / "answers")) == 1


def unless(word: str, fatal: bool = True) -> Check:
    """Finds fault with answers in which ``word`` stands."""
    return lambda request, text: Flaw(f"it says {word}", fatal) if word in text else None


def test_an_answer_that_is_not_as_it_should_be_is_asked_for_again_with_what_was_wrong(
    tmp_path: Path, model: Model
) -> None:
    model.say = lambda prompt: "wrong" if "it says wrong" not in prompt else "right"
    asked, check = requests("a", "b"), unless("wrong")
    results = list(desk(tmp_path, HttpModel(model.url)).ask(asked, 2, check, ask_again=1))
    assert {words(one) for one in results} == {"right"} and [one.calls for one in results] == [2, 2]
    assert len(model.prompts) == 4 and Ledger(tmp_path / "ledger").spent("USD") == 1.0
    # The whole exchange is stored, so it is followed to its end without asking anybody.
    again = list(desk(tmp_path, HttpModel(model.url), money=None).ask(asked, 2, check, ask_again=1))
    assert {words(one) for one in again} == {"right"} and [one.calls for one in again] == [0, 0]
    assert len(model.prompts) == 4


def test_what_stays_wrong_fails_and_is_asked_again_only_as_often_as_allowed(tmp_path: Path, model: Model) -> None:
    model.say = lambda prompt: "wrong"
    (asked,) = requests("a")
    (result,) = desk(tmp_path, HttpModel(model.url)).ask([asked], 1, unless("wrong"), ask_again=2)
    assert isinstance(result.outcome, BadItem) and result.outcome.code == "invalid_answer"
    assert "it says wrong" in result.outcome.message and len(model.prompts) == 3
    # The next run goes on from where the stored answers ended.
    model.say = lambda prompt: "right"
    (result,) = desk(tmp_path, HttpModel(model.url)).ask([asked], 1, unless("wrong"), ask_again=2)
    assert (words(result), result.calls, len(model.prompts)) == ("right", 1, 4)


def test_a_small_flaw_is_better_than_no_answer(tmp_path: Path, model: Model) -> None:
    model.say = lambda prompt: "clumsy"
    (result,) = desk(tmp_path, HttpModel(model.url)).ask(requests("a"), 1, unless("clumsy", fatal=False), ask_again=1)
    assert words(result) == "clumsy" and result.flaw == Flaw("it says clumsy", fatal=False)
    assert len(model.prompts) == 2
    (again,) = desk(tmp_path, HttpModel(model.url)).ask(requests("a"), 1, unless("clumsy", fatal=False), ask_again=1)
    assert (words(again), again.calls, len(model.prompts)) == ("clumsy", 0, 2), "it was taken: nobody pays again"
    model.say = lambda prompt: "clumsy" if "it says" not in prompt else ""
    (result,) = desk(tmp_path, HttpModel(model.url)).ask(requests("b"), 1, unless("clumsy", fatal=False), ask_again=1)
    assert words(result) == "clumsy", "an empty second answer doesn't spoil the first"


def test_how_many_calls_wait_is_known_without_asking(tmp_path: Path, model: Model) -> None:
    model.say = lambda prompt: "wrong" if prompt.startswith("a") else "right"
    asked, check = requests("a", "b", "c"), unless("wrong")
    one = desk(tmp_path, HttpModel(model.url))
    assert one.waiting([*asked, asked[0]], check, 1) == 3
    list(one.ask(asked[:2], 1, check, ask_again=1))
    assert one.waiting(asked, check, 1) == 2, "what failed is asked again, what was answered is not"
    assert len(model.prompts) == 3


@pytest.mark.parametrize(
    ("price", "currency", "money", "parts"),
    [
        (0.25, "USD", None, ["3 calls", "0.75 USD", "no `budget`"]),
        (None, "USD", None, ["3 calls", "unknown sum", "`price: 0`"]),
        (None, "USD", 50.0, ["3 calls", "unknown sum", "`price: 0`"]),
        (0.25, "EUR", 50.0, ["3 calls", "0.75 EUR", "is in USD"]),
    ],
)
def test_without_a_budget_nothing_is_asked(
    tmp_path: Path, model: Model, price: float | None, currency: str, money: float | None, parts: list[str]
) -> None:
    with pytest.raises(BuildError) as caught:
        list(desk(tmp_path, HttpModel(model.url, price, currency), money).ask(requests("a", "b", "c")))
    assert all(part in str(caught.value) for part in parts)
    assert model.prompts == []


def test_a_free_model_needs_no_budget(tmp_path: Path, model: Model) -> None:
    assert len(texts(desk(tmp_path, HttpModel(model.url, price=0), money=None).ask(requests("a", "b")))) == 2
    assert not (tmp_path / "ledger").exists()


@pytest.mark.parametrize("slots", [1, 4])
def test_the_budget_is_never_exceeded(tmp_path: Path, model: Model, slots: int) -> None:
    asked = requests(*(f"clip {number}" for number in range(10)))
    answered: list[Result] = []
    with pytest.raises(BuildError, match=r"the budget of 1\.00 USD is used up: 1\.00 spent"):
        answered.extend(desk(tmp_path, HttpModel(model.url), money=1.0).ask(asked, slots=slots))
    assert len(answered) == len(model.prompts) == 4 and Ledger(tmp_path / "ledger").spent("USD") == 1.0
    assert len(AnswerStore(tmp_path / "answers")) == 4
    assert len(texts(desk(tmp_path, HttpModel(model.url), money=2.5).ask(asked, slots=slots))) == 10
    assert len(model.prompts) == 10, "the four answers of the first run were not asked for again"


def test_an_answer_is_stored_before_it_is_handed_over(tmp_path: Path, model: Model) -> None:
    results = desk(tmp_path, HttpModel(model.url)).ask(requests("a", "b"))
    request = next(results).request
    stored = AnswerStore(tmp_path / "answers").get(answer_digest(HttpModel(model.url), request))
    assert stored is not None and stored.text == "seen: a"


def test_kill_9_costs_the_call_in_flight_and_no_more(tmp_path: Path, model: Model) -> None:
    prompts = ["a", "b", "c", "hold", "d"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE.parents[1] / "scripts"), str(HERE.parent)])}
    command = [
        sys.executable,
        "-c",
        "import test_models; test_models.ask_in_a_child()",
        str(tmp_path),
        model.url,
        *prompts,
    ]
    child = subprocess.Popen(command, env=environment)
    assert model.held.wait(30), "the child never asked"
    child.send_signal(signal.SIGKILL)
    assert child.wait(30) == -signal.SIGKILL
    model.release.set()
    assert len(AnswerStore(tmp_path / "answers")) == 3
    assert Ledger(tmp_path / "ledger").spent("USD") == 1.0, "the call in flight may have been charged"
    assert len(texts(desk(tmp_path, HttpModel(model.url)).ask(requests(*prompts)))) == 5
    assert model.prompts == ["a", "b", "c", "hold", "hold", "d"]


def ask_in_a_child() -> None:
    """What the killed process runs: folder, URL and prompts are its arguments."""
    folder, url, *prompts = sys.argv[1:]
    list(desk(Path(folder), HttpModel(url)).ask(requests(*prompts)))


def answer(number: int, text: str = "words") -> Answer:
    return Answer(f"{number:064x}", text, "parrot-1", 0.25, "USD", 1.5)


def test_a_torn_last_line_is_ignored(tmp_path: Path) -> None:
    store = AnswerStore(tmp_path, "one")
    store.put(answer(1))
    store.put(answer(2))
    segment = tmp_path / "one.jsonl"
    whole = segment.read_bytes()
    for torn in (whole[:-1], whole[:-30], whole[:-30] + b"\n", whole + b"\x00" * 20):
        segment.write_bytes(torn)
        assert AnswerStore(tmp_path).get(answer(1).digest) == answer(1)


def test_a_broken_line_in_the_middle_is_an_error_with_its_place(tmp_path: Path) -> None:
    store = AnswerStore(tmp_path, "one")
    for number in range(3):
        store.put(answer(number))
    lines = (tmp_path / "one.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "one.jsonl").write_bytes(lines[0] + b'{"digest": \n' + lines[2])
    with pytest.raises(BuildError, match=r"one\.jsonl: line 2 is no JSON object"):
        AnswerStore(tmp_path)


def test_a_line_in_the_making_is_read_when_it_is_whole(tmp_path: Path) -> None:
    reader = AnswerStore(tmp_path)
    writer = AnswerStore(tmp_path, "one")
    writer.put(answer(1))
    line = (tmp_path / "one.jsonl").read_bytes()
    (tmp_path / "one.jsonl").write_bytes(line[:40])
    reader.refresh()
    assert len(reader) == 0
    (tmp_path / "one.jsonl").write_bytes(line)
    reader.refresh()
    assert reader.get(answer(1).digest) == answer(1)


def test_no_writer_appends_to_another_ones_segment(tmp_path: Path) -> None:
    AnswerStore(tmp_path, "one").put(answer(1))
    with pytest.raises(FileExistsError):
        AnswerStore(tmp_path, "one").put(answer(2))


def test_many_writers_lose_nothing(tmp_path: Path) -> None:
    def write(writer: int) -> None:
        store = AnswerStore(tmp_path)
        for number in range(25):
            store.put(answer(writer * 100 + number, f"from {writer}"))
        store.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    assert len(AnswerStore(tmp_path)) == 200
    assert len(list(tmp_path.glob("*.jsonl"))) == 8


def test_the_first_answer_given_counts(tmp_path: Path) -> None:
    AnswerStore(tmp_path, "2026-b").put(answer(1, "later"))
    AnswerStore(tmp_path, "2026-a").put(answer(1, "earlier"))
    stored = AnswerStore(tmp_path).get(answer(1).digest)
    assert stored is not None and stored.text == "earlier"


def test_a_row_that_breaks_its_schema_is_never_written(tmp_path: Path) -> None:
    segments = Segments(tmp_path, "answer", "one")
    with pytest.raises(ValueError, match="digest"):
        segments.append({"digest": "short", "text": "words"})
    assert list(tmp_path.iterdir()) == []


def test_ten_thousand_answers_are_read_in_two_seconds(tmp_path: Path) -> None:
    for segment in range(10):
        rows = (vars(answer(segment * 1000 + number, "words " * 60)) for number in range(1000))
        (tmp_path / f"{segment}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    began = time.perf_counter()
    store = AnswerStore(tmp_path)
    assert len(store) == 10_000
    assert time.perf_counter() - began < 2
