"""The stage ``list_candidates``: which plates are reviewed, by the rules of the spec, and why the others are not."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from reelwright.files import read_json, write_json
from reelwright.identity.listing import fits
from reelwright.identity.look import Look
from reelwright.outcome import succeeded
from reelwright.spec.identity import Candidates, Identity

FORMATS = ("psd", "psb", "tiff", "png", "pdf", "jpeg")
"""Formats from the truest on: of the same picture in several files the first is taken."""

LEFT_OUT = ("name", "small", "duplicate", "surplus")
"""Why a plate is no candidate: its file name, its size, the same picture in a truer file, more than ``per_character``."""


def list_candidates(
    plates: Mapping[str, Path], outcomes: Mapping[str, Path], out: Path, *, project: str, settings: Identity
) -> None:
    """Write ``identity/manifest.json``: the candidates of every set (name: its plates), what is left out, what failed."""
    candidates: list[dict[str, Any]] = []
    left: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for name, path in plates.items():
        if not succeeded(outcomes[name]):
            error = read_json(outcomes[name])["error"]
            failed.append({"source": name, "code": error["code"], "message": error["message"]})
            continue
        made = read_json(path)
        failed += made["failed"]
        chosen, others = choose(made["plates"], settings.candidates, settings.sets[name].per_character)
        candidates += chosen
        left += [{"plate_id": plate_id, "reason": reason, "like": like} for plate_id, reason, like in others]
    data = {"project": project, "candidates": candidates, "left_out": left, "failed": failed}
    write_json(out, data, "identity_manifest")


def choose(
    rows: Sequence[dict[str, Any]], settings: Candidates, per_character: int | None
) -> tuple[list[dict[str, Any]], list[tuple[str, str, str | None]]]:
    """The plates of a set that are candidates, in the order of ``rows``; and of the others id, reason, and what they are like.

    Pure: the same plates and settings give the same candidates on every machine, and another character's plates change nothing.
    """
    left: list[tuple[str, str, str | None]] = []
    fitting: list[dict[str, Any]] = []
    for row in rows:
        reason = _refused(row, settings)
        if reason:
            left.append((row["plate_id"], reason, None))
        else:
            fitting.append(row)
    twins = _twins(fitting, settings.duplicate_bits)
    left += [(plate_id, "duplicate", like) for plate_id, like in twins.items()]
    single = [row for row in fitting if row["plate_id"] not in twins]
    kept = set(_limited(single, settings, per_character))
    left += [(row["plate_id"], "surplus", None) for row in single if row["plate_id"] not in kept]
    return [row for row in single if row["plate_id"] in kept], left


def _refused(row: dict[str, Any], settings: Candidates) -> str | None:
    name = PurePosixPath(row["source"]).name
    if not any(fits(name, one) for one in settings.include) or any(fits(name, one) for one in settings.exclude):
        return "name"
    return "small" if max(row["width"], row["height"]) < settings.min_side else None


def _twins(rows: Sequence[dict[str, Any]], bits: int) -> dict[str, str]:
    """Plates that show the same picture as a truer one of the same character, with that one."""
    if bits < 0:
        return {}
    twins: dict[str, str] = {}
    kept: list[tuple[str, Look, str]] = []
    for row in sorted(rows, key=_trueness):
        look = Look(row["phash"], row["tints"])
        like = next(
            (other for character, seen, other in kept if character == row["character"] and look.is_like(seen, bits)),
            None,
        )
        if like is None:
            kept.append((row["character"], look, row["plate_id"]))
        else:
            twins[row["plate_id"]] = like
    return twins


def _trueness(row: dict[str, Any]) -> tuple[bool, int, int, str]:
    """Sorts the truest plate first: exact, large, from a layered document."""
    return (row["approximate"], -max(row["width"], row["height"]), FORMATS.index(row["format"]), row["plate_id"])


def _limited(rows: Iterable[dict[str, Any]], settings: Candidates, limit: int | None) -> Iterable[str]:
    by_character: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_character.setdefault(row["character"], []).append(row)

    def rank(row: dict[str, Any]) -> tuple[int, str]:
        name = PurePosixPath(row["source"]).name
        wanted = next(number for number, one in enumerate(settings.include) if fits(name, one))
        return wanted, hashlib.sha256(f"{settings.seed}:{row['plate_id']}".encode()).hexdigest()

    for own in by_character.values():
        yield from (row["plate_id"] for row in sorted(own, key=rank)[:limit])
