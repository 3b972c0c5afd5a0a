"""Training on a package: the planned runs one after the other, each from where it was left, and a record once all are done."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from reelwright.digest import file_sha256
from reelwright.errors import BuildError
from reelwright.files import read_json, write_json
from reelwright.spec.training import Training
from reelwright.store import link
from reelwright.training.attempts import Attempts, now
from reelwright.training.content import Content, check_media, read_content
from reelwright.training.gate import check_trainer
from reelwright.training.launch import flag_of, set_flags
from reelwright.training.machine import describe_machine
from reelwright.training.runner import Line, Preempted, preemptible, run_trainer, tail
from reelwright.training.weights import checkpoints, last_checkpoint

OURS_ALONE = ("PYTHONPATH", "PYTHONHOME")
"""Variables of this job that the trainer's own Python must not see."""


@dataclass(frozen=True)
class Desk:
    """Where a package's training is written."""

    folder: Path
    """``training/<package>``."""

    @property
    def journal(self) -> Path:
        """The attempts."""
        return self.folder / "attempts"

    @property
    def progress(self) -> Path:
        """How far the present run has come."""
        return self.folder / "progress.json"

    def log(self, run: str, expert: str) -> Path:
        """What the trainer said in all attempts of one run."""
        return self.folder / "logs" / f"{run[:12]}.{expert}.log"

    def weights(self, expert: str) -> Path:
        """The weights that a run ended with."""
        return self.folder / "lora" / f"{expert}.safetensors"


def _environment(training: Training) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name not in OURS_ALONE}
    return {**inherited, **training.env}


def _program(training: Training, folder: Path, env: Mapping[str, str]) -> Path:
    """The program that starts the trainer; raises BuildError where there is none."""
    name = training.command[0]
    found = shutil.which(str(folder / name) if "/" in name else name, path=env.get("PATH"))
    if found is None:
        raise BuildError(
            f"training.command begins with {name!r}: no such program on PATH or below {folder}; expected the `accelerate` of "
            "the environment in which DiffSynth-Studio is installed"
        )
    return Path(found)


@dataclass(frozen=True)
class _Trainer:
    """The trainer, ready to be run."""

    folder: Path
    program: Path
    env: Mapping[str, str]


def _words(run: Mapping[str, Any], trainer: _Trainer) -> tuple[list[str], int]:
    """The words that go on with a run, and the epochs that are behind it."""
    done = last_checkpoint(Path(run["output"]))
    words = [str(trainer.program), *run["words"][1:]]
    if done is None:
        return words, 0
    output = Path(run["output"]) / f"from-{done.epochs:02d}"
    left = run["epochs"] - done.epochs
    return set_flags(
        words, {"output_path": str(output), "num_epochs": left, "lora_checkpoint": str(done.path)}
    ), done.epochs


def _train(
    name: str, launch: Mapping[str, Any], run: Mapping[str, Any], trainer: _Trainer, desk: Desk, journal: Attempts
) -> None:
    """One attempt at one run; returns when the weights of all its epochs are there."""
    expert, output = run["name"], Path(run["output"])
    words, begun = _words(run, trainer)
    machine = describe_machine(trainer.program, trainer.folder, trainer.env)
    Path(flag_of(words, "output_path")).mkdir(parents=True, exist_ok=True)
    log = desk.log(launch["run"], expert)
    number = journal.start(launch["run"], expert, words, begun, machine)
    whence = f"goes on behind {begun} epochs" if begun else "begins"
    print(
        f"package {name}: {expert} {whence}, {run['epochs']} in all: attempt {number}, {log}",
        file=sys.stderr,
        flush=True,
    )

    def epochs() -> int:
        done = last_checkpoint(output)
        return done.epochs if done else 0

    def tell(line: Line) -> None:
        progress = {"package": name, "expert": expert, "attempt": number, "epoch": epochs(), "epochs": run["epochs"]}
        progress |= {"step": line.step, "steps_per_epoch": run["steps_per_epoch"], "line": line.text, "time": now()}
        write_json(desk.progress, progress, "training_progress")

    try:
        code = run_trainer(words, trainer.folder, trainer.env, log, tell, f"package {name}: {expert}")
    except Preempted as told:
        journal.end(number, None, f"told to end by {told}", epochs())
        print(
            f"package {name}: {expert} was told to end by {told}: {epochs()} of {run['epochs']} epochs are kept, and the same "
            "command goes on from there",
            file=sys.stderr,
            flush=True,
        )
        raise
    done = epochs()
    why = f"exit code {code}" if code else "done" if done >= run["epochs"] else "ended early"
    journal.end(number, code, why, done)
    if done < run["epochs"]:
        raise BuildError(
            f"package {name}: the trainer of {expert} ended with exit code {code} behind {done} of {run['epochs']} epochs; the "
            f"same command goes on from there. The last lines of its log ({log}):\n{tail(log)}"
        )


def _finish(
    name: str, launch: Mapping[str, Any], run: Mapping[str, Any], trainer: _Trainer, desk: Desk, journal: Attempts
) -> None:
    """One run to its end; nothing where it has come there already."""
    done = last_checkpoint(Path(run["output"]))
    if done and done.epochs >= run["epochs"]:
        print(f"package {name}: {run['name']} has all its {run['epochs']} epochs already", file=sys.stderr)
    else:
        _train(name, launch, run, trainer, desk, journal)


def _head(
    launch: Mapping[str, Any], content: Content, gate: Mapping[str, Any], training: Training, folder: Path
) -> dict[str, Any]:
    """What a record says of the whole training."""
    return {
        **{key: launch[key] for key in ("package", "model", "run")},
        "content": content.record(),
        **{key: gate[key] for key in ("after", "override")},
        "environment": sorted(training.env),
        "trainer_folder": str(folder),
        "gpus": training.gpus,
    }


def _experts(launch: Mapping[str, Any], desk: Desk, journal: Attempts) -> dict[str, Any]:
    """What a record says of its runs."""
    attempts = journal.of_run(launch["run"])
    runs = [(run, [one for one in attempts if one["expert"] == run["name"]]) for run in launch["runs"]]
    return {
        "started": min((one["started"] for one in attempts), default=None),
        "ended": max((one["ended"] or one["started"] for one in attempts), default=None),
        "experts": [_expert_record(run, desk, desk.folder, of_run) for run, of_run in runs],
    }


def _expert_record(run: Mapping[str, Any], desk: Desk, folder: Path, attempts: list[dict[str, Any]]) -> dict[str, Any]:
    final = desk.weights(run["name"])
    kept = checkpoints(Path(run["output"]))
    link(kept[-1].path, final)
    ended = [one for one in attempts if one["exit_code"] == 0 and one["ended"]]
    seconds = sum(_seconds(one) for one in ended)
    steps = sum((run["epochs"] - one["from_epoch"]) * run["steps_per_epoch"] for one in ended)
    return {
        "name": run["name"],
        "words": run["words"],
        "epochs": kept[-1].epochs,
        "seconds_per_step": round(seconds / steps, 2) if steps else None,
        "weights": {
            "path": str(final.relative_to(folder)),
            "sha256": file_sha256(final),
            "bytes": final.stat().st_size,
        },
        "checkpoints": [{"path": str(one.path), "epochs": one.epochs, "sha256": file_sha256(one.path)} for one in kept],
        "attempts": attempts,
    }


def _seconds(attempt: Mapping[str, Any]) -> float:
    return (datetime.fromisoformat(attempt["ended"]) - datetime.fromisoformat(attempt["started"])).total_seconds()


def _checked(name: str, package: Path, launch: Mapping[str, Any]) -> Content:
    """The package's content, which is what the launch was planned for; raises BuildError where it isn't."""
    content = read_content(package)
    if content.digest != launch["content"]["digest"]:
        raise BuildError(f"package {name} has changed since its launch was planned: run `snakemake preflight_{name}`")
    check_media(name, package, content)
    return content


def train_package(out: Path, *, name: str, package: Path, launch: Path, gate: Path, training: Training) -> None:
    """Train on the package ``name`` in the folder ``package`` as ``launch`` plans it, and write the record to ``out``.

    Each run goes on from its last whole epoch; one that has them all isn't run again. ``gate`` says why the package may be
    trained on. Beside ``out`` go the weights, the trainer's log, progress and the journal of attempts. Told to end (SIGTERM,
    SIGINT, SIGHUP), it ends the trainer, says how far it came and exits with 128 + the signal. Raises BuildError, quoting the
    trainer's last lines, where that fails.
    """
    planned, desk = read_json(launch), Desk(out.parent)
    content = _checked(name, package, planned)
    folder, env = check_trainer(training).resolve(), _environment(training)
    trainer = _Trainer(folder, _program(training, folder, env), env)
    try:
        with preemptible(), Attempts(desk.journal) as journal:
            for run in planned["runs"]:
                _finish(name, planned, run, trainer, desk, journal)
            head = _head(planned, content, read_json(gate), training, folder)
            record = {**head, **_experts(planned, desk, journal)}
            write_json(out, record, "training_record")
    except Preempted as told:
        raise SystemExit(128 + told.number) from told
    print(f"package {name}: trained; weights in {desk.weights('').parent}", file=sys.stderr)
