"""What was built from what: the masters with their digests, and what else was delivered."""

from __future__ import annotations

from dataclasses import dataclass

from reelwright.report.blocks import Block, Facts, Link, Section, Table, counted, minutes
from reelwright.report.results import Results

VERDICTS = {"confirmed_duplicate": "the same picture", "variant": "differs", "pending": "undecided"}
"""What a verdict on title variants means."""


@dataclass(frozen=True)
class Master:
    """A delivered master file, or one that should have been."""

    source_id: str
    title: str
    path: str
    sha256: str
    seconds: float
    width: int
    height: int
    fps: str


@dataclass(frozen=True)
class Verdict:
    """On the title variants of an episode."""

    episode: str
    title: str
    alternate: str | None
    verdict: str | None
    """None where an episode came under one title."""


@dataclass(frozen=True)
class SourceFigures:
    """What was delivered."""

    masters: tuple[Master, ...]
    verdicts: tuple[Verdict, ...]
    missing: tuple[str, ...]
    """Episodes without a canonical master."""
    old_clips: tuple[int, int] | None
    """Clips of old material: found in the masters, of how many."""
    recurring: tuple[tuple[str, str], ...]
    """Of head and tail: what the season would need."""
    links: tuple[Link, ...]


def _masters(results: Results) -> tuple[Master, ...]:
    paths = sorted((results.folder / "sources" / "probe").glob("*.json"))
    probes = [results.json(f"sources/probe/{path.name}") for path in paths if path.stem in results.scope.items]
    return tuple(
        Master(*(one[key] for key in ("source_id", "title", "path", "sha256", "duration_s", "width", "height", "fps")))
        for one in probes
        if one
    )


def figures_of(results: Results) -> SourceFigures | None:
    """What was delivered; None before anything was probed."""
    entries = results.json("sources/masters.json")
    if entries is None:
        return None
    old = results.json("sources/reference.json")
    recurring = results.json("scan/recurring.json")
    known = ("sources/masters.csv", "sources/inventory.csv", "sources/reference.json", "scan/recurring.json")
    return SourceFigures(
        _masters(results),
        tuple(
            Verdict(
                one["production_episode"],
                one["canonical_title"],
                one["alternate_title"],
                one["video_duplicate_status"],
            )
            for one in entries
        ),
        tuple(one["production_episode"] for one in entries if one["source_master"] is None),
        (old["counts"]["found"], old["counts"]["clips"]) if old else None,
        tuple((name, recurring[name]["advice"]) for name in ("head", "tail")) if recurring else (),
        tuple(Link(path, path) for path in known if results.has(path)),
    )


def section(figures: SourceFigures) -> Section:
    """Masters with their digests, and one line an episode."""
    rows = tuple(
        (
            one.episode,
            one.title,
            one.alternate or "",
            "not delivered" if one.episode in figures.missing else VERDICTS.get(one.verdict or "", one.verdict or ""),
        )
        for one in figures.verdicts
    )
    masters = tuple(
        (one.source_id, one.path, minutes(one.seconds), f"{one.width}x{one.height}", one.fps, one.sha256)
        for one in figures.masters
    )
    length = sum(one.seconds for one in figures.masters)
    facts = [
        ("episodes", f"{len(figures.verdicts) - len(figures.missing)} of {len(figures.verdicts)}"),
        ("masters", f"{len(figures.masters)}, {minutes(length)}"),
    ]
    if figures.old_clips:
        facts.append(("old clips found in them", "{} of {}".format(*figures.old_clips)))
    blocks: list[Block] = [
        Facts(tuple(facts)),
        Table("Episodes", ("episode", "title", "alternate title", "pictures of the two"), rows, folded=len(rows) > 12),
        Table(
            "Master files",
            ("source", "file", "length", "picture", "frames a second", "sha256"),
            masters,
            folded=True,
            note="All that follows is cut from these files, and every row names the digest of its own.",
        ),
    ]
    if figures.recurring:
        blocks.append(Table("What comes back in every episode", ("place", "advice"), figures.recurring))
    said = f"{counted(len(figures.masters), 'master file')} of {counted(len(figures.verdicts), 'episode')}."
    return Section("sources", "Sources", said, tuple(blocks), figures.links)
