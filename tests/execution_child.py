"""Forks for each execution it is told of, and has the fork killed with -9 at a given step: see ``executing.Killer``."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import boto3  # noqa: F401 - loaded here once, not in every fork
import replicate  # noqa: F401
from executing import given_of

from reelwright.actors.execution.execute import actors_execute
from reelwright.actors.execution.repair import actors_repair
from reelwright.actors.execution.rollback import actors_rollback
from reelwright.errors import BuildError, SpecError

WHAT = {"execute": actors_execute, "rollback": actors_rollback, "repair": actors_repair}


def act(asked: dict[str, Any], log: Path) -> int:
    """Execute in this process, which does not outlive step ``kill_at``, a number or a name."""
    made, lock = [0], threading.Lock()

    def step(name: str) -> None:
        with lock:
            made[0] += 1
            if asked["kill_at"] in (made[0], name):
                log.write_text(json.dumps({"steps": made[0], "said": f"killed after {name}"}))
                os.kill(os.getpid(), signal.SIGKILL)

    said, code = "", 0
    try:
        with (
            Path(os.devnull).open("w") as nothing,
            contextlib.redirect_stdout(nothing),
            contextlib.redirect_stderr(nothing),
        ):
            more = {"mode": "execute", "wanted": None, **asked["more"]}
            WHAT[asked["what"]](given_of(asked["settings"], step=step), **more)
    except (BuildError, SpecError) as error:
        said, code = str(error), 1
    log.write_text(json.dumps({"steps": made[0], "said": said}))
    return code


def main() -> None:
    """Serve until standard input ends."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log")
        for line in sys.stdin:
            child = os.fork()
            if not child:
                try:
                    code = act(json.loads(line), log)
                except BaseException:
                    import traceback

                    traceback.print_exc()
                    os._exit(70)
                os._exit(code)
            _, status = os.waitpid(child, 0)
            ended = None if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
            print(json.dumps({"ended": ended, **json.loads(log.read_text())}), flush=True)


if __name__ == "__main__":
    main()
