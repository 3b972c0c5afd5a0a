"""The report in a real browser: nothing runs or is fetched, it fits phone, screen and paper, and axe finds nothing serious."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from report_inputs import HOSTILE, hostile_season

from reelwright.report import write_report

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (the dev extra has it)")

CHROMIUM = Path(os.environ.get("REELWRIGHT_CHROMIUM", "/usr/bin/chromium"))
SIZES = {"wide": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser at {CHROMIUM} (set REELWRIGHT_CHROMIUM)"),
]


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a season whose every name is hostile."""
    folder = tmp_path_factory.mktemp("hostile")
    write_report(folder, folder / "report.html", hostile_season(folder))
    return folder / "report.html"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        one = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield one
        one.close()


def opened(browser: Any, file: Path, size: str, scheme: str) -> tuple[Any, list[str]]:
    """The page, and what it has asked for or complained of."""
    page = browser.new_page(viewport=SIZES[size], color_scheme=scheme)
    heard: list[str] = []
    page.on("request", lambda request: heard.append(request.url))
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("dialog", lambda dialog: heard.append(dialog.message))
    page.goto(file.as_uri())
    return page, heard


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_hostile_names_are_seen_as_text_and_fit(browser: Any, page_file: Path, size: str, scheme: str) -> None:
    page, heard = opened(browser, page_file, size, scheme)
    assert heard == [page_file.as_uri()]
    assert page.title() == f"{HOSTILE[1]}: report"
    for name in HOSTILE[:4]:
        assert page.get_by_text(name, exact=True).count() > 0, name
    wide, inner = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= inner, "the page scrolls down only"
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Any, page_file: Path, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    page, _ = opened(browser, page_file, "wide", scheme)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = axe.Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")] == []
    page.close()


def test_a_part_can_be_reached_and_opened_by_keyboard(browser: Any, page_file: Path) -> None:
    page, _ = opened(browser, page_file, "wide", "light")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "To the report"
    page.get_by_role("link", name="Clips").focus()
    page.keyboard.press("Enter")
    assert page.url.endswith("#clips")
    summary = page.locator("#clips summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("#clips details").first.get_attribute("open") is not None
    page.close()


def test_it_prints(browser: Any, page_file: Path, tmp_path: Path) -> None:
    page, _ = opened(browser, page_file, "wide", "dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.locator("nav").is_visible()
    page.pdf(path=str(tmp_path / "report.pdf"), format="A4")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF-")
    page.close()
