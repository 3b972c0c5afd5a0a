"""What the design half has found out, as far as packages draw on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from reelwright.design.dictionaries import DICTIONARIES
from reelwright.identity.listing import PlateListing
from reelwright.spec.design import ArchiveLimits
from reelwright.spec.identity import Plates
from reelwright.spec.model import Spec


@dataclass(frozen=True)
class DesignInputs:
    """The results of the design half, and the delivery itself."""

    folder: Path
    """The delivered folder; only ever read."""
    rights: str
    """What the spec states of it."""
    limits: ArchiveLimits
    plates: Plates
    """How a picture is made of a file: as for identity plates, so that each is decoded once."""
    dictionaries: Mapping[str, Path]
    """``design/<name>.json`` by name."""
    locations: Path
    """``design/locations.json``."""
    plate_rows: Sequence[Path]
    """``identity/plates/<set>.json``; none where the spec has no part `identity`."""
    candidates: Path | None
    """``identity/manifest.json``."""
    review: Path | None
    """``identity/review/vlm_review.csv``."""
    guarded: Sequence[Path]
    """Pictures that models are judged by."""
    outcomes: Sequence[Path]
    """Outcome records of all of these."""
    names: Sequence[str]
    """Characters as the spec writes them: captions call them so."""
    show: str
    trigger: str | None
    """Of the part `captions`."""

    @classmethod
    def of(cls, params: Mapping[str, Any], files: Mapping[str, Any]) -> Self:
        """From what a rule passes, by the names of the fields: ``params``, and ``files`` (a path or several each)."""
        return cls(
            folder=Path(params["folder"]),
            rights=params["rights"],
            limits=ArchiveLimits.model_validate(params["limits"]),
            plates=Plates.model_validate(params["plates"]),
            dictionaries={Path(path).stem: Path(path) for path in files["dictionaries"]},
            locations=Path(files["locations"]),
            plate_rows=[Path(path) for path in files["plates"]],
            candidates=next(map(Path, files["candidates"]), None),
            review=next(map(Path, files["review"]), None),
            guarded=[Path(path) for path in files["guarded"]],
            outcomes=[Path(path) for path in files["outcomes"]],
            names=params["names"],
            show=params["show"],
            trigger=params["trigger"],
        )


def planned_inputs(listing: PlateListing, spec: Spec, results: Path) -> DesignInputs:
    """The same where a build with ``spec`` puts its ``results``, for what can be told without a picture."""
    design = results / "design"
    return DesignInputs(
        folder=Path(spec.design.folder if spec.design else ""),
        rights=spec.design.rights if spec.design else "",
        limits=listing.limits,
        plates=listing.plates,
        dictionaries={name: design / f"{name}.json" for name in DICTIONARIES},
        locations=design / "locations.json",
        plate_rows=[],
        candidates=None,
        review=None,
        guarded=[],
        outcomes=[results / "outcomes" / "build_dictionaries" / "design.json"],
        names=listing.characters,
        show=spec.show,
        trigger=spec.captions.trigger,
    )
