"""Captions by a vision-language model, asked over real HTTP: what it is told, what becomes of its words, and never twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from captioning import BIBLE, TRANSCRIPT, Project, clip
from vlm_server import QUOTA, VlmServer

from package_inputs import Part, episode_input, package
from reelwright.captions import CaptionInputs, Production, caption_clips
from reelwright.captions.caption import Asking
from reelwright.errors import BuildError
from reelwright.files import read_jsonl, write_jsonl
from reelwright.manifest import EpisodeRows, build_manifest
from reelwright.models import Ledger
from reelwright.outcome import Record
from reelwright.packages.select import select_rows
from reelwright.spec.captions import Captions
from reelwright.spec.model import Budget, Sheet
from reelwright.spec.models import Ollama, OpenAI

ANSWER: dict[str, Any] = {
    "visual_description": "Ida leans over the quay and looks for the sea. Bo waves a lantern in the fog.",
    "shot_type": "medium shot",
    "camera": "static",
    "characters": ["Ida", "Bo"],
    "outfits": [{"character": "Bo", "outfit": "diving gear"}],
    "location": "harbour",
    "scene_type": "dialogue",
    "action": "Ida looks for the sea",
    "props": ["lantern"],
    "on_screen_text": None,
    "usable": True,
    "reason": "",
}


def words(**changes: Any) -> str:
    """An answer as a model writes it."""
    return json.dumps({**ANSWER, **changes})


@pytest.fixture
def server() -> Iterator[VlmServer]:
    with VlmServer(lambda call: words()) as started:
        yield started


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def asked_of(server: VlmServer, backend: str = "ollama", **changes: Any) -> Captions:
    """Settings that ask the stand-in server; ``model`` changes how it is reached."""
    model = {"tries": 1, "slots": 2, **changes.pop("model", {})}
    return Captions(
        backend=backend,
        ollama=Ollama(base_url=server.url, **model if backend == "ollama" else {}),
        openai=OpenAI(base_url=f"{server.url}/v1", **{"price": 0.0, **model} if backend == "openai" else {}),
        **changes,
    )


def spaced(count: int, length: float = 4.0) -> list[dict[str, Any]]:
    """Clips one after the other."""
    return [clip(number * length, (number + 1) * length) for number in range(count)]


@pytest.mark.parametrize("backend", ["ollama", "openai"])
def test_a_models_answer_becomes_the_caption(project: Project, server: VlmServer, backend: str) -> None:
    clips = [clip(40, 44)]
    project.deliver(clips)
    (row,) = project.caption(project.inputs(clips, BIBLE, TRANSCRIPT), asked_of(server, backend, trigger="hrbr9"))
    assert row["caption_source"] == "vlm" and row["caption"] == ANSWER["visual_description"]
    assert row["training_caption"] == f"hrbr9, {ANSWER['visual_description']} A dialogue scene from Harbour Nine."
    assert (row["characters"], row["outfits"]) == (["Ida", "Bo"], {"Bo": "diving gear"})
    assert (row["location"], row["props"], row["on_screen_text"]) == ("harbour", ["lantern"], None)
    assert row["verdict"] == {"usable": True, "reason": ""} and row["lint"] == [] and row["error"] is None
    assert set(row["origins"].values()) == {"vlm"}
    assert row["model"] == server.calls[0].model and len(server.calls) == 1


def test_the_model_is_told_what_is_known_and_shown_the_sheet_alone(project: Project, server: VlmServer) -> None:
    clips = [clip(10, 14)]
    project.deliver(clips)
    project.caption(project.inputs(clips, BIBLE, TRANSCRIPT), asked_of(server), sheet=Sheet(columns=3, rows=2))
    (call,) = server.calls
    for told in [
        "Ida: red hair, green suit", "the gull: a fat white gull", "Bo: diving gear (a brass diving suit)",
        "harbour, Moon Café, rooftops", "fog horn: a horn that blows real fog", "The sea has gone, and Ida looks for it.",
        "Ida: Where is the sea? BO: Gone for lunch.", "6 moments", "4.0 seconds", "Bo shows Ida the fog horn",
    ]:  # fmt: skip
        assert told in call.prompt, told
    lines = call.prompt.splitlines()
    assert (
        "- Ida: red hair, green suit" in lines
        and "Story of the episode: The sea has gone, and Ida looks for it." in lines
    )
    assert call.images == [(project.folder / clips[0]["sheet"]).read_bytes()]
    assert call.schema["properties"]["location"]["anyOf"][0]["enum"] == BIBLE["locations"]
    assert call.schema["additionalProperties"] is False and set(call.schema["required"]) == set(ANSWER)


def test_peoples_labels_outweigh_the_model_and_it_fills_what_they_leave_open(
    project: Project, server: VlmServer
) -> None:
    clips = [clip(15, 19)]
    project.deliver(clips)
    (row,) = project.caption(project.inputs(clips, BIBLE), asked_of(server))
    assert row["characters"] == ["the gull"] and row["location"] == "rooftops" and row["scene_type"] == "action"
    assert row["outfits"] == {}, "an outfit of somebody whom people don't see in it"
    assert row["action"] == "Ida looks for the sea"
    assert row["origins"]["characters"] == "label" and row["origins"]["action"] == "vlm"


def test_nobody_pays_for_a_clip_that_is_not_usable(project: Project, server: VlmServer) -> None:
    clips = spaced(3)
    project.deliver(clips)
    black = {clips[1]["clip_id"]: {"usable": False, "reasons": ["black"]}}
    rows = project.caption(project.inputs(clips, judged=black), asked_of(server))
    assert [row["caption_source"] for row in rows] == ["vlm", "structured", "vlm"] and len(server.calls) == 2
    person = {"decision": "usable", "reason": "the night is meant to be dark", "reviewer": "mo"}
    kept = {clips[1]["clip_id"]: {"usable": True, "reasons": ["black"], "decision": person}}
    rows = project.caption(project.inputs(clips, judged=kept), asked_of(server))
    assert [row["caption_source"] for row in rows] == ["vlm"] * 3 and len(server.calls) == 3


def test_nothing_is_asked_twice_and_retuned_shots_cost_what_they_changed(project: Project, server: VlmServer) -> None:
    clips = spaced(20)
    project.deliver(clips)
    first = project.caption(project.inputs(clips), asked_of(server))
    assert len(server.calls) == 20
    assert project.caption(project.inputs(clips), asked_of(server)) == first and len(server.calls) == 20
    # Two of twenty clips got other spans: a tenth of the calls, whatever number their shots have now.
    retuned = [*clips[:9], clip(36, 39.5), clip(40, 43), *clips[11:]]
    project.deliver(retuned)
    project.caption(project.inputs(retuned), asked_of(server))
    assert len(server.calls) == 22


@pytest.mark.parametrize(
    "change",
    [
        {"sheet": Sheet(columns=5)},
        {"settings": {"model": {"temperature": 0.9}}},
        {"settings": {"model": {"model": "another:3b"}}},
        {"settings": {"locations": ["harbour", "quay"]}},
        {"settings": {"identity": "described"}},
    ],
    ids=["sheet", "option", "model", "schema", "prompt"],
)
def test_what_an_answer_depends_on_is_asked_about_anew(
    project: Project, server: VlmServer, change: dict[str, Any]
) -> None:
    clips = spaced(2)
    project.deliver(clips)
    project.caption(project.inputs(clips), asked_of(server))
    project.caption(
        project.inputs(clips), asked_of(server, **change.get("settings", {})), sheet=change.get("sheet", Sheet())
    )
    assert len(server.calls) == 4


@pytest.mark.parametrize(
    "change",
    [{"model": {"slots": 7, "timeout_s": 9.0, "tries": 3}}, {"trigger": "newword"}, {"template": "{{ context }}"}],
    ids=["how it is asked", "trigger", "template"],
)
def test_what_an_answer_does_not_depend_on_costs_nothing(
    project: Project, server: VlmServer, change: dict[str, Any]
) -> None:
    clips = spaced(2)
    project.deliver(clips)
    project.caption(project.inputs(clips), asked_of(server))
    project.caption(project.inputs(clips), asked_of(server, **change))
    assert len(server.calls) == 2


@pytest.mark.parametrize(
    ("bad", "complaint"),
    [
        (words(location="the moon"), "location is 'the moon': expected one of harbour, Moon Café, rooftops"),
        (words(characters=["Ida", "Kim"]), "characters[1] is 'Kim': expected one of Ida, Bo, the gull"),
        (words(usable="yes"), 'usable is "yes": expected boolean'),
        (json.dumps({key: value for key, value in ANSWER.items() if key != "props"}), "'props' is a required property"),
        (words(visual_description=" "), "visual_description is empty"),
        ("Ida looks for the sea.", "no valid JSON"),
        ("[1, 2]", "no JSON object"),
        (words(visual_description="I'm sorry, but I can't help with that."), "refuses to describe"),
        (words(visual_description="The image shows Ida at the quay."), "'The image shows'"),
        (words(visual_description="Ida walks. In the last frame she stops."), "'last frame'"),
        (words(visual_description="Ida, with red hair, looks for the sea."), "'red hair'"),
        (words(visual_description="Ida looks at the sea in an anime."), "'anime'"),
    ],
)
def test_an_answer_that_cannot_be_used_is_asked_again_with_what_was_wrong(
    project: Project, server: VlmServer, bad: str, complaint: str
) -> None:
    clips = [clip(40, 44)]
    project.deliver(clips)
    server.then(bad)
    (row,) = project.caption(project.inputs(clips, BIBLE), asked_of(server, ask_again=1))
    assert row["caption_source"] == "vlm" and row["caption"] == ANSWER["visual_description"]
    assert [role for role, _ in server.calls[1].messages] == ["user", "assistant", "user"]
    (_, sent), (_, told) = server.calls[1].messages[1:]
    assert sent == bad and complaint in told
    assert server.calls[1].images == server.calls[0].images, "the model still sees what it is asked about"


@pytest.mark.parametrize(
    "text",
    [
        f"```json\n{words()}\n```",
        words(characters=["ida", " BO "], shot_type="Medium Shot", location="moon  café"),
        words(mood="foggy"),
    ],
    ids=["fence", "case", "more than was asked"],
)
def test_small_slips_are_forgiven(project: Project, server: VlmServer, text: str) -> None:
    clips = [clip(40, 44)]
    project.deliver(clips)
    server.then(text)
    (row,) = project.caption(project.inputs(clips, BIBLE), asked_of(server))
    assert row["characters"] == ["Ida", "Bo"] and row["location"] in BIBLE["locations"] and len(server.calls) == 1


def test_words_that_stay_clumsy_are_taken_and_marked(project: Project, server: VlmServer) -> None:
    clips = [clip(40, 44)]
    project.deliver(clips)
    server.answer = lambda call: words(visual_description="This picture shows Ida next to Zorro.")
    (row,) = project.caption(project.inputs(clips, BIBLE), asked_of(server, ask_again=2))
    assert len(server.calls) == 3 and row["caption_source"] == "vlm"
    assert row["lint"] == ["preamble", "unknown_name"]
    project.caption(project.inputs(clips, BIBLE), asked_of(server, ask_again=2))
    assert len(server.calls) == 3, "it was taken: nobody is asked again"


def test_one_clip_that_fails_is_listed_and_tried_again_while_the_others_go_on(
    project: Project, server: VlmServer
) -> None:
    clips = spaced(12)
    project.deliver(clips)
    broken = (project.folder / clips[4]["sheet"]).read_bytes()
    server.answer = lambda call: words(location=7) if call.images == [broken] else words()
    rows = project.caption(project.inputs(clips), asked_of(server, ask_again=1))
    assert [row["caption_source"] for row in rows].count("vlm") == 11
    assert rows[4]["caption_source"] == "structured" and rows[4]["error"]["code"] == "invalid_answer"
    assert project.outcome["status"] == "partial" and project.outcome["failures"] == 1
    (part,) = project.outcome["parts"]
    assert part["part"] == clips[4]["clip_id"] and "location" in part["message"]
    server.answer = lambda call: words()
    calls = len(server.calls)
    rows = project.caption(project.inputs(clips), asked_of(server, ask_again=1))
    assert len(server.calls) == calls + 1 and {row["caption_source"] for row in rows} == {"vlm"}
    assert project.outcome["status"] == "ok"


def test_more_failures_than_the_spec_allows_stop_the_job_with_a_summary(project: Project, server: VlmServer) -> None:
    clips = spaced(10)
    project.deliver(clips)
    server.answer = lambda call: words() if len(server.calls) <= 5 else "no idea"
    with pytest.raises(BuildError) as caught:
        project.caption(project.inputs(clips), asked_of(server, ask_again=0, model={"slots": 1}, max_failed_share=0.2))
    said = str(caught.value)
    assert "3 of 10 captions failed (3 invalid_answer), more than captions.max_failed_share (0.2)" in said
    assert clips[7]["clip_id"] in said and "no valid JSON" in said
    asked = len(server.calls)
    assert asked <= 9, "once more have failed than may, nobody asks on"
    server.answer = lambda call: words()
    project.caption(project.inputs(clips), asked_of(server, ask_again=0))
    assert len(server.calls) == asked + 5, "the five good answers were stored"


def test_an_exhausted_quota_stops_at_once(project: Project, server: VlmServer) -> None:
    clips = spaced(30)
    project.deliver(clips)
    server.then(*[QUOTA] * 30)
    with pytest.raises(BuildError, match="quota"):
        project.caption(project.inputs(clips), asked_of(server, "openai", model={"slots": 2}))
    assert len(server.calls) <= 2


def test_a_paid_model_stays_within_the_budget(project: Project, server: VlmServer) -> None:
    clips = spaced(10)
    project.deliver(clips)
    paid = asked_of(server, "openai", model={"price": 0.5, "slots": 3})
    with pytest.raises(BuildError, match=r"10 calls of openai gpt-4o-mini would cost 5\.00 USD .* no `budget`"):
        project.caption(project.inputs(clips), paid)
    assert server.calls == []
    with pytest.raises(BuildError, match=r"the budget of 2\.00 USD is used up"):
        project.caption(project.inputs(clips), paid, budget=Budget(money=2.0))
    assert len(server.calls) == 4 and Ledger(project.folder / "ledger").spent("USD") == 2.0
    rows = project.caption(project.inputs(clips), paid, budget=Budget(money=5.0))
    assert len(server.calls) == 10 and len(rows) == 10


def test_the_measured_camera_is_said_where_the_spec_wants_it(project: Project, server: VlmServer) -> None:
    clips = [clip(40, 44)]
    project.deliver(clips)
    moved = {clips[0]["clip_id"]: {"camera": {"move": "pan_left", "speed": 0.1}}}
    (quiet,) = project.caption(project.inputs(clips, BIBLE, judged=moved), asked_of(server))
    (said,) = project.caption(project.inputs(clips, BIBLE, judged=moved), asked_of(server, camera=True))
    assert "camera" not in quiet["training_caption"]
    assert "The camera pans left. A dialogue scene" in said["training_caption"]


def test_a_prompt_of_ones_own(project: Project, server: VlmServer) -> None:
    clips = [clip(40, 44)]
    project.deliver(clips)
    prompt = project.folder / "mine.jinja"
    prompt.write_text("Caption this clip of {{ show }} with {{ characters | map(attribute='name') | join(' or ') }}.\n")
    project.caption(project.inputs(clips, BIBLE), asked_of(server, prompt=str(prompt)))
    assert server.calls[0].prompt == "Caption this clip of Harbour Nine with Ida or Bo or the gull."
    prompt.write_text("Caption {{ shwo }}.")
    with pytest.raises(BuildError, match=r"mine\.jinja: 'shwo' is undefined"):
        project.caption(project.inputs(clips, BIBLE), asked_of(server, prompt=str(prompt)))
    prompt.write_text("One\n{% if %}")
    with pytest.raises(BuildError, match=r"mine\.jinja: line 2: "):
        project.caption(project.inputs(clips, BIBLE), asked_of(server, prompt=str(prompt)))


def rows_of(project: Project, clips: list[dict[str, Any]]) -> EpisodeRows:
    """The episode as the manifest reads it."""
    return EpisodeRows(
        "01", "masters/one.mov", None, project.folder / "clips" / "ep01.jsonl",
        project.folder / "quality" / "ep01.jsonl", project.out, (project.folder / "outcomes" / "caption_clips.json",),
    )  # fmt: skip


def test_a_caption_bound_to_other_frames_stops_the_build(project: Project, server: VlmServer) -> None:
    clips = spaced(2)
    project.deliver(clips)
    rows = project.caption(project.inputs(clips), asked_of(server))
    swapped = [{**rows[0], "clip_id": rows[1]["clip_id"]}, {**rows[1], "clip_id": rows[0]["clip_id"]}]
    for wrong, expected in ((swapped, "was made for"), (rows[:1], "there is no caption for the clip")):
        write_jsonl(project.out, wrong)
        with pytest.raises(BuildError, match=expected) as caught:
            build_manifest(
                [rows_of(project, clips)], project.folder / "m.jsonl", project.folder / "m.json",
                project="x", common_share=0.8,
            )  # fmt: skip
        assert "captions/ep01.jsonl" in str(caught.value) and "ep01_" in str(caught.value)


def test_607_clips_of_which_a_model_flags_six_give_601_rows(tmp_path: Path, server: VlmServer) -> None:
    counts = {"01": 152, "04": 152, "05": 152, "20": 151}
    flagged = {"ep01_000003", "ep01_000077", "ep04_000010", "ep05_000040", "ep05_000041", "ep20_000150"}
    plain = {"characters": [], "outfits": [], "location": None}
    server.answer = lambda call: (
        words(usable=False, reason="credits", **plain)
        if call.images[0].decode("latin-1")[-11:] in flagged
        else words(**plain)
    )
    inputs = []
    for episode, count in counts.items():
        parts = [Part(start, start + 60) for start in range(count)]
        made = episode_input(tmp_path / "made", episode, parts, frames=count + 60)
        clips = [{**row, "sheet": f"sheets/{row['clip_id']}.jpg"} for row in read_jsonl(made.clips)]
        write_jsonl(made.clips, clips, "clip")
        for row in clips:
            sheet = tmp_path / row["sheet"]
            sheet.parent.mkdir(exist_ok=True)
            sheet.write_bytes(b"\xff\xd8\xff\xe0" + row["clip_id"][:11].encode())
        caption_clips(
            CaptionInputs(made.clips, made.quality, made.outcomes[:3], None, None, None, None, "masters/one.mov"),
            made.captions,
            Record("caption_clips", f"ep{episode}", made.outcomes[3]),
            settings=asked_of(server, model={"slots": 8}),
            production=Production("Show", 1, episode, "One"),
            asking=Asking(Sheet(), tmp_path / "answers", tmp_path / "ledger", None),
        )
        inputs.append(made)
    assert len(server.calls) == 607
    chosen = select_rows("pilot", package(min_frames=9, frame_buckets=[33]), inputs)
    assert sum(len(one.rows) for one in chosen) == 601
    assert sum(one.unusable.get("vlm", 0) for one in chosen) == 6
