"""The packages' part of `make bench`: the reference project's pilot, 601 clips of 607, whose media is in the store already."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SIZES = {"01": (152, 3), "04": (152, 0), "05": (152, 2), "20": (151, 1)}
"""Clips by episode, and how many of them are not usable."""

MEDIA_BYTES = 2_000_000
"""Of each clip: 5 s of 1280x720 cartoon at CRF 16, generously."""

LIMIT_S = 10.0


def measured() -> dict[str, float]:
    """Seconds of a build of the package, with everything it writes and checks, and the bytes that it added to the disk."""
    from package_inputs import Part, listed_episode, package
    from reelwright.packages.build import build_package
    from reelwright.packages.encode import _recipe
    from reelwright.packages.select import select_rows
    from reelwright.store import FolderStore

    settings = package(size=(1280, 720))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        episodes = [
            listed_episode(folder, number, [Part(at * 127, at * 127 + 127, at < count - bad) for at in range(count)])
            for number, (count, bad) in SIZES.items()
        ]
        store = FolderStore(folder / "store")
        for episode in select_rows("pilot", settings, episodes):
            for row in episode.rows:
                recipe = _recipe(row, episode.source, settings)
                store.put(recipe, ".mp4", lambda path: path.write_bytes(os.urandom(MEDIA_BYTES)) and None)
                store.put(recipe, ".json", lambda path: path.write_text(json.dumps(list(range(33)))) and None)
        out, start = folder / "packages" / "pilot", time.perf_counter()
        build_package(
            out, name="pilot", settings=settings, episodes=episodes, rights="licensed", store=folder / "store", threads=2,
            snapshots=folder / "snapshots",
        )  # fmt: skip
        seconds = time.perf_counter() - start
        files = [path.stat() for path in out.rglob("*") if path.is_file()]
        media = list((out / "media").iterdir())
        copied = sum(one.stat().st_size for one in media if one.stat().st_nlink == 1)
        other = sum(one.st_size for one in files if one.st_nlink == 1)
        return {"seconds": seconds, "rows": len(media), "copied": copied, "other_mb": other / 1e6}


def compare() -> list[tuple[str, str, str, str]]:
    """Every comparison: what, ours, against what, ratio."""
    root = Path(__file__).resolve().parents[1]
    environment = {**os.environ, "PYTHONPATH": f"{root / 'scripts'}:{root / 'tests'}"}
    run = subprocess.run(
        [sys.executable, __file__, "measured"], check=True, capture_output=True, text=True, env=environment
    )
    ours: dict[str, float] = json.loads(run.stdout.splitlines()[-1])
    assert ours["rows"] == 601
    what = f"a package of 601 clips of {MEDIA_BYTES / 1e6:.0f} MB that are in the store"
    return [
        (what, f"{ours['seconds']:.1f} s", f"{LIMIT_S:.0f} s", f"{ours['seconds'] / LIMIT_S:.2f}"),
        ("the same, media bytes copied", f"{ours['copied']:.0f}", "0", "1.00" if not ours["copied"] else "-"),
    ]


if __name__ == "__main__":
    if sys.argv[1:] == ["measured"]:
        print(json.dumps(measured()))
    else:
        for row in compare():
            print(" | ".join(row))
