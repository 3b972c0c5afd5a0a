"""Training on a package with a stand-in trainer: both experts in order, ended in every way, and going on from what is whole."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from model_standin import ended
from trainer_standin import history, noted, waiting, ways
from training_inputs import Project, project, write_package

from reelwright.errors import BuildError
from reelwright.files import SCHEMAS, read_json, read_jsonl
from reelwright.models.segments import Segments

HERE = Path(__file__).resolve().parent

JOB = """
import sys
from pathlib import Path
from training_inputs import Project
Project(Path(sys.argv[1])).train(sys.argv[2])
"""


def start(made: Project, name: str = "smoke") -> subprocess.Popen[str]:
    """Training in a process of its own, as a cluster's job is."""
    environment = {**os.environ, "PYTHONPATH": f"{HERE.parent / 'scripts'}:{HERE}"}
    return subprocess.Popen(
        [sys.executable, "-c", JOB, str(made.folder), name], env=environment, stderr=subprocess.PIPE, text=True
    )


def journal(made: Project, name: str = "smoke") -> list[dict[str, object]]:
    return Segments(made.out(name) / "attempts", "training_attempt").fresh()


def flag(words: list[str], name: str) -> str:
    return words[words.index(f"--{name}") + 1]


def test_both_experts_one_after_the_other(tmp_path: Path) -> None:
    made = project(tmp_path, "smoke")
    record = made.train("smoke")
    first, second = noted(made.checkout)
    assert [first["expert"], second["expert"]] == ["high_noise", "low_noise"]
    assert [flag(each["words"], "max_timestep_boundary") for each in (first, second)] == ["0.417", "1"]
    assert first["cwd"] == str(made.checkout) and first["rows"] == 3
    for expert in record["experts"]:
        weights = made.out("smoke") / expert["weights"]["path"]
        # 3 rows, 34 times each: an epoch has at least 100 steps.
        assert history(weights) == [[expert["name"], epoch, 102] for epoch in range(3)]
        assert [one["epochs"] for one in expert["checkpoints"]] == [1, 2, 3]
        assert [one["why"] for one in expert["attempts"]] == ["done"]
    assert record["content"] == read_json(made.out("smoke") / "launch.json")["content"]
    assert read_json(made.out("smoke") / "progress.json")["epoch"] == 3


def test_what_it_ran_on_is_recorded_and_no_secret_is(tmp_path: Path) -> None:
    made = project(tmp_path, "smoke")
    gpu = tmp_path / "bin" / "nvidia-smi"
    gpu.write_text("#!/bin/sh\necho 'NVIDIA H100 80GB HBM3, 81559 MiB, 570.86.15, GPU-1234'\n")
    gpu.chmod(0o755)
    record = made.train("smoke")
    machine = record["experts"][0]["attempts"][0]["machine"]
    expected = {"name": "NVIDIA H100 80GB HBM3", "memory": "81559 MiB", "driver": "570.86.15", "uuid": "GPU-1234"}
    assert machine["gpus"] == [expected]
    # The stand-in runs in this very Python.
    assert machine["versions"]["python"] == ".".join(map(str, sys.version_info[:3]))
    assert machine["trainer_commit"] is None, "its folder is no repository"
    assert record["environment"] == ["HF_TOKEN", "PATH"]
    assert noted(made.checkout)[0]["environment"]["HF_TOKEN"] == "secret-1234"
    assert "PYTHONPATH" not in noted(made.checkout)[0]["environment"]
    for path in made.out("smoke").rglob("*.json*"):
        assert "secret-1234" not in path.read_text(), path


def killed_job(job: subprocess.Popen[str], _: int) -> None:
    job.kill()


def killed_trainer(_: subprocess.Popen[str], trainer: int) -> None:
    os.kill(trainer, signal.SIGKILL)


def told_to_end(job: subprocess.Popen[str], _: int) -> None:
    job.send_signal(signal.SIGTERM)


def interrupted(job: subprocess.Popen[str], _: int) -> None:
    job.send_signal(signal.SIGINT)


ENDS: dict[str, tuple[Callable[[subprocess.Popen[str], int], None], int, str]] = {
    "kill -9 of the job": (killed_job, -signal.SIGKILL, "cut off"),
    "kill -9 of the trainer": (killed_trainer, 1, "exit code 137"),
    "SIGTERM": (told_to_end, 143, "told to end by SIGTERM"),
    "Ctrl+C": (interrupted, 130, "told to end by SIGINT"),
}


@pytest.mark.parametrize("how", ENDS)
def test_the_next_run_goes_on_from_the_last_whole_epoch(tmp_path: Path, how: str) -> None:
    end, code, why = ENDS[how]
    made = project(tmp_path, "smoke")
    ways(made.checkout, hold=["low_noise", 1, 50])
    with start(made) as job:
        trainer = waiting(made.checkout)
        end(job, trainer["pid"])
        assert job.wait(30) == code
    assert ended(trainer["pid"], trainer["parent"]), "trainer and keeper end with the job"
    assert not (made.out("smoke") / "record.json").exists()
    ways(made.checkout)
    record = made.train("smoke")
    starts = [(note["expert"], flag(note["words"], "num_epochs")) for note in noted(made.checkout)]
    # What is done isn't done again: the first expert not at all, the second without its first epoch.
    assert starts == [("high_noise", "3"), ("low_noise", "3"), ("low_noise", "2")]
    again = noted(made.checkout)[2]["words"]
    assert flag(again, "lora_checkpoint").endswith("low_noise/from-00/epoch-0.safetensors")
    low = record["experts"][1]
    assert [one["why"].split(":")[0] for one in low["attempts"]] == [why, "done"]
    assert [one["from_epoch"] for one in low["attempts"]] == [0, 1]
    told = [["low_noise", 0, 102], ["low_noise", 0, 102], ["low_noise", 1, 102]]
    assert history(made.out("smoke") / low["weights"]["path"]) == told
    assert [one["epochs"] for one in low["checkpoints"]] == [1, 2, 3]


def test_weights_that_were_cut_off_while_written_are_not_gone_on_from(tmp_path: Path) -> None:
    made = project(tmp_path, "smoke")
    ways(made.checkout, tear=["high_noise", 1])
    with start(made) as job:
        trainer = waiting(made.checkout)
        job.kill()
    assert ended(trainer["pid"])
    ways(made.checkout)
    made.train("smoke")
    assert flag(noted(made.checkout)[1]["words"], "lora_checkpoint").endswith("from-00/epoch-0.safetensors")
    assert [epoch for _, epoch, _ in history(made.out("smoke") / "lora" / "high_noise.safetensors")] == [0, 0, 1]


def test_a_trainer_that_passes_over_sigterm_is_killed(tmp_path: Path) -> None:
    made = project(tmp_path, "smoke")
    ways(made.checkout, hold=["high_noise", 0, 10], stubborn=True)
    with start(made) as job:
        trainer = waiting(made.checkout)
        job.send_signal(signal.SIGTERM)
        # Well within the 30 s that Slurm gives.
        assert job.wait(25) == 143
        assert "0 of 3 epochs are kept" in job.stderr.read()
    assert ended(trainer["pid"])


def test_told_to_end_before_the_trainer_has_begun(tmp_path: Path) -> None:
    made = project(tmp_path, "smoke")
    gpu, note = tmp_path / "bin" / "nvidia-smi", made.checkout / "WAITING.jsonl"
    gpu.write_text(f"#!/bin/sh\necho '{{}}' >> {note}\nexec sleep 600\n")
    gpu.chmod(0o755)
    with start(made) as job:
        assert waiting(made.checkout) == {}
        job.send_signal(signal.SIGTERM)
        assert job.wait(30) == 143
        assert job.stderr.read() == ""
    assert noted(made.checkout) == [] and journal(made) == []


def test_a_trainer_that_fails_is_told_with_its_last_words(tmp_path: Path) -> None:
    made = project(tmp_path, "smoke")
    ways(made.checkout, fail=["high_noise", 1])
    with pytest.raises(BuildError) as caught:
        made.train("smoke")
    message = str(caught.value)
    assert "the trainer of high_noise ended with exit code 1 behind 1 of 3 epochs" in message
    assert "torch.OutOfMemoryError: CUDA out of memory" in message and str(made.out("smoke") / "logs") in message
    assert len(message.splitlines()) < 20, "what tqdm wrote over is left out"
    assert not (made.out("smoke") / "record.json").exists()
    (begun, end) = journal(made)
    assert (begun["event"], end["exit_code"], end["epochs"]) == ("start", 1, 1)
    assert [note["expert"] for note in noted(made.checkout)] == ["high_noise"], "the other expert waits"


def test_a_second_time_nothing_is_run(tmp_path: Path) -> None:
    made = project(tmp_path, "smoke")
    first = made.train("smoke")
    (made.out("smoke") / "record.json").unlink()
    assert made.train("smoke") == first
    assert len(noted(made.checkout)) == 2


def test_changed_rows_begin_anew_and_leave_the_old_weights(tmp_path: Path) -> None:
    made = project(tmp_path, "smoke")
    old = made.train("smoke")
    write_package(made.package("smoke"), words="another caption")
    with pytest.raises(BuildError, match="has changed since its launch was planned: run `snakemake preflight_smoke`"):
        made.train("smoke")
    made.plan("smoke")
    new = made.train("smoke")
    assert new["run"] != old["run"] and len(noted(made.checkout)) == 4
    assert all("--lora_checkpoint" not in note["words"] for note in noted(made.checkout))
    for expert in old["experts"]:
        assert history(Path(expert["checkpoints"][-1]["path"])), "nobody's GPU hours are thrown away"


def test_media_edited_after_the_build_is_refused_before_the_trainer_starts(tmp_path: Path) -> None:
    made = project(tmp_path, "smoke")
    video = made.package("smoke") / read_jsonl(made.package("smoke") / "metadata.jsonl")[1]["video"]
    video.write_bytes(b"another film")
    with pytest.raises(BuildError, match=rf"{video} is not the file that was built"):
        made.train("smoke")
    video.unlink()
    with pytest.raises(BuildError, match=rf"{video} is gone"):
        made.train("smoke")
    assert noted(made.checkout) == []


def test_more_gpus_share_the_rows(tmp_path: Path) -> None:
    made = project(tmp_path, "smoke")
    launch = made.plan("smoke", gpus=2)
    made.train("smoke", gpus=2)
    # 102 rows an epoch, two at a time.
    assert launch["runs"][0]["steps_per_epoch"] == 51 and launch["batch"] == 2
    assert history(made.out("smoke") / "lora" / "high_noise.safetensors")[0] == ["high_noise", 0, 51]
    assert noted(made.checkout)[0]["environment"]["WORLD_SIZE"] == "2"


@pytest.mark.parametrize("name", ["accelerat", "venv/bin/accelerate"])
def test_a_launcher_that_is_not_there(tmp_path: Path, name: str) -> None:
    made = project(tmp_path, "smoke")
    with pytest.raises(BuildError, match=f"training.command begins with '{name}': no such program"):
        made.train("smoke", command=[name, "launch"])


def test_what_is_written_holds_to_its_schema(tmp_path: Path) -> None:
    made = project(tmp_path, "smoke")
    made.train("smoke")
    for name in ("launch", "gate", "record", "progress", "attempt"):
        schema = read_json(SCHEMAS / f"training_{name}.schema.json")
        Draft202012Validator.check_schema(schema)
        path = made.out("smoke") / f"{'allowed' if name == 'gate' else name}.json"
        found = journal(made) if name == "attempt" else [read_json(path)]
        assert found
        for one in found:
            Draft202012Validator(schema).validate(one)
