"""How far a build of actors has come, told from the files that are there."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from reelwright.actors.progress import begin_progress, note_progress
from reelwright.files import read_json, write_text


def told(plans: Path) -> dict[str, Any]:
    found: dict[str, Any] = read_json(plans / "progress.json")
    return found


def wrote(path: Path, text: str = '{"images": []}', days_ago: float = 0) -> None:
    write_text(path, text)
    then = (datetime.now(UTC) - timedelta(days=days_ago)).timestamp() + (0 if days_ago else 1)
    os.utime(path, (then, then))


def test_only_what_this_build_has_looked_at_counts(tmp_path: Path) -> None:
    plans, evaluations = tmp_path / "action_plans", tmp_path / "evaluation"
    for actor in ("a", "b", "c"):
        wrote(evaluations / f"{actor}_evaluation.json", days_ago=2)
        wrote(plans / f"{actor}_action_plan.json", days_ago=2)
    begin_progress(plans, 4, 2)
    assert told(plans)["looking"]["done"] == 0 and told(plans)["looking"]["actors"] == 2
    assert (told(plans)["done"], told(plans)["to_come"]) == (3, 1)
    wrote(evaluations / "c_evaluation.json")
    note_progress(plans)
    assert told(plans)["looking"]["done"] == 1 and told(plans)["failed"] == []
    wrote(evaluations / "d_evaluation.json", "null\n")
    note_progress(plans)
    assert told(plans)["looking"]["done"] == 2
    assert (told(plans)["done"], told(plans)["failed"], told(plans)["to_come"]) == (3, ["d"], 0)
    wrote(plans / "a_action_plan.json", "null\n")
    note_progress(plans, 5)
    assert told(plans)["failed"] == ["a", "d"] and (told(plans)["done"], told(plans)["to_come"]) == (2, 1)


def test_without_a_beginning_plans_alone_count(tmp_path: Path) -> None:
    note_progress(tmp_path / "action_plans")
    assert told(tmp_path / "action_plans")["total"] is None
    wrote(tmp_path / "action_plans" / "a_action_plan.json")
    note_progress(tmp_path / "action_plans", 2)
    found = told(tmp_path / "action_plans")
    assert (found["done"], found["to_come"], found["looking"]) == (1, 1, None)
