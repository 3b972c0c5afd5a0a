"""What people are asked for next: decisions that are stale or open, as far as the results say so."""

from __future__ import annotations

from dataclasses import dataclass

from reelwright.report.blocks import counted
from reelwright.report.results import Results
from reelwright.report.sections import review


@dataclass(frozen=True)
class Todo:
    """One thing to do."""

    text: str
    path: str
    """Where, below the results."""


def _again(items: list[str]) -> str:
    more = f" and {len(items) - 1} more" if len(items) > 1 else ""
    return f"decide again about {items[0]}{more}: changed since"


def _without_page(results: Results) -> list[Todo]:
    """What the files of domains say, where no review page has counted it."""
    stale, still = [], []
    for path in ("design/crosswalk.json", "sources/numbering.json"):
        items = (results.json(path) or {"decisions": {"stale": []}})["decisions"]["stale"]
        stale += [Todo(_again(items), path)] if items else []
    numbering = results.json("sources/numbering.json") or {"episodes": []}
    episodes = [one["episode_id"] for one in numbering["episodes"] if one["review"]]
    if episodes:
        text = f"say which episode {episodes[0]} is ({counted(len(episodes), 'old episode')} open)"
        still.append(Todo(text, "sources/numbering.json"))
    names = len(results.table("design/crosswalk_review.csv"))
    if names:
        still.append(Todo(f"decide about {counted(names, 'name')} of the wiki", "design/crosswalk_review.csv"))
    return [*stale, *still]


def _on_page(figures: review.ReviewFigures) -> list[Todo]:
    """What the review page has counted: what can't hold, what is stale, then the first tab that is not decided."""
    found = []
    if figures.problems:
        domain, text = figures.problems[0]
        found.append(Todo(f"mend {figures.folder}/{domain}.csv: {text}", review.PAGE))
    if figures.stale:
        found.append(Todo(_again([one.item for one in figures.stale]), review.PAGE))
    tab = next((one for one in figures.tabs if one.undecided), None)
    if tab:
        found.append(Todo(f"review {tab.title.lower()}: {tab.undecided:,} of {tab.items:,} undecided", review.PAGE))
    return found


def todos(results: Results) -> list[Todo]:
    """What is to be decided, the stale first."""
    figures = review.figures_of(results)
    found = _without_page(results) if figures is None else _on_page(figures)
    anchors = results.json("identity/review/train_manifest.json")
    loose = sum(not one["tightened"] for one in anchors["anchors"]) if anchors else 0
    if loose:
        found.append(Todo(f"tighten {counted(loose, 'identity anchor')}", "identity/review/vlm_review.csv"))
    return found
