"""The stage find_recurring and what becomes of clips of recurring footage: files, failures, advice, the spec's word."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from drawn_cells import drawn_cells, noisy
from judging import Season, backdrop
from scans import write_scan
from season import build, jobs, season

from footage import painted, write_film
from reelwright.errors import BadItem, SpecError
from reelwright.files import read_json, read_jsonl, write_json
from reelwright.outcome import Record, attempt, mark_absent
from reelwright.recurring import EpisodeScan, find_recurring
from reelwright.spec.load import load_spec
from reelwright.spec.recurring import Recurring

RATE = 25
OPENING, CREDITS = drawn_cells(7, 10 * RATE), drawn_cells(8, 8 * RATE)
BLACK = np.full((RATE, 144), 16, np.uint8)


def film(seed: int, seconds: float) -> np.ndarray:
    return drawn_cells(100 + seed, round(seconds * RATE)) if seconds else np.empty((0, 144), np.uint8)


def an_episode(number: int, cold_s: float = 0.0) -> np.ndarray:
    """A second of black, a cold open where there is one, the opening, a minute and a half of its own, credits."""
    return np.concatenate([BLACK, film(10 * number, cold_s), OPENING, film(10 * number + 1, 90), CREDITS])


def find(
    folder: Path, episodes: Sequence[np.ndarray | None], **settings: float
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The result and the outcome of the stage on scans of cells; None for a master whose scan failed."""
    scans = []
    for number, cells in enumerate(episodes, 1):
        name = f"ep{number:02d}.show"
        one = EpisodeScan(name[2:4], name, *(folder / f"{name}{end}" for end in (".npz", ".json", ".outcome.json")))
        with attempt(Record("scan_source", name, one.outcome), []):
            if cells is None:
                mark_absent(one.scan)
                mark_absent(one.header)
                raise BadItem("unreadable", "moov atom not found")
            write_scan(one.scan, noisy(cells, number))
            write_json(one.header, {"time_base": f"1/{RATE}"})
        scans.append(one)
    out, outcome = folder / "recurring.json", folder / "outcome.json"
    values = {"shortest_s": 3.0, "head_s": 11.0, "tail_s": 8.0, "shortest_clip_s": 3.0, **settings}
    find_recurring(scans, out, Record("find_recurring", "recurring", outcome), **values)
    return read_json(out), read_json(outcome)


def test_where_and_how_often(tmp_path: Path) -> None:
    found, outcome = find(tmp_path, [an_episode(number) for number in range(3)])
    opening, end = found["stretches"]
    assert (opening["place"], opening["episodes"], opening["times"]) == ("head", 3, 3)
    assert opening["length_s"] == pytest.approx(10, abs=0.1)
    assert (end["place"], end["episodes"]) == ("tail", 3)
    assert opening["stretch_id"] == "ep01_{start_frame:06d}_{end_frame:06d}".format(**opening["occurrences"][0])
    for one in opening["occurrences"]:
        assert (one["start_s"], one["end_s"]) == (one["start_frame"] / RATE, one["end_frame"] / RATE)
        assert one["left_out"] and one["share_alike"] == 1.0
    assert found["head"]["fits"] and found["tail"]["fits"]
    assert found["head"]["needed_s"] == pytest.approx(11, abs=0.1)
    assert outcome["warnings"] == []


def test_a_failed_scan_is_listed_and_the_others_are_compared(tmp_path: Path) -> None:
    found, outcome = find(tmp_path, [an_episode(0), None, an_episode(2)])
    assert (found["compared"], found["not_compared"]) == (["ep01.show", "ep03.show"], ["ep02.show"])
    assert [[one["episode"] for one in each["occurrences"]] for each in found["stretches"]] == [["01", "03"]] * 2
    assert outcome["status"] == "ok"
    assert outcome["warnings"] == ["ep02.show was not looked through for recurring footage: it has no scan"]


def test_one_episode_and_none(tmp_path: Path) -> None:
    found, outcome = find(tmp_path, [an_episode(0)])
    assert (found["stretches"], found["head"]["needed_s"], outcome["warnings"]) == ([], None, [])
    found, _ = find(tmp_path, [None, None])
    assert (found["compared"], found["stretches"]) == ([], [])


def test_an_opening_longer_than_the_head_and_a_tail_that_costs(tmp_path: Path) -> None:
    found, outcome = find(tmp_path, [an_episode(number) for number in range(3)], head_s=6.0, tail_s=18.0)
    head, tail = found["head"], found["tail"]
    assert (head["fits"], tail["fits"]) == (False, False)
    assert head["needed_s"] == pytest.approx(11, abs=0.1)
    assert [row["left_s"] for row in head["episodes"]] == pytest.approx([5.0] * 3, abs=0.1)
    assert [row["lost_s"] for row in tail["episodes"]] == pytest.approx([10.0] * 3, abs=0.1)
    assert tail["lost_minutes"] == pytest.approx(0.5, abs=0.01)
    assert outcome["warnings"] == [head["advice"], tail["advice"]]
    assert "it leaves some of the opening in 01, 02, 03" in head["advice"]
    assert "it cuts 0.5 minutes that don't recur, in 01, 02, 03" in tail["advice"]


def test_a_cold_open_is_named_and_asks_for_no_longer_head(tmp_path: Path) -> None:
    found, _ = find(tmp_path, [an_episode(0), an_episode(1, cold_s=20.0), an_episode(2)])
    head = found["head"]
    assert head["needed_s"] == pytest.approx(11, abs=0.1)
    row = head["episodes"][1]
    assert (row["before_s"], row["from_s"], row["to_s"]) == pytest.approx((20, 21, 31), abs=0.1)
    assert row["lost_s"] == pytest.approx(10, abs=0.1), "a second of the head is black"
    assert "other footage lies before the opening in 02: leave that to recurring.use" in head["advice"]


# Clips ------------------------------------------------------------------------------------------------------------------


def recurring_file(path: Path, *stretches: Sequence[tuple[str, int, int, bool]]) -> Path:
    """What the stage would write of stretches with these places: source, frames, whether head or tail leave it out."""
    keys = ("source_id", "start_frame", "end_frame", "left_out")
    write_json(
        path,
        {"stretches": [{"occurrences": [dict(zip(keys, one, strict=True)) for one in each]} for each in stretches]},
    )
    return path


def judged(folder: Path, **settings: Any) -> list[list[list[str]]]:
    """Reasons of each clip of three episodes, whose first 80 frames recur; in the first they lie in the head."""
    made = Season(folder)
    for number in range(3):
        frames = [backdrop(10 + 2 * number + at // 80, at) for at in range(160)]
        made.add(frames, [(0, 60), (40, 100), (70, 150)], source_id=f"ep0{number + 1}.show")
    places = [(f"ep0{number + 1}.show", 0, 80, number == 0) for number in range(3)]
    path = recurring_file(folder / "recurring.json", places)
    rows = [made.judge(one, None, path, Recurring(**settings)) for one in made.episodes]
    assert all(
        (row["usable"], row["findings"]) == (not row["reasons"], row["reasons"]) for each in rows for row in each
    )
    return [[row["reasons"] for row in each] for each in rows]


AGAIN = ["recurring"]


def test_the_spec_says_what_becomes_of_recurring_clips(tmp_path: Path) -> None:
    none = [[[], [], []]] * 3
    assert judged(tmp_path / "keep") == none
    # Of the second clip two thirds recur, of the third an eighth.
    assert judged(tmp_path / "exclude", use="exclude") == [[AGAIN, AGAIN, []]] * 3
    assert judged(tmp_path / "most", use="exclude", clip_share=0.7) == [[AGAIN, [], []]] * 3
    # What the head leaves out doesn't count: the second episode is the first to show it.
    assert judged(tmp_path / "cap", use="cap") == [[[], [], []], [[], [], []], [AGAIN, AGAIN, []]]
    assert judged(tmp_path / "two", use="cap", occurrences=2) == none


def test_a_person_s_word_wins(tmp_path: Path) -> None:
    made = Season(tmp_path)
    one = made.add([backdrop(1, number) for number in range(60)])
    name = read_json(one.clips.parent / "probe.json")["source_id"]
    path = recurring_file(tmp_path / "recurring.json", [(name, 0, 60, False)])
    sha256 = read_jsonl(one.clips)[0]["source_sha256"]
    (tmp_path / "decisions.csv").write_text(
        "item,sha256,decision,value,reason,reviewer,time\n"
        f"ep01_000000_000060,{sha256},usable,,the best walk,me,2026-11-25T10:00:00Z\n"
    )
    (row,) = made.judge(one, None, path, Recurring(use="exclude"))
    assert (row["usable"], row["reasons"], row["findings"]) == (True, [], AGAIN)


def test_a_package_can_t_be_called_recurring(tmp_path: Path) -> None:
    spec = season(tmp_path, 1)
    text = spec.read_text().replace("smoke:", "recurring:")
    spec.write_text(text)
    with pytest.raises(SpecError, match=r"recurring.*is the name of a target"):
        load_spec(spec)


def test_wrong_settings_are_refused_by_name(tmp_path: Path) -> None:
    spec = season(tmp_path, 1, recurring={"use": "exclud", "shortest_s": 0.2})
    with pytest.raises(SpecError) as caught:
        load_spec(spec)
    assert "recurring.use" in str(caught.value) and "exclude" in str(caught.value)
    assert "recurring.shortest_s" in str(caught.value)


# By Snakemake -----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_captions_are_not_asked_for_what_is_excluded(tmp_path: Path) -> None:
    spec = season(tmp_path, 2, recurring={"use": "exclude"})
    stock = [painted(50, frame) for frame in range(100)]
    for number, title, at in ((1, "ONE", 1), (2, "TWO", 2)):
        shots = [[painted(10 * number + shot, frame) for frame in range(100)] for shot in range(5)]
        shots.insert(at, stock)
        film = spec.parent / "delivery" / "masters" / f"Show_EP{number:02d}_{title}.mov"
        write_film(film, [frame for shot in shots for frame in shot], options={"g": "50", "crf": str(16 + 6 * number)})
    planned = jobs(build(spec, "quality", "--dry-run").stdout)
    assert planned["find_recurring"] == 1
    run = build(spec, "quality")
    assert run.returncode == 0, run.stdout
    results = spec.parent / "results" / "tiny"
    (stretch,) = read_json(results / "scan" / "recurring.json")["stretches"]
    assert [(one["start_frame"], one["end_frame"]) for one in stretch["occurrences"]] == [(100, 200), (200, 300)]
    rows = [row for number in (1, 2) for row in read_jsonl(results / "quality" / f"ep0{number}.jsonl")]
    refused = [row["clip_id"] for row in rows if "recurring" in row["reasons"]]
    assert sorted(refused) == ["ep01_000102_000198", "ep02_000202_000298"]
    # Kept again, nothing of the scans is looked through.
    text = yaml.safe_load(spec.read_text())
    spec.write_text(yaml.safe_dump({**text, "recurring": {"use": "keep"}}))
    again = jobs(build(spec, "quality", "--dry-run").stdout)
    assert "find_recurring" not in again and again["measure_quality"] == 2
