"""A real Chromium, through Playwright; tests are skipped, with the reason, where one of them is not there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest


def chromium() -> str:
    """Path of the browser."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    pytest.skip("no chromium on the path (Debian: apt-get install chromium)")


@contextmanager
def browser(*arguments: str) -> Iterator[Any]:
    """A browser without a window. Playwright's own ones are not needed."""
    pytest.importorskip("playwright", reason="playwright is not installed (the extra `dev`)")
    path = chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", *arguments])
        yield opened
        opened.close()


READY = "document.documentElement.dataset.ready"


class Trouble(list[str]):
    """What went wrong in a page: errors, refusals by its policy, requests that left the machine."""

    def watch(self, page: Any) -> None:
        """Listen to ``page``."""
        page.on("pageerror", lambda error: self.append(str(error)))
        page.on("console", lambda message: self.append(message.text) if message.type in ("error", "warning") else None)
        page.on("request", lambda request: self._asked(request.url))

    def _asked(self, url: str) -> None:
        if not url.startswith(("file:", "data:", "blob:", "http://127.0.0.1:")):
            self.append(f"asked for {url}")


def until(page: Any, condition: str) -> None:
    """Wait until an expression holds. As a function: the page's policy forbids evaluating text."""
    page.wait_for_function(f"() => {condition}")


def opened(context: Any, address: str, trouble: Trouble, kind: str = "clips") -> Any:
    """A page at ``address`` whose tab ``kind`` is shown."""
    page = context.new_page()
    trouble.watch(page)
    page.goto(address)
    until(page, f"{READY} === '{kind}'")
    return page


def named(page: Any, name: str = "mk") -> None:
    """Say who reviews, as the first decision asks."""
    page.evaluate("name => localStorage.setItem('reelwright-setting:reviewer', name)", name)
