"""Outcome records: bad data ends well and says so, everything else passes through."""

from __future__ import annotations

from pathlib import Path

import pytest
from report_inputs import scope

from reelwright.errors import BadItem
from reelwright.files import read_json, whole, write_json
from reelwright.outcome import Record, attempt, failures, require, succeeded
from reelwright.report.words import last_words


def record(folder: Path, stage: str = "probe_master", failed: int = 0) -> Record:
    return Record(stage, "ep01.a", folder / "outcomes" / stage / "ep01.a.json", failed)


def test_a_good_item_keeps_its_warnings(tmp_path: Path) -> None:
    one = record(tmp_path)
    with attempt(one, []) as notes:
        notes.warn("odd but fine")
    assert succeeded(one.path)
    assert read_json(one.path)["warnings"] == ["odd but fine"]
    assert failures(one.path) == 0


def test_a_bad_item_leaves_absent_outputs_and_counts_its_failures(tmp_path: Path) -> None:
    one, outputs = record(tmp_path, failed=2), [tmp_path / "a.json", tmp_path / "b.jsonl", tmp_path / "folder"]
    with attempt(one, outputs):
        raise BadItem("empty", "no bytes")
    assert read_json(one.path)["error"] == {"code": "empty", "message": "no bytes"}
    assert failures(one.path) == 3
    assert read_json(outputs[0]) is None
    assert outputs[1].read_bytes() == b""
    assert list(outputs[2].iterdir()) == []


def test_an_item_of_which_parts_failed_has_results_and_is_tried_again(tmp_path: Path) -> None:
    one = record(tmp_path, "caption_clips")
    with attempt(one, [tmp_path / "rows.jsonl"]) as notes:
        (tmp_path / "rows.jsonl").write_text("{}\n")
        notes.fail("ep01_000010_000090", BadItem("time_out", "the model took too long"))
    assert succeeded(one.path) and (tmp_path / "rows.jsonl").read_text() == "{}\n"
    assert read_json(one.path)["status"] == "partial" and failures(one.path) == 1
    assert read_json(one.path)["parts"] == [
        {"part": "ep01_000010_000090", "code": "time_out", "message": "the model took too long"}
    ]
    with attempt(record(tmp_path, "build_manifest"), []):
        require([one.path])


def test_what_waits_for_a_failed_item_names_the_first_cause(tmp_path: Path) -> None:
    first, second, third = (record(tmp_path, stage) for stage in ("probe_master", "scan_source", "detect_shots"))
    with attempt(first, []):
        raise BadItem("missing", "x.mov was not delivered")
    for one, upstream in ((second, first), (third, second)):
        with attempt(one, []):
            require([upstream.path])
            pytest.fail("must not run")
    assert read_json(third.path)["error"] == {
        "code": "upstream",
        "message": "probe_master ep01.a: x.mov was not delivered",
    }


def test_a_machine_fault_passes_through_and_leaves_no_record(tmp_path: Path) -> None:
    one = record(tmp_path)
    with pytest.raises(OSError, match="disk"), attempt(one, []):
        raise OSError("disk full")
    assert not one.path.exists()


def test_a_file_is_whole_or_absent(tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    with pytest.raises(KeyboardInterrupt), whole(target) as temporary:
        temporary.write_text("half")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_a_record_that_the_spec_no_longer_asks_for_is_not_spoken_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with attempt(record(tmp_path, "transcribe_master", failed=1), []):
        raise BadItem("unreadable", "its sound can't be read")
    assert last_words(tmp_path, scope(1, items={"ep01.a"})) == 1
    assert "FAILED transcribe_master ep01.a: its sound can't be read" in capsys.readouterr().err
    assert last_words(tmp_path, scope(1, items={"ep02.a"})) == 0
    assert last_words(tmp_path, scope(1, items={"ep01.a"}, items_of={"transcribe_master": set()})) == 0
    assert "FAILED" not in capsys.readouterr().err


def test_records_that_name_no_parts_are_read_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = record(tmp_path)
    with attempt(one, []):
        pass
    old = {key: value for key, value in read_json(one.path).items() if key != "parts"}
    write_json(one.path, old)
    assert last_words(tmp_path, scope(1, items={"ep01.a"})) == 0
    assert "FAILED" not in capsys.readouterr().err
