"""The manifest: what quality says of a clip stands in its row, and every loss is counted by its reason."""

from __future__ import annotations

from pathlib import Path

from package_inputs import Part, episode_input, fail
from reelwright.files import read_json, read_jsonl, write_jsonl
from reelwright.manifest import EpisodeRows, build_manifest
from reelwright.packages.select import EpisodeInput

CAMERA = {"move": "pan_left", "speed": 0.06, "pan": -0.06, "tilt": 0.0, "zoom": 1.0}
CROP = {"x": 0, "y": 22, "width": 320, "height": 132}


def rows_of(made: EpisodeInput) -> EpisodeRows:
    """The episode as the manifest reads it."""
    return EpisodeRows(
        made.episode, "masters/film.mov", "701", made.clips, made.quality, made.captions, made.outcomes[1:]
    )


def test_rows_and_counts_say_what_was_found(tmp_path: Path) -> None:
    parts = [Part(0, 50), Part(50, 90), Part(90, 110), Part(110, 120, kept=False), Part(120, 125, kept=False)]
    made = episode_input(tmp_path, "01", parts)
    first, second, third = read_jsonl(made.quality)
    first |= {"camera": CAMERA, "crop": CROP, "findings": ["flash"]}
    second |= {"usable": False, "reasons": ["soft", "duplicate"], "findings": ["soft", "duplicate"]}
    second |= {"twin": "ep00_000010_000090"}
    captions = read_jsonl(made.captions)
    seeded = {"clips": ["old_7.mp4"], "confidence": 0.91, "caption": "Sam runs."}
    captions[0] |= {"seeded": seeded, "origins": {"location": "seeded"}}
    write_jsonl(made.captions, captions, "caption")
    word = {"decision": "exclude", "reason": "a hand", "reviewer": "mk"}
    third |= {"usable": False, "reasons": ["soft", "decision"], "findings": ["soft"], "decision": word}
    write_jsonl(made.quality, [first, second, third], "quality")
    other = episode_input(tmp_path, "02", [Part(0, 50)])
    fail(other, "measure_quality", "unreadable", "it can't be read")
    out = tmp_path / "manifest.jsonl", tmp_path / "manifest.json"
    build_manifest([rows_of(made), rows_of(other)], *out, project="tiny", common_share=0.8)
    rows = read_jsonl(out[0])
    assert [row["usable"] for row in rows] == [True, False, False]
    assert (rows[0]["camera"], rows[0]["crop"]) == (CAMERA, CROP)
    assert [row["seeded"] for row in rows] == [seeded, None, None] and rows[0]["origins"] == {"location": "seeded"}
    assert rows[1]["twin"] == "ep00_000010_000090"
    assert [row["exclude_reasons"] for row in rows] == [[], ["soft", "duplicate"], ["soft", "decision"]]
    summary = read_json(out[1])
    assert (summary["clips"], summary["usable"], summary["failed_episodes"]) == (3, 1, ["02"])
    assert summary["exclude_reasons"] == {"decision": 1, "duplicate": 1, "soft": 2}
    assert summary["findings"] == {"duplicate": 1, "flash": 1, "soft": 2}
    assert summary["dropped"] == {"short": 2}
