"""The two APIs of ``generation_standin``: Replicate's predictions and OpenAI's image edits."""

from __future__ import annotations

import base64
import io
import json
import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from PIL import Image

if TYPE_CHECKING:
    from generation_standin import GenerationServer, Made

MODEL = "black-forest-labs/flux-kontext-pro"

REFUSAL = "The input or output was flagged as sensitive. Please try again with different inputs. (E005)"

ENDED = ("succeeded", "failed", "canceled", "aborted")


def _stamp(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def handler(server: GenerationServer) -> type[BaseHTTPRequestHandler]:
    """The two APIs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            if match := re.fullmatch(r"/v1/predictions/([a-z0-9]+)", path):
                self.attend("get", match[1], lambda: self.one(match[1]))
            elif path == "/v1/predictions":
                self.attend("list", self.path, self.listing)
            elif match := re.fullmatch(r"/files/([a-z0-9]+)/tmp[a-z0-9]+\.jpg", path):
                self.attend("file", match[1], lambda: self.file(match[1]))
            elif path == f"/v1/models/{MODEL}":
                self.attend("model", "", lambda: self.say(200, {"owner": MODEL.split("/")[0], "name": path[-16:]}))
            elif path == "/v1/models":
                self.attend("model", "", lambda: self.say(200, {"object": "list", "data": [{"id": "gpt-image-1"}]}))
            else:
                self.attend("other", path, lambda: self.missing())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            path = urlsplit(self.path).path
            if path == f"/v1/models/{MODEL}/predictions":
                asked = json.loads(body)["input"]
                self.attend("create", f"{asked.get('prompt')} {asked.get('seed')}", lambda: self.create(asked))
            elif match := re.fullmatch(r"/v1/predictions/([a-z0-9]+)/cancel", path):
                self.attend("cancel", match[1], lambda: self.cancel(match[1]))
            elif path == "/v1/images/edits":
                fields = _multipart(self.headers["Content-Type"], body)
                self.attend("edit", fields.get("prompt", b"").decode(), lambda: self.edit(fields))
            else:
                self.attend("other", path, lambda: self.missing())

        def attend(self, kind: str, about: str, answer: Callable[[], None]) -> None:
            """Answer a request unless something happens to it."""
            server.headers.append((kind, dict(self.headers)))
            found = server.grief(kind, about)
            if found == "drop_before":
                self.hang_up()
            elif found == "hang":
                server.closing.wait(60)
                self.hang_up()
            elif found == "throttled":
                told = {"Retry-After": f"{server.retry_after_s:g}"}
                self.say(429, {"title": "Too many requests", "detail": "Request was throttled.", "status": 429}, told)
            elif found in ("error", "unavailable"):
                self.say(503 if found == "unavailable" else 500, {"detail": "Something broke."})
            elif (
                server.key is not None
                and kind != "file"
                and self.headers.get("Authorization") != f"Bearer {server.key}"
            ):
                said = f"You did not pass a valid authentication token ({self.headers.get('Authorization')})"
                self.say(401, {"title": "Unauthenticated", "detail": said, "error": {"message": said}})
            elif server.unpaid and kind in ("create", "edit"):
                self.say(
                    402, {"title": "Insufficient credit", "detail": "You have insufficient credit to run this model."}
                )
            else:
                self.silent = found == "drop_after"
                answer()

        silent = False

        def say(self, status: int, data: Any, headers: Mapping[str, str] | None = None) -> None:
            self.send(status, json.dumps(data).encode(), "application/json", headers)

        def send(self, status: int, data: bytes, kind: str, headers: Mapping[str, str] | None = None) -> None:
            if self.silent:
                self.hang_up()
                return
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def hang_up(self) -> None:
            self.close_connection = True
            self.connection.shutdown(2)

        def missing(self) -> None:
            self.say(404, {"title": "Not found", "detail": "The requested resource could not be found.", "status": 404})

        def told(self, made: Made) -> dict[str, Any]:
            """A prediction as Replicate tells it."""
            now = server.now()
            state, gone = made.state(now), made.removed(now)
            error = {"failed": "Prediction failed: CUDA error", "refused": REFUSAL}.get(made.way)
            link = f"{server.url}/v1/predictions/{made.id}"
            output = f"{server.url}/files/{made.id}/tmp{made.id}.jpg"
            return {
                "id": made.id,
                "model": MODEL,
                "version": "hidden",
                "input": {} if gone else made.input,
                "output": output if state == "succeeded" and not gone and made.way != "nothing" else None,
                "logs": "",
                "error": error if state == "failed" else None,
                "status": state,
                "data_removed": gone,
                "source": "api",
                "metrics": {},
                "created_at": _stamp(made.created),
                "started_at": None,
                "completed_at": _stamp(made.ends) if state in ENDED else None,
                "urls": {"get": link, "cancel": f"{link}/cancel", "web": f"https://replicate.com/p/{made.id}"},
            }

        def create(self, asked: dict[str, Any]) -> None:
            picture = str(asked.get("input_image", ""))
            wrong = (
                "- input.prompt is required" if not asked.get("prompt") else
                "- input.input_image: does not match format 'uri'" if not _opens(picture) else
                "- input.safety_tolerance: must be at most 2" if asked.get("safety_tolerance", 2) > 2 else
                "- input.output_format: must be one of jpg, png" if asked.get("output_format") not in ("jpg", "png") else
                ""
            )  # fmt: skip
            if wrong:
                self.say(422, {"title": "Input validation failed", "detail": wrong, "status": 422})
                return
            self.say(201, self.told(server.make(asked)))

        def one(self, name: str) -> None:
            made = server.predictions.get(name)
            self.say(200, self.told(made)) if made else self.missing()

        def listing(self) -> None:
            newest = list(server.predictions.values())[::-1]
            first = int(parse_qs(urlsplit(self.path).query).get("cursor", ["0"])[0])
            # A cursor stays where it is while new ones come: it counts from the oldest.
            rows = newest if not first else newest[-first:]
            shown, left = rows[: server.page], len(rows) - server.page
            more = f"{server.url}/v1/predictions?cursor={left}" if left > 0 else None
            self.say(200, {"previous": None, "next": more, "results": [self.told(made) for made in shown]})

        def cancel(self, name: str) -> None:
            made = server.predictions.get(name)
            if made is None:
                self.missing()
                return
            if made.state(server.now()) in ("starting", "processing"):
                made.canceled = server.now()
            self.say(200, self.told(made))

        def file(self, name: str) -> None:
            made = server.predictions.get(name)
            if made is None or made.way == "expired" or made.removed(server.now()):
                self.send(404, b"not found", "text/plain")
            else:
                self.send(200, made.image, "image/jpeg")

        def edit(self, fields: Mapping[str, bytes]) -> None:
            data = base64.b64encode(fields.get("image", b"")).decode()
            asked = {"prompt": fields["prompt"].decode(), "input_image": f"data:image/png;base64,{data}"}
            made = server.make(asked)
            time.sleep(max(0.0, made.ends - server.now()))
            if made.way == "refused":
                said = "Your request was rejected by the safety system."
                self.say(
                    400,
                    {"error": {"message": said, "code": "moderation_blocked", "type": "image_generation_user_error"}},
                )
            elif not made.image and made.way != "nothing":
                self.say(500, {"error": {"message": "The server had an error", "type": "server_error"}})
            else:
                image = None if made.way == "nothing" else base64.b64encode(made.image).decode()
                self.say(200, {"created": int(server.now()), "data": [{"b64_json": image}]})

    return Handler


def _opens(uri: str) -> bool:
    try:
        Image.open(io.BytesIO(base64.b64decode(uri.partition(";base64,")[2]))).verify()
    except (OSError, ValueError, SyntaxError):
        return False
    return uri.startswith("data:image/")


def _multipart(kind: str, body: bytes) -> dict[str, bytes]:
    """The fields of a form."""
    boundary = b"--" + kind.partition("boundary=")[2].strip('"').encode()
    found = {}
    for part in body.split(boundary)[1:-1]:
        head, _, data = part.removeprefix(b"\r\n").removesuffix(b"\r\n").partition(b"\r\n\r\n")
        if name := re.search(rb'name="([^"]+)"', head):
            found[name[1].decode().removesuffix("[]")] = data
    return found
