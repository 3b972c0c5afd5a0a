"""The spec: every problem at once, each with file, key, value, what was expected and the nearest valid name."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from reelwright.errors import SpecError
from reelwright.spec.load import load_spec, merged
from reelwright.spec.reference import DOCUMENT, spec_document, spec_schema

GOOD: dict[str, Any] = {
    "project": "test",
    "show": "A Show",
    "sources": {
        "folder": "delivery",
        "rights": "licensed",
        "masters": "masters/EP{episode}_{title}.mov",
        "episodes": {"01": {"title": "ONE"}, "02": {"title": "TWO", "alternate_title": "ZWEI"}},
    },
    "shots": {"detector": "adaptive", "threshold": 3.0},
    "clips": {"encode": {"crf": 18}},
    "captions": {},
    "packages": {
        "smoke": {"lane": "video", "model": "wan2.2-t2v-a14b", "caption_sources": ["vlm"], "episodes": ["01"]}
    },
}


def changed(**changes: Any) -> dict[str, Any]:
    """GOOD with values replaced, keys written as ``clips__head_s``."""
    data = deepcopy(GOOD)
    for path, value in changes.items():
        *parents, key = path.split("__")
        inner = data
        for parent in parents:
            inner = inner[parent]
        inner[key] = value
    return data


def problems(tmp_path: Path, data: Any) -> list[str]:
    """What loading ``data`` (a value, or the text of a file) complains of."""
    file = tmp_path / "spec.yaml"
    file.write_text(data if isinstance(data, str) else yaml.safe_dump(data, sort_keys=False))
    with pytest.raises(SpecError) as caught:
        load_spec(file)
    return [str(problem).removeprefix(f"{file}: ") for problem in caught.value.problems]


WRONG = {
    "unknown key": (changed(clips__hed_s=3), "clips.hed_s: is no key here; did you mean 'head_s'?"),
    "unknown key at the top": (changed(shwo="x"), "shwo: is no key here; did you mean 'show'?"),
    "unknown key of an entry": (
        changed(packages__smoke__modle="x"),
        "packages.smoke.modle: is no key here; did you mean 'model'?",
    ),
    "threshold of the detector": (
        changed(shots={"detector": "adaptive", "threshold": 0.5}),
        "shots.threshold is 0.5: expected at least 1.0 for the detector adaptive",
    ),
    "threshold of another detector": (
        changed(shots={"detector": "hash", "threshold": 27}),
        "shots.threshold is 27: expected at most 1.0 for the detector hash",
    ),
    "key of another detector": (
        changed(shots={"detector": "content", "window": 2}),
        "shots.window: is no key of the detector content",
    ),
    "unknown detector": (
        changed(shots={"detector": "adaptiv"}),
        "shots.detector is \"adaptiv\": expected one of adaptive, content, hash, histogram; did you mean 'adaptive'?",
    ),
    "unknown model": (
        changed(packages__smoke__model="wan2.2-t2v-14b"),
        'packages.smoke.model is "wan2.2-t2v-14b": expected one of wan2.2-t2v-a14b, wan2.2-i2v-a14b, wan2.2-ti2v-5b; '
        "did you mean 'wan2.2-t2v-a14b'?",
    ),
    "unknown episode in a package": (
        changed(packages__smoke__episodes=["01", "03"]),
        "packages.smoke.episodes is 03: is no episode of sources.episodes (01, 02); did you mean '02'?",
    ),
    "folder escapes": (
        changed(sources__folder="../other"),
        "sources.folder is ../other: leaves its root; write an absolute path if you mean a place outside",
    ),
    "master escapes": (
        changed(sources__episodes={"01": {"title": "ONE", "master": "a/../../etc/passwd"}}),
        "sources.episodes.01.master is a/../../etc/passwd: leaves its root",
    ),
    "absolute master": (
        changed(sources__episodes={"01": {"title": "ONE", "master": "/etc/passwd"}}),
        "sources.episodes.01.master is /etc/passwd: expected a path relative to sources.folder",
    ),
    "pattern escapes": (
        changed(sources__masters="../EP{episode}_{title}.mov"),
        "sources.masters is ../EP{episode}_{title}.mov: leaves its root",
    ),
    "pattern without title": (
        changed(sources__masters="EP{episode}.mov"),
        "sources.masters is EP{episode}.mov: expected {episode} and {title} once, and no other braces",
    ),
    "cache escapes": (
        changed(cache="../cache"),
        "cache is ../cache: leaves its root; write an absolute path if you mean a place outside",
    ),
    "project name as a path": (
        changed(project="../x"),
        'project is "../x": expected lower-case letters, digits, - and _, beginning with a letter',
    ),
    "one master for two episodes": (
        changed(sources__episodes={"01": {"title": "A", "master": "a.mov"}, "02": {"title": "B", "master": "./a.mov"}}),
        "sources.episodes.02.master is ./a.mov: is taken by sources.episodes.01.master",
    ),
    "alternate is canonical": (
        changed(sources__episodes={"01": {"title": "ONE WAY", "alternate_title": "One_way"}}),
        "sources.episodes.01.alternate_title is One_way: is the canonical title",
    ),
    "no rights": (changed(sources__rights="mine"), 'sources.rights is "mine": expected one of licensed'),
    "lengths cross": (changed(clips={"min_s": 8}), "clips.min_s is 8.0: expected at most clips.max_s, 7.0"),
    "bucket": (
        changed(packages__smoke__frame_buckets=[80]),
        "packages.smoke.frame_buckets is 80: expected 4n+1 frames, 5 or more",
    ),
    "size": (
        changed(packages__smoke__model="wan2.2-ti2v-5b"),
        "packages.smoke.size is [1280, 720]: expected multiples of 32 for wan2.2-ti2v-5b; did you mean '[1280, 704]'?",
    ),
    "package named as a target": (
        changed(packages={"all": GOOD["packages"]["smoke"]}),
        "packages.all: is the name of a target; call the package something else",
    ),
    "text for a number": (changed(clips__head_s="12"), 'clips.head_s is "12": expected a number'),
    "yes is true": (
        changed(show=True),
        "show is true: expected text (YAML reads yes, no, on and off as true and false: quote them)",
    ),
    "episode number without zero": (
        changed(sources__episodes={"1": {"title": "ONE"}}),
        'sources.episodes.1 is "1": expected a two-digit episode number in quotes, as "01"',
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_problem_is_said_in_one_clear_sentence(tmp_path: Path, name: str) -> None:
    data, expected = WRONG[name]
    assert any(one.startswith(expected) for one in problems(tmp_path, data)), problems(tmp_path, data)


TEXTS = {
    "project: a\nshow: b\nproject: c\n": "line 3, column 1 is 'project': a key that stands at line 1, column 1 already",
    "project: a\nclips: {head_s: 1, head_s: 2}\n": "line 2, column 20 is 'head_s'",
    "project: [a\nshow: b\n": "line 2, column 5: not valid YAML",
    "project: a\n\tshow: b\n": "line 2, column 1: not valid YAML",
    "- a\n": "the file is list: expected keys and values at the top level",
    "": "the file is NoneType: expected keys and values at the top level",
    "sources: {episodes: {01: {title: A}}}\n": "sources.episodes.1: is read as 1, not as text: quote the key",
}


@pytest.mark.parametrize("text", TEXTS)
def test_a_fault_of_the_file_is_named_with_its_place(tmp_path: Path, text: str) -> None:
    assert problems(tmp_path, text)[0].startswith(TEXTS[text])


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="no such file"):
        load_spec(tmp_path / "nowhere.yaml")


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    data = changed(clips__hed_s=3, shots={"threshold": 99}, sources__rights="mine", packages__smoke__model="x")
    assert {one.split(":")[0].split(" ")[0] for one in problems(tmp_path, data)} == {
        "clips.hed_s",
        "shots.threshold",
        "sources.rights",
        "packages.smoke.model",
    }


PLACES = ["", "sources", "sources.episodes.02", "shots", "clips", "clips.encode", "packages.smoke", "captions"]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.sampled_from(PLACES), key=st.from_regex(r"[a-z]{3,8}_zz", fullmatch=True))
def test_an_unknown_key_is_found_wherever_it_stands(tmp_path: Path, place: str, key: str) -> None:
    data = deepcopy(GOOD)
    inner = data
    for part in filter(None, place.split(".")):
        inner = inner[part]
    inner[key] = 1
    (only,) = problems(tmp_path, data)
    assert only.startswith(f"{place}.{key}: is no key".lstrip("."))


def test_overrides_are_merged_and_run_options_left_out(tmp_path: Path) -> None:
    file = tmp_path / "spec.yaml"
    file.write_text(yaml.safe_dump(GOOD))
    spec = load_spec(file, {"sources": {"folder": "/elsewhere"}, "targets": "smoke"})
    assert spec.sources.folder == "/elsewhere"
    assert spec.sources.masters == GOOD["sources"]["masters"]


def test_the_merged_spec_loads_to_the_same_spec(tmp_path: Path) -> None:
    file = tmp_path / "spec.yaml"
    file.write_text(yaml.safe_dump(GOOD))
    spec = load_spec(file)
    file.write_text(json.dumps(merged(spec)))
    assert load_spec(file) == spec
    assert merged(spec)["clips"]["max_s"] == 7.0


def test_schema_and_reference_are_current(root: Path) -> None:
    assert json.loads((root / "schemas" / "spec.schema.json").read_text()) == spec_schema(), "run `make reference`"
    assert DOCUMENT.read_text() == spec_document(), "run `make reference`"


def test_every_key_is_documented() -> None:
    sections = [spec_schema(), *spec_schema()["$defs"].values()]
    bare = [key for section in sections for key, one in section["properties"].items() if not one.get("description")]
    assert bare == []
    assert all(section["additionalProperties"] is False for section in sections)


@pytest.mark.parametrize("config", ["demo", "open-movie", "totally-spies-s7"])
def test_the_shipped_specs_pass_model_and_schema(root: Path, config: str) -> None:
    spec = load_spec(root / "config" / f"{config}.yaml")
    assert spec.project == config
    validator = Draft202012Validator(spec_schema())
    assert list(validator.iter_errors(yaml.safe_load((root / "config" / f"{config}.yaml").read_text()))) == []
    assert list(validator.iter_errors(merged(spec))) == []


def test_the_reference_project_is_whole(root: Path) -> None:
    spec = load_spec(root / "config" / "totally-spies-s7.yaml")
    assert len(spec.sources.episodes) == 26
    assert sum(one.existing_bible_name is not None for one in spec.sources.episodes.values()) == 13
    assert [number for number, one in spec.sources.episodes.items() if one.alternate_title] == ["01"]
    smoke = spec.packages["smoke"]
    assert len(smoke.episodes or []) * (smoke.rows_per_episode or 0) == 160
