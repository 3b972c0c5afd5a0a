"""``sources/reference.json``: a row an old clip, a summary an old episode, what is amiss; and the warnings about it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from reelwright.align.locate import Spot
from reelwright.errors import BadItem, listed
from reelwright.outcome import Notes
from reelwright.reference.material import Material, OldClip
from reelwright.reference.places import Found, Master, Result
from reelwright.scan.clips import ClipScan

NAMED = 5
"""Items that a warning names; the report has them all."""

MOST = 0.5
"""Share of an old episode's located clips from which on its picture says which production episode it is."""


def report(
    material: Material,
    scans: Mapping[str, ClipScan | BadItem],
    results: Sequence[Result],
    masters: Sequence[Master],
    numbering: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """The content of the file. ``numbering`` is that of ``map_numbering``, None where it failed."""
    known = {one["episode_id"]: one for one in (numbering or {"episodes": []})["episodes"]}
    rows = [_row(one, scans.get(one.id), result, masters) for one, result in zip(material.clips, results, strict=True)]
    reasons = Counter(row["reason"] for row in rows if not row["found"])
    return {
        "masters": [{"source_id": one.source_id, "production_episode": one.episode} for one in masters],
        "counts": {
            "clips": len(rows),
            "found": sum(row["found"] for row in rows),
            "by_first_frame": sum(row["found"] and row["by"] == "first_frame" for row in rows),
            "not_found": dict(sorted(reasons.items())),
        },
        "episodes": _episodes(rows, known),
        "duplicates": material.duplicates,
        "nameless_rows": material.nameless,
        "files_without_row": material.without_row,
        "files_left_out": material.twins,
        "clips": rows,
    }


def _row(one: OldClip, scan: ClipScan | BadItem | None, result: Result, masters: Sequence[Master]) -> dict[str, Any]:
    found = isinstance(result, Found)
    measured = scan if isinstance(scan, ClipScan) else None
    head = {
        "clip": one.clip,
        "reference_id": f"ref.{one.id}",
        "row": one.row,
        "file": one.file.name if one.file else None,
        "sha256": measured.sha256 if measured else None,
        "episode_id": one.episode_id,
        "found": found,
    }
    place = ("production_episode", "source_id", "source_sha256", "start_frame", "end_frame", "start_s", "end_s")
    others = [_place(spot, masters) for spot in result.others]
    if not isinstance(result, Found):
        nothing = dict.fromkeys((*place, "by", "rate", "margin", "share", "still"))
        missed = {"score": round(result.score, 4), "others": others, "reason": result.reason, "detail": result.detail}
        return {**head, **nothing, **missed}
    return {
        **head,
        **_place(result.spot, masters),
        "by": result.by,
        "rate": round(result.rate, 6),
        "margin": round(result.margin, 4),
        "share": round(result.share, 4),
        "still": result.still,
        "others": others,
        "reason": None,
        "detail": None,
    }


def _place(spot: Spot, masters: Sequence[Master]) -> dict[str, Any]:
    master = masters[spot.footage]
    times, step = master.footage.times, master.footage.step_s
    ends = float(times[spot.end_frame]) if spot.end_frame < len(times) else float(times[-1]) + step
    return {
        "production_episode": master.episode,
        "source_id": master.source_id,
        "source_sha256": master.sha256,
        "start_frame": spot.start_frame,
        "end_frame": spot.end_frame,
        "start_s": round(float(times[spot.start_frame]), 6),
        "end_s": round(ends, 6),
        "score": round(spot.score, 4),
    }


def _episodes(rows: Sequence[Mapping[str, Any]], known: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What name and picture say of each old episode."""
    grouped: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        if row["episode_id"] is not None:
            grouped[row["episode_id"]].append(row)
    found = []
    for episode, clips in grouped.items():
        entry = known.get(episode)
        by_name = entry["production_episode"] if entry else None
        places = Counter(row["production_episode"] for row in clips if row["found"])
        most = places.most_common(1)[0] if places else (None, 0)
        found.append(
            {
                "episode_id": episode,
                "episode_names": list(entry["episode_names"]) if entry else [],
                "by_name": by_name,
                "by_picture": most[0] if most[1] > MOST * places.total() else None,
                "clips": len(clips),
                "found": places.total(),
                "in": dict(sorted(places.items())),
                "elsewhere": [
                    row["clip"] for row in clips if row["found"] and by_name and row["production_episode"] != by_name
                ],
            }
        )
    return found


def warn(notes: Notes, data: Mapping[str, Any]) -> None:
    """Say what is amiss, each kind in one line."""
    if not data["clips"]:
        notes.warn("there are no old clips: neither a file nor a row of the old manifest")
    lost = [row for row in data["clips"] if not row["found"]]
    if lost:
        reasons = ", ".join(f"{count} {reason}" for reason, count in data["counts"]["not_found"].items())
        names = listed([f"{row['clip']} ({row['detail'] or row['reason']})" for row in lost], NAMED)
        notes.warn(f"{len(lost)} of {len(data['clips'])} old clips were not located ({reasons}): {names}")
    for one in data["episodes"]:
        _warn_of_episode(notes, one)
    unknown = [one["episode_id"] for one in data["episodes"] if not one["episode_names"]]
    if unknown:
        notes.warn(f"rows of the old manifest name episodes that nothing gives a name: {listed(unknown, NAMED)}")
    if data["duplicates"]:
        twice = [f"{one['clip']} (rows {one['first_row']} and {one['row']})" for one in data["duplicates"]]
        notes.warn(
            f"rows of the old manifest have a clip that an earlier row has, which counts: {listed(twice, NAMED)}"
        )
    if data["nameless_rows"]:
        rows = listed([str(one) for one in data["nameless_rows"]], NAMED)
        notes.warn(f"rows of the old manifest name no clip: {rows}")
    for key, words in (
        ("files_without_row", "old clips have no row in the old manifest"),
        ("files_left_out", "files are left out, since another one has their name but for its kind"),
    ):
        if data[key]:
            notes.warn(f"{len(data[key])} {words}: {listed(data[key], NAMED)}")


def _warn_of_episode(notes: Notes, one: Mapping[str, Any]) -> None:
    """Say where name and picture of an old episode disagree, and what its picture says where its name says nothing."""
    name = f"the old episode {one['episode_id']} ({', '.join(map(repr, one['episode_names'])) or 'no name'})"
    places = ", ".join(f"{count} in {episode}" for episode, count in one["in"].items())
    if one["elsewhere"]:
        notes.warn(
            f"{name} is {one['by_name']} by name, but of its {one['found']} located clips {places}: "
            f"{listed(one['elsewhere'], NAMED)}"
        )
    elif one["by_name"] is None and one["by_picture"] is not None:
        notes.warn(
            f"{name} is not mapped by name; of its {one['found']} located clips {places}: decide in decisions/numbering.csv"
        )
