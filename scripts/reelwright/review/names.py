"""Names on the review pages: which production asset a name of the wiki means, which production episode an old one is."""

from __future__ import annotations

from typing import Any

from reelwright.files import read_json
from reelwright.review.items import Item, Kind, Part, Word
from reelwright.review.sources import Season


def _words(means: str, asks: str, none: str, none_means: str) -> list[Word]:
    """The words of names: what one means (``asks`` is what has to be written), or that it means nothing, called ``none``."""
    return [
        Word("map", "Map to", "9", "m", "good", means, asks),
        Word("none", none, "0", "x", "bad", none_means),
    ]


CROSSWALK = Kind(
    name="crosswalk",
    title="Crosswalk",
    domain="crosswalk",
    words=_words(
        "The name means the assets whose ids are written, with | between them.",
        "Ids of assets",
        "No asset",
        "The delivered art has nothing of that name.",
    ),
    about="What is proposed is used by nothing until somebody decides. It holds while the wiki says the same of the name.",
    facets={"confidence": "Confidence", "group": "Group", "how": "How", "dictionary": "Dictionary"},
    sorts={"score": "Score", "margin": "Margin"},
    layout="lines",
)

NUMBERING = Kind(
    name="numbering",
    title="Old episodes",
    domain="numbering",
    words=_words(
        "The old episode is the production episode that is written.",
        "Production episode",
        "None",
        "It is no episode of this production.",
    ),
    about="Old material is mapped by name, never by number. A decision holds while the episode has the same names.",
    facets={"grade": "Confidence", "how": "How", "episode": "Production episode"},
    sorts={"score": "Score"},
    layout="lines",
)

CHOICES = 8
"""Proposals that have a digit of their own: 9 and 0 are for what is not proposed."""


def crosswalk_part(season: Season) -> Part:
    """Every name of the wiki."""
    failed = season.failed("crosswalk")
    if season.crosswalk is None or failed:
        return Part(CROSSWALK, [], [failed] if failed else [])
    items = []
    for one in read_json(season.crosswalk)["entries"]:
        meant = "|".join(one["assets"])
        proposals = [(key["id"], f"{key['name']} ({key['score']:g})") for key in one["candidates"]]
        if meant and meant not in [key for key, _ in proposals]:
            proposals.insert(0, (meant, ", ".join(one["assets"])))
        items.append(
            Item(
                item=one["item"],
                sha256=one["sha256"],
                title=one["wiki_name"],
                now=f"{', '.join(one['assets']) or 'nothing'} ({one['confidence']}, {one['how']})",
                text="; ".join(one["review"]),
                facts=[
                    ("Group", one["group"]),
                    ("Character", one["character"] or ""),
                    ("Production names", ", ".join(one["production_names"])),
                    ("Episodes", "all" if one["season_wide"] else ", ".join(one["episodes"])),
                    ("Likeness", "" if one["score"] is None else f"{one['score']:g}, {one['margin'] or 0:g} ahead"),
                ],
                facets={
                    "confidence": [one["confidence"]],
                    "group": [one["group"]],
                    "how": [one["how"]],
                    "dictionary": [one["dictionary"]],
                },
                sorts=_numbers(one, "score", "margin"),
                choices=[("map", key, label) for key, label in proposals[:CHOICES]],
            )
        )
    return Part(CROSSWALK, items)


def numbering_part(season: Season, titles: dict[str, str]) -> Part:
    """Every old episode; ``titles`` are those of the production episodes."""
    failed = season.failed("numbering")
    if season.numbering is None or failed:
        return Part(NUMBERING, [], [failed] if failed else [])
    items = []
    for one in read_json(season.numbering)["episodes"]:
        mapped = one["production_episode"]
        proposals = list(dict.fromkeys([*([mapped] if mapped else []), *one["proposals"]]))
        name = one["episode_id"] or one["episode_names"][0]
        items.append(
            Item(
                item=name,
                sha256=one["sha256"],
                title=f"{name}: {', '.join(one['episode_names']) or 'without a name'}",
                now=f"{mapped + ' ' + titles.get(mapped, '') if mapped else 'nothing'} ({one['grade']}, {one['how']})",
                text="; ".join(one["review"]),
                facts=[("Clips", "" if one["clips"] is None else str(one["clips"]))],
                facets={"grade": [one["grade"]], "how": [one["how"]], "episode": [mapped or "none"]},
                sorts=_numbers(one, "score"),
                choices=[("map", key, f"{key} {titles.get(key, '')}".strip()) for key in proposals[:CHOICES]],
            )
        )
    return Part(NUMBERING, items)


def _numbers(row: dict[str, Any], *names: str) -> dict[str, float]:
    return {name: row[name] for name in names if row.get(name) is not None}
