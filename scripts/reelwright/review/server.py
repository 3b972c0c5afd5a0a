"""The server behind ``make review``: the page with its media on this machine alone, and decisions into their files.

It answers whoever has come through the address with the token that it prints, and nobody else: other users of the machine, and
pages of other origins, including those that have their name point to 127.0.0.1, are refused.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any, cast
from urllib.parse import parse_qs, unquote, urlsplit

from reelwright.decisions import COLUMNS, Decision
from reelwright.errors import BadItem
from reelwright.review.ranges import ByteRange, Unsatisfiable, parse_range
from reelwright.review.saving import Change, DecisionFiles

HOST = "127.0.0.1"

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".mp4": "video/mp4",
    ".jpg": "image/jpeg",
    ".png": "image/png",
}
"""What is served; other files of the results are nobody's business."""

BLOCK = 1 << 18
"""Bytes that are read at a time."""

LARGEST = 32 << 20
"""Bytes of the largest request: a season's decisions, with edited captions, are a few."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


@dataclass(frozen=True)
class Refused(Exception):
    """A request that is not answered as asked."""

    status: int
    message: str


@dataclass
class Desk:
    """What is served to whom."""

    results: Path
    files: DecisionFiles
    domains: tuple[str, ...]
    folder: Path
    """Where the files of decisions lie, for the page to say."""
    reviewer: str = ""
    """Who reviews; where empty the page asks."""
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))


class ReviewServer(ThreadingHTTPServer):
    """Listens on 127.0.0.1 and a free port, or the one that is asked for."""

    daemon_threads = True

    def __init__(self, desk: Desk, port: int = 0) -> None:
        super().__init__((HOST, port), Handler)
        self.desk = desk

    @property
    def origin(self) -> str:
        """What browsers call this server."""
        return f"http://{HOST}:{self.server_address[1]}"

    @property
    def address(self) -> str:
        """The address with the token, for the person who began this."""
        return f"{self.origin}/?token={self.desk.token}"


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    server_version, sys_version = "Reelwright", ""
    protocol_version = "HTTP/1.1"
    timeout = 30

    @property
    def _review(self) -> ReviewServer:
        return cast(ReviewServer, self.server)

    @property
    def _desk(self) -> Desk:
        return self._review.desk

    def do_GET(self) -> None:
        """A file, or the decisions."""
        self._answer(self._get)

    def do_HEAD(self) -> None:
        """The same without the bytes."""
        self._answer(self._get)

    def do_POST(self) -> None:
        """Decisions to be saved."""
        self._answer(self._post)

    def _answer(self, act: Any) -> None:
        try:
            self._guard()
            act()
        except Refused as refused:
            self._send(refused.status, "text/plain; charset=utf-8", refused.message.encode())
        except BadItem as error:
            self._send(409, "text/plain; charset=utf-8", error.message.encode())
        except (BrokenPipeError, ConnectionResetError, TimeoutError):
            # Players break off whenever somebody seeks.
            self.close_connection = True

    def _guard(self) -> None:
        """Refuse other hosts (a name that was made to point here), other origins, and who hasn't got the token."""
        if self.headers.get("Host", "").lower() not in (
            self._review.origin.removeprefix("http://"),
            self._local_host(),
        ):
            raise Refused(421, "this server is called 127.0.0.1")
        origin = self.headers.get("Origin")
        if origin is not None and origin.lower() not in (self._review.origin, f"http://{self._local_host()}"):
            raise Refused(403, "requests from other pages are refused")
        if self.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
            raise Refused(403, "requests from other pages are refused")
        if not self._has_token() and not self._brings_token():
            raise Refused(403, "open the address that `make review` printed: it has a token")

    def _local_host(self) -> str:
        return f"localhost:{self._review.server_address[1]}"

    @property
    def _cookie(self) -> str:
        return f"reelwright_{self._review.server_address[1]}"

    def _has_token(self) -> bool:
        try:
            found = SimpleCookie(self.headers.get("Cookie", "")).get(self._cookie)
        except CookieError:
            return False
        return found is not None and hmac.compare_digest(found.value.encode(), self._desk.token.encode())

    def _brings_token(self) -> bool:
        parts = urlsplit(self.path)
        said = parse_qs(parts.query).get("token", [""])[0]
        return parts.path == "/" and hmac.compare_digest(said.encode(), self._desk.token.encode())

    def _get(self) -> None:
        path = unquote(urlsplit(self.path).path)
        if path == "/":
            cookie = f"{self._cookie}={self._desk.token}; Path=/; HttpOnly; SameSite=Strict"
            self._send(303, "text/plain", b"", {"Location": "/review/index.html", "Set-Cookie": cookie})
        elif path == "/decisions":
            self._json(self._decisions())
        else:
            self._file(path)

    def _decisions(self) -> dict[str, Any]:
        found = {domain: [asdict(one) for one in self._desk.files.read(domain)] for domain in self._desk.domains}
        return {"decisions": found, "reviewer": self._desk.reviewer, "folder": str(self._desk.folder)}

    def _file(self, path: str) -> None:
        target = _inside(self._desk.results, path)
        size = target.stat().st_size
        with target.open("rb") as file:
            try:
                part = parse_range(self.headers.get("Range"), size)
            except Unsatisfiable:
                self._send(416, "text/plain", b"", {"Content-Range": f"bytes */{size}"})
                return
            whole = ByteRange(0, size)
            extra = {"Accept-Ranges": "bytes", "Cache-Control": "no-cache"}
            if part is not None:
                extra["Content-Range"] = f"bytes {part.start}-{part.end - 1}/{size}"
            wanted = part or whole
            self._head(206 if part else 200, TYPES[target.suffix.lower()], wanted.end - wanted.start, extra)
            if self.command != "HEAD":
                for block in _blocks(file, wanted):
                    self.wfile.write(block)

    def _post(self) -> None:
        if urlsplit(self.path).path != "/decisions":
            raise Refused(404, "decisions go to /decisions")
        # A page of another origin can send neither without asking first, and asking is refused.
        if self.headers.get("X-Reelwright") != "review" or self.headers.get_content_type() != "application/json":
            raise Refused(403, "expected JSON from the review page")
        if self.headers.get("Origin") is None:
            raise Refused(403, "expected the page's own origin")
        domain, changes = _changes(self._body())
        saved = self._desk.files.save(domain, changes)
        self._json({"rows": [asdict(one) for one in saved.rows], "conflicts": saved.conflicts})

    def _body(self) -> Any:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LARGEST:
            self.close_connection = True
            raise Refused(413, f"expected at most {LARGEST} bytes, and their number")
        try:
            return json.loads(self.rfile.read(int(length)))
        except ValueError as error:
            raise Refused(400, f"expected JSON: {error}") from error

    def _json(self, data: Any) -> None:
        body = json.dumps(data, ensure_ascii=False).encode()
        self._send(200, "application/json; charset=utf-8", body, {"Cache-Control": "no-store"})

    def _send(self, status: int, kind: str, body: bytes, extra: dict[str, str] | None = None) -> None:
        if status >= 400:
            # What a refused request still carries is not read.
            self.close_connection = True
        self._head(status, kind, len(body), extra or {})
        if self.command != "HEAD":
            self.wfile.write(body)

    def _head(self, status: int, kind: str, length: int, extra: dict[str, str]) -> None:
        self.send_response(status)
        lines = {"Content-Type": kind, "Content-Length": str(length), **HEADERS, **extra}
        for name, value in lines.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: addresses hold the token, and a season's media are thousands of lines."""


def _inside(results: Path, path: str) -> Path:
    """The file of the results that a path names. Raises Refused where it is none, or not one that pages show."""
    try:
        target = (results / path.lstrip("/")).resolve(strict=True)
    except (OSError, ValueError) as error:
        raise Refused(404, "there is no such file") from error
    if not target.is_relative_to(results.resolve()) or not target.is_file() or target.suffix.lower() not in TYPES:
        raise Refused(404, "there is no such file")
    return target


def _blocks(file: IO[bytes], part: ByteRange) -> Iterator[bytes]:
    file.seek(part.start)
    left = part.end - part.start
    while left > 0:
        block = file.read(min(BLOCK, left))
        if not block:
            return
        left -= len(block)
        yield block


def _changes(body: Any) -> tuple[str, list[Change]]:
    """The domain and the changes in a request. Raises Refused where it isn't one."""
    try:
        rows = [
            (Decision(*(str(one["row"][name]).strip() for name in COLUMNS)), str(one["seen"])) for one in body["set"]
        ]
        changes = [Change(row.item, row.sha256, row.decision, row, seen) for row, seen in rows]
        changes += [
            Change(str(one["item"]), str(one["sha256"]), str(one.get("decision", "")), None, str(one["seen"]))
            for one in body["unset"]
        ]
        return str(body["domain"]), changes
    except (KeyError, TypeError) as error:
        raise Refused(400, f"expected a domain, rows to set and items to unset: {error}") from error
