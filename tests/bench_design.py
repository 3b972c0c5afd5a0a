"""The part of `make bench` about production art: a stand-in for the reference delivery is inventoried and its names are read;
one plate is made out of a large archive.
"""

from __future__ import annotations

import io
import os
import statistics
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from art_delivery import deliver, design
from test_art_names import SEASON

from reelwright.demo.plate_art import plate_bytes
from reelwright.demo.plates import demo_plates
from reelwright.design.archive import open_archive
from reelwright.design.art import read_inventory
from reelwright.design.dictionaries import dictionaries
from reelwright.design.inventory import inventory_design
from reelwright.design.walk import art_state
from reelwright.identity.pictures import inspect, make_plate
from reelwright.outcome import Record
from reelwright.spec.design import ArchiveLimits
from reelwright.spec.identity import Plates

ARCHIVE_BYTES = 10**9


def seconds(work: Callable[[], object], times: int = 3) -> float:
    """Median of several runs."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def delivery_rows(folder: Path) -> list[tuple[str, str, str, str]]:
    """The stand-in: first inventory, inventory and plan when nothing has changed, names."""
    art = folder / "DESIGN"
    deliver(art)
    settings, out = design(art), folder / "inventory.csv"
    record = Record("inventory_design", "design", folder / "outcome.json")
    inventory = lambda: inventory_design(out, record, settings=settings)  # noqa: E731
    first, again = seconds(inventory, 1), seconds(inventory)
    files = read_inventory(out)
    loose = sum(not one.archive for one in files)
    what = f"inventory of {loose} files and {len(files) - loose} members"
    plan, names = seconds(lambda: art_state(art)), seconds(lambda: dictionaries(files, settings, SEASON))
    return [
        (what, f"{first:.2f} s", "10 s", f"{first / 10:.2f}"),
        (f"{what}, unchanged", f"{again:.2f} s", "2 s", f"{again / 2:.2f}"),
        ("a plan that asks whether they have changed", f"{plan:.3f} s more", "1 s", f"{plan:.3f}"),
        (f"names of {len(files)} files to dictionaries", f"{names:.2f} s", "-", "-"),
    ]


def plate_row(folder: Path) -> tuple[str, str, str, str]:
    """One plate out of a large archive: bytes that were read of it, against the member's own."""
    document = plate_bytes(next(iter(demo_plates().values())))
    path = folder / "large.zip"
    block = os.urandom(1 << 20)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name in ("before.bin", "after.bin"):
            with archive.open(name, "w") as file:
                for _ in range(ARCHIVE_BYTES // len(block) // 2):
                    file.write(block)
            if name == "before.bin":
                archive.writestr("CH/plate.psd", document, zipfile.ZIP_DEFLATED)
    with open_archive(path, ArchiveLimits()) as opened:
        packed = opened.member("CH/plate.psd").packed
        with opened.open_member("CH/plate.psd") as file:
            facts = inspect(file)
            made = make_plate(file, facts, facts.routes[0], Plates())
        read = opened.bytes_read
    direct = io.BytesIO(document)
    alone = make_plate(direct, inspect(direct), facts.routes[0], Plates())
    assert made.picture.tobytes() == alone.picture.tobytes()
    size = path.stat().st_size
    return (
        f"one plate of a {size / 1e9:.2f} GB archive, bytes read",
        f"{read / 1e3:.0f} kB",
        f"the member, packed: {packed / 1e3:.0f} kB",
        f"{read / packed:.2f}",
    )


def compare() -> list[tuple[str, str, str, str]]:
    """Every comparison: what, ours, against what, ratio."""
    with tempfile.TemporaryDirectory() as name:
        return [*delivery_rows(Path(name)), plate_row(Path(name))]


if __name__ == "__main__":
    for row in compare():
        print(" | ".join(row))
