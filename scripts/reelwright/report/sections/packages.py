"""Packages: what each is made of, how balanced it is, and what could not become a row."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from reelwright.report.blocks import (
    Bar,
    Bars,
    Block,
    Cell,
    Heading,
    Link,
    Note,
    Notes,
    Part,
    Section,
    Table,
    counted,
    minutes,
)
from reelwright.report.results import Results

KINDS = {
    "unusable": "not usable",
    "holdout": "held out",
    "leak": "copies something held out",
    "filter": "not asked for",
    "short": "too short",
    "alike": "like another",
    "surplus": "others were drawn",
    "anchor": "an anchor that never trains",
    "cap": "over a cap",
    "duplicate": "like another",
    "format": "taken in another format",
    "state": "a state that was not asked for",
}
"""Why something is no row, in words."""


@dataclass(frozen=True)
class Balance:
    """How a package is spread over one trait."""

    title: str
    label: str
    rows: tuple[tuple[str, float, float], ...]
    """Value of the trait, its share of the package and of what it was drawn from (or was declared), in per cent."""
    whole: str
    """What the second share is of."""
    share: str = "share of rows"


@dataclass(frozen=True)
class PackageFigures:
    """One package that was made."""

    name: str
    lane: str
    model: str
    rows: int
    amount: str
    """Length of its media, or draws of an epoch."""
    passed: bool
    trainers: tuple[str, ...]
    left_out: tuple[tuple[str, int], ...]
    """By why."""
    balances: tuple[Balance, ...]
    warnings: tuple[str, ...]
    links: tuple[Link, ...]


def _shares(counts: dict[str, tuple[float, float]]) -> tuple[tuple[str, float, float], ...]:
    """Both columns of counts in per cent of their sums."""
    first, second = (sum(one[place] for one in counts.values()) or 1 for place in (0, 1))
    return tuple((name, 100 * one / first, 100 * other / second) for name, (one, other) in counts.items())


def _of_rows(counts: dict[str, tuple[float, float]], rows: float, whole: float) -> tuple[tuple[str, float, float], ...]:
    """Counts in per cent of rows, for traits of which a row may have several."""
    return tuple(
        (name, 100 * one / (rows or 1), 100 * other / (whole or 1))
        for name, (one, other) in sorted(counts.items(), key=lambda item: (-item[1][1], item[0]))
    )


def _video_balances(summary: dict[str, Any], chosen: list[dict[str, str]]) -> tuple[Balance, ...]:
    episodes = {number: (one["rows"], one["usable"]) for number, one in summary["episodes"].items()}
    usable = sum(one["usable"] for one in summary["episodes"].values())
    found = [Balance("Episodes", "episode", _shares(episodes), "usable clips")]
    traits = {
        key: {name: (one["rows"], one["usable"]) for name, one in counts.items()}
        for key, counts in summary.get("distribution", {}).items()
    }
    # Whatever a person has called a place; clips without one are left aside.
    drawn = Counter(row["location"] for row in chosen if row["row"] == "yes")
    there = Counter(row["location"] for row in chosen if row["kind"] != "unusable")
    traits["location"] = {name or "not known": (drawn[name], there[name]) for name in there}
    for key, title, label in (
        ("characters", "Characters", "character"),
        ("location", "Locations", "location"),
        ("camera", "Camera motion", "motion"),
    ):
        if traits.get(key):
            rows = _of_rows(traits[key], summary["rows"], usable)
            found.append(Balance(title, label, rows, "usable clips"))
    return tuple(found)


def _design_balances(summary: dict[str, Any]) -> tuple[Balance, ...]:
    categories = {name: (one["expected_share"], one["declared_share"]) for name, one in summary["categories"].items()}
    found = [Balance("Categories", "category", _shares(categories), "what the spec declares", "share of draws")]
    if summary["characters"]:
        people = {name: (one["draws"], one["images"]) for name, one in summary["characters"].items()}
        images = sum(one["images"] for one in summary["categories"].values())
        rows = _of_rows(people, summary["draws"], images)
        found.append(Balance("Characters", "character", rows, "images", "share of draws"))
    return tuple(found)


def _amount(summary: dict[str, Any]) -> str:
    if summary.get("lane") == "design":
        return counted(summary["draws"], "draw") + " an epoch"
    if set(summary["buckets"]) == {"1"}:
        return "stills"
    return minutes(summary["seconds"])


def _package(results: Results, name: str, summary: dict[str, Any]) -> PackageFigures:
    folder = f"packages/{name}"
    preflight = results.json(f"{folder}/preflight.json")
    chosen = results.table(f"{folder}/selection.csv")
    design = summary.get("lane") == "design"
    left_out = Counter(row["kind"] for row in chosen if row["row"] != "yes") or Counter(
        summary["drop_counts"] if design else summary["drops"]
    )
    trainers = preflight["trainers"] if preflight else {}
    named = ("README.md", "selection.csv", "CHANGES.md", "PROVENANCE.json", "preflight.csv", "metadata.jsonl")
    return PackageFigures(
        name,
        results.scope.packages[name],
        summary["model"],
        summary["rows"],
        _amount(summary),
        preflight is not None,
        tuple(trainers),
        tuple(left_out.most_common()),
        _design_balances(summary) if design else _video_balances(summary, chosen),
        (
            *summary.get("warnings", ()),
            *(f"{one}: {text}" for one, found in trainers.items() for text in found["warnings"]),
        ),
        tuple(Link(path, f"{folder}/{path}") for path in named if results.has(f"{folder}/{path}")),
    )


def figures_of(results: Results) -> tuple[PackageFigures, ...] | None:
    """Every package that was made, in the spec's order; None where there is none."""
    found = [(name, results.json(f"packages/{name}/summary.json")) for name in results.scope.packages]
    made = tuple(_package(results, name, summary) for name, summary in found if summary)
    return made or None


def _balance(balance: Balance) -> Bars:
    bars = tuple(
        Bar(name.replace("_", " "), f"{part:.0f} % (of {whole:.0f} %)", (Part(part),), target=whole)
        for name, part, whole in balance.rows
    )
    return Bars(balance.title, balance.label, f"{balance.share} (of {balance.whole})", bars)


def section(figures: tuple[PackageFigures, ...]) -> Section:
    """All packages in one table, then the balance of each."""
    overview: tuple[tuple[Cell, ...], ...] = tuple(
        (
            one.name,
            one.lane,
            one.model,
            one.rows,
            one.amount,
            "passed" if one.passed else "not yet",
            ", ".join(one.trainers),
            "; ".join(f"{count:,} {KINDS.get(kind, kind)}" for kind, count in one.left_out),
        )
        for one in figures
    )
    columns = ("package", "lane", "model", "rows", "amount", "preflight", "trainers", "left out")
    blocks: list[Block] = [Table("All packages", columns, overview)]
    for one in figures:
        blocks += [Heading(one.name, one.links), *map(_balance, one.balances)]
        if one.warnings:
            notes = tuple(Note(text) for text in one.warnings)
            blocks.append(Notes(counted(len(notes), "warning"), notes, "warn", folded=len(notes) > 6))
    rows = sum(one.rows for one in figures)
    said = f"{counted(len(figures), 'package')} with {counted(rows, 'row')}; bars are rows, marks what they were drawn from."
    return Section("packages", "Packages", said, tuple(blocks))
