"""The part of `make bench` about actors: measuring against decoding alone, and a whole build of 288 actors of 20 images each.

python tests/bench_actors.py             # both
python tests/bench_actors.py measuring   # the first alone
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml
from acting import deliver, encoded, scene
from PIL import Image
from season import build

ACTORS, IMAGES, ROUNDS = int(os.environ.get("REELWRIGHT_BENCH_ACTORS", "288")), 20, 5
SIZE = (1024, 1024)
"""Width and height of the images: what the notes' model makes of one megapixel."""

LIMIT_BUILD_S, LIMIT_AGAIN_S, LIMIT_RATIO = 240.0, 8.0, 1.3


def pictures(count: int) -> list[bytes]:
    """So many different images as JPEG."""
    return [encoded(photographic(number)) for number in range(count)]


def photographic(number: int) -> Image.Image:
    """A picture with soft and fine structure, so that its JPEG is as large as a photograph's."""
    small = Image.fromarray(scene(number, 64, 64)).resize(SIZE, Image.Resampling.BICUBIC)
    return Image.blend(small, Image.fromarray(scene(number + 9999, *SIZE)), 0.15)


def measuring() -> list[tuple[str, str, str, str]]:
    """The library's function on an actor's images against a loop that decodes and shrinks them; medians of processor time."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, data in enumerate(pictures(IMAGES)):
            path = Path(folder) / f"a_{number}.jpg"
            path.write_bytes(data)
            paths.append(str(path))
        pairs = [(_process(BARE, paths), _process(OURS, paths)) for _ in range(ROUNDS)]
    bare, ours = (sorted(pair[place] for pair in pairs)[ROUNDS // 2] for place in (0, 1))
    what = f"measuring {IMAGES} images of {SIZE[0]} x {SIZE[1]}"
    return [
        (what, f"{ours * 1000:.0f} ms", f"Pillow decoding and shrinking: {bare * 1000:.0f} ms", f"{ours / bare:.2f}")
    ]


BARE = """
import sys, time
from PIL import Image, JpegImagePlugin
began = time.process_time()
for path in sys.argv[1:]:
    with Image.open(path) as image:
        image.load()
        image.convert("RGB").resize((200, 200))
print(time.process_time() - began)
"""

OURS = """
import sys, time
from pathlib import Path
from PIL import JpegImagePlugin
from reelwright.actors.looking import look_at
began = time.process_time()
found = look_at([Path(path) for path in sys.argv[1:]])
assert all(one.seen for one in found)
print(time.process_time() - began)
"""


def _process(program: str, paths: list[str]) -> float:
    run = subprocess.run([sys.executable, "-c", program, *paths], capture_output=True, text=True, check=True)
    return float(run.stdout)


def whole_build() -> list[tuple[str, str, str, str]]:
    """A build of all actors by Snakemake on two cores, and a second one with nothing new."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        data = pictures(IMAGES)
        names = [f"{number:04d}_european_{16 + number % 60}_{'fe' * (number % 2)}male" for number in range(ACTORS)]
        deliver(root / "data", {name: {f"{name}_{n}.jpg": one for n, one in enumerate(data)} for name in names})
        sources = {"folder": "delivery", "rights": "licensed", "masters": "M_{episode}_{title}.mov"}
        spec = {
            "project": "many",
            "show": "Many",
            "sources": {**sources, "episodes": {"01": {"title": "ONE"}}},
            "actors": {"folder": "data"},
        }
        path = root / "many.yaml"
        path.write_text(yaml.safe_dump(spec))
        seconds, busy = [], []
        for _ in range(2):
            began, spent = time.perf_counter(), _children()
            run = build(path, "actors")
            seconds.append(time.perf_counter() - began)
            busy.append(_children() - spent)
            assert run.returncode == 0, run.stdout[-3000:]
        assert "Nothing to be done" in run.stdout
    what = f"building {ACTORS} actors of {IMAGES} images"
    load = f"load {os.getloadavg()[0]:.1f}, {busy[0]:.0f} s of processor time"
    return [
        (
            f"{what}, 2 cores ({load})",
            f"{seconds[0]:.0f} s",
            f"{LIMIT_BUILD_S:.0f} s",
            f"{seconds[0] / LIMIT_BUILD_S:.2f}",
        ),
        (
            f"{what} again ({busy[1]:.1f} s of processor time)",
            f"{seconds[1]:.1f} s",
            f"{LIMIT_AGAIN_S:.0f} s",
            f"{seconds[1] / LIMIT_AGAIN_S:.2f}",
        ),
    ]


def _children() -> float:
    """Processor time of all child processes so far."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def compare() -> list[tuple[str, str, str, str]]:
    """Every comparison: what, ours, against what, ratio."""
    return [*measuring(), *whole_build()]


if __name__ == "__main__":
    for row in measuring() if sys.argv[1:] == ["measuring"] else compare():
        print(" | ".join(row))
