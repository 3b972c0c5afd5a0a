"""The last words of a build: what there is now, what failed, what to do next."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from reelwright.files import read_json


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


def last_words(results: Path, items: set[str]) -> int:
    """Print what a build has made and what failed; returns its exit code, 1 where an item failed.

    ``items`` are those that the spec has now: records of others are left over from an earlier one.
    """
    outcomes = [one for one in read_outcomes(results) if one["item"] in items]
    failed = [one for one in outcomes if one["status"] == "failed"]
    roots = [one for one in failed if one["error"]["code"] != "upstream"]
    lines = _products(results)
    lines += [f"warning: {one['stage']} {one['item']}: {text}" for one in outcomes for text in one["warnings"]]
    lines += [f"FAILED {one['stage']} {one['item']}: {one['error']['message']}" for one in roots]
    if failed:
        lines.append(
            f"{len(roots)} items failed and {len(failed) - len(roots)} wait for them; the rest is built. "
            "The same command tries them again."
        )
    sys.stderr.write("\n" + "\n".join(lines) + "\n" if lines else "")
    return 1 if failed else 0
