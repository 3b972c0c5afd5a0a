"""The domains of the workflow, as the Snakefile includes them: their rules, and what their files say of themselves."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

from reelwright.stages import imports_of

ROOT = Path(__file__).resolve().parents[3]

LIBRARY = ROOT / "scripts" / "reelwright"


@dataclass(frozen=True)
class Domain:
    """One file of rules."""

    name: str
    said: str
    """The sentence that its file begins with, without the name."""
    inputs: str
    outputs: str
    steps: str
    rules: tuple[tuple[str, str], ...]
    """Rules that run something, and what each says while it does."""


def _headed(text: str, heading: str) -> str:
    """What stands behind a heading of a rules file, in one line; empty where it has none."""
    found = re.search(rf"^{heading}:\s*(.*?)(?=^[A-Z ]+:|\Z)", text, re.MULTILINE | re.DOTALL)
    return " ".join(found[1].split()) if found else ""


def _domain(path: Path) -> Domain:
    text = path.read_text(encoding="utf-8")
    header = text.split('"""')[1]
    parts = re.split(r"^rule (\w+):\n", text, flags=re.MULTILINE)[1:]
    rules = [
        (name, " ".join(re.findall(r'message:\n((?:\s+.*"\n)+)', body)[0].replace('"', "").split()))
        for name, body in zip(parts[::2], parts[1::2], strict=True)
        if "script:" in body
    ]
    said = " ".join(header.split("\n\n")[0].split()).split(": ", 1)[-1]
    return Domain(
        path.stem,
        said,
        _headed(header, "REQUIRED INPUTS"),
        _headed(header, "OUTPUTS"),
        _headed(header, "STEPS"),
        tuple(rules),
    )


def read_domains(root: Path = ROOT) -> list[Domain]:
    """Every domain, in the order of the Snakefile's includes."""
    included = re.findall(r'include: "(rules/\w+\.smk)"', (root / "Snakefile").read_text(encoding="utf-8"))
    return [_domain(root / path) for path in included]


def imported_by(names: set[str], library: Path = LIBRARY) -> set[tuple[str, str]]:
    """Pairs of domains: whose code imports whose, functions' own imports included."""
    found = set()
    for path in sorted(library.rglob("*.py")):
        domain = path.relative_to(library).parts[0].removesuffix(".py")
        if domain in names:
            imported = {
                name.split(".")[1] for name in imports_of(ast.parse(path.read_text(encoding="utf-8"))) if "." in name
            }
            found |= {(domain, other) for other in (imported & names) - {domain}}
    return found
