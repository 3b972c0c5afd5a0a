"""The datasheet in a package's README: what it is made of, whose it is, how its rows were chosen and what it lacks.

After "Datasheets for Datasets" (Gebru et al., 2021), as far as a build can answer its questions: it says what it knows, and
leaves out what only people know.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from reelwright.packages.croissant import RIGHTS
from reelwright.packages.distribution import KINDS
from reelwright.packages.select import EpisodeSelection
from reelwright.spec.model import Package

SAID = {
    "row": "rows of the package",
    "surplus": "could be rows, but others were drawn",
    "unusable": "not usable: what was measured, what a model saw, or what a person decided",
    "holdout": "show frames that are held out for evaluation",
    "leak": "nearly copy a picture that is held out",
    "filter": "left out by the package's filters",
    "short": "too short for a row",
    "alike": "would give a still like another one",
}
"""What each kind of fate means."""


def _selection(settings: Package) -> str:
    """How rows are chosen, in a sentence."""
    filters = {f"only.{key}": value for key, value in settings.only.model_dump().items() if value}
    filters |= {f"exclude.{key}": value for key, value in settings.exclude.model_dump().items() if value}
    listed = "; ".join(
        f"{key}: {', '.join(map(str, value)) if isinstance(value, list) else value}" for key, value in filters.items()
    )
    wanted = (
        f"Of the clips that may be trained on and are long enough, those are taken that pass {listed}. "
        if listed
        else ""
    )
    if settings.rows_per_episode is not None:
        how = f"{settings.rows_per_episode} are drawn from each episode"
    elif settings.rows is None:
        return f"{wanted}Every usable clip that may be trained on and is long enough{' and passes' if listed else ''} is a row."
    elif settings.balance is None:
        how = f"{settings.rows} are drawn, each with the same chance"
    else:
        among = f" ({', '.join(settings.balance.among)})" if settings.balance.among else ""
        filled = "" if settings.balance.strict else "; where one has too few, the others fill up"
        how = f"{settings.rows} are drawn, equally many by {settings.balance.by}{among}{filled}"
    return (
        f"{wanted}{how[0].upper()}{how[1:]}: those whose sha256 of `{settings.seed}:` and clip id is lowest, so the draw is "
        "the same everywhere and another episode reshuffles nothing."
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)


def _motion(summary: dict[str, Any], usable: int) -> str:
    rows = [
        (said.format(name), f"{counts['rows'] / summary['rows']:.0%}", f"{counts['usable'] / usable:.0%}")
        for kind, said in KINDS.items()
        for name, counts in summary["distribution"][kind].items()
    ]
    return _table(("what is seen", "of the rows", "of all usable clips"), rows)


def _gaps(settings: Package, summary: dict[str, Any], unknown: Counter[str]) -> list[str]:
    rows, gaps = summary["rows"], [f"{warning}." for warning in summary["warnings"]]
    for what, count in sorted(unknown.items()):
        gaps.append(f"In {count} of the {rows} rows no {what} is known.")
    others = {source: count for source, count in summary["captions"].items() if source not in ("vlm", "imported")}
    for source, count in others.items():
        gaps.append(f"{count} captions are {source}: no model looked at the clip.")
    floored = sum(count for frames, count in summary["buckets"].items() if int(frames) < min(settings.frame_buckets))
    if floored and settings.stills is None:
        gaps.append(f"{floored} rows are shorter than the smallest frame count that was declared.")
    return gaps


def datasheet(
    settings: Package,
    summary: dict[str, Any],
    chosen: Sequence[EpisodeSelection],
    masters: Sequence[dict[str, Any]],
    rights: str,
) -> str:
    """The datasheet, in Markdown, to follow ``readme``; ``masters`` are the ``sources`` of the provenance."""
    fates = [fate for episode in chosen for fate in episode.fates]
    kinds = Counter(str(fate.kind) for fate in fates)
    rows = [fate.traits for fate in fates if fate.kind == "row"]
    unknown = Counter(
        what
        for one in rows
        for what, known in (("character", one.characters), ("location", one.location), ("camera move", one.camera))
        if not known
    )
    per_source = {one.source.source_id: len(one.rows) for one in chosen}
    sources = _table(
        ("master", "title", "seconds", "rows", "sha256"),
        [(f"`{one['path']}`", one["title"], f"{one['duration_s']:.1f}", per_source[one["source_id"]], f"`{one['sha256']}`")
         for one in masters],
    )  # fmt: skip
    gaps = "\n".join(f"* {gap[0].upper()}{gap[1:]}" for gap in _gaps(settings, summary, unknown)) or "None is known."
    return f"""
## Datasheet

### Where it is from, and whose it is

Every frame is from one of these masters, whose rights are stated as *{rights}*; lane: {settings.lane}. Nothing else is in it.

{sources}

{RIGHTS}

### How rows were chosen

{_selection(settings)}
`selection.csv` says of each of the {len(fates)} clips of these episodes whether it is a row, and why.

{_table(("clips", "what became of them"), [(kinds[kind], said) for kind, said in SAID.items() if kinds[kind]])}

### Whether it moves as its episodes do

{_motion(summary, len(fates) - kinds["unusable"])}

A clip counts for each character in it. `CHANGES.md` says what is other than in the build before.

### Known gaps

{gaps}

### How to check it, and how to make a row again

`sha256sum -c --quiet SHA256SUMS` in this folder checks every file that was built. `croissant.json` describes the package in
the words of Croissant 1.0.

`python3 recut.py CLIP_ID MASTER OUT.mp4` cuts a row again from its master; it needs Python 3.9 and FFmpeg 5.1, nothing else. It
reads `PROVENANCE.json`: the master is known by its sha256, the span by time stamps (`start_pts`, `end_pts`, in units of
`time_base`), `filters` of its source is how FFmpeg fits a picture, and `frames_taken` which source frame each frame shows.
"""
