"""Preflight of a package of the design lane: opens every image, and refuses the package with every problem found."""

from __future__ import annotations

import math
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from PIL import Image

from reelwright.design.read import art_sha256
from reelwright.digest import file_sha256
from reelwright.errors import BadItem, Problem
from reelwright.files import check, read_json, read_jsonl, write_json
from reelwright.identity.look import Look, look_of
from reelwright.packages.design.anchors import Anchors, read_anchors
from reelwright.packages.design.guarded import GuardedPictures
from reelwright.packages.design.inputs import DesignInputs
from reelwright.packages.design.pictures import trained_side
from reelwright.packages.folder import prompt_sha256
from reelwright.packages.metadata import METADATA, PROVENANCE, misplaced, read_metadata, shown
from reelwright.packages.models import MODELS
from reelwright.packages.preflight import Checks
from reelwright.packages.showing import Media
from reelwright.packages.trials import Trial, try_trainer
from reelwright.spec.lane import DesignPackage

COPIED = ("image", "category", "asset")
"""Fields that a row and its provenance both have."""

WEIGHTS = 1e-6
"""How far weights may be from what they should add up to: they are written in full."""


@dataclass(frozen=True)
class Opened:
    """One image as a trainer would see it."""

    sha256: str
    mode: str = ""
    width: int = 0
    height: int = 0
    look: Look | None = None
    error: str | None = None


Row = Mapping[str, Any]


def _problem(row: Row, name: str, value: Any, expected: str) -> Problem:
    return Problem(METADATA, f"{row['image_id']}: {name}", shown(value), expected)


def preflight_design_package(
    package: Path, out: Path, *, name: str, settings: DesignPackage, inputs: DesignInputs, threads: int
) -> None:
    """Check package ``name`` in the folder ``package`` and write the report to ``out``.

    Raises BuildError with every problem (row, field, value, what was expected) where there is one; then no report is written.
    """
    checks = Checks()
    read, unread = read_metadata(package / METADATA, "design_package_row")
    rows = list(read.values())
    checks.add("metadata", unread)
    placed = {row["image_id"]: _path_problem(row, package) for row in rows}
    checks.add("paths", (one for one in placed.values() if one))
    checks.add("duplicates", _duplicates(rows))
    present = [row for row in rows if placed[row["image_id"]] is None]
    with ThreadPoolExecutor(max(1, threads)) as pool:
        opened = list(pool.map(lambda row: open_image(package / row["image"]), present))
    found = {row["image_id"]: one for row, one in zip(present, opened, strict=True)}
    checks.add("images", (one for row in present for one in _image(row, found[row["image_id"]], settings)))
    checks.add("pictures", _same_pictures(present, found, settings))
    checks.add("captions", (_problem(row, "prompt", "", "a caption") for row in rows if not row["prompt"].strip()))
    checks.add("weights", _weights(rows, settings))
    checks.add("exports", _exports(rows, package, settings.trainers))
    checks.add("provenance", _provenance(package, rows, found, settings, inputs))
    checks.add("leaks", _leaks(present, found, package, inputs))
    checks.add("unclaimed", _unclaimed(package, rows))
    trials = _trials(present, found, settings)
    checks.add("trainers", (problem for trial in trials for problem in trial.problems))
    checks.require(name)
    report = {"package": name, "passed": True, "rows": len(rows), "checks": checks.report()}
    report["trainers"] = {trial.name: trial.report() for trial in trials}
    print(f"package {name}: {len(rows)} images pass", file=sys.stderr)
    write_json(out, report, "design_preflight")


def _path_problem(row: Row, package: Path) -> Problem | None:
    expected = misplaced(row["image"], package)
    return _problem(row, "image", row["image"], expected) if expected else None


def _duplicates(rows: Sequence[Row]) -> Iterator[Problem]:
    for name in ("image", "image_id"):
        for value, times in Counter(row[name] for row in rows).items():
            if times > 1:
                yield Problem(METADATA, name, shown(value), f"no duplicate, but {times} rows have it")


def open_image(path: Path) -> Opened:
    """Decode the image at ``path`` whole."""
    sha256 = file_sha256(path)
    try:
        with Image.open(path, formats=("PNG", "JPEG")) as image:
            image.load()
            return Opened(sha256, image.mode, *image.size, look_of(image.convert("RGB")))
    except (OSError, SyntaxError, ValueError) as error:
        return Opened(sha256, error=str(error))


def _image(row: Row, found: Opened, settings: DesignPackage) -> Iterator[Problem]:
    if found.error is not None:
        yield _problem(row, "image", row["image"], f"an image that can be opened: {found.error}")
        return
    step = MODELS[settings.model].step
    if found.mode != "RGB":
        yield _problem(row, f"mode of {row['image']}", found.mode, "expected RGB, as trainers take it")
    if (found.width, found.height) != (row["width"], row["height"]):
        expected = f"expected {row['width']}x{row['height']}"
        yield _problem(row, f"size of {row['image']}", f"{found.width}x{found.height}", expected)
    if found.width % step or found.height % step:
        expected = f"expected multiples of {step} for {settings.model}"
        yield _problem(row, f"size of {row['image']}", f"{found.width}x{found.height}", expected)
    if max(found.width, found.height) > settings.long_side or found.width * found.height > settings.max_pixels:
        expected = f"expected at most {settings.long_side} a side, {settings.max_pixels} pixels"
        yield _problem(row, f"size of {row['image']}", f"{found.width}x{found.height}", expected)


def _same_pictures(rows: Sequence[Row], found: Mapping[str, Opened], settings: DesignPackage) -> Iterator[Problem]:
    if settings.duplicate_bits < 0:
        return
    before: list[tuple[Row, Look]] = []
    for row in rows:
        look = found[row["image_id"]].look
        if look is None:
            continue
        twin = next((one for one, other in before if other.is_like(look, settings.duplicate_bits)), None)
        if twin:
            yield _problem(row, "image", row["image"], f"another picture than {twin['image']}: they look the same")
        before.append((row, look))


def _weights(rows: Sequence[Row], settings: DesignPackage) -> Iterator[Problem]:
    """Weights against repeats, and what is promised of them: equal characters, few sheets."""
    total = sum(row["repeats"] for row in rows)
    if not rows:
        yield Problem(METADATA, "rows", "0", "at least one")
        return
    whole = math.fsum(row["weight"] for row in rows)
    if abs(whole - 1) > WEIGHTS:
        yield Problem(METADATA, "weight", f"{whole:.6f} in all", "expected 1 in all")
    for row in rows:
        if abs(row["weight"] - row["repeats"] / total) > WEIGHTS:
            expected = f"expected repeats / {total}, {row['repeats'] / total:.6f}"
            yield _problem(row, "weight", row["weight"], expected)
    draws: dict[str, int] = defaultdict(int)
    for row in rows:
        draws[(row["character"] or "").casefold()] += row["repeats"]
    for group in settings.balance:
        counts = {who: draws[who.casefold()] for who in group}
        if len(set(counts.values())) > 1:
            said = ", ".join(f"{who} {count}" for who, count in counts.items())
            yield Problem(METADATA, "repeats", said, "expected as many of each: packages balance them")
    sheets = sum(row["repeats"] for row in rows if row["sheet"])
    if sheets > settings.max_sheet_share * total:
        said = f"{sheets / total:.3f} of all draws are sheets"
        yield Problem(METADATA, "sheet", said, f"expected at most max_sheet_share, {settings.max_sheet_share:g}")


def _exports(rows: Sequence[Row], package: Path, trainers: Sequence[str]) -> Iterator[Problem]:
    """That what each trainer is given draws every image as often in an epoch as the package says."""
    wanted = {str(row["image_id"]): int(row["repeats"]) for row in rows}
    for trainer in trainers:
        try:
            drawn = DRAWN[trainer](package / "trainers" / trainer, package)
        except (OSError, ValueError, KeyError) as error:
            yield Problem(f"trainers/{trainer}", "the export", "", f"can't be read: {error}")
            continue
        for image_id in sorted(drawn.keys() | wanted.keys()):
            if drawn.get(image_id, 0) != wanted.get(image_id, 0):
                expected = f"expected {wanted.get(image_id, 0)} draws, as in {METADATA}"
                yield Problem(f"trainers/{trainer}", image_id, str(drawn.get(image_id, 0)), expected)


def _drawn_diffsynth(folder: Path, package: Path) -> Mapping[str, int]:
    rows = folder / "rows.jsonl"
    return Counter(Path(row["video"]).stem for row in read_jsonl(rows if rows.exists() else package / METADATA))


def _drawn_imagefolder(folder: Path, package: Path) -> Mapping[str, int]:
    rows = read_jsonl(folder / METADATA)
    return {Path(row["file_name"]).stem: row["repeats"] for row in rows if (folder / row["file_name"]).is_file()}


def _repeats(label: str) -> int:
    """Of a part's label: ``1``, or ``1x3``."""
    return int(label.partition("x")[2] or 1)


def _drawn_ai_toolkit(folder: Path, package: Path) -> Mapping[str, int]:
    return {
        path.stem: _repeats(place.name.removeprefix("media_"))
        for place in folder.glob("media_*")
        for path in place.iterdir()
        if path.suffix != ".txt" and path.with_suffix(".txt").is_file()
    }


def _drawn_musubi(folder: Path, package: Path) -> Mapping[str, int]:
    return {
        Path(row["image_path"]).stem: _repeats(rows.stem.removeprefix("rows_"))
        for rows in folder.glob("rows_*.jsonl")
        for row in read_jsonl(rows)
        if (folder / row["image_path"]).is_file()
    }


DRAWN = {
    "diffsynth": _drawn_diffsynth,
    "imagefolder": _drawn_imagefolder,
    "ai-toolkit": _drawn_ai_toolkit,
    "musubi": _drawn_musubi,
}
"""Draws an epoch of each image, by its id, as an export has them."""


def _provenance(
    package: Path, rows: Sequence[Row], found: Mapping[str, Opened], settings: DesignPackage, inputs: DesignInputs
) -> Iterator[Problem]:
    try:
        data = read_json(package / PROVENANCE)
        check(data, "design_provenance", PROVENANCE)
    except (OSError, ValueError) as error:
        yield Problem(PROVENANCE, "the file", "", f"can't be used: {error}")
        return
    origins = {row["image_id"]: row for row in data["rows"]}
    listed = {
        (file["archive"], file["path"]): (entry["id"], file["bytes"])
        for path in inputs.dictionaries.values()
        for entry in read_json(path)["entries"]
        for file in entry["files"]
    }
    anchors = read_anchors(inputs, untightened=settings.untightened, bits=settings.duplicate_bits)
    for row in rows:
        origin = origins.get(row["image_id"])
        if origin is None:
            expected = f"a row of {PROVENANCE}: nothing says where this one is from"
            yield _problem(row, "image_id", row["image_id"], expected)
            continue
        yield from _origin(row, origin, found.get(row["image_id"]))
        yield from _source(row, origin, listed, inputs)
        yield from _anchor(row, origin, found.get(row["image_id"]), anchors)
    for lost in sorted(set(origins) - {row["image_id"] for row in rows}):
        yield Problem(METADATA, "image_id", "", f"the row {lost} of the build is gone")


def _origin(row: Row, origin: Mapping[str, Any], found: Opened | None) -> Iterator[Problem]:
    """One row against its provenance: whether it is of this lane, and whether anything was changed after the build."""
    for name in COPIED:
        if row[name] != origin[name]:
            yield _problem(row, name, row[name], f"expected {shown(origin[name])}, as in {PROVENANCE}")
    if prompt_sha256(row["prompt"]) != origin["prompt_sha256"]:
        yield _problem(row, "prompt", row["prompt"], "the caption that the package was built with")
    if found is not None and found.sha256 != origin["media_sha256"]:
        expected = f"the file that was built (sha256 {origin['media_sha256'][:12]}…), not another or a changed one"
        yield _problem(row, "image", row["image"], expected)
    if origin["rights"] != "licensed":
        yield _problem(row, "rights", origin["rights"], "expected licensed")
    if origin["lane"] != "design":
        yield _problem(row, "lane", origin["lane"], "expected design: lanes are never mixed")


def _source(
    row: Row, origin: Mapping[str, Any], listed: Mapping[tuple[str | None, str], tuple[str, int]], inputs: DesignInputs
) -> Iterator[Problem]:
    """Whether it is made of a file of production art, as it is delivered now: nothing else is design art."""
    place = f"{origin['archive']}/{origin['path']}" if origin["archive"] else origin["path"]
    if (origin["archive"], origin["path"]) not in listed:
        yield _problem(row, "path", place, "a file that the dictionaries of production art list")
        return
    try:
        sha256 = art_sha256(inputs.folder, origin["archive"], origin["path"], inputs.limits)
    except BadItem as error:
        yield _problem(row, "path", place, f"a file that can be read: {error.message}")
        return
    if sha256 != origin["source_sha256"]:
        expected = f"the file as it is delivered now ({sha256[:12]}…): build the package again"
        yield _problem(row, "source_sha256", origin["source_sha256"], expected)


def _anchor(row: Row, origin: Mapping[str, Any], found: Opened | None, anchors: Anchors) -> Iterator[Problem]:
    if found is None or found.look is None:
        return
    refusal = anchors.refusal(origin["source_sha256"], found.look)
    if refusal:
        yield _problem(row, "image", row["image"], f"no such picture: {refusal.removeprefix('anchor: ')}")


def _leaks(rows: Sequence[Row], found: Mapping[str, Opened], package: Path, inputs: DesignInputs) -> Iterator[Problem]:
    """Images that nearly copy what models are judged by."""
    images = {row["image_id"]: package / row["image"] for row in rows if found[row["image_id"]].error is None}
    leaks = GuardedPictures(inputs.guarded).leaks(images)
    for row in rows:
        if row["image_id"] in leaks:
            yield _problem(
                row, "image", row["image"], f"nothing that models are judged by, but {leaks[row['image_id']]}"
            )


def _trials(rows: Sequence[Row], found: Mapping[str, Opened], settings: DesignPackage) -> list[Trial]:
    """What each trainer would do to the images that can be opened."""
    rate, side = Fraction(MODELS[settings.model].rate), trained_side(settings)
    media = {
        row["image_id"]: Media(1, rate, one.width, one.height, bool(row["prompt"].strip()))
        for row in rows
        if (one := found[row["image_id"]]).error is None
    }
    return [try_trainer(name, settings.model, "image", media, (side, side), fixed=False) for name in settings.trainers]


def _unclaimed(package: Path, rows: Sequence[Row]) -> list[Problem]:
    """Media that no row names."""
    named = {(package / row["image"]).resolve() for row in rows}
    files = [
        path
        for path in (package / "media").glob("**/*")
        if path.is_file() and path.name != METADATA and path.name[0] != "."
    ]
    return [
        Problem(str(path.relative_to(package)), "the file", "", f"no row of {METADATA} names it")
        for path in sorted(files)
        if path.resolve() not in named
    ]
