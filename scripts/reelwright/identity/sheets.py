"""Contact sheets of reviewed plates with the decision drawn on each, for somebody to look through."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from reelwright.files import whole

CELL, GAP, BAND = 420, 14, 96
"""Pixels: side of a plate's square, space between, height of the words below it."""

COLUMNS, ROWS = 4, 3
"""Plates a sheet."""

FRAME = 8
"""Width of the coloured frame in pixels."""

COLOURS = {"TRAIN": "#2e9e4f", "EVAL_ONLY": "#e0a100", "EXCLUDE": "#d1332e", None: "#7a7a7a"}
"""Colour of each decision; grey where nobody could review."""

GROUND, PAPER, INK = "#26262b", "#ffffff", "#f2f2f2"

QUALITY = 88
"""JPEG quality."""


def draw_sheets(anchors: Sequence[dict[str, Any]], results: Path, folder: Path) -> None:
    """Write ``<set>_<NN>.jpg`` into ``folder``, twelve plates a sheet, by character; plates lie below ``results``."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob("*.jpg"):
        left.unlink()
    for name in dict.fromkeys(one["set"] for one in anchors):
        own = sorted(
            (one for one in anchors if one["set"] == name), key=lambda one: (one["character"], one["plate_id"])
        )
        for number, start in enumerate(range(0, len(own), COLUMNS * ROWS), 1):
            sheet = _sheet(own[start : start + COLUMNS * ROWS], results)
            with whole(folder / f"{name}_{number:02d}.jpg") as path:
                sheet.save(path, "JPEG", quality=QUALITY)


def _sheet(anchors: Sequence[dict[str, Any]], results: Path) -> Image.Image:
    rows = -(-len(anchors) // COLUMNS)
    sheet = Image.new("RGB", (GAP + COLUMNS * (CELL + GAP), GAP + rows * (CELL + BAND + GAP)), GROUND)
    draw = ImageDraw.Draw(sheet)
    for number, one in enumerate(anchors):
        left = GAP + number % COLUMNS * (CELL + GAP)
        top = GAP + number // COLUMNS * (CELL + BAND + GAP)
        _draw_plate(sheet, results / one["plate"], left, top)
        _draw_decision(draw, one, left, top)
    return sheet


def _draw_plate(sheet: Image.Image, path: Path, left: int, top: int) -> None:
    inside = CELL - 2 * FRAME
    with Image.open(path) as plate:
        plate.thumbnail((inside, inside), Image.Resampling.BOX, reducing_gap=2.0)
        cell = Image.new("RGB", (CELL, CELL), PAPER)
        cell.paste(plate, ((CELL - plate.width) // 2, (CELL - plate.height) // 2))
    sheet.paste(cell, (left, top))


def _draw_decision(draw: ImageDraw.ImageDraw, one: dict[str, Any], left: int, top: int) -> None:
    colour, right, bottom = COLOURS[one["verdict"]], left + CELL - 1, top + CELL - 1
    draw.rectangle((left, top, right, bottom), outline=colour, width=FRAME)
    if one["verdict"] == "EXCLUDE":
        for line in ((left, top, right, bottom), (left, bottom, right, top)):
            draw.line(line, fill=colour, width=FRAME)
    words = (one["verdict"] or "NOT REVIEWED") + (" · tightened" if one["tightened"] else "")
    draw.rectangle((left, top, left + 24 + round(draw.textlength(words, _font(26))), top + 40), fill=colour)
    draw.text((left + 12, top + 20), words, fill="#ffffff", font=_font(26), anchor="lm")
    sure = "" if one["confidence"] is None else f" {one['confidence']:.0%}"
    lines = [
        f"{one['character']} · {one['decided_by']}{sure}",
        ", ".join([*(reason.replace("_", " ") for reason in one["reasons"]), *_marks(one)]),
        re.sub(r"^[^/]*/", "", one["plate_id"]),
    ]
    for number, text in enumerate(lines):
        draw.text(
            (left, top + CELL + 6 + 29 * number),
            _fitting(draw, text, 22 - 4 * (number == 2)),
            fill=INK,
            font=_font(22 - 4 * (number == 2)),
        )


def _marks(one: dict[str, Any]) -> list[str]:
    """What else somebody should know who looks at the plate."""
    return [*(flag.replace("_", " ") for flag in one["flags"]), *(["approximate"] if one["approximate"] else [])]


def _fitting(draw: ImageDraw.ImageDraw, text: str, size: int) -> str:
    """``text``, its middle cut out where it is wider than a plate: names differ at their ends."""
    if draw.textlength(text, _font(size)) <= CELL:
        return text
    kept = len(text)
    while kept > 2 and draw.textlength(_shortened(text, kept), _font(size)) > CELL:
        kept -= 1
    return _shortened(text, kept)


def _shortened(text: str, kept: int) -> str:
    """``kept`` characters of ``text``, a third of them from its beginning."""
    return text[: kept // 3] + "…" + text[len(text) - (kept - kept // 3) :]


@functools.lru_cache(maxsize=8)
def _font(size: int) -> Any:
    return ImageFont.load_default(size)
