"""HTTP servers of the tests' own, on loopback."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


class _Http(ThreadingHTTPServer):
    request_queue_size = 256

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # The client hung up, or was killed, which is what many tests are about.


class Loopback:
    """A server that runs from ``serve`` until ``close``, or as a context."""

    url: str
    """Its address."""

    def serve(self, handler: type[BaseHTTPRequestHandler], port: int = 0) -> None:
        """Begin, on a free port where none is named."""
        self._http = _Http(("127.0.0.1", port), handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self) -> None:
        """Stop."""
        self._http.shutdown()
        self._http.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
