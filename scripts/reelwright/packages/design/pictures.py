"""The picture of a drawing as a package takes it: by the route of identity plates, fitted, and kept in the store.

A file is decoded once, whatever takes its picture: first its plate is stored, then the image, by recipe, with what it shows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image

from reelwright.design.archive import Archive, open_archive
from reelwright.digest import recipe_digest
from reelwright.errors import BadItem
from reelwright.files import read_json, write_json
from reelwright.identity.look import Look, look_of
from reelwright.identity.measure import TEXT, Measured, measure_plate
from reelwright.identity.plates import Original, stored_plate
from reelwright.packages.design.drawings import PEOPLE, Drawing
from reelwright.packages.design.inputs import DesignInputs
from reelwright.packages.models import MODELS
from reelwright.spec.lane import DesignPackage
from reelwright.store import FolderStore

RECIPE = 1
"""Raised when the same plate and settings give another image."""

FIGURES = 2
"""Figures before an even background from which on art of people is a sheet."""

THINGS = 3
"""The same of props: boots are drawn as a pair and are one prop."""

WHOLE_SCENES = ("backgrounds", "style_guides")
"""Dictionaries whose art is painted all over, so that nothing in it stands out from a ground."""


@dataclass(frozen=True)
class Taken:
    """The image of one drawing, in the store."""

    drawing: Drawing
    path: Path
    recipe: str
    """Digest of its recipe."""
    width: int
    height: int
    plate: Mapping[str, Any]
    """The row of its plate: source_sha256, route, icc, approximate, flags..."""
    looks: tuple[Look, Look]
    """Of the image, as the preflight sees it, and of its plate, as anchors have it: shrinking may change a hash."""
    measured: Measured

    @property
    def source_sha256(self) -> str:
        """Of the delivered file."""
        return str(self.plate["source_sha256"])

    def is_like(self, other: Taken, bits: int) -> bool:
        """Whether both show the same picture, as images or as plates."""
        return any(mine.is_like(theirs, bits) for mine, theirs in zip(self.looks, other.looks, strict=True))

    @property
    def sheet(self) -> bool:
        """Whether several figures or views stand side by side in it."""
        drawn = self.drawing
        if drawn.dictionary in WHOLE_SCENES:
            return drawn.named_sheet
        most = FIGURES if drawn.dictionary in PEOPLE else THINGS
        return drawn.named_sheet or (self.measured.even and self.measured.figures >= most)

    @property
    def useless(self) -> str | None:
        """Why nothing can be learned from it; None where something can."""
        if self.measured.blank:
            return "picture: shows nothing"
        lettered = self.measured.even and self.measured.small_parts >= TEXT and self.measured.figures == 0
        return "picture: a sheet of text" if lettered and self.drawing.dictionary not in WHOLE_SCENES else None


def fitted_size(width: int, height: int, settings: DesignPackage, step: int) -> tuple[int, int]:
    """Width and height of the image of a picture: within ``long_side`` and ``max_pixels``, in steps, never enlarged."""
    scale = min(1.0, settings.long_side / max(width, height), (settings.max_pixels / (width * height)) ** 0.5)
    return tuple(max(step, int(side * scale + 1e-9) // step * step) for side in (width, height))  # type: ignore[return-value]


def trained_side(settings: DesignPackage) -> int:
    """Side, in pixels, of the square at whose area images are trained: that of the largest there can be, in steps."""
    step = MODELS[settings.model].step
    return min(settings.long_side, math.isqrt(settings.max_pixels)) // step * step


def fit(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """A picture scaled to cover ``size`` and centre-cropped: less than a step is lost of either side."""
    width, height = size
    scale = max(width / picture.width, height / picture.height)
    wide, high = width / scale, height / scale
    left, top = (picture.width - wide) / 2, (picture.height - high) / 2
    return picture.resize(size, Image.Resampling.LANCZOS, box=(left, top, left + wide, top + high))


class Pictures:
    """Takes the pictures of drawings; made by ``open_pictures``."""

    def __init__(
        self, inputs: DesignInputs, settings: DesignPackage, step: int, store: FolderStore, stack: ExitStack
    ) -> None:
        self._inputs, self._settings, self._step, self._store, self._stack = inputs, settings, step, store, stack
        self._archives: dict[str, Archive | BadItem] = {}

    def prepare(self, drawing: Drawing) -> None:
        """Open the archive that a drawing lies in, where it is not open yet: not to be called by several threads."""
        name = drawing.archive
        if name is None or name in self._archives:
            return
        try:
            self._archives[name] = self._stack.enter_context(
                open_archive(self._inputs.folder / name, self._inputs.limits)
            )
        except BadItem as error:
            self._archives[name] = error

    def take(self, drawing: Drawing) -> Taken | BadItem:
        """The image of a drawing, or why there is none; by several threads at once."""
        try:
            return self._take(drawing)
        except BadItem as error:
            return error

    def _take(self, drawing: Drawing) -> Taken:
        original = Original(drawing.character or "", drawing.place, drawing.bytes, lambda: self._open(drawing))
        plate, stored = stored_plate(original, self._inputs.plates, self._store)
        size = fitted_size(plate["width"], plate["height"], self._settings, self._step)
        suffix = f".{self._settings.format}"
        recipe = self._recipe(plate, size)
        path, facts = self._store.get(recipe, suffix), self._store.get(recipe, ".json")
        if path is None or facts is None:
            path, facts = self._make(stored, size, recipe, suffix)
        told = read_json(facts)
        measured = {**told["measured"], "cut_edges": tuple(told["measured"]["cut_edges"])}
        looks = (Look(**told["look"]), Look(plate["phash"], plate["tints"]))
        return Taken(drawing, path, recipe, *size, plate, looks, Measured(**measured))

    def _recipe(self, plate: Mapping[str, Any], size: tuple[int, int]) -> str:
        settings, plates = self._settings, self._inputs.plates
        return recipe_digest(
            {
                "kind": "design_image",
                "recipe": RECIPE,
                "source_sha256": plate["source_sha256"],
                "route": plate["route"],
                "plate_size": plates.size,
                "background": plates.background,
                "size": list(size),
                "format": settings.format,
                "quality": settings.quality if settings.format == "jpg" else None,
            }
        )

    def _make(self, plate: Path, size: tuple[int, int], recipe: str, suffix: str) -> tuple[Path, Path]:
        with Image.open(plate, formats=["PNG"]) as picture:
            image = fit(picture.convert("RGB"), size)
        # Measured on the plate, whose lines are finer.
        facts = {"measured": asdict(measure_plate(plate)), "look": asdict(look_of(image))}
        path = self._store.put(recipe, suffix, lambda place: self._save(image, place))
        return path, self._store.put(recipe, ".json", lambda place: write_json(place, facts))

    def _save(self, image: Image.Image, place: Path) -> None:
        if self._settings.format == "jpg":
            image.save(place, "JPEG", quality=self._settings.quality, subsampling=0)
        else:
            image.save(place, "PNG")

    def _open(self, drawing: Drawing) -> BinaryIO:
        if drawing.archive:
            archive = self._archives[drawing.archive]
            if isinstance(archive, BadItem):
                raise archive
            return archive.open_member(drawing.path)
        path = self._inputs.folder / drawing.path
        try:
            return path.open("rb")
        except FileNotFoundError as error:
            raise BadItem("missing", "the file is missing") from error
        except OSError as error:
            raise BadItem("unreadable", f"can't be read: {error.strerror}") from error


@contextmanager
def open_pictures(inputs: DesignInputs, settings: DesignPackage, step: int, store: FolderStore) -> Iterator[Pictures]:
    """Pictures for as long as the block runs; archives stay open meanwhile. ``step`` is that of the model's sizes."""
    with ExitStack() as stack:
        yield Pictures(inputs, settings, step, store, stack)
