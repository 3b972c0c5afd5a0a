"""What docs/explanation/threats.md promises of the code as a whole."""

from __future__ import annotations

import ast
import re
from pathlib import Path

STARTERS = {"run", "Popen", "call", "check_call", "check_output"}


def calls(path: Path) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]


def named(call: ast.Call) -> str:
    return ast.unparse(call.func)


def test_no_process_is_started_through_a_shell(root: Path) -> None:
    found = []
    for path in root.glob("scripts/**/*.py"):
        for call in calls(path):
            shell = [word for word in call.keywords if word.arg == "shell"]
            if named(call) in ("os.system", "os.popen") or (named(call).split(".")[-1] in STARTERS and shell):
                found.append(f"{path.relative_to(root)}:{call.lineno}")
    assert found == []


def test_no_input_is_run_as_code(root: Path) -> None:
    found = [
        f"{path.relative_to(root)}:{call.lineno}"
        for path in root.glob("scripts/**/*.py")
        for call in calls(path)
        if named(call)
        in ("eval", "exec", "pickle.load", "pickle.loads", "yaml.load", "yaml.unsafe_load", "marshal.loads")
    ]
    assert found == []


def test_no_rule_runs_a_shell(root: Path) -> None:
    found = [
        path.name
        for path in [root / "Snakefile", *root.glob("rules/*.smk")]
        if re.search(r"^\s*(shell|run):", path.read_text(), re.MULTILINE)
    ]
    assert found == []


def test_archives_are_never_unpacked_by_their_names(root: Path) -> None:
    found = [
        f"{path.relative_to(root)}:{call.lineno}"
        for path in root.glob("scripts/**/*.py")
        for call in calls(path)
        if named(call).split(".")[-1] in ("extractall", "unpack_archive")
    ]
    assert found == []


def test_every_threat_names_a_test_that_is_there(root: Path) -> None:
    text = (root / "docs" / "explanation" / "threats.md").read_text() + (root / "docs" / "operations.md").read_text()
    names = set(re.findall(r"`(test_\w+)`", text))
    assert names and {name for name in names if not (root / "tests" / f"{name}.py").exists()} == set()
