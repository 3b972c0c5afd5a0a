"""Tuning: the account of every frame adds up, the figures are the build's own, and a new threshold encodes only new clips."""

from __future__ import annotations

import csv
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from season import build, jobs, season

from reelwright.clips.select import Timeline, select_clips
from reelwright.errors import BadItem
from reelwright.files import check, read_json, read_jsonl, write_json
from reelwright.outcome import Record, attempt
from reelwright.scan.file import ScanWriter
from reelwright.scan.measure import COLUMNS, THUMB_HEIGHT, THUMB_WIDTH
from reelwright.shots.boundaries import Boundary, shots_between
from reelwright.shots.transitions import Transitions
from reelwright.spec.model import Clips
from reelwright.spec.shots import parse_shots
from reelwright.tuning import ScannedEpisode, TuningOutputs, tune_shots
from reelwright.tuning.account import RULES, account, total
from reelwright.tuning.plot import draw
from reelwright.tuning.sweep import sweep


def timeline_of(durations: list[int], base: Fraction, hashes: list[int] | None = None) -> Timeline:
    pts = np.concatenate([[0], np.cumsum(durations)]).astype(np.int64)
    unlike = np.random.default_rng(3).integers(0, 2**63, len(durations)).astype(np.uint64)
    return Timeline(pts, base, unlike if hashes is None else np.array(hashes, np.uint64))


@st.composite
def episodes(draw: st.DrawFn) -> tuple[Timeline, list[Boundary], Clips]:
    """An episode of any frame durations, boundaries of both kinds in order, and any settings."""
    frames = draw(st.integers(1, 400))
    durations = draw(st.lists(st.integers(1, 5), min_size=frames, max_size=frames))
    hashes = draw(st.lists(st.integers(0, 3), min_size=frames, max_size=frames))
    boundaries, position = [], 0
    for gap, length in draw(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 12)), max_size=12)):
        start = position + gap
        end = start + length
        if end >= frames:
            break
        kind = "dissolve" if length else "cut"
        boundaries.append(Boundary((start + end + 1) // 2 if length else start, kind, start, end, 1.0))
        position = end
    low = draw(st.floats(0.04, 3).map(lambda seconds: round(seconds, 2)))
    clips = Clips(
        head_s=draw(st.integers(0, 8)),
        tail_s=draw(st.integers(0, 8)),
        min_s=low,
        max_s=round(low + draw(st.integers(0, 30)) / 10, 2),
        long_shots=draw(st.sampled_from(["split", "trim", "discard"])),
        trim_frames=draw(st.integers(0, 20)),
        dedupe_threshold=draw(st.sampled_from([0, 1, 64])),
    )
    timeline = timeline_of(durations, draw(st.sampled_from([Fraction(1, 25), Fraction(1001, 24000)])), hashes)
    ticks = sorted(draw(st.lists(st.integers(0, int(timeline.pts[-1])), max_size=2, unique=True)))
    return (
        replace(timeline, holes=np.array([ticks] if len(ticks) == 2 else [], np.int64).reshape(-1, 2)),
        boundaries,
        clips,
    )


@given(episodes())
def test_every_frame_is_kept_or_lost_to_exactly_one_rule(episode: tuple[Timeline, list[Boundary], Clips]) -> None:
    timeline, boundaries, clips = episode
    frames = len(timeline.pts) - 1
    shots = shots_between(boundaries, frames)
    candidates = select_clips(timeline, shots, clips, "01")
    one = account(timeline, boundaries, shots, candidates, clips)
    assert one.kept + sum(one.lost.values()) == timeline.duration(0, frames), "exact: these are fractions"
    assert one.kept == sum(timeline.duration(part.start, part.end) for part in candidates if part.drop is None)
    assert one.lost["gradual"] == timeline.duration(0, frames) - sum(timeline.duration(*shot) for shot in shots)
    for rule in ("damage", "short", "duplicate"):
        named = [timeline.duration(part.start, part.end) for part in candidates if part.drop == rule]
        assert one.lost[rule] == sum(named), "what the rows call by this rule, and nothing else"
    assert all(seconds >= 0 for seconds in one.lost.values())
    assert total([one, one]).duration == 2 * one.duration


def test_each_rule_takes_what_it_should() -> None:
    # 25 frames a second: a long shot into the head, a dissolve, a short one, two alike, one into the tail.
    shots = [(0, 200), (210, 250), (250, 350), (350, 450), (450, 600)]
    hashes = np.random.default_rng(1).integers(0, 2**63, 600).astype(np.uint64)
    hashes[350:450] = hashes[250:350]
    timeline = Timeline(np.arange(601, dtype=np.int64), Fraction(1, 25), hashes)
    boundaries = [
        Boundary(205, "dissolve", 200, 209, 1.0),
        *(Boundary(at, "cut", at, at, 1.0) for at in (250, 350, 450)),
    ]
    clips = Clips(head_s=1, tail_s=2, min_s=3, max_s=5, long_shots="trim", trim_frames=2)
    one = account(timeline, boundaries, shots, select_clips(timeline, shots, clips, "01"), clips)
    frames = {rule: seconds * 25 for rule, seconds in one.lost.items()}
    assert frames == {
        "gradual": 10,
        "edges": 2 + 2 + 4 + 4 + 4,
        "head": 23,
        "tail": 48,
        "damage": 0,
        "short": 40,
        "long": 198 - 25 - 125,
        "duplicate": 96,
    }
    assert one.kept * 25 == 125 + 96 + 98
    assert (one.cuts, one.gradual, one.shots, one.clips) == (3, 1, 5, 3)


def test_the_spec_s_setting_is_one_of_the_sweep_with_its_other_parameters() -> None:
    chosen = parse_shots({"detector": "adaptive", "threshold": 3.3, "min_shot_frames": 8})
    tried = sweep(chosen)
    assert [one.shots for one in tried if one.chosen] == [chosen]
    adaptive = [one.shots for one in tried if one.shots.detector == "adaptive"]
    assert [one.threshold for one in adaptive] == sorted(one.threshold for one in adaptive)
    assert {one.min_shot_frames for one in adaptive} == {8}
    assert {one.shots.min_shot_frames for one in tried if one.shots.detector == "content"} == {15}
    for one in tried:
        assert parse_shots(one.shots.model_dump()) == one.shots, "every setting is one that a spec may have"


def write_scan(folder: Path, number: int, shots: list[tuple[int, float]]) -> ScannedEpisode:
    """A scan of (frames, content score of the cut into the shot), at 25 fps, each frame with a hash of its own."""
    random = np.random.default_rng(number)
    blank = {name: np.zeros(kind.shape, kind.base) if kind.shape else 0 for name, kind in COLUMNS.items()}
    scan, header, outcome = folder / f"{number}.npz", folder / f"{number}.json", folder / f"{number}.outcome.json"
    thumb = np.zeros((THUMB_HEIGHT, THUMB_WIDTH, 3), np.uint8)
    with attempt(Record("scan_source", f"ep{number:02d}.x", outcome), []), ScanWriter(scan) as writer:
        for length, score in shots:
            for frame in range(length):
                level = score if frame == 0 and writer.frames else 1.0
                picture = int(random.integers(0, 2**63))
                deltas = dict.fromkeys(("delta_hue", "delta_sat", "delta_lum"), level)
                writer.add(writer.frames * 512, {**blank, **deltas, "brightness": 90.0, "phash": picture}, thumb)
        write_json(header, {"time_base": "1/12800"})
    return ScannedEpisode(f"{number:02d}", scan, header, [], [outcome])


def failed_scan(folder: Path, number: int, why: str) -> ScannedEpisode:
    scan, header, outcome = folder / f"{number}.npz", folder / f"{number}.json", folder / f"{number}.outcome.json"
    with attempt(Record("scan_source", f"ep{number:02d}.x", outcome), [scan, header]):
        raise BadItem("unreadable", why)
    return ScannedEpisode(f"{number:02d}", scan, header, [], [outcome])


def outputs(folder: Path) -> TuningOutputs:
    return TuningOutputs(folder / "tuning.json", folder / "tuning.csv", folder / "tuning.svg")


def test_figures_table_and_plot_of_a_season(tmp_path: Path) -> None:
    one = write_scan(tmp_path, 1, [(120, 0), (100, 80.0), (150, 80.0), (90, 20.0)])
    two = write_scan(tmp_path, 2, [(200, 0), (120, 35.0)])
    bad = failed_scan(tmp_path, 3, "masters/ep03.mov has no bytes")
    out = outputs(tmp_path / "shots")
    clips = Clips(head_s=0, tail_s=0)
    chosen = parse_shots({"detector": "content", "threshold": 32.5})
    tune_shots([one, two, bad], out, chosen=chosen, clips=clips, processes=2)

    data = read_json(out.figures)
    check(data, "tuning", "tuning.json")
    assert data["episodes"] == ["01", "02"]
    assert data["failed_episodes"] == {"03": "masters/ep03.mov has no bytes"}
    content = {row["threshold"]: row for row in data["settings"] if row["detector"] == "content"}
    assert [threshold for threshold, row in content.items() if row["chosen"]] == [32.5]
    assert [(content[at]["episodes"]["01"]["cuts"], content[at]["episodes"]["02"]["cuts"]) for at in (18, 30, 40)] == [
        (3, 1),
        (2, 1),
        (2, 0),
    ]
    for row in data["settings"]:
        assert set(row["season"]["lost_s"]) == set(RULES)
        for figures in (row["season"], *row["episodes"].values()):
            assert figures["kept_s"] + sum(figures["lost_s"].values()) == pytest.approx(figures["duration_s"], abs=1e-5)
        for name in ("cuts", "shots", "clips"):
            assert row["season"][name] == sum(figures[name] for figures in row["episodes"].values())
        assert row["season"]["duration_s"] == (460 + 320) / 25

    with out.table.open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == len(data["settings"]) * 3
    (line,) = [line for line in lines if line["chosen"] and line["episode"] == "all"]
    assert (line["detector"], line["threshold"]) == ("content", "32.5")
    assert float(line["lost_edges_s"]) == content[32.5]["season"]["lost_s"]["edges"]

    drawn = "".join(ElementTree.parse(out.plot).getroot().itertext())
    for word in ("adaptive", "content", "hash", "histogram", "minutes of clips", "too short", "2 episodes", "03"):
        assert word in drawn
    before = out.plot.read_bytes()
    tune_shots([one, two, bad], out, chosen=chosen, clips=clips, processes=1)
    assert out.plot.read_bytes() == before


def test_the_neural_detectors_are_tried_where_their_probabilities_are_there(tmp_path: Path) -> None:
    light = write_scan(tmp_path, 1, [(120, 0), (130, 80.0)])
    assert {one.shots.detector for one in sweep(parse_shots({}))} == {"adaptive", "content", "hash", "histogram"}
    likely = np.zeros(250, np.float32)
    likely[119] = 0.65
    Transitions(likely, likely).save(tmp_path / "1.transnetv2.npz", "by hand")
    one = replace(light, transitions=[tmp_path / "1.transnetv2.npz"])
    out = outputs(tmp_path)
    tune_shots([one], out, chosen=parse_shots({"detector": "transnetv2", "threshold": 0.6}), clips=Clips(), processes=1)
    rows = read_json(out.figures)["settings"]
    found = {row["threshold"]: row["season"]["cuts"] for row in rows if row["detector"] == "transnetv2"}
    assert found == {0.2: 1, 0.3: 1, 0.4: 1, 0.5: 1, 0.6: 1, 0.7: 0, 0.8: 0}
    assert "ensemble" in {row["detector"] for row in rows}


def test_a_season_of_failed_scans_says_so_and_invents_nothing(tmp_path: Path) -> None:
    bad = failed_scan(tmp_path, 1, "masters/ep01.mov was not delivered")
    out = outputs(tmp_path)
    tune_shots([bad], out, chosen=parse_shots({}), clips=Clips(), processes=2)
    data = read_json(out.figures)
    assert data["episodes"] == []
    assert list(data["failed_episodes"]) == ["01"]
    assert {row["season"]["duration_s"] for row in data["settings"]} == {0.0}
    assert {row["season"]["mean_clip_s"] for row in data["settings"]} == {None}
    assert "left out" in out.plot.read_text()


def test_a_detector_with_a_single_threshold_is_drawn_too() -> None:
    timeline = timeline_of([1] * 300, Fraction(1, 25))
    clips = Clips(head_s=0, tail_s=0)
    one = account(timeline, [], [(0, 300)], select_clips(timeline, [(0, 300)], clips, "01"), clips)
    setting = next(one for one in sweep(parse_shots({})) if one.chosen)
    assert "adaptive" in draw([setting], [one], episodes=1, failed=[])


@pytest.mark.slow
def test_the_figures_are_the_build_s_and_a_new_threshold_encodes_only_new_clips(tmp_path: Path) -> None:
    spec = season(tmp_path, episodes=2, shots={"detector": "content"})
    folder, store = tmp_path / "results" / "tiny", tmp_path / ".cache" / "media"
    run = build(spec, "clips", "tuning")
    assert run.returncode == 0, run.stdout
    assert "tune_shots" not in jobs(build(spec, "--dry-run").stdout), "it is asked for by name only"

    def kept() -> set[str]:
        return {
            row["clip_id"] for path in sorted(folder.glob("clips/*.jsonl")) for row in read_jsonl(path) if row["kept"]
        }

    def encoded() -> dict[str, tuple[int, int]]:
        return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in store.rglob("*.mp4")}

    def chosen_figures() -> dict[str, int]:
        (row,) = [row for row in read_json(folder / "shots" / "tuning.json")["settings"] if row["chosen"]]
        return {"threshold": row["threshold"], "clips": row["season"]["clips"]}

    old_clips, old_files = kept(), encoded()
    assert chosen_figures() == {"threshold": 27.0, "clips": len(old_clips)}

    scores = sorted(one["score"] for one in read_json(folder / "shots" / "ep01.json")["boundaries"])
    data = yaml.safe_load(spec.read_text())
    data["shots"]["threshold"] = round((scores[0] + scores[1]) / 2, 3)
    spec.write_text(yaml.safe_dump(data))
    run = build(spec, "clips", "tuning")
    assert run.returncode == 0, run.stdout
    assert set(jobs(run.stdout)) == {"detect_shots", "cut_clips", "clips", "tune_shots", "tuning"}, "nothing is scanned"

    new_clips, new_files = kept(), encoded()
    assert new_clips - old_clips, "the film's weakest cut is a cut no more"
    assert new_clips & old_clips, "and the others are"
    assert {name: new_files[name] for name in old_files} == old_files, "what lay in the store was not touched"
    assert len(new_files) - len(old_files) == len(new_clips - old_clips)
    assert chosen_figures() == {"threshold": data["shots"]["threshold"], "clips": len(new_clips)}
