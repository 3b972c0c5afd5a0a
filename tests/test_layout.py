"""The house: every rule has an adapter of its name and an environment in step with the lock; the library knows no Snakemake."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

CONDA_NAMES = {"py-opencv": "opencv-python-headless", "snakemake-minimal": "snakemake", "pytorch": "torch"}
"""Packages that conda-forge calls otherwise than PyPI."""

NOT_LOCKED = {"python", "pip", "ffmpeg-python"}
"""What an environment names and the lock doesn't: the last is asked for by TransNetV2 and never used."""


def rules_of(root: Path) -> dict[str, str]:
    """Name and text of each rule that runs something."""
    text = "".join(path.read_text() for path in sorted((root / "rules").glob("*.smk")))
    parts = re.split(r"^rule (\w+):\n", text, flags=re.MULTILINE)[1:]
    return {name: body for name, body in zip(parts[::2], parts[1::2], strict=True) if "script:" in body}


def test_rules_and_adapters_have_the_same_names(root: Path) -> None:
    adapters = {path.stem for path in (root / "scripts").glob("*.py")}
    assert adapters == set(rules_of(root))
    for name, body in rules_of(root).items():
        assert f'"../scripts/{name}.py"' in body
        assert re.search(r"message:\n\s+\"", body), f"{name} has no message"


def test_adapters_hold_no_logic(root: Path) -> None:
    for path in (root / "scripts").glob("*.py"):
        assert not re.search(r"^\s*(if|def|while|class|try)\b", path.read_text(), re.MULTILINE), path.name


def test_the_library_knows_no_snakemake(root: Path) -> None:
    for path in (root / "scripts" / "reelwright").rglob("*.py"):
        assert not re.search(r"^\s*(import|from) snakemake", path.read_text(), re.MULTILINE), path


def test_the_snakefile_and_modules_stay_small(root: Path) -> None:
    long = {
        str(path.relative_to(root)): count
        for path in [*root.glob("scripts/**/*.py"), *root.glob("tests/*.py"), *root.glob("rules/*.smk")]
        if (count := len(path.read_text().splitlines())) > 400
    }
    assert not long


def test_environments_exist_and_are_in_step_with_the_lock(root: Path) -> None:
    # Two extras are pinned beside the lock, which must install without them.
    beside = ["requirements.lock", "requirements-neural.txt", "requirements-whisper.txt"]
    text = "".join((root / name).read_text() for name in beside)
    lock = dict(re.findall(r"^([a-z0-9-]+)==([^\s;\\]+)", text, re.MULTILINE))
    lock["numpy"] = re.findall(
        r"^numpy==(\S+) ; python_full_version < '3.12'", (root / "requirements.lock").read_text(), re.MULTILINE
    )[0]
    used = {match for body in rules_of(root).values() for match in re.findall(r'"\.\./(envs/\w+\.yaml)"', body)}
    assert used == {str(path.relative_to(root)) for path in (root / "envs").glob("*.yaml")}
    for name in used:
        environment = yaml.safe_load((root / name).read_text())
        assert environment["channels"] == ["conda-forge", "nodefaults"]
        named = environment["dependencies"]
        from_pip = [pin.replace("==", "=") for one in named if isinstance(one, dict) for pin in one["pip"]]
        for pin in [*(one for one in named if isinstance(one, str)), *from_pip]:
            package, version = pin.split("=")
            if package not in NOT_LOCKED:
                assert lock[CONDA_NAMES.get(package, package)] == version, f"{name}: {pin}"


def test_profiles_limit_every_resource_that_a_rule_asks_for(root: Path) -> None:
    blocks = re.findall(r"resources:\n((?:\s{8}.*\n)+)", "".join(rules_of(root).values()))
    asked = set(re.findall(r"^\s+(\w+)=", "".join(blocks), re.MULTILINE))
    for profile in (root / "profiles").glob("*/config.yaml"):
        limits = yaml.safe_load(profile.read_text())["resources"]
        assert asked - {"mem_mb", "runtime"} <= set(limits), profile


@pytest.mark.parametrize("word", ["TODO", "FIXME", "NotImplementedError"])
def test_nothing_is_left_half_done(root: Path, word: str) -> None:
    found = [path for path in [*root.glob("scripts/**/*.py"), *root.glob("rules/*.smk")] if word in path.read_text()]
    assert found == []
