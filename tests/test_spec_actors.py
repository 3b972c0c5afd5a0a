"""The part `actors` of the spec: what does not fit is said with its place; a choice of actors for a run is no part of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from test_spec import changed, problems

from reelwright.spec.generation import Bucket
from reelwright.spec.load import load_spec


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ({}, "actors.folder: is required"),
        ({"folder": "../data"}, "actors.folder is ../data: leaves its root"),
        (
            {"folder": "data", "roster": "/etc/list.json"},
            "actors.roster is /etc/list.json: expected a path relative to",
        ),
        (
            {"folder": "data", "target": {"mix": {"photorealistic": 60}}},
            "actors.target.mix is 60 + 20 + 15: expected 100 in sum, not 95",
        ),
        (
            {"folder": "data", "groups": {"kids": {"actors": ["*_9_*"], "mix": {"bw_stylized": 0}}}},
            "actors.groups.kids.mix is 65 + 0 + 15: expected 100 in sum, not 80",
        ),
        (
            {"folder": "data", "groups": {"kids": {"actors": []}}},
            "actors.groups.kids.actors is []: expected at least 1",
        ),
        ({"folder": "data", "target": {"total": 0}}, "actors.target.total is 0: expected 1 to 200"),
        ({"folder": "data", "target": {"min_quality": 11}}, "actors.target.min_quality is 11: expected 1 to 10"),
        ({"folder": "data", "evaluation": {"backend": "measure"}}, "did you mean 'measured'?"),
        ({"folder": "data", "evaluation": {"images_per_sheet": 7}}, "expected a multiple of 5"),
        (
            {"folder": "data", "evaluation": {"backend": "openai", "openai": {"options": {"temperature": 1}}}},
            "actors.evaluation.openai.options.temperature is 1: has a key of its own, temperature",
        ),
        (
            {"folder": "data", "generate": {"model": "flux-kontext-pro"}},
            "actors.generate.model is flux-kontext-pro: expected owner/name",
        ),
        (
            {"folder": "data", "generate": {"backend": "openai"}},
            "actors.generate.model is black-forest-labs/flux-kontext-pro: expected OpenAI's name of a model",
        ),
        (
            {"folder": "data", "generate": {"inputs": {"safety_tolerance": 3}}},
            "actors.generate.inputs.safety_tolerance is 3: expected 0 to 2",
        ),
        (
            {"folder": "data", "generate": {"options": {"seed": 3}}},
            "actors.generate.options.seed: is sent anyway: expected other inputs of the model",
        ),
        ({"folder": "data", "bucket": {}}, "actors.bucket.name: is required"),
        ({"folder": "data", "bucket": {"name": "My_Bucket"}}, "expected the name of a bucket"),
        (
            {"folder": "data", "bucket": {"name": "studio", "prefix": "custom-actors/training_data/"}},
            "actors.bucket.prefix is custom-actors/training_data/: expected {actor} once",
        ),
        (
            {"folder": "data", "bucket": {"name": "studio", "prefix": "{actor}/training_data/"}},
            "expected a folder before {actor}, which tells images from the trash",
        ),
        (
            {"folder": "data", "bucket": {"name": "studio", "trash": "custom-actors/trash/"}},
            "actors.bucket.trash is custom-actors/trash/: expected a place outside of custom-actors/{actor}/",
        ),
        (
            {"folder": "data", "bucket": {"name": "studio", "endpoint": "https://me:pw@example.org"}},
            "expected an address",
        ),
        ({"folder": "data", "generate": {"prize": 1}}, "actors.generate.prize: is no key here; did you mean 'price'?"),
    ],
)
def test_what_does_not_fit_is_said(tmp_path: Path, part: dict[str, Any], expected: str) -> None:
    found = problems(tmp_path, changed(actors=part))
    assert any(expected in one for one in found), found


def test_prices_in_another_currency_than_the_budgets_are_refused(tmp_path: Path) -> None:
    part = {"folder": "data", "generate": {"price": 1, "currency": "EUR"}}
    found = problems(tmp_path, changed(actors=part, budget={"money": 5}))
    assert found == ["actors.generate.currency is EUR: expected the budget's, USD"]


def test_images_may_not_cost_more_than_the_whole_project(tmp_path: Path) -> None:
    part = {"folder": "data", "generate": {"price": 0.04, "budget": {"money": 6}}}
    found = problems(tmp_path, changed(actors=part, budget={"money": 5}))
    assert found == ["actors.generate.budget.money is 6: expected at most the whole project's, 5"]


def test_choosing_actors_for_a_run_is_no_part_of_the_spec(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(yaml.safe_dump(changed(actors={"folder": "data"})))
    for chosen in (0, "0000,0007_x", None):
        found = load_spec(path, {"actors": chosen, "actors_mode": "dry-run"}).actors
        assert found is not None and found.folder == "data"
    other = load_spec(path, {"actors": {"target": {"total": "30"}}}).actors
    assert other is not None and (other.folder, other.target.total) == ("data", 30)


def test_the_notes_figures_are_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(yaml.safe_dump(changed(actors={"folder": "data", "evaluation": {"openai": {"price": 0.002}}})))
    found = load_spec(path).actors
    assert found is not None
    target, asked = found.target, found.evaluation.openai
    assert (target.total, target.tolerance, list(target.mix.model_dump().values())) == (20, 10, [65, 20, 15])
    made = found.generate
    assert (made.backend, made.model, made.at_once) == ("replicate", "black-forest-labs/flux-kontext-pro", 2)
    assert made.inputs.output_format == "jpg" and made.key_name == "REPLICATE_API_TOKEN"
    assert Bucket(name="studio").prefix_of("0000_x") == "custom-actors/0000_x/training_data/"
    assert (asked.model, asked.temperature, asked.max_tokens, asked.tries) == ("gpt-4o-mini", 0.3, 2000, 3)
