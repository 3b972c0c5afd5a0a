"""Documents to make plates of, and the plate stages run on them in a folder."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from reelwright.demo.photoshop import Document, Layer, photoshop_bytes
from reelwright.files import read_json, read_jsonl
from reelwright.identity.anchors import AnchorOutputs, list_anchors
from reelwright.identity.candidates import list_candidates
from reelwright.identity.listing import PlateFile
from reelwright.identity.plates import PlateOutputs, export_plates
from reelwright.identity.review import ReviewInputs, Show, review_plates
from reelwright.models.asking import Books
from reelwright.outcome import Record
from reelwright.spec.design import ArchiveLimits
from reelwright.spec.identity import Identity, PlateSet
from reelwright.spec.model import Budget

RED, BLUE, PAPER = (200, 60, 40), (30, 120, 220), (255, 255, 255)
"""The colours of test pictures."""


def square(
    width: int = 200, height: int = 300, ground: tuple[int, ...] = RED, middle: tuple[int, ...] = BLUE
) -> np.ndarray:
    """A rectangle on a ground, as RGB: a quarter of each side stays free."""
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[:] = ground
    pixels[height // 4 : -(height // 4), width // 4 : -(width // 4)] = middle
    return pixels


def opaque(pixels: np.ndarray) -> np.ndarray:
    """The same pixels with alpha that hides all behind them."""
    top = np.iinfo(pixels.dtype).max
    return np.dstack([pixels, np.full(pixels.shape[:2], top, pixels.dtype)])


def layered(pixels: np.ndarray, **more: Any) -> bytes:
    """A document of a paper layer and the picture above it."""
    layers = [Layer("paper", np.full_like(opaque(pixels), np.iinfo(pixels.dtype).max)), Layer("art", opaque(pixels))]
    return photoshop_bytes(Document(pixels, layers, **more))


def flat(pixels: np.ndarray, **more: Any) -> bytes:
    """A document without layers."""
    return photoshop_bytes(Document(pixels, **more))


def deep(pixels: np.ndarray) -> np.ndarray:
    """The same values in 16 bits."""
    return pixels.astype(np.uint16) * 257


def encoded(pixels: np.ndarray, form: str = "PNG", **options: Any) -> bytes:
    """A file of another format."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, form, **options)
    return buffer.getvalue()


@dataclass
class Studio:
    """A folder with a delivery in it, and what is made of it."""

    root: Path
    settings: Identity

    @property
    def delivery(self) -> Path:
        return self.root / "art"

    def deliver(self, files: dict[str, bytes]) -> None:
        """Write files below the delivery, by path."""
        for path, data in files.items():
            place = self.delivery / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)

    def export(self, name: str, files: list[PlateFile], limits: ArchiveLimits | None = None) -> list[dict[str, Any]]:
        """The plates of a set."""
        export_plates(
            self.delivery, files, PlateOutputs(self._rows(name), self._rows(name).with_suffix("") / "png_2048"),
            Record("export_plates", name, self.outcome("export_plates", name)),
            settings=self.settings.plates, limits=limits or ArchiveLimits(), store=self.root / "store", threads=2,
        )  # fmt: skip
        made = read_json(self._rows(name))
        return [] if made is None else list(made["plates"])

    def candidates(self) -> dict[str, Any]:
        """The candidates of all sets."""
        out = self.root / "identity" / "manifest.json"
        outcomes = {name: self.outcome("export_plates", name) for name in self.settings.sets}
        plates = {name: self._rows(name) for name in self.settings.sets}
        list_candidates(plates, outcomes, out, project="test", settings=self.settings)
        found: dict[str, Any] = read_json(out)
        return found

    def review_inputs(self, name: str, imports: Path | None = None, bible: Path | None = None) -> ReviewInputs:
        outcomes = (self.outcome("export_plates", name),)
        return ReviewInputs(self._rows(name), outcomes, imports, bible)

    def books(self, budget: Budget | None = None) -> Books:
        return Books(self.root / "answers", self.root / "ledger", budget)

    def review(
        self, name: str, imports: Path | None = None, bible: Path | None = None, budget: Budget | None = None
    ) -> list[dict[str, Any]]:
        """The reviews of a set."""
        out = self.root / "identity" / "review" / f"{name}.jsonl"
        review_plates(
            self.review_inputs(name, imports, bible), out,
            Record("review_plates", name, self.outcome("review_plates", name)),
            settings=self.settings, show=Show("Harbour Nine", 2), books=self.books(budget), store=self.root / "store",
        )  # fmt: skip
        return read_jsonl(out)

    @property
    def anchors(self) -> AnchorOutputs:
        folder = self.root / "identity" / "review"
        names = ("vlm_review.csv", "train_manifest.json", "usable_manifest.json", "contact_sheets_decision")
        return AnchorOutputs(*(folder / name for name in names))

    def list(self, imports: Path | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
        """The strict and the usable manifest of all sets, with the decisions in ``identity.csv``."""
        names = list(self.settings.sets)
        list_anchors(
            {name: self.root / "identity" / "review" / f"{name}.jsonl" for name in names},
            {name: self.outcome("review_plates", name) for name in names},
            imports, self.root / "identity.csv", self.anchors,
            Record("list_anchors", "identity", self.outcome("list_anchors", "identity")),
            project="test", settings=self.settings,
        )  # fmt: skip
        return read_json(self.anchors.train), read_json(self.anchors.usable)

    def outcome(self, stage: str, item: str) -> Path:
        return self.root / "outcomes" / stage / f"{item}.json"

    def told(self, stage: str, item: str) -> dict[str, Any]:
        """The outcome record of a stage."""
        found: dict[str, Any] = read_json(self.outcome(stage, item))
        return found

    def _rows(self, name: str) -> Path:
        return self.root / "identity" / "plates" / f"{name}.json"


def studio(root: Path, *sets: str, **settings: Any) -> Studio:
    """A studio with sets of the character Ida; their files are told when they are exported."""
    plate_sets = {name: PlateSet(characters={"Ida": ["IDA/*"], "Bo": ["BO/*"]}) for name in sets or ("cast",)}
    return Studio(root, Identity(**{"sets": plate_sets, **settings}))


def loose(*paths: str, character: str = "Ida") -> list[PlateFile]:
    """Files of their own."""
    return [PlateFile(character, path) for path in paths]
