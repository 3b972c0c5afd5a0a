"""A stand-in for the server of a vision-language model: real HTTP on loopback, Ollama's API and OpenAI's.

    with VlmServer(lambda call: caption_of(call.prompt), slots=4, latency=0.1) as server:
        Ollama(base_url=server.url) or OpenAI(base_url=f"{server.url}/v1")
        server.then(HANG, Fault(429, "slow down", headers={"Retry-After": "7"}), "words")   # the next three calls
        ...
        assert len(server.calls) == 3 and server.calls[0].images == [jpeg]

What a call is answered with is a text, a ``Reply`` (a text and how it ended) or a ``Fault``; ``answer`` may also return
these. It may block: it holds one of the server's slots meanwhile.
"""

from __future__ import annotations

import base64
import json
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, Literal

from loopback import Loopback

DRIP_S = 0.02
"""Time between two bytes of an answer that drips."""


@dataclass(frozen=True)
class Call:
    """One question, as it came in."""

    path: str
    body: Mapping[str, Any]
    headers: Mapping[str, str]

    @property
    def model(self) -> str:
        return str(self.body.get("model"))

    @property
    def messages(self) -> list[tuple[str, str]]:
        """Role and text of each message."""
        return [(message["role"], _text(message["content"])) for message in self.body["messages"]]

    @property
    def prompt(self) -> str:
        """The first words of the user, which a correction leaves as they are."""
        return next(text for role, text in self.messages if role == "user")

    @property
    def images(self) -> list[bytes]:
        """The bytes of all pictures."""
        found = []
        for message in self.body["messages"]:
            found += [base64.b64decode(image) for image in message.get("images") or []]
            parts = message["content"] if isinstance(message["content"], list) else []
            urls = [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]
            found += [base64.b64decode(url.partition(";base64,")[2]) for url in urls]
        return found

    @property
    def schema(self) -> Any:
        """The JSON Schema that the answer must have; None where none was sent."""
        wanted = self.body.get("response_format") or {}
        return self.body.get("format") or wanted.get("json_schema", {}).get("schema")


@dataclass(frozen=True)
class Reply:
    """Words, and how they ended."""

    text: str
    finish: str = "stop"
    """``stop``, ``length`` or ``content_filter``."""
    refusal: str | None = None
    """Words of a refusal (OpenAI only)."""


@dataclass(frozen=True)
class Fault:
    """Anything but an answer."""

    status: int = 500
    message: str = "something broke"
    code: str | None = None
    """Error code (OpenAI only)."""
    param: str | None = None
    """Parameter that is at fault (OpenAI only)."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    """What is sent instead of the error in the API's own form."""
    how: Literal["whole", "hang", "drip", "drip_headers", "drop"] = "whole"
    """``hang`` never answers, ``drip`` sends a byte at a time without end, ``drop`` closes in the middle of an answer."""


HANG = Fault(how="hang")
DRIP = Fault(200, how="drip")
DRIP_HEADERS = Fault(how="drip_headers")
DROP = Fault(200, how="drop")
BROKEN_JSON = Fault(200, body=b'{"model": "parrot", "message": {"role": "assis')
QUOTA = Fault(429, "You exceeded your current quota, please check your plan", "insufficient_quota")

Response = str | Reply | Fault


class VlmServer(Loopback):
    """The server; it runs from when it is made until ``close``, or as a context."""

    def __init__(
        self,
        answer: Callable[[Call], Response] = lambda call: f"seen: {call.prompt}",
        *,
        slots: int = 64,
        latency: float = 0.0,
        models: Sequence[str] | None = None,
        key: str | None = None,
        port: int = 0,
    ) -> None:
        self.answer = answer
        self.latency = latency
        """Seconds that each call takes, in one of ``slots`` at a time."""
        self.models = models
        """The models it has; any where None."""
        self.key = key
        """The key that calls of OpenAI's API must have; none where None."""
        self.calls: list[Call] = []
        """Every question, in the order in which they came, failed ones too."""
        self.loads: list[Call] = []
        """Calls of Ollama's API without a question, which have it load the model."""
        self.busiest = 0
        """Most questions that were in slots at a time."""
        self.listing: Fault | None = None
        """What is answered to everything but questions, such as which models there are; None as it should be."""
        self.closing = threading.Event()
        self._next: deque[Response] = deque()
        self._lock = threading.Lock()
        self._slots = threading.Semaphore(slots)
        self._busy = 0
        self.serve(_handler(self), port)

    def then(self, *responses: Response) -> None:
        """Answer the next calls with these, one each; those after them as always."""
        with self._lock:
            self._next.extend(responses)

    def respond(self, call: Call) -> Response:
        """Take note of a call and find its answer."""
        asks = bool(call.body["messages"])
        with self._lock:
            (self.calls if asks else self.loads).append(call)
            ordered = self._next.popleft() if self._next and asks else None
        if self.key is not None and "/v1/" in call.path and call.headers.get("authorization") != f"Bearer {self.key}":
            return Fault(401, f"Incorrect API key provided: {call.headers.get('authorization')}", "invalid_api_key")
        if self.models is not None and call.model not in self.models:
            return Fault(404, f"model '{call.model}' not found", "model_not_found")
        if not asks:
            return Reply("", "load")
        with self._slots:
            with self._lock:
                self._busy += 1
                self.busiest = max(self.busiest, self._busy)
            try:
                time.sleep(self.latency)
                return self.answer(call) if ordered is None else ordered
            except Exception as error:
                return Fault(500, f"the test's own answer failed: {error!r}")
            finally:
                with self._lock:
                    self._busy -= 1

    def close(self) -> None:
        """Stop, letting hanging calls go."""
        self.closing.set()
        super().close()


def refused_url() -> str:
    """An address on loopback where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def _handler(server: VlmServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self) -> None:
            if server.listing is not None:
                self.misbehave(server.listing)
                return
            names = list(server.models or [])
            pages = {
                "/": {},
                "/health": {},
                "/api/version": {"version": "0.0.0"},
                "/api/tags": {"models": [{"name": name, "model": name} for name in names]},
                "/v1/models": {"object": "list", "data": [{"id": name, "object": "model"} for name in names]},
            }
            known = self.path in pages
            self.send(200 if known else 404, {}, json.dumps(pages.get(self.path, {"error": "not found"})).encode())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path not in {"/api/chat", "/v1/chat/completions"}:
                self.send(404, {}, b"404 page not found")
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            call = Call(self.path, json.loads(body), headers)
            response = server.respond(call)
            if isinstance(response, Fault):
                self.misbehave(response)
            else:
                reply = response if isinstance(response, Reply) else Reply(response)
                self.send(200, {}, json.dumps(_answer_body(call, reply)).encode())

        def misbehave(self, fault: Fault) -> None:
            if fault.how == "hang":
                server.closing.wait()
            elif fault.how == "whole":
                body = json.dumps(_error_body(self.path, fault)).encode() if fault.body is None else fault.body
                self.send(fault.status, fault.headers, body)
            else:
                if fault.how != "drip_headers":
                    self.head(fault.status, fault.headers, 10_000)
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: " if fault.how == "drip_headers" else b'{"model": "')
                self.wfile.flush()
                while fault.how != "drop" and not server.closing.wait(DRIP_S):
                    self.wfile.write(b"a")
                    self.wfile.flush()
            self.close_connection = self.close_connection or fault.how != "whole"

        def head(self, status: int, headers: Mapping[str, str], length: int) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", "Content-Length": str(length), **headers}.items():
                self.send_header(name, value)
            self.end_headers()

        def send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
            self.head(status, headers, len(body))
            self.wfile.write(body)
            self.wfile.flush()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


def _text(content: Any) -> str:
    """The words of a message, whose content OpenAI's API may give in parts."""
    if isinstance(content, str):
        return content
    return "".join(part["text"] for part in content if part["type"] == "text")


def _answer_body(call: Call, reply: Reply) -> dict[str, Any]:
    if call.path == "/api/chat":
        return {
            "model": call.model,
            "created_at": "2026-11-25T12:00:00Z",
            "message": {"role": "assistant", "content": reply.text},
            "done": True,
            "done_reason": reply.finish,
            "prompt_eval_count": 900,
            "eval_count": 100,
        }
    message = {"role": "assistant", "content": reply.text, "refusal": reply.refusal}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1764072000,
        "model": call.model,
        "choices": [{"index": 0, "message": message, "finish_reason": reply.finish}],
        "usage": {"prompt_tokens": 900, "completion_tokens": 100, "total_tokens": 1000},
    }


def _error_body(path: str, fault: Fault) -> dict[str, Any]:
    if path == "/api/chat":
        return {"error": fault.message}
    kind = fault.code or "server_error"
    return {"error": {"message": fault.message, "type": kind, "param": fault.param, "code": fault.code}}
