"""Old clips through a real Snakemake: what is planned, what a missing folder or an added clip costs, what a kill leaves."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from copies import Copy, write_copy
from season import build, command, jobs, season

from reelwright.files import read_json

pytestmark = pytest.mark.slow

RATE = Fraction(25)


def old_clip(spec: Path, name: str, episode: str, first: int) -> None:
    """Cut an old clip from a master of the season."""
    folder = spec.parent
    film = next((folder / "delivery" / "masters").glob(f"Show_EP{episode}_*.mov"))
    write_copy(film, RATE, first, first + 60, folder / "old" / name, Copy(width=192, height=108, rate=RATE))


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    reference = {"bible": "bible.json", "manifest": "manifest.json", "clips": "old", "first_frames": "frames"}
    path = season(tmp_path, episodes=2, reference=reference)
    old_clip(path, "a.mp4", "01", 100)
    old_clip(path, "b.mp4", "02", 300)
    (tmp_path / "bible.json").write_text(json.dumps([{"episode_id": "x", "episode_name": "Two"}]))
    manifest = [{"clip": f"{name}.mp4", "episode_id": "x"} for name in "abc"]
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    return path


def rows(spec: Path) -> dict[str, dict[str, Any]]:
    data = read_json(spec.parent / "results" / "tiny" / "sources" / "reference.json")
    return {row["clip"]: row for row in data["clips"]}


def stored(spec: Path) -> dict[str, int]:
    """The old clips' scans in the cache that have their seal, and when each was made."""
    seals = (spec.parent / ".cache").rglob("*.npz.sha256")
    return {path.name: path.with_suffix("").stat().st_mtime_ns for path in seals if path.with_suffix("").exists()}


def test_old_clips_are_located_and_an_added_one_costs_only_itself(spec: Path) -> None:
    run = build(spec, "reference")
    assert run.returncode == 0, run.stdout
    assert jobs(run.stdout)["locate_reference"] == 1
    assert {name: row["production_episode"] for name, row in rows(spec).items()} == {
        "a.mp4": "01", "b.mp4": "02", "c.mp4": None,
    }  # fmt: skip
    assert "the old episode x ('Two') is 02 by name, but of its 2 located clips 1 in 01, 1 in 02: a.mp4" in run.stdout
    assert "1 of 3 old clips were not located (1 missing file): c.mp4 (missing file)" in run.stdout
    before = stored(spec)
    assert len(before) == 2
    assert jobs(build(spec, "reference", "--dry-run").stdout) == {}
    old_clip(spec, "c.mp4", "02", 400)
    run = build(spec, "reference")
    assert jobs(run.stdout) == {"locate_reference": 1, "carry_labels": 1, "reference": 1}
    assert [rows(spec)["c.mp4"][key] for key in ("found", "production_episode")] == [True, "02"]
    after = stored(spec)
    assert len(after) == 3 and {name: after[name] for name in before} == before


def test_folders_that_are_missing_or_empty_stop_nothing(spec: Path) -> None:
    shutil.rmtree(spec.parent / "old")
    (spec.parent / "frames").mkdir()
    run = build(spec, "reference")
    assert run.returncode == 0, run.stdout
    assert {row["reason"] for row in rows(spec).values()} == {"missing file"}
    assert "3 of 3 old clips were not located (3 missing file)" in run.stdout


def test_what_was_measured_before_a_build_was_killed_is_not_measured_again(spec: Path) -> None:
    for number in range(12):
        old_clip(spec, f"more {number}.mp4", "01", 20 * number)
    running = subprocess.Popen(command(spec, "reference"), stdout=subprocess.DEVNULL, start_new_session=True)
    while running.poll() is None and not stored(spec):
        pass
    before = stored(spec)
    subprocess.run(["kill", "-9", "--", f"-{running.pid}"], check=True)
    assert running.wait() == -signal.SIGKILL
    assert before and not (spec.parent / "results" / "tiny" / "sources" / "reference.json").exists()
    run = build(spec, "reference")
    assert run.returncode == 0, run.stdout
    assert sum(row["found"] for row in rows(spec).values()) == 14
    after = stored(spec)
    assert {name: after[name] for name in before} == before
