"""The stage ``export_plates``: every file of a plate set as a PNG of one size in one colour space."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from PIL import Image

from reelwright.design.archive import Archive, open_archive
from reelwright.digest import file_sha256, recipe_digest, stream_sha256
from reelwright.errors import BadItem
from reelwright.files import write_json
from reelwright.identity.listing import PlateFile, fits, has_plate_suffix
from reelwright.identity.pictures import TEXT, EmptyPicture, Facts, inspect, make_plate, png_bytes
from reelwright.outcome import Record, attempt
from reelwright.spec.design import ArchiveLimits
from reelwright.spec.identity import Plates
from reelwright.store import FolderStore, link, open_store

RECIPE = 1
"""Raised when the same file, route and settings give another plate."""


@dataclass(frozen=True)
class Original:
    """One file that a plate is made of."""

    character: str
    path: str
    """Below the folder of the plates; ``ARCHIVE.zip/MEMBER`` for a member."""
    size: int
    """Bytes."""
    open: Callable[[], BinaryIO]
    """Opens it as a seekable file; may raise BadItem, then and while it is read."""


@dataclass(frozen=True)
class PlateOutputs:
    """Where a set's plates go."""

    rows: Path
    """``identity/plates/<set>.json``."""
    folder: Path
    """``identity/plates/<set>/png_2048``."""


def export_plates(
    folder: Path,
    files: Sequence[PlateFile],
    outputs: PlateOutputs,
    record: Record,
    *,
    settings: Plates,
    limits: ArchiveLimits,
    store: Path,
    threads: int,
) -> None:
    """Write a PNG and a row for each of a set's ``files`` below ``folder``; what is made already comes from the ``store``.

    A file that is missing, damaged, too large or of no use is a failed part of the set; the set fails where no plate is left.
    """
    with attempt(record, [outputs.rows, outputs.folder]) as notes, ExitStack() as stack:
        plates = open_store(store)
        found: list[Original | tuple[str, BadItem]] = list(_originals(folder, files, limits, stack.enter_context))
        originals = [one for one in found if isinstance(one, Original)]
        failed = [one for one in found if isinstance(one, tuple)]
        outputs.folder.mkdir(parents=True, exist_ok=True)
        names = plate_names([one.path for one in originals])

        def export(pair: tuple[Original, str]) -> dict[str, Any] | tuple[str, BadItem]:
            original, name = pair
            try:
                row, stored = stored_plate(original, settings, plates)
            except BadItem as error:
                return original.path, error
            link(stored, outputs.folder / name)
            plate_id = f"{record.item}/{name.removesuffix('.png')}"
            place = f"identity/plates/{record.item}/{outputs.folder.name}/{name}"
            return {"plate_id": plate_id, "set": record.item, "plate": place, **row}

        with ThreadPoolExecutor(max_workers=max(1, threads)) as pool:
            made = list(pool.map(export, zip(originals, names, strict=True)))
        rows = [one for one in made if isinstance(one, dict)]
        failed += [one for one in made if isinstance(one, tuple)]
        for path, error in failed:
            notes.fail(path, error)
        if not rows:
            first = f"{failed[0][0]}: {failed[0][1].message}" if failed else "it names no file"
            raise BadItem("no_plates", f"no plate of the set {record.item} could be made ({first})")
        listed = [{"source": path, "code": error.code, "message": error.message} for path, error in failed]
        write_json(outputs.rows, {"set": record.item, "plates": rows, "failed": listed}, "plates")


def plate_names(paths: Sequence[str]) -> list[str]:
    """The file name of each plate: that of its source with ``.png``, told apart by a digest where two would be the same."""
    plain = [re.sub(r"[^\w.-]+", "_", PurePosixPath(path).name) for path in paths]
    taken = Counter(name.lower() for name in plain)
    digests = [hashlib.sha256(path.encode()).hexdigest()[:8] for path in paths]
    return [
        f"{name}.png" if taken[name.lower()] == 1 else f"{name}~{digest}.png"
        for name, digest in zip(plain, digests, strict=True)
    ]


def _originals(
    folder: Path,
    files: Sequence[PlateFile],
    limits: ArchiveLimits,
    enter: Callable[[AbstractContextManager[Archive]], Archive],
) -> Iterator[Original | tuple[str, BadItem]]:
    """The originals of a set, and what can't be one with the reason; archives stay open as long as ``enter`` keeps them."""
    archives: dict[str, Archive | BadItem] = {}
    for one in files:
        if one.members is None:
            yield _loose(folder, one)
            continue
        if one.path not in archives:
            try:
                archives[one.path] = enter(open_archive(folder / one.path, limits))
            except BadItem as error:
                archives[one.path] = error
        archive = archives[one.path]
        if isinstance(archive, BadItem):
            yield f"{one.path}/{one.members}", archive
        else:
            yield from _members(archive, one)


def _loose(folder: Path, one: PlateFile) -> Original | tuple[str, BadItem]:
    path = folder / one.path
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        pattern = re.search(r"[*?]", path.name)
        said = f"{path}: no file fits this" if pattern else f"{path}: the file is missing"
        return one.path, BadItem("missing", said)

    def opened() -> BinaryIO:
        try:
            return path.open("rb")
        except OSError as error:
            raise BadItem("unreadable", f"can't be read: {error.strerror}") from error

    return Original(one.character, one.path, size, opened)


def _members(archive: Archive, one: PlateFile) -> Iterator[Original | tuple[str, BadItem]]:
    assert one.members is not None
    any_member = False
    for member in archive.members:
        if not fits(member.name, one.members) or not has_plate_suffix(member.name):
            continue
        any_member = True
        path = f"{one.path}/{member.name}"
        if member.problem:
            yield path, BadItem(member.problem.code, member.problem.message, retryable=False)
        else:
            name = member.name
            yield Original(one.character, path, member.size, lambda name=name: archive.open_member(name))  # type: ignore[misc]
    if not any_member:
        yield f"{one.path}/{one.members}", BadItem("missing", f"{archive.path}: no member fits {one.members}")


def stored_plate(original: Original, settings: Plates, store: FolderStore) -> tuple[dict[str, Any], Path]:
    """The row and the stored PNG of one original, made where the store has none; raises BadItem naming the original."""
    try:
        if original.size > settings.max_file_gb * 1e9:
            said = f"is {original.size / 1e9:.1f} GB, more than identity.plates.max_file_gb ({settings.max_file_gb:g})"
            raise BadItem("too_large", said, retryable=False)
        with original.open() as file:
            sha256 = stream_sha256(file)
            file.seek(0)
            facts = inspect(file)
            route, stored = _stored(file, sha256, facts, settings, store)
    except BadItem as error:
        raise BadItem(error.code, f"{original.path}: {error.message}", retryable=error.retryable) from error
    return {**_row(original, sha256, facts, route), **_made(stored)}, stored


def _stored(file: BinaryIO, sha256: str, facts: Facts, settings: Plates, store: FolderStore) -> tuple[str, Path]:
    """The route that gave the plate, and the plate in the store.

    A route that fails leads to the next one, but a damaged document never to its layers: what would come out is not what
    anybody saw.
    """
    failed: BadItem | None = None
    empty = False
    for route in facts.routes:
        if failed and route == "composite":
            break
        digest = recipe_digest(
            {
                "kind": "plate",
                "recipe": RECIPE,
                "source_sha256": sha256,
                "route": route,
                "size": settings.size,
                "background": settings.background,
            }
        )
        stored = store.get(digest, ".png")
        if stored is not None:
            return route, stored
        if route == "topil" and empty:
            continue
        try:
            data = png_bytes(make_plate(file, facts, route, settings))
        except EmptyPicture:
            empty = True
            continue
        except BadItem as error:
            failed = failed or error
            continue
        return route, store.put(digest, ".png", lambda path, data=data: _write(path, data))  # type: ignore[misc]
    raise failed or BadItem("empty", "holds an empty picture", retryable=False)


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _made(stored: Path) -> dict[str, Any]:
    """What the finished plate itself tells."""
    with Image.open(stored, formats=["PNG"]) as image:
        return {
            "sha256": file_sha256(stored),
            "width": image.width,
            "height": image.height,
            "alpha": "flattened" if image.info[f"{TEXT}transparent"] == "yes" else "none",
            "phash": image.info[f"{TEXT}phash"],
            "tints": image.info[f"{TEXT}tints"],
        }


def _row(original: Original, sha256: str, facts: Facts, route: str) -> dict[str, Any]:
    return {
        "character": original.character,
        "source": original.path,
        "source_sha256": sha256,
        "bytes": original.size,
        "format": facts.format,
        "mode": facts.mode,
        "depth": facts.depth,
        "source_width": facts.width,
        "source_height": facts.height,
        "route": route,
        "approximate": route == "composite" or facts.depth == 32 or facts.profile.guessed,
        "icc": facts.profile.name,
        "flags": list(facts.profile.flags),
    }
