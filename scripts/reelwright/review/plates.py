"""Identity plates on the review pages: is a drawing an anchor that trains, one for evaluation, or none?"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from reelwright.review.items import Item, Kind, Part, Word, three_words
from reelwright.review.pictures import THUMB_COLUMNS
from reelwright.review.sources import Season
from reelwright.review.sprites import contained, sprites

PLATES = Kind(
    name="plates",
    title="Plates",
    domain="identity",
    words=[
        *three_words(
            ("TRAIN", "EVAL_ONLY", "EXCLUDE"),
            (
                "An anchor that trains, once it is tightened.",
                "An anchor for evaluation alone.",
                "In neither manifest of anchors.",
            ),
        ),
        Word("tightened", "Tightened", "4", "g", "good", "Looked at closely, cleaned where needed: it trains."),
    ],
    about="A person's word outweighs every review. It holds while the file that the plate was made of is the same.",
    facets={
        "verdict": "Verdict",
        "set": "Set",
        "character": "Character",
        "by": "Decided by",
        "reason": "Reasons",
        "view": "View",
        "state": "State",
    },
    sorts={"confidence": "Confidence"},
)

THUMB_SIZE = 200
"""Width and height of a plate's thumbnail in pixels: drawings of people are upright, sheets are wide."""

PAPER = 244
"""Grey level around a drawing: plates are mostly on white."""

ANSWERS = ("character_seen", "content", "line", "figures", "head", "view", "state", "marks")
"""Columns of the review that say what was seen."""


def plate_part(season: Season, folder: Path) -> Part:
    """Every candidate plate; thumbnails go to ``folder`` (in ``review/`` of the results)."""
    if season.anchors is None:
        return Part(PLATES, [])
    failed = season.failed("anchors")
    if failed:
        return Part(PLATES, [], [failed])
    with season.anchors.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    items = []
    with sprites(folder, "plates", THUMB_SIZE, THUMB_SIZE, THUMB_COLUMNS) as sheet:
        for row in rows:
            file_name, *place = sheet.add(contained(season.results / row["plate"], THUMB_SIZE, THUMB_SIZE, PAPER))
            left, top, width, height = place
            path = (folder / file_name).relative_to(season.results).as_posix()
            items.append(_item(row, (path, left, top, width, height)))
    return Part(PLATES, items)


def _item(row: Mapping[str, str], thumb: tuple[str, int, int, int, int]) -> Item:
    seen = [(name.replace("_", " ").capitalize(), row[name]) for name in ANSWERS]
    return Item(
        item=row["plate_id"],
        sha256=row["source_sha256"],
        title=row["plate_id"].rpartition("/")[2],
        now=f"{row['verdict'] or 'not reviewed'} ({row['decided_by'] or 'nobody'})",
        text=row["note"],
        facts=[
            ("Set", row["set"]),
            ("Should be", row["character"]),
            ("Reasons", row["reasons"]),
            ("Tightened", "yes" if row["tightened"] == "True" else "no"),
            *seen,
            ("Model", row["model"]),
            ("Failed", row["error"]),
        ],
        facets={
            "verdict": [row["verdict"] or "not reviewed"],
            "set": [row["set"]],
            "character": [row["character"]] if row["character"] else [],
            "by": [row["decided_by"] or "nobody"],
            "reason": row["reasons"].split(),
            "view": [row["view"]] if row["view"] else [],
            "state": [row["state"]] if row["state"] else [],
        },
        sorts={"confidence": float(row["confidence"])} if row["confidence"] else {},
        thumb=thumb,
        pictures=[(row["plate"], row["plate_id"])],
    )
