"""Review: what people have decided, what is open, and which decisions are about something that has changed since."""

from __future__ import annotations

from dataclasses import dataclass

from reelwright.report.blocks import Bar, Bars, Block, Link, Note, Notes, Part, Section, Table, Tone, counted
from reelwright.report.results import Results

INDEX = "review/index.json"

PAGE = "review/index.html"

LEGEND: tuple[tuple[str, Tone], ...] = (("decided", "good"), ("open", "left"))


@dataclass(frozen=True)
class Tab:
    """One tab of the review page."""

    title: str
    items: int
    undecided: int


@dataclass(frozen=True)
class Stale:
    """A decision about something that has changed since."""

    domain: str
    item: str
    decision: str
    reviewer: str


@dataclass(frozen=True)
class ReviewFigures:
    """The state of decisions when the review page was made."""

    tabs: tuple[Tab, ...]
    stale: tuple[Stale, ...]
    problems: tuple[tuple[str, str], ...]
    """Domain, and what can't be read or contradicts itself."""
    folder: str
    """Where the files of decisions lie."""


def figures_of(results: Results) -> ReviewFigures | None:
    """Tabs and states; None where no review page was made."""
    data = results.json(INDEX)
    if data is None:
        return None
    states = sorted(data["states"].items())
    problems = [(domain, text) for domain, state in states for text in state["problems"]]
    problems += [
        (domain, f"{one['kept']['item']}: {one['kept']['decision']} holds, {one['dropped']['decision']} contradicts it")
        for domain, state in states
        for one in state["conflicts"]
    ]
    return ReviewFigures(
        tuple(Tab(one["title"], one["items"], one["undecided"]) for one in data["tabs"]),
        tuple(
            Stale(domain, *(row[key] for key in ("item", "decision", "reviewer")))
            for domain, state in states
            for row in state["stale"]
        ),
        tuple(problems),
        data["folder"],
    )


def section(figures: ReviewFigures) -> Section:
    """Stale and contradicting decisions first, then how far each tab is."""
    blocks: list[Block] = []
    if figures.problems:
        notes = tuple(Note(text, f"{figures.folder}/{domain}.csv") for domain, text in figures.problems)
        blocks.append(Notes("Decisions that can't hold", notes, "bad"))
    if figures.stale:
        rows = tuple((one.domain, one.item, one.decision, one.reviewer) for one in figures.stale)
        columns = ("domain", "item", "decision", "reviewer")
        blocks.append(Table("To be decided again: changed since", columns, rows, folded=len(rows) > 12))
    bars = tuple(
        Bar(
            one.title,
            f"{one.items - one.undecided:,} of {one.items:,}",
            (Part(one.items - one.undecided, "good"), Part(one.undecided, "left")),
        )
        for one in figures.tabs
        if one.items
    )
    if bars:
        blocks.append(Bars("Decided", "tab", "decided, of all", bars, LEGEND))
    undecided = sum(one.undecided for one in figures.tabs)
    said = f"{counted(undecided, 'item')} undecided, {counted(len(figures.stale), 'decision')} to be made again."
    return Section("review", "Review", said, tuple(blocks), (Link(PAGE, PAGE),))
