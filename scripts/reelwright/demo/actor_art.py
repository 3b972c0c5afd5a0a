"""The stage ``draw_demo_actors``: image sets of the demo's actors, filmed, inked and painted, with every kind of trouble."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from reelwright.demo.actorlist import ACTORS, Drawing, actors_truth, demo_drawings, demo_texts
from reelwright.demo.art import canvas_rgb
from reelwright.demo.characters import draw_character
from reelwright.demo.paint import blank, view_painter
from reelwright.demo.places import PLACES
from reelwright.demo.poses import ACTIONS
from reelwright.demo.show import CHARACTERS
from reelwright.files import whole, write_json, write_text

Pixels = NDArray[np.uint8]

WIDTH, HEIGHT = 640, 512
"""Pixels of an image: no smaller than what counts as small."""

HAIR = 70.0
"""Units of the stage above a character's head that hair and hats may need."""

BACKDROPS = tuple(name for name in PLACES if name != "speed lines")
HOURS = ("day", "night")


def draw_demo_actors(folder: Path, truth: Path, *, seed: int) -> None:
    """Draw everything of ``actorlist.demo_actors`` below ``folder``, and write what is true of it to ``truth``, last."""
    cv2.setNumThreads(1)
    first: dict[str, bytes] = {}
    for path, one in demo_drawings().items():
        data = _file(one, seed, first)
        first.setdefault(one.actor, data)
        with whole(folder / path) as temporary:
            temporary.write_bytes(data)
    for path, text in demo_texts().items():
        write_text(folder / path, text)
    write_json(truth, actors_truth(), "demo_actors_truth")


def _file(one: Drawing, seed: int, first: Mapping[str, bytes]) -> bytes:
    """The file of one image."""
    if one.trouble == "no_image":
        return b"<html><body>503 Service Unavailable</body></html>"
    if one.trouble == "copy":
        return first[one.actor]
    if one.trouble == "resaved":
        return _encoded(Image.open(io.BytesIO(first[one.actor])).convert("RGB"), quality=60)
    pixels = picture(one, seed)
    image = Image.fromarray(pixels)
    if one.trouble == "turned":
        exif = Image.Exif()
        exif[0x0112] = 6
        return _encoded(image.transpose(Image.Transpose.ROTATE_90), exif=exif)
    if one.trouble == "cmyk":
        return _encoded(image.convert("CMYK"))
    if one.trouble == "deep":
        return _encoded(Image.fromarray(pixels[..., 0].astype(np.uint16) * 257), "PNG")
    if one.trouble == "alpha":
        image.putalpha(Image.fromarray(_vignette(pixels.shape[:2], 1.6)))
        return _encoded(image, "PNG")
    if one.trouble == "moving":
        return _encoded(image, "PNG", save_all=True, append_images=[image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)])
    data = _encoded(image, "PNG" if one.suffix == "png" else "JPEG")
    return data[: len(data) // 3] if one.trouble == "cut_off" else data


def _encoded(image: Image.Image, form: str = "JPEG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **({"quality": 90} if form == "JPEG" else {}) | options)
    return buffer.getvalue()


def picture(one: Drawing, seed: int) -> Pixels:
    """The picture of one image, as RGB."""
    random = Random(f"{seed} {one.actor} {one.number}")
    back = blank(WIDTH, HEIGHT)
    place = BACKDROPS[(one.number + ACTORS.index(one.actor)) % len(BACKDROPS)]
    left = random.uniform(-1100, -300)
    PLACES[place](view_painter(back, left, -760, HEIGHT / 860), HOURS[one.number % 5 == 4], random)
    if one.style == "film":
        back = np.asarray(cv2.GaussianBlur(back, (0, 0), 3.5), np.uint8)
    _figure(back, one, random)
    made = STYLES[one.style](canvas_rgb(back), random)
    return TROUBLES[one.trouble](made) if one.trouble in TROUBLES else made


def _figure(canvas: NDArray[Any], one: Drawing, random: Random) -> None:
    """Draw the actor somewhere beside the middle, in whole or from near."""
    place = ACTORS.index(one.actor)
    who = CHARACTERS[place % len(CHARACTERS)]
    outfit = who.outfits[place // len(CHARACTERS) % len(who.outfits)]
    near = random.choice((1.0, 1.35, 1.8))
    tall = (who.height + HAIR) * 1.1
    unit = near * HEIGHT / tall
    painter = view_painter(canvas, 0.0, -tall, unit)
    draw_character(
        painter, who, outfit, x=random.choice((0.27, 0.36, 0.64, 0.73)) * WIDTH / unit, facing=random.choice((-1, 1)),
        action=random.choice(list(ACTIONS)), t=random.uniform(0, 3), phase=0.0, speech=0.0,
    )  # fmt: skip


def _noise(random: Random, deviation: float) -> NDArray[Any]:
    return np.random.Generator(np.random.PCG64(random.getrandbits(32))).normal(0, deviation, (HEIGHT, WIDTH, 1))


def _vignette(shape: tuple[int, ...], strength: float) -> Pixels:
    """Light, 0 to 255, that falls off towards the corners."""
    y, x = np.ogrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j]
    return np.asarray(np.clip(255 * (1.15 - strength * (x**2 + y**2) / 4), 0, 255), np.uint8)


def _clipped(values: NDArray[Any]) -> Pixels:
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)


def _gray(rgb: Pixels) -> NDArray[Any]:
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY))


def _film(rgb: Pixels, random: Random) -> Pixels:
    soft = cv2.GaussianBlur(rgb, (0, 0), 0.8).astype(np.float32)
    glow = cv2.GaussianBlur(soft, (0, 0), 14)
    lit = (0.8 * soft + 0.25 * glow) * (_vignette(rgb.shape[:2], 1.2)[..., None] / 255)
    return _clipped(lit * (1.04, 1.0, 0.94) + _noise(random, 5))


def _ink(rgb: Pixels, random: Random) -> Pixels:
    smooth = cv2.medianBlur(_gray(rgb), 5)
    lines = cv2.adaptiveThreshold(smooth, 255, cv2.ADAPTIVE_THRESH_GAUSSIAN_C, cv2.THRESH_BINARY, 15, 4)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    hatched = np.where((smooth < 90) & ((x + y) % 6 < 2), 0, lines)
    return np.repeat(hatched[..., None].astype(np.uint8), 3, axis=2)


def _charcoal(rgb: Pixels, random: Random) -> Pixels:
    gray = _gray(rgb).astype(np.float32)
    edges = np.abs(cv2.Laplacian(gray, cv2.CV_32F, ksize=3))
    drawn = 235 - 0.55 * (255 - gray) - 1.2 * edges
    return np.repeat(_clipped(drawn[..., None] + _noise(random, 14)), 3, axis=2)


def _sepia(rgb: Pixels, random: Random) -> Pixels:
    gray = _charcoal(rgb, random)[..., :1].astype(np.float32)
    return _clipped(gray * (1.12, 1.0, 0.76))


def _watercolour(rgb: Pixels, random: Random) -> Pixels:
    flat = rgb
    for _ in range(2):
        flat = np.asarray(cv2.bilateralFilter(flat, 9, 60, 9), np.uint8)
    return _clipped(255 - 0.82 * (255 - flat.astype(np.float32)) + _noise(random, 4))


def _comic(rgb: Pixels, random: Random) -> Pixels:
    flat = (cv2.medianBlur(rgb, 5) // 52) * 52 + 20
    return np.asarray(np.minimum(flat, np.where(_ink(rgb, random) > 128, 255, 20)), np.uint8)


def _spot(rgb: Pixels) -> Pixels:
    made = rgb.copy()
    cv2.circle(made, (WIDTH // 3, HEIGHT // 2), 18, (196, 38, 44), -1, cv2.LINE_AA)
    return made


STYLES: Mapping[str, Callable[[Pixels, Random], Pixels]] = {
    "film": _film, "ink": _ink, "charcoal": _charcoal, "sepia": _sepia, "watercolour": _watercolour, "comic": _comic,
}  # fmt: skip
"""How a drawn scene becomes a picture of each style."""

TROUBLES: Mapping[str, Callable[[Pixels], Pixels]] = {
    "blur": lambda rgb: np.asarray(cv2.GaussianBlur(rgb, (0, 0), 9), np.uint8),
    "dark": lambda rgb: rgb // 14,
    "blank": lambda rgb: np.full_like(rgb, 118),
    "small": lambda rgb: np.asarray(cv2.resize(rgb, (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA), np.uint8),
    "symmetry": lambda rgb: np.concatenate([rgb[:, : WIDTH // 2], rgb[:, : WIDTH // 2][:, ::-1]], axis=1),
    "spot": _spot,
    "big": lambda rgb: np.asarray(cv2.resize(rgb, (WIDTH * 6, HEIGHT * 6), interpolation=cv2.INTER_CUBIC), np.uint8),
}
"""What is done to a picture; other troubles are its file's."""
