"""The version of each stage (rule, library function) whose results are kept.

Raise a version when the behaviour of a stage changes: its results, and all that depends on them, are then made again. A
lock (``stages.lock.json``) holds the digest of each stage's import closure, docstrings and comments aside. A test fails
while the lock is behind, until an author has raised the version or has stated that behaviour is unchanged::

    make lock-stages                              # takes over raised versions and new stages
    make lock-stages UNCHANGED="cut_clips"        # states that the results of cut_clips stay the same
"""

from __future__ import annotations

import argparse
import ast
import functools
import hashlib
import json
from pathlib import Path

LIBRARY = Path(__file__).resolve().parent
LOCK = LIBRARY / "stages.lock.json"

STAGES: dict[str, tuple[int, str]] = {
    "draw_demo_footage": (1, "reelwright.demo.footage"),
    "splice_demo_master": (1, "reelwright.demo.splice"),
    "write_demo_bible": (3, "reelwright.demo.bible"),
    "cut_demo_old_clips": (1, "reelwright.demo.oldclips"),
    "draw_demo_art": (1, "reelwright.demo.art"),
    "draw_demo_plates": (1, "reelwright.demo.plate_art"),
    "draw_demo_actors": (1, "reelwright.demo.actor_art"),
    "probe_master": (1, "reelwright.sources.probe"),
    "list_masters": (2, "reelwright.sources.masters"),
    "map_numbering": (1, "reelwright.reference.numbering"),
    "carry_labels": (1, "reelwright.reference.seeds"),
    "scan_source": (1, "reelwright.scan"),
    "score_transitions": (1, "reelwright.shots.neural"),
    "compare_variants": (2, "reelwright.variants"),
    "locate_reference": (1, "reelwright.reference.locate"),
    "find_recurring": (1, "reelwright.recurring"),
    "detect_shots": (1, "reelwright.shots"),
    "cut_clips": (1, "reelwright.clips"),
    "tune_shots": (1, "reelwright.tuning"),
    "measure_quality": (2, "reelwright.quality"),
    "transcribe_master": (1, "reelwright.transcripts.transcribe"),
    "import_captions": (1, "reelwright.captions.imports"),
    "caption_clips": (3, "reelwright.captions"),
    "inventory_design": (1, "reelwright.design.inventory"),
    "list_inventory": (1, "reelwright.design.delivered"),
    "build_dictionaries": (1, "reelwright.design.dictionaries"),
    "build_crosswalk": (1, "reelwright.design.crosswalk"),
    "link_locations": (1, "reelwright.design.locations"),
    "export_plates": (1, "reelwright.identity.plates"),
    "list_candidates": (1, "reelwright.identity.candidates"),
    "import_reviews": (1, "reelwright.identity.imports"),
    "review_plates": (1, "reelwright.identity.review"),
    "list_anchors": (1, "reelwright.identity.anchors"),
    "list_actors": (1, "reelwright.actors.roster"),
    "import_evaluations": (1, "reelwright.actors.imports"),
    "evaluate_actor": (2, "reelwright.actors.evaluate"),
    "plan_actors": (1, "reelwright.actors.planning"),
    "actors_migrate": (1, "reelwright.actors.migrate"),
    "actors_execute": (1, "reelwright.actors.execution.execute"),
    "actors_rollback": (1, "reelwright.actors.execution.rollback"),
    "actors_audit": (1, "reelwright.actors.execution.audit"),
    "actors_repair": (1, "reelwright.actors.execution.repair"),
    "build_manifest": (6, "reelwright.manifest"),
    "list_holdout": (1, "reelwright.evaluation.holdout"),
    "list_leaks": (1, "reelwright.evaluation.guard"),
    "build_evaluation": (1, "reelwright.evaluation.sets"),
    "export_prompts": (1, "reelwright.evaluation.prompts"),
    "build_package": (5, "reelwright.packages.build"),
    "preflight_package": (4, "reelwright.packages.preflight"),
    "compare_builds": (1, "reelwright.packages.changes"),
    "build_design_package": (2, "reelwright.packages.design.build"),
    "preflight_design_package": (1, "reelwright.packages.design.preflight"),
    "list_seen": (1, "reelwright.packages.seen"),
    "list_benchmark": (1, "reelwright.packages.benchmark"),
    "reference_anchors": (1, "reelwright.packages.anchors"),
    "plan_training": (1, "reelwright.training.launch"),
    "allow_training": (1, "reelwright.training.gate"),
    "train_package": (1, "reelwright.training.train"),
    "draw_review_pictures": (1, "reelwright.review.pictures"),
    "review_pages": (4, "reelwright.review.pages"),
    "write_report": (2, "reelwright.report"),
}
"""Version and entry module of each stage."""


def stage_version(stage: str) -> int:
    """The version of ``stage``; raises KeyError for a name that is no stage."""
    return STAGES[stage][0]


def file_of(module: str) -> Path | None:
    """The file of a module of this library; None for a name that is none (a class, another package)."""
    path = LIBRARY.joinpath(*module.split(".")[1:])
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if candidate.exists():
            return candidate
    return None


def imports_of(tree: ast.Module) -> set[str]:
    """Names of this library that a module imports anywhere, functions included, packages of what it imports too."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    ours = {name for name in names if name.split(".")[0] == LIBRARY.name}
    return ours | {".".join(name.split(".")[:depth]) for name in ours for depth in range(2, name.count(".") + 1)}


def _without_docstrings(tree: ast.Module) -> str:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [
                part for part in node.body if not (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))
            ]
    return ast.dump(tree)


@functools.cache
def _parsed(text: str) -> tuple[set[str], str]:
    """What a module imports of this library, and its code; most modules are in the closures of many stages."""
    tree = ast.parse(text)
    return imports_of(tree), _without_docstrings(tree)


def _data_beside(path: Path) -> str:
    """What a module keeps in files of its name: data in YAML, comments aside, a template and its styles. Empty for none."""
    pages = [path.with_suffix(suffix) for suffix in (".html.jinja", ".css")]
    text = "".join(page.read_text(encoding="utf-8") for page in pages if page.exists())
    data = path.with_suffix(".yaml")
    if not data.exists():
        return text
    import yaml

    return json.dumps(yaml.safe_load(data.read_text(encoding="utf-8"))) + text


SETTINGS = frozenset(
    {"reelwright.spec.section", "reelwright.spec.model", "reelwright.spec.shots", "reelwright.spec.captions"}
    | {"reelwright.spec.models", "reelwright.spec.identity", "reelwright.spec.design"}
    | {"reelwright.spec.lane", "reelwright.spec.selection", "reelwright.spec.training", "reelwright.spec.actors"}
    | {"reelwright.spec.generation"}
)
"""Modules that only declare the spec's keys: their values reach a stage as parameters of its rule, so a changed default
reruns what it concerns by itself."""


def closure_digest(entry: str) -> str:
    """Digest of the code of ``entry`` and of every module of this library it can reach, with the data that lies beside one
    under its name; ``SETTINGS`` and this one aside."""
    todo, seen, codes = [entry], {__name__, "reelwright.stages", *SETTINGS}, {}
    while todo:
        module = todo.pop()
        path = file_of(module)
        if module in seen or path is None:
            continue
        seen.add(module)
        names, code = _parsed(path.read_text(encoding="utf-8"))
        todo.extend(names)
        codes[module] = code + _data_beside(path)
    return hashlib.sha256(json.dumps(codes, sort_keys=True).encode()).hexdigest()


def read_lock() -> dict[str, dict[str, int | str]]:
    """Version and digest of each stage at the last time the lock was made."""
    locked: dict[str, dict[str, int | str]] = json.loads(LOCK.read_text(encoding="utf-8")) if LOCK.exists() else {}
    return locked


def changed_stages() -> dict[str, str]:
    """Stages whose lock is behind, each with what an author has to do."""
    locked, behind = read_lock(), {}
    for stage, (version, entry) in STAGES.items():
        old = locked.get(stage)
        if old is None or old["version"] != version:
            behind[stage] = "run `make lock-stages`"
        elif old["digest"] != closure_digest(entry):
            behind[stage] = f'raise its version, or state `make lock-stages UNCHANGED="{stage}"`'
    return behind


def main() -> int:
    """Write the lock; refuses stages that changed without a raised version unless they are stated to be unchanged."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--unchanged", nargs="*", default=[], choices=sorted(STAGES), metavar="STAGE")
    stated = parser.parse_args().unchanged
    refused = {stage: todo for stage, todo in changed_stages().items() if "UNCHANGED" in todo and stage not in stated}
    if refused:
        print("\n".join(f"{stage}: its code has changed: {todo}" for stage, todo in refused.items()))
        return 1
    lock = {stage: {"version": version, "digest": closure_digest(entry)} for stage, (version, entry) in STAGES.items()}
    LOCK.write_text(json.dumps(lock, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
