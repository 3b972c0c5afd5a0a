"""What the beginning of a Photoshop document tells, read without decoding a pixel: it decides how the picture is taken out.

Layout: Adobe Photoshop File Formats Specification (November 2019): header, colour mode data, image resources, layers, picture.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from reelwright.errors import BadItem

SIGNATURE = b"8BPS"

MODES = {0: "bitmap", 1: "gray", 2: "indexed", 3: "rgb", 4: "cmyk", 7: "multichannel", 8: "duotone", 9: "lab"}
"""Colour modes by their number."""

CHANNELS = {"bitmap": 1, "gray": 1, "indexed": 1, "rgb": 3, "cmyk": 4, "multichannel": 1, "duotone": 1, "lab": 3}
"""Channels of a picture without alpha."""

VERSION_INFO, ICC_PROFILE = 1057, 1039
"""Image resources: byte 4 of the first says whether there is a merged picture; Photoshop fills it with white where not."""

MAX_RESOURCE = 1 << 28
"""Bytes beyond which an image resource, or the block of them, is taken for damage."""

_HEADER = struct.Struct(">4sH6xHIIHH")


@dataclass(frozen=True)
class PhotoshopHeader:
    """The facts."""

    big: bool
    """PSB rather than PSD."""
    width: int
    height: int
    channels: int
    depth: int
    """Bits a channel: 1, 8, 16 or 32."""
    mode: str
    """One of ``MODES``."""
    icc: bytes | None
    merged: bool
    """Whether the document says that it holds a merged picture; true where it says nothing."""
    layered: bool
    """Whether there are layers or groups."""
    picture_at: int
    """Where the merged picture begins in the file."""

    @property
    def alpha(self) -> bool:
        """Whether there are channels beyond those of the colours: transparency, or saved selections."""
        return self.channels > CHANNELS[self.mode]


def read_header(file: BinaryIO) -> PhotoshopHeader:
    """Read the header of the document that ``file`` begins with; raises BadItem where it is none, or ends too early."""
    try:
        return _read(file)
    except (struct.error, EOFError) as error:
        raise BadItem("unreadable", "the Photoshop document ends within its header", retryable=False) from error


def _read(file: BinaryIO) -> PhotoshopHeader:
    signature, version, channels, height, width, depth, number = _HEADER.unpack(file.read(_HEADER.size))
    if signature != SIGNATURE or version not in (1, 2):
        raise BadItem("unreadable", "is no Photoshop document", retryable=False)
    mode = MODES.get(number)
    if mode is None or depth not in (1, 8, 16, 32) or not (width and height and channels):
        said = f"colour mode {number}, {depth} bits, {width}x{height}, {channels} channels"
        raise BadItem("unreadable", f"is no Photoshop document that can be read: {said}", retryable=False)
    file.seek(_number(file, ">I"), 1)
    resources = _resources(_block(file, _number(file, ">I")))
    layered, picture_at = _layers(file, ">Q" if version == 2 else ">I")
    version_info = resources.get(VERSION_INFO, b"")
    return PhotoshopHeader(
        big=version == 2,
        width=width,
        height=height,
        channels=channels,
        depth=depth,
        mode=mode,
        icc=resources.get(ICC_PROFILE),
        merged=len(version_info) < 5 or version_info[4] != 0,
        layered=layered,
        picture_at=picture_at,
    )


def check_whole(file: BinaryIO, header: PhotoshopHeader) -> None:
    """Raise BadItem where the merged picture ends too early: psd-tools would fill it up with black without a word."""
    file.seek(header.picture_at)
    try:
        compression = _number(file, ">H")
        if compression == 1:
            counts = file.read(header.channels * header.height * (4 if header.big else 2))
            wanted = int(np.frombuffer(counts, ">u4" if header.big else ">u2").sum(dtype=np.uint64))
            begin = header.picture_at + 2 + header.channels * header.height * (4 if header.big else 2)
        elif compression == 0:
            wanted = header.channels * header.height * ((header.width * header.depth + 7) // 8)
            begin = header.picture_at + 2
        else:
            # What is zipped says itself when it is cut off.
            return
    except (struct.error, ValueError) as error:
        raise BadItem("unreadable", "the document ends before its merged picture", retryable=False) from error
    there = file.seek(0, 2) - begin
    if there < wanted:
        said = f"the document is cut off: {max(0, there)} of {wanted} bytes of its merged picture are there"
        raise BadItem("unreadable", said, retryable=False)


def _layers(file: BinaryIO, length: str) -> tuple[bool, int]:
    """Whether the section of layers holds some, and where it ends. At 16 and 32 bits they stand in a tagged block behind it."""
    size = _number(file, length)
    end = file.tell() + size
    if size == 0:
        return False, end
    if _number(file, length) > 0:
        return bool(_number(file, ">h")), end
    file.seek(_number(file, ">I"), 1)
    return file.read(8) in (b"8BIMLr16", b"8BIMLr32", b"8B64Lr16", b"8B64Lr32"), end


def _resources(block: bytes) -> dict[int, bytes]:
    """Image resources by their number, as far as the block is sound."""
    found: dict[int, bytes] = {}
    at = 0
    while at + 12 <= len(block):
        number, name = struct.unpack_from(">HB", block, at + 4)
        at += 6 + name + 1 + (1 - name % 2)
        if at + 4 > len(block):
            break
        (size,) = struct.unpack_from(">I", block, at)
        found.setdefault(number, block[at + 4 : at + 4 + size])
        at += 4 + size + size % 2
    return found


def _number(file: BinaryIO, form: str) -> int:
    (value,) = struct.unpack(form, file.read(struct.calcsize(form)))
    return int(value)


def _block(file: BinaryIO, size: int) -> bytes:
    data = file.read(size) if size <= MAX_RESOURCE else b""
    if len(data) < size:
        raise EOFError
    return data
