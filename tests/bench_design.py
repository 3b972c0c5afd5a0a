"""How fast the production art is inventoried, on a stand-in for the reference delivery: `python tests/bench_design.py`."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from art_delivery import deliver, design
from test_art_names import SEASON

from reelwright.design.art import read_inventory
from reelwright.design.dictionaries import dictionaries
from reelwright.design.inventory import compared, inventory_design
from reelwright.design.walk import art_state
from reelwright.outcome import Record


def seconds(work: Callable[[], object], times: int = 5) -> str:
    """Median and worst of several runs."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return f"{statistics.median(taken):.3f} s (worst of {times}: {max(taken):.3f})"


def main() -> None:
    """Deliver, inventory, and print what it took."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "DESIGN"
        deliver(folder, mib=20)
        settings, out = design(folder), Path(name) / "inventory.csv"
        record = Record("inventory_design", "design", Path(name) / "outcome.json")
        inventory = lambda: inventory_design(out, record, settings=settings)  # noqa: E731
        print("first inventory:      ", seconds(inventory, 1))
        files = read_inventory(out)
        loose = [one for one in files if not one.archive]
        print(f"  {len(loose)} loose files and archives, {len(files) - len(loose)} members; {compared(files)}")
        print("inventory, unchanged: ", seconds(inventory))
        print("has anything changed: ", seconds(lambda: art_state(folder)))
        print("names to dictionaries:", seconds(lambda: dictionaries(files, settings, SEASON)))
        by_bytes = design(folder, compare="crc32")
        print("compared by bytes:    ", seconds(lambda: inventory_design(out, record, settings=by_bytes), 1))


if __name__ == "__main__":
    main()
