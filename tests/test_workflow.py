"""Whole builds by a real Snakemake: what a person sees when all is well, and when the input is bad or the power goes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
import yaml
from season import LENGTHS, build, command, jobs, season

from footage import shots_film
from reelwright.files import read_json, read_jsonl

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int], str]:
    """A season built once: its spec, the jobs that the dry run announced, and what the build said."""
    spec = season(tmp_path_factory.mktemp("built"))
    announced = jobs(build(spec, "--dry-run").stdout)
    run = build(spec)
    assert run.returncode == 0, run.stdout
    return spec, announced, run.stdout


@pytest.fixture
def copy(built: tuple[Path, dict[str, int], str], tmp_path: Path) -> Path:
    """A copy of the built season to change; times are kept, so it is up to date."""
    shutil.copytree(built[0].parent, tmp_path / "copy", symlinks=True)
    return tmp_path / "copy" / "tiny.yaml"


def results(spec: Path) -> Path:
    return spec.parent / "results" / "tiny"


def test_the_dry_run_shows_every_job(built: tuple[Path, dict[str, int], str]) -> None:
    per_item = (
        "probe_master",
        "scan_source",
        "detect_shots",
        "cut_clips",
        "measure_quality",
        "caption_clips",
        "draw_review_pictures",
    )
    once = (
        "find_recurring",
        "list_masters",
        "list_inventory",
        "build_manifest",
        "build_package",
        "preflight_package",
        "review_pages",
        "write_report",
        "all",
    )
    assert built[1] == {**dict.fromkeys(per_item, 3), **dict.fromkeys(once, 1)}
    assert jobs(built[2]) == built[1]


def test_what_was_built_is_where_the_contract_says(built: tuple[Path, dict[str, int], str]) -> None:
    folder = results(built[0])
    rows = read_jsonl(folder / "manifest.jsonl")
    assert len(rows) >= 9
    for row in rows:
        for key in ("clip", "first_frame", "sheet"):
            assert (folder / row[key]).stat().st_size > 0
    package = folder / "packages" / "smoke"
    assert read_json(package / "preflight.json")["passed"] is True
    assert len((package / "preflight.csv").read_text().splitlines()) == 1 + 6
    assert len(read_jsonl(package / "metadata.jsonl")) == 6
    assert read_json(folder / "spec.json")["clips"]["max_s"] == 7.0
    assert read_json(folder / "shots" / "ep01.json")["boundaries"][0]["frame"] == LENGTHS[0]


def test_nothing_to_do_the_second_time(built: tuple[Path, dict[str, int], str]) -> None:
    again = build(built[0])
    assert again.returncode == 0
    assert "Nothing to be done" in again.stdout


def test_another_trainer_is_only_another_export(copy: Path) -> None:
    store = {path: path.stat().st_mtime_ns for path in (copy.parent / ".cache" / "media").rglob("*.mp4")}
    spec = yaml.safe_load(copy.read_text())
    spec["packages"]["smoke"]["trainers"] = ["videofolder", "musubi"]
    copy.write_text(yaml.safe_dump(spec))
    run = build(copy)
    assert run.returncode == 0, run.stdout
    assert jobs(run.stdout) == {"build_package": 1, "preflight_package": 1, "write_report": 1, "all": 1}
    assert {path: path.stat().st_mtime_ns for path in (copy.parent / ".cache" / "media").rglob("*.mp4")} == store
    package = results(copy) / "packages" / "smoke"
    assert {path.name for path in (package / "trainers").glob("[!.]*")} == {"videofolder", "musubi", "musubi.sh"}
    for row in read_jsonl(package / "trainers" / "videofolder" / "metadata.jsonl"):
        clip = row["file_name"]
        assert (package / "trainers" / "videofolder" / clip).samefile(package / "media" / clip)
    assert list(read_json(package / "preflight.json")["trainers"]) == ["videofolder", "musubi"]


def test_a_changed_setting_encodes_only_what_is_new(copy: Path) -> None:
    media = copy.parent / ".cache" / "media"
    before = {path.name for path in media.rglob("*.mp4")}
    spec = yaml.safe_load(copy.read_text())
    spec["quality"] = {"soft_detail": 0.01}
    copy.write_text(yaml.safe_dump(spec))
    run = build(copy)
    assert run.returncode == 0, run.stdout
    behind = {
        "caption_clips",
        "build_manifest",
        "build_package",
        "preflight_package",
        "review_pages",
        "write_report",
        "all",
    }
    assert set(jobs(run.stdout)) == {"measure_quality", *behind}
    assert {path.name for path in media.rglob("*.mp4")} == before


def test_a_person_s_decision_outweighs_the_measurements(copy: Path) -> None:
    chosen = read_jsonl(results(copy) / "packages" / "smoke" / "metadata.jsonl")[0]
    sha256 = next(row for row in read_jsonl(results(copy) / "manifest.jsonl") if row["clip_id"] == chosen["clip_id"])
    decisions = copy.parent / "config" / "tiny" / "decisions" / "clips.csv"
    decisions.parent.mkdir(parents=True)
    decisions.write_text(
        "item,sha256,decision,value,reason,reviewer,time\n"
        f"{chosen['clip_id']},{sha256['source_sha256']},exclude,,a hand in the picture,mk,2026-11-01\n"
        f"ep01_900000_900100,{sha256['source_sha256']},exclude,,,mk,2026-11-01\n"
    )
    run = build(copy)
    assert run.returncode == 0, run.stdout
    rows = read_jsonl(results(copy) / "packages" / "smoke" / "metadata.jsonl")
    assert chosen["clip_id"] not in [row["clip_id"] for row in rows]
    assert len(rows) == 6
    assert "there is no clip ep01_900000_900100 any more" in run.stdout


def test_bad_masters_fail_by_name_and_the_others_go_on(tmp_path: Path) -> None:
    """One that parsing knows of and one that only probing finds; test_sources has every kind."""
    spec = season(tmp_path)
    masters = tmp_path / "delivery" / "masters"
    missing, truncated = masters / "Show_EP02_TWO.mov", masters / "Show_EP03_THREE.mov"
    good = {one: one.read_bytes() for one in (missing, truncated)}
    missing.unlink()
    truncated.write_bytes(good[truncated][:20000])
    run = build(spec)
    assert run.returncode == 1
    assert "Traceback" not in run.stdout
    two, three = sorted(line for line in run.stdout.splitlines() if line.startswith("FAILED"))
    assert two.startswith("FAILED probe_master ep02.two: ") and "was not delivered" in two
    assert three.startswith("FAILED probe_master ep03.three: ") and "can't be opened" in three
    assert "package smoke" in run.stdout, "the package says which episodes it lacks"
    assert read_json(results(spec) / "manifest.json")["failed_episodes"] == ["02", "03"]
    assert {row["production_episode"] for row in read_jsonl(results(spec) / "manifest.jsonl")} == {"01"}
    again = build(spec)
    assert again.returncode == 1
    assert jobs(again.stdout)["probe_master"] == 2, "the same command tries the failed items again, and them alone"
    for path, data in good.items():
        path.write_bytes(data)
    mended = build(spec)
    assert mended.returncode == 0, mended.stdout
    assert jobs(mended.stdout)["scan_source"] == 2
    assert read_json(results(spec) / "packages" / "smoke" / "preflight.json")["passed"] is True


def run_and_kill(spec: Path, words: str) -> None:
    """Start a build and kill everything it started once it says ``words``."""
    process = subprocess.Popen(
        command(spec), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        if words in line:
            os.killpg(process.pid, signal.SIGKILL)
            break
    else:
        pytest.fail(f"the build never said {words!r}")
    process.wait()


@pytest.mark.parametrize("words", ["Scanning ep01", "Cutting the clips of episode 02", "Building the package smoke"])
def test_after_a_kill_the_same_command_finishes(
    tmp_path: Path, words: str, built: tuple[Path, dict[str, int], str]
) -> None:
    spec = season(tmp_path)
    run_and_kill(spec, words)
    for path in results(spec).rglob("*.json"):
        if path.name != ".lock":
            json.loads(path.read_text())
    run = build(spec)
    assert run.returncode == 0, run.stdout
    whole = [row["clip_id"] for row in read_jsonl(results(built[0]) / "manifest.jsonl")]
    assert [row["clip_id"] for row in read_jsonl(results(spec) / "manifest.jsonl")] == whole
    assert list((spec.parent / ".cache" / "media" / "work").iterdir()) == []


def test_a_second_build_at_the_same_time_names_the_first(tmp_path: Path) -> None:
    spec = season(tmp_path, episodes=2)
    first = subprocess.Popen(command(spec), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert first.stdout is not None
    for line in first.stdout:
        if "Scanning" in line:
            break
    second = build(spec)
    assert second.returncode != 0
    assert f"another build of this project is running: process {first.pid} on" in second.stdout
    first.stdout.read()
    assert first.wait() == 0


def test_a_balance_that_can_t_be_met_says_what_there_is(copy: Path) -> None:
    spec = yaml.safe_load(copy.read_text())
    spec["packages"]["smoke"]["rows_per_episode"] = 40
    copy.write_text(yaml.safe_dump(spec))
    run = build(copy)
    assert run.returncode == 1
    assert "Traceback" not in run.stdout
    usable = sum(row["usable"] for row in read_jsonl(results(copy) / "quality" / "ep01.jsonl"))
    assert "package smoke: rows_per_episode is 40, but not every episode has so many:" in run.stdout
    assert f"  episode 01: {usable} rows" in run.stdout
    assert not (results(copy) / "packages" / "smoke" / "metadata.jsonl").exists()


def test_a_wrong_spec_stops_before_anything_runs(tmp_path: Path) -> None:
    spec = season(tmp_path, episodes=1, clips={"hed_s": 1}, shots={"threshold": 0.1})
    run = build(spec)
    assert run.returncode == 1
    assert "clips.hed_s: is no key here; did you mean 'head_s'?" in run.stdout
    assert "shots.threshold is 0.1: expected 1 to 50 for the detector adaptive" in run.stdout
    assert "Traceback" not in run.stdout
    assert not results(spec).exists()


def test_unreadable_subtitles_are_a_warning_with_file_and_line(tmp_path: Path) -> None:
    spec = season(tmp_path, episodes=1)
    data = yaml.safe_load(spec.read_text())
    data["sources"]["subtitles"] = "subtitles/EP{episode}.srt"
    spec.write_text(yaml.safe_dump(data))
    (tmp_path / "delivery" / "subtitles").mkdir()
    (tmp_path / "delivery" / "subtitles" / "EP01.srt").write_text("1\n00:00:03,000 -> 00:00:05,000\nJuno: Hello.\n")
    run = build(spec)
    assert run.returncode == 0, run.stdout
    warnings = [line for line in run.stdout.splitlines() if line.startswith("warning: caption_clips")]
    assert any("EP01.srt" in one and "line 2" in one for one in warnings), warnings


def test_the_plan_counts_jobs_and_runs_nothing(tmp_path: Path) -> None:
    spec = season(tmp_path, episodes=2)
    run = build(spec, "plan", "--config", "targets=shots")
    assert run.returncode == 0, run.stdout
    assert read_json(results(spec) / "plan.json")["jobs"] == {"probe_master": 2, "scan_source": 2, "detect_shots": 2}
    assert not (results(spec) / "scan").exists()


def test_an_added_episode_leaves_the_others_rows_alone(copy: Path) -> None:
    before = read_jsonl(results(copy) / "packages" / "smoke" / "metadata.jsonl")
    shots_film(copy.parent / "delivery" / "masters" / "Show_EP04_FOUR.mov", LENGTHS[::-1])
    spec = yaml.safe_load(copy.read_text())
    spec["sources"]["episodes"]["04"] = {"title": "FOUR"}
    copy.write_text(yaml.safe_dump(spec))
    run = build(copy)
    assert run.returncode == 0, run.stdout
    assert jobs(run.stdout)["scan_source"] == 1
    after = read_jsonl(results(copy) / "packages" / "smoke" / "metadata.jsonl")
    assert [row for row in after if row["episode"] != "04"] == before
