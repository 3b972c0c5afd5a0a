"""The classes of an actor's images, what is said of one, and the names of actors and files."""

from __future__ import annotations

import re
from dataclasses import dataclass

CLASSES = ("photorealistic", "bw_stylized", "color_stylized")
"""What an image can be, in the order in which ties are settled."""

UNKNOWN = "unknown"
"""The class of an image of which nobody has told whether it is a photograph or a drawing."""

COLOURED = ("photorealistic", "color_stylized")
"""What an image in colour can be."""

DEFECTS = ("gaze_into_camera", "symmetry", "distortion", "blur", "dark", "artifacts", "other")
"""Defects that a model may name (the notes: gaze into camera, symmetry, distortion; the others are ours)."""

ACTOR = r"[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*"
"""Pattern of an actor's id: it becomes part of paths and file names. No spaces, no slashes, no dots side by side."""

WORDS = ("response", "request", "metadata")
"""Words that no image's file name contains (the notes: what else lies there is named so)."""

SUFFIXES = (".png", ".jpg", ".jpeg")
"""Suffixes of images; case doesn't matter."""


@dataclass(frozen=True)
class Verdict:
    """What somebody says of one image."""

    category: str
    """One of ``CLASSES``."""
    quality: int | None
    """1 to 10; None where an evaluation made elsewhere gives none."""
    defects: tuple[str, ...]
    reason: str


def is_image_name(name: str) -> bool:
    """Whether a file of this name counts as an image; what macOS leaves beside files does not."""
    plain = name.lower()
    return plain.endswith(SUFFIXES) and not plain.startswith(".") and not any(word in plain for word in WORDS)


def image_index(name: str, actor: str) -> int | None:
    """The index in `{actor}_{index}.jpg`; None for a file of another name."""
    match = re.fullmatch(rf"{re.escape(actor)}_(\d+)\.\w+", name)
    return int(match[1]) if match else None


def in_order(names: list[str], actor: str) -> list[str]:
    """File names by their index, then those without one by name."""

    def key(name: str) -> tuple[bool, int, str]:
        index = image_index(name, actor)
        return index is None, index or 0, name

    return sorted(names, key=key)


def number_of(actor: str) -> str:
    """The number that an actor's id begins with; the whole id where it begins with none."""
    match = re.match(r"\d+(?=_|$)", actor)
    return match[0] if match else actor
