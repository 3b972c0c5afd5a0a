"""The stage ``draw_demo_plates``: production art of the demo's characters as Photoshop documents of every kind."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from reelwright.demo.characters import draw_character
from reelwright.demo.icc import press_profile
from reelwright.demo.paint import INK, Painter, blank, letters, view_painter
from reelwright.demo.photoshop import Document, Layer, photoshop_bytes
from reelwright.demo.plates import Plate, demo_plates
from reelwright.demo.show import Character, character
from reelwright.files import whole

Pixels = NDArray[np.uint8]

MARGIN = 0.1
"""Share of the picture's height that stays free above and below a figure."""

HAIR = 70.0
"""Units of the stage above a character's head that hair and hats may need."""

CELL = 0.78
"""Width of one pose, as a share of the height."""

PRESS = "Demo press, coated"
"""Name of the profile of the documents for print."""

_TO_RGB = np.array([[1.0, 0.0, 1.5748], [1.0, -0.187324, -0.468124], [1.0, 1.8556, 0.0]])
"""Y, Cb, Cr (BT.709) to R, G, B."""

_BLACK, _RANGE = np.array([16.0, 128.0, 128.0], np.float32), np.array([219.0, 224.0, 224.0])
"""Black in limited range, and the ranges."""


def draw_demo_plates(files: Sequence[Path]) -> None:
    """Draw every plate of ``demo_plates``, in their order, into ``files``."""
    for plate, file in zip(demo_plates().values(), files, strict=True):
        data = plate_bytes(plate)
        with whole(file) as path:
            path.write_bytes(data)


def plate_bytes(plate: Plate) -> bytes:
    """The file of one plate."""
    figure = drawn_figure(plate)
    if plate.form in ("jpg", "png"):
        buffer = io.BytesIO()
        picture = Image.fromarray(over_white(figure))
        picture.save(
            buffer, "JPEG" if plate.form == "jpg" else "PNG", **({"quality": 95} if plate.form == "jpg" else {})
        )
        return buffer.getvalue()
    return photoshop_bytes(_document(plate, figure))


def _document(plate: Plate, figure: Pixels) -> Document:
    form = plate.form
    layers = [] if form.endswith("alpha") else [Layer("paper", np.full_like(figure, 255))]
    left, top, right, bottom = Image.fromarray(figure).getchannel("A").getbbox() or (0, 0, 1, 1)
    layers.append(Layer("figure", figure[top:bottom, left:right], left, top))
    merged: NDArray[Any] = over_white(figure)
    if form.endswith("alpha"):
        merged = np.dstack([merged, figure[..., 3]])
    if form == "flat":
        layers = []
    srgb = _srgb_profile()
    if form.startswith("cmyk"):
        layers = [replace(one, pixels=separated(one.pixels)) for one in layers]
        profile = None if form == "cmyk_bare" else press_profile(PRESS)
        return Document(separated(merged), layers, mode="cmyk", icc=profile)
    if form.startswith("deep"):
        layers = [replace(one, pixels=one.pixels.astype(np.uint16) * 257) for one in layers]
        return Document(merged.astype(np.uint16) * 257, layers, icc=srgb)
    return Document(merged, layers, icc=srgb, big=form == "big", has_merged=form != "unmerged")


def _srgb_profile() -> bytes:
    """The sRGB profile, made at the same time each time: the same seed gives the same bytes."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    data[24:36] = struct.pack(">6H", 2026, 1, 1, 0, 0, 0)
    return bytes(data)


def drawn_figure(plate: Plate) -> Pixels:
    """The drawing as RGBA, see-through where nothing is drawn."""
    width = round(plate.height * CELL * max(1, len(plate.views)))
    if plate.extra == "cut":
        width = round(plate.height * 0.3)
    # Drawn over black and over white: what differs is see-through.
    dark, light = (_canvas(plate, width, ground) for ground in ("#000000", "#ffffff"))
    figure = np.zeros((plate.height, width, 4), np.uint8)
    drawn = np.abs(light[..., 0].astype(np.int16) - dark[..., 0]) < 219
    drawn[0, 0] = True
    part = np.ix_(*(np.flatnonzero(drawn.any(axis)) for axis in (1, 0)))
    alpha = np.clip(1 - (light[part][..., 0].astype(np.float32) - dark[part][..., 0]) / 219, 0, 1)[..., None]
    scaled = (dark[part].astype(np.float32) - _BLACK) / np.maximum(alpha, 1e-3)
    colour = np.clip(cv2.transform(scaled, _TO_RGB / _RANGE), 0, 1) * (alpha > 0)
    figure[part] = np.rint(np.concatenate([colour, alpha], axis=2) * 255)
    return figure


def _canvas(plate: Plate, width: int, ground: str) -> NDArray[np.uint8]:
    canvas = blank(width, plate.height, ground)
    who = character(plate.character)
    if plate.extra == "notes":
        _write_notes(canvas, who)
        return canvas
    tall = (who.height + HAIR) / (1 - 2 * MARGIN)
    unit = plate.height / tall
    painter = view_painter(canvas, 0.0, MARGIN * tall - tall, unit)
    if plate.extra == "head":
        unit *= 1.7
        top = -(who.height + HAIR) - 0.1 * plate.height / unit
        painter = view_painter(canvas, 0.0, top, unit)
    for number, action in enumerate(plate.views):
        middle = (number + 0.5) * width / max(1, len(plate.views)) / unit
        _draw(painter, who, plate, action, middle)
    if plate.extra == "labels":
        for row, text in enumerate(
            ("hood: fur, two tones", "belt: shoe colour", "line: 3 px, ink 2a1d2b", "no gloves in wide shots")
        ):
            letters(canvas, text, (width * 0.78, plate.height * (0.05 + 0.025 * row)), 0.02 * plate.height, INK)
    return canvas


def _draw(painter: Painter, who: Character, plate: Plate, action: str, middle: float) -> None:
    draw_character(
        painter, who, who.outfits[plate.outfit], x=middle, facing=1, action=action, t=0.4, phase=0.0, speech=0.0
    )


def _write_notes(canvas: NDArray[np.uint8], who: Character) -> None:
    height, width = canvas.shape[:2]
    lines = [
        f"{who.name}: notes for clean-up",
        who.description,
        *(f"{one.name}: {one.description}" for one in who.outfits),
    ]
    for row, text in enumerate(lines * 3):
        letters(canvas, text[:70], (width / 2, height * (0.08 + 0.045 * row)), 0.022 * height, INK)


def over_white(figure: Pixels) -> Pixels:
    """RGBA laid over white."""
    alpha = figure[..., 3:].astype(np.uint16)
    return np.asarray((figure[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255, np.uint8)


def separated(pixels: Pixels) -> Pixels:
    """RGB as amounts of cyan, magenta, yellow and black ink, with as much black as goes; alpha stays as it is."""
    light = pixels[..., :3].astype(np.float32) / 255
    brightest = np.max(light, axis=2, keepdims=True)
    inks = (brightest - light) / np.maximum(brightest, 1e-6)
    made = np.rint(np.concatenate([inks, 1 - brightest], axis=2) * 255).astype(np.uint8)
    return np.asarray(np.dstack([made, pixels[..., 3:]]) if pixels.shape[2] == 4 else made, np.uint8)
