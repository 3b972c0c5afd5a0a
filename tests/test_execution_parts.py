"""The parts of execution by themselves: money, the pace of looks, moving without writing over, the journal's own order."""

from __future__ import annotations

import errno
import json
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelwright.actors.execution.freezing import is_object_url
from reelwright.actors.execution.journal import Journal, Operation, Run
from reelwright.actors.execution.pace import Pace
from reelwright.actors.execution.places import move, write_bytes
from reelwright.actors.execution.purse import Allowed, Purse, Spent, Tariff
from reelwright.digest import file_sha256, recipe_digest
from reelwright.errors import BadItem, BuildError
from reelwright.models.ledger import Ledger
from reelwright.spec.model import Budget

SHA = "0" * 64


def digest(number: int) -> str:
    return recipe_digest({"attempt": number})


@given(
    st.lists(st.tuples(st.sampled_from(["pay", "take_back", "again"]), st.integers(0, 5)), max_size=30),
    st.sampled_from([0.01, 0.04, 0.1, 0.3]),
    st.floats(0, 1),
)
def test_no_more_is_spent_than_may_be_and_each_attempt_counts_once(
    acts: list[tuple[str, int]], price: float, money: float
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tariff, budget = Tariff("replicate", "m", price, "USD"), Budget(money=money)
        purse = Purse(tariff, Ledger(Path(folder)), Allowed(budget, None, None))
        paid: set[int] = set()
        for act, number in acts:
            try:
                if act == "take_back":
                    purse.take_back(digest(number), asked=True)
                    paid.discard(number)
                else:
                    purse.pay(digest(number))
                    paid.add(number)
            except Spent:
                assert (len(paid) + 1) * price > money - 1e-6
            if act == "again":
                # Another process, after a kill: what is in the ledger is known.
                purse.close()
                purse = Purse(tariff, Ledger(Path(folder)), Allowed(budget, None, None))
            assert purse.spent() == pytest.approx(len(paid) * price) and purse.spent() <= money + 1e-6
        purse.close()


def test_of_two_budgets_each_holds(tmp_path: Path) -> None:
    tariff = Tariff("replicate", "m", 0.5, "USD")
    purse = Purse(tariff, Ledger(tmp_path), Allowed(Budget(money=9), 1.0, 3))
    purse.pay(digest(1))
    purse.pay(digest(2))
    with pytest.raises(
        Spent, match=r"1.00 of 1.00 USD are spent, and an image costs 0.5; raise `actors.generate.budget.money`"
    ):
        purse.pay(digest(3))
    purse.take_back(digest(2), asked=True)
    purse.pay(digest(3))
    with pytest.raises(Spent, match=r"3 images were asked for, as many as `actors.generate.budget.calls` allows"):
        purse.pay(digest(4))
    purse.close()


@given(st.lists(st.floats(0.1, 100), max_size=30), st.floats(0, 200))
def test_a_look_is_never_far_behind_what_it_waits_for(times: list[float], elapsed: float) -> None:
    pace = Pace(1.0)
    for one in times:
        pace.took(one)
    wait = pace.wait_s(elapsed)
    assert 0 < wait <= 1.0
    soonest = min(times[-20:], default=0.0)
    assert elapsed + wait <= max(soonest, elapsed * 1.02, elapsed + 0.031)


def test_nothing_is_written_over_by_a_move(tmp_path: Path) -> None:
    source, target = tmp_path / "a", tmp_path / "trash" / "a"
    assert not move(source, target, SHA), "it is nowhere"
    source.write_bytes(b"one")
    sha256 = file_sha256(source)
    assert move(source, target, sha256) and not source.exists() and target.read_bytes() == b"one"
    assert move(source, target, sha256), "it is there already"
    source.write_bytes(b"one")
    assert move(source, target, sha256) and not source.exists(), "killed between link and removal"
    source.write_bytes(b"two")
    with pytest.raises(BadItem, match="nothing is written over"):
        move(source, target, file_sha256(source))
    assert (source.read_bytes(), target.read_bytes()) == (b"two", b"one")


def test_where_links_fail_a_move_is_a_copy_with_its_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_link(*_: object) -> None:
        raise OSError(errno.EXDEV, "another disk")

    monkeypatch.setattr(os, "link", no_link)
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(b"one")
    os.utime(source, (1e9, 1e9))
    assert move(source, target, file_sha256(source)) and not source.exists()
    assert target.read_bytes() == b"one" and target.stat().st_mtime == 1e9
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b"]


def test_files_are_whole_or_absent(tmp_path: Path) -> None:
    write_bytes(tmp_path / "x" / "file", b"one")
    write_bytes(tmp_path / "x" / "file", b"two")
    assert [(path.name, path.read_bytes()) for path in (tmp_path / "x").iterdir()] == [("file", b"two")]


def run_of(journal: Journal, name: str) -> Run:
    frozen = {"number": 1, "operation": "delete", "file": "a_1.jpg", "reason": "so", "sha256": SHA, "url": None, "key": None,
              "why": "broken", "quality": None, "class": None}  # fmt: skip
    run = Run(name, "a", "", SHA, None, [Operation(1, frozen, "a_1.jpg")], [])
    journal.write(run, "plan", plan_sha256=SHA, manifest=None, images=[], operations=[frozen])
    return journal.runs[-1]


def test_the_journal_reads_in_the_order_of_writing_whatever_the_clock_said(tmp_path: Path) -> None:
    first = Journal(tmp_path)
    run = run_of(first, "r1")
    first.write(run, "begin", number=1)
    first.close()
    second = Journal(tmp_path)
    second.write(second.runs[0], "end", number=1, state="done", code="", detail="")
    second.close()
    old, new = sorted(tmp_path.glob("*.jsonl"))
    new.rename(old.with_name("0" + old.name))
    again = Journal(tmp_path).runs
    assert [one.state for one in again[0].operations] == ["done"]


def test_a_torn_last_line_is_ignored_and_a_lost_segment_is_said(tmp_path: Path) -> None:
    first = Journal(tmp_path)
    run = run_of(first, "r1")
    first.write(run, "begin", number=1)
    first.close()
    segment = next(tmp_path.glob("*.jsonl"))
    segment.write_bytes(segment.read_bytes()[:-20])
    assert not Journal(tmp_path).runs[0].operations[0].begun
    second = Journal(tmp_path)
    second.write(second.runs[0], "begin", number=1)
    second.close()
    segment.unlink()
    with pytest.raises(BuildError, match="the plan of run r1 of a is nowhere: a segment of the journal is missing"):
        Journal(tmp_path)


def test_rows_of_the_journal_are_checked_before_they_are_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    run = run_of(journal, "r1")
    with pytest.raises(ValueError, match="is not valid under any of the given schemas"):
        journal.write(run, "begin", number="one")
    journal.close()
    rows = [json.loads(line) for path in tmp_path.glob("*.jsonl") for line in path.read_text().splitlines()]
    assert [row["event"] for row in rows] == ["plan"]


@pytest.mark.parametrize(
    ("url", "is_one"),
    [
        ("s3://bucket/x.jpg", True),
        ("https://bucket.s3.us-west-1.amazonaws.com/x.jpg", True),
        ("https://s3.amazonaws.com/bucket/x.jpg", True),
        ("http://127.0.0.1:9000/studio/custom-actors/a/training_data/a_1.jpg", True),
        ("https://replicate.delivery/xezq/tmp.jpg", False),
        ("https://amazonaws.com.example.org/x.jpg", False),
    ],
)
def test_what_is_an_object_in_a_bucket(url: str, is_one: bool) -> None:
    assert is_object_url(url, "a", "a_1.jpg") is is_one
