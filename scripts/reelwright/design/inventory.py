"""The stage ``inventory_design``: every delivered file of production art and every member of its archives.

Nothing is unpacked. A folder that somebody unpacked from an archive is compared with it; the archive is the source of truth.
"""

from __future__ import annotations

import csv
import io
import unicodedata
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from reelwright.design.archive import open_archive
from reelwright.design.art import COLUMNS, ArtFile, folder_of, inventory_text, kind_of, read_inventory
from reelwright.design.walk import LooseFile, walk_art
from reelwright.errors import BadItem
from reelwright.files import write_text
from reelwright.outcome import Notes, Record, attempt
from reelwright.spec.design import Design, Extracted

SHOWN = 5
"""Problems of one archive that the outcome names; the inventory has them all."""


def inventory_design(out: Path, record: Record, *, settings: Design) -> None:
    """Write the inventory (CSV, columns of ``art.COLUMNS``) to ``out``, which is left alone where nothing has changed.

    A delivery that is missing is a failed item; an archive that can't be read is a failed part of it.
    """
    folder = Path(settings.folder)
    with attempt(record, [out]) as notes:
        if not folder.is_dir():
            raise BadItem("missing", f"{folder}: the delivered art that the spec names in design.folder is missing")
        loose = [_loose(one, settings) for one in sorted(walk_art(folder), key=lambda one: one.path)]
        archives = [one.path for one in loose if one.kind == "archive" and one.path.lower().endswith(".zip")]
        members = {path: _members(folder, path, settings, notes) for path in archives}
        for key in _absent(loose, settings):
            notes.warn(f"{folder / key}: the spec names it in design, and it was not delivered")
        known = _known(out)
        for key, extracted in settings.extracted.items():
            _compare(key, extracted, settings, loose, members, known)
        files = [*loose, *(one for several in members.values() for one in several)]
        _write(out, files)
        unlisted = Counter(
            one.place.split("/")[0] for one in files if not one.folder and one.kind not in ("archive", "system")
        )
        for place, count in sorted(unlisted.items()):
            notes.warn(f"{folder / place}: {count} files lie in no folder of design.folders")


def compared(files: Iterable[ArtFile]) -> dict[str, int]:
    """How unpacked files and their archives compare: matching, differing, only_here, only_there."""
    states = Counter(one.state for one in files if one.state == "only_there" or not one.archive)
    return {state: states[state] for state in ("matching", "differing", "only_here", "only_there")}


def _loose(one: LooseFile, settings: Design) -> ArtFile:
    path, problem = one.path, one.problem
    try:
        path.encode()
    except UnicodeEncodeError:
        path = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        problem = "its name is no UTF-8"
    place = _place(path, settings)
    folder = folder_of(place, settings.folders)
    dictionary = settings.folders[folder].dictionary if folder else ""
    modified = datetime.fromtimestamp(one.modified_ns / 1e9, UTC).isoformat(timespec="seconds")
    return ArtFile(path, "", folder, dictionary, kind_of(path), one.bytes, None, modified, "", "", problem)


def _place(path: str, settings: Design) -> str:
    """Where a loose file belongs: what was unpacked belongs where its archive does, unless the spec says otherwise."""
    if folder_of(path, settings.folders):
        return path
    for key, extracted in settings.extracted.items():
        if path.startswith(f"{key}/"):
            return f"{extracted.archive}/{path.removeprefix(f'{key}/')}"
    return path


def _members(folder: Path, path: str, settings: Design, notes: Notes) -> list[ArtFile]:
    """The members of one archive; what is wrong with it goes to ``notes``."""
    try:
        with open_archive(folder / path, settings.limits) as archive:
            if archive.problem:
                notes.fail(path, BadItem("archive", archive.problem, retryable=False))
            problems = [one.problem.message for one in archive.members if one.problem]
            for message in problems[:SHOWN]:
                notes.warn(message)
            if len(problems) > SHOWN:
                notes.warn(f"{folder / path}: {len(problems) - SHOWN} more members can't be opened: see the inventory")
            rows = []
            for one in archive.members:
                key = folder_of(f"{path}/{one.name}", settings.folders)
                dictionary = settings.folders[key].dictionary if key else ""
                problem = one.problem.message if one.problem else ""
                crc = f"{one.crc32:08x}"
                kind = kind_of(one.name)
                shown = one.name if one.name.isprintable() else one.name.encode("unicode_escape").decode()
                rows.append(
                    ArtFile(shown, path, key, dictionary, kind, one.size, one.packed, one.modified, crc, "", problem)
                )
            return rows
    except BadItem as error:
        notes.fail(path, error)
        return []


def _absent(loose: Sequence[ArtFile], settings: Design) -> list[str]:
    """Folders and archives of the spec that nothing was delivered in."""
    wanted = dict.fromkeys(
        [*settings.folders, *settings.extracted, *(one.archive for one in settings.extracted.values())]
    )
    paths = {one.path for one in loose}
    parents = {path[:at] for path in paths for at, letter in enumerate(path) if letter == "/"}
    inside = [key for key in wanted if ".zip/" in key.lower()]
    return [key for key in wanted if key.rstrip("/") not in paths | parents and key not in inside]


def _known(out: Path) -> dict[str, ArtFile]:
    """Loose files of the last inventory: what was read of them need not be read again."""
    try:
        return {one.path: one for one in read_inventory(out) if not one.archive and one.crc32}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _compare(
    key: str,
    extracted: Extracted,
    settings: Design,
    loose: list[ArtFile],
    members: dict[str, list[ArtFile]],
    known: Mapping[str, ArtFile],
) -> None:
    """Set the states of the files in the unpacked folder ``key`` and of its archive's members, in place."""
    there = members.get(extracted.archive)
    if there is None:
        return
    here = {
        unicodedata.normalize("NFC", one.path.removeprefix(f"{key}/")): at
        for at, one in enumerate(loose)
        if one.path.startswith(f"{key}/")
    }
    by_name: dict[str, int] = {}
    for at, one in enumerate(there):
        by_name.setdefault(one.path, at)
    prefix = _found_prefix(here, by_name) if extracted.prefix is None else extracted.prefix.strip("/") + "/"
    prefix = prefix.lstrip("/")
    states = dict.fromkeys(by_name.values(), "only_there")
    for name, at in here.items():
        place = by_name.get(prefix + name)
        if place is None:
            loose[at] = replace(loose[at], state="only_here")
            continue
        crc = _crc32(loose[at], settings, known) if settings.compare == "crc32" else ""
        same = loose[at].bytes == there[place].bytes and crc in ("", there[place].crc32)
        states[place] = "matching" if same else "differing"
        loose[at] = replace(loose[at], state=states[place], crc32=crc)
    for place, state in states.items():
        there[place] = replace(there[place], state=state)


def _found_prefix(here: Iterable[str], there: Iterable[str]) -> str:
    """The folder of the archive (with its slash) under which most of the unpacked files are found; none where none is."""
    by_base: dict[str, list[str]] = defaultdict(list)
    for name in there:
        by_base[name.rsplit("/", 1)[-1]].append(name)
    votes: Counter[str] = Counter()
    for name in here:
        for one in by_base.get(name.rsplit("/", 1)[-1], []):
            if one == name or one.endswith(f"/{name}"):
                votes[one[: len(one) - len(name)]] += 1
    return max(votes, key=lambda prefix: (votes[prefix], -len(prefix)), default="")


def _crc32(one: ArtFile, settings: Design, known: Mapping[str, ArtFile]) -> str:
    old = known.get(one.path)
    if old is not None and (old.bytes, old.modified) == (one.bytes, one.modified):
        return old.crc32
    value = 0
    with (Path(settings.folder) / one.path).open("rb") as file:
        while block := file.read(1 << 20):
            value = zlib.crc32(block, value)
    return f"{value:08x}"


def _write(out: Path, files: Iterable[ArtFile]) -> None:
    """Write the inventory, unless that is what the file says already."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(inventory_text(files))
    text = buffer.getvalue()
    if not (out.exists() and out.read_bytes() == text.encode()):
        write_text(out, text)
