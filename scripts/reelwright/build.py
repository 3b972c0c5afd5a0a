"""How a build begins and ends: one at a time, with its spec beside its results, and last words that say what failed."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any

from reelwright.errors import BuildError
from reelwright.files import read_json, write_json
from reelwright.lock import hold
from reelwright.spec.load import merged
from reelwright.spec.model import Spec

PARTS_NAMED = 10
"""Failed parts of items that the last words name; the outcome records have them all."""


def begin_build(results: Path, spec: Spec) -> None:
    """Hold the lock of a project until this process ends, and write the merged spec to its results.

    Exits with a message where another build of the project is running.
    """
    try:
        hold(results / ".lock")
    except BuildError as error:
        sys.exit(str(error))
    write_json(results / "spec.json", merged(spec), "spec")


def read_outcomes(results: Path) -> list[dict[str, Any]]:
    """Every outcome record of a project, by stage and item."""
    return [read_json(path) for path in sorted((results / "outcomes").glob("*/*.json"))]


def _products(results: Path) -> list[str]:
    lines = []
    manifest = results / "manifest.json"
    if manifest.exists():
        counts = read_json(manifest)
        lines.append(
            f"{counts['clips']} clips ({counts['seconds'] / 60:.1f} minutes), {counts['usable']} of them usable: {manifest}"
        )
    for summary in sorted(results.glob("packages/*/summary.json")):
        counts = read_json(summary)
        state = "preflight passed" if (summary.parent / "preflight.json").exists() else "no preflight yet"
        lines.append(f"package {summary.parent.name}: {counts['rows']} rows, {state}: {summary.parent}")
    return lines


def last_words(results: Path, items: Set[str], only: Mapping[str, Set[str]] | None = None) -> int:
    """Print what a build has made and what failed; returns its exit code, 1 where an item failed.

    ``items`` are those that the spec has now, ``only`` those of a stage that not all of them go through: records of others
    are left over from an earlier spec.
    """
    outcomes = [one for one in read_outcomes(results) if one["item"] in (only or {}).get(one["stage"], items)]
    failed = [one for one in outcomes if one["status"] == "failed"]
    roots = [one for one in failed if one["error"]["code"] != "upstream"]
    lines = _products(results)
    lines += [f"warning: {one['stage']} {one['item']}: {text}" for one in outcomes for text in one["warnings"]]
    lines += [f"FAILED {one['stage']} {one['item']}: {one['error']['message']}" for one in roots]
    parts = [(one, part) for one in outcomes for part in one.get("parts", [])]
    lines += [f"FAILED {one['stage']} {part['part']}: {part['message']}" for one, part in parts[:PARTS_NAMED]]
    if len(parts) > PARTS_NAMED:
        lines.append(f"and {len(parts) - PARTS_NAMED} more: {results / 'outcomes'}")
    if failed or parts:
        lines.append(
            f"{len(roots) + len(parts)} items failed and {len(failed) - len(roots)} wait for them; the rest is built. "
            "The same command tries them again."
        )
    sys.stderr.write("\n" + "\n".join(lines) + "\n" if lines else "")
    return 1 if failed or parts else 0
