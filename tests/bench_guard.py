"""The leak guard's part of `make bench`: the clips of a season against an episode that is held out, by their scans alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

EPISODES, CLIPS, CLIP_FRAMES = 26, 150, 100
"""A season: 3,900 clips of 4 s."""

PIECES, PIECE_FRAMES = 450, 75
"""An episode of 22.5 minutes held out, in pieces of 3 s."""

LIMITS = {"seconds": 60.0, "peak_mb": 1000.0}
"""What it may take at most: a season's checks that need no decoding take a minute elsewhere too."""


def measured() -> dict[str, float]:
    """Seconds, peak memory (MB) and leaks found; one leak is planted in each episode."""
    import cv2
    from drawn_cells import drawn_cells, footage

    from reelwright.align.footage import Footage
    from reelwright.evaluation.leaks import find_leaks

    def with_luma(seed: int, frames: int) -> Footage:
        cells = drawn_cells(seed, frames)

        def luma(numbers: np.ndarray) -> np.ndarray:
            pictures = cells[numbers].reshape(-1, 9, 16).astype(np.float32)
            return np.stack([cv2.resize(one, (48, 27), interpolation=cv2.INTER_CUBIC) for one in pictures])

        return replace(footage(cells), luma=luma)

    cv2.setNumThreads(1)
    held = with_luma(0, PIECES * PIECE_FRAMES)
    pieces = [held.part(start, start + PIECE_FRAMES) for start in range(0, held.frames, PIECE_FRAMES)]
    seconds, found = 0.0, 0
    for episode in range(1, EPISODES + 1):
        film = with_luma(episode, CLIPS * CLIP_FRAMES)
        rows = [film.part(start, start + CLIP_FRAMES) for start in range(0, film.frames, CLIP_FRAMES)]
        rows[episode] = held.part(1000 * episode, 1000 * episode + CLIP_FRAMES)
        start = time.perf_counter()
        found += len(find_leaks(rows, pieces))
        seconds += time.perf_counter() - start
    (peak,) = [
        line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")
    ]
    return {"seconds": seconds, "peak_mb": int(peak) / 1024, "found": found}


def compare() -> list[tuple[str, str, str, str]]:
    """Every comparison: what, ours, against what, ratio."""
    root = Path(__file__).resolve().parents[1]
    environment = {**os.environ, "PYTHONPATH": f"{root / 'scripts'}:{root / 'tests'}"}
    command = [sys.executable, __file__, "measured"]
    run = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    ours: dict[str, float] = json.loads(run.stdout.splitlines()[-1])
    assert ours["found"] == EPISODES, "one planted copy an episode"
    what = f"{EPISODES * CLIPS} clips against {PIECES} pieces of a held-out episode"
    return [
        (what, f"{ours['seconds']:.1f} s", f"{LIMITS['seconds']:.0f} s", f"{ours['seconds'] / LIMITS['seconds']:.2f}"),
        (
            "the same, peak memory",
            f"{ours['peak_mb']:.0f} MB",
            f"{LIMITS['peak_mb']:.0f} MB",
            f"{ours['peak_mb'] / LIMITS['peak_mb']:.2f}",
        ),
    ]


if __name__ == "__main__":
    if sys.argv[1:] == ["measured"]:
        print(json.dumps(measured()))
    else:
        for row in compare():
            print(" | ".join(row))
