"""Writing Photoshop documents: layered, 8 or 16 bits, RGB, grey or CMYK, PSD or PSB, with or without a merged picture.

Layout: Adobe Photoshop File Formats Specification (November 2019).
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[Any]
"""``uint8`` or ``uint16`` of shape (height, width, channels), alpha last where there is one; CMYK as amounts of ink."""

MODES = {"gray": (1, 1), "rgb": (3, 3), "cmyk": (4, 4), "lab": (9, 3)}
"""Number and channels of each colour mode."""


@dataclass(frozen=True)
class Layer:
    """One layer of pixels, with alpha."""

    name: str
    pixels: Pixels
    left: int = 0
    top: int = 0


@dataclass(frozen=True)
class Document:
    """What is written."""

    merged: Pixels
    """The merged picture. One with alpha lies over white, as Photoshop stores it."""
    layers: Sequence[Layer] = ()
    """From the bottom up."""
    mode: Literal["gray", "rgb", "cmyk", "lab"] = "rgb"
    icc: bytes | None = None
    big: bool = False
    """PSB rather than PSD."""
    has_merged: bool = True
    """Without, the merged picture is white, as Photoshop leaves it when compatibility is not maximised."""


def photoshop_bytes(document: Document) -> bytes:
    """The file."""
    height, width, channels = document.merged.shape
    depth = document.merged.dtype.itemsize * 8
    number, colours = MODES[document.mode]
    head = struct.pack(">4sH6xHIIHH", b"8BPS", 1 + document.big, channels, height, width, depth, number)
    merged = document.merged if document.has_merged else np.full_like(document.merged, _white(document))
    return b"".join(
        [
            head,
            struct.pack(">I", 0),
            _sized(">I", _resources(document)),
            _layer_section(document, channels > colours, depth),
            _picture(_planes(merged, document.mode), document.big),
        ]
    )


def _white(document: Document) -> int:
    """What every channel of an empty merged picture holds: no ink, or all light."""
    return 0 if document.mode == "cmyk" else int(np.iinfo(document.merged.dtype).max)


def _planes(pixels: Pixels, mode: str) -> list[Pixels]:
    """Channels as they are stored: big-endian, ink as its lack."""
    colours = MODES[mode][1]
    top = np.iinfo(pixels.dtype).max
    planes = [pixels[..., index] for index in range(pixels.shape[2])]
    if mode == "cmyk":
        planes[:colours] = [top - plane for plane in planes[:colours]]
    return [plane.astype(plane.dtype.newbyteorder(">")) for plane in planes]


def _sized(form: str, data: bytes) -> bytes:
    return struct.pack(form, len(data)) + data


def _resources(document: Document) -> bytes:
    writer = "Reelwright demo".encode("utf-16-be")
    name = struct.pack(">I", len(writer) // 2) + writer
    found = [(1057, struct.pack(">IB", 1, document.has_merged) + name + name + struct.pack(">I", 1))]
    if document.icc:
        found.append((1039, document.icc))
    blocks = [
        b"8BIM" + struct.pack(">HH", number, 0) + _sized(">I", data) + b"\0" * (len(data) % 2) for number, data in found
    ]
    return b"".join(blocks)


def _layer_section(document: Document, alpha: bool, depth: int) -> bytes:
    length = ">Q" if document.big else ">I"
    if not document.layers:
        return struct.pack(length, 0)
    records, data = [], []
    for layer in document.layers:
        height, width, count = layer.pixels.shape
        planes = _planes(layer.pixels, document.mode)
        ids = [*range(count - 1), -1]
        stored = [struct.pack(">H", 2) + zlib.compress(plane.tobytes(), 1) for plane in planes]
        sizes = [
            struct.pack(">h", number) + struct.pack(length, len(one)) for number, one in zip(ids, stored, strict=True)
        ]
        name = layer.name.encode("mac-roman")
        name = bytes([len(name)]) + name
        extra = struct.pack(">II", 0, 0) + name + b"\0" * (-len(name) % 4)
        box = struct.pack(">4i", layer.top, layer.left, layer.top + height, layer.left + width)
        flags = b"8BIMnorm" + bytes([255, 0, 8, 0])
        records.append(box + struct.pack(">H", count) + b"".join(sizes) + flags + _sized(">I", extra))
        data += stored
    count = -len(document.layers) if alpha else len(document.layers)
    info = struct.pack(">h", count) + b"".join(records) + b"".join(data)
    info += b"\0" * (-len(info) % 4)
    if depth == 8:
        return _sized(length, _sized(length, info) + struct.pack(">I", 0))
    # Deep layers stand in a tagged block behind an empty layer section.
    return _sized(length, struct.pack(length, 0) + struct.pack(">I", 0) + b"8BIMLr16" + _sized(length, info))


def _picture(planes: Sequence[Pixels], big: bool) -> bytes:
    rows = [row for plane in planes for row in _packed_rows(plane)]
    counts = np.array([len(row) for row in rows], ">u4" if big else ">u2").tobytes()
    return struct.pack(">H", 1) + counts + b"".join(rows)


def _packed_rows(plane: Pixels) -> list[bytes]:
    """The rows of a channel, each packed by PackBits: by libtiff, whose strips of one row are just that."""
    image = Image.fromarray(np.ascontiguousarray(plane).view(np.uint8).reshape(plane.shape[0], -1))
    buffer = io.BytesIO()
    image.save(buffer, "TIFF", compression="packbits", tiffinfo={278: 1})
    data = buffer.getvalue()
    buffer.seek(0)
    with Image.open(buffer) as tiff:
        tags: Any = getattr(tiff, "tag_v2")  # noqa: B009
        return [data[at : at + size] for at, size in zip(tags[273], tags[279], strict=True)]
