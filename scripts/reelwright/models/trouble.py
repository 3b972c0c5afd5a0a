"""What an error of a model's server means: for this one request, for all of them, or for now only."""

from __future__ import annotations

import email.utils
import re
from collections.abc import Mapping
from dataclasses import dataclass

from reelwright.errors import BadItem, BuildError
from reelwright.models.backend import ChargedBadItem

TOO_LARGE = re.compile(
    r"context.{0,20}(length|size|window)|num_ctx|(?<!took )too (large|long|big|many (tokens|images|pixels))|image_too_large",
    re.I,
)
"""Words of servers for a question that is too long, or a picture that is too large."""

BLIND = re.compile(
    r"(not|n't) (support|accept|take|handle|process)\w* (\w+ )?(image|vision|multimodal)|vision add-on is not loaded"
    r"|missing data required for image|not a (multimodal|vision) model|no vision",
    re.I,
)
"""Words of servers for a model that can't see."""

NO_MONEY = re.compile(
    r"insufficient_quota|exceeded your current quota|billing|usage limit|insufficient (funds|credit)", re.I
)
"""Words of servers for an account that is used up, which no waiting helps."""

NO_MEMORY = re.compile(r"requires more (system )?memory|out of memory while loading", re.I)
"""Words of servers for a machine that is too small for the model."""

REFUSED = re.compile(r"content[_ ](policy|filter)|content management policy|safety system", re.I)
"""Words of servers for a question that their rules forbid."""

SETTINGS = re.compile(r"unsupported_(parameter|value)|response_format|json[_ ]schema|grammar|structured output", re.I)
"""Words of servers for a request whose settings are wrong, whatever it asks."""


class TryAgain(Exception):
    """A try failed for a reason that may pass.

    ``code`` and ``message`` are those of the BadItem that it becomes when no try is left. ``after_s`` is the wait that the
    server asked for; ``crowded`` says that others had better wait too, ``unreachable`` that nobody listens, ``silent``
    that there was no whole answer of any kind, and ``charged`` that the try may have been paid for.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        after_s: float | None = None,
        crowded: bool = False,
        unreachable: bool = False,
        silent: bool = False,
        charged: bool = False,
    ) -> None:
        self.code = code
        self.message = message
        self.after_s = after_s
        self.crowded = crowded
        self.unreachable = unreachable
        self.silent = silent or unreachable
        self.charged = charged
        super().__init__(message)

    def final(self) -> BadItem:
        """The BadItem that it becomes when no try is left."""
        kind = ChargedBadItem if self.charged else BadItem
        return kind(self.code, self.message)


@dataclass(frozen=True)
class Told:
    """An error as a server told it."""

    status: int
    """HTTP status."""
    message: str
    code: str = ""
    """Short word, for servers that give one."""
    param: str = ""
    """Parameter that is at fault, for servers that say so."""
    after_s: float | None = None
    """Wait that the server asks for, in seconds."""


def verdict(told: Told, who: str, options: Mapping[str, object], advice: str) -> BadItem | BuildError | TryAgain:
    """What to raise for an error that a server told.

    ``who`` names backend, model and address; ``options`` are the settings sent with every request; ``advice`` says what
    to do where access is refused. A model that isn't there is for the backend to tell.
    """
    words = f"{told.code} {told.message}"
    said = f"{who} answered {told.status}: {told.message}"
    if told.status in (401, 403):
        return BuildError(f"{who} refuses access ({told.status}: {told.message}): {advice}")
    if told.status == 402 or (told.status in (403, 429) and NO_MONEY.search(words)):
        return BuildError(f"{said}; the account is used up and nothing more was asked: answers so far are stored")
    if NO_MEMORY.search(words):
        return BuildError(f"{said}; take a smaller model, or a machine with more memory")
    if BLIND.search(words):
        return BuildError(f"{said}; take a model that can look at pictures")
    if REFUSED.search(words) and told.status < 500:
        return BadItem("refused_by_model", said, retryable=False)
    if told.status == 413 or (told.status in (200, 400, 422, 500) and TOO_LARGE.search(words)):
        return BadItem("too_large", said, retryable=False)
    # LM Studio tells errors with the status of success.
    if told.status in (200, 408, 409, 425, 429) or told.status >= 500:
        crowded = told.status in (429, 503, 529)
        return TryAgain("busy" if crowded else "broken", said, after_s=told.after_s, crowded=crowded)
    if SETTINGS.search(words) or told.param in options:
        return BuildError(f"{said}; every request is sent with the same settings: {', '.join(options)}, answer schema")
    return BadItem("bad_request", said, retryable=False)


def retry_after_s(headers: Mapping[str, str], now_s: float) -> float | None:
    """The wait that a server asks for, in seconds or as a date; None where it asks for none that makes sense.

    ``now_s`` is the time of the clock on the wall, in seconds since 1970.
    """
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        text = headers.get(name, "").strip()
        if re.fullmatch(r"[0-9]+(\.[0-9]*)?", text):
            return float(text) * unit
        try:
            return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - now_s)
        except (ValueError, OverflowError):
            continue
    return None
