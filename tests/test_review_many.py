"""Ten thousand clips: the list holds what is in sight alone, however far one goes."""

from __future__ import annotations

from pathlib import Path

import pytest
from browsing import Trouble, browser, named, opened, until
from reviewing import drawn_episode, many_clips

pytestmark = pytest.mark.slow

COUNT = 10_000


def test_only_what_is_in_sight_is_in_the_document(tmp_path: Path) -> None:
    made = many_clips(drawn_episode(tmp_path), COUNT).make()
    trouble = Trouble()
    with browser() as chrome:
        page = opened(chrome.new_context(viewport={"width": 1280, "height": 800}), made.page.as_uri(), trouble)
        named(page)
        assert page.inner_text("#progress") == "10,000 of 10,000 undecided"
        page.keyboard.press("End")
        until(page, "document.querySelector('.card[aria-selected=true]').getAttribute('aria-posinset') === '10000'")
        page.evaluate("document.querySelector('#list').scrollTop = 300000")
        until(page, "document.querySelector('#list').scrollTop === 300000")
        page.evaluate("document.querySelector('#list').scrollTop = 0")
        until(page, "[...document.querySelectorAll('.card:not([hidden])')].some(card => card.ariaPosInSet === '1')")
        assert page.evaluate("document.querySelectorAll('.card').length") < 100
        page.keyboard.press("Home")
        page.keyboard.press("x")
        page.keyboard.press("/")
        page.keyboard.type("cafe")
        until(page, "document.querySelector('#progress').textContent === '2,500 of 2,500 undecided'")
        assert (
            page.evaluate("performance.getEntriesByType('resource').filter(one => one.name.includes('.mp4')).length")
            < 10
        )
        assert trouble == []
