"""Captions made elsewhere: read from the forms of other tools, bound to the clips they fit, never bought again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from captioning import BIBLE, Project, clip
from vlm_server import VlmServer

from reelwright.captions.imports import import_captions, read_imports
from reelwright.digest import file_sha256
from reelwright.files import read_json
from reelwright.outcome import Record, succeeded
from reelwright.spec.captions import Captions
from reelwright.spec.models import Ollama


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture
def server() -> Iterator[VlmServer]:
    with VlmServer(lambda call: "never asked") as started:
        yield started


def row(start_s: float, end_s: float, **changes: Any) -> dict[str, Any]:
    """A row of a pilot manifest made elsewhere."""
    return {
        "clip": f"clip_{start_s:g}.mp4", "production_episode": "01", "start_s": start_s, "end_s": end_s,
        "caption": f"Ida counts to {start_s:g}.", "caption_model": "some-vlm:7b", "characters": ["Ida"],
        "outfits": {"Ida": "oilskins"}, "location": "harbour", "scene_type": "dialogue", **changes,
    }  # fmt: skip


class Imports:
    """The import run on files in a folder."""

    def __init__(self, folder: Path) -> None:
        self.out, self.report = folder / "imports" / "captions.jsonl", folder / "imports" / "captions.json"
        self.record = Record("import_captions", "captions", folder / "imports" / "outcome.json")

    def run(self, *files: Path) -> Path:
        import_captions(files, self.out, self.report, self.record)
        return self.out

    @property
    def outcome(self) -> dict[str, Any]:
        found: dict[str, Any] = read_json(self.record.path)
        return found


def written(path: Path, rows: Any) -> Path:
    """A file of rows, in the form that its suffix says."""
    text = "\n".join(map(json.dumps, rows)) if path.suffix == ".jsonl" else json.dumps(rows)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("form", ["list.json", "rows.jsonl", "clips.json"])
def test_captions_come_in_the_forms_of_other_tools(tmp_path: Path, form: str) -> None:
    rows = [row(10, 14), row(14, 18)]
    path = written(tmp_path / form, {"clips": rows} if form == "clips.json" else rows)
    imports = Imports(tmp_path)
    taken = read_imports(imports.run(path))
    assert [(one.caption, one.model, one.start_s, one.row) for one in taken] == [
        ("Ida counts to 10.", "some-vlm:7b", 10.0, 1), ("Ida counts to 14.", "some-vlm:7b", 14.0, 2),
    ]  # fmt: skip
    report = read_json(imports.report)
    assert report["files"] == [{"file": str(path), "sha256": file_sha256(path), "rows": 2, "left_out": []}]


def test_an_imported_caption_is_bound_to_its_clip_and_not_bought_again(project: Project, server: VlmServer) -> None:
    clips = [clip(10, 14), clip(14.04, 18), clip(30, 34)]
    project.deliver(clips)
    rows = [row(10, 14), row(14, 18), row(30, 34, usable=False, exclude_reason="credits")]
    imports = Imports(project.folder).run(written(project.folder / "pilot.json", rows))
    settings = Captions(backend="ollama", ollama=Ollama(base_url=server.url), trigger="hrbr9")
    made = project.caption(project.inputs(clips, BIBLE, imports=imports), settings)
    assert server.calls == [] and {one["caption_source"] for one in made} == {"imported"}
    assert [one["caption"] for one in made] == ["Ida counts to 10.", "Ida counts to 14.", "Ida counts to 30."]
    assert made[2]["training_caption"] == "hrbr9, Ida counts to 30. A dialogue scene from Harbour Nine."
    assert made[2]["verdict"] == {"usable": False, "reason": "credits"}
    assert made[2]["origins"]["characters"] == "imported" and made[0]["origins"]["characters"] == "label"
    assert made[1]["imported"] == {
        "file": str(project.folder / "pilot.json"), "row": 2, "by": "span", "overlap": 0.99,
    }  # fmt: skip


def test_what_fits_no_clip_is_reported_and_the_clip_stays_open(project: Project) -> None:
    clips = [clip(10, 14), clip(20, 24)]
    project.deliver(clips)
    rows = [row(10, 12), row(20, 24, production_episode="07"), row(20, 24, source_master="Other_Film.mov")]
    imports = Imports(project.folder).run(written(project.folder / "pilot.json", rows))
    made = project.caption(project.inputs(clips, BIBLE, imports=imports))
    assert {one["caption_source"] for one in made} == {"structured"}
    (warning,) = project.outcome["warnings"]
    assert "1 imported captions of episode 01 fit no clip" in warning and "row 1 (clip_10.mp4), at best 0.50" in warning


def test_a_clip_is_known_by_its_bytes_and_by_its_master(project: Project) -> None:
    clips = [clip(10, 14), clip(20, 24), clip(30, 34)]
    project.deliver(clips)
    no_span = {**row(0, 0), "start_s": None, "end_s": None, "production_episode": None}
    by_bytes = {**no_span, "sha256": file_sha256(project.folder / clips[0]["clip"])}
    by_master = {**no_span, "source_sha256": "ab" * 32, "start_frame": 500, "end_frame": 600}
    by_name = row(30, 34, production_episode=None, source_master="/old/masters/Harbour_Nine_EP01_LOW_TIDE.mov")
    imports = Imports(project.folder).run(written(project.folder / "pilot.jsonl", [by_bytes, by_master, by_name]))
    made = project.caption(project.inputs(clips, imports=imports))
    assert [one["imported"]["by"] for one in made] == ["sha256", "span", "span"]
    assert [one["imported"]["row"] for one in made] == [1, 2, 3]


def test_one_caption_goes_to_one_clip_the_best(project: Project) -> None:
    clips = [clip(10, 14), clip(10.2, 14)]
    project.deliver(clips)
    imports = Imports(project.folder).run(written(project.folder / "pilot.json", [row(10.2, 14)]))
    made = project.caption(project.inputs(clips, imports=imports))
    assert [one["caption_source"] for one in made] == ["structured", "imported"]


def test_a_training_caption_alone_is_taken_as_it_is(project: Project) -> None:
    clips = [clip(30, 34)]
    project.deliver(clips)
    verbatim = row(30, 34, caption="", training_caption="oldword, Ida counts. From Harbour Nine.")
    imports = Imports(project.folder).run(written(project.folder / "pilot.json", [verbatim]))
    (made,) = project.caption(project.inputs(clips, imports=imports), Captions(trigger="hrbr9"))
    assert made["training_caption"] == "oldword, Ida counts. From Harbour Nine."
    assert made["caption"] == made["training_caption"]


def test_rows_that_cannot_be_taken_are_named(tmp_path: Path) -> None:
    rows = [row(1, 5, caption=""), {**row(1, 5), "start_s": None}, row(1, 5, caption=["a"]), row(1, 5)]
    imports = Imports(tmp_path)
    assert len(read_imports(imports.run(written(tmp_path / "pilot.json", rows)))) == 1
    (file,) = read_json(imports.report)["files"]
    assert [why.split(": ")[1].split(" (")[0] for why in file["left_out"]] == [
        "no caption", "neither a span", "no caption",
    ]  # fmt: skip
    assert "3 of 4 rows are left out" in imports.outcome["warnings"][0]


@pytest.mark.parametrize(
    ("text", "said"),
    [(None, "is missing"), ("{", "no valid JSON"), ('{"a": 1}', "expected a list"), ("3", "expected a list")],
)
def test_a_file_that_cannot_be_read_fails_the_import_and_what_needs_it(
    project: Project, server: VlmServer, text: str | None, said: str
) -> None:
    path = project.folder / "pilot.json"
    if text is not None:
        path.write_text(text)
    imports = Imports(project.folder)
    imports.run(path)
    assert not succeeded(imports.record.path) and said in imports.outcome["error"]["message"]
    assert "pilot.json" in imports.outcome["error"]["message"]
