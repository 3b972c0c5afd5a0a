"""Facts of models and trainers: one checked file, in step with its schema and with the spec's names."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest
import yaml
from jsonschema import Draft202012Validator

from reelwright import stages
from reelwright.facts import FACTS, facts
from reelwright.packages.retime import FRAME_STEP
from reelwright.packages.trainers import EXPORTS
from reelwright.spec.document import facts_schema
from reelwright.spec.model import ModelName, TrainerName


def test_the_file_holds_to_its_schema_and_the_schema_is_current(root: Path) -> None:
    schema = json.loads((root / "schemas" / "facts.schema.json").read_text())
    assert schema == facts_schema(), "run `make reference`"
    Draft202012Validator.check_schema(schema)
    data = yaml.safe_load(FACTS.read_text())
    assert list(Draft202012Validator(schema).iter_errors(data)) == []
    data["trainers"]["musubi"]["retime"] = "never"
    assert not Draft202012Validator(schema).is_valid(data)


def test_names_are_those_of_the_spec_and_each_trainer_has_an_export() -> None:
    assert list(facts().models) == list(get_args(ModelName))
    assert list(facts().trainers) == list(get_args(TrainerName)) == list(EXPORTS)
    for trainer in facts().trainers.values():
        assert set(trainer.models) <= set(facts().models)
        assert {*trainer.videos_only, *trainer.ignores_image} <= set(trainer.models)
        assert (trainer.told_rate is not None) == (trainer.retimes == "if_told")


@pytest.mark.parametrize(
    ("model", "rate", "step", "boundaries"),
    [
        ("wan2.2-t2v-a14b", 16, 16, [("0.417", "0"), ("1", "0.417")]),
        ("wan2.2-i2v-a14b", 16, 16, [("0.358", "0"), ("1", "0.358")]),
        ("wan2.2-ti2v-5b", 24, 32, [None]),
    ],
)
def test_models(model: str, rate: int, step: int, boundaries: list[tuple[str, str] | None]) -> None:
    known = facts().models[model]
    assert (known.rate, known.step, known.max_pixels) == (rate, step, 1024 * 1024)
    assert [expert.boundary for expert in known.experts] == boundaries
    assert known.frame_step == FRAME_STEP
    assert known.takes_image == (model != "wan2.2-t2v-a14b")
    # The two experts share out all noise between them.
    spans = sorted(expert.noise for expert in known.experts)
    assert spans[0][0] == 0 and spans[-1][1] == 1
    assert all(one[1] == other[0] for one, other in pairwise(spans))


def test_musubi_switches_experts_where_the_model_does() -> None:
    for name, known in facts().trainers["musubi"].models.items():
        (high,) = [expert for expert in facts().models[name].experts if expert.name == "high_noise"]
        assert known.timestep_boundary == high.noise[0]


def test_changed_facts_change_the_stages_that_reach_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = tmp_path / "reelwright"
    library.mkdir()
    (library / "__init__.py").write_text("")
    (library / "entry.py").write_text("from reelwright import known\n")
    (library / "known.py").write_text("RATE = None\n")
    (library / "known.yaml").write_text("rate: 16\n")
    monkeypatch.setattr(stages, "LIBRARY", library)
    before = stages.closure_digest("reelwright.entry")
    (library / "known.yaml").write_text("# a comment\nrate: 16\n")
    assert stages.closure_digest("reelwright.entry") == before
    (library / "known.yaml").write_text("rate: 24\n")
    assert stages.closure_digest("reelwright.entry") != before


def test_every_trainer_is_documented(root: Path) -> None:
    text = (root / "docs" / "packages.md").read_text()
    for name, trainer in facts().trainers.items():
        assert f"| `{name}` |" in text
        assert trainer.cut == "whole" or f"| {trainer.title} |" in text
