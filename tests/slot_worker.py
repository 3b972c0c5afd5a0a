"""A process that takes slots: ``python slot_worker.py FOLDER COUNT ROUNDS HOLD_S LOG``.

It notes when it has one and when it gives it back, by the clock that all processes of a machine share.
"""

from __future__ import annotations

import os
import random
import sys
import time
from pathlib import Path

from reelwright.actors.execution.slots import Slots


def main(folder: str, count: str, rounds: str, hold_s: str, log: str) -> None:
    slots = Slots(Path(folder), int(count))
    dice = random.Random(os.getpid())
    with Path(log).open("a", buffering=1) as file:
        for _ in range(int(rounds)):
            with slots.take(f"process {os.getpid()}", lambda: False) as slot:
                file.write(f"take {slot.number} {time.monotonic()}\n")
                time.sleep(float(hold_s) * dice.random())
                file.write(f"give {slot.number} {time.monotonic()}\n")
    Path(log).with_suffix(".done").touch()


if __name__ == "__main__":
    main(*sys.argv[1:])
