"""Title variants on the review pages: are two masters of an episode one picture?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reelwright.digest import recipe_digest
from reelwright.files import read_json
from reelwright.review.clips import clock
from reelwright.review.items import Item, Kind, Part, Word
from reelwright.review.sources import Season

VARIANTS = Kind(
    name="variants",
    title="Variants",
    domain="variants",
    words=[
        Word("confirmed_duplicate", "Duplicate", "1", "t", "good", "The two show the same but for their titles."),
        Word("variant", "Variant", "2", "e", "part", "They differ where it matters."),
        Word("pending", "Pending", "3", "x", "plain", "Not to be told from this; look at the masters."),
    ],
    about="Recorded, not applied: only the canonical master trains, whatever its alternates are.",
    facets={"verdict": "Verdict", "episode": "Episode", "kind": "Differences"},
    layout="lines",
    applied=False,
)


def variant_part(season: Season) -> Part:
    """Every alternate master that was compared with the canonical one."""
    missing = [why for name in season.variants if (why := season.failed(f"variants {name}"))]
    items: list[Item] = []
    for episode, path in season.variants.items():
        if season.failed(f"variants {episode}") is None:
            items += _items(episode, read_json(path), season)
    return Part(VARIANTS, items, missing)


def _items(episode: str, found: dict[str, Any], season: Season) -> Iterator[Item]:
    for one in found["alternates"]:
        sums = [_sum(season, name) for name in (found["canonical"], one["source_id"])]
        compared = one["comparison"] or {"ranges": [], "share": 0, "worse": None}
        kinds = sorted({part["kind"].replace("_", " ") for part in compared["ranges"]})
        yield Item(
            item=f"{found['canonical']}/{one['source_id']}",
            sha256=recipe_digest({"canonical": sums[0], "alternate": sums[1]}),
            title=f"{one['source_id']} beside {found['canonical']}",
            now=f"{one['verdict'].replace('_', ' ')}{', ' + one['reason'] if one['reason'] else ''}",
            text="; ".join(_range(part) for part in compared["ranges"]),
            facts=[
                ("Alike", f"{compared['share']:.1%} of the frames" if one["comparison"] else "not compared"),
                ("Differences", str(len(compared["ranges"]))),
                ("The worse of the two", str(compared["worse"] or "")),
            ],
            facets={"verdict": [one["verdict"].replace("_", " ")], "episode": [episode], "kind": kinds},
            pictures=[(part["picture"], _range(part)) for part in compared["ranges"] if part["picture"]],
        )


def _sum(season: Season, source_id: str) -> str | None:
    path = season.probes.get(source_id)
    probe = read_json(path) if path else None
    return None if probe is None else str(probe["sha256"])


def _range(part: dict[str, Any]) -> str:
    side = part["canonical"] or part["alternate"]
    return f"{part['kind'].replace('_', ' ')}, {clock(side['start_s'])} to {clock(side['end_s'])}"
