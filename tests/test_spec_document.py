"""What is generated from the spec's models is current, and the projects that are shipped pass it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from reelwright.spec.document import DOCUMENT, spec_document, spec_schema
from reelwright.spec.explain import PATTERNS
from reelwright.spec.load import load_spec, merged


def test_schema_and_reference_are_current(root: Path) -> None:
    assert json.loads((root / "schemas" / "spec.schema.json").read_text()) == spec_schema(), "run `make reference`"
    assert DOCUMENT.read_text() == spec_document(), "run `make reference`"


def test_every_key_is_documented() -> None:
    sections = [spec_schema(), *spec_schema()["$defs"].values()]
    bare = [key for section in sections for key, one in section["properties"].items() if not one.get("description")]
    assert bare == []
    assert all(section["additionalProperties"] is False for section in sections)


def test_every_pattern_is_explained_and_holds_for_names_of_entries(root: Path) -> None:
    found = set(re.findall(r'"pattern": "((?:[^"\\]|\\.)*)"', json.dumps(spec_schema())))
    found |= set(re.findall(r'"patternProperties": {"((?:[^"\\]|\\.)*)"', json.dumps(spec_schema())))
    assert {json.loads(f'"{pattern}"') for pattern in found} == set(PATTERNS)
    validator = Draft202012Validator(spec_schema())
    demo = merged(load_spec(root / "config" / "demo.yaml"))
    assert validator.is_valid(demo)
    (episode, *_), (package, *_) = demo["sources"]["episodes"].values(), demo["packages"].values()
    assert not validator.is_valid({**demo, "packages": {"Upper": package}})
    assert not validator.is_valid({**demo, "sources": {**demo["sources"], "episodes": {"1": episode}}})


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
