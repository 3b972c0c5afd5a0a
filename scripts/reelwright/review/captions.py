"""Captions on the review pages: is what training will read right, and if not, what should it say?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from reelwright.captions.edits import KEEP_WORD, TEXT_WORD, written_digest
from reelwright.review.clips import caption_facets, clock, media_of
from reelwright.review.items import Item, Kind, Part, Word
from reelwright.review.sources import EpisodeRows

CAPTIONS = Kind(
    name="captions",
    title="Captions",
    domain="captions",
    words=[
        Word(KEEP_WORD, "Right", "1", "t", "good", "Somebody has read it; it stays as it is."),
        Word(
            TEXT_WORD,
            "Edit",
            "2",
            "i",
            "part",
            "The edited text is what training reads, marked as edited.",
            "The caption",
        ),
    ],
    about="The whole text that training reads. An edited one has the caption source `edited`, which a package has to take.",
    facets={
        "caption": "Caption from",
        "lint": "Wording",
        "episode": "Episode",
        "location": "Location",
        "character": "Character",
        "scene": "Scene",
        "camera": "Camera",
    },
    sorts={"tokens": "Tokens"},
    edits=TEXT_WORD,
    layout="lines",
)


def caption_part(episodes: Sequence[EpisodeRows], missing: Sequence[str]) -> Part:
    """The caption of every kept clip."""
    return Part(CAPTIONS, [item for rows in episodes for item in _items(rows)], missing)


def _items(rows: EpisodeRows) -> Iterator[Item]:
    for clip in rows.clips:
        caption = rows.captions[clip["clip_id"]]
        edited: dict[str, Any] | None = caption.get("edited")
        source = caption["caption_source"]
        yield Item(
            item=clip["clip_id"],
            sha256=written_digest(caption),
            title=clip["clip_id"],
            now=f"edited by {edited['reviewer']}" if edited else f"{source}, {caption['model'] or 'no model'}",
            text=caption["training_caption"],
            facts=[
                ("Episode", f"{rows.episode.number} {rows.episode.title}"),
                ("Time", f"{clock(clip['start_s'])} to {clock(clip['end_s'])}"),
                ("Tokens", str(caption["tokens"])),
                ("Wording", ", ".join(caption["lint"])),
                ("Before the edit", edited["was"] if edited else ""),
                ("Structured", caption["structured_caption"]),
                ("Old caption", caption["seeded"]["caption"] if caption["seeded"] else ""),
                ("Spoken", caption["transcript"]),
                ("Why no model", caption["error"]["message"] if caption["error"] else ""),
            ],
            facets=caption_facets(rows, rows.quality[clip["clip_id"]], caption),
            sorts={"tokens": caption["tokens"]},
            **media_of(rows, clip),
        )
