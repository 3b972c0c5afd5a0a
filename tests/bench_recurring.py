"""`make bench`, recurring footage: the whole stage on the scans of a drawn season, in a process of its own.

At its full size, `python tests/bench_recurring.py 26 22` (episodes, minutes), it is the reference project's season.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
from conftest import ROOT
from drawn_cells import drawn_cells, noisy
from scans import write_scan

from reelwright.files import read_json, write_json
from reelwright.outcome import Record, attempt
from reelwright.recurring import EpisodeScan, find_recurring

EPISODES, MINUTES = 8, 11
"""A size for every day; the limit is that of the full one."""

LIMIT_S, LIMIT_MB = 60, 2000
RATE = 25
BASE = Fraction(1, RATE)

OPENING, STOCK, CREDITS = drawn_cells(1, 30 * RATE), drawn_cells(2, 8 * RATE), drawn_cells(3, 40 * RATE)


def episode(number: int, minutes: int) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """Cells of an episode, and where opening, stock shot (in every third) and credits lie in it."""
    random = np.random.default_rng(number)
    frames = minutes * 60 * RATE
    cells = drawn_cells(1000 + number, frames)
    at = [int(random.integers(0, 90 * RATE)) if number % 4 == 3 else RATE, frames - len(CREDITS) - number]
    parts = [OPENING, CREDITS]
    if number % 3 == 0:
        at.append(int(random.integers(frames // 3, frames * 2 // 3)))
        parts.append(STOCK)
    for start, part in zip(at, parts, strict=True):
        cells[start : start + len(part)] = part
    return noisy(cells, number), [(start, start + len(part)) for start, part in zip(at, parts, strict=True)]


def draw(folder: Path, episodes: int, minutes: int) -> int:
    """Write the scans of a season to ``folder``; returns how many occurrences there are to be found."""
    truth = {}
    for number in range(episodes):
        name = f"ep{number + 1:02d}.bench"
        cells, truth[name] = episode(number, minutes)
        write_scan(folder / f"{name}.npz", cells)
        write_json(folder / f"{name}.json", {"time_base": str(BASE)})
        with attempt(Record("scan_source", name, folder / f"{name}.outcome.json"), []):
            pass
    write_json(folder / "truth.json", truth)
    return sum(map(len, truth.values()))


def measure(folder: Path) -> None:
    """Find what recurs in the scans of ``folder``, and print seconds, peak memory in MB, right and wrong occurrences."""
    names = sorted(read_json(folder / "truth.json"))
    scans = [
        EpisodeScan(name[2:4], name, *(folder / f"{name}{end}" for end in (".npz", ".json", ".outcome.json")))
        for name in names
    ]
    out = folder / "recurring.json"
    start = time.perf_counter()
    record = Record("find_recurring", "recurring", folder / "outcome.json")
    find_recurring(scans, out, record, shortest_s=3.0, head_s=12.0, tail_s=45.0, shortest_clip_s=3.0)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    wanted = {(name, first, end) for name, spans in read_json(folder / "truth.json").items() for first, end in spans}
    found = [
        (one["source_id"], one["start_frame"], one["end_frame"])
        for stretch in read_json(out)["stretches"]
        for one in stretch["occurrences"]
    ]
    near = [
        any(name == other[0] and abs(first - other[1]) <= 2 and abs(end - other[2]) <= 2 for other in wanted)
        for name, first, end in found
    ]
    print(json.dumps({"seconds": seconds, "peak_mb": peak, "right": sum(near), "wrong": len(near) - sum(near)}))


def run(episodes: int, minutes: int) -> tuple[dict[str, float], int]:
    """What ``measure`` says of a season, and how many occurrences there were to be found."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = draw(Path(folder), episodes, minutes)
        environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'scripts'}:{ROOT / 'tests'}"}
        command = [sys.executable, __file__, "measure", folder]
        said = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
        result: dict[str, float] = json.loads(said.splitlines()[-1])
        return result, wanted


def compare(episodes: int = EPISODES, minutes: int = MINUTES) -> list[tuple[str, str, str, str]]:
    """Every comparison: what, ours, against what, ratio."""
    found, wanted = run(episodes, minutes)
    what = f"recurring footage of {episodes} masters of {minutes} minutes, from their scans"
    right = f"{found['right']} of {wanted} found within 2 frames, {found['wrong']} others"
    return [
        (f"{what}: {right}", f"{found['seconds']:.1f} s", f"{LIMIT_S} s", f"{found['seconds'] / LIMIT_S:.2f}"),
        ("its peak memory", f"{found['peak_mb']:.0f} MB", f"{LIMIT_MB} MB", f"{found['peak_mb'] / LIMIT_MB:.2f}"),
    ]


if __name__ == "__main__":
    if sys.argv[1:2] == ["measure"]:
        measure(Path(sys.argv[2]))
    else:
        for row in compare(*map(int, sys.argv[1:])):
            print(" | ".join(row))
