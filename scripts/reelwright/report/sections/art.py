"""Production art: what its names say, what the wiki calls it, and the anchors of the characters."""

from __future__ import annotations

from dataclasses import dataclass

from reelwright.report.blocks import Bar, Bars, Block, Link, Part, Section, Table, Tone, counted
from reelwright.report.results import Results

DICTIONARIES = ("characters", "outfits", "props", "backgrounds", "style_guides")

GRADES: tuple[tuple[str, Tone], ...] = (("high", "good"), ("medium", "good"), ("low", "warn"), ("none", "left"))
"""Confidence of the crosswalk, the surest first."""

VERDICTS: tuple[tuple[str, Tone], ...] = (("TRAIN", "good"), ("EVAL_ONLY", "held"), ("EXCLUDE", "left"))


@dataclass(frozen=True)
class ArtFigures:
    """Production art as data."""

    dictionaries: tuple[tuple[str, int], ...]
    crosswalk: tuple[tuple[str, int], ...]
    """Names of the wiki by confidence."""
    locations: tuple[tuple[str, str, int], ...]
    """Location, confidence of its surest link, backgrounds."""
    anchors: tuple[tuple[str, int], ...]
    """Candidates by verdict."""
    sheets: tuple[Link, ...]
    """Contact sheets with the decision drawn over each plate."""
    links: tuple[Link, ...]


def figures_of(results: Results) -> ArtFigures | None:
    """Dictionaries, crosswalk and anchors; None where the spec has no production art."""
    found = [(name, results.json(f"design/{name}.json")) for name in DICTIONARIES]
    dictionaries = tuple((name.replace("_", " "), len(data["entries"])) for name, data in found if data)
    crosswalk = (results.json("design/crosswalk.json") or {"counts": {}})["counts"]
    locations = (results.json("design/locations.json") or {"locations": []})["locations"]
    anchors = (results.json("identity/review/usable_manifest.json") or {"counts": {}})["counts"]
    if not dictionaries and not anchors:
        return None
    folder = results.folder / "identity" / "review" / "contact_sheets_decision"
    known = ("design/crosswalk.json", "design/crosswalk_review.csv", "identity/review/vlm_review.csv")
    return ArtFigures(
        dictionaries,
        tuple((grade, crosswalk.get(grade, 0)) for grade, _ in GRADES) if crosswalk else (),
        tuple((one["location"], one["confidence"], len(one["backgrounds"])) for one in locations),
        tuple((verdict, anchors.get(verdict, 0)) for verdict, _ in VERDICTS) if anchors else (),
        tuple(Link(path.name, str(path.relative_to(results.folder))) for path in sorted(folder.glob("*.jpg"))),
        tuple(Link(path, path) for path in known if results.has(path)),
    )


def section(figures: ArtFigures) -> Section:
    """Anchors, crosswalk, dictionaries, locations."""
    tones = {**dict(GRADES), **dict(VERDICTS)}
    blocks: list[Block] = []
    for title, label, unit, counts in (
        ("Identity anchors", "verdict", "candidates", figures.anchors),
        ("Names of the wiki, by how surely they mean an asset", "confidence", "names", figures.crosswalk),
    ):
        if counts:
            bars = tuple(Bar(name, f"{count:,}", (Part(count, tones[name]),)) for name, count in counts)
            blocks.append(Bars(title, label, unit, bars))
    if figures.dictionaries:
        blocks.append(Table("Dictionaries", ("dictionary", "entries"), figures.dictionaries))
    if figures.locations:
        columns = ("location", "confidence", "backgrounds")
        blocks.append(Table("Locations", columns, figures.locations, folded=len(figures.locations) > 12))
    entries = sum(count for _, count in figures.dictionaries)
    candidates = sum(count for _, count in figures.anchors)
    said = (
        f"{counted(entries, 'entry', 'entries')} in the dictionaries, {counted(candidates, 'candidate')} for anchors."
    )
    return Section("art", "Production art", said, tuple(blocks), (*figures.links, *figures.sheets))
