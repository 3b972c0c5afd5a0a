"""The part of `make bench` about the old material: locating old clips in a season, from ready scans.

The footage is drawn: shots of bodies that move before a backdrop, each master as long as an episode of the reference project.
The clips are parts of it as another encoder leaves them, a few of other footage; all that the stage does is timed, but for
decoding the clips. By hand, for a whole season: `python tests/bench_reference.py 26 1551 [FOLDER]`.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from reelwright.digest import file_sha256
from reelwright.files import read_json, write_json
from reelwright.outcome import Record
from reelwright.scan.file import ScanWriter
from reelwright.scan.measure import COLUMNS, GRID_HEIGHT, GRID_WIDTH, THUMB_HEIGHT, THUMB_WIDTH

ROOT = Path(__file__).resolve().parents[1]
FRAMES = 32_932
"""Of an episode of 1,317.269 s at 25 frames a second."""

MASTERS, CLIPS = 3, 300
"""What `make bench` locates; the whole season takes minutes to draw."""

STRANGERS = 20
"""One clip in so many is of footage that is in no master."""

SEASON_CLIPS, LIMIT_S, LIMIT_MB = 1551, 60, 2000
"""The old clips of the reference project, and what locating them in 26 masters may take."""

COLUMNS_OF_NOTHING = {name: 0 for name in COLUMNS if name not in {"pts", "grid", "brightness", "border"}}


def drawn_thumbs(random: np.random.Generator, frames: int) -> np.ndarray:
    """Thumbs of one shot, grey: three discs that move before a backdrop of its own."""
    size = (THUMB_WIDTH, THUMB_HEIGHT)
    backdrop = cv2.resize(random.uniform(40, 210, (4, 6)).astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    backdrop = np.clip(backdrop, 0, 255).astype(np.uint8)
    start, step = random.uniform([0, 0], size, (3, 2)), random.uniform(-0.7, 0.7, (3, 2))
    radii, tones = random.uniform(2, 7, 3) * 16, random.uniform(0, 255, 3)
    thumbs = np.repeat(backdrop[None], frames, 0)
    for frame in range(frames):
        for place, move, radius, tone in zip(start, step, radii, tones, strict=True):
            x, y = np.mod(place + move * frame, size) * 16
            cv2.circle(thumbs[frame], (int(x), int(y)), int(radius), float(tone), -1, cv2.LINE_AA, 4)
    return thumbs


def footage(seed: int, frames: int) -> np.ndarray:
    """Grey thumbs of shots of two to five seconds."""
    random, shots, length = np.random.default_rng(seed), [], 0
    while length < frames:
        shots.append(drawn_thumbs(random, int(random.integers(50, 125))))
        length += len(shots[-1])
    return np.concatenate(shots)[:frames]


def write_scan(out: Path, thumbs: np.ndarray, step: int) -> None:
    """The scan of grey thumbs, with what locating reads of it; a frame each ``step`` units of time."""
    cells = (len(thumbs), GRID_HEIGHT, THUMB_HEIGHT // GRID_HEIGHT, GRID_WIDTH, THUMB_WIDTH // GRID_WIDTH)
    grid = np.rint(thumbs.reshape(cells).mean((2, 4))).astype(np.uint8).reshape(len(thumbs), -1)
    brightness = thumbs.mean((1, 2))
    with ScanWriter(out) as writer:
        for number, thumb in enumerate(thumbs):
            row = {**COLUMNS_OF_NOTHING, "grid": grid[number], "brightness": brightness[number], "border": (0, 0, 0, 0)}
            writer.add(number * step, row, thumb[:, :, None])


def draw(folder: Path, masters: int, clips: int) -> None:
    """Scans of ``masters`` and of ``clips``, with files that stand for them, below ``folder``, and where the clips lie."""
    from reelwright.scan.clips import recipe_of
    from reelwright.store import FolderStore

    store, random, truth = FolderStore(folder / "store"), np.random.default_rng(1), {}
    (folder / "clips").mkdir(parents=True)
    write_json(folder / "ok.json", {"status": "ok"})
    write_json(folder / "numbering.json", {"episodes": []})
    number = 0
    for master in range(masters):
        thumbs = footage(master, FRAMES)
        write_scan(folder / f"{master}.npz", thumbs, 1)
        write_json(folder / f"{master}.json", {"source_sha256": f"{master:064x}", "time_base": "1/25"})
        strange = footage(1000 + master, FRAMES // 20)
        while number * masters < clips * (master + 1):
            source = strange if number % STRANGERS == 0 else thumbs
            length = int(random.integers(75, 131))
            first = int(random.integers(0, len(source) - length))
            noise = random.integers(-3, 4, (length, THUMB_HEIGHT, THUMB_WIDTH))
            part = np.clip(source[first : first + length] + noise, 0, 255).astype(np.uint8)
            file = folder / "clips" / f"{number:05d}.mp4"
            file.write_text(str(number))
            made = folder / "clip.npz"
            write_scan(made, part, 40_000)
            store.put(recipe_of(file_sha256(file)), ".npz", lambda out, made=made: made.replace(out))  # type: ignore[misc]
            truth[file.name] = None if source is strange else [master, first, first + length]
            number += 1
    write_json(folder / "truth.json", truth)


def memory_mb() -> float:
    """Memory of this process and its children, what they share counted once."""
    total = 0
    for process in [
        os.getpid(),
        *map(int, Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()),
    ]:
        try:
            lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
            total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        except (OSError, StopIteration):
            continue
    return total / 1024


def run(folder: Path, threads: int) -> dict[str, Any]:
    """Seconds and peak memory of the stage, and how many clips lie where they were taken from."""
    from reelwright.reference.locate import MasterScan, locate_reference

    truth, peak, done = read_json(folder / "truth.json"), [0.0], threading.Event()
    headers = sorted(folder.glob("*[0-9].json"), key=lambda path: int(path.stem))
    masters = [
        MasterScan(
            f"ep{int(one.stem):02d}.drawn", f"{int(one.stem):02d}", one.with_suffix(".npz"), one, folder / "ok.json"
        )
        for one in headers
    ]

    def watch() -> None:
        while not done.wait(0.1):
            peak[0] = max(peak[0], memory_mb())

    watcher = threading.Thread(target=watch)
    watcher.start()
    began = time.perf_counter()
    locate_reference(
        masters,
        sorted((folder / "clips").iterdir()),
        [],
        folder / "numbering.json",
        folder / "reference.json",
        Record("locate_reference", "reference", folder / "outcome.json"),
        manifest=None,
        store=folder / "store",
        threads=threads,
    )
    seconds = time.perf_counter() - began
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    done.set()
    watcher.join()
    rows = {row["clip"]: row for row in read_json(folder / "reference.json")["clips"]}
    right = [
        (not rows[name]["found"])
        if place is None
        else rows[name]["found"]
        and int(rows[name]["production_episode"]) == place[0]
        and max(abs(rows[name]["start_frame"] - place[1]), abs(rows[name]["end_frame"] - place[2])) <= 1
        for name, place in truth.items()
    ]
    false = [name for name, place in truth.items() if place is None and rows[name]["found"]]
    cpu = sum(one.ru_utime + one.ru_stime for one in used)
    return {
        "seconds": seconds,
        "cpu": cpu,
        "peak_mb": peak[0],
        "right": sum(right),
        "clips": len(right),
        "false": len(false),
    }


def measured(masters: int, clips: int, folder: Path) -> dict[str, Any]:
    """Draw, where that has not been done, and run the stage in a process of its own."""
    if not (folder / "truth.json").exists():
        draw(folder, masters, clips)
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "scripts")}
    command = [sys.executable, __file__, "run", str(folder)]
    said = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    found: dict[str, Any] = json.loads(said.splitlines()[-1])
    return found


def compare(masters: int = MASTERS, clips: int = CLIPS, folder: Path | None = None) -> list[tuple[str, str, str, str]]:
    """Every comparison: what, ours, against what, ratio. The limit is the season's share of time for so many clips."""
    with tempfile.TemporaryDirectory() as temporary:
        one = measured(masters, clips, folder or Path(temporary) / "reference")
    what = f"{clips} old clips located in {masters} masters of {FRAMES} frames"
    limit_s = LIMIT_S * clips / SEASON_CLIPS
    return [
        (
            what,
            f"{one['seconds']:.1f} s ({one['cpu']:.1f} s of CPU)",
            f"{limit_s:.1f} s",
            f"{one['seconds'] / limit_s:.2f}",
        ),
        ("their peak memory", f"{one['peak_mb']:.0f} MB", f"{LIMIT_MB} MB", f"{one['peak_mb'] / LIMIT_MB:.2f}"),
        (
            "of them at their very frames, +-1",
            f"{one['right']}",
            f"{one['clips']}",
            f"{one['right'] / one['clips']:.2f}",
        ),
        ("clips of other footage located", f"{one['false']}", "0", "-"),
    ]


if __name__ == "__main__":
    if sys.argv[1:2] == ["run"]:
        print(json.dumps(run(Path(sys.argv[2]), os.cpu_count() or 1)))
    else:
        size = [int(one) for one in sys.argv[1:3]] or [MASTERS, CLIPS]
        for row in compare(*size, *(Path(one) for one in sys.argv[3:4])):
            print(" | ".join(row))
