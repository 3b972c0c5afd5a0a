"""The served page in a real browser: decisions are in the file at once, a dead server and a second window lose nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from browsing import READY, Trouble, browser, named, opened, until
from conftest import ROOT
from reviewing import Reviewed, drawn_episode
from test_review_server import serving

from reelwright.decisions import read_decisions

pytestmark = pytest.mark.slow

WORDS = ("usable", "eval_only", "exclude")


@pytest.fixture
def made(tmp_path: Path) -> Reviewed:
    return drawn_episode(tmp_path).make()


@pytest.fixture
def context() -> Iterator[Any]:
    with browser() as found:
        yield found.new_context()


def saved(made: Reviewed) -> list[tuple[str, str, str]]:
    return [(one.item, one.decision, one.reviewer) for one in read_decisions(made.decisions / "clips.csv", WORDS)]


def settled(page: Any) -> None:
    """Wait until all that was decided is in the file."""
    until(page, "reelwright.app.store.unsaved === 0 && !reelwright.app.served.busy")


def test_decisions_are_in_the_file_at_once_and_reload_shows_them(made: Reviewed, context: Any) -> None:
    trouble = Trouble()
    clips = [one["clip_id"] for one in made.clips]
    with serving(made.desk(reviewer="Ann")) as server:
        page = opened(context, server.address, trouble)
        assert "token" not in page.url
        page.keyboard.press("x")
        page.keyboard.press("e")
        settled(page)
        assert saved(made) == [(clips[0], "exclude", "Ann"), (clips[1], "eval_only", "Ann")]
        page.keyboard.press("z")
        settled(page)
        assert saved(made) == [(clips[0], "exclude", "Ann")]
        assert page.inner_text("#unsaved") == "Saved"
        page.evaluate("localStorage.clear()")
        page.reload()
        until(page, f"{READY} === 'clips'")
        assert page.inner_text("#progress") == f"{len(clips) - 1} of {len(clips)} undecided"
        until(page, "document.querySelector('video').currentTime > 0.1")
        page.evaluate("reelwright.app.viewer.player.step(30)")
        until(page, "document.querySelector('video').seekable.length && !document.querySelector('video').seeking")
        frame = page.evaluate("reelwright.app.viewer.player.frame")
        assert frame > 0
        assert trouble == []


def test_what_is_taken_back_while_it_is_being_saved_is_taken_out_again(made: Reviewed, context: Any) -> None:
    trouble = Trouble()
    held: list[Any] = []
    with serving(made.desk(reviewer="Ann")) as server:
        page = opened(context, server.address, trouble)
        page.route("**/decisions", lambda route: held.append(route), times=1)
        with page.expect_request("**/decisions"):
            page.keyboard.press("x")
        page.keyboard.press("z")
        (route,) = held
        with page.expect_response("**/decisions"):
            route.continue_()
        settled(page)
        assert saved(made) == []
        assert page.inner_text("#progress") == f"{len(made.clips)} of {len(made.clips)} undecided"
        assert trouble == []


@contextmanager
def command_line(made: Reviewed, port: int = 0) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`python -m reelwright.review.serve` in the project's folder, and what it says first."""
    spec = {
        "project": "tiny",
        "show": "Harbour Nine",
        "sources": {
            "folder": "delivery",
            "rights": "licensed",
            "masters": "masters/EP{episode}_{title}.mov",
            "episodes": {"01": {"title": "LOW TIDE"}},
        },
    }
    (made.folder / "tiny.yaml").write_text(yaml.safe_dump(spec))
    words = ["--configfile", "tiny.yaml", "--port", str(port), "--reviewer", "Ann", "--no-browser"]
    process = subprocess.Popen(
        [sys.executable, "-m", "reelwright.review.serve", *words],
        cwd=made.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT / "scripts")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    said = [process.stdout.readline() for _ in range(3)]
    try:
        yield process, "".join(said).strip()
    finally:
        process.kill()
        process.wait()


def test_what_could_not_be_saved_stays_in_the_browser_and_goes_on_with_the_next_server(
    made: Reviewed, context: Any
) -> None:
    trouble = Trouble()
    clips = [one["clip_id"] for one in made.clips]
    with command_line(made) as (_, said):
        address = said.split()[-1]
        port = urlsplit(address).port
        assert port is not None
        page = opened(context, address, trouble)
    page.keyboard.press("x")
    until(page, "document.querySelector('#unsaved').textContent === '1 not saved'")
    page.click("#decisions")
    assert "decisions stay in this browser" in page.inner_text("#dialog")
    assert not (made.decisions / "clips.csv").exists()
    with command_line(made, port) as (process, said):
        page.goto(said.split()[-1])
        until(page, f"{READY} === 'clips'")
        settled(page)
        assert saved(made) == [(clips[0], "exclude", "Ann")]
        history = made.folder / ".cache" / "decisions-history" / "tiny" / "clips.jsonl"
        assert len(history.read_text().splitlines()) == 1
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


def test_a_page_that_isn_t_built_is_asked_for(made: Reviewed) -> None:
    (made.results / "review" / "index.json").unlink()
    with command_line(made) as (process, said):
        assert process.wait(20) == 1
    assert said == (
        "results/tiny/review/index.json is not there: build the page first, with `snakemake --cores all review`"
    )


def test_a_decision_in_another_window_is_not_overwritten_by_an_older_one(made: Reviewed, context: Any) -> None:
    trouble = Trouble()
    clips = [one["clip_id"] for one in made.clips]
    with serving(made.desk(reviewer="Ann")) as server:
        page = opened(context, server.address, trouble)
        sha256 = made.clips[0]["source_sha256"]
        made.decisions.mkdir(parents=True)
        lines = [
            "item,sha256,decision,value,reason,reviewer,time",
            f"{clips[0]},{sha256},usable,,,Bo,2099-01-01T00:00:00Z",
        ]
        (made.decisions / "clips.csv").write_text("\n".join(lines) + "\n")
        page.keyboard.press("x")
        settled(page)
        assert saved(made) == [(clips[0], "usable", "Bo")]
        page.click("#decisions")
        listed = page.inner_text("#dialog .listing")
        assert "Bo said usable, Ann said exclude; kept is the first (the file is newer)" in listed
        assert trouble == []


def test_two_windows_on_one_page_share_what_is_decided(made: Reviewed, context: Any) -> None:
    trouble = Trouble()
    one = opened(context, made.page.as_uri(), trouble)
    other = opened(context, made.page.as_uri(), trouble)
    named(one)
    one.bring_to_front()
    one.keyboard.press("x")
    until(other, "document.querySelector('#unsaved').textContent === '1 to save'")
    assert other.locator(".card .badge.pending").all_inner_texts() == ["EXCLUDE"]
    assert trouble == []


def test_what_somebody_is_writing_stays_while_another_window_decides(made: Reviewed, context: Any) -> None:
    trouble = Trouble()
    one = opened(context, made.page.as_uri(), trouble)
    other = opened(context, made.page.as_uri() + "#kind=captions", trouble, "captions")
    named(one)
    other.keyboard.press("i")
    other.fill("#edit", "half a sen")
    one.bring_to_front()
    one.keyboard.press("x")
    until(other, "document.querySelector('#unsaved').textContent === '1 to save'")
    assert other.input_value("#edit") == "half a sen"
    assert trouble == []
