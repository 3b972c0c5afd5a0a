"""The stage ``carry_labels``: what the old manifest says of each located clip, as seeds of the episode in which it lies.

Old labels and captions are worth keeping and old pixels are not: what is written here are words about a stretch of the
canonical master, with how sure it is that the old clip shows that stretch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from reelwright.errors import BadItem, listed
from reelwright.files import read_json, write_jsonl
from reelwright.outcome import Notes, Record, attempt
from reelwright.reference.oldmanifest import read_old_manifest

SHOWN = 5
"""Rows that a warning names."""


def carry_labels(out: Mapping[str, Path], record: Record, *, manifest: Path, located: Path) -> None:
    """Write the seeds of each episode (schema ``seed``; ``out`` goes by two-digit episode), empty where no old clip lies.

    ``located`` is ``sources/reference.json``, which says what the rows without a place lack. Rows whose labels are of unknown
    form are a warning; a manifest that is missing or broken is a failed item, and so are clips that could not be looked for.
    """
    with attempt(record, list(out.values())) as notes:
        reference = read_json(located)
        if reference is None:
            raise BadItem("upstream", f"{located}: the old clips were not located")
        rows = read_old_manifest(manifest)
        places = {place["row"]: place for place in reference["clips"] if place["found"] and place["row"] is not None}
        seeds: dict[str, list[dict[str, Any]]] = {episode: [] for episode in out}
        unknown = []
        for number, row in enumerate(rows, 1):
            if number not in places:
                continue
            try:
                seed = {**_place(places[number]), **old_labels(row)}
                seeds[places[number]["production_episode"]].append(seed)
            except ValueError as error:
                unknown.append(f"row {number} ({places[number]['clip']}): {error}")
        for episode, path in out.items():
            write_jsonl(path, sorted(seeds[episode], key=lambda seed: (seed["start_s"], seed["clip"])), "seed")
        _warn(len(rows), len(places), unknown, manifest, notes)


def _place(place: Mapping[str, Any]) -> dict[str, Any]:
    """Where a located clip lies, and how sure that is, with the names of a seed."""
    span = {"clip": place["clip"], "start_s": place["start_s"], "end_s": place["end_s"]}
    return {**span, "confidence": max(0.0, place["score"])}


def _warn(rows: int, located: int, unknown: Sequence[str], manifest: Path, notes: Notes) -> None:
    if unknown:
        notes.warn(f"{manifest}: the labels of {len(unknown)} rows are of unknown form: {listed(unknown, SHOWN)}")
    if located < rows:
        notes.warn(
            f"{manifest}: the labels of {rows - located} of {rows} rows go nowhere: sources/reference.json says why"
        )


def old_labels(row: Mapping[str, Any]) -> dict[str, Any]:
    """What a row of the old manifest says of its clip, with the names of a seed; a field that it lacks says nothing.

    The caption is a model's, else the structured one. Raises ValueError naming the field where one is of another form.
    """
    outfits = row.get("outfits") or {}
    if not isinstance(outfits, dict):
        raise ValueError(f"outfits is {outfits!r}: expected outfits by character")
    worn = {_text(who, "outfits"): _text(outfit, f"outfits.{who}") for who, outfit in outfits.items()}
    characters = row.get("characters") or []
    if not isinstance(characters, list):
        raise ValueError(f"characters is {characters!r}: expected a list of names")
    names = [_text(one, "characters") for one in characters]
    return {
        "characters": list(dict.fromkeys(filter(None, names))),
        "outfits": {who: outfit for who, outfit in worn.items() if who and outfit},
        "location": _text(row.get("location"), "location") or None,
        "scene_type": _text(row.get("scene_type"), "scene_type") or None,
        "transcript": _text(row.get("transcript"), "transcript"),
        "caption": _text(row.get("caption"), "caption") or _text(row.get("structured_caption"), "structured_caption"),
    }


def _text(value: Any, field: str) -> str:
    """A text without surplus spaces; empty for none."""
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{field} is {value!r}: expected text")
    return " ".join((value or "").split())
