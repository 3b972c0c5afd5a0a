"""Clips on the review pages: does one train, serve evaluation alone, or go?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from reelwright.captions.verdict import judged
from reelwright.review.items import Item, Kind, Part, three_words
from reelwright.review.sources import EpisodeRows

CLIPS = Kind(
    name="clips",
    title="Clips",
    domain="clips",
    words=three_words(
        ("usable", "eval_only", "exclude"),
        (
            "It may train, whatever was measured.",
            "It is in no package; where it is held out, evaluation sets may show it.",
            "It is in no package and no evaluation set.",
        ),
    ),
    about="A person's word outweighs measurements and models. It holds while the master is the same file.",
    facets={
        "state": "State",
        "why": "Left out because",
        "finding": "Found",
        "episode": "Episode",
        "location": "Location",
        "character": "Character",
        "scene": "Scene",
        "camera": "Camera",
        "caption": "Caption from",
        "lint": "Wording",
    },
    sorts={"duration": "Length", "still": "Longest still", "detail": "Detail", "luma": "Brightness"},
)

USABLE, OUT = "usable", "left out"
"""What the facet ``state`` says."""

EXCLUSIONS = {"name": "exclusions", "title": "Exclusions", "of": "clips", "facet": "state", "value": OUT}
"""A tab of its own for the clips that measurements, a model or a person left out."""


def clip_part(episodes: Sequence[EpisodeRows], missing: Sequence[str]) -> Part:
    """Every kept clip."""
    return Part(CLIPS, [item for rows in episodes for item in _items(rows)], missing)


def _items(rows: EpisodeRows) -> Iterator[Item]:
    for clip in rows.clips:
        quality, caption = rows.quality[clip["clip_id"]], rows.captions[clip["clip_id"]]
        usable, reasons = judged(quality, caption)
        verdict = caption["verdict"]
        measured = quality["measurements"]
        yield Item(
            item=clip["clip_id"],
            sha256=clip["source_sha256"],
            title=clip["clip_id"],
            now=_now(quality, usable, reasons),
            text=caption["training_caption"],
            facts=[
                ("Episode", f"{rows.episode.number} {rows.episode.title}"),
                ("Time", f"{clock(clip['start_s'])} to {clock(clip['end_s'])}"),
                ("Frames", f"{clip['start_frame']} to {clip['end_frame'] - 1} of the master"),
                ("Findings", ", ".join(quality["findings"]) or "none"),
                ("Repeats", quality["twin"] or ""),
                ("A model says", f"{verdict['reason'] or 'usable'}" if verdict else ""),
                ("Location", caption["location"] or ""),
                ("Characters", ", ".join(caption["characters"])),
                ("Camera", _camera(quality["camera"])),
                ("Spoken", caption["transcript"]),
            ],
            facets={
                "state": [USABLE if usable else OUT],
                "why": reasons,
                "finding": quality["findings"],
                **caption_facets(rows, quality, caption),
            },
            sorts={
                "duration": round(clip["duration_s"], 3),
                "still": measured["longest_still_s"],
                "detail": measured["detail"],
                "luma": measured["luma"],
            },
            **media_of(rows, clip),
        )


def media_of(rows: EpisodeRows, clip: dict[str, Any]) -> dict[str, Any]:
    """Thumbnail and video of a clip, as fields of an item."""
    place = rows.pictures["thumbs"].get(clip["clip_id"])
    return {
        "thumb": rows.sprite(place) if place else None,
        "video": (clip["clip"], round(float(Fraction(clip["fps"])), 4)),
    }


def caption_facets(rows: EpisodeRows, quality: dict[str, Any], caption: dict[str, Any]) -> dict[str, list[str]]:
    """Facets that clips and their captions share."""
    camera = quality["camera"]
    return {
        "episode": [f"{rows.episode.number} {rows.episode.title}"],
        "location": [caption["location"]] if caption["location"] else [],
        "character": caption["characters"],
        "scene": [caption["scene_type"]] if caption["scene_type"] else [],
        "camera": [camera["move"].replace("_", " ")] if camera else [],
        "caption": [caption["caption_source"]],
        "lint": [code.replace("_", " ") for code in caption["lint"]],
    }


def clock(seconds: float) -> str:
    """Minutes, seconds and hundredths."""
    minutes, rest = divmod(round(seconds, 2), 60)
    return f"{int(minutes)}:{rest:05.2f}"


def _now(quality: dict[str, Any], usable: bool, reasons: Sequence[str]) -> str:
    said = quality["decision"]
    by = f", by {said['reviewer']}" if said else ""
    return f"usable{by}" if usable else f"left out: {', '.join(reasons)}{by}"


def _camera(camera: dict[str, Any] | None) -> str:
    return "" if camera is None else str(camera["move"]).replace("_", " ")
