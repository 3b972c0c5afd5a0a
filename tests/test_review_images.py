"""Single images of actors on the review page: class, quality and doubles are decided apart, and the next plan listens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import READY, Trouble, browser, named, opened, until
from reviewed_kinds import ACTOR, every_kind
from reviewing import Reviewed, drawn_episode
from test_actor_plans import deleted, planned
from test_review_browser import badges, downloaded
from test_review_served import settled
from test_review_server import serving

from reelwright.actors.decided import SIDES, decide, read_actor_decisions
from reelwright.decisions import read_decisions
from reelwright.files import read_json

pytestmark = pytest.mark.slow


@pytest.fixture
def made(tmp_path: Path) -> Reviewed:
    made = drawn_episode(tmp_path)
    made.more = every_kind(made.results)
    return made.make()


@pytest.fixture
def context() -> Iterator[Any]:
    with browser() as found:
        yield found.new_context(accept_downloads=True)


def test_single_images_of_an_actor_are_decided_about_and_the_next_plan_listens(made: Reviewed, context: Any) -> None:
    trouble = Trouble()
    with serving(made.desk(reviewer="Ann")) as server:
        page = opened(context, server.address, trouble)
        page.locator("#tab-actor_images").click()
        until(page, f"{READY} === 'actor_images'")
        page.keyboard.press("2")
        page.keyboard.press("k")
        page.keyboard.press("q")
        page.select_option("#edit", "3")
        page.keyboard.press("Enter")
        assert page.locator('.card[aria-selected="true"] .name').inner_text() == "a_1.jpg"
        page.keyboard.press("d")
        others = [f"a_{number}.jpg" for number in (0, *range(2, 21), 30)]
        assert page.locator("#edit option").all_inner_texts() == ["none", *others]
        page.select_option("#edit", "a_4.jpg")
        page.keyboard.press("Enter")
        page.keyboard.press("3")
        page.keyboard.press("z")
        settled(page)
        until(page, "location.hash.includes('actor_images')")
        page.reload()
        until(page, f"{READY} === 'actor_images'")
        assert page.locator(".card .badge").all_inner_texts()[:2] == ["3, bw_stylized", "a_4.jpg"]
        assert page.inner_text("#progress") == "20 of 22 undecided"
        assert trouble == []
    path = made.decisions / "actors.csv"
    said = read_actor_decisions(path)[ACTOR]
    assert [(one.item, one.sha256, one.decision, one.value, one.reviewer) for one in said] == [
        (f"{ACTOR}/a_0.jpg", f"{0:064x}", "class", "bw_stylized", "Ann"),
        (f"{ACTOR}/a_0.jpg", f"{0:064x}", "quality", "3", "Ann"),
        (f"{ACTOR}/a_1.jpg", f"{1:064x}", "duplicate", "a_4.jpg", "Ann"),
    ]
    images = read_json(made.more["evaluations"][ACTOR])["images"]
    # Each shows something else, as far as can be measured.
    evaluated = [
        {**one, "measured": {"phash": f"{1 << number:016x}", "defects": []}} for number, one in enumerate(images)
    ]
    decided = {one["file"]: one for one in decide(ACTOR, evaluated, said, duplicate_bits=0).rows}
    assert (decided["a_0.jpg"]["class"], decided["a_0.jpg"]["quality"]) == ("bw_stylized", 3)
    assert decided["a_1.jpg"]["duplicate_group"] == decided["a_4.jpg"]["duplicate_group"] is not None
    plan = planned(list(decided.values()))
    assert deleted(plan, "low_quality") == ["a_0.jpg", "a_30.jpg"]


def test_two_words_about_an_image_go_out_and_come_in_beside_each_other(
    made: Reviewed, context: Any, tmp_path: Path
) -> None:
    trouble = Trouble()
    page = opened(context, made.page.as_uri() + "#kind=actor_images", trouble, "actor_images")
    named(page)
    page.keyboard.press("1")
    page.keyboard.press("k")
    page.keyboard.press("q")
    page.select_option("#edit", "3")
    page.keyboard.press("Enter")
    path = downloaded(page, "actors", tmp_path)
    text = path.read_text()
    assert [(one.decision, one.value) for one in read_decisions(path, SIDES, apart=True)] == [
        ("class", "photorealistic"),
        ("quality", "3"),
    ]
    path.write_text(text.replace("quality,3,,mk,20", "quality,9,,Bo,21"))
    page.click("#decisions")
    page.set_input_files("#bring", path)
    page.wait_for_selector("#brought p")
    assert "2 rows, 1 taken; 1 conflict" in page.inner_text("#brought")
    page.get_by_role("button", name="Close").click()
    assert badges(page)[0] == "9, photorealistic •"
    assert trouble == []
