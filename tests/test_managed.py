"""Servers that a job starts for itself: with stand-ins for `ollama` and `vllm` that have a child in a session of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from model_standin import HERE, alive, ended, install, notes, wait_for_note
from vlm_server import VlmServer

from reelwright.errors import BuildError
from reelwright.models import Request
from reelwright.models.managed import ManagedServer, ollama_plan
from reelwright.models.opening import open_backend
from reelwright.spec.models import Ollama, OpenAI

ASKED = Request({"clip": 1}, "what is it?")


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on PATH, before all others."""
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-proj-0123456789abcdef")
    return tmp_path


@pytest.fixture
def stopping() -> Iterator[list[ManagedServer]]:
    """Servers that are closed after a test."""
    servers: list[ManagedServer] = []
    yield servers
    for server in servers:
        server.close()


def gone(note: dict[str, Any]) -> bool:
    """Whether server, keeper and child have ended."""
    return ended(note["pid"], note["parent"], note["child"])


def test_ollama_is_started_used_and_ended_with_its_children(programs: Path) -> None:
    program = install(programs, "ollama")
    models = programs / "models"
    models.mkdir()
    settings = Ollama(server="managed", models_folder=str(models), slots=3)
    with open_backend(settings, programs / "logs" / "server.log") as backend:
        assert notes(program) == [], "nothing is started before there is a question"
        assert backend.answer(ASKED) == "seen: what is it?"
        assert backend.answer(ASKED) == "seen: what is it?"
        (note,) = notes(program)
        assert alive(note["pid"]) and alive(note["child"])
    assert gone(note)
    environment = note["environment"]
    assert note["words"] == ["serve"] and environment["OLLAMA_HOST"] == f"127.0.0.1:{note['port']}"
    assert environment["OLLAMA_MODELS"] == str(models) and environment["OLLAMA_NUM_PARALLEL"] == "3"
    log = (programs / "logs" / "server.log").read_text()
    assert log.startswith("$ OLLAMA_NUM_PARALLEL=3") and f"serving on port {note['port']}" in log


def test_vllm_gets_its_model_by_path_and_no_key(programs: Path) -> None:
    program = install(programs, "vllm")
    (programs / "models" / "Qwen" / "VL-7B").mkdir(parents=True)
    settings = OpenAI(
        model="Qwen/VL-7B",
        server="managed",
        models_folder=str(programs / "models"),
        arguments=["--max-model-len", "8192"],
        price=0.0,
    )
    with open_backend(settings, programs / "server.log") as backend:
        assert backend.answer(ASKED) == "seen: what is it?"
    (note,) = notes(program)
    address = ["--host", "127.0.0.1", "--port", str(note["port"]), "--served-model-name", "Qwen/VL-7B"]
    model = str(programs / "models" / "Qwen" / "VL-7B")
    assert note["words"] == ["serve", model, *address, "--max-model-len", "8192"]
    assert "sk-proj" not in str(note) and "sk-proj" not in (programs / "server.log").read_text()
    assert gone(note)


def test_an_error_in_the_block_ends_it(programs: Path) -> None:
    program = install(programs, "ollama")
    with pytest.raises(ZeroDivisionError), open_backend(Ollama(server="managed")) as backend:
        backend.answer(ASKED)
        raise ZeroDivisionError
    assert gone(wait_for_note(program))


def test_a_server_that_passes_over_sigterm_is_killed(programs: Path, stopping: list[ManagedServer]) -> None:
    program = install(programs, "ollama", "stubborn")
    server = ManagedServer(lambda: ollama_plan(Ollama()), 30, None, grace_s=0.1)
    stopping.append(server)
    server.url()
    server.close()
    (note,) = notes(program)
    assert gone(note)


def test_many_slots_start_one_server(programs: Path) -> None:
    program = install(programs, "ollama")
    with open_backend(Ollama(server="managed")) as backend, ThreadPoolExecutor(6) as pool:
        assert set(pool.map(backend.answer, [ASKED] * 6)) == {"seen: what is it?"}
        assert len(notes(program)) == 1


def test_a_server_that_dies_at_once_is_told_with_its_last_words(programs: Path) -> None:
    program = install(programs, "ollama", "dies")
    with open_backend(Ollama(server="managed"), programs / "server.log") as backend:
        with pytest.raises(BuildError, match=r"exit code 1 before it answered; .*server\.log(?s:.*)CUDA error"):
            backend.answer(ASKED)
        with pytest.raises(BuildError, match="CUDA error"):
            backend.answer(ASKED)
    (note,) = notes(program)
    assert gone(note), "its child is ended too"


def test_a_server_that_never_answers(programs: Path) -> None:
    program = install(programs, "ollama", "deaf")
    with (
        open_backend(Ollama(server="managed", start_timeout_s=1.0)) as backend,
        pytest.raises(BuildError, match=r"not answer within 1 s \(`start_timeout_s`\)(?s:.*)serving on port"),
    ):
        backend.answer(ASKED)
    assert gone(wait_for_note(program))


def test_a_server_that_dies_of_a_question(programs: Path) -> None:
    install(programs, "ollama", "mortal")
    with (
        open_backend(Ollama(server="managed"), programs / "server.log") as backend,
        pytest.raises(BuildError, match=r"ended with exit code 7; .*server\.log(?s:.*)out of memory: killed"),
    ):
        backend.answer(ASKED)


def test_a_port_that_another_job_took_first(programs: Path) -> None:
    program = install(programs, "ollama", "taken")
    with open_backend(Ollama(server="managed")) as backend:
        assert backend.answer(ASKED) == "seen: what is it?"
    first, second = notes(program)
    assert first["port"] != second["port"] and gone(first) and gone(second)


def test_the_server_of_another_job_is_not_taken_for_ours(programs: Path) -> None:
    program = install(programs, "ollama", "blocked")
    with open_backend(Ollama(server="managed")) as backend, ThreadPoolExecutor(1) as pool:
        asked = pool.submit(backend.answer, ASKED)
        first = wait_for_note(program)
        with VlmServer(lambda call: "another job's", port=first["port"]) as other:
            assert asked.result(30) == "seen: what is it?"
            assert other.calls == []
    assert gone(first) and gone(wait_for_note(program, 2))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (Ollama(server="managed", executable="olama-not-here"), "no program 'olama-not-here'"),
        (Ollama(server="managed", models_folder="/not/here"), r"/not/here: no such folder"),
        (OpenAI(server="managed", models_folder="/not/here", model="a/b"), r"/not/here/a/b: no such folder"),
    ],
)
def test_what_it_needs_is_looked_for_before_it_is_started(
    programs: Path, settings: Ollama | OpenAI, words: str
) -> None:
    program = install(programs, "ollama" if isinstance(settings, Ollama) else "vllm")
    with open_backend(settings) as backend, pytest.raises(BuildError, match=words):
        backend.answer(ASKED)
    assert notes(program) == []


def test_a_start_can_be_interrupted(programs: Path, stopping: list[ManagedServer]) -> None:
    program = install(programs, "ollama", "deaf")
    server = ManagedServer(lambda: ollama_plan(Ollama()), 600, None)
    stopping.append(server)
    threading.Thread(target=lambda: (wait_for_note(program), server.stop())).start()
    with pytest.raises(BuildError, match="stopped"):
        server.url()
    assert gone(wait_for_note(program))


JOB = """
import sys
from pathlib import Path
from reelwright.models import Request
from reelwright.models.opening import open_backend
from reelwright.spec.models import Ollama
with open_backend(Ollama(server="managed")) as backend:
    backend.answer(Request({}, "what is it?"))
    print("asked", flush=True)
    sys.stdin.read()
"""


def job() -> subprocess.Popen[bytes]:
    """A job that has a managed server, and waits."""
    environment = {**os.environ, "PYTHONPATH": str(HERE.parents[1] / "scripts")}
    process = subprocess.Popen(
        [sys.executable, "-c", JOB],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None and process.stdout.readline() == b"asked\n"
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_job_that_is_killed_takes_its_server_with_it(programs: Path, number: signal.Signals) -> None:
    program = install(programs, "ollama")
    with job() as process:
        (note,) = notes(program)
        process.send_signal(number)
        code = process.wait(30)
        assert code == (128 + number if number == signal.SIGTERM else -number)
    if number in (signal.SIGINT, signal.SIGTERM):
        assert not alive(note["pid"]) and not alive(note["child"]), "they end before the job does"
    assert gone(note)


def test_a_keeper_that_is_killed_too_takes_the_server_with_it_but_not_its_sessions(programs: Path) -> None:
    # What no process of ours can promise: somebody kills both, and the server leaves children in sessions of their own.
    program = install(programs, "ollama")
    with job() as process:
        (note,) = notes(program)
        os.kill(note["parent"], signal.SIGKILL)
        process.kill()
        assert ended(note["pid"], note["parent"]), "the kernel tells the server that its keeper has died"
    assert alive(note["child"])
    os.kill(note["child"], signal.SIGKILL)


def test_a_killed_keeper_is_noticed(programs: Path) -> None:
    program = install(programs, "ollama", "stubborn")
    with open_backend(Ollama(server="managed")) as backend:
        backend.answer(ASKED)
        (note,) = notes(program)
        os.kill(note["parent"], signal.SIGKILL)
        assert ended(note["parent"])
    assert ended(note["pid"]), "the job itself kills the server, which passes over SIGTERM"
    os.kill(note["child"], signal.SIGKILL)
