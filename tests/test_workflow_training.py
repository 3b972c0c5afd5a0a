"""Training by a real Snakemake, with a stand-in trainer: planned with the preflight, run only when asked for, gone on with."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from model_standin import ended
from season import PACKAGE, build, command, jobs, resources, season
from trainer_standin import history, install, noted, waiting, ways

from reelwright.files import read_json

pytestmark = pytest.mark.slow

PILOT = {**PACKAGE, "model": "wan2.2-ti2v-5b", "rows_per_episode": 3}
LOADED = {**PACKAGE, "trainers": ["videofolder"]}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A season with its packages built and their training planned."""
    packages = {"smoke": PACKAGE, "pilot": PILOT, "loaded": LOADED}
    spec = season(tmp_path_factory.mktemp("built"), 2, packages=packages)
    run = build(spec, "packages", "preflight_smoke", "preflight_pilot", "preflight_loaded")
    assert run.returncode == 0, run.stdout
    return spec


@pytest.fixture
def copy(built: Path, tmp_path: Path) -> Path:
    """A copy of it, times kept, with a checkout of the stand-in."""
    shutil.copytree(built.parent, tmp_path / "copy", symlinks=True)
    spec = tmp_path / "copy" / "tiny.yaml"
    install(tmp_path)
    change(spec, training=training(tmp_path))
    return spec


def training(folder: Path, **values: Any) -> dict[str, Any]:
    launcher = str(folder / "bin" / "accelerate")
    return {"trainer_folder": str(folder / "DiffSynth-Studio"), "command": [launcher, "launch"], **values}


def change(spec: Path, **values: Any) -> None:
    data = yaml.safe_load(spec.read_text())
    spec.write_text(yaml.safe_dump({**data, **values}))


def out(spec: Path, package: str) -> Path:
    return spec.parent / "results" / "tiny" / "training" / package


def checkout(spec: Path) -> Path:
    return spec.parents[1] / "DiffSynth-Studio"


def test_the_preflight_plans_without_a_gpu_or_a_checkout(built: Path) -> None:
    launch = read_json(out(built, "smoke") / "launch.json")
    assert launch["trainer_folder"] is None
    assert [each["name"] for each in launch["runs"]] == ["high_noise", "low_noise"]
    # 2 rows of each of 2 episodes: 25 times over makes 100 steps an epoch; 5 epochs an expert.
    assert launch["steps"] == 2 * 5 * 100
    assert [each["name"] for each in read_json(out(built, "pilot") / "launch.json")["runs"]] == ["model"]
    assert not out(built, "loaded").exists(), "a package that the trainer doesn't get has no launch"
    words = launch["runs"][0]["words"]
    package = built.parent / "results" / "tiny" / "packages" / "smoke"
    assert words[words.index("--dataset_base_path") + 1] == str(package)


def test_nothing_trains_unless_it_is_asked_for(built: Path) -> None:
    whole = jobs(build(built, "--dry-run", "--forceall").stdout)
    assert whole["build_package"] == 3 and "train_package" not in whole and "allow_training" not in whole
    asked = resources(built, "train_smoke")
    assert asked["train_package"]["gpu"] == 1
    assert not asked["allow_training"]["gpu"]


def test_preempted_and_gone_on_with_then_the_pilot(copy: Path) -> None:
    ways(checkout(copy), hold=["low_noise", 2, 40])
    first = subprocess.Popen(
        command(copy, "train_smoke"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    trainer = waiting(checkout(copy))
    # As Slurm ends a job: every process of it is told.
    os.killpg(first.pid, signal.SIGTERM)
    assert first.wait(60) != 0
    assert ended(trainer["pid"], trainer["parent"])
    assert not (out(copy, "smoke") / "record.json").exists()

    ways(checkout(copy), hold=["low_noise", 1, 7])
    with subprocess.Popen(
        command(copy, "train_smoke"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as second:
        os.kill(waiting(checkout(copy), 2)["pid"], signal.SIGKILL)
        said = second.communicate(timeout=120)[0]
    assert second.returncode == 1
    assert "the trainer of low_noise ended with exit code 137 behind 3 of 5 epochs" in said

    ways(checkout(copy))
    third = build(copy, "train_smoke")
    assert third.returncode == 0, third.stdout
    record = read_json(out(copy, "smoke") / "record.json")
    assert [note["expert"] for note in noted(checkout(copy))] == ["high_noise", *["low_noise"] * 3]
    assert [one["from_epoch"] for one in record["experts"][1]["attempts"]] == [0, 2, 3]
    reasons = ["told to end by SIGTERM", "exit code 137", "done"]
    assert [one["why"] for one in record["experts"][1]["attempts"]] == reasons
    assert [epoch for _, epoch, _ in history(out(copy, "smoke") / "lora" / "low_noise.safetensors")] == [0, 1, 0, 0, 1]
    assert "Nothing to be done" in build(copy, "train_smoke").stdout

    pilot = build(copy, "train_pilot")
    assert pilot.returncode == 0, pilot.stdout
    after = read_json(out(copy, "pilot") / "record.json")["after"]
    assert after["package"] == "smoke" and after["content"] == record["content"]["digest"]


def test_the_pilot_waits_for_the_record_of_the_smoke_package_as_it_is(copy: Path) -> None:
    refused = build(copy, "train_pilot")
    assert refused.returncode == 1
    assert (
        "train_pilot is refused: smoke must be trained on before pilot (training.after), and there is no record"
        in refused.stdout
    )
    assert "run `snakemake train_smoke` first" in refused.stdout and "Traceback" not in refused.stdout
    assert build(copy, "train_smoke").returncode == 0
    packages = yaml.safe_load(copy.read_text())["packages"]
    change(copy, packages={**packages, "smoke": {**PACKAGE, "rows_per_episode": 1}})
    stale = build(copy, "train_pilot")
    assert stale.returncode == 1 and "have changed since" in stale.stdout
    assert {note["expert"] for note in noted(checkout(copy))} == {"high_noise", "low_noise"}, "no GPU was asked for"
    stated = build(copy, "train_pilot", "--config", "training={override: 'the rows that went were looked at'}")
    assert stated.returncode == 0, stated.stdout
    record = read_json(out(copy, "pilot") / "record.json")
    assert record["override"] == "the rows that went were looked at" and record["after"] is None


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"trainer_folder": None},
            "training.trainer_folder is not set: expected the folder of a checkout of DiffSynth-Studio",
        ),
        ({"trainer_folder": "/no/such"}, "training.trainer_folder is /no/such: no such folder"),
        (
            {"trainer_folder": "."},
            "no checkout of DiffSynth-Studio, for it lacks examples/wanvideo/model_training/train.py",
        ),
    ],
)
def test_without_a_checkout_no_gpu_is_asked_for(copy: Path, values: dict[str, Any], words: str) -> None:
    change(copy, training=training(copy.parents[1], **values))
    run = build(copy, "train_smoke")
    assert run.returncode == 1 and words in run.stdout and "Traceback" not in run.stdout
    assert "Training on the package smoke" not in run.stdout


def test_a_package_for_other_trainers_is_refused(copy: Path) -> None:
    run = build(copy, "train_loaded")
    assert run.returncode == 1
    assert "packages.loaded.trainers is videofolder: expected diffsynth among them" in run.stdout
