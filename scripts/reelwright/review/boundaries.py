"""Shot boundaries on the review pages: is there one where the detector says so?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reelwright.digest import recipe_digest
from reelwright.review.clips import clock
from reelwright.review.items import Item, Kind, Part, Word
from reelwright.review.sources import EpisodeRows

BOUNDARIES = Kind(
    name="boundaries",
    title="Boundaries",
    domain="boundaries",
    words=[
        Word("right", "Right", "1", "t", "good", "A new shot begins here."),
        Word("wrong", "Wrong", "3", "x", "bad", "No new shot begins here."),
    ],
    about="Counted, not applied: the share of right ones says how far the detector can be trusted with this season.",
    facets={"kind": "Kind", "episode": "Episode"},
    sorts={"score": "Score"},
    layout="strips",
    applied=False,
)


def boundary_part(episodes: Sequence[EpisodeRows], missing: Sequence[str]) -> Part:
    """Every boundary, with the film strip around it."""
    return Part(BOUNDARIES, [item for rows in episodes for item in _items(rows)], missing)


def _items(rows: EpisodeRows) -> Iterator[Item]:
    starts = {one["start_frame"]: one["start_s"] for one in rows.shots["shots"]}
    number = rows.episode.number
    for boundary, strip in zip(rows.shots["boundaries"], rows.pictures["strips"], strict=True):
        kind, start, end = boundary["kind"], boundary["start"], boundary["end"]
        what = {"source_sha256": rows.shots["source_sha256"], "kind": kind, "start": start, "end": end}
        when = starts.get(start if kind == "cut" else end + 1)
        yield Item(
            item=f"ep{number}_{boundary['frame']:06d}",
            sha256=recipe_digest(what),
            title=f"ep{number}, frame {boundary['frame']}",
            now=f"{kind}, score {boundary['score']:g}",
            facts=[
                ("Episode", f"{number} {rows.episode.title}"),
                ("Kind", kind),
                ("Frames", str(start) if kind == "cut" else f"{start} to {end}"),
                ("Time", clock(when) if when is not None else ""),
                ("Score", f"{boundary['score']:g} ({rows.shots['detector']['detector']})"),
            ],
            facets={"kind": [kind], "episode": [f"{number} {rows.episode.title}"]},
            sorts={"score": boundary["score"]},
            thumb=rows.sprite(strip["place"]),
            strip=[str(frame) for frame in strip["frames"]],
            mark=len(strip["frames"]) // 2 if kind == "cut" else 0,
        )
