"""At most so many at a time: over threads, over processes that are killed, over nodes whose clocks differ, in order."""

from __future__ import annotations

import errno
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from reelwright.actors.execution.slots import LEASE_S, Slot, Slots
from reelwright.errors import BuildError

HERE = Path(__file__).resolve().parent


def never() -> bool:
    return False


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end
        time.sleep(0.002)


def numbers(folder: Path) -> list[int]:
    return sorted(int(path.name) for path in folder.iterdir() if path.name.isdigit()) if folder.exists() else []


def start(folder: Path, log: Path, count: int, rounds: int, hold_s: float) -> subprocess.Popen[bytes]:
    words = [str(folder), str(count), str(rounds), str(hold_s), str(log)]
    paths = os.pathsep.join([str(HERE.parent / "scripts"), str(HERE)])
    return subprocess.Popen(
        [sys.executable, str(HERE / "slot_worker.py"), *words], env={**os.environ, "PYTHONPATH": paths}
    )


def most_at_once(logs: list[Path], killed: dict[Path, float]) -> tuple[int, int]:
    """Most holders at a time, and times that a slot was taken; a killed process held its slot at least until then."""
    events: list[tuple[float, int]] = []
    taken = 0
    for log in logs:
        open_ = False
        for line in log.read_text().splitlines() if log.exists() else []:
            word, _, moment = line.split()
            open_ = word == "take"
            taken += open_
            events.append((float(moment), 1 if open_ else -1))
        if open_:
            events.append((killed[log], -1))
    at_once = most = 0
    for _, step in sorted(events):
        at_once += step
        most = max(most, at_once)
    return most, taken


@pytest.mark.parametrize("count", [1, 2])
def test_processes_share_the_slots(tmp_path: Path, count: int) -> None:
    logs = [tmp_path / f"{number}.log" for number in range(4)]
    workers = [start(tmp_path / "slots", log, count, 12, 0.01) for log in logs]
    assert [worker.wait() for worker in workers] == [0] * 4
    most, taken = most_at_once(logs, {})
    assert taken == 48 and most == count, "no more than there are slots, and all of those"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_killed_processes_leave_no_slot_taken_and_none_twice(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    folder, killed = tmp_path / "slots", dict[Path, float]()
    logs: list[Path] = []
    live: dict[Path, subprocess.Popen[bytes]] = {}
    for turn in range(24):
        while len(live) < 5:
            log = tmp_path / f"{len(logs)}.log"
            logs.append(log)
            live[log] = start(folder, log, 2, 400, 0.03)
        seen = sum(log.stat().st_size for log in live if log.exists())
        until(lambda before=seen: sum(log.stat().st_size for log in live if log.exists()) > before)  # type: ignore[misc]
        time.sleep(dice.random() * 0.15)
        victim = dice.choice(list(live))
        killed[victim] = time.monotonic()
        live[victim].send_signal(signal.SIGKILL)
        assert live.pop(victim).wait() == -signal.SIGKILL, turn
    for log, worker in live.items():
        killed[log] = time.monotonic()
        worker.kill()
        worker.wait()
    most, taken = most_at_once(logs, killed)
    assert most == 2 and taken > 24
    began = time.monotonic()
    with Slots(folder, 1).take("after them all", never) as slot:
        assert slot.held
    assert time.monotonic() - began < LEASE_S / 10, "the dead were seen to be dead, not waited for"
    assert len(numbers(folder)) == 1, "they left nothing behind"


def test_who_came_first_is_first(tmp_path: Path) -> None:
    order: list[int] = []
    in_line = [threading.Event() for _ in range(6)]

    def wait(number: int) -> None:
        def asked() -> bool:
            in_line[number].set()
            return False

        with Slots(tmp_path, 1).take(str(number), asked):
            order.append(number)

    threads = [threading.Thread(target=wait, args=(number,)) for number in range(1, 6)]
    with Slots(tmp_path, 1).take("0", never):
        for number, thread in enumerate(threads, 1):
            thread.start()
            in_line[number].wait()
        assert order == []
    for thread in threads:
        thread.join()
    assert order == [1, 2, 3, 4, 5]


def test_threads_of_one_process_share_them_too(tmp_path: Path) -> None:
    slots, lock = Slots(tmp_path, 3), threading.Lock()
    at_once = most = 0

    def work() -> None:
        nonlocal at_once, most
        for _ in range(10):
            with slots.take("thread", never):
                with lock:
                    at_once += 1
                    most = max(most, at_once)
                time.sleep(0.001)
                with lock:
                    at_once -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most <= 3 and len(numbers(tmp_path)) == 1


def test_waiting_ends_when_told_to(tmp_path: Path) -> None:
    halt = threading.Event()
    seen: list[Slot] = []

    def wait() -> None:
        with Slots(tmp_path, 1).take("second", halt.is_set) as slot:
            seen.append(slot)

    with Slots(tmp_path, 1).take("first", never) as first:
        thread = threading.Thread(target=wait)
        thread.start()
        until(lambda: len(numbers(tmp_path)) == 2)
        halt.set()
        thread.join()
        assert first.held and not first.lost
    assert [slot.held for slot in seen] == [False]
    with Slots(tmp_path, 1).take("third", never) as slot:
        assert slot.held


def foreign(folder: Path, number: int, age_s: float) -> Path:
    """A number of a process on another node, whose lease was renewed so long ago."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{number:012d}"
    path.write_text(json.dumps({"who": "other", "host": "elsewhere", "pid": 1, "started": "1"}))
    os.utime(path, (time.time() - age_s,) * 2)
    return path


def test_the_lease_of_another_node_holds_until_it_runs_out(tmp_path: Path) -> None:
    path = foreign(tmp_path, 3, 0.0)
    patience = iter([False, False, True])
    with Slots(tmp_path, 1, lease_s=60).take("here", lambda: next(patience)) as slot:
        assert not slot.held and path.exists()
    foreign(tmp_path, 3, 61.0)
    with Slots(tmp_path, 1, lease_s=60).take("here", never) as slot:
        assert slot.held and not path.exists()


def test_a_lease_is_renewed_while_its_holder_lives_and_is_not_brought_back(tmp_path: Path) -> None:
    slots = Slots(tmp_path, 1, lease_s=0.12)
    with slots.take("here", never) as slot:
        os.utime(slot.path, (1, 1))
        until(lambda: slot.path.stat().st_mtime > 1)
        slot.path.unlink()
        assert slot.lost
    assert numbers(tmp_path) == []


def test_who_was_thought_dead_while_it_waited_draws_again(tmp_path: Path) -> None:
    taken = threading.Event()

    def wait() -> None:
        with Slots(tmp_path, 1).take("second", never) as slot:
            assert slot.held and not slot.lost
            taken.set()

    with Slots(tmp_path, 1).take("first", never):
        thread = threading.Thread(target=wait)
        thread.start()
        until(lambda: len(numbers(tmp_path)) == 2)
        lost = max(numbers(tmp_path))
        (tmp_path / f"{lost:012d}").unlink()
        until(lambda: len(numbers(tmp_path)) == 2)
        assert not taken.is_set()
    thread.join()
    assert taken.is_set()


def test_an_old_listing_gives_no_number_below_one_that_holds(tmp_path: Path) -> None:
    class Behind(Slots):
        """Sees the folder as it was when it was empty, the first time: as a listing on NFS may be."""

        looks = 0

        def _numbers(self) -> list[int]:
            self.looks += 1
            return [] if self.looks == 1 else super()._numbers()

    with (
        Slots(tmp_path, 9).take("1", never),
        Slots(tmp_path, 9).take("2", never) as second,
    ):
        (tmp_path / f"{1:012d}").unlink()
        patience = iter([False, True])
        with Behind(tmp_path, 1).take("late", lambda: next(patience)) as slot:
            assert slot.number > second.number and not slot.held


def test_numbers_never_come_again(tmp_path: Path) -> None:
    drawn = []
    for _ in range(5):
        with Slots(tmp_path, 1).take("here", never) as slot:
            drawn.append(slot.number)
    assert drawn == sorted(set(drawn)) and len(numbers(tmp_path)) == 1


def test_a_file_system_without_links_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, target: Path) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    test_threads_of_one_process_share_them_too(tmp_path)


def test_a_killed_process_that_had_written_nothing_yet_is_waited_for_no_longer_than_a_lease(tmp_path: Path) -> None:
    path = tmp_path / f"{1:012d}"
    path.touch()
    patience = iter([False, True])
    with Slots(tmp_path, 1, lease_s=60).take("here", lambda: next(patience)) as slot:
        assert not slot.held
    os.utime(path, (time.time() - 61,) * 2)
    with Slots(tmp_path, 1, lease_s=60).take("here", never) as slot:
        assert slot.held


def test_a_folder_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "slots").write_text("a file")
    with (
        pytest.raises(BuildError, match=r"slots: no slot can be taken there: File exists"),
        Slots(tmp_path / "slots", 1).take("here", never),
    ):
        pytest.fail("there is none")
