"""The actors' part of `make bench`: measuring against decoding alone, whole builds of 288 actors, and calls of a model.

python tests/bench_actors.py                      # all of them
python tests/bench_actors.py measuring calls      # some: measuring, builds, calls
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image
    from vlm_server import Call

ROOT = Path(__file__).resolve().parents[1]
ACTORS, IMAGES, ROUNDS = int(os.environ.get("REELWRIGHT_BENCH_ACTORS", "288")), 20, 5
ASKED = 110
"""Actors that a model is asked about."""

SIZE = (1024, 1024)
"""Width and height of the images: what the notes' model makes of one megapixel."""

LIMIT_BUILD_S, LIMIT_AGAIN_S, LIMIT_RATIO = 240.0, 8.0, 1.3

Rows = list[tuple[str, str, str, str]]


def pictures(count: int) -> list[bytes]:
    """So many different images as JPEG."""
    from acting import encoded

    return [encoded(photographic(number)) for number in range(count)]


def photographic(number: int) -> Image.Image:
    """A picture with soft and fine structure, so that its JPEG is as large as a photograph's."""
    from acting import scene
    from PIL import Image

    small = Image.fromarray(scene(number, 64, 64)).resize(SIZE, Image.Resampling.BICUBIC)
    return Image.blend(small, Image.fromarray(scene(number + 9999, *SIZE)), 0.15)


def measuring() -> Rows:
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
    against = f"Pillow decoding and shrinking: {bare * 1000:.0f} ms"
    return [(what, f"{ours * 1000:.0f} ms", against, f"{ours / bare:.2f}")]


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


def _project(root: Path, sets: dict[str, dict[str, bytes]], **actors: object) -> Path:
    """A spec of nothing but actors with these images; its masters are missing, which is no matter for actors."""
    import yaml
    from acting import deliver

    deliver(root / "data", sets)
    sources = {"folder": "delivery", "rights": "licensed", "masters": "M_{episode}_{title}.mov"}
    episodes = {"01": {"title": "ONE"}}
    spec = {"project": "many", "show": "Many", "sources": {**sources, "episodes": episodes}}
    path = root / "many.yaml"
    path.write_text(yaml.safe_dump({**spec, "actors": {"folder": "data", **actors}}))
    return path


def _names(count: int) -> list[str]:
    return [f"{number:04d}_european_{16 + number % 60}_{'fe' * (number % 2)}male" for number in range(count)]


def builds() -> Rows:
    """A build of all actors by Snakemake on two cores, and a second one with nothing new."""
    from season import build

    with tempfile.TemporaryDirectory() as folder:
        data = pictures(IMAGES)
        sets = {name: {f"{name}_{n}.jpg": one for n, one in enumerate(data)} for name in _names(ACTORS)}
        path = _project(Path(folder), sets)
        seconds, busy = [], []
        for _ in range(2):
            began, spent = time.perf_counter(), _children()
            run = build(path, "actors")
            seconds.append(time.perf_counter() - began)
            busy.append(_children() - spent)
            assert run.returncode == 0, run.stdout[-3000:]
        assert "Nothing to be done" in run.stdout
    load = f"load {os.getloadavg()[0]:.1f}"
    names = ("on two cores", "again")
    limits = (LIMIT_BUILD_S, LIMIT_AGAIN_S)
    return [
        (
            f"building {ACTORS} actors of {IMAGES} images {name}",
            f"{took:.1f} s ({spent:.1f} s of processor time, {load})",
            f"{limit:.0f} s",
            f"{took / limit:.2f}",
        )
        for name, took, spent, limit in zip(names, seconds, busy, limits, strict=True)
    ]


def calls() -> Rows:
    """Calls of a model over HTTP in real builds: of all actors, then of one new image."""
    from acting import encoded, scene
    from season import build
    from vlm_server import VlmServer

    with tempfile.TemporaryDirectory() as folder, VlmServer(_answer) as server:
        names = _names(ASKED)
        sets = {name: {f"{name}_0.jpg": encoded(scene(number, 64, 48))} for number, name in enumerate(names)}
        openai = {"base_url": f"{server.url}/v1", "tries": 1, "price": 0}
        path = _project(Path(folder), sets, evaluation={"backend": "openai", "openai": openai})
        counts = []
        for new in (None, names[41], None):
            before = len(server.calls)
            if new is not None:
                place = Path(folder) / "data" / "actors" / new / "training_data" / f"{new}_1.jpg"
                place.write_bytes(encoded(scene(9999, 64, 48)))
            run = build(path, "actors", "--resources", "api=2")
            assert run.returncode == 0, run.stdout[-3000:]
            counts.append(len(server.calls) - before)
    what = (f"calls for {ASKED} actors", "calls for one new image", "calls for nothing new")
    wanted = (ASKED, 1, 0)
    return [
        (name, str(count), str(most), f"{count / most:.2f}" if most else "-")
        for name, count, most in zip(what, counts, wanted, strict=True)
    ]


def _answer(call: Call) -> str:
    """An answer about every image of a sheet."""
    count = int(call.prompt.split("This sheet shows ")[1].split()[0])
    plain = {"class": "photorealistic", "quality": 8, "defects": [], "reason": ""}
    images = [{"number": number, **plain} for number in range(1, count + 1)]
    return json.dumps({"images": images, "delete": [], "generate": "", "summary": ""})


def _children() -> float:
    """Processor time of all child processes so far."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


PARTS = {"measuring": measuring, "builds": builds, "calls": calls}


def compare() -> Rows:
    """Every comparison: what, ours, against what, ratio."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'scripts'}:{ROOT / 'tests'}"}
    command = [sys.executable, __file__, *PARTS]
    run = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return [
        (one, two, three, four) for one, two, three, four in (line.split(" | ") for line in run.stdout.splitlines())
    ]


if __name__ == "__main__":
    if len(sys.argv) > 1:
        for part in sys.argv[1:]:
            for row in PARTS[part]():
                print(" | ".join(row), flush=True)
    else:
        for row in compare():
            print(" | ".join(row))
