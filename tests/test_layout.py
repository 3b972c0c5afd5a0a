"""The house: every rule has an adapter of its name; the library knows no Snakemake."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml


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
