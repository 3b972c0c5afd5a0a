"""One episode's inputs of the captions stage in a folder, and the stage run on them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from reelwright.captions import Asking, CaptionInputs, Production, caption_clips
from reelwright.files import read_json, read_jsonl, write_json, write_jsonl
from reelwright.fit import write_picture
from reelwright.outcome import Record
from reelwright.spec.captions import Captions
from reelwright.spec.model import Budget, Sheet

BIBLE: dict[str, Any] = {
    "show": "Harbour Nine",
    "season": 2,
    "characters": [
        {"name": "Ida", "hair": "red hair", "suit": "green suit"},
        {"name": "Bo", "hair": "black curls", "suit": "yellow raincoat"},
        {"name": "the gull", "description": "a fat white gull"},
    ],
    "outfits": [{"character": "Bo", "name": "diving gear", "description": "a brass diving suit"}],
    "locations": ["harbour", "Moon Café", "rooftops"],
    "gadgets": [{"name": "fog horn", "description": "a horn that blows real fog"}],
    "episodes": [{"episode": "01", "title": "LOW TIDE", "story_context": "The sea has gone, and Ida looks for it."}],
    "shots": [
        {
            "episode": "01", "start_s": 10.0, "end_s": 14.0, "characters": ["Ida", "Bo"],
            "outfits": {"Bo": "diving gear"}, "location": "harbour", "scene_type": "dialogue",
            "action": "Bo shows Ida the fog horn",
        },
        {
            "episode": "01", "start_s": 14.0, "end_s": 20.0, "characters": ["the gull"], "outfits": {},
            "location": "rooftops", "scene_type": "action",
        },
        {
            "episode": "02", "start_s": 0.0, "end_s": 90.0, "characters": ["Bo"], "outfits": {},
            "location": "Moon Café", "scene_type": "party",
        },
    ],
}  # fmt: skip

TRANSCRIPT = """1
00:00:10,500 --> 00:00:12,000
Ida: Where is <i>the sea</i>?

2
00:00:12,500 --> 00:00:13,500
BO: Gone
for lunch.
"""


RATE, TIME_BASE = 25, 12800
"""Frames a second of the clips, and ticks of their time stamps."""


def clip(start_s: float, end_s: float, kept: bool = True, source: str = "ab") -> dict[str, Any]:
    """A clip's row, as far as captions read it."""
    frames = (round(start_s * RATE), round(end_s * RATE))
    clip_id = "ep01_{:06d}_{:06d}".format(*frames)
    return {
        "clip_id": clip_id,
        "source_sha256": source * 32,
        "start_pts": round(start_s * TIME_BASE),
        "end_pts": round(end_s * TIME_BASE),
        "start_s": start_s,
        "end_s": end_s,
        "start_frame": frames[0],
        "end_frame": frames[1],
        "kept": kept,
        "clip": f"clips/ep01/{clip_id}.mp4",
        "sheet": f"sheets/ep01/{clip_id}.jpg",
    }


def quality(row: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The quality row of a clip, as far as captions read it."""
    return {"clip_id": row["clip_id"], "usable": True, "reasons": [], "decision": None, "camera": None, **changes}


class Project:
    """One episode's files in a folder, and the stage run on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.out = folder / "captions" / "ep01.jsonl"
        self.outcome: dict[str, Any] = {}

    def upstream(self, status: str) -> Path:
        """Write the outcome record of the stage before."""
        failed = {"code": "unreadable", "message": "ep01.mov can't be opened"} if status == "failed" else None
        path = self.folder / "outcomes" / "cut_clips.json"
        data = {"stage": "cut_clips", "stage_version": 1, "item": "ep01", "status": status, "error": failed}
        data |= {"retryable": False, "parts": [], "warnings": [], "failures": int(status == "failed")}
        write_json(path, data, "outcome")
        return path

    def deliver(self, clips: list[dict[str, Any]]) -> None:
        """Write the contact sheet and the media of each clip: grey pictures, each another grey."""
        for number, row in enumerate(clips):
            grey = np.full((36, 64, 3), 20 + number % 200, np.uint8)
            write_picture(self.folder / row["sheet"], grey, 80)
            (self.folder / row["clip"]).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / row["clip"]).write_bytes(f"media of {row['clip_id']}".encode())

    def inputs(
        self,
        clips: list[dict[str, Any]],
        bible: dict[str, Any] | str | None = None,
        transcript: str | bytes | None = None,
        *,
        judged: dict[str, dict[str, Any]] | None = None,
        imports: Path | None = None,
        seeds: Path | None = None,
        upstream: str = "ok",
    ) -> CaptionInputs:
        """Write what the stage reads; ``judged`` are changes of quality rows by clip id."""
        bible_path, transcript_path = self.folder / "bible.json", self.folder / "ep01.srt"
        if bible is not None:
            bible_path.write_text(bible if isinstance(bible, str) else json.dumps(bible), encoding="utf-8")
        if transcript is not None:
            transcript_path.write_bytes(transcript if isinstance(transcript, bytes) else transcript.encode())
        write_jsonl(self.folder / "clips" / "ep01.jsonl", clips)
        rows = [quality(row, **(judged or {}).get(row["clip_id"], {})) for row in clips if row["kept"]]
        write_jsonl(self.folder / "quality" / "ep01.jsonl", rows)
        return CaptionInputs(
            clips=self.folder / "clips" / "ep01.jsonl",
            quality=self.folder / "quality" / "ep01.jsonl",
            outcomes=(self.upstream(upstream),),
            bible=bible_path if bible is not None else None,
            transcript=transcript_path if transcript is not None else None,
            imports=imports,
            seeds=seeds,
            master="masters/Harbour_Nine_EP01_LOW_TIDE.mov",
        )

    def caption(
        self,
        inputs: CaptionInputs,
        settings: Captions | None = None,
        *,
        budget: Budget | None = None,
        sheet: Sheet | None = None,
        **production: Any,
    ) -> list[dict[str, Any]]:
        """Run the stage; returns its rows, and leaves the outcome record in ``outcome``."""
        record = Record("caption_clips", "ep01", self.folder / "outcomes" / "caption_clips.json")
        told = {"show": "Harbour Nine", "season": 2, "episode": "01", "title": "LOW TIDE", **production}
        asking = Asking(sheet or Sheet(), self.folder / "answers", self.folder / "ledger", budget)
        caption_clips(
            inputs, self.out, record, settings=settings or Captions(), production=Production(**told), asking=asking
        )
        self.outcome = read_json(record.path)
        return read_jsonl(self.out)

    def run(
        self,
        clips: list[dict[str, Any]],
        bible: dict[str, Any] | str | None = None,
        transcript: str | bytes | None = None,
        *,
        settings: Captions | None = None,
        upstream: str = "ok",
        **production: Any,
    ) -> list[dict[str, Any]]:
        """Write the inputs and run the stage."""
        return self.caption(self.inputs(clips, bible, transcript, upstream=upstream), settings, **production)
