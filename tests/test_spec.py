"""The spec: every problem at once, each with file, key, value, what was expected and the nearest valid name."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from reelwright.errors import SpecError
from reelwright.spec.document import spec_schema
from reelwright.spec.load import load_spec, merged

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
        "shots.threshold is 0.5: expected 1 to 50 for the detector adaptive",
    ),
    "threshold of another detector": (
        changed(shots={"detector": "hash", "threshold": 27}),
        "shots.threshold is 27: expected more than 0 and at most 1 for the detector hash",
    ),
    "key of another detector": (
        changed(shots={"detector": "content", "window": 2}),
        "shots.window: is no key of the detector content",
    ),
    "unknown detector": (
        changed(shots={"detector": "adaptiv"}),
        'shots.detector is "adaptiv": expected one of adaptive, content, hash, histogram, transnetv2, ensemble; '
        "did you mean 'adaptive'?",
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
    "range with both ends": (changed(clips__encode__crf=60), "clips.encode.crf is 60: expected 0 to 51"),
    "range with one end": (
        changed(packages__smoke__rows_per_episode=0),
        "packages.smoke.rows_per_episode is 0: expected at least 1",
    ),
    "no end": (changed(clips__tail_s=float("inf")), "clips.tail_s is Infinity: expected a finite number"),
    "half a number": (changed(clips__trim_frames=1.5), "clips.trim_frames is 1.5: expected a whole number"),
    "half a size": (
        changed(packages__smoke__size=[1280]),
        "packages.smoke.size is [1280]: expected a list of two numbers, [width, height]",
    ),
    "too large a size": (
        changed(packages__smoke__size=[1920, 1088]),
        "packages.smoke.size is [1920, 1088]: expected at most 1048576 pixels",
    ),
    "unknown caption source": (
        changed(packages__smoke__caption_sources=["vml"]),
        'packages.smoke.caption_sources.0 is "vml": expected one of vlm, structured, seeded, imported, edited; '
        "did you mean 'vlm'?",
    ),
    "section that is none": (changed(shots=None), "shots is null: expected keys and values"),
    "home folder": (
        changed(sources__folder="~/delivery"),
        "sources.folder is ~/delivery: expected a path written in full: ~ is not replaced here",
    ),
    "bible escapes": (changed(captions={"bible": "config/../../bible.json"}), "captions.bible is config/../../bible"),
    "subtitles escape": (changed(sources__subtitles="a/../../{episode}.srt"), "sources.subtitles is a/../../{episode}"),
    "path with a NUL": (changed(sources__folder="a\0b"), 'sources.folder is "a\\u0000b": expected a path'),
    "title as a path": (
        changed(sources__episodes={"01": {"title": "../ONE"}}),
        'sources.episodes.01.title is "../ONE": expected a title, without slashes and line breaks',
    ),
    "title of signs": (
        changed(sources__episodes={"01": {"title": "???"}}),
        "sources.episodes.01.title is '???': expected a title with a letter or digit in it",
    ),
    "alternate differs by an accent": (
        changed(sources__episodes={"01": {"title": "CAFÉ", "alternate_title": "CAFE"}}),
        "sources.episodes.01.alternate_title is CAFE: is the canonical title, CAFÉ",
    ),
    "alternate file of the canonical title": (
        changed(sources__episodes={"01": {"title": "ONE", "alternate_master": "other/one.mov"}}),
        "sources.episodes.01.alternate_master is one: is the canonical title, ONE",
    ),
    "titles without Latin letters": (
        changed(sources__episodes={"01": {"title": "一", "alternate_title": "二"}}),
        "sources.episodes.01.alternate_title is 二: makes the same name of files, untitled, as the canonical title",
    ),
    "no pattern and no master": (
        changed(sources__masters=None),
        "sources.episodes.01.master: is required where sources.masters gives no pattern",
    ),
    "production code": (
        changed(production_code="7{title}"),
        "production_code is 7{title}: expected {episode} once, and no other braces",
    ),
    "smallest above largest": (
        changed(packages__smoke__min_frames=85),
        "packages.smoke.min_frames is 85: is more than the largest of frame_buckets",
    ),
    "bucket twice": (
        changed(packages__smoke__frame_buckets=[81, 81]),
        "packages.smoke.frame_buckets is 81: stands there twice",
    ),
    "digits of another script": (
        changed(sources__episodes={"\u0660\u0661": {"title": "ONE"}}),
        'sources.episodes.\u0660\u0661 is "\u0660\u0661": expected a two-digit episode number',
    ),
    "episode number without zero": (
        changed(sources__episodes={"1": {"title": "ONE"}}),
        'sources.episodes.1 is "1": expected a two-digit episode number in quotes, as "01"',
    ),
    "label of a speaker": (
        changed(sources__episodes={"01": {"title": "ONE", "speakers": {"A ": "Ida"}}}),
        'sources.episodes.01.speakers.A  is "A ": expected a label, without spaces around it',
    ),
    "language by its name": (
        changed(transcripts={"whisper": {"model": "models/small", "language": "English"}}),
        'transcripts.whisper.language is "English": expected the code of a language, as "en"',
    ),
    "Whisper model escapes": (
        changed(transcripts={"whisper": {"model": "../small"}}),
        "transcripts.whisper.model is ../small: leaves its root; write an absolute path",
    ),
    "one old episode twice": (
        changed(
            sources__episodes={
                "01": {"title": "ONE", "existing_bible_name": "Over"},
                "02": {"title": "TWO", "existing_bible_name": "OVER!"},
            }
        ),
        "sources.episodes.02.existing_bible_name is OVER!: is taken by sources.episodes.01.existing_bible_name",
    ),
    "old clips escape": (changed(reference={"clips": "../old"}), "reference.clips is ../old: leaves its root"),
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
    "project: a\x01\n": "line 1, column 11 is U+0001: not valid YAML",
    "project: &a\n  b: *a\n": "the file: is nested without end",
    "[" * 3000: "the file: is nested without end",
    "season: !!int seven\n": "line 1, column 9: not valid YAML: can't be read as int",
    "season: !!set {a}\n": "line 1, column 9: not valid YAML: a spec has no values of the kind !!set",
    'show: "\\ud800"\n': "the file: has half of a surrogate pair",
    "- a\n": "the file is a list: expected keys and values at the top level",
    "": "the file is empty: expected keys and values at the top level",
    "sources: {episodes: {01: {title: A}}}\n": 'sources.episodes.01: YAML reads the key as 1, not as text: quote it, "01"',
}


@pytest.mark.parametrize("text", TEXTS)
def test_a_fault_of_the_file_is_named_with_its_place(tmp_path: Path, text: str) -> None:
    assert problems(tmp_path, text)[0].startswith(TEXTS[text])


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "open-movie.yaml").touch()
    with pytest.raises(SpecError, match=r"open-film.yaml: the file: no such file; did you mean '.*open-movie.yaml'\?"):
        load_spec(tmp_path / "open-film.yaml")


def test_a_file_that_is_no_text_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_bytes(b"show: \xff\n")
    with pytest.raises(SpecError, match="byte 7: is not UTF-8 text"):
        load_spec(tmp_path / "spec.yaml")


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    data = changed(clips__hed_s=3, shots={"threshold": 99}, sources__rights="mine", packages__smoke__model="x")
    assert {one.split(":")[0].split(" ")[0] for one in problems(tmp_path, data)} == {
        "clips.hed_s",
        "shots.threshold",
        "sources.rights",
        "packages.smoke.model",
    }


def test_values_are_compared_although_others_are_wrong(tmp_path: Path) -> None:
    data = changed(clips__hed_s=3, production_code=7, packages__smoke__episodes=["01", "07"], cache="../x")
    said = {one.split(":")[0].split(" ")[0] for one in problems(tmp_path, data)}
    assert said == {"clips.hed_s", "production_code", "packages.smoke.episodes", "cache"}


def test_what_follows_from_another_fault_is_left_unsaid(tmp_path: Path) -> None:
    """8 s would be more than the default of `max_s`, and 02 is an episode, only badly written."""
    assert len(problems(tmp_path, changed(clips={"min_s": 8, "max_s": "9"}))) == 1
    data = changed(sources__episodes={"01": {"title": "ONE"}, "2": {"title": "TWO"}}, packages__smoke__episodes=["02"])
    (only,) = problems(tmp_path, data)
    assert only.startswith('sources.episodes.2 is "2"')


PLACES = ["", "sources", "sources.episodes.02", "shots", "clips", "clips.encode", "packages.smoke", "captions"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.sampled_from(PLACES), key=st.from_regex(r"[a-z]{3,8}_zz", fullmatch=True))
def test_an_unknown_key_is_found_wherever_it_stands(tmp_path: Path, place: str, key: str) -> None:
    data = deepcopy(GOOD)
    inner = data
    for part in filter(None, place.split(".")):
        inner = inner[part]
    inner[key] = 1
    (only,) = problems(tmp_path, data)
    assert only.startswith(f"{place}.{key}: is no key".lstrip("."))


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3) | st.integers(), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.sampled_from(PLACES), index=st.integers(0, 20), value=JSON_VALUES)
def test_any_value_anywhere_gives_a_spec_or_its_problems(tmp_path: Path, place: str, index: int, value: Any) -> None:
    data = deepcopy(GOOD)
    inner = data
    for part in filter(None, place.split(".")):
        inner = inner[part]
    inner[[*inner, "new"][index % (len(inner) + 1)]] = value
    file = tmp_path / "spec.yaml"
    file.write_text(yaml.safe_dump(data, sort_keys=False, allow_unicode=True))
    try:
        spec = load_spec(file)
    except SpecError as error:
        assert all(str(problem).startswith(f"{file}: ") for problem in error.problems)
    else:
        # What is taken can be written whole, and is what the schema allows.
        assert list(Draft202012Validator(spec_schema()).iter_errors(merged(spec))) == []


def test_sections_may_share_settings_by_anchor(tmp_path: Path) -> None:
    file = tmp_path / "spec.yaml"
    text = yaml.safe_dump({key: value for key, value in GOOD.items() if key != "packages"})
    smoke = "{lane: video, model: wan2.2-t2v-a14b, caption_sources: [vlm], seed: 1}"
    file.write_text(f"{text}packages:\n  smoke: &smoke {smoke}\n  pilot: {{<<: *smoke, seed: 2}}\n")
    spec = load_spec(file)
    assert spec.packages["pilot"] == spec.packages["smoke"].model_copy(update={"seed": 2})


def test_a_fault_of_the_command_line_is_not_blamed_on_the_file(tmp_path: Path) -> None:
    file = tmp_path / "spec.yaml"
    file.write_text(yaml.safe_dump(changed(clips__hed_s=3)))
    with pytest.raises(SpecError) as caught:
        load_spec(file, {"sources": {"foldr": "x"}, "cache": "../x"})
    assert {(problem.file, problem.where) for problem in caught.value.problems} == {
        (str(file), "clips.hed_s"),
        ("--config", "sources.foldr"),
        ("--config", "cache"),
    }


def test_no_package_can_take_the_name_of_a_rule(root: Path, tmp_path: Path) -> None:
    rules = "".join(path.read_text() for path in [root / "Snakefile", *(root / "rules").glob("*.smk")])
    names = [*re.findall(r"^rule (\w+):", rules, re.MULTILINE), "preflight_smoke", "train_smoke", "actors_execute"]
    said = problems(tmp_path, changed(packages=dict.fromkeys(names, GOOD["packages"]["smoke"])))
    assert {one.split(":")[0] for one in said} == {f"packages.{name}" for name in names}


def test_overrides_are_merged_and_run_options_left_out(tmp_path: Path) -> None:
    file = tmp_path / "spec.yaml"
    file.write_text(yaml.safe_dump(GOOD))
    spec = load_spec(file, {"sources": {"folder": "/elsewhere"}, "targets": "smoke"})
    assert spec.sources.folder == "/elsewhere"
    assert spec.sources.masters == GOOD["sources"]["masters"]


def test_numbers_in_braces_on_the_command_line_are_numbers(tmp_path: Path) -> None:
    file = tmp_path / "spec.yaml"
    file.write_text(yaml.safe_dump(GOOD))
    spec = load_spec(file, {"budget": {"money": "1.25"}, "packages": {"smoke": {"episodes": ["01"], "seed": "3"}}})
    assert spec.budget and spec.budget.money == 1.25
    assert (spec.packages["smoke"].episodes, spec.packages["smoke"].seed) == (["01"], 3)


def test_the_merged_spec_loads_to_the_same_spec(tmp_path: Path) -> None:
    file = tmp_path / "spec.yaml"
    file.write_text(yaml.safe_dump(GOOD))
    spec = load_spec(file)
    file.write_text(json.dumps(merged(spec)))
    assert load_spec(file) == spec
    assert merged(spec)["clips"]["max_s"] == 7.0
