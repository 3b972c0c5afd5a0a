"""Whether a package may be trained on yet: asked before any GPU is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from reelwright.digest import file_sha256
from reelwright.errors import BuildError
from reelwright.files import check, read_json, write_json
from reelwright.spec.training import Training
from reelwright.training.content import read_content
from reelwright.training.launch import TRAINER_SCRIPT


@dataclass(frozen=True)
class Before:
    """The package that comes first."""

    name: str
    package: Path
    """Its folder."""
    record: Path
    """The record of its training, where there is one."""

    @classmethod
    def of(cls, named: Sequence[str] | None) -> Self | None:
        """From name, folder and record as a rule gives them; None where it gives none."""
        return cls(named[0], Path(named[1]), Path(named[2])) if named else None


def record_state(path: Path) -> str | None:
    """Sha256 of a record; None where there is none. For rules: another record is another reason to ask again."""
    return file_sha256(path) if path.is_file() else None


def check_trainer(training: Training, here: Path = Path()) -> Path:
    """The checkout that the trainer runs in, relative to ``here``; raises BuildError where it isn't there."""
    if training.trainer_folder is None:
        raise BuildError(
            "training.trainer_folder is not set: expected the folder of a checkout of DiffSynth-Studio "
            "(git clone https://github.com/modelscope/DiffSynth-Studio)"
        )
    folder = here / training.trainer_folder
    if not folder.is_dir():
        raise BuildError(
            f"training.trainer_folder is {folder}: no such folder; expected a checkout of DiffSynth-Studio"
        )
    if not (folder / TRAINER_SCRIPT).is_file():
        raise BuildError(
            f"training.trainer_folder is {folder}: no checkout of DiffSynth-Studio, for it lacks {TRAINER_SCRIPT}"
        )
    return folder


def _passed(name: str, before: Before) -> dict[str, Any]:
    """What the record of the package before says; raises BuildError where it doesn't count."""
    advice = f'run `snakemake train_{before.name}` first, or say why not with `training.override: "the reason"`'
    refused = f"train_{name} is refused: {before.name} must be trained on before {name} (training.after)"
    if not before.record.is_file():
        raise BuildError(f"{refused}, and there is no record of that, {before.record}: {advice}")
    try:
        record = read_json(before.record)
        check(record, "training_record", str(before.record))
    except ValueError as error:
        raise BuildError(f"{refused}, and its record can't be used: {error}; {advice}") from error
    trained, present = record["content"]["digest"], read_content(before.package).digest
    if trained != present:
        raise BuildError(
            f"{refused}; {before.record} is of {before.name} as it was ({trained[:12]}…), and its rows or media have "
            f"changed since ({present[:12]}…): {advice}"
        )
    return {"package": before.name, "content": present, "run": record["run"], "ended": record["ended"]}


def allow_training(out: Path, *, name: str, training: Training, before: Before | None) -> None:
    """Write to ``out`` why the package ``name`` may be trained on; raises BuildError where it may not.

    ``before`` is the package that must have been trained on; None where none must, or where the spec overrides that.
    """
    check_trainer(training)
    after = _passed(name, before) if before else None
    write_json(out, {"package": name, "after": after, "override": training.override}, "training_gate")
