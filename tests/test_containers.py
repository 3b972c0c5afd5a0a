"""The container recipes, as far as they can be tried without a registry: what they copy is there, is enough and runs."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from season import season

PLACE = "/opt/reelwright"


def docker(root: Path) -> tuple[dict[str, str], list[str], str]:
    """What the Dockerfile copies (source to place), its entry point, and what it runs."""
    text = (root / "envs" / "Dockerfile").read_text()
    copies = {}
    for line in re.findall(r"^COPY (.+)$", text, re.MULTILINE):
        *sources, target = line.split()
        copies |= {one: f"{PLACE}/{one if target == './' else target}" for one in sources}
    (entry,) = re.findall(r"^ENTRYPOINT (.+)$", text, re.MULTILINE)
    (run,) = re.findall(r"^RUN (.+)$", text, re.MULTILINE)
    return copies, json.loads(entry), run


def apptainer(root: Path) -> tuple[dict[str, str], list[str], str]:
    """The same of the recipe for Apptainer."""
    text = (root / "envs" / "apptainer.def").read_text()
    parts = dict(re.findall(r"^%(\w+)\n((?:    .+\n)+)", text, re.MULTILINE))
    copies = dict(line.split() for line in parts["files"].splitlines())
    entry = shlex.split(parts["runscript"])
    return copies, entry[1:-1], parts["post"].strip()


def test_both_recipes_are_one(root: Path) -> None:
    copies, entry, run = docker(root)
    others, other_entry, other_run = apptainer(root)
    assert copies == others and entry == other_entry
    assert other_run == run.replace("-r requirements.lock", f"-r {PLACE}/requirements.lock")
    assert "--require-hashes" in run


@pytest.mark.slow
def test_what_is_copied_is_enough(root: Path, tmp_path: Path) -> None:
    """A plan of a season by the entry point, from a folder that holds nothing else of the project."""
    copies, entry, _ = docker(root)
    place = tmp_path / "image"
    place.mkdir()
    for source, target in copies.items():
        copied = place / Path(target).name
        if (root / source).is_dir():
            shutil.copytree(root / source, copied, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(root / source, copied)
    (tmp_path / "project").mkdir()
    spec = season(tmp_path / "project", 1)
    words = [word.replace(PLACE, str(place)) for word in entry]
    run = subprocess.run(
        [sys.executable, "-m", *words, "--cores", "1", "--dry-run", "--configfile", spec.name],
        cwd=spec.parent,
        env={**os.environ, "PYTHONPATH": str(place / "scripts")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert run.returncode == 0, run.stdout
    assert "cut_clips" in run.stdout and not any(f"{root}/{one}" in run.stdout for one in copies)
