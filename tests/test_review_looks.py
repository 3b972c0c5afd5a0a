"""The review page for everybody: axe-core on every tab and dialog, light and dark, on a laptop and on a phone."""

from __future__ import annotations

from typing import Any

import pytest
from browsing import READY, Trouble, browser, named, opened, until
from reviewed_kinds import every_kind
from reviewing import Reviewed, drawn_episode

pytestmark = pytest.mark.slow


TOO_WIDE = """[...document.querySelectorAll('html, #side, #middle, #viewer, #dialog, #tabs')]
    .filter(box => box.id !== 'tabs' || innerWidth > 1000)
    .filter(box => box.scrollWidth > box.clientWidth).map(box => box.id || box.tagName)"""
"""What has to be scrolled sideways; tabs alone may, on a phone."""

TOO_SMALL = """[...document.querySelectorAll('button, select, input')]
    .filter(one => one.checkVisibility() && one.getBoundingClientRect().height < 44).map(one => one.outerHTML)"""
"""What fingers miss: WCAG 2.2 asks for 24 pixels, makers of phones for 44."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Reviewed:
    """A page with something of every kind, with long texts, something left out and something that has changed."""
    made = drawn_episode(tmp_path_factory.mktemp("drawn"))
    first, second = made.clips[:2]
    long = " ".join(["A wall that is told of at length."] * 40)
    made.captions = {first["clip_id"]: {"training_caption": long, "structured_caption": long}}
    made.findings = {second["clip_id"]: "soft"}
    made.decide("clips", [(one, "0" * 64, "exclude") for one in (first["clip_id"], *(f"gone_{n}" for n in range(60)))])
    made.more = every_kind(made.results)
    return made.make()


def found_by_axe(page: Any) -> tuple[int, list[Any]]:
    """How many rules hold, and what breaks one: its weight, the rule, the elements."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    found = axe.Axe().run(page, options={"preload": False}).response
    broken = [(one["impact"], one["id"], [node["target"] for node in one["nodes"]]) for one in found["violations"]]
    return len(found["passes"]), broken


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_on_any_tab(made: Reviewed, scheme: str, width: int) -> None:
    kinds = [tab["name"] for tab in made.index["tabs"]]
    assert len(kinds) == 10
    trouble = Trouble()
    with browser() as chrome:
        # The policy of the page forbids scripts that are put into it, axe's too.
        phone = {"is_mobile": width < 500, "has_touch": width < 500}
        context = chrome.new_context(
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            bypass_csp=True,
            reduced_motion="reduce",
            **phone,
        )
        page = opened(context, made.page.as_uri(), trouble)
        named(page)
        for kind in kinds:
            page.locator(f"#tab-{kind}").click()
            until(page, f"{READY} === '{kind}'")
            page.keyboard.press("1")
            passes, broken = found_by_axe(page)
            assert broken == [], kind
            assert passes > 20
            assert page.evaluate(TOO_WIDE) == [], kind
            assert width > 500 or page.evaluate(TOO_SMALL) == [], kind
        for dialog in ("#decisions", "#help"):
            page.click(dialog)
            passes, broken = found_by_axe(page)
            assert broken == [], dialog
            assert passes > 10
            assert page.evaluate(TOO_WIDE) == [], dialog
            page.keyboard.press("Escape")
    assert trouble == []
