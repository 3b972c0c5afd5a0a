"""The review page in a real browser, opened from a disk: look, filter, decide by keys, undo, take decisions out and in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import READY, Trouble, browser, named, opened, until
from reviewing import HOSTILE, Reviewed, drawn_episode

from reelwright.captions.edits import DECISIONS as CAPTION_WORDS
from reelwright.captions.edits import written_digest
from reelwright.decisions import read_decisions
from reelwright.files import read_jsonl

pytestmark = pytest.mark.slow

WORDS = ("usable", "eval_only", "exclude")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Reviewed:
    return drawn_episode(tmp_path_factory.mktemp("drawn"))


@pytest.fixture
def made(drawn: Reviewed, tmp_path: Path) -> Reviewed:
    """A copy of the episode's results to make a page of."""
    shutil.copytree(drawn.folder, tmp_path / "project")
    return Reviewed(tmp_path / "project").make()


@pytest.fixture(scope="module")
def chrome() -> Iterator[Any]:
    with browser() as found:
        yield found


@pytest.fixture
def trouble() -> Iterator[Trouble]:
    found = Trouble()
    yield found
    assert found == []


@pytest.fixture
def context(chrome: Any, trouble: Trouble) -> Iterator[Any]:
    found = chrome.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
    yield found
    found.close()


def badges(page: Any) -> list[str]:
    """What is decided about the cards in sight, in their order."""
    script = """[...document.querySelectorAll('.card:not([hidden])')]
        .sort((a, b) => a.getAttribute('aria-posinset') - b.getAttribute('aria-posinset'))
        .map(card => card.querySelector('.badge'))
        .map(badge => badge.dataset.tone === 'none' ? '' :
            badge.textContent + (badge.classList.contains('pending') ? ' •' : ''))"""
    found: list[str] = page.evaluate(script)
    return found


def current(page: Any) -> str:
    return str(page.locator('.card[aria-selected="true"] .name').inner_text())


def downloaded(page: Any, domain: str, folder: Path) -> Path:
    """Save the file of a domain, as a person does."""
    page.click("#decisions")
    with page.expect_download() as waiting:
        page.get_by_role("button", name=f"Save {domain}.csv").click()
    path = folder / "saved" / f"{domain}.csv"
    waiting.value.save_as(path)
    page.get_by_role("button", name="Close").click()
    return path


def test_a_copied_folder_opens_from_the_disk_and_its_clips_play_and_seek(
    made: Reviewed, context: Any, trouble: Trouble, tmp_path: Path
) -> None:
    copied = tmp_path / "a folder # of 100% copies"
    shutil.copytree(made.results, copied)
    shutil.rmtree(made.folder)
    page = opened(context, (copied / "review" / "index.html").as_uri(), trouble)
    assert page.title() == "Review of Harbour Nine"
    until(page, "document.querySelector('video').currentTime > 0.1")
    page.keyboard.press("Space")
    until(page, "document.querySelector('video').paused")
    page.evaluate("document.querySelector('input[type=range]').value = 20")
    page.locator("input[type=range]").dispatch_event("input")
    until(page, "document.querySelector('.where').textContent.startsWith('21 /')")
    page.keyboard.press(".")
    until(page, "document.querySelector('.where').textContent.startsWith('22 /')")
    page.keyboard.press(",")
    page.keyboard.press(",")
    until(page, "document.querySelector('.where').textContent.startsWith('20 /')")
    assert page.evaluate("document.querySelector('video').loop")


def test_every_card_shows_its_own_picture(made: Reviewed, context: Any, trouble: Trouble) -> None:
    page = opened(context, made.page.as_uri(), trouble)
    shown = """[...document.querySelectorAll('.card:not([hidden]) canvas')]
        .filter(canvas => !canvas.hidden && canvas.width > 0).length"""
    until(page, f"{shown} === {len(made.clips)}")
    places = page.evaluate("[...document.querySelectorAll('.card:not([hidden]) canvas')].map(canvas => canvas.shows)")
    assert len(set(places)) == len(made.clips)
    page.get_by_role("tab", name="Boundaries").click()
    until(page, f"{READY} === 'boundaries'")
    until(page, f"{shown} === 4")
    painted = "[...document.querySelectorAll('.strip canvas')].every(canvas => !canvas.hidden)"
    until(page, painted)


def test_filters_open_and_close_on_a_phone(made: Reviewed, chrome: Any, trouble: Trouble) -> None:
    context = chrome.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = opened(context, made.page.as_uri(), trouble)
    assert not page.is_visible("#side")
    page.tap("#filters")
    page.wait_for_selector("#side", state="visible")
    page.tap("#done")
    page.wait_for_selector("#side", state="hidden")
    page.tap("#decisions")
    assert "null" not in page.inner_text("#dialog")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


def test_light_and_dark_go_by_the_system_until_somebody_says_otherwise(
    made: Reviewed, chrome: Any, trouble: Trouble
) -> None:
    context = chrome.new_context(color_scheme="dark")
    page = opened(context, made.page.as_uri(), trouble)
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    page.click("#theme")
    light = page.evaluate(ground)
    assert light != dark
    page.reload()
    until(page, f"{READY} === 'clips'")
    assert page.evaluate(ground) == light
    page.click("#theme")
    assert page.evaluate(ground) == dark
    context.close()


def test_one_key_decides_and_goes_on_and_z_takes_it_back(made: Reviewed, context: Any, trouble: Trouble) -> None:
    page = opened(context, made.page.as_uri(), trouble)
    clips = [one["clip_id"] for one in made.clips]
    assert page.inner_text("#progress") == f"{len(clips)} of {len(clips)} undecided"
    page.keyboard.press("x")
    page.fill("#reviewer", "Ann")
    page.keyboard.press("Enter")
    assert current(page) == clips[1]
    page.keyboard.press("2")
    page.keyboard.press("t")
    assert badges(page)[:3] == ["EXCLUDE •", "EVAL_ONLY •", "TRAIN •"]
    assert page.inner_text("#progress") == f"{len(clips) - 3} of {len(clips)} undecided"
    page.keyboard.press("z")
    assert current(page) == clips[2]
    assert badges(page)[:3] == ["EXCLUDE •", "EVAL_ONLY •", ""]
    page.keyboard.press("z")
    page.keyboard.press("z")
    page.keyboard.press("z")
    assert set(badges(page)) == {""}
    assert page.inner_text("#unsaved") == "Decisions"


def test_a_decision_makes_no_elements_that_have_to_be_thrown_away(
    made: Reviewed, context: Any, trouble: Trouble
) -> None:
    page = opened(context, made.page.as_uri(), trouble)
    named(page)
    page.keyboard.press("x")
    page.evaluate("""() => { window.made = []; new MutationObserver(changes => {
        for (const one of changes) for (const node of one.addedNodes) if (node.nodeType === 1) made.push(node.outerHTML);
    }).observe(document.body, { childList: true, subtree: true }); }""")
    page.keyboard.press("x")
    page.keyboard.press("x")
    until(page, "document.querySelector('[data-facet^=\"decision EXCLUDE\"] .count').textContent === '3'")
    assert current(page) == made.clips[3]["clip_id"]
    assert page.evaluate("made") == []


def test_nothing_is_lost_on_reload_and_what_is_saved_is_what_the_build_reads(
    made: Reviewed, context: Any, trouble: Trouble, tmp_path: Path
) -> None:
    page = opened(context, made.page.as_uri(), trouble)
    named(page)
    first, second = made.clips[:2]
    page.keyboard.press("n")
    page.keyboard.type('a hand, "in" the picture')
    page.keyboard.press("Enter")
    page.keyboard.press("x")
    page.keyboard.press("e")
    page.reload()
    until(page, f"{READY} === 'clips'")
    assert badges(page)[:2] == ["EXCLUDE •", "EVAL_ONLY •"]
    assert page.inner_text("#unsaved") == "2 to save"
    rows = read_decisions(downloaded(page, "clips", tmp_path), WORDS)
    assert [(one.item, one.sha256, one.decision, one.reason, one.reviewer) for one in rows] == [
        (first["clip_id"], first["source_sha256"], "exclude", 'a hand, "in" the picture', "mk"),
        (second["clip_id"], second["source_sha256"], "eval_only", "", "mk"),
    ]
    (made.decisions).mkdir(parents=True)
    shutil.copy(tmp_path / "saved" / "clips.csv", made.decisions / "clips.csv")
    made.make()
    page.reload()
    until(page, f"{READY} === 'clips'")
    assert badges(page)[:2] == ["EXCLUDE", "EVAL_ONLY"]
    assert page.inner_text("#unsaved") == "Decisions"


def test_search_facets_and_sorting_narrow_the_list_and_are_in_the_address(
    made: Reviewed, context: Any, trouble: Trouble
) -> None:
    clips = [one["clip_id"] for one in made.clips]
    made.captions = {clips[0]: {"location": "Moon Café"}, clips[1]: {"location": "harbour"}}
    made.findings = {clips[2]: "soft flash"}
    made.make()
    page = opened(context, made.page.as_uri(), trouble)
    page.keyboard.press("/")
    page.keyboard.type("moon cafe")
    until(page, "document.querySelector('#progress').textContent.includes(' 1 ')")
    assert current(page) == clips[0]
    page.keyboard.press("Escape")
    assert f"of {len(clips)} undecided" in page.inner_text("#progress")
    page.get_by_role("group", name="Found").get_by_role("button", name="soft").click()
    assert page.inner_text("#progress") == "1 of 1 undecided"
    assert current(page) == clips[2]
    until(page, "location.hash.includes('f.')")
    again = opened(context, page.url, trouble)
    assert current(again) == clips[2]
    page.click("#clear")
    page.select_option("#sort", "-duration")
    lengths = page.evaluate("reelwright.app.view.shown.map(item => item.sorts.duration)")
    assert lengths == sorted(lengths, reverse=True)
    page.get_by_role("tab", name="Exclusions").click()
    until(page, f"{READY} === 'exclusions'")
    assert page.inner_text("#progress") == "1 of 1 undecided"
    assert "soft, flash" in page.inner_text("#viewer")


def test_a_caption_is_edited_and_its_digest_is_that_of_the_text_before(
    made: Reviewed, context: Any, trouble: Trouble, tmp_path: Path
) -> None:
    page = opened(context, made.page.as_uri() + "#kind=captions", trouble, "captions")
    named(page)
    page.keyboard.press("i")
    page.fill("#edit", "A red\nwall,  in the \N{LATIN SMALL LETTER E WITH ACUTE}vening.")
    page.keyboard.press("Control+Enter")
    page.keyboard.press("1")
    rows = read_decisions(downloaded(page, "captions", tmp_path), CAPTION_WORDS)
    assert [(one.decision, one.value) for one in rows] == [("text", "A red wall, in the évening."), ("keep", "")]
    written = read_jsonl(made.results / "captions" / "ep01.jsonl")
    assert [one.sha256 for one in rows] == [written_digest(row) for row in written[:2]]
    page.keyboard.press("k")
    page.keyboard.press("k")
    assert "A red wall" in page.inner_text("#viewer .text")


def test_a_film_strip_shows_the_frames_around_a_cut(made: Reviewed, context: Any, trouble: Trouble) -> None:
    page = opened(context, made.page.as_uri() + "#kind=boundaries", trouble, "boundaries")
    named(page)
    assert page.locator(".strip figcaption").all_inner_texts() == ["37", "38", "39", "40", "41", "42"]
    assert page.locator(".strip .after figcaption").all_inner_texts() == ["40", "41", "42"]
    page.keyboard.press("3")
    page.keyboard.press("k")
    assert "Wrong" in page.inner_text("#viewer .stand")
    page.keyboard.press("j")
    # A dissolve of eleven frames: the one before, four within, the one after.
    assert page.locator(".strip figcaption").all_inner_texts() == ["79", "80", "83", "87", "90", "91"]


def test_a_file_is_merged_the_newest_word_wins_and_conflicts_are_listed(
    made: Reviewed, context: Any, trouble: Trouble, tmp_path: Path
) -> None:
    page = opened(context, made.page.as_uri(), trouble)
    named(page)
    page.keyboard.press("x")
    page.keyboard.press("x")
    first, second, third = made.clips[:3]
    lines = ["item,sha256,decision,value,reason,reviewer,time"]
    when = {
        first["clip_id"]: "2020-01-01T00:00:00Z",
        second["clip_id"]: "2099-01-01T00:00:00Z",
        third["clip_id"]: "2026-11-01",
    }
    lines += [f"{item},{first['source_sha256']},usable,,,Bo,{time}" for item, time in when.items()]
    lines += [f"{third['clip_id']},{first['source_sha256']},perhaps,,,Bo,2026-11-01"]
    theirs = tmp_path / "clips (2).csv"
    theirs.write_text("\n".join(lines) + "\n")
    page.click("#decisions")
    page.set_input_files("#bring", theirs)
    page.wait_for_selector("#brought p")
    said = page.inner_text("#brought")
    assert "3 rows, 2 taken" in said
    assert "2 conflicts" in said
    assert "perhaps is no decision here" in said
    listed = page.locator("#dialog .listing li").all_inner_texts()
    assert any(first["clip_id"] in one and "mk said exclude, Bo said usable" in one for one in listed)
    assert any(second["clip_id"] in one and "Bo said usable, mk said exclude" in one for one in listed)
    page.get_by_role("button", name="Close").click()
    assert badges(page)[:3] == ["EXCLUDE •", "TRAIN •", "TRAIN •"]


def test_a_changed_clip_makes_the_decision_stale_and_says_so(made: Reviewed, context: Any, trouble: Trouble) -> None:
    first = made.clips[0]
    made.decide("clips", [(first["clip_id"], "0" * 64, "exclude"), ("ep01_999000_999100", "0" * 64, "exclude")])
    made.make()
    warned = made.outcome("review_pages")["warnings"]
    assert warned == [
        f"{made.decisions / 'clips.csv'}: decisions 1 about what has changed since, 1 about what is not there (any more): "
        "the review page lists them"
    ]
    page = opened(context, made.page.as_uri(), trouble)
    assert badges(page)[0] == "changed since"
    assert "It has changed since mk said EXCLUDE" in page.inner_text("#viewer")
    assert f"{len(made.clips)} of {len(made.clips)} undecided" == page.inner_text("#progress")
    page.click("#decisions")
    listed = " ".join(page.locator("#dialog .listing li").all_inner_texts())
    assert f"clips: {first['clip_id']} has changed since mk said exclude" in listed
    assert "there is no ep01_999000_999100 any more" in listed


def test_hostile_text_is_shown_as_text_and_nothing_runs(
    made: Reviewed, context: Any, trouble: Trouble, tmp_path: Path
) -> None:
    first = made.clips[0]
    long = (HOSTILE + " ") * (10_000 // len(HOSTILE) + 1)
    row = {
        "training_caption": long,
        "location": HOSTILE,
        "characters": [HOSTILE],
        "transcript": HOSTILE,
        "structured_caption": HOSTILE,
    }
    made.captions = {first["clip_id"]: row, made.clips[1]["clip_id"]: {"location": "harbour"}}
    made.decide("clips", [(first["clip_id"], first["source_sha256"], "exclude")])
    path = made.decisions / "clips.csv"
    path.write_text(
        path.read_text().replace("a reason", '"<b onclick=alert(1)>why</b>, ""so"""').replace("mk", "<i>mk</i>")
    )
    made.make()
    page = opened(context, made.page.as_uri(), trouble)
    asked: list[str] = []
    page.on("dialog", lambda dialog: asked.append(dialog.message))
    assert page.inner_text("#viewer .text").startswith("<script>document.title")
    assert len(page.evaluate("document.querySelector('#viewer .text').textContent")) == len(long)
    assert "<i>mk</i>" in page.inner_text("#viewer .stand")
    assert page.input_value("#note") == '<b onclick=alert(1)>why</b>, "so"'
    page.get_by_role("group", name="Location").get_by_role("button").first.click()
    page.get_by_role("tab", name="Captions").click()
    until(page, f"{READY} === 'captions'")
    page.keyboard.press("i")
    assert page.evaluate("document.querySelector('#edit').value").startswith("<script>")
    page.keyboard.press("Escape")
    assert page.title() == "Review of Harbour Nine"
    assert page.locator("script:not([src]), #viewer img, #viewer b, #viewer i").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert asked == []


def test_an_episode_that_failed_is_not_shown_and_said(made: Reviewed, context: Any, trouble: Trouble) -> None:
    assert [tab["name"] for tab in made.index["tabs"]] == ["clips", "exclusions", "captions", "boundaries"]
    made.failed = "<b>the bible</b> is no JSON"
    made.make()
    assert [tab["items"] for tab in made.index["tabs"]] == [0, 0, 0, 0]
    page = opened(context, made.page.as_uri(), trouble)
    assert page.inner_text("#missing") == "Not shown: episode 01: <b>the bible</b> is no JSON"
    assert page.inner_text("#empty") == "There is nothing of this kind."
