"""Ctrl+C, SIGTERM and kill -9 while questions are in flight: the job ends at once, and no stored answer is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from vlm_server import HANG, Call, Fault, Response, VlmServer

from reelwright.models import AnswerStore, Ledger

HERE = Path(__file__).resolve()

JOB = """
import sys
from pathlib import Path
from reelwright.models import AnswerStore, Desk, Ledger, Request
from reelwright.models.opening import open_backend
from reelwright.spec.model import Budget
from reelwright.spec.models import Ollama, OpenAI
folder, kind, url, price = Path(sys.argv[1]), sys.argv[2], sys.argv[3], float(sys.argv[4])
settings = (
    Ollama(base_url=url, price=price, timeout_s=600)
    if kind == "ollama"
    else OpenAI(base_url=f"{url}/v1", price=price, timeout_s=600)
)
with open_backend(settings) as backend:
    desk = Desk(backend, AnswerStore(folder / "answers"), Ledger(folder / "ledger"), Budget(money=100.0))
    for result in desk.ask([Request({"clip": number}, f"clip {number}") for number in range(12)], slots=4):
        print(result.request.prompt, flush=True)
"""


class Held:
    """A server that answers the first questions, and holds those after them until it is told to go on."""

    def __init__(self, first: int, then: Response | None) -> None:
        self.held = threading.Semaphore(0)
        """Released once for each question that is held."""
        self.go_on = threading.Event()
        self._first = first
        self._then = then
        self._count = 0
        self._lock = threading.Lock()
        self.server = VlmServer(self.answer)

    def answer(self, call: Call) -> Response:
        with self._lock:
            self._count += 1
            number = self._count
        if number <= self._first:
            return f"seen: {call.prompt}"
        self.held.release()
        if self._then is None:
            self.go_on.wait(60)
        return self._then or f"seen: {call.prompt}"


def start(folder: Path, kind: str, url: str, price: float) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(HERE.parents[1] / "scripts")}
    command = [sys.executable, "-c", JOB, str(folder), kind, url, str(price)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def stored(folder: Path) -> int:
    return len(AnswerStore(folder / "answers"))


@pytest.mark.parametrize("kind", ["ollama", "openai"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_free_model_is_not_waited_for(tmp_path: Path, kind: str, number: signal.Signals) -> None:
    held = Held(5, HANG)
    with held.server, start(tmp_path, kind, held.server.url, 0.0) as process:
        for _ in range(4):
            assert held.held.acquire(timeout=30), "four slots are asking"
        process.send_signal(number)
        # The calls in flight would take ten minutes.
        code = process.wait(30)
        assert code == (128 + number if number == signal.SIGTERM else -number)
        assert b"Traceback" not in process.stderr.read() or number == signal.SIGINT
    assert stored(tmp_path) == 5 and len(held.server.calls) == 9


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_answers_that_are_paid_for_are_waited_for(tmp_path: Path, number: signal.Signals) -> None:
    held = Held(5, None)
    with held.server, start(tmp_path, "openai", held.server.url, 0.25) as process:
        for _ in range(4):
            assert held.held.acquire(timeout=30), "four slots are asking"
        process.send_signal(number)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        held.go_on.set()
        process.wait(30)
    assert stored(tmp_path) == 9 and len(held.server.calls) == 9, "nothing more was asked"
    assert Ledger(tmp_path / "ledger").spent("USD") == 9 * 0.25


def test_a_second_ctrl_c_gives_up_those_too(tmp_path: Path) -> None:
    held = Held(5, HANG)
    with held.server, start(tmp_path, "openai", held.server.url, 0.25) as process:
        for _ in range(4):
            assert held.held.acquire(timeout=30), "four slots are asking"
        process.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) != 0
    assert stored(tmp_path) == 5 and len(held.server.calls) == 9


def test_no_more_tries_are_made(tmp_path: Path) -> None:
    held = Held(5, Fault(500))
    with held.server, start(tmp_path, "openai", held.server.url, 0.25) as process:
        for _ in range(4):
            assert held.held.acquire(timeout=30), "four slots are asking"
        process.send_signal(signal.SIGINT)
        process.wait(30)
    # The waits before the next tries are a second and more; a try that was under way may still have come.
    assert stored(tmp_path) == 5 and len(held.server.calls) <= 13
    assert Ledger(tmp_path / "ledger").spent("USD") == 5 * 0.25
