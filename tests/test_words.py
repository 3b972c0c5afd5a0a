"""The last words of a build: about ten lines, true whatever is there, and never the reason why a build fails."""

from __future__ import annotations

from pathlib import Path

import pytest
from report_inputs import HOSTILE, hostile_season, outcome, scope, write_review, write_season

from reelwright.files import write_csv, write_json
from reelwright.report.words import LINE, NOTED, last_report, last_words

MOST_LINES = 13


def said(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.strip("\n").split("\n")


def test_they_say_what_there_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_season(tmp_path, scope(2), 16)
    (tmp_path / "report.html").write_text("")
    assert last_words(tmp_path, scope(2, packages={"smoke": "video", "pilot": "video"})) == 0
    assert said(capsys) == [
        "tiny: 2 episodes; 32 clips (2.6 min), 24 of them usable; captions: 32 vlm",
        "packages: smoke 24 rows, 1 not built",
        f"report: {tmp_path / 'report.html'}",
    ]


def test_nothing_built_yet_is_no_reason_to_be_silent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert last_words(tmp_path, scope(1)) == 0
    assert said(capsys) == ["tiny: 1 episode; no manifest yet", "packages: 1 not built"]


def test_many_failures_and_warnings_stay_about_ten_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    what = scope(40)
    for item in sorted(what.items):
        outcome(tmp_path, "probe_master", item, ("missing", f"{item} was not delivered"), warnings=["no sound"])
    outcome(tmp_path, "scan_source", "ep01.film", ("upstream", "probe_master ep01.film: not delivered"))
    write_csv(tmp_path / "design" / "crosswalk_review.csv", ["item"], [{"item": "a"}, {"item": "b"}])
    assert last_words(tmp_path, what, command=" --configfile config/tiny.yaml") == 1
    lines = said(capsys)
    assert len(lines) <= MOST_LINES
    assert lines.count("FAILED probe_master ep01: ep01 was not delivered") == 1
    assert f"and {80 - NOTED + 1} more failures" in lines
    assert "and 79 more warnings" in lines
    assert "80 items failed and 1 waits for them; the rest is built. The same command tries them again." in lines
    first = tmp_path / "outcomes" / "probe_master" / "ep01.film.json"
    assert f"the first alone: snakemake {first} --cores all --configfile config/tiny.yaml" in lines
    assert f"next: decide about 2 names of the wiki: {tmp_path / 'design' / 'crosswalk_review.csv'}" in lines


def test_stale_decisions_come_before_open_ones(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    decisions = {"applied": [], "stale": ["gadgets/Moon Boots", "gadgets/Lamp"], "unknown": [], "gone": []}
    write_json(tmp_path / "design" / "crosswalk.json", {"entries": [], "counts": {}, "decisions": decisions})
    write_csv(tmp_path / "design" / "crosswalk_review.csv", ["item"], [{"item": "a"}])
    last_words(tmp_path, scope(1))
    found = [line for line in said(capsys) if line.startswith("next: ")]
    assert found[0].startswith("next: decide again about gadgets/Moon Boots and 1 more: changed since: ")
    assert found[1].startswith("next: decide about 1 name of the wiki: ")


def test_the_next_undecided_review_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_csv(tmp_path / "design" / "crosswalk_review.csv", ["item"], [{"item": "a"}])
    write_review(tmp_path, undecided=30, stale="ep01_000000_000075")
    last_words(tmp_path, scope(1))
    page = tmp_path / "review" / "index.html"
    assert [line for line in said(capsys) if line.startswith("next: ")] == [
        f"next: decide again about ep01_000000_000075: changed since: {page}",
        f"next: review clips: 30 of 32 undecided: {page}",
    ]
    write_review(tmp_path, undecided=0)
    last_words(tmp_path, scope(1))
    assert not [line for line in said(capsys) if line.startswith("next: ")]


def test_a_package_is_spoken_of_as_failed_only_when_a_job_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    what = hostile_season(tmp_path)
    assert last_words(tmp_path, what, jobs_failed=True) == 1
    assert "package pilot failed: no row is left" in said(capsys)
    last_words(tmp_path, what)
    assert not [line for line in said(capsys) if line.startswith("package pilot failed")]


def test_hostile_text_steers_no_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    what = hostile_season(tmp_path)
    outcome(tmp_path, "probe_master", "ep01.film", ("x", "\x1b[2J\x07\u202egone\nFAILED nothing: a forged line"))
    last_words(tmp_path, what)
    lines = said(capsys)
    assert all(line.isprintable() and len(line) <= LINE for line in lines)
    assert "FAILED probe_master ep01.film: [2J gone FAILED nothing: a forged line" in lines
    assert HOSTILE[0] in "\n".join(lines)


def test_whatever_is_wrong_with_the_words_the_exit_code_is_right(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "manifest.json").parent.mkdir(exist_ok=True)
    (tmp_path / "manifest.json").write_text("{torn")
    assert last_words(tmp_path, scope(1)) == 0
    outcome(tmp_path, "probe_master", "ep01", ("missing", "gone"))
    assert last_words(tmp_path, scope(1)) == 1
    assert "what there is now can't be said: " in capsys.readouterr().err
    last_report(tmp_path, scope(1))
    assert "the report can't be written: " in capsys.readouterr().err
    assert not (tmp_path / "report.html").exists()
