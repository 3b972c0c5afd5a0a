"""Bytes that a build would write of a product: nothing for what the store has, about so much by what was encoded before, and a
bound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reelwright.plan.amounts import Amount

RAW = 3
"""Bytes of a pixel in BGR: no PNG and no JPEG is larger than that, by more than ``OVERHEAD`` and ``HEADERS``."""

OVERHEAD = 1.01
"""What deflate's stored blocks and filter bytes add to pictures that can't be compressed, as a factor: our round number."""

HEADERS = 16_384
"""Bytes of a file's headers and index: our round number; those of a clip of 7 s take 3,000."""

BOUND = "the master's own bytes a second, raw pixels of pictures"
"""How the bound is found. That video needs no more than its master is an assumption: CRF keeps quality, not size."""


@dataclass(frozen=True)
class Room:
    """Bytes of one product."""

    linked: int
    """Bytes that the store has: they are linked and not written."""
    about: int | None
    """Bytes to be written, estimated; None where nothing was encoded yet that they could be estimated by."""
    how: str
    """How they are estimated; empty where they are not."""
    amount: Amount
    """The bound, by ``BOUND``."""

    def data(self) -> dict[str, Any]:
        """As it stands in ``plan.json``."""
        return {"linked": self.linked, "about": self.about, "how": self.how, "bound_by": BOUND, **self.amount.data()}


def most_of_picture(pixels: int) -> float:
    """At most so many bytes of a PNG or JPEG."""
    return pixels * RAW * OVERHEAD + HEADERS


def most_of_video(clips: int, seconds: float, probe: Mapping[str, Any]) -> float:
    """At most so many bytes of video that is cut from a master."""
    return clips * HEADERS + seconds * float(probe["bytes"]) / max(float(probe["duration_s"]), 0.001)
