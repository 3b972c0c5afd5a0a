"""The stage ``draw_demo_art``: production art of the demo's props and places, packed and unpacked as studios deliver it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from random import Random

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from reelwright.demo.artlist import (
    ARCHIVE,
    BACKGROUNDS,
    ONLY_HERE,
    SPEEDLINES,
    STYLE_GUIDE,
    UNPACKED,
    Prop,
    art_truth,
    members,
    unpacked_members,
    wiki_list,
)
from reelwright.demo.paint import Canvas, Painter, bent, blank, box, brush_texture, mix, smooth, view_painter
from reelwright.demo.places import PLACES
from reelwright.demo.props import draw_gadget
from reelwright.demo.show import GADGETS
from reelwright.files import whole, write_json

PAPER = "#fbf6ea"
SIZE = 480
"""Pixels of a prop's picture, which is square; backgrounds are 960 x 540."""

PACKED = (2026, 3, 2, 9, 30, 0)
"""When the archive says that its members were made: the demo's bytes depend on its seed alone."""

_FROM_BT709 = np.array([[1.0, 0.0, 1.5748], [1.0, -0.187324, -0.468124], [1.0, 1.8556, 0.0]])
"""Y, Cb, Cr to R, G, B (ITU-R BT.709)."""


def draw_demo_art(folder: Path, wiki: Path, truth: Path, *, seed: int) -> None:
    """Draw everything of ``artlist.demo_art`` below ``folder``, and write the wiki list and what is true of both."""
    cv2.setNumThreads(1)
    packed = {path: _member(path, prop, seed) for path, prop in members().items()}
    with whole(folder / ARCHIVE) as temporary:
        _pack(temporary, packed)
    loose = {f"{UNPACKED}/{path}": packed[path] for path in unpacked_members()}
    loose[f"{UNPACKED}/{UNPACKED}/{ONLY_HERE}"] = _encoded(_thing("spoon", seed), ".png")
    loose |= {path: _encoded(_place(place, "day", seed), ".jpg") for path, place in BACKGROUNDS.items()}
    loose |= {path: _encoded(_place("speed lines", "day", seed + n), ".jpg") for n, path in enumerate(SPEEDLINES)}
    loose |= {path: _encoded(_place(place, hour, seed + 1), ".jpg") for path, (place, hour) in STYLE_GUIDE.items()}
    for path, data in loose.items():
        with whole(folder / path) as temporary:
            temporary.write_bytes(data)
    write_json(wiki, wiki_list(), "wiki")
    write_json(truth, art_truth(), "demo_art_truth")


def _pack(path: Path, packed: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in packed.items():
            entry = zipfile.ZipInfo(name, PACKED)
            entry.compress_type = zipfile.ZIP_DEFLATED if name.endswith(".png") else zipfile.ZIP_STORED
            archive.writestr(entry, data)


def _member(path: str, prop: Prop | None, seed: int) -> bytes:
    name = prop.asset.removeprefix("prop.").replace("-", " ") if prop else path
    return _encoded(_thing(name, seed), Path(path).suffix)


def _encoded(canvas: Canvas, suffix: str) -> bytes:
    """A canvas as PNG or JPEG."""
    buffer = io.BytesIO()
    picture = Image.fromarray(canvas_rgb(canvas))
    if suffix == ".png":
        picture.save(buffer, "PNG")
    else:
        picture.save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


def canvas_rgb(canvas: Canvas) -> NDArray[np.uint8]:
    """A canvas as RGB."""
    unscaled = (canvas.astype(np.float32) - (16.0, 128.0, 128.0)) / (219.0, 224.0, 224.0)
    pixels: NDArray[np.uint8] = np.rint(np.clip(unscaled @ _FROM_BT709.T, 0, 1) * 255).astype(np.uint8)
    return pixels


def _place(place: str, hour: str, seed: int) -> Canvas:
    canvas = blank(960, 540)
    PLACES[place](view_painter(canvas, -960, -850, 0.5), hour, Random(f"{seed} {place} {hour}"))
    brush_texture(canvas, seed, 2.0)
    return canvas


def _thing(name: str, seed: int) -> Canvas:
    """A prop on paper: a gadget of the show as the show draws it, anything else as a made-up thing of its own colours."""
    canvas = blank(SIZE, SIZE, PAPER)
    painter = view_painter(canvas, -120, -120, SIZE / 240)
    if name in {one.name for one in GADGETS}:
        draw_gadget(painter, name, 0.4)
    else:
        _vessel(painter, Random(f"{seed} {name}"))
    return canvas


def _vessel(painter: Painter, random: Random) -> None:
    """A thing with a body, a lid, a band and a handle, each of its own measure."""
    colour = random.choice(("#c4502e", "#2c4a8c", "#59c9a5", "#7a3f7d", "#e2b64c", "#8ad0ea", "#f07f5a"))
    accent = mix(colour, random.choice(("#ffffff", "#1c1430")), 0.45)
    half, low = random.uniform(38, 70), random.uniform(50, 82)
    waist, neck = random.uniform(0.7, 1.1) * half, random.uniform(0.4, 0.9) * half
    top = -random.uniform(20, 55)
    if random.random() < 0.6:
        painter.limb(bent((half * 0.8, low * 0.5), (half * 1.9, 0), (neck * 0.9, top + 12)), 7, 6, accent, 3.2)
    outline = [(-neck, top), (-waist, (top + low) / 2), (-half, low - 10), (-half * 0.7, low)]
    right = [(half * 0.7, low), (half, low - 10), (waist, (top + low) / 2), (neck, top)]
    painter.wash(smooth([*outline, *right]), (mix(colour, "#ffffff", 0.3), colour, mix(colour, "#1c1430", 0.3)), 3.4)
    painter.fill(box(-waist * 0.92, (top + low) / 2 - 7, waist * 0.92, (top + low) / 2 + 7), accent, 2.2)
    painter.oval(0, top, neck, random.uniform(9, 20), accent, 3.2)
    painter.oval(0, top - random.uniform(14, 24), 9, 9, colour, 3.0)
    painter.limb(bent((-waist * 0.6, low * 0.4), (-waist * 0.75, 0), (-waist * 0.5, top + 14)), 4, 2, "#ffffff")
