"""The stage ``locate_reference``: where each old clip lies in the licensed masters, and what in the old material is amiss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from reelwright.errors import BadItem
from reelwright.files import read_json, write_json
from reelwright.outcome import Notes, Record, attempt
from reelwright.reference.material import OldClip, gather
from reelwright.reference.numbering import production_episodes
from reelwright.reference.oldmanifest import read_old_manifest
from reelwright.reference.places import Master, find_places
from reelwright.reference.report import report, warn
from reelwright.scan.clips import ClipScan, scan_clips
from reelwright.store import FolderStore, open_store


@dataclass(frozen=True)
class MasterScan:
    """An episode's canonical master and its scan."""

    source_id: str
    episode: str
    scan: Path
    header: Path
    outcome: Path
    """Outcome record of the scan."""


def locate_reference(
    masters: Sequence[MasterScan],
    clips: Sequence[Path],
    first_frames: Sequence[Path],
    numbering: Path,
    out: Path,
    record: Record,
    *,
    manifest: Path | None,
    store: Path,
    threads: int,
) -> None:
    """Write where the old ``clips`` lie to ``out`` (schema ``reference``).

    ``first_frames`` stand in for clips of the ``manifest`` that are not there or can't be read. What was measured of each
    clip is kept in ``store``. Nothing that is wrong with the old material fails the item; no scanned master at all does.
    """
    with attempt(record, [out]) as notes:
        scanned = _scanned(masters, notes)
        rows = _rows(manifest, notes)
        names = read_json(numbering)
        by_name = production_episodes(numbering) if names else {}
        material = gather(rows, clips, first_frames)
        scans = _scans(material.clips, open_store(store), threads)
        results = find_places(material.clips, scans, scanned, by_name, threads)
        data = report(material, scans, results, scanned, names)
        warn(notes, data)
        write_json(out, data, "reference")


def _scanned(masters: Sequence[MasterScan], notes: Notes) -> list[Master]:
    """The masters that were scanned; raises BadItem ``upstream`` where none was."""
    found, failed = [], []
    for one in masters:
        outcome = read_json(one.outcome)
        if outcome["status"] == "failed":
            failed.append(f"{one.source_id}: {outcome['error']['message']}")
            continue
        header = read_json(one.header)
        base = Fraction(header["time_base"])
        found.append(Master.read(one.source_id, one.episode, header["source_sha256"], one.scan, base))
    if not found:
        raise BadItem("upstream", failed[0] if failed else "there is no master in which old clips could lie")
    for message in failed:
        notes.warn(f"no old clip was looked for in {message}")
    return found


def _rows(manifest: Path | None, notes: Notes) -> list[dict[str, Any]] | None:
    """The rows of the old manifest; None where there is none that can be read: clips lie where they lie without it."""
    try:
        return read_old_manifest(manifest) if manifest else None
    except BadItem as bad:
        notes.warn(f"{bad.message}; the old clips are located without it")
        return None


def _scans(clips: Sequence[OldClip], store: FolderStore, threads: int) -> dict[str, ClipScan | BadItem]:
    """What was measured of each clip that has a file, by its id."""
    there = [(one.id, one.file) for one in clips if one.file is not None]
    scans = scan_clips([path for _, path in there], store, threads)
    return {key: scan for (key, _), scan in zip(there, scans, strict=True)}
