"""One build of a project at a time: a lock that dies with its holder, so that nothing has to be unlocked after a kill."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from reelwright.errors import BuildError

_held: list[TextIO] = []
"""Open lock files of this process: the kernel gives a lock up when its file is closed, at the latest at the end."""


def hold(path: Path) -> None:
    """Hold the lock file ``path`` until this process ends; raises BuildError naming the holder where there is one."""
    _held.append(_taken(path, "another build of this project"))


@contextmanager
def held(path: Path, what: str) -> Iterator[None]:
    """Hold the lock file ``path`` while the block runs; raises BuildError saying that ``what`` is running where it is held."""
    file = _taken(path, what)
    try:
        yield
    finally:
        file.close()


def _taken(path: Path, what: str) -> TextIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        text = file.read()
        file.close()
        holder = json.loads(text) if text else {"pid": "?", "host": "?", "since": "?"}
        raise BuildError(
            f"{what} is running: process {holder['pid']} on {holder['host']}, since {holder['since']} ({path})"
        ) from error
    file.truncate(0)
    since = datetime.now(UTC).isoformat(timespec="seconds")
    json.dump({"pid": os.getpid(), "host": socket.gethostname(), "since": since}, file)
    file.flush()
    return file
