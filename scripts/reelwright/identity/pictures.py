"""Delivered pictures of any format as sRGB: what kind of file it is, by its first bytes, and its picture by the right route."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image, ImageOps, UnidentifiedImageError

from reelwright.errors import BadItem
from reelwright.identity.colour import Profile, in_plain_mode, over, read_profile, to_srgb
from reelwright.identity.drawing import is_drawing, render_drawing
from reelwright.identity.header import SIGNATURE, PhotoshopHeader, read_header
from reelwright.identity.look import look_of
from reelwright.identity.opening import any_size
from reelwright.identity.photoshop import PILLOW_BYTES, photoshop_bytes_per_pixel, photoshop_routes, take_picture
from reelwright.spec.identity import Plates

TEXT = "reelwright:"
"""How the texts in a plate's PNG begin."""

FORMATS = ("PNG", "JPEG", "TIFF")
"""What is opened by Pillow alone."""

SPACES = {"gray": "GRAY", "duotone": "GRAY", "bitmap": "GRAY", "cmyk": "CMYK", "lab": "Lab"}
"""The colour space of Photoshop's modes; RGB for the others."""

DEPTHS = {"1": 1, "I": 16, "F": 32}
"""Bits a channel of Pillow's modes. Of the others it is 16 where the stored form says so (``RGB;16B``), else 8."""


@dataclass(frozen=True)
class Facts:
    """What is known of a file before its picture is decoded."""

    format: str
    """``psd psb png jpeg tiff pdf``."""
    width: int | None
    """Of the delivered picture, in pixels; None for drawings without pixels."""
    height: int | None
    depth: int
    mode: str
    """Colour mode: Photoshop's, or Pillow's in lower case."""
    profile: Profile
    routes: tuple[str, ...]
    """Routes to its picture, to be tried in this order."""
    header: PhotoshopHeader | None = None
    """Of a Photoshop document."""


@dataclass(frozen=True)
class Plate:
    """A finished plate."""

    picture: Image.Image
    """RGB, sRGB, without any metadata."""
    transparent: bool
    """Whether the delivered picture was see-through somewhere, and was laid over the background."""

    @property
    def told(self) -> dict[str, str]:
        """What its PNG says of it, so that nobody has to decode it again to know."""
        return {**vars(look_of(self.picture)), "transparent": "yes" if self.transparent else "no"}


class EmptyPicture(Exception):
    """The merged picture is one colour, though there are layers: it was never written."""


def inspect(file: BinaryIO) -> Facts:
    """What kind of file it is and how its picture is taken out; raises BadItem where that can't be done."""
    start = file.read(1024)
    file.seek(0)
    facts = _photoshop_facts(file) if start.startswith(SIGNATURE) else _other_facts(file, start)
    file.seek(0)
    return facts


def check_memory(facts: Facts, route: str, settings: Plates) -> None:
    """Raise BadItem where a picture would take more memory by a route than the spec allows."""
    if facts.width is None or facts.height is None:
        return
    each = photoshop_bytes_per_pixel(facts.header, route) if facts.header else PILLOW_BYTES
    needed = facts.width * facts.height * each / 1e9
    if needed > settings.max_memory_gb:
        unmerged = ", for it has no merged picture: save it with Maximize Compatibility" if route == "composite" else ""
        raise BadItem(
            "too_large",
            f"has {facts.width}x{facts.height} pixels, which take about {needed:.1f} GB{unmerged}; "
            f"identity.plates.max_memory_gb is {settings.max_memory_gb:g}",
            retryable=False,
        )


def _photoshop_facts(file: BinaryIO) -> Facts:
    header = read_header(file)
    routes = photoshop_routes(header)
    if header.mode == "multichannel":
        raise BadItem("colour_mode", "is in multichannel mode: convert it to RGB in Photoshop", retryable=False)
    if not routes:
        raise BadItem("empty", "holds neither a merged picture nor layers", retryable=False)
    profile = read_profile(header.icc, SPACES.get(header.mode, "RGB"))
    name = "psb" if header.big else "psd"
    return Facts(name, header.width, header.height, header.depth, header.mode, profile, routes, header)


def _other_facts(file: BinaryIO, start: bytes) -> Facts:
    if is_drawing(start):
        return Facts("pdf", None, None, 8, "rgb", Profile(None), ("pdfium",))
    with _opened(file) as image:
        mode, (width, height) = image.mode, image.size
        space = {"CMYK": "CMYK", "LAB": "Lab"}.get(mode, "GRAY" if mode[0] in "1LIF" else "RGB")
        profile = read_profile(image.info.get("icc_profile"), space)
        stored = " ".join(str(tile[3]) for tile in getattr(image, "tile", ()))
        depth = DEPTHS.get(mode, 16 if ";16" in stored else 8)
        return Facts(str(image.format).lower(), width, height, depth, mode.lower(), profile, ("pillow",))


@contextmanager
def _opened(file: BinaryIO) -> Iterator[Image.Image]:
    """The picture of a file that Pillow opens, not decoded yet."""
    with any_size():
        try:
            image = Image.open(file, formats=FORMATS)
        except UnidentifiedImageError as error:
            expected = ", ".join(("PSD", "PSB", *FORMATS, "PDF"))
            raise BadItem(
                "unreadable", f"is no picture that can be read: expected {expected}", retryable=False
            ) from error
        yield image


def make_plate(file: BinaryIO, facts: Facts, route: str, settings: Plates) -> Plate:
    """The plate of a file by one of its routes.

    Raises BadItem for damaged data and EmptyPicture where the merged picture was never written; faults of the machine
    (a disk that can't be read, no memory left) pass through.
    """
    header = facts.header
    check_memory(facts, route, settings)
    file.seek(0)
    try:
        picture = _decoded(file, facts, route, settings)
    except (BadItem, MemoryError):
        raise
    except Exception as error:
        # Decoders of untrusted data raise anything; only an error number is the machine's own.
        if isinstance(error, OSError) and error.errno is not None:
            raise
        said = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        raise BadItem("unreadable", f"can't be decoded ({route}): {said}", retryable=False) from error
    if route != "composite" and header and header.layered and _is_flat(picture):
        raise EmptyPicture
    if (
        route == "composite"
        and _is_flat(picture)
        and picture.mode in ("RGBA", "LA")
        and not picture.getchannel("A").getbbox()
    ):
        raise BadItem("empty", "has no merged picture, and its layers show nothing", retryable=False)
    return _finished(picture, facts.profile, settings)


def _decoded(file: BinaryIO, facts: Facts, route: str, settings: Plates) -> Image.Image:
    if route == "pdfium":
        return render_drawing(file, settings.size)
    if facts.header:
        return take_picture(file, facts.header, route, settings.max_memory_gb)
    with _opened(file) as image:
        image.load()
        return ImageOps.exif_transpose(image)


def _is_flat(picture: Image.Image) -> bool:
    """Whether a picture is one colour all over."""
    extrema = picture.getextrema()
    pairs = extrema if isinstance(extrema[0], tuple) else (extrema,)
    return all(low == high for low, high in pairs)


def _finished(picture: Image.Image, profile: Profile, settings: Plates) -> Plate:
    """Plain mode, in sRGB, over the background, and only then shrunk: inks and transparency shrink to other edges."""
    picture = in_plain_mode(picture)
    alpha = picture.getchannel("A").getextrema() if picture.mode in ("RGBA", "LA") else (255, 255)
    transparent = alpha[0] != 255
    if picture.mode in ("RGBA", "LA") and not transparent:
        picture = picture.convert(picture.mode[:-1])
    picture = over(to_srgb(picture, profile), settings.background)
    share = settings.size / max(picture.size)
    if share < 1:
        size = (max(1, round(picture.width * share)), max(1, round(picture.height * share)))
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    picture.info = {}
    return Plate(picture, transparent)


def png_bytes(plate: Plate) -> bytes:
    """A plate as PNG that says it is sRGB."""
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add(b"sRGB", b"\1")
    for name, value in plate.told.items():
        info.add_text(TEXT + name, value)
    buffer = io.BytesIO()
    plate.picture.save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()
