"""An actor's images as they are looked at: read, measured and shrunk, each decoded once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2

from reelwright.actors.composite import thumbnail
from reelwright.actors.measure import Measures, measure
from reelwright.actors.pictures import NoImage, Picture, decode, read_digest

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Image:
    """One of an actor's images."""

    name: str
    sha256: str
    bytes: int
    broken: str | None
    """Why it can't be shown; None for one that can."""
    picture: tuple[int, int, str, str, int] | None = None
    """Width, height, format, mode and frames."""
    seen: Measures | None = None
    thumbnail: NDArray[Any] | None = None


def look(path: Path) -> Image:
    """Read, measure and shrink one image; decoded once."""
    sha256, size = "", 0
    try:
        data, sha256 = read_digest(path)
        size = len(data)
        picture: Picture = decode(data, sha256)
    except NoImage as error:
        return Image(path.name, sha256, size, str(error))
    facts = (picture.width, picture.height, picture.format, picture.mode, picture.frames)
    return Image(path.name, sha256, size, None, facts, measure(picture), thumbnail(picture.rgb))


def look_at(paths: Iterable[Path]) -> list[Image]:
    """Read, measure and shrink an actor's images, one after the other: jobs run side by side."""
    cv2.setNumThreads(1)
    return [look(path) for path in paths]
