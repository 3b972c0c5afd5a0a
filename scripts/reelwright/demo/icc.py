"""ICC profiles of the demo: a made-up printing press, for the CMYK documents that carry one.

Layout: ICC.1:2001-04 (version 2.4), a device-to-Lab table of 16 bits (`mft2`).
"""

from __future__ import annotations

import struct
from itertools import product

import numpy as np

GRID = 9
"""Points of the table an ink."""

INKS = np.array([[0.0, 0.58, 0.84], [0.86, 0.05, 0.45], [0.98, 0.88, 0.08], [0.12, 0.11, 0.12]])
"""Light (linear RGB) that paper fully covered with cyan, magenta, yellow, black sends back."""

PAPER = np.array([0.97, 0.965, 0.95])
"""Light that bare paper sends back."""

DOT_GAIN = 2.2
"""Exponent by which dots of ink grow on the paper: half of it covers more than half."""

_TO_XYZ_D50 = np.array(
    [[0.4360747, 0.3850649, 0.1430804], [0.2225045, 0.7168786, 0.0606169], [0.0139322, 0.0971045, 0.7141733]]
)
"""Linear sRGB to XYZ under D50 (Bradford-adapted; Lindbloom)."""

_D50 = np.array([0.9642, 1.0, 0.8249])


def press_profile(name: str) -> bytes:
    """A CMYK profile called ``name``."""
    tags = {
        b"desc": _description(name),
        b"cprt": b"text\0\0\0\0" + b"no rights reserved\0",
        b"wtpt": b"XYZ \0\0\0\0" + _fixed(_D50),
        b"A2B0": _table(),
    }
    offset = 128 + 4 + 12 * len(tags)
    directory, data = [struct.pack(">I", len(tags))], []
    for tag, value in tags.items():
        value += b"\0" * (-len(value) % 4)
        directory.append(struct.pack(">4sII", tag, offset, len(value)))
        data.append(value)
        offset += len(value)
    head = struct.pack(
        ">II4s4s4s4s6H4s4sI4s4sQI",
        offset, 0, b"\2\x40\0\0", b"prtr", b"CMYK", b"Lab ", 2026, 1, 1, 0, 0, 0, b"acsp", b"\0" * 4, 0,
        b"\0" * 4, b"\0" * 4, 0, 0,
    )  # fmt: skip
    head += _fixed(_D50)
    return head + b"\0" * (128 - len(head)) + b"".join(directory) + b"".join(data)


def _fixed(values: np.ndarray) -> bytes:
    return bytes(np.rint(values * 65536).astype(">i4").tobytes())


def _description(name: str) -> bytes:
    text = name.encode("ascii") + b"\0"
    return b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + b"\0" * (4 + 4 + 2 + 1 + 67)


def _table() -> bytes:
    """Inks laid over each other dampen the light of the paper one after the other."""
    amounts = np.array(list(product(np.linspace(0, 1, GRID), repeat=4)))
    covered = 1 - (1 - amounts) ** DOT_GAIN
    light = PAPER * np.prod(1 - covered[:, :, None] * (1 - INKS[None]), axis=1)
    scaled = (light @ _TO_XYZ_D50.T) / _D50
    root = np.where(scaled > 216 / 24389, np.cbrt(scaled), (24389 / 27 * scaled + 16) / 116)
    lab = np.stack([116 * root[:, 1] - 16, 500 * (root[:, 0] - root[:, 1]), 200 * (root[:, 1] - root[:, 2])], axis=1)
    coded = np.rint(np.stack([lab[:, 0] * 652.8, (lab[:, 1] + 128) * 256, (lab[:, 2] + 128) * 256], axis=1))
    straight = np.array([0, 65535], ">u2").tobytes()
    return b"".join(
        [
            b"mft2\0\0\0\0",
            struct.pack(">4B", 4, 3, GRID, 0),
            _fixed(np.eye(3).ravel()),
            struct.pack(">2H", 2, 2),
            straight * 4,
            np.clip(coded, 0, 65535).astype(">u2").tobytes(),
            straight * 3,
        ]
    )
