"""One build of a project at a time: a lock that dies with its holder, so that nothing has to be unlocked after a kill."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from reelwright.errors import BuildError

_held: list[TextIO] = []
"""Open lock files of this process: the kernel gives a lock up when its file is closed, at the latest at the end."""


def hold(path: Path) -> None:
    """Hold the lock file ``path`` until this process ends; raises BuildError naming the holder where there is one."""
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
            f"another build of this project is running: process {holder['pid']} on {holder['host']}, "
            f"since {holder['since']} ({path})"
        ) from error
    file.truncate(0)
    since = datetime.now(UTC).isoformat(timespec="seconds")
    json.dump({"pid": os.getpid(), "host": socket.gethostname(), "since": since}, file)
    file.flush()
    _held.append(file)
