"""A stand-in for servers that make images: real HTTP on loopback, Replicate's predictions API and OpenAI's image edits.

    with GenerationServer(seed=7, latency_s=0.2, odds={"failed": 0.1, "drop_after": 0.1}) as server:
        Generation(base_url=server.url)                                            # Replicate
        Generation(backend="openai", model="gpt-image-1", base_url=f"{server.url}/v1")
        server.then("slow", "refused")            # what becomes of the next two images asked for
        server.fault("get", "drop_before")        # what happens to the next look
        ...
        assert server.payments == 1 and server.busiest <= 2

It runs in the process that made it; others reach it by its address and may be killed at any time. What is done by chance is
decided by seed, prompt, the image's seed and how often that was asked for, so it does not depend on who came first.
"""

from __future__ import annotations

import io
import random
import re
import threading
import time
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from generation_http import handler
from loopback import Loopback
from PIL import Image

_UNPAID = ("stuck", "failed", "refused", "canceled", "aborted")
_SPOILT = ("duplicate", "same", "wrong_colour", "small", "cut_off", "black")
WAYS = ("ok", "slow", *_UNPAID, "expired", "nothing", *_SPOILT)
"""What becomes of a prediction. ``slow`` takes ten times the latency, ``stuck`` processes for ever; ``failed refused canceled
aborted`` end without an image, ``expired`` and ``nothing`` have made one that can't be fetched; ``duplicate`` shows the image
before once more, saved again, ``same`` is that very file; ``wrong_colour small cut_off black`` are no good images."""

UNPAID = set(_UNPAID)
"""Ways that cost nothing: Replicate bills images."""

FAULTS = ("throttled", "drop_before", "drop_after", "error", "unavailable", "hang")
"""What may happen to a request: 429 with Retry-After, the connection dropped before it is heard or after, 500, 503, no word."""

EXPIRY_S = 3600.0
"""Inputs, outputs and files are gone so long after a prediction has ended, as on Replicate."""

GRAY = re.compile(r"black[- ]and[- ]white|pen and ink|charcoal|monochrome", re.I)


@dataclass
class Made:
    """A prediction."""

    id: str
    input: dict[str, Any]
    way: str
    created: float
    ends: float
    """When it ends, unless it is canceled before."""
    canceled: float | None = None
    image: bytes = field(default=b"", repr=False)

    def state(self, now: float) -> str:
        """Replicate's status."""
        if self.canceled is not None:
            return "canceled"
        if now < self.ends:
            return "starting" if now < self.created + (self.ends - self.created) / 10 else "processing"
        if self.way == "stuck":
            return "processing"
        ended = {"failed": "failed", "refused": "failed", "canceled": "canceled", "aborted": "aborted"}
        return ended.get(self.way, "succeeded")

    def removed(self, now: float) -> bool:
        """Whether its data have been removed."""
        over = self.canceled if self.canceled is not None else self.ends
        return self.state(now) not in ("starting", "processing") and now > over + EXPIRY_S


class GenerationServer(Loopback):
    """The server; it runs from when it is made until ``close``, or as a context."""

    def __init__(
        self,
        *,
        seed: int = 0,
        latency_s: float = 0.0,
        odds: Mapping[str, float] | None = None,
        key: str | None = None,
        page: int = 100,
        retry_after_s: float = 0,
        size: tuple[int, int] = (768, 576),
    ) -> None:
        self.seed = seed
        self.latency_s = latency_s
        """Seconds that an image takes."""
        self.odds = dict(odds or {})
        """Chance of each way and fault; what is left of 1 goes well."""
        assert set(self.odds) <= {*WAYS, *FAULTS}
        self.key = key
        """The key that requests must have; any where None."""
        self.page = page
        """Predictions on a page of the list."""
        self.retry_after_s = retry_after_s
        """Wait that a throttled request is told."""
        self.size = size
        self.predictions: dict[str, Made] = {}
        """Every prediction by id, in the order in which they were asked for."""
        self.requests: Counter[str] = Counter()
        """Requests by kind (``create get list cancel file edit``), those that came to grief too."""
        self.faults: Counter[str] = Counter()
        """Requests that came to grief, by how."""
        self.unpaid = False
        """Whether the account is used up."""
        self.headers: list[tuple[str, Mapping[str, str]]] = []
        """Kind and headers of every request."""
        self.busiest = 0
        """Most images that were in the making at a time."""
        self.closing = threading.Event()
        self._ahead = 0.0
        self._next: deque[str] = deque()
        self._planned: dict[str, deque[str]] = {}
        self._seen: Counter[tuple[str, ...]] = Counter()
        self._last = b""
        self._lock = threading.Lock()
        self.serve(handler(self))

    def then(self, *ways: str) -> None:
        """What becomes of the next images asked for."""
        assert set(ways) <= set(WAYS)
        self._next.extend(ways)

    def fault(self, kind: str, *faults: str) -> None:
        """What happens to the next requests of a kind; ``""`` for nothing."""
        assert set(faults) <= {*FAULTS, ""}
        self._planned.setdefault(kind, deque()).extend(faults)

    def advance(self, seconds: float) -> None:
        """Let the server's clock run ahead."""
        self._ahead += seconds

    def now(self) -> float:
        """The server's time, in seconds since 1970."""
        return time.time() + self._ahead

    @property
    def payments(self) -> int:
        """Images that were charged."""
        return len(self.paid())

    def paid(self) -> list[Made]:
        """Predictions that were charged: all that made an image, fetched or not."""
        now = self.now()
        return [one for one in self.predictions.values() if one.state(now) == "succeeded"]

    def close(self) -> None:
        """Stop, letting hanging requests go."""
        self.closing.set()
        super().close()

    def grief(self, kind: str, about: str) -> str:
        """Take note of a request, and what happens to it; ``about`` is what it asks for."""
        with self._lock:
            self.requests[kind] += 1
            planned = self._planned.get(kind)
            found = planned.popleft() if planned else self._chance(FAULTS, kind, about)
            self.faults.update([found] if found else [])
            return found

    def _chance(self, names: tuple[str, ...], *about: str) -> str:
        """One of ``names`` by its odds, or none; decided by the seed, ``about`` and how often that came."""
        if not any(self.odds.get(name) for name in names):
            return ""
        place = (names[0], *about)
        self._seen[place] += 1
        drawn = random.Random(repr((self.seed, place, self._seen[place]))).random()
        for name in names:
            drawn -= self.odds.get(name, 0.0)
            if drawn < 0:
                return name
        return ""

    def make(self, asked: dict[str, Any], extra: int = 0) -> Made:
        """Begin to make an image."""
        now = self.now()
        with self._lock:
            way = self._next.popleft() if self._next else self._chance(WAYS, asked["prompt"], str(asked.get("seed")))
            number = len(self.predictions)
            latency = self.latency_s * (10 if way == "slow" else 1)
            made = Made(f"p{self.seed:03d}x{number:06d}", asked, way or "ok", now, now + latency)
            made.image = self._image(asked, made.way, extra or number)
            if made.way not in UNPAID and made.way not in _SPOILT:
                self._last = made.image
            self.predictions[made.id] = made
            running = [one for one in self.predictions.values() if one.state(now) in ("starting", "processing")]
            self.busiest = max(self.busiest, len(running))
            return made

    def _image(self, asked: Mapping[str, Any], way: str, number: int) -> bytes:
        gray = bool(GRAY.search(asked["prompt"]))
        if way in UNPAID:
            return b""
        if way == "same" and self._last:
            return self._last
        if way == "duplicate" and self._last:
            return encoded(np.asarray(Image.open(io.BytesIO(self._last))), quality=60)
        if way == "black":
            return encoded(np.zeros((self.size[1], self.size[0], 3), np.uint8))
        width, height = (self.size[0] // 4, self.size[1] // 4) if way == "small" else self.size
        # Without a seed it is another image each time.
        about = (asked["prompt"], asked.get("seed", f"number {number}"), asked.get("input_image", "")[-64:])
        data = encoded(drawn(repr(about), width, height, gray != (way == "wrong_colour")))
        return data[: len(data) // 2] if way == "cut_off" else data


def drawn(about: str, width: int, height: int, gray: bool) -> np.ndarray:
    """A sharp, uneven picture in many colours (or greys) that belongs to ``about`` alone."""
    dice = np.random.default_rng(list(about.encode()))
    small = Image.fromarray(dice.integers(25, 231, (6, 8, 3), np.uint8))
    pixels = np.asarray(small.resize((width, height), Image.Resampling.BICUBIC)).astype(np.int16)
    fine = np.repeat(np.repeat(dice.integers(-14, 15, (height // 2 + 1, width // 2 + 1, 1)), 2, 0), 2, 1)
    pixels = np.clip(pixels + fine[:height, :width], 0, 255).astype(np.uint8)
    return np.repeat(pixels.mean(2, keepdims=True).astype(np.uint8), 3, 2) if gray else pixels


def encoded(pixels: np.ndarray, quality: int = 88) -> bytes:
    """A picture as JPEG."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
