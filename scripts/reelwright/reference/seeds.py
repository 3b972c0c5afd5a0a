"""The stage ``carry_labels``: what the old manifest says of each located clip, as seeds of the episode in which it lies.

Old labels and captions are worth keeping and old pixels are not: what is written here are words about a stretch of the
canonical master, with how sure it is that the old clip shows that stretch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from reelwright.errors import BadItem, listed
from reelwright.files import read_json, write_jsonl
from reelwright.outcome import Notes, Record, attempt
from reelwright.reference.oldmanifest import read_old_manifest

SHOWN = 5
"""Old clips that a warning names."""

TWICE = "are the second of their name: the first counts"
UNKNOWN = "are of unknown form"
NOWHERE = "have no place in the masters"
ENDLESS = "were located by their first frame alone, and no duration says where they end"
UNLABELLED = "were located, but the old manifest has no row of them"


def carry_labels(out: Mapping[str, Path], record: Record, *, manifest: Path, located: Path) -> None:
    """Write the seeds of each episode (schema ``seed``; ``out`` goes by two-digit episode), empty where no old clip lies.

    ``located`` is ``sources/reference.json``. Rows of the old manifest that can't be carried are warnings; a manifest that is
    missing or broken is a failed item, and so are clips that were not located at all.
    """
    with attempt(record, list(out.values())) as notes:
        places = read_json(located)
        if places is None:
            raise BadItem("upstream", f"{located}: the old clips were not located")
        rows = read_old_manifest(manifest)
        seeds: dict[str, list[dict[str, Any]]] = {episode: [] for episode in out}
        for episode, seed in _carried(rows, places, manifest, notes):
            seeds[episode].append(seed)
        for episode, path in out.items():
            write_jsonl(path, sorted(seeds[episode], key=lambda seed: (seed["start_s"], seed["clip"])), "seed")


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


def _carried(
    rows: Iterable[Mapping[str, Any]], places: Iterable[Mapping[str, Any]], manifest: Path, notes: Notes
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Episode and seed of every old clip with labels and a place; what is left over is warned of, a line a kind."""
    place_of = {place["clip"]: place for place in places if place["found"]}
    left: dict[str, list[str]] = defaultdict(list)
    met: set[str] = set()
    for number, row in enumerate(rows):
        clip = row.get("clip")
        if not isinstance(clip, str) or not clip.strip():
            left[UNKNOWN].append(f"row {number}: clip is {clip!r}: expected the name of a clip")
            continue
        if clip in met:
            left[TWICE].append(clip)
            continue
        met.add(clip)
        try:
            labels, place = old_labels(row), place_of.get(clip)
        except ValueError as error:
            left[UNKNOWN].append(f"{clip}: {error}")
            continue
        if place is None:
            left[NOWHERE].append(clip)
            continue
        end_s = _end_s(place, row)
        if end_s is None:
            left[ENDLESS].append(clip)
            continue
        confidence = round(min(1.0, max(0.0, place["score"])), 4)
        span = {"start_s": place["start_s"], "end_s": end_s}
        yield episode_of(place), {"clip": clip, **span, "confidence": confidence, **labels}
    left[UNLABELLED] += [clip for clip in place_of if clip not in met]
    _warn(left, manifest, notes)


def episode_of(place: Mapping[str, Any]) -> str:
    """The two-digit episode of the master in which an old clip lies."""
    source_id: str = place["source_id"]
    return source_id.removeprefix("ep").split(".")[0]


def _end_s(place: Mapping[str, Any], row: Mapping[str, Any]) -> float | None:
    """Where a located clip ends, in seconds of the master, exclusive; None where nothing says it."""
    if place["end_s"] is not None:
        return float(place["end_s"])
    duration = row.get("duration")
    if isinstance(duration, bool) or not isinstance(duration, int | float) or duration <= 0:
        return None
    return round(float(place["start_s"]) + duration, 6)


def _warn(left: Mapping[str, Sequence[str]], manifest: Path, notes: Notes) -> None:
    for why, clips in left.items():
        if clips:
            notes.warn(f"{manifest}: {len(clips)} old clips {why}: {listed(clips, SHOWN)}")
