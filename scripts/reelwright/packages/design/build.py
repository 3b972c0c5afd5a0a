"""Building one package of the design lane: images, captions, weights, provenance, forms of trainers; whole or absent."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reelwright.digest import file_sha256, recipe_digest
from reelwright.errors import BadItem, BuildError
from reelwright.files import read_json, write_json, write_jsonl, write_text
from reelwright.outcome import Record, attempt, require
from reelwright.packages.design.anchors import read_anchors
from reelwright.packages.design.drawings import Pool, find_drawings, within_caps
from reelwright.packages.design.guarded import GuardedPictures
from reelwright.packages.design.inputs import DesignInputs
from reelwright.packages.design.pictures import Taken, open_pictures, trained_side
from reelwright.packages.design.readme import design_readme
from reelwright.packages.design.select import Looking, Selection, select_images
from reelwright.packages.design.wording import Wording
from reelwright.packages.folder import PREFLIGHT, prompt_sha256, staged, write_provenance
from reelwright.packages.models import MODELS
from reelwright.packages.papers import seal_package
from reelwright.packages.trainers import Contents, Item, export_package
from reelwright.spec.lane import DesignPackage
from reelwright.stages import stage_version
from reelwright.store import link, open_store


def build_design_package(
    out: Path, record: Record, *, name: str, settings: DesignPackage, inputs: DesignInputs, store: Path, threads: int
) -> None:
    """Build package ``name`` in the folder ``out``, replacing what was there: whole, or not at all.

    ``store`` is the folder of what was made before. A damaged drawing is a failed part. Raises BuildError where the package
    can't be made as declared (see ``find_drawings``, ``select_images``), or where a part of the design half that it needs has
    failed.
    """
    (out / PREFLIGHT).unlink(missing_ok=True)
    _require(name, inputs.outcomes)
    with attempt(record, []) as notes:
        pool = _pool(name, settings, inputs)
        anchors = read_anchors(inputs, untightened=settings.untightened, bits=settings.duplicate_bits)
        step = MODELS[settings.model].step
        with open_pictures(inputs, settings, step, open_store(store)) as pictures:
            look = Looking(pictures, anchors, GuardedPictures(inputs.guarded))
            chosen = select_images(name, settings, pool, look, threads)
        for place, error in chosen.failed:
            notes.fail(place, error)
        empty = [key for key in settings.categories if not any(one.drawing.category == key for one in chosen.taken)]
        if empty:
            notes.warn(f"package {name} has no images of {', '.join(empty)}: the other categories share its draws")
        _write(out, name, settings, inputs, chosen, pool)


def _write(out: Path, name: str, settings: DesignPackage, inputs: DesignInputs, chosen: Selection, pool: Pool) -> None:
    images = _images(name, settings, inputs, chosen)
    dumped = settings.model_dump(mode="json")
    head = {
        "package": name,
        "settings": dumped,
        "settings_digest": recipe_digest(dumped),
        "stages": _stages(inputs.outcomes),
    }
    summary = _summary(name, settings, chosen, pool)
    pairs = list(zip(chosen.taken, images, strict=True))
    with staged(out) as folder:
        for one, image in pairs:
            link(one.path, folder / image.path)
        rows = [_metadata_row(*pair) for pair in pairs]
        write_jsonl(folder / "metadata.jsonl", rows, "design_package_row")
        origin = [_provenance_row(*pair, inputs) for pair in pairs]
        write_provenance(folder / "PROVENANCE.json", head, origin, "design_provenance")
        write_json(folder / "summary.json", summary, "design_package_summary")
        write_text(folder / "README.md", design_readme(name, settings, summary))
        export_package(_contents(name, settings, images), folder, settings.trainers)
        described = f"{len(rows)} images of the lane {settings.lane} for {settings.model}."
        seal_package(folder, name, described, rows, origin)


@dataclass(frozen=True)
class Image:
    """One image of a package."""

    image_id: str
    path: str
    """Below the package."""
    caption: str
    repeats: int
    """Times that it is drawn in an epoch."""
    weight: float
    """Share of the draws."""


def _contents(name: str, settings: DesignPackage, images: Sequence[Image]) -> Contents:
    """What is exported: images of all shapes, trained at about the largest area."""
    side = trained_side(settings)
    items = [
        Item(one.image_id, one.path, one.caption, 1, {"repeats": one.repeats, "weight": one.weight}, one.repeats)
        for one in images
    ]
    return Contents(name, "image", settings.model, side, side, items, fixed=False)


def count_images(name: str, settings: DesignPackage, inputs: DesignInputs) -> int:
    """Images that a package would take by names and caps alone, before a picture is looked at: at most so many.

    Raises BuildError as ``find_drawings`` does, FileNotFoundError before the dictionaries are there.
    """
    _require(name, inputs.outcomes)
    return len(within_caps(_pool(name, settings, inputs).drawings, settings)[0])


def _require(name: str, outcomes: Iterable[Path]) -> None:
    try:
        require(outcomes)
    except BadItem as error:
        raise BuildError(f"package {name} needs what failed: {error.message}") from error


def _pool(name: str, settings: DesignPackage, inputs: DesignInputs) -> Pool:
    entries = {dictionary: read_json(path)["entries"] for dictionary, path in inputs.dictionaries.items()}
    try:
        return find_drawings(entries, settings, inputs.names)
    except BuildError as error:
        raise BuildError(f"package {name}: {error}") from error


def _images(name: str, settings: DesignPackage, inputs: DesignInputs, chosen: Selection) -> list[Image]:
    shown = {
        asset["id"]: row["location"] for row in read_json(inputs.locations)["locations"] for asset in row["backgrounds"]
    }
    wording = Wording(name, settings, inputs, shown)
    total = chosen.draws.total
    images = []
    for one in chosen.taken:
        repeats = chosen.draws.repeats[one.drawing.place]
        caption = wording.caption(one.drawing, one.sheet)
        if not caption:
            raise BuildError(f"package {name}: {one.drawing.place} would have an empty caption: see template")
        path = f"media/{image_id(one)}.{settings.format}"
        images.append(Image(image_id(one), path, caption, repeats, repeats / total))
    return images


def image_id(one: Taken) -> str:
    """The name of an image: its production name, and a digest of where it lies."""
    plain = re.sub(r"[^\w-]+", "_", one.drawing.production_name)
    return f"{plain[:80]}~{hashlib.sha256(one.drawing.place.encode()).hexdigest()[:8]}"


def _metadata_row(one: Taken, image: Image) -> dict[str, Any]:
    return {
        "image": image.path,
        "video": image.path,
        "prompt": image.caption,
        "image_id": image.image_id,
        "category": one.drawing.category,
        "asset": one.drawing.asset,
        "character": one.drawing.character,
        "sheet": one.sheet,
        "width": one.width,
        "height": one.height,
        "repeats": image.repeats,
        "weight": image.weight,
    }


def _provenance_row(one: Taken, image: Image, inputs: DesignInputs) -> dict[str, Any]:
    drawing, plate = one.drawing, one.plate
    return {
        "image_id": image.image_id,
        "image": image.path,
        "media_sha256": file_sha256(one.path),
        "recipe": one.recipe,
        "lane": "design",
        "rights": inputs.rights,
        "asset": drawing.asset,
        "category": drawing.category,
        "kind": drawing.kind,
        "archive": drawing.archive,
        "path": drawing.path,
        "source_sha256": one.source_sha256,
        "source_bytes": drawing.bytes,
        "source_crc32": drawing.crc32,
        **{name: plate[name] for name in ("format", "mode", "depth", "source_width", "source_height", "route")},
        **{name: plate[name] for name in ("icc", "approximate", "flags", "alpha")},
        "plate_sha256": plate["sha256"],
        "production_name": drawing.production_name,
        "episodes": list(drawing.episodes),
        "version": drawing.version,
        "states": list(drawing.states),
        "caption_source": "dictionary",
        "prompt_sha256": prompt_sha256(image.caption),
    }


def _stages(outcomes: Iterable[Path]) -> dict[str, int]:
    """Versions of the stages whose results went into the package."""
    found = {record["stage"]: record["stage_version"] for record in map(read_json, outcomes)}
    return dict(sorted({**found, "build_design_package": stage_version("build_design_package")}.items()))


def _summary(name: str, settings: DesignPackage, chosen: Selection, pool: Pool) -> dict[str, Any]:
    repeats, total = chosen.draws.repeats, chosen.draws.total
    whole = sum(one.share for one in settings.categories.values())

    def counted(several: list[Taken]) -> dict[str, Any]:
        draws = sum(repeats[one.drawing.place] for one in several)
        return {
            "images": len(several),
            "assets": len({one.drawing.asset for one in several}),
            "sheets": sum(one.sheet for one in several),
            "draws": draws,
            "weight": round(draws / len(several), 4) if several else 0.0,
            "expected_share": round(draws / total, 6),
        }

    categories: Mapping[str, list[Taken]] = {key: [] for key in settings.categories}
    people: dict[str, list[Taken]] = defaultdict(list)
    for one in chosen.taken:
        categories[one.drawing.category].append(one)
        if one.drawing.character:
            people[one.drawing.character].append(one)
    routes = Counter(str(one.plate["route"]) for one in chosen.taken)
    return {
        "package": name,
        "model": settings.model,
        "lane": "design",
        "rows": len(chosen.taken),
        "draws": total,
        "categories": {
            key: {"declared_share": round(settings.categories[key].share / whole, 6), **counted(several)}
            for key, several in categories.items()
        },
        "characters": {who: counted(several) for who, several in sorted(people.items())},
        "balance": [list(group) for group in chosen.groups],
        "sheet_share": round(sum(repeats[one.drawing.place] for one in chosen.taken if one.sheet) / total, 6),
        "approximate": sum(bool(one.plate["approximate"]) for one in chosen.taken),
        "routes": dict(sorted(routes.items())),
        "not_asked_for": pool.others,
        "drop_counts": dict(sorted(Counter(one.reason.split(":")[0] for one in chosen.dropped).items())),
        "dropped": [{"file": one.place, "category": one.category, "reason": one.reason} for one in chosen.dropped],
    }
