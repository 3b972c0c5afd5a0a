"""Decisions: what people may write, what is refused, and what holds when items have changed."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelwright.decisions import Decision, apply_decisions, read_decisions
from reelwright.errors import SpecError
from reelwright.files import check

HEADER = "item,sha256,decision,value,reason,reviewer,time\n"
ALLOWED = {"keep", "exclude", "relabel"}
OLD, NEW = "a" * 64, "b" * 64
TIME = "2026-11-20T14:30:00Z"


def row(item: str = "ep01_000100_000200", sha256: str = NEW, decision: str = "exclude", value: str = "") -> str:
    return f'{item},{sha256},{decision},{value},"blurred, twice",mk,{TIME}\n'


def read(tmp_path: Path, text: str | bytes) -> list[Decision]:
    path = tmp_path / "clips.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_decisions(path, ALLOWED)


def test_rows_are_read_in_order_and_nothing_is_written(tmp_path: Path) -> None:
    text = "\ufeff" + HEADER + row() + "\n" + row("é", decision="relabel", value="Sam")
    decisions = read(tmp_path, text.replace("\n", "\r\n"))
    assert decisions[0] == Decision("ep01_000100_000200", NEW, "exclude", "", "blurred, twice", "mk", TIME)
    assert (decisions[1].item, decisions[1].value) == ("é", "Sam")
    for decision in decisions:
        check(dataclasses.asdict(decision), "decision", "row")
    assert (tmp_path / "clips.csv").read_bytes() == text.replace("\n", "\r\n").encode()


def test_sides_of_an_item_may_be_decided_apart(tmp_path: Path) -> None:
    path = tmp_path / "clips.csv"
    path.write_text(HEADER + row(decision="keep") + row(decision="relabel", value="Sam"))
    assert [one.decision for one in read_decisions(path, ALLOWED, apart=True)] == ["keep", "relabel"]
    path.write_text(HEADER + row(decision="relabel", value="Sam") + row(decision="relabel", value="Alex"))
    with pytest.raises(SpecError, match="an earlier row says 'relabel Sam'"):
        read_decisions(path, ALLOWED, apart=True)


def test_no_file_is_no_decision(tmp_path: Path) -> None:
    assert read_decisions(tmp_path / "none.csv", ALLOWED) == []


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ["line 1", "expected the header item,sha256"]),
        ("item;sha256;decision;value;reason;reviewer;time\n", ["line 1", "item;sha256", "expected the header"]),
        (HEADER + row(decision="exlude"), ["line 2, decision is 'exlude'", "exclude, keep, relabel", "'exclude'?"]),
        (HEADER + row(sha256="abc"), ["line 2, sha256 is 'abc'", "64 hex digits"]),
        (HEADER + row(sha256=""), ["line 2, sha256 is empty"]),
        (HEADER + row(item=""), ["line 2, item is empty"]),
        (HEADER + "a,b\n", ["line 2 is 2 cells", "expected 7"]),
        (HEADER + row().replace(TIME, "yesterday"), ["line 2, time is 'yesterday'", "2026-11-20T14:30:00Z"]),
        (HEADER + row() + row(decision="keep"), ["line 3", "'keep'", "an earlier row says 'exclude'"]),
        (HEADER + 'a,"b\n', ["expected a row of CSV"]),
        (HEADER.encode() + b"\xff\xfe,a\n", ["line 2", "UTF-8"]),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, text: str | bytes, parts: list[str]) -> None:
    with pytest.raises(SpecError) as caught:
        read(tmp_path, text)
    assert len(caught.value.problems) == 1
    for part in ["clips.csv", *parts]:
        assert part in str(caught.value)


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        read(tmp_path, HEADER + row(decision="x", sha256="y") + row("other", decision="z"))
    assert len(caught.value.problems) == 3


def test_the_same_decision_twice_is_one(tmp_path: Path) -> None:
    assert len(read(tmp_path, HEADER + row() + row())) == 1


def test_a_decision_holds_for_the_state_it_was_made_about(tmp_path: Path) -> None:
    text = HEADER + row("kept", NEW) + row("changed", OLD) + row("again", OLD) + row("again", NEW, "keep") + row("gone")
    met = apply_decisions({"kept": NEW, "changed": NEW, "again": NEW, "untouched": NEW}, read(tmp_path, text))
    assert {item: decision.decision for item, decision in met.applied.items()} == {"kept": "exclude", "again": "keep"}
    assert [decision.item for decision in met.stale] == ["changed"], "an old row is no news once somebody decided again"
    assert [decision.item for decision in met.unknown] == ["gone"]


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.sampled_from([OLD, NEW])),
    st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from([OLD, NEW])), unique=True),
)
def test_every_decision_is_applied_or_accounted_for(items: dict[str, str], decided: list[tuple[str, str]]) -> None:
    decisions = [Decision(item, sha256, "keep", "", "", "mk", TIME) for item, sha256 in decided]
    met = apply_decisions(items, decisions)
    assert all(items[item] == decision.sha256 for item, decision in met.applied.items())
    assert {d.item for d in met.stale} | met.applied.keys() | {d.item for d in met.unknown} == {
        d.item for d in decisions
    }
    assert not {d.item for d in met.stale} & met.applied.keys()
