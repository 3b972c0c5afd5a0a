"""Clips: how long they are, what became of every second of the episodes, and what is to be seen in them."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from reelwright.report.blocks import (
    Bar,
    Bars,
    Block,
    Cell,
    Facts,
    Histogram,
    Lane,
    Link,
    Part,
    Section,
    Table,
    Timeline,
    Tone,
    counted,
    minutes,
    share,
)
from reelwright.report.results import Clip, Results

MOST_BARS = 30
"""Bars of a chart; what comes after is one bar of its own."""

MOST_BINS = 24
"""Bins of the histogram of lengths."""

BIN_WIDTHS_S = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Widths that a bin may have: the smallest that needs no more than ``MOST_BINS``."""

USABLE: tuple[tuple[str, Tone], ...] = (("usable", "good"), ("not usable", "warn"))

FATES: tuple[tuple[str, Tone], ...] = (
    ("usable", "good"),
    ("held out", "held"),
    ("not usable", "warn"),
    ("left out by a rule", "left"),
)
"""What becomes of a second of an episode; the rest lies in transitions and trimmed edges."""


@dataclass(frozen=True)
class EpisodeSpans:
    """What became of one episode."""

    episode: str
    title: str
    seconds: float
    fates: tuple[tuple[str, tuple[tuple[float, float], ...]], ...]
    """Spans in seconds, by the names of ``FATES``."""
    dropped: tuple[tuple[str, float], ...]
    """Seconds left out, by rule."""


@dataclass(frozen=True)
class ClipFigures:
    """The clips of a season."""

    clips: tuple[Clip, ...]
    episodes: tuple[EpisodeSpans, ...]
    dropped: tuple[tuple[str, int], ...]
    """Candidates that never became clips, by rule."""
    links: tuple[Link, ...]


def _fate(clip: Clip) -> str:
    if clip.split != "train":
        return "held out"
    return "usable" if clip.usable else "not usable"


def _spans(results: Results, episode: str, seconds: float, clips: Iterable[Clip]) -> EpisodeSpans:
    spans: dict[str, list[tuple[float, float]]] = {name: [] for name, _ in FATES}
    for clip in clips:
        spans[_fate(clip)].append((clip.start_s, clip.end_s))
    dropped: Counter[str] = Counter()
    for row in results.jsonl(f"clips/ep{episode}.jsonl"):
        if not row["kept"]:
            spans["left out by a rule"].append((row["start_s"], row["end_s"]))
            dropped[row["drop"]["rule"]] += row["end_s"] - row["start_s"]
    return EpisodeSpans(
        episode,
        results.scope.episodes[episode],
        seconds,
        tuple((name, tuple(found)) for name, found in spans.items()),
        tuple(sorted(dropped.items())),
    )


def figures_of(results: Results) -> ClipFigures | None:
    """The clips of the manifest, and the spans of all candidates; None without a manifest."""
    counts = results.json("manifest.json")
    if counts is None:
        return None
    by_episode: dict[str, list[Clip]] = {episode: [] for episode in results.scope.episodes}
    for clip in results.clips:
        by_episode.setdefault(clip.episode, []).append(clip)
    lengths = {one["production_episode"]: one["duration_s"] for one in results.json("sources/masters.json") or []}
    episodes = [
        _spans(results, episode, float(lengths[episode]), by_episode[episode])
        for episode in results.scope.episodes
        if lengths.get(episode) and results.has(f"clips/ep{episode}.jsonl")
    ]
    known = ("manifest.jsonl", "manifest.json")
    return ClipFigures(
        results.clips,
        tuple(episodes),
        tuple(sorted(counts["dropped"].items(), key=lambda one: (-one[1], one[0]))),
        tuple(Link(path, path) for path in known if results.has(path)),
    )


def length_histogram(clips: Iterable[Clip]) -> Histogram:
    """Clips by their length, usable and not."""
    rows = list(clips)
    low = min((clip.seconds for clip in rows), default=0.0)
    high = max((clip.seconds for clip in rows), default=1.0)
    width = next((one for one in BIN_WIDTHS_S if (high - low) / one <= MOST_BINS - 2), BIN_WIDTHS_S[-1])
    # A quotient may be rounded up to the next whole number: no length lies outside the edges.
    first = math.floor(low / width) - (math.floor(low / width) * width > low)
    bins = max(1, math.floor(high / width) - first + 1)
    edges = tuple((first + number) * width for number in range(bins + 1))
    counts = [[0, 0] for _ in range(bins)]
    for clip in rows:
        counts[bisect_right(edges, clip.seconds) - 1][0 if clip.usable else 1] += 1
    return Histogram("Lengths", "s", edges, tuple((one, two) for one, two in counts), USABLE)


def _chart(title: str, label: str, names: Iterable[tuple[str, Clip]]) -> Bars:
    """Clips by a name that they have, usable and not, the most frequent first."""
    sums: dict[str, list[int]] = {}
    for name, clip in names:
        sums.setdefault(name, [0, 0])[0 if clip.usable else 1] += 1
    ordered = sorted(sums.items(), key=lambda one: (-sum(one[1]), one[0]))
    rest = ordered[MOST_BARS:]
    if rest:
        name = f"{counted(len(rest), label)} more"
        ordered = [*ordered[:MOST_BARS], (name, [sum(one[1][part] for one in rest) for part in (0, 1)])]
    bars = tuple(
        Bar(name, f"{usable:,} + {other:,}" if other else f"{usable:,}", (Part(usable, "good"), Part(other, "warn")))
        for name, (usable, other) in ordered
    )
    return Bars(title, label, "clips, usable + not", bars, USABLE)


def _timeline(figures: ClipFigures) -> Timeline:
    tones = dict(FATES)
    rows: list[tuple[Cell, ...]] = []
    lanes = []
    for one in figures.episodes:
        lanes.append(
            Lane(one.episode, one.title, one.seconds, tuple((tones[name], spans) for name, spans in one.fates))
        )
        sums = [round(sum(end - start for start, end in spans), 1) for _, spans in one.fates]
        rules = ", ".join(f"{rule} {seconds:.1f}" for rule, seconds in one.dropped)
        # Clips of a long shot may overlap those that were left out.
        rows.append((one.episode, round(one.seconds, 1), *sums, rules))
    columns = ("episode", "seconds", *(name for name, _ in FATES), "seconds left out, by rule")
    note = "What no colour covers lies in transitions, trimmed edges and between clips."
    return Timeline(
        "What became of every second",
        tuple(lanes),
        FATES,
        Table("The same in seconds", columns, tuple(rows), folded=True),
        note,
    )


def section(figures: ClipFigures) -> Section:
    """Lengths, the timeline of each episode, and what is to be seen."""
    clips = figures.clips
    usable = [clip for clip in clips if clip.usable]
    seconds = sum(clip.seconds for clip in clips)
    facts = (
        ("clips", f"{len(clips):,}"),
        ("minutes", f"{seconds / 60:.1f}"),
        ("usable", f"{len(usable):,} ({share(len(usable), len(clips))})"),
        ("held out", f"{sum(clip.split != 'train' for clip in clips):,}"),
        ("mean length", f"{seconds / len(clips):.2f} s" if clips else "none"),
    )
    reasons = Counter(reason for clip in clips for reason in clip.reasons)
    places = ((clip.location or "not known", clip) for clip in clips)
    people = ((who, clip) for clip in clips for who in clip.characters or ("nobody",))
    moves = (((clip.camera or "not known").replace("_", " "), clip) for clip in clips)
    blocks: list[Block] = [
        Facts(facts),
        _timeline(figures),
        length_histogram(clips),
        _chart("Characters", "character", people),
        _chart("Locations", "location", places),
        _chart("Camera motion", "motion", moves),
        Table("Not usable, by reason", ("reason", "clips"), tuple(reasons.most_common())),
        Table("Candidates that were left out, by rule", ("rule", "candidates"), figures.dropped),
    ]
    said = f"{counted(len(clips), 'clip')}, {minutes(seconds)}, of which {len(usable):,} can be used."
    return Section("clips", "Clips", said, tuple(blocks), figures.links)
