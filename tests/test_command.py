"""How adapters end: a clear message and status 1 for what a person can put right, a traceback for faults."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from reelwright.command import command
from reelwright.errors import BadItem, BuildError, Problem, SpecError


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
    assert capsys.readouterr().err == log.read_text() == message


def test_progress_goes_to_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sys.stderr
    with command(tmp_path / "one.log"):
        print("half way", file=sys.stderr)
    assert sys.stderr is before
    assert capsys.readouterr().err == (tmp_path / "one.log").read_text() == "half way\n"


def test_a_fault_keeps_its_traceback(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), command(tmp_path / "one.log"):
        print(1 // 0)
    assert "ZeroDivisionError" in (tmp_path / "one.log").read_text()
