"""A small delivery of production art with all that the design half makes of it, and design packages built of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from plating import PAPER, encoded
from zips import packed

from reelwright.design.dictionaries import DICTIONARIES, Season, build_dictionaries
from reelwright.design.inventory import inventory_design
from reelwright.design.locations import link_locations
from reelwright.files import read_json, read_jsonl
from reelwright.identity.anchors import AnchorOutputs, list_anchors
from reelwright.identity.candidates import list_candidates
from reelwright.identity.listing import PlateFile
from reelwright.identity.plates import PlateOutputs, export_plates
from reelwright.identity.review import ReviewInputs, Show, review_plates
from reelwright.models.asking import Books
from reelwright.outcome import Record
from reelwright.packages.design import DesignInputs, build_design_package
from reelwright.packages.design.preflight import preflight_design_package
from reelwright.spec.design import ArchiveLimits, Design
from reelwright.spec.identity import Identity, Plates
from reelwright.spec.lane import DesignPackage

FOLDERS = {
    "01_CH": {"dictionary": "characters"},
    "02_BG": {"dictionary": "backgrounds", "kind": "colour card"},
    "SPEED": {"dictionary": "backgrounds", "kind": "speedlines"},
    "03.zip": {"dictionary": "props"},
}


def picture(number: int, width: int = 420, height: int = 560) -> np.ndarray:
    """A figure on paper that no other number has: 8 by 6 fields, of which ``number`` says which are dark."""
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[:] = PAPER
    dark = np.random.default_rng(number).random((8, 6, 1)) < 0.5
    colours = np.where(dark, (30 + number * 7 % 90, 40, 60), (200, 150, 60 + number * 13 % 120)).astype(np.uint8)
    body = np.kron(colours, np.ones((height // 10, width // 10, 1), np.uint8))
    top, left = (height - body.shape[0]) // 2, (width - body.shape[1]) // 2
    pixels[top : top + body.shape[0], left : left + body.shape[1]] = body
    return pixels


def sheet(number: int) -> np.ndarray:
    """Two figures side by side."""
    return np.hstack([picture(number), picture(number + 1)])


def character(who: str, what: str) -> str:
    """Path of art of a character."""
    return f"01_CH/{who}/TS_700_CH_{who}_{what}_Color.png"


def prop(name: str, kind: str = "", suffix: str = "png") -> str:
    """Path of a prop, packed."""
    return f"03.zip/PROPS/TS_701_PR_{kind}{name}_Color.{suffix}"


@dataclass
class Atelier:
    """A delivery, and packages of it."""

    root: Path
    changes: dict[str, Any] = field(default_factory=dict)
    """Of the part `design`."""

    @property
    def art(self) -> Path:
        return self.root / "art"

    @property
    def out(self) -> Path:
        return self.root / "packages" / "ref"

    def deliver(self, files: dict[str, np.ndarray | bytes]) -> None:
        """Write files below the delivery; those of ``03.zip`` are packed, with those packed before."""
        members: dict[str, bytes] = getattr(self, "_members", {})
        for path, data in files.items():
            content = data if isinstance(data, bytes) else encoded(data, "JPEG" if path.endswith("jpg") else "PNG")
            if path.startswith("03.zip/"):
                members[path.removeprefix("03.zip/")] = content
                continue
            place = self.art / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        self._members = members
        if members:
            self.art.mkdir(parents=True, exist_ok=True)
            (self.art / "03.zip").write_bytes(bytes(packed(members)))

    def design(self) -> None:
        """The design half, from the inventory to the locations."""
        part = {
            "folder": str(self.art),
            "rights": "licensed",
            "folders": FOLDERS,
            "names": {"show": "TS"},
            **self.changes,
        }
        settings = Design.model_validate(part)
        inventory = self.root / "inventory.csv"
        inventory_design(inventory, self._record("inventory_design"), settings=settings)
        build_dictionaries(
            inventory, self._outcome("inventory_design"),
            {name: self.root / f"{name}.json" for name in (*DICTIONARIES, "names")},
            self._record("build_dictionaries"), settings=settings, season=Season(7, "7{episode}", ["01"]),
        )  # fmt: skip
        link_locations(
            {name: self.root / f"{name}.json" for name in DICTIONARIES}, self._outcome("build_dictionaries"),
            self.root / "locations.json", self._record("link_locations"),
            settings=settings, locations=["Old Pier", "Attic", "Pier"], bible=None, show="Tiny Show", season=7,
        )  # fmt: skip

    def review(self, *decisions: tuple[str, str]) -> None:
        """Plates of Ida and Bo, reviewed by measurements; ``decisions`` of people: plate and word."""
        part = Identity(sets={"cast": {"characters": {"Ida": ["01_CH/IDA/*"], "Bo": ["01_CH/BO/*"]}}})  # type: ignore[dict-item]
        paths = sorted(path.relative_to(self.art) for path in (self.art / "01_CH").rglob("*.*"))
        files = [PlateFile(path.parts[1].capitalize(), str(path)) for path in paths]
        folder = self.root / "identity"
        rows, reviews = folder / "plates" / "cast.json", folder / "review" / "cast.jsonl"
        export_plates(
            self.art, files, PlateOutputs(rows, rows.with_suffix("") / "png_2048"), self._record("export_plates", "cast"),
            settings=part.plates, limits=ArchiveLimits(), store=self.root / "store", threads=1,
        )  # fmt: skip
        outcomes = {"cast": self._outcome("export_plates", "cast")}
        list_candidates({"cast": rows}, outcomes, folder / "manifest.json", project="test", settings=part)
        review_plates(
            ReviewInputs(rows, (outcomes["cast"],), None, None), reviews, self._record("review_plates", "cast"),
            settings=part, show=Show("Tiny Show", 7), books=Books(self.root / "a", self.root / "l", None),
            store=self.root / "store",
        )  # fmt: skip
        known = {row["plate_id"]: row["source_sha256"] for row in read_jsonl(reviews)}
        lines = [f"cast/{plate},{known[f'cast/{plate}']},{word},,,mk,2026-11-20" for plate, word in decisions]
        (self.root / "identity.csv").write_text("\n".join(["item,sha256,decision,value,reason,reviewer,time", *lines]))
        outputs = AnchorOutputs(
            *(folder / "review" / name for name in ("review.csv", "train.json", "usable.json", "sheets"))
        )
        list_anchors(
            {"cast": reviews}, {"cast": self._outcome("review_plates", "cast")}, None, self.root / "identity.csv",
            outputs, self._record("list_anchors"), project="test", settings=part,
        )  # fmt: skip

    @property
    def inputs(self) -> DesignInputs:
        folder = self.root / "identity"
        reviewed = (folder / "review" / "review.csv").exists()
        stages = ["build_dictionaries", "link_locations", *(["list_anchors"] if reviewed else [])]
        return DesignInputs(
            folder=self.art,
            rights="licensed",
            limits=ArchiveLimits(),
            plates=Plates(),
            dictionaries={name: self.root / f"{name}.json" for name in DICTIONARIES},
            locations=self.root / "locations.json",
            plate_rows=[folder / "plates" / "cast.json"] if reviewed else [],
            candidates=folder / "manifest.json" if reviewed else None,
            review=folder / "review" / "review.csv" if reviewed else None,
            guarded=sorted((self.root / "judged").glob("*.png")),
            outcomes=[self._outcome(stage) for stage in stages],
            names=["Ida", "Bo"],
            show="Tiny Show",
            trigger="tinyshow",
        )

    def build(self, **changes: Any) -> dict[str, Any]:
        """The package and its summary."""
        build_design_package(
            self.out,
            self._record("build_design_package", "ref"),
            name="ref",
            settings=package(**changes),
            inputs=self.inputs,
            store=self.root / "store",
            threads=2,
        )
        found: dict[str, Any] = read_json(self.out / "summary.json")
        return found

    def preflight(self, **changes: Any) -> None:
        """The preflight; ``changes`` as the package was built with."""
        preflight_design_package(
            self.out,
            self.out / "preflight.json",
            name="ref",
            settings=package(**changes),
            inputs=self.inputs,
            threads=2,
        )

    @property
    def rows(self) -> list[dict[str, Any]]:
        return read_jsonl(self.out / "metadata.jsonl")

    def _record(self, stage: str, item: str = "design") -> Record:
        return Record(stage, item, self._outcome(stage, item))

    def _outcome(self, stage: str, item: str = "design") -> Path:
        return self.root / "outcomes" / stage / f"{item}.json"


def package(**changes: Any) -> DesignPackage:
    """Settings of a package of all that ``FOLDERS`` hold."""
    categories = {name: {"share": 1.0} for name in ("characters", "outfits", "props", "backgrounds", "speedlines")}
    base = {"lane": "design", "model": "wan2.2-t2v-a14b", "categories": categories, "long_side": 320, "min_side": 200}
    return DesignPackage.model_validate({**base, **changes})


def drops(summary: dict[str, Any]) -> dict[str, str]:
    """Why each file was left out."""
    return {one["file"]: one["reason"] for one in summary["dropped"]}
