"""Builds on a real Slurm: jobs land where they belong, and whatever befalls one, the same command ends well."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import model_standin
import pytest
from local_slurm import Slurm, build, finish, local_slurm, missing, start
from season import PACKAGE, resources, season
from season import build as build_here
from test_workflow_captions import ANSWER

from reelwright.files import read_json, read_jsonl

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        bool(missing()), reason=f"no Slurm here: {', '.join(missing())} (apt-get install slurm-wlm munge)"
    ),
]


@pytest.fixture(scope="module")
def slurm() -> Iterator[Slurm]:
    with local_slurm() as started:
        yield started


def test_a_season_with_captions_by_a_model(slurm: Slurm, tmp_path: Path) -> None:
    """From masters to a package and the plan of its training; a job with a GPU gets one, others don't wait for any."""
    program = model_standin.install(tmp_path, "ollama")
    program.with_suffix(".txt").write_text(json.dumps(ANSWER))
    captions = {"backend": "ollama", "ollama": {"server": "managed", "executable": str(program), "slots": 2}}
    package = {**PACKAGE, "caption_sources": ["vlm"]}
    spec = season(tmp_path, 1, captions=captions, packages={"smoke": package})
    before = len(slurm.ended())
    run = build(slurm, spec, "manifest", "smoke", "preflight_smoke")
    assert run.returncode == 0, run.stdout
    results = tmp_path / "results" / "tiny"
    assert read_json(results / "packages" / "smoke" / "preflight.json")["passed"]
    assert read_json(results / "training" / "smoke" / "launch.json")["runs"]
    assert {row["caption_source"] for row in read_jsonl(results / "manifest.jsonl") if row["usable"]} == {"vlm"}
    jobs = slurm.ended()[before:]
    assert {one.state for one in jobs} == {"COMPLETED"}
    partitions = [one.partition for one in jobs]
    assert partitions.count("gpu") == 1, "the captions of the episode"
    assert partitions.count("cpu") == len(jobs) - 1
    started = [one["environment"] for one in model_standin.notes(program)]
    assert len(started) == 1 and started[0]["CUDA_VISIBLE_DEVICES"] in ("0", "1")
    said = [read_jsonl(path)[0] for path in (results / "logs" / "cut_clips").iterdir()]
    assert all(one["slurm_job"] for one in said), "a log says which job of Slurm it was"
    again = build_here(spec, "manifest", "smoke", "preflight_smoke")
    assert "Nothing to be done" in again.stdout, "what a cluster has built, a workstation builds no second time"
    training = build(slurm, spec, "train_smoke", "--dry-run")
    assert training.returncode == 0 and "train_package" in training.stdout, training.stdout
    assert resources(spec, "train_smoke")["train_package"]["gpu"] == 1


def test_a_job_that_is_killed_for_its_memory_gets_more(slurm: Slurm, tmp_path: Path) -> None:
    spec = season(tmp_path, 1)
    before = len(slurm.ended())
    # Less than Snakemake itself needs inside a job.
    run = build(slurm, spec, "scan", "--set-resources", "scan_source:mem_mb=attempt*attempt*80")
    assert run.returncode == 0, run.stdout
    memory = [one.memory_mb for one in slurm.ended()[before:] if one.memory_mb != 1000]
    assert memory[0] == 80 and memory == sorted(memory) and len(memory) in (2, 3)
    assert (tmp_path / "results" / "tiny" / "scan" / "ep01.one.npz").stat().st_size


def test_a_job_that_is_cancelled_runs_again(slurm: Slurm, tmp_path: Path) -> None:
    spec = season(tmp_path, 1)
    before = len(slurm.ended())
    run = start(slurm, spec, "scan")
    slurm.ask("scancel", str(slurm.wait_for("probe_master")))
    done = finish(run)
    assert done.returncode == 0, done.stdout
    assert [one.state for one in slurm.ended()[before:]] == ["CANCELLED", "COMPLETED", "COMPLETED"]


def test_a_controller_that_is_restarted(slurm: Slurm, tmp_path: Path) -> None:
    spec = season(tmp_path, 1)
    run = start(slurm, spec, "scan")
    slurm.wait_for("probe_master")
    slurm.control("restart-ctld")
    done = finish(run)
    assert done.returncode == 0, done.stdout
    assert (tmp_path / "results" / "tiny" / "scan" / "ep01.one.npz").stat().st_size


def test_a_node_that_goes_down(slurm: Slurm, tmp_path: Path) -> None:
    """Its job is another attempt elsewhere, or there once the node is back."""
    spec = season(tmp_path, 1)
    before = len(slurm.ended())
    run = start(slurm, spec, "scan")
    slurm.wait_for("probe_master")
    slurm.ask("scontrol", "update", "NodeName=cpu1", "State=DOWN", "Reason=test")
    slurm.resume("cpu1")
    done = finish(run)
    assert done.returncode == 0, done.stdout
    assert [one.state for one in slurm.ended()[before:]] == ["NODE_FAIL", "COMPLETED", "COMPLETED"]
    assert (tmp_path / "results" / "tiny" / "scan" / "ep01.one.npz").stat().st_size


def test_a_job_that_fails_for_a_fault_of_the_machine(slurm: Slurm, tmp_path: Path) -> None:
    """Nothing else stops, the build says so, and once the machine is mended the same command goes on."""
    spec = season(tmp_path, 1)
    (tmp_path / ".cache").write_text("a file where the store's folder should be")
    run = build(slurm, spec, "clips", "--retries", "0")
    assert run.returncode != 0 and "cut_clips" in run.stdout
    (tmp_path / ".cache").unlink()
    again = build(slurm, spec, "clips")
    assert again.returncode == 0, again.stdout
