"""The holdout: what training must not see, by frames and files, as the spec declares it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from reelwright.align.footage import Footage
from reelwright.align.stills import measured, read_picture
from reelwright.digest import file_sha256
from reelwright.errors import BadItem
from reelwright.files import read_json, whole, write_json
from reelwright.outcome import Notes, Record, attempt, require
from reelwright.reference.material import PICTURE_SUFFIXES
from reelwright.scan.file import Scan
from reelwright.spec.evaluation import Evaluation, Held


@dataclass(frozen=True)
class HeldMaster:
    """The canonical master of an episode of which something is held out."""

    source_id: str
    probe: Path
    scan: Path
    header: Path
    outcome: Path
    """Outcome record of its scan."""


def _frames(held: Held, times: np.ndarray, step_s: float) -> tuple[int, int]:
    """First frame of what is held out and the one after its last; ``times`` are those of all frames, in seconds."""
    end_s = float(times[-1]) + step_s if len(times) else 0.0
    if held.start_s is not None and held.start_s >= end_s:
        raise BadItem("absent", f"begins at {held.start_s:g} s, after the episode's end at {end_s:.2f} s")
    # The frame that is on screen when the stretch begins belongs to it.
    start = 0 if held.start_s is None else max(0, int(np.searchsorted(times, held.start_s, "right")) - 1)
    return start, len(times) if held.end_s is None else int(np.searchsorted(times, held.end_s, "left"))


def _held_out(held: Held, master: HeldMaster) -> dict[str, Any]:
    """What is said of one entry of ``evaluation.holdout``; raises BadItem where its master failed or is too short."""
    require([master.outcome])
    header, probe, stamps = read_json(master.header), read_json(master.probe), Scan(master.scan)["pts"]
    # Rounded as the times of clips are, by which they are held out.
    times = np.round((stamps - stamps[:1]) * float(Fraction(header["time_base"])), 6)
    step_s = float(1 / Fraction(probe["fps"]))
    start, end = _frames(held, times, step_s)
    return {
        "episode": held.episode,
        "whole": held.whole,
        "source_id": master.source_id,
        "source_sha256": header["source_sha256"],
        "start_frame": start,
        "end_frame": end,
        "start_s": float(times[start]),
        "end_s": float(times[end]) if end < len(times) else round(float(times[-1]) + step_s, 6),
        "width": probe["width"],
        "height": probe["height"],
        "sample_aspect": probe["sample_aspect"],
    }


def _read_stills(
    folders: Mapping[str, Sequence[str]], settings: Evaluation, notes: Notes
) -> tuple[list[dict[str, Any]], list[Footage]]:
    """What is said of each evaluation picture that can be read, and how it measures; the others are failed parts."""
    said, stills = [], []
    for number, folder in enumerate(settings.pictures):
        key = f"evaluation.pictures.{number}"
        if not folders[folder]:
            there = "has no picture in it" if Path(folder).is_dir() else "is no folder"
            kinds = ", ".join(one.removeprefix(".") for one in PICTURE_SUFFIXES)
            notes.fail(key, BadItem("absent", f"{folder} {there}: expected {kinds}"))
        for path in folders[folder]:
            try:
                picture, sha256 = read_picture(Path(path)), file_sha256(Path(path))
            except BadItem as error:
                notes.fail(key, error)
            except OSError as error:
                notes.fail(key, BadItem("unreadable", f"{path}: {error.strerror}"))
            else:
                height, width = picture.shape[:2]
                said.append({"key": key, "path": path, "sha256": sha256, "width": width, "height": height})
                stills.append(measured(path, picture))
    return said, stills


def _write_stills(path: Path, stills: Sequence[Footage]) -> None:
    cells = [one.cells for one in stills]
    luma = [one.pictures(np.array([0])) for one in stills]
    with whole(path) as temporary:
        np.savez_compressed(
            temporary,
            cells=np.concatenate(cells) if cells else np.empty((0, 144), np.uint8),
            luma=np.concatenate(luma) if luma else np.empty((0, 27, 48), np.float32),
        )


def list_holdout(
    masters: Mapping[str, HeldMaster],
    folders: Mapping[str, Sequence[str]],
    out: Path,
    stills_out: Path,
    record: Record,
    *,
    settings: Evaluation,
) -> None:
    """Write to ``out`` (JSON) what is held out, and to ``stills_out`` the evaluation pictures as measured.

    ``masters``: by episode, of those of which something is held out; ``folders``: the pictures that each folder of
    ``evaluation.pictures`` holds. What can't be guarded, because its master failed or the picture can't be read, is a failed
    part of the item and is listed as ``missing``: no package is built until it is there or is no longer declared.
    """
    with attempt(record, [out, stills_out]) as notes:
        held = []
        for number, one in enumerate(settings.holdout):
            key = f"evaluation.holdout.{number}"
            try:
                held.append({"key": key, **_held_out(one, masters[one.episode])})
            except BadItem as error:
                notes.fail(key, BadItem(error.code, f"episode {one.episode}: {error.message}"))
        pictures, stills = _read_stills(folders, settings, notes)
        missing = [{"key": key, "reason": error.message} for key, error in notes.failed]
        write_json(out, {"held": held, "pictures": pictures, "missing": missing}, "holdout")
        _write_stills(stills_out, stills)
