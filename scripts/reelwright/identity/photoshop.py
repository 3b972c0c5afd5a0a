"""The picture of a Photoshop document, by the cheapest route that gives the right one.

``pillow`` reads the merged picture of plain 8-bit documents, ``topil`` (psd-tools) that of all others, ``composite``
(psd-tools) puts the layers together where there is no merged picture, which is only approximately what Photoshop shows.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from PIL import Image

from reelwright.errors import BadItem
from reelwright.identity.colour import from_linear
from reelwright.identity.header import PhotoshopHeader, check_whole
from reelwright.identity.opening import any_size

if TYPE_CHECKING:
    from psd_tools import PSDImage

PILLOW_BYTES, COMPOSITE_BYTES = 9, 128
"""Bytes a pixel: Pillow's own four, as many for a copy in sRGB, and what shrinking takes; floats of every layer (3.2 GB for 25
million pixels)."""

OVER_BUDGET = "over the configured budget"
"""Words by which psd-tools 1.26 says that something takes more memory than it may."""

PILLOW_MODES = frozenset({"gray", "indexed", "rgb", "cmyk", "lab", "duotone"})
"""Colour modes that Pillow reads as they are meant."""


def photoshop_routes(header: PhotoshopHeader) -> tuple[str, ...]:
    """The routes to try, the first one first. Only a merged picture that turns out to be empty leads to ``composite``."""
    layers = ("composite",) if header.layered else ()
    if not header.merged:
        return layers
    plain = header.depth == 8 and header.mode in PILLOW_MODES and not header.big and not header.alpha
    return (*(("pillow",) if plain else ()), "topil", *layers)


def photoshop_bytes_per_pixel(header: PhotoshopHeader, route: str) -> int:
    """Memory that a route takes a pixel, in bytes, at most: measured, and for ``topil`` after psd-tools' own estimate."""
    if route == "pillow":
        return PILLOW_BYTES
    if route == "composite":
        return COMPOSITE_BYTES
    whitening = 36 if header.alpha else 8
    return max(1, header.depth // 8) * header.channels * 4 + whitening


def take_picture(file: BinaryIO, header: PhotoshopHeader, route: str, max_memory_gb: float) -> Image.Image:
    """The picture by one route, in the document's own colours. May raise whatever Pillow and psd-tools do on bad data."""
    return TAKERS[route](file, header, max_memory_gb)


def _pillow(file: BinaryIO, header: PhotoshopHeader, max_memory_gb: float) -> Image.Image:
    with any_size():
        image = Image.open(file, formats=["PSD"])
        image.load()
    return image


_ONE_AT_A_TIME = threading.Lock()
"""Held while psd-tools works: filters of warnings are the whole process's, and two documents would not be faster anyway."""


@contextmanager
def _document(file: BinaryIO, max_memory_gb: float) -> Iterator[PSDImage]:
    """The document, for as long as the block runs. What psd-tools only warns of, a channel that it painted black, is raised.

    So is a layer too large for the memory: it may reach far beyond the document's edges.
    """
    from psd_tools import PSDDecompressionWarning, PSDImage
    from psd_tools.api.utils import PSDLargeImageWarning

    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("error", PSDDecompressionWarning)
        warnings.simplefilter("ignore", PSDLargeImageWarning)
        try:
            yield PSDImage.open(file, max_alloc_bytes=max(1, round(max_memory_gb * 1e9)))
        except ValueError as error:
            if OVER_BUDGET not in str(error):
                raise
            said = (
                f"has a layer that takes too much memory: identity.plates.max_memory_gb is {max_memory_gb:g} ({error})"
            )
            raise BadItem("too_large", said, retryable=False) from error


def _topil(file: BinaryIO, header: PhotoshopHeader, max_memory_gb: float) -> Image.Image:
    check_whole(file, header)
    file.seek(0)
    with _document(file, max_memory_gb) as document:
        return _merged(document, header)


def _merged(document: PSDImage, header: PhotoshopHeader) -> Image.Image:
    if header.depth == 32:
        # psd-tools takes linear light for what is shown.
        values = document.numpy("color")
        assert values is not None
        picture = Image.fromarray(from_linear(values if values.shape[2] == 3 else values[..., 0]))
        shape = document.numpy("shape") if header.alpha else None
        if shape is not None:
            picture.putalpha(Image.fromarray((shape[..., 0] * 255).round().astype("uint8")))
        return picture
    image = document.topil(apply_icc=False)
    if image is None:
        raise BadItem("unreadable", "holds no picture", retryable=False)
    return image


def _composite(file: BinaryIO, header: PhotoshopHeader, max_memory_gb: float) -> Image.Image:
    try:
        with _document(file, max_memory_gb) as document:
            return document.composite(ignore_preview=True, apply_icc=False)
    except ImportError as error:
        raise BadItem("no_renderer", f"has vector layers, for which a package is missing: {error}") from error


TAKERS: dict[str, Callable[[BinaryIO, PhotoshopHeader, float], Image.Image]] = {
    "pillow": _pillow,
    "topil": _topil,
    "composite": _composite,
}
"""How each route takes the picture."""
