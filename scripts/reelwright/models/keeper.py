"""Keeps a server: starts it, and ends it with all that it started, whatever becomes of the job that wanted it.

A program of its own, between the job and the server, for a job that is killed with -9 can't clean up:
``python -I keeper.py GRACE_S COMMAND...``. Its first line of output is the server's process id. It ends the server when
its standard input ends, when its parent is gone or on SIGTERM, and exits with the server's code where that ends by
itself. On Linux it finds every descendant, those too that made a session of their own; elsewhere, the process group.
Uses nothing but the standard library, so that it starts at once and depends on no path.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
"""Of Linux' prctl: orphans become children of this process, not of init's."""

POLL_S = 0.1
"""How often the keeper looks whether job and server are still there."""

LAST_GRACE_S = 2.0
"""Time that what the server left behind has to end before it is killed."""


GIVE_UP_S = 60.0
"""What is still there then can't be killed: a process that waits for a disk that is gone."""


def descendants(root: int) -> list[int]:
    """Process ids of all that ``root`` started and what that started in turn, on Linux; none elsewhere."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            # The name stands in brackets and may hold anything.
            state, parent = stat.read_text(errors="replace").rpartition(")")[2].split()[:2]
            if state != "Z":
                children.setdefault(int(parent), []).append(int(stat.parent.name))
    found: list[int] = []
    waiting = [root]
    while waiting:
        born = children.get(waiting.pop(), [])
        found += born
        waiting += born
    return found


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def _send(number: signal.Signals, group: int, processes: Iterable[int]) -> None:
    with contextlib.suppress(OSError):
        os.killpg(group, number)
    for process in processes:
        with contextlib.suppress(OSError):
            os.kill(process, number)


def _reap() -> None:
    """Take note of adopted children that have ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _end(server: subprocess.Popen[bytes], grace_s: float) -> None:
    """End the server in good order, then whatever is left of it."""
    if server.poll() is None:
        server.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(grace_s)
    began = time.monotonic()
    _send(signal.SIGTERM, server.pid, descendants(os.getpid()))
    while (left := descendants(os.getpid())) and time.monotonic() < began + GIVE_UP_S:
        if time.monotonic() > began + LAST_GRACE_S:
            _send(signal.SIGKILL, server.pid, left)
        server.poll()
        _reap()
        time.sleep(0.03)
    _send(signal.SIGKILL, server.pid, ())


def keep(grace_s: float, command: list[str]) -> int:
    """Run ``command`` until nobody needs it any more; returns its exit code, 0 where it was ended from here."""
    asked: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda received, _: asked.append(received))
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    parent = os.getppid()
    server = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        process_group=0,
        # Where the keeper itself is killed with -9, the server is asked to end.
        preexec_fn=lambda: _prctl(PR_SET_PDEATHSIG, signal.SIGTERM),
    )
    print(server.pid, flush=True)
    while server.poll() is None and not asked and os.getppid() == parent:
        if select.select([0], [], [], POLL_S)[0]:
            break
        _reap_others(server)
    code = server.poll()
    _end(server, grace_s)
    if code is None:
        return 0
    return code if code >= 0 else 128 - code


def _reap_others(server: subprocess.Popen[bytes]) -> None:
    """Take note of orphans that have ended, leaving the server's own end to ``server``."""
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) and ended.si_pid != server.pid:
            os.waitpid(ended.si_pid, os.WNOHANG)


if __name__ == "__main__":
    sys.exit(keep(float(sys.argv[1]), sys.argv[2:]))
