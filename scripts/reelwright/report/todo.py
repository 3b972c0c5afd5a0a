"""What people are asked for next: decisions that are open or stale, as far as the results say so."""

from __future__ import annotations

from dataclasses import dataclass

from reelwright.report.blocks import counted
from reelwright.report.results import Results


@dataclass(frozen=True)
class Todo:
    """One thing to do."""

    text: str
    path: str
    """Where, below the results."""


def _stale(results: Results) -> list[Todo]:
    """Decisions that were made about something else than what is there now."""
    found = []
    for path in ("design/crosswalk.json", "sources/numbering.json"):
        data = results.json(path)
        items = data["decisions"]["stale"] if data else []
        if items:
            more = f" and {len(items) - 1} more" if len(items) > 1 else ""
            found.append(Todo(f"decide again about {items[0]}{more}: changed since", path))
    return found


def _open(results: Results) -> list[Todo]:
    names = len(results.table("design/crosswalk_review.csv"))
    numbering = results.json("sources/numbering.json") or {"episodes": []}
    episodes = [one["episode_id"] for one in numbering["episodes"] if one["review"]]
    found = []
    if episodes:
        found.append(
            Todo(
                f"say which episode {episodes[0]} is ({counted(len(episodes), 'old episode')} open)",
                "sources/numbering.json",
            )
        )
    if names:
        found.append(Todo(f"decide about {counted(names, 'name')} of the wiki", "design/crosswalk_review.csv"))
    anchors = results.json("identity/review/train_manifest.json")
    loose = sum(not one["tightened"] for one in anchors["anchors"]) if anchors else 0
    if loose:
        found.append(Todo(f"tighten {counted(loose, 'identity anchor')}", "identity/review/vlm_review.csv"))
    return found


def todos(results: Results) -> list[Todo]:
    """What is to be decided, the stale first."""
    return [*_stale(results), *_open(results)]
