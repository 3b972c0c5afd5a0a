"""Progress in a cluster's log and at a terminal, by a clock that tests turn."""

from __future__ import annotations

import io
import re

import pytest

from reelwright.errors import BadItem
from reelwright.models import Answer, Request, Result
from reelwright.models.progress import Progress, duration
from reelwright.spec.model import Budget


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Hand:
    """A clock that stands until it is turned."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


def answered(calls: int = 1) -> Result:
    return Result(Request({}, "what is it?"), Answer("ab" * 32, "words", "parrot", 0.01, "USD", 2.0), calls)


def failed() -> Result:
    return Result(Request({}, "what is it?"), BadItem("cut_off", "cut off"), 1)


def test_a_log_gets_a_whole_line_now_and_then_and_at_the_end() -> None:
    stream, clock = io.StringIO(), Hand()
    spent = [0.0]
    with Progress(
        130, "captions ep01", stream, every_s=10, budget=Budget(money=5.0), spent=lambda: spent[0], clock=clock
    ) as progress:
        for _ in range(10):
            progress.count(answered(calls=0))
        for number in range(20):
            clock.time += 3
            spent[0] += 0.01
            progress.count(failed() if number == 4 else answered())
    lines = stream.getvalue().splitlines()
    assert "\r" not in stream.getvalue() and "\x1b" not in stream.getvalue()
    # Every fourth call is 12 s later; the rate is 20 a minute from the second call on, stored answers left aside.
    assert lines == [
        "captions ep01: 14/130, 10 stored, 20 a minute, 6 min left, 0.04 of 5.00 USD",
        "captions ep01: 18/130, 10 stored, 1 failed, 20 a minute, 6 min left, 0.08 of 5.00 USD",
        "captions ep01: 22/130, 10 stored, 1 failed, 20 a minute, 5 min left, 0.12 of 5.00 USD",
        "captions ep01: 26/130, 10 stored, 1 failed, 20 a minute, 5 min left, 0.16 of 5.00 USD",
        "captions ep01: 30/130, 10 stored, 1 failed, 20 a minute, 5 min left, 0.20 of 5.00 USD",
        "captions ep01: 30/130, 10 stored, 1 failed, took 60 s, 0.20 of 5.00 USD",
    ]


def test_a_terminal_has_one_line_that_changes() -> None:
    stream, clock = Terminal(), Hand()
    with Progress(3, "captions ep01", stream, clock=clock) as progress:
        for _ in range(3):
            clock.time += 1
            progress.count(answered())
    shown = stream.getvalue()
    assert shown.count("\n") == 1 and shown.endswith("\n") and shown.count("\r") == 4
    assert re.split(r"\r|\x1b\[K", shown)[3] == "captions ep01: 2/3, 60 a minute, 1 s left"


def test_a_free_model_shows_no_money() -> None:
    stream = io.StringIO()
    Progress(1, "captions", stream, clock=Hand()).finish()
    assert stream.getvalue() == "captions: 0/1, took 0 s\n"


def test_the_rate_is_that_of_the_last_answers() -> None:
    # A server that took ten minutes to load, then a hundred answers a second apart.
    stream, clock = io.StringIO(), Hand()
    progress = Progress(1000, "captions", stream, every_s=0, clock=clock)
    progress.count(answered())
    clock.time += 600
    for _ in range(100):
        clock.time += 1
        progress.count(answered())
    assert stream.getvalue().splitlines()[-1] == "captions: 101/1000, 60 a minute, 15 min left"


def test_a_closed_stream_stops_nobody() -> None:
    stream = io.StringIO()
    progress = Progress(1, "captions", stream, every_s=0, clock=Hand())
    stream.close()
    progress.count(answered())
    progress.finish()
    assert progress.done == 1


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.4, "0 s"), (89, "89 s"), (90, "2 min"), (3600, "60 min"), (12_000, "3 h 20 min")]
)
def testdurations(seconds: float, words: str) -> None:
    assert duration(seconds) == words
