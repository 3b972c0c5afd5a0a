"""Prompts for trainers' samplers: each file read as the trainer's own code reads it, restated here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from reelwright.evaluation.prompts import FORMS, RESULTS, Sampled, export_prompts, musubi_line
from reelwright.facts import facts
from reelwright.files import read_json, write_jsonl

TRAINERS = ["diffsynth", "musubi", "diffusion-pipe", "finetrainers", "ai-toolkit", "videofolder"]
FRAME = "first_frames/ep20/ep20_000000_000081.png"


def musubi_prompts(text: str) -> list[dict[str, Any]]:
    """What ``load_prompts`` of musubi-tuner (training/sampling_prompts.py) makes of a .txt."""
    lines = [line.strip() for line in text.splitlines(keepends=True) if line.strip() and line[0] != "#"]
    names = {"w": "width", "h": "height", "f": "frame_count", "d": "seed", "s": "sample_steps"}
    found = []
    for line in lines:
        parts = line.split(" --")
        prompt: dict[str, Any] = {"prompt": parts[0]}
        # The prompt itself is looked at as well.
        for part in parts:
            if match := re.match(r"([whfds]) (\d+)", part, re.IGNORECASE):
                prompt[names[match[1].lower()]] = int(match[2])
            elif match := re.match(r"n (.+)", part, re.IGNORECASE):
                prompt["negative_prompt"] = match[1]
            elif match := re.match(r"i (.+)", part, re.IGNORECASE):
                prompt["image_path"] = match[1].strip()
        found.append(prompt)
    return found


def sampled(model: str = "wan2.2-t2v-a14b") -> Sampled:
    return Sampled("smoke", model, 832, 480, 81, TRAINERS, 7)


def item(
    number: int, prompt: str, first_frame: bool = False, lanes: Sequence[str] = ("video", "design")
) -> dict[str, Any]:
    media = [{"role": "first_frame", "path": FRAME}] if first_frame else [{"role": "reference", "path": "a.png"}]
    return {"item_id": f"motion.{number}", "prompt": prompt, "media": media, "labels": {"lanes": lanes}}


@pytest.fixture
def sets(tmp_path: Path) -> dict[str, Path]:
    rows = {
        "identity": [item(1, "spk, Ida, from the side."), item(2, "spk, Bo."), item(3, "spk, Ida, from behind.")],
        "motion": [item(4, "spk, Bo."), item(5, "# Ida --w 99\n  jumps\t--d 1.", True), item(6, "spk, a pan.", True)],
        "prop": [],
    }
    paths = {kind: tmp_path / f"{kind}.jsonl" for kind in rows}
    for kind, path in paths.items():
        write_jsonl(path, rows[kind])
    return paths


def test_musubi_reads_the_words_and_the_numbers_that_were_meant(sets: dict[str, Path], tmp_path: Path) -> None:
    export_prompts(sets, tmp_path / "out", sampled=sampled(), count=2)
    read = musubi_prompts((tmp_path / "out" / "musubi.txt").read_text())
    # Two of each set, none that asks for the same twice.
    assert [one["prompt"] for one in read] == [
        "spk, Ida, from the side.", "spk, Bo.", "Ida -w 99 jumps -d 1.", "spk, a pan."
    ]  # fmt: skip
    size = {"width": 832, "height": 480, "frame_count": 81, "seed": 7, "sample_steps": 20}
    assert all({key: one[key] for key in size} == size for one in read)
    assert not any("image_path" in one for one in read), "T2V takes no picture"


@given(st.text(st.characters(categories=("L", "N", "P", "S", "Z", "Cc")), max_size=80))
@example("I run --i /etc/passwd")
@example("N is for night. # --n day")
def test_no_prompt_becomes_an_option_a_comment_or_a_second_line(text: str) -> None:
    said = musubi_line(text)
    if said:
        assert musubi_prompts(f"{said} --w 832\n") == [{"prompt": said, "width": 832}]
        assert "${" not in said


def test_finetrainers_gets_the_columns_that_it_reads(sets: dict[str, Path], tmp_path: Path) -> None:
    export_prompts(sets, tmp_path / "out", sampled=sampled("wan2.2-ti2v-5b"), count=2)
    data = read_json(tmp_path / "out" / "finetrainers.json")["data"]
    columns = {
        "caption",
        "image_path",
        "video_path",
        "num_inference_steps",
        "height",
        "width",
        "num_frames",
        "export_fps",
    }
    assert all(set(one) == columns for one in data)
    assert [one["image_path"] for one in data] == [None, None, f"{RESULTS}/{FRAME}", f"{RESULTS}/{FRAME}"]
    assert {(one["num_frames"], one["export_fps"], one["video_path"]) for one in data} == {(81, 24, None)}


def test_image_to_video_is_only_asked_for_what_has_a_first_frame(sets: dict[str, Path], tmp_path: Path) -> None:
    export_prompts(sets, tmp_path / "out", sampled=sampled("wan2.2-i2v-a14b"), count=2)
    musubi = musubi_prompts((tmp_path / "out" / "musubi.txt").read_text())
    assert [one["image_path"] for one in musubi] == [f"{RESULTS}/{FRAME}"] * 2
    calls = read_json(tmp_path / "out" / "diffsynth.json")
    # Keyword arguments of WanVideoPipeline.__call__ (diffsynth/pipelines/wan_video.py).
    known = {"prompt", "input_image", "seed", "height", "width", "num_frames", "num_inference_steps"}
    assert len(calls) == 2 and all(set(one) == known for one in calls)


def test_ai_toolkit_gets_the_part_sample_with_the_variable_that_it_fills_in(
    sets: dict[str, Path], tmp_path: Path
) -> None:
    export_prompts(sets, tmp_path / "out", sampled=sampled("wan2.2-i2v-a14b"), count=2)
    text = (tmp_path / "out" / "ai-toolkit.yaml").read_text()
    # As replace_env_vars_in_string of toolkit/config.py.
    filled = re.sub(r"\$\{([^}]+)\}", lambda match: {"RESULTS": "/data"}[match[1]], text)
    sample = yaml.safe_load(filled)["sample"]
    assert (sample["num_frames"], sample["fps"], sample["sampler"]) == (81, 16, "flowmatch")
    assert [one["ctrl_img"] for one in sample["samples"]] == [f"/data/{FRAME}"] * 2


def test_who_samples_has_a_form_with_its_source_and_who_does_not_is_said_so(
    sets: dict[str, Path], tmp_path: Path
) -> None:
    assert set(FORMS) == {name for name, one in facts().trainers.items() if one.validation}
    export_prompts(sets, tmp_path / "out", sampled=sampled(), count=1)
    said = (tmp_path / "out" / "README.md").read_text()
    assert "diffusion-pipe samples nothing" in said and "--sample_prompts" in said
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"README.md", "diffsynth.json", "musubi.txt", "finetrainers.json", "ai-toolkit.yaml"}


def test_empty_sets_leave_no_empty_files(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "motion.jsonl", [])
    export_prompts({"motion": tmp_path / "motion.jsonl"}, tmp_path / "out", sampled=sampled(), count=2)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["README.md"]
    assert "0 prompts" in (tmp_path / "out" / "README.md").read_text()


def test_a_package_of_images_is_asked_for_pictures_by_items_that_it_never_trains_on(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "prop.jsonl", [item(1, "spk, a hat.", lanes=["video"]), item(2, "spk, a lamp.")])
    settings = {"lane": "design", "model": "wan2.2-t2v-a14b", "long_side": 1024, "trainers": ["musubi", "imagefolder"]}
    image = Sampled.of("design_reference", settings, 3)
    export_prompts({"prop": tmp_path / "prop.jsonl"}, tmp_path / "out", sampled=image, count=2)
    (prompt,) = musubi_prompts((tmp_path / "out" / "musubi.txt").read_text())
    assert prompt["prompt"] == "spk, a lamp."
    assert (prompt["width"], prompt["height"], prompt["frame_count"], prompt["seed"]) == (1024, 1024, 1, 3)
