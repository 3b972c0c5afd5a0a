"""The part of `make bench` about plates: one large flat document against Pillow alone, in time and in memory; and colours
against psd-tools.

Each measurement is a process of its own, so that one's memory is not another's. Times are the processor's, so that what else
runs on the machine doesn't count; what is imported is not timed.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from reelwright.demo.paint import blank, brush_texture, view_painter
from reelwright.demo.photoshop import Document, photoshop_bytes
from reelwright.demo.places import PLACES
from reelwright.demo.plate_art import plate_bytes
from reelwright.demo.plates import demo_plates
from reelwright.identity.pictures import inspect, make_plate
from reelwright.spec.identity import Plates

SIDE = 5000
ROUNDS = 5
LIMIT_MB = 250

TELL = """
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(time.process_time() - began, int(peak.split()[1]) * 1024 / 1e6)
"""

PILLOW = (
    """
import sys, time
from PIL import Image, PngImagePlugin, PsdImagePlugin
began = time.process_time()
with Image.open(sys.argv[1]) as image:
    image.resize((2048, 2048), Image.Resampling.LANCZOS).save(sys.argv[2] + "/plate.png")
"""
    + TELL
)

OURS = (
    """
import sys, time
from pathlib import Path
from PIL import PngImagePlugin, PsdImagePlugin
from reelwright.identity.listing import PlateFile
from reelwright.identity.plates import PlateOutputs, export_plates
from reelwright.outcome import Record
from reelwright.spec.design import ArchiveLimits
from reelwright.spec.identity import Plates
import jsonschema
path, out = Path(sys.argv[1]), Path(sys.argv[2])
began = time.process_time()
export_plates(
    path.parent, [PlateFile("Moss", path.name)], PlateOutputs(out / "one.json", out / "png_2048"),
    Record("export_plates", "one", out / "outcome.json"), settings=Plates(), limits=ArchiveLimits(), store=out / "store",
    threads=1,
)
"""
    + TELL
)


def painted(side: int) -> np.ndarray:
    """A painted scene with brush strokes as RGB of shape (side, side, 3)."""
    from random import Random

    canvas = blank(side, side)
    PLACES["mossy forest"](view_painter(canvas, -900, -900, side / 1800), "day", Random(3))
    brush_texture(canvas, 3, 3.0)
    return cv2.cvtColor(canvas[..., [0, 2, 1]], cv2.COLOR_YCrCb2RGB)


def measured(program: str, document: Path) -> tuple[float, float]:
    """Seconds and peak memory (MB) of a program that exports a document."""
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(
            [sys.executable, "-c", program, str(document), folder], capture_output=True, text=True, check=True
        )
        seconds, peak = run.stdout.split()
        return float(seconds), float(peak)


def lab_difference(one: Image.Image, other: Image.Image) -> np.ndarray:
    """CIE76 colour difference of every pixel of two sRGB pictures."""
    first, second = (
        cv2.cvtColor(np.asarray(each.convert("RGB"), np.float32) / 255, cv2.COLOR_RGB2LAB) for each in (one, other)
    )
    return np.linalg.norm(first - second, axis=-1)


def psd_tools_plate(data: bytes, size: int) -> Image.Image:
    """The plate that psd-tools alone gives on its fast path: its sRGB, over white, shrunk."""
    import io

    from psd_tools import PSDImage

    picture = PSDImage.open(io.BytesIO(data)).topil()
    assert picture is not None
    picture = picture.convert("RGBA")
    picture = Image.alpha_composite(Image.new("RGBA", picture.size, "#ffffff"), picture).convert("RGB")
    share = min(1.0, size / max(picture.size))
    return picture.resize((round(picture.width * share), round(picture.height * share)), Image.Resampling.LANCZOS)


def differences(size: int = 512) -> Iterator[tuple[str, float, float]]:
    """Median and largest colour difference for each of the demo's documents of which both claim to give the exact picture.

    At 512 pixels each of them is shrunk; at 2048 most are not.
    """
    import io

    settings = Plates(size=size)
    for plate in demo_plates().values():
        if not plate.path.endswith((".psd", ".psb")) or plate.form == "cmyk_bare":
            continue
        data = plate_bytes(plate)
        facts = inspect(io.BytesIO(data))
        route = facts.routes[0]
        if route == "composite":
            continue
        mine = make_plate(io.BytesIO(data), facts, route, settings).picture
        apart = lab_difference(mine, psd_tools_plate(data, size))
        yield plate.path, float(np.median(apart)), float(apart.max())


def compare() -> list[tuple[str, str, str, str]]:
    """Every comparison: what, ours, against what, ratio."""
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder) / "large.psd"
        document.write_bytes(photoshop_bytes(Document(painted(SIDE))))
        pairs = [(measured(PILLOW, document), measured(OURS, document)) for _ in range(ROUNDS)]
    pillow, ours = (statistics.median(pair[number][0] for pair in pairs) for number in (0, 1))
    peak = max(pair[1][1] for pair in pairs)
    apart = list(differences())
    median, worst = statistics.median(one for _, one, _ in apart), max(one for *_, one in apart)
    what = f"plate of a flat {SIDE}x{SIDE} PSD"
    return [
        (what, f"{ours:.2f} s", f"Pillow alone: {pillow:.2f} s", f"{ours / pillow:.2f}"),
        (f"{what}, peak memory", f"{peak:.0f} MB", f"{LIMIT_MB} MB", f"{peak / LIMIT_MB:.2f}"),
        (f"colours of {len(apart)} plates against psd-tools, worst dE", f"{worst:.2f}", "2", f"{worst / 2:.2f}"),
        (f"colours of {len(apart)} plates against psd-tools, median dE", f"{median:.2f}", "0", "-"),
    ]


if __name__ == "__main__":
    for row in compare():
        print(" | ".join(row))
