"""Evaluation: what is held out, which clips nearly copy it, and the sets that models are judged by."""

from __future__ import annotations

from dataclasses import dataclass

from reelwright.report.blocks import Bar, Bars, Block, Link, Note, Notes, Part, Section, Table, counted, minutes
from reelwright.report.results import Results


@dataclass(frozen=True)
class HeldOut:
    """A stretch or an episode that no package may show."""

    key: str
    episode: str
    whole: bool
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Leak:
    """A clip that nearly copies something held out."""

    clip_id: str
    guarded: str
    guarded_frame: int | None
    differs: float
    mirrored: bool


@dataclass(frozen=True)
class EvaluationSet:
    """Items of one kind."""

    kind: str
    items: int
    minimum: int
    missing: str | None


@dataclass(frozen=True)
class EvaluationFigures:
    """What models are judged by."""

    held: tuple[HeldOut, ...]
    pictures: int
    unguarded: tuple[tuple[str, str], ...]
    """What can't be guarded, and why: no package is built."""
    leaks: tuple[Leak, ...]
    sets: tuple[EvaluationSet, ...]
    links: tuple[Link, ...]


def figures_of(results: Results) -> EvaluationFigures | None:
    """Holdout, leaks and sets; None where nothing is held out."""
    holdout = results.json("evaluation/holdout.json")
    if holdout is None:
        return None
    leaks = [
        Leak(one["row"], one["guarded"], one["guarded_frame"], one["differs"], one["mirrored"])
        for episode in results.scope.episodes
        for one in results.jsonl(f"evaluation/leaks/ep{episode}.jsonl")
    ]
    sets = results.json("evaluation/sets.json") or {"sets": {}}
    known = ("evaluation/holdout.json", "evaluation/sets.json", "evaluation/reference.jsonl")
    return EvaluationFigures(
        tuple(
            HeldOut(*(one[key] for key in ("key", "episode", "whole", "start_s", "end_s"))) for one in holdout["held"]
        ),
        len(holdout["pictures"]),
        tuple((one["key"], one["reason"]) for one in holdout["missing"]),
        tuple(leaks),
        tuple(EvaluationSet(kind, one["items"], one["minimum"], one["missing"]) for kind, one in sets["sets"].items()),
        tuple(Link(path, path) for path in known if results.has(path)),
    )


def section(figures: EvaluationFigures) -> Section:
    """Unguarded things first, then holdout, leaks and sets."""
    blocks: list[Block] = []
    if figures.unguarded:
        notes = tuple(Note(reason, key) for key, reason in figures.unguarded)
        blocks.append(Notes("Can't be guarded: no package is built", notes, "bad"))
    if figures.sets:
        bars = tuple(
            Bar(
                one.kind,
                f"{one.items:,} of {one.minimum:,} wanted at least",
                (Part(one.items, "good" if one.items >= one.minimum else "warn"),),
                target=one.minimum,
            )
            for one in figures.sets
        )
        blocks.append(Bars("Evaluation sets", "set", "items", bars, note="The mark is the least that the spec wants."))
    held = tuple(
        (one.episode, "all of it" if one.whole else f"{one.start_s:.2f} to {one.end_s:.2f} s", one.key)
        for one in figures.held
    )
    blocks.append(Table("Held out", ("episode", "what", "key of the spec"), held, folded=len(held) > 12))
    if figures.leaks:
        rows = tuple(
            (
                one.clip_id,
                one.guarded,
                one.guarded_frame,
                f"{100 * one.differs:.1f} %",
                "mirrored" if one.mirrored else "",
            )
            for one in figures.leaks
        )
        columns = ("clip", "nearly copies", "its frame", "differs", "how")
        blocks.append(Table("Dropped as copies of what is held out", columns, rows, folded=len(rows) > 12))
    seconds = sum(one.end_s - one.start_s for one in figures.held)
    said = (
        f"{counted(len(figures.held), 'stretch', 'stretches')} ({minutes(seconds)}) and "
        f"{counted(figures.pictures, 'picture')} are held out; {counted(len(figures.leaks), 'copy', 'copies')} "
        f"of {'it' if len(figures.held) == 1 else 'them'} found among the clips."
    )
    return Section("evaluation", "Evaluation", said, tuple(blocks), figures.links)
