"""Captions: where they come from, what is wrong with their words, and what models have cost."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

from reelwright.models.shared_segments import open_segments
from reelwright.report.blocks import Bar, Bars, Block, Facts, Part, Section, Table, counted, share
from reelwright.report.results import Results


@dataclass(frozen=True)
class CaptionFigures:
    """The captions of a season."""

    clips: int
    sources: tuple[tuple[str, str, int], ...]
    """Source, model and clips."""
    lint: tuple[tuple[str, int], ...]
    """Usable clips with each flaw."""
    common: tuple[tuple[str, float], ...]
    """Phrases that a model can't tell from the trigger word, with the share of clips that have them."""
    spent: tuple[tuple[str, float], ...]
    """Currency and sum, of all that the project has asked of models."""


def spent_of(results: Results) -> tuple[tuple[str, float], ...]:
    """What the project has spent on models so far, by currency; nothing where no call was ever paid for.

    Raises BuildError where the ledger is damaged.
    """
    folder = results.scope.ledger
    if folder is None or not folder.is_dir():
        return ()
    amounts: dict[str, list[float]] = {}
    for row in open_segments(folder, "ledger").fresh():
        amounts.setdefault(row["currency"], []).append(row["amount"])
    return tuple((currency, math.fsum(found)) for currency, found in sorted(amounts.items()))


def figures_of(results: Results) -> CaptionFigures | None:
    """Captions by source, flaws and money; None without a manifest."""
    counts = results.json("manifest.json")
    if counts is None:
        return None
    sources = Counter((clip.caption_source, clip.caption_model or "") for clip in results.clips)
    return CaptionFigures(
        len(results.clips),
        tuple((*key, count) for key, count in sorted(sources.items(), key=lambda one: (-one[1], one[0]))),
        tuple(sorted(counts["lint"].items(), key=lambda one: (-one[1], one[0]))),
        tuple((one["phrase"], one["share"]) for one in counts["common_phrases"]),
        spent_of(results),
    )


def money(spent: tuple[tuple[str, float], ...]) -> str:
    """Sums of money in words."""
    return ", ".join(f"{amount:,.2f} {currency}" for currency, amount in spent) or "nothing"


def section(figures: CaptionFigures) -> Section:
    """Sources, flaws, phrases."""
    bars = tuple(
        Bar(f"{source} ({model})" if model else source, f"{count:,}", (Part(count),))
        for source, model, count in figures.sources
    )
    blocks: list[Block] = [
        Facts((("captions", f"{figures.clips:,}"), ("spent on models, all runs", money(figures.spent)))),
        Bars("Where captions come from", "source", "clips", bars),
    ]
    if figures.lint:
        blocks.append(Table("Flaws in their words", ("flaw", "usable clips"), figures.lint))
    if figures.common:
        rows = tuple((phrase, share(part, 1)) for phrase, part in figures.common)
        note = "A model can't tell these from the trigger word."
        blocks.append(Table("Phrases that nearly all have", ("phrase", "of the clips"), rows, note=note))
    said = f"{counted(figures.clips, 'caption')}; spent on models so far: {money(figures.spent)}."
    return Section("captions", "Captions", said, tuple(blocks))
