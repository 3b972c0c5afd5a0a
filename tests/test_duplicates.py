"""Repeats across episodes: found however they are cut, told by their twin, and never in the way of other episodes."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from judging import Season, backdrop, grainy

from reelwright.files import read_jsonl
from reelwright.outcome import mark_absent
from reelwright.spec.quality import Quality


def run(shot: int, frames: range) -> list[np.ndarray]:
    """Somebody large who crosses a backdrop."""
    drawn = []
    for number in frames:
        one = backdrop(shot)
        left = 20 + 3 * number
        cv2.rectangle(one, (left, 60), (left + 90, 260), (40, 60, 200), -1)
        cv2.circle(one, (left + 45, 60), 45, (120, 170, 230), -1, cv2.LINE_AA)
        drawn.append(one)
    return drawn


def test_a_repeat_names_its_twin_in_the_lower_episode(tmp_path: Path) -> None:
    season = Season(tmp_path)
    first = season.add([*run(3, range(80)), *run(4, range(80))], [(0, 80), (80, 160)])
    # Another encode of it: grainy, coarse, and cut half a second later.
    again = [*grainy(run(4, range(12, 80)), 3), *run(5, range(80))]
    second = season.add(again, [(0, 68), (68, 148)], options={"crf": "30", "g": "25"})
    repeat, new = season.judge(second)
    assert repeat["twin"] == "ep01_000080_000160"
    assert (repeat["findings"], repeat["reasons"], repeat["usable"]) == (["duplicate"], ["duplicate"], False)
    assert (new["twin"], new["usable"]) == (None, True)
    assert all(row["usable"] for row in season.judge(first)), "the lower-numbered one stays"


def test_a_repeat_that_is_longer_than_its_twin_is_found_too(tmp_path: Path) -> None:
    season = Season(tmp_path)
    season.add(run(4, range(20, 70)))
    (row,) = season.judge(season.add(run(4, range(90))))
    assert row["twin"] == "ep01_000000_000050"


def test_another_action_before_the_same_backdrop_is_no_repeat(tmp_path: Path) -> None:
    season = Season(tmp_path)
    season.add(run(4, range(60)))
    (row,) = season.judge(season.add([cv2.flip(one, 1) for one in run(4, range(60))]))
    assert row["twin"] is None
    (row,) = season.judge(season.add(run(4, range(70, 130))))
    assert row["twin"] is None


def test_the_nearest_of_several_is_named_and_the_spec_may_allow_repeats(tmp_path: Path) -> None:
    season = Season(tmp_path)
    season.add(run(3, range(60)))
    season.add([*run(6, range(60)), *run(7, range(60))], [(0, 60), (60, 120)])
    third = season.add(run(7, range(60)))
    (row,) = season.judge(third)
    assert row["twin"] == "ep02_000060_000120"
    (row,) = season.judge(third, Quality(refuse=["black"]))
    assert (row["usable"], row["findings"], row["twin"]) == (True, ["duplicate"], "ep02_000060_000120")


def test_an_episode_that_failed_doesn_t_stop_the_next(tmp_path: Path) -> None:
    season = Season(tmp_path)
    first = season.add(run(3, range(60)))
    season.add(run(4, range(60)))
    third = season.add(run(4, range(60)))
    failed = first.clips_outcome.read_text().replace('"ok"', '"failed"')
    first.clips_outcome.write_text(failed)
    for path in (first.clips, first.scan):
        mark_absent(path)
    (row,) = season.judge(third)
    assert row["twin"] == "ep02_000000_000060"
    assert season.outcome(third)["warnings"] == ["episode 03: not compared with episode 01, which failed"]


def test_an_episode_without_a_kept_clip_is_no_trouble(tmp_path: Path) -> None:
    season = Season(tmp_path)
    first = season.add(run(3, range(60)))
    first.clips.write_text("")
    second = season.add(run(3, range(60)))
    assert read_jsonl(first.clips) == []
    assert season.judge(first) == []
    (row,) = season.judge(second)
    assert row["twin"] is None
