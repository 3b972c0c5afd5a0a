"""The conda environments of rules: pinned as the lock pins, and with everything that their scripts import when they begin."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import yaml
from test_layout import rules_of

from reelwright import stages

CONDA_NAMES = {"py-opencv": "opencv-python-headless", "snakemake-minimal": "snakemake", "pytorch": "torch"}
"""Packages that conda-forge calls otherwise than PyPI."""

NOT_LOCKED = {"python", "pip", "ffmpeg-python"}
"""What an environment names and the lock doesn't: the last is asked for by TransNetV2 and never used."""


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


def begun(statements: Iterable[ast.stmt]) -> Iterator[str]:
    """Modules that a file imports when it is imported: not those inside functions, nor for types alone."""
    for one in statements:
        if isinstance(one, ast.Import):
            yield from (alias.name for alias in one.names)
        elif isinstance(one, ast.ImportFrom) and one.module:
            yield one.module
            yield from (f"{one.module}.{alias.name}" for alias in one.names)
        elif isinstance(one, ast.With | ast.Try) or (
            isinstance(one, ast.If) and "TYPE_CHECKING" not in ast.dump(one.test)
        ):
            yield from begun(one.body)


def imported(script: Path) -> set[str]:
    """Packages of others that ``script`` imports when it begins, through whatever module of the library."""
    seen: set[Path] = set()
    foreign: set[str] = set()
    waiting = [script]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        for module in begun(ast.parse(path.read_text()).body):
            first, *rest = module.split(".")
            if first == "reelwright":
                # A module's packages are imported before it.
                packages = (".".join([first, *rest[:depth]]) for depth in range(len(rest) + 1))
                waiting += filter(None, map(stages.file_of, packages))
            else:
                foreign.add(first)
    return foreign - set(sys.stdlib_module_names)


def brought(packages: Iterable[str]) -> set[str]:
    """The packages of an environment and what they need in turn, by the names of their projects."""
    found: set[str] = set()
    waiting = [CONDA_NAMES.get(name, name) for name in packages]
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        if name not in found:
            found.add(name)
            try:
                needed = requires(name) or []
            except PackageNotFoundError:
                continue  # Of an extra that is not installed here.
            waiting += [re.match(r"[\w.-]+", one)[0] for one in needed if "extra ==" not in one]  # type: ignore[index]
    return found


def uses(root: Path) -> list[tuple[str, str]]:
    """Every environment with each script that runs in it."""
    pattern = r'"\.\./(envs/\w+\.yaml)"(?:(?!\nrule ).)*?"\.\./(scripts/\w+\.py)"'
    text = "".join(path.read_text() for path in (root / "rules").glob("*.smk"))
    return sorted(set(re.findall(pattern, text, re.DOTALL)))


def test_environments_have_all_that_their_scripts_import(root: Path) -> None:
    of_module = packages_distributions()
    assert len(uses(root)) > 40
    missing = []
    for name, script in uses(root):
        named = yaml.safe_load((root / name).read_text())["dependencies"]
        pins = [pin for one in named for pin in ([one] if isinstance(one, str) else one["pip"])]
        there = brought(re.split("=+", pin)[0] for pin in pins)
        for module in imported(root / script):
            projects = {one.lower().replace("_", "-") for one in of_module.get(module, [module])}
            missing += [] if projects & there else [f"{name} has no {module}, which {script} imports"]
    assert missing == []
