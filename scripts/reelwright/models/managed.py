"""Servers that a job starts for itself on a free loopback port, and that end with it."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from reelwright.errors import BuildError
from reelwright.models import keeper
from reelwright.models.calls import Stopped
from reelwright.spec.models import Ollama, OpenAI

PORT_TRIES = 5
"""Ports that are tried: between choosing one and listening there, another job of the node may take it."""

PORT_TAKEN = re.compile(r"address already in use|EADDRINUSE|errno (98|48)\b|only one usage of each socket", re.I)
"""Words of a server that found its port taken (Linux, macOS, Windows; Go, Python)."""

GRACE_S = 10.0
"""Time that a server has to end in good order. Slurm gives a job 30 s between SIGTERM and SIGKILL (KillWait)."""

TAIL_LINES = 15
"""Lines of a server's log that an error quotes."""

OURS_ALONE = ("VLLM_API_KEY",)
"""Variables that a managed server must not see: with a key of its own it would refuse our calls."""


@dataclass(frozen=True)
class Command:
    """How a server is started."""

    words: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    """What is set beyond the job's own environment."""


@dataclass(frozen=True)
class Plan:
    """What is to be served, and how to see that it is."""

    command: Callable[[int], Command]
    """How to start it on a port."""
    ready: str
    """Path that answers 200 as soon as it serves."""
    api: str = ""
    """Path of its API."""
    hidden: tuple[str, ...] = OURS_ALONE
    """Variables of the job's environment that it doesn't get: keys, above all."""


def ollama_plan(settings: Ollama) -> Plan:
    """How to serve a model with Ollama; raises BuildError where program or folder are not there."""
    program = _program(settings.executable or "ollama")
    more = {"OLLAMA_NUM_PARALLEL": str(settings.slots)}
    if settings.models_folder is not None:
        more["OLLAMA_MODELS"] = str(_folder(Path(settings.models_folder)))

    def command(port: int) -> Command:
        return Command((program, "serve", *settings.arguments), {**more, "OLLAMA_HOST": f"127.0.0.1:{port}"})

    return Plan(command, "/api/version")


def vllm_plan(settings: OpenAI) -> Plan:
    """How to serve a model with vLLM; raises BuildError where program or model are not there."""
    program = _program(settings.executable or "vllm")
    model = settings.model
    if settings.models_folder is not None:
        model = str(_folder(Path(settings.models_folder) / settings.model))

    def command(port: int) -> Command:
        address = ("--host", "127.0.0.1", "--port", str(port))
        return Command((program, "serve", model, *address, "--served-model-name", settings.model, *settings.arguments))

    return Plan(command, "/v1/models", "/v1", (*OURS_ALONE, settings.key_variable))


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise BuildError(f"no program {name!r} to start a managed server with: install it, or set `executable`")
    return found


def _folder(path: Path) -> Path:
    if not path.is_dir():
        raise BuildError(f"{path}: no such folder, which a managed server was to load its model from (`models_folder`)")
    return path.resolve()


class ManagedServer:
    """A server of this job's own: started when its address is first asked for, ended by ``close``, whatever happens."""

    def __init__(
        self, plan: Callable[[], Plan], start_timeout_s: float, log: Path | None, grace_s: float = GRACE_S
    ) -> None:
        self._plan = plan
        self._start_timeout_s = start_timeout_s
        self._log_path = log
        self._grace_s = grace_s
        self._log: IO[bytes] | None = None
        self._keeper: subprocess.Popen[bytes] | None = None
        self._began = 0
        """Where in the log the output of this start begins."""
        self._lock = threading.Lock()
        self._halt = threading.Event()
        self._url = ""
        self._failure: BuildError | None = None

    def url(self) -> str:
        """The server's address; starts it first. Raises BuildError, quoting its log, where it doesn't come up."""
        with self._lock:
            if self._failure is not None:
                raise BuildError(str(self._failure))
            if not self._url:
                try:
                    self._url = self._start(self._plan())
                except BuildError as error:
                    self._failure = error
                    raise
            return self._url

    def check(self) -> None:
        """Raise BuildError, quoting its log, where the server has ended since it answered first."""
        if self._url and self._keeper is not None and self._keeper.poll() is not None:
            raise BuildError(f"the managed server has ended with exit code {self._keeper.returncode}{self._tail()}")

    def stop(self) -> None:
        """Don't wait for its start any longer."""
        self._halt.set()

    def close(self) -> None:
        """End the server with all that it started."""
        self.stop()
        with self._lock:
            self._end()
            if self._log is not None:
                self._log.close()
                self._log = None

    def _start(self, plan: Plan) -> str:
        for _ in range(PORT_TRIES):
            port = _free_port()
            self._launch(plan, plan.command(port))
            try:
                if self._comes_up(port, plan.ready):
                    return f"http://127.0.0.1:{port}{plan.api}"
            except BaseException:
                self._end()
                raise
            self._end()
        raise BuildError(
            f"the managed server found its port taken {PORT_TRIES} times, each time another one{self._tail()}"
        )

    def _launch(self, plan: Plan, command: Command) -> None:
        if self._log is None:
            self._log = self._open_log()
        assigned = " ".join(f"{name}={shlex.quote(value)}" for name, value in command.environment.items())
        self._log.write(f"$ {assigned} {shlex.join(command.words)}\n".lstrip().encode())
        self._log.flush()
        self._began = self._log.seek(0, os.SEEK_END)
        inherited = {name: value for name, value in os.environ.items() if name not in plan.hidden}
        self._keeper = subprocess.Popen(
            [sys.executable, "-I", keeper.__file__, str(self._grace_s), *command.words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env={**inherited, **command.environment},
            start_new_session=True,
        )

    def _open_log(self) -> IO[bytes]:
        if self._log_path is None:
            return tempfile.TemporaryFile("w+b")
        self._log_path.parent.mkdir(parents=True, exist_ok=True)
        return self._log_path.open("a+b")

    def _comes_up(self, port: int, ready: str) -> bool:
        """Wait until the server answers; False where somebody else has its port."""
        assert self._keeper is not None
        until = time.monotonic() + self._start_timeout_s
        wait_s = 0.02
        while not self._halt.wait(wait_s):
            wait_s = min(wait_s * 1.5, 0.5)
            code = self._keeper.poll()
            if code is not None:
                if PORT_TAKEN.search(self._output()):
                    return False
                raise BuildError(f"the managed server ended with exit code {code} before it answered{self._tail()}")
            if _answers(f"http://127.0.0.1:{port}{ready}"):
                return _listens(port, self._keeper.pid)
            if time.monotonic() > until:
                limit = f"{self._start_timeout_s:g} s (`start_timeout_s`)"
                raise BuildError(f"the managed server did not answer within {limit}{self._tail()}")
        raise Stopped("stopped while the managed server was starting")

    def _end(self) -> None:
        process, self._keeper = self._keeper, None
        if process is not None:
            end_kept(process, self._grace_s)

    def _output(self) -> str:
        """What the server has said since this start."""
        assert self._log is not None
        self._log.seek(self._began)
        return self._log.read().decode(errors="replace")

    def _tail(self) -> str:
        """The end of what it said, as the end of a message."""
        lines = [line for line in self._output().splitlines() if line.strip()][-TAIL_LINES:]
        where = f" ({self._log_path})" if self._log_path is not None else ""
        return f"; the last lines of its log{where}:\n" + "\n".join(f"  {line[:300]}" for line in lines)


def end_kept(process: subprocess.Popen[bytes], grace_s: float) -> None:
    """End a keeper, started with pipes for its standard input and output, and what it keeps, where they are still there."""
    assert process.stdin is not None and process.stdout is not None
    with contextlib.suppress(OSError):
        process.stdin.close()
    try:
        process.wait(grace_s + keeper.LAST_GRACE_S + 5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    server = process.stdout.readline().strip()
    process.stdout.close()
    if process.returncode < 0 and server:
        # The keeper was killed, and can't clean up: the server's process group is what is known here.
        with contextlib.suppress(OSError):
            os.killpg(int(server), signal.SIGKILL)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _answers(url: str) -> bool:
    """Whether a GET of ``url`` is answered with 200."""
    # No proxy has anything to do on loopback.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=2) as response:
            return bool(response.status == 200)
    except (OSError, ValueError, http.client.HTTPException):
        return False


def _listens(port: int, root: int) -> bool:
    """Whether it is a descendant of process ``root`` that listens on ``port``; True where this can't be seen."""
    try:
        lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    except OSError:
        return True
    fields = [line.split() for line in lines]
    sockets = {f"socket:[{each[9]}]" for each in fields if each[1].endswith(f":{port:04X}") and each[3] == "0A"}
    for process in keeper.descendants(root):
        with contextlib.suppress(OSError):
            for handle in Path(f"/proc/{process}/fd").iterdir():
                with contextlib.suppress(OSError):
                    if str(handle.readlink()) in sockets:
                        return True
    return False
