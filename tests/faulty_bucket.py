"""A bucket over real HTTP: moto in server mode, behind a small proxy at which requests come to grief.

    with FaultyBucket(seed=3, odds={"drop_after": 0.1, "slow_down": 0.1}) as s3:
        s3.create("studio", versioned=True)
        Bucket(name="studio", endpoint=s3.url)
        s3.fault("PUT", "drop_after")          # what happens to the next request of a kind
        ...
        assert s3.objects("studio") == {"custom-actors/...": b"..."}

Kinds are ``PUT COPY GET HEAD DELETE LIST``. By chance they come to grief as odds say, decided by seed, kind, path and how often
that came, so it does not depend on who came first.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import http.client
import logging
import random
import re
import threading
from collections import Counter, deque
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from loopback import Loopback

FAULTS = ("drop_before", "drop_after", "error", "slow_down", "damage")
"""The connection dropped before a request is heeded, or after; 500 InternalError; 503 SlowDown; a byte lost on the way."""

SAID = {
    "error": (500, "InternalError", "We encountered an internal error. Please try again."),
    "slow_down": (503, "SlowDown", "Please reduce your request rate."),
    "denied": (403, "AccessDenied", "Access Denied"),
    "unknown_key": (403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."),
    "digest": (400, "BadDigest", "The SHA256 you specified did not match the calculated checksum."),
    "elsewhere": (400, "AuthorizationHeaderMalformed", "The authorization header is malformed; the region is wrong"),
}
"""Status, code and words of S3's errors."""


class FaultyBucket(Loopback):
    """The server; it runs from when it is made until ``close``, or as a context."""

    def __init__(
        self,
        *,
        seed: int = 0,
        odds: Mapping[str, float] | None = None,
        region: str = "us-west-1",
        key: str | None = None,
    ) -> None:
        self.seed = seed
        self.odds = dict(odds or {})
        """Chance of each fault; what is left of 1 goes well."""
        assert set(self.odds) <= set(FAULTS)
        self.region = region
        """Where its buckets lie: requests signed for another region are refused."""
        self.key = key
        """The id of the only access key that is known; any where None."""
        self.checks = True
        """Whether checksums of what is put are checked, as S3 does and moto does not."""
        self.denied: set[str] = set()
        """Kinds that nobody has a right to."""
        self.requests: Counter[str] = Counter()
        """Requests by kind, those that came to grief too."""
        self.faults: Counter[str] = Counter()
        """Requests that came to grief, by how."""
        self._planned: dict[str, deque[str]] = {}
        self._seen: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()
        self.moto = _moto()
        self.serve(_handler(self))

    def client(self) -> Any:
        """A client that nothing comes to grief for."""
        import boto3

        return boto3.client(
            "s3",
            region_name=self.region,
            endpoint_url=f"http://127.0.0.1:{self.moto[1]}",
            aws_access_key_id="none",
            aws_secret_access_key="none",
        )

    def create(self, name: str, versioned: bool = False) -> None:
        """Make a bucket."""
        client = self.client()
        client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": self.region})
        if versioned:
            client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})

    def objects(self, name: str, prefix: str = "") -> dict[str, bytes]:
        """Every object by key."""
        client = self.client()
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=name, Prefix=prefix)
        keys = [one["Key"] for page in pages for one in page.get("Contents", [])]
        return {key: client.get_object(Bucket=name, Key=key)["Body"].read() for key in keys}

    def fault(self, kind: str, *faults: str) -> None:
        """What happens to the next requests of a kind; ``""`` for nothing."""
        assert set(faults) <= {*FAULTS, ""}
        self._planned.setdefault(kind, deque()).extend(faults)

    def grief(self, kind: str, path: str, authorization: str) -> str:
        """Take note of a request, and what happens to it."""
        signed = re.search(r"Credential=([^/]+)/[0-9]+/([^/]+)/s3/", authorization)
        with self._lock:
            self.requests[kind] += 1
            planned = self._planned.get(kind)
            found = planned.popleft() if planned else self._chance(kind, path)
            if not found and signed and self.key is not None and signed[1] != self.key:
                found = "unknown_key"
            if not found and signed and signed[2] != self.region:
                found = "elsewhere"
            if not found and kind in self.denied:
                found = "denied"
            self.faults.update([found] if found else [])
            return found

    def _chance(self, kind: str, path: str) -> str:
        self._seen[kind, path] += 1
        drawn = random.Random(repr((self.seed, kind, path, self._seen[kind, path]))).random()
        for name in FAULTS:
            drawn -= self.odds.get(name, 0.0)
            if drawn < 0:
                return name
        return ""

    def close(self) -> None:
        """Stop, and forget all objects."""
        super().close()
        connection = http.client.HTTPConnection(*self.moto)
        connection.request("POST", "/moto-api/reset")
        connection.getresponse().read()
        connection.close()


@functools.cache
def _moto() -> tuple[str, int]:
    """Address of the one server of this process: moto keeps all objects of a process in one place."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    started = ThreadedMotoServer(port=0, verbose=False)
    started.start()
    return "127.0.0.1", started.get_host_and_port()[1]


def _handler(server: FaultyBucket) -> type[BaseHTTPRequestHandler]:
    """The proxy."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            kind = self.command
            if "x-amz-copy-source" in self.headers:
                kind = "COPY"
            elif {"list-type", "versions"} & set(parse_qs(urlsplit(self.path).query, keep_blank_values=True)):
                kind = "LIST"
            found = server.grief(kind, urlsplit(self.path).path, self.headers.get("Authorization", ""))
            if found == "damage" and body:
                body = bytes([body[0] ^ 1]) + body[1:]
            promised = self.headers.get("x-amz-checksum-sha256")
            if server.checks and promised and promised != base64.b64encode(hashlib.sha256(body).digest()).decode():
                found = "digest"
            if found == "drop_before":
                self.hang_up()
            elif found in SAID:
                self.refuse(*SAID[found])
            else:
                status, headers, data = self.forward(body)
                if found == "drop_after":
                    self.hang_up()
                else:
                    self.answer(status, headers, data)

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = pass_on

        def forward(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
            connection = http.client.HTTPConnection(*server.moto)
            try:
                headers = {name: value for name, value in self.headers.items() if name.lower() != "expect"}
                connection.request(self.command, self.path, body, headers)
                response = connection.getresponse()
                return response.status, response.getheaders(), response.read()
            finally:
                connection.close()

        def refuse(self, status: int, code: str, words: str) -> None:
            region = f"<Region>{server.region}</Region>" if code == "AuthorizationHeaderMalformed" else ""
            text = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{words}</Message>{region}</Error>"
            headers = [("Content-Type", "application/xml"), ("x-amz-bucket-region", server.region)]
            self.answer(status, headers, text.encode())

        def answer(self, status: int, headers: list[tuple[str, str]], data: bytes) -> None:
            self.send_response_only(status)
            length = str(len(data))
            for name, value in headers:
                if name.lower() == "content-length" and self.command == "HEAD" and status < 300:
                    length = value
                elif name.lower() not in ("content-length", "transfer-encoding", "connection"):
                    self.send_header(name, value)
            self.send_header("Content-Length", length)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

        def hang_up(self) -> None:
            self.close_connection = True
            self.connection.shutdown(2)

    return Handler
