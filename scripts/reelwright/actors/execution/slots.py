"""At most so many at a time, over all jobs and nodes that share a folder, in the order in which they came.

Who wants a slot draws a number: a file ``NUMBER`` in the folder that no other process can make too. The first so many live
numbers hold the slots, the others wait. So nothing is ever handed over that two could grab at once, and a listing that is out
of date, as on NFS, errs on the safe side: those before a number only ever become fewer.

Two things keep that true. The highest number is never taken away, only marked as done, so that numbers never come again. And
who has drawn a number below one that is there already, because its listing was old, gives it back and draws again.

A holder that dies leaves its number. On its own host everybody sees that the process is gone; elsewhere its lease runs out,
which a thread renews while it lives. Clocks of nodes are not compared: a lease's age is told by the file system's own clock.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from reelwright.errors import BuildError

LEASE_S = 180.0
"""Time after which a holder on another host that has not renewed its lease counts as dead. Attributes of files may be a minute
old on NFS (`acregmax`)."""

RENEWALS = 6
"""Renewals in the time of a lease: five may fail."""

WAIT_PART, SHORTEST_WAIT_S, LONGEST_WAIT_S = 0.02, 0.005, 0.25
"""A look at the queue is taken again after this part of the time waited so far, within these bounds: what a handover costs is
little beside what it was waited for."""

NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EACCES}
"""What file systems without links say."""

DIGITS = 12
"""Digits of a number: files sort as their numbers do."""


@dataclass
class Slot:
    """The right to be one of so many."""

    number: int
    held: bool
    """False where the waiting was ended by ``stop``: there is no slot."""
    path: Path

    @property
    def lost(self) -> bool:
        """Whether others think that this process died, because it stood still for longer than a lease."""
        return self.held and not self.path.exists()


class Slots:
    """``count`` slots for everybody who names ``folder``; made anew by each process. Safe for many threads."""

    def __init__(self, folder: Path, count: int, lease_s: float = LEASE_S) -> None:
        self._folder = folder
        self._count = count
        self._lease_s = lease_s
        self._ours: set[Path] = set()
        self._lock = threading.Lock()
        self._renewing: threading.Thread | None = None

    @contextmanager
    def take(self, who: str, stop: Callable[[], bool]) -> Iterator[Slot]:
        """A slot for as long as the block runs; waits for one, and for those who came before.

        ``who`` is for people who look into the folder. When ``stop`` says so, the block runs without one (``held``). Raises
        BuildError where the folder can't be written to.
        """
        try:
            slot = self._taken(who, stop)
        except OSError as error:
            raise BuildError(f"{self._folder}: no slot can be taken there: {error.strerror}") from error
        try:
            yield slot
        finally:
            self._give_back(slot.path)

    def _taken(self, who: str, stop: Callable[[], bool]) -> Slot:
        path = self._draw(who)
        try:
            began = time.monotonic()
            while not stop():
                numbers = self._numbers()
                if int(path.name) not in numbers:
                    # We stood still for so long that somebody thought us dead.
                    self._give_back(path)
                    path = self._draw(who)
                elif self._turn(int(path.name), numbers):
                    return Slot(int(path.name), True, path)
                else:
                    waited = time.monotonic() - began
                    time.sleep(min(LONGEST_WAIT_S, max(SHORTEST_WAIT_S, WAIT_PART * waited)))
            return Slot(int(path.name), False, path)
        except BaseException:
            self._give_back(path)
            raise

    def _draw(self, who: str) -> Path:
        """Draw a number that is higher than all others."""
        self._folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"who": who, **_identity()})
        number = 0
        while True:
            # One that is there and not listed is met by trying the next.
            number = max([number, *self._numbers()]) + 1
            path = self._folder / f"{number:0{DIGITS}d}"
            if not _write_new(path, text):
                continue
            with self._lock:
                self._ours.add(path)
                if self._renewing is None:
                    self._renewing = threading.Thread(target=self._renew, name="slots", daemon=True)
                    self._renewing.start()
            if max(self._numbers(), default=0) == number:
                return path
            self._give_back(path)

    def _turn(self, number: int, numbers: list[int]) -> bool:
        """Whether fewer than ``count`` live ones come before a number; takes those away that are done or dead."""
        before = 0
        for other in numbers:
            if other == number:
                break
            path = self._folder / f"{other:0{DIGITS}d}"
            if self._lives(path):
                before += 1
                if before >= self._count:
                    return False
            else:
                # Not the highest: ours is higher.
                path.unlink(missing_ok=True)
        return True

    def _numbers(self) -> list[int]:
        """The numbers that are there, ascending."""
        return sorted(int(path.name) for path in self._folder.iterdir() if path.name.isdigit())

    def _lives(self, path: Path) -> bool:
        try:
            with path.open(encoding="utf-8") as file:
                text = file.read()
                renewed = os.fstat(file.fileno()).st_mtime
        except FileNotFoundError:
            return False
        except OSError:
            return True
        try:
            holder = json.loads(text)
        except ValueError:
            # Just drawn, and not yet written: there are no links.
            holder = {}
        if "done" in holder:
            return False
        if holder.get("started") and holder["host"] == _host():
            return bool(_started(holder["pid"]) == holder["started"])
        # What is young by our own clock is not worth a look at the file system's.
        return time.time() - renewed < self._lease_s or self._now() - renewed < self._lease_s

    def _now(self) -> float:
        """The time by the file system's clock, which leases are dated by."""
        probe = self._folder / f".now-{os.getpid()}-{secrets.token_hex(4)}"
        try:
            probe.touch()
            return probe.stat().st_mtime
        except OSError:
            return time.time()
        finally:
            probe.unlink(missing_ok=True)

    def _give_back(self, path: Path) -> None:
        """Be done with a number: the highest stays, for the next one to be higher."""
        with self._lock:
            self._ours.discard(path)
        with contextlib.suppress(OSError):
            if max(self._numbers(), default=0) > int(path.name):
                path.unlink(missing_ok=True)
                return
            # In place, for the name must be there at every moment; over all that stood there, in one write.
            with path.open("r+b") as file:
                file.write(json.dumps({"done": True}).encode().ljust(os.fstat(file.fileno()).st_size))

    def _renew(self) -> None:
        while True:
            time.sleep(self._lease_s / RENEWALS)
            with self._lock:
                ours = list(self._ours)
            for path in ours:
                # One that somebody took away must not come back.
                with contextlib.suppress(OSError):
                    os.utime(path)


def _write_new(path: Path, text: str) -> bool:
    """Make a file that isn't there yet; False where it is.

    It has its text from the first moment, where the file system has links: whoever is killed in between is known to be dead.
    """
    draft = path.parent / f".{path.name}-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        draft.write_text(text, encoding="utf-8")
        try:
            path.hardlink_to(draft)
        except OSError as error:
            if error.errno not in NO_LINKS:
                raise
            handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
    except FileExistsError:
        return False
    finally:
        draft.unlink(missing_ok=True)
    return True


def _identity() -> dict[str, object]:
    return {"host": _host(), "pid": os.getpid(), "started": _started(os.getpid())}


def _host() -> str:
    """What tells processes of the same number apart: host, its last start, and the container, where there is one."""
    parts = [socket.gethostname()]
    with contextlib.suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text().strip())
        parts.append(str(Path("/proc/self/ns/pid").stat().st_ino))
    return " ".join(parts)


def _started(pid: int) -> str:
    """When a process began, by the kernel's count; empty where there is no such process.

    Where there is no /proc, it is empty for all: there too they count as dead only when their lease has run out.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in ("Z", "X") else fields[19]
