"""How adapters end: a clear message and status 1 for what a person can put right, a traceback for faults."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from reelwright.command import command
from reelwright.errors import BadItem, BuildError, Problem, SpecError
from reelwright.files import check, read_jsonl


def events(log: Path) -> list[dict[str, Any]]:
    """The rows of a log, each held against its schema."""
    rows = read_jsonl(log)
    for row in rows:
        check(row, "log_event", log.name)
    return rows


def said(log: Path) -> str:
    """What a job wrote to stderr."""
    return "".join(f"{row['text']}\n" for row in events(log) if row["event"] == "said")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (BuildError("package smoke would have no rows"), "package smoke would have no rows\n"),
        (BadItem("missing", "01.mov was not delivered"), "01.mov was not delivered\n"),
        (SpecError([Problem("a.yaml", "clips.min_s", "0", "above 0")]), "a.yaml: clips.min_s is 0: above 0\n"),
    ],
)
def test_a_message_instead_of_a_traceback(
    error: Exception, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "logs" / "one.log"
    with pytest.raises(SystemExit) as caught, command(log):
        raise error
    assert caught.value.code == 1
    assert capsys.readouterr().err == said(log) == message
    assert events(log)[-1]["status"] == "failed"


def test_progress_goes_to_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sys.stderr
    with command(tmp_path / "one.log"):
        print("half way", file=sys.stderr)
        print("no line break", file=sys.stderr, end="")
    assert sys.stderr is before
    assert capsys.readouterr().err == "half way\nno line break"
    assert said(tmp_path / "one.log") == "half way\nno line break\n"


def test_a_fault_keeps_its_traceback(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), command(tmp_path / "one.log"):
        print(1 // 0)
    assert "ZeroDivisionError" in said(tmp_path / "one.log")


def test_a_log_says_which_job_it_was_and_what_it_took(tmp_path: Path) -> None:
    log = tmp_path / "results" / "demo" / "logs" / "cut_clips" / "ep01.log"
    with command(log):
        assert events(log)[-1]["event"] == "start", "a job that is killed has left its start"
    first, last = events(log)
    assert first["job"] == "cut_clips/ep01" and first["host"]
    assert last["status"] == "ok" and last["seconds"] >= 0 and last["peak_mb"] > 1


def test_the_memory_of_whoever_started_a_job_is_not_its_own(tmp_path: Path) -> None:
    log = tmp_path / "one.log"
    job = f"from reelwright.command import command\nwith command({str(log)!r}): pass"
    start = f"subprocess.run([sys.executable, '-c', {job!r}], check=True)"
    large = f"import subprocess, sys; kept = bytearray(400_000_000); {start}"
    subprocess.run([sys.executable, "-c", large], check=True)
    assert events(log)[-1]["peak_mb"] < 300
