"""One build at a time: the lock is its holder's open file, so what lies on the disk after a death holds nobody up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from reelwright.errors import BuildError
from reelwright.lock import hold

HOLDER = """
import sys
from pathlib import Path
from reelwright.lock import hold
hold(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def holder(path: Path) -> subprocess.Popen[str]:
    """A process that holds the lock, as soon as it does."""
    words = [sys.executable, "-c", HOLDER, str(path)]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout and process.stdout.readline() == "held\n"
    return process


def test_the_second_says_who_holds_it_since_when(tmp_path: Path) -> None:
    with holder(tmp_path / ".lock") as first:
        with pytest.raises(BuildError, match=rf"process {first.pid} on \S+, since 20\d\d-"):
            hold(tmp_path / ".lock")
        assert first.stdin
        first.stdin.close()


def test_a_holder_that_is_killed_holds_nobody_up(tmp_path: Path) -> None:
    with holder(tmp_path / ".lock") as first:
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        assert (tmp_path / ".lock").read_text(), "the file is still there"
        hold(tmp_path / ".lock")


def test_a_lock_file_that_was_lost_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "results" / ".lock"
    hold(path)
    path.unlink()
    with holder(path) as other:
        assert path.exists()
        assert other.stdin
        other.stdin.close()
