"""What there is now, in a few numbers: for the head of the report and for the last words of a build."""

from __future__ import annotations

from dataclasses import dataclass

from reelwright.report.blocks import counted, minutes, share
from reelwright.report.results import Results
from reelwright.report.sections.captions import money, spent_of


@dataclass(frozen=True)
class Package:
    """A package that was made."""

    name: str
    rows: int
    passed: bool
    """Whether its preflight has passed."""


@dataclass(frozen=True)
class Overview:
    """The results in numbers. What was never made is None or empty."""

    episodes: int
    failed_episodes: tuple[str, ...]
    clips: int | None
    seconds: float
    usable: int
    captions: tuple[tuple[str, int], ...]
    """Clips by caption source."""
    packages: tuple[Package, ...]
    declared: int
    """Packages that the spec names."""
    spent: tuple[tuple[str, float], ...]
    """By currency, over all runs."""


def overview(results: Results) -> Overview:
    """Read from summaries alone; raises BuildError where the ledger is damaged."""
    manifest = results.json("manifest.json") or {}
    packages = []
    for name in results.scope.packages:
        summary = results.json(f"packages/{name}/summary.json")
        if summary:
            packages.append(Package(name, summary["rows"], results.has(f"packages/{name}/preflight.json")))
    return Overview(
        len(results.scope.episodes),
        tuple(manifest.get("failed_episodes", ())),
        manifest.get("clips"),
        manifest.get("seconds", 0.0),
        manifest.get("usable", 0),
        tuple(manifest.get("captions", {}).items()),
        tuple(packages),
        len(results.scope.packages),
        spent_of(results),
    )


def facts(now: Overview) -> tuple[tuple[str, str], ...]:
    """The numbers under their names."""
    made = now.episodes - len(now.failed_episodes)
    found = [("episodes", f"{made} of {now.episodes}" if now.failed_episodes else f"{now.episodes}")]
    if now.clips is not None:
        found += [
            ("clips", f"{now.clips:,}"),
            ("usable", f"{now.usable:,} ({share(now.usable, now.clips)})"),
            ("length", minutes(now.seconds)),
        ]
    rows = sum(one.rows for one in now.packages)
    packages = f"{len(now.packages)} of {now.declared}" if len(now.packages) < now.declared else f"{now.declared}"
    found += [("packages", f"{packages}, {counted(rows, 'row')}"), ("spent on models", money(now.spent))]
    return tuple(found)
