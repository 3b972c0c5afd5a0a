"""What the spec holds out: every fault with its key, value and the nearest valid name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from test_spec import changed, problems

from reelwright.spec.evaluation import Held
from reelwright.spec.load import load_spec, merged
from reelwright.spec.model import Spec

WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "unknown episode in the holdout": (
        changed(evaluation={"holdout": ["03"]}),
        "evaluation.holdout.0 is 03: is no episode of sources.episodes (01, 02); did you mean '02'?",
    ),
    "unquoted episode in the holdout": (
        changed(evaluation={"holdout": [2]}),
        "evaluation.holdout.0.episode is 2: expected text",
    ),
    "a stretch that ends before it begins": (
        changed(evaluation={"holdout": [{"episode": "01", "start_s": 9.5, "end_s": 9}]}),
        "evaluation.holdout.0.end_s is 9: expected more than start_s, 9.5",
    ),
    "a stretch of an episode that is held out": (
        changed(evaluation={"holdout": [{"episode": "02", "end_s": 9}, "02"]}),
        "evaluation.holdout.0 is 02: is held out whole by evaluation.holdout.1",
    ),
    "an episode both held out and trained on": (
        changed(evaluation={"holdout": ["01"]}),
        "packages.smoke.episodes is 01: is held out by evaluation.holdout.0: nothing of it can be trained on",
    ),
    "everything held out": (
        changed(evaluation={"holdout": ["02", "01"]}, packages__smoke__episodes=None),
        "evaluation.holdout is 01, 02: leaves no episode to train on",
    ),
    "an unknown kind of set": (
        changed(evaluation={"sets": {"outfits": {"size": 9}}}),
        "evaluation.sets.outfits: is no key here; did you mean 'outfit'?",
    ),
    "a minimum that no set can have": (
        changed(evaluation={"sets": {"motion": {"size": 5, "minimum": 6}}}),
        "evaluation.sets.motion.minimum is 6: expected at most size, 5",
    ),
    "a folder of pictures twice": (
        changed(evaluation={"pictures": ["a", "a"]}),
        "evaluation.pictures is a: stands there twice",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_each_fault_is_the_one_that_is_said(name: str, tmp_path: Path) -> None:
    data, said = WRONG[name]
    assert problems(tmp_path, data) == [said]


def test_an_episode_in_quotes_is_short_for_all_of_it(tmp_path: Path) -> None:
    stretch = {"episode": "01", "start_s": 3.5}
    (tmp_path / "spec.yaml").write_text(yaml.safe_dump(changed(evaluation={"holdout": ["02", stretch]})))
    spec = load_spec(tmp_path / "spec.yaml")
    assert spec.evaluation.holdout == [Held(episode="02"), Held(episode="01", start_s=3.5)]
    assert spec.evaluation.whole_episodes() == {"02"}
    assert Spec.model_validate_json(spec.model_dump_json()) == spec, "written out, it reads the same"
    assert merged(spec)["evaluation"]["holdout"][0] == {"episode": "02", "start_s": None, "end_s": None}
