"""What everything that talks to a server has in common."""

from __future__ import annotations

from urllib.parse import urlsplit


def on_loopback(url: str) -> bool:
    """Whether an address is on this machine, where no proxy has anything to do."""
    return urlsplit(url).hostname in {"127.0.0.1", "localhost", "::1"}


def one_line(text: str, secret: str | None = None) -> str:
    """A server's words in one line of at most 300 characters, with ``secret`` blotted out: some servers repeat the key."""
    if secret:
        text = text.replace(secret, "***")
    text = " ".join(text.split())
    return text if len(text) <= 300 else text[:297] + "..."
