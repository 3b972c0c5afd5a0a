"""What the old material seeds: labels by time share where people and models say nothing, a caption to compare with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from captioning import BIBLE, TRANSCRIPT, Project, clip
from hypothesis import given
from hypothesis import strategies as st
from vlm_server import VlmServer

from reelwright.captions.seeds import Seed, seeded_by
from reelwright.files import write_jsonl
from reelwright.spec.captions import Captions
from reelwright.spec.models import Ollama


def seed(start_s: float, end_s: float, **changes: Any) -> dict[str, Any]:
    """A row of an episode's seeds."""
    return {
        "clip": f"clip_{start_s:g}.mp4", "start_s": start_s, "end_s": end_s, "confidence": 0.9, "characters": ["Ida"],
        "outfits": {"Ida": "green catsuit"}, "location": "harbour", "scene_type": "dialogue",
        "transcript": "Ida: We gotta get back.", "caption": "Ida stands at the harbour.", **changes,
    }  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def seeds_of(project: Project, *rows: dict[str, Any]) -> Path:
    path = project.folder / "sources" / "seeds" / "ep01.jsonl"
    write_jsonl(path, rows, "seed")
    return path


def test_the_old_material_fills_what_nobody_else_has_labelled(project: Project) -> None:
    seeds = seeds_of(project, seed(39, 43), seed(43, 45, characters=["Bo"], caption="Bo waits."))
    (row,) = project.caption(project.inputs([clip(40, 44)], BIBLE, seeds=seeds))
    assert row["caption_source"] == "seeded" and set(row["origins"].values()) == {"seeded"}
    assert (row["characters"], row["outfits"]) == (["Ida", "Bo"], {"Ida": "green catsuit"})
    assert (row["location"], row["transcript"]) == ("harbour", "Ida: We gotta get back.")
    assert row["seeded"] == {
        "clips": ["clip_39.mp4", "clip_43.mp4"], "confidence": 0.9, "caption": "Ida stands at the harbour.",
    }  # fmt: skip
    assert row["caption"] == "", "an old caption is for comparison, never the caption of this clip"


def test_people_and_the_episodes_own_transcript_outweigh_it(project: Project) -> None:
    seeds = seeds_of(project, seed(10, 14, location="rooftops", characters=["the gull"]))
    (row,) = project.caption(project.inputs([clip(10, 14)], BIBLE, TRANSCRIPT, seeds=seeds))
    assert row["caption_source"] == "structured" and row["characters"] == ["Ida", "Bo"]
    assert row["location"] == "harbour" and row["transcript"].startswith("Ida: Where is the sea?")
    assert row["seeded"]["clips"] == ["clip_10.mp4"]


def test_an_old_transcript_counts_only_where_the_episode_has_none(project: Project) -> None:
    seeds = seeds_of(project, seed(40, 44))
    (row,) = project.caption(project.inputs([clip(40, 44)], BIBLE, TRANSCRIPT, seeds=seeds))
    assert row["transcript"] == "", "nobody speaks there, by the episode's own transcript"
    assert "transcript" not in row["origins"]
    (row,) = project.caption(project.inputs([clip(40, 44)], BIBLE, seeds=seeds))
    assert row["transcript"] == "Ida: We gotta get back." and row["origins"]["transcript"] == "seeded"


def test_what_a_model_s_clip_is_trained_on_holds_nothing_of_the_old_material(project: Project) -> None:
    answer = {
        "visual_description": "Bo rows out.", "shot_type": "wide shot", "camera": "static", "characters": ["Bo"],
        "outfits": [], "location": None, "scene_type": "action", "action": "", "props": [], "on_screen_text": None,
        "usable": True, "reason": "",
    }  # fmt: skip
    clips = [clip(40, 44)]
    project.deliver(clips)
    seeds = seeds_of(project, seed(40, 44))
    template = "{{ visual_description }} {{ context }} {{ structured_caption }} {{ location }} {{ transcript }}"
    with VlmServer(lambda call: json.dumps(answer)) as server:
        settings = Captions(backend="ollama", ollama=Ollama(base_url=server.url, slots=1), template=template)
        (row,) = project.caption(project.inputs(clips, BIBLE, seeds=seeds), settings)
    assert (row["caption_source"], row["location"], row["origins"]["location"]) == ("vlm", "harbour", "seeded")
    assert row["training_caption"].startswith("Bo rows out.")
    for old in ("harbour", "We gotta get back", "stands", "Ida", "catsuit"):
        assert old not in row["training_caption"]
    (row,) = project.caption(project.inputs(clips, BIBLE, seeds=seeds), Captions(template=template))
    assert row["caption_source"] == "seeded" and "harbour" in row["training_caption"], "and is called so where it does"
    assert "We gotta get back" not in row["training_caption"]


def test_a_model_is_told_what_the_old_caption_says_and_answers_for_itself(project: Project) -> None:
    answer = {
        "visual_description": "Bo rows out.", "shot_type": "wide shot", "camera": "static", "characters": ["Bo"],
        "outfits": [], "location": None, "scene_type": "action", "action": "", "props": [], "on_screen_text": None,
        "usable": True, "reason": "",
    }  # fmt: skip
    clips = [clip(40, 44), clip(50, 54)]
    project.deliver(clips)
    seeds = seeds_of(project, seed(40, 44))
    with VlmServer(lambda call: json.dumps(answer)) as server:
        settings = Captions(backend="ollama", ollama=Ollama(base_url=server.url, slots=1))
        row, other = project.caption(project.inputs(clips, BIBLE, seeds=seeds), settings)
        assert "An older description of the same footage, which may be wrong: Ida stands at the harbour." in (
            server.calls[0].prompt
        )
        assert "older description" not in server.calls[1].prompt
    assert row["caption_source"] == "vlm" and row["characters"] == ["Bo"] and row["caption"] == "Bo rows out."
    assert row["location"] == "harbour" and row["origins"]["location"] == "seeded", "the model couldn't tell"
    assert other["location"] is None and other["seeded"] is None


spans = st.tuples(st.integers(0, 60), st.integers(1, 40)).map(lambda one: (one[0] / 4, (one[0] + one[1]) / 4))


@given(st.lists(st.tuples(spans, st.floats(0, 1)), max_size=5), spans)
def test_confidence_is_a_share_and_only_overlapping_clips_count(
    given_spans: list[tuple[tuple[float, float], float]], span: tuple[float, float]
) -> None:
    seeds = [
        Seed(f"{number}.mp4", start, end, confidence, ("Ida",), {}, "harbour", None, "said", "words")
        for number, ((start, end), confidence) in enumerate(given_spans)
    ]
    found = seeded_by(seeds, "01", *span)
    overlapping = {one.clip for one in seeds if min(one.end_s, span[1]) > max(one.start_s, span[0])}
    assert (set(found.clips) if found else set()) == overlapping
    if found:
        most = max(min(one.end_s, span[1]) - max(one.start_s, span[0]) for one in seeds) / (span[1] - span[0])
        assert 0 <= found.confidence <= 1
        assert bool(found.caption) == (most >= 0.5), "half of the clip, or the words are about something else"
