"""Opening a backend as the spec describes it, and closing it with all that belongs to it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from reelwright.models.calls import Clock
from reelwright.models.managed import ManagedServer, ollama_plan, vllm_plan
from reelwright.models.ollama import OllamaBackend
from reelwright.models.openai import OpenAIBackend
from reelwright.models.served import ServedBackend
from reelwright.spec.models import Ollama, OpenAI


@contextmanager
def open_backend(
    settings: Ollama | OpenAI, log: Path | None = None, clock: Clock | None = None
) -> Iterator[ServedBackend[Any]]:
    """A backend for as long as the block runs. A managed server writes to ``log``.

    Nothing is looked for, connected or started before the first question, so that a build of stored answers needs neither
    server nor key. Ctrl+C and SIGTERM end the block without waiting for answers, except for those that are paid for.
    """
    server: ManagedServer | None = None
    with ExitStack() as closing:
        if settings.server == "managed":
            server = ManagedServer(
                lambda: ollama_plan(settings) if isinstance(settings, Ollama) else vllm_plan(settings),
                settings.start_timeout_s,
                log,
            )
            closing.callback(server.close)
        backend: ServedBackend[Any] = (
            OllamaBackend(settings, server=server, clock=clock)
            if isinstance(settings, Ollama)
            else OpenAIBackend(settings, server=server, clock=clock)
        )
        closing.callback(backend.close)
        with _when_interrupted(backend.stop):
            yield backend


@contextmanager
def _when_interrupted(stop: Callable[[], None]) -> Iterator[None]:
    """Call ``stop`` on SIGINT and SIGTERM before what they do anyway, for threads that wait would not notice."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def interrupt(number: int, frame: FrameType | None) -> None:
        # Not in here: whoever was interrupted may hold the locks that this needs.
        threading.Thread(target=stop).start()
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)
        elif handler == signal.SIG_DFL:
            raise SystemExit(128 + number)

    for number in before:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
