"""The README of a package of the design lane, for whoever gets only this folder."""

from __future__ import annotations

from typing import Any

from reelwright.facts import facts
from reelwright.packages.models import MODELS
from reelwright.spec.lane import DesignPackage

FILES = {
    "diffsynth": "trainers/diffsynth.sh",
    "imagefolder": "trainers/imagefolder/",
    "ai-toolkit": "trainers/ai-toolkit.sh",
    "musubi": "trainers/musubi.sh",
}
"""What each trainer is started with, or reads."""

FORMS = {
    "diffsynth": "rows that stand there as often as they are drawn; its image models take `metadata.jsonl`, key `image`",
    "imagefolder": "each image once, with `repeats` and `weight`",
    "ai-toolkit": "a dataset for each number of repeats",
    "musubi": "a dataset for each number of repeats",
}
"""How each is told of repeats."""


def design_readme(name: str, settings: DesignPackage, summary: dict[str, Any]) -> str:
    """The text of ``README.md``; ``summary`` is that of ``summary.json``."""
    head = "| {} | images | draws an epoch | a draw shows it |\n|---|---|---|---|\n"
    line = "| {} | {images} | {draws} | {expected_share:.1%} |"
    tables = [
        head.format(what) + "\n".join(line.format(key, **facts) for key, facts in summary[several].items())
        for what, several in (("category", "categories"), ("character", "characters"))
        if summary[several]
    ]
    equal = "".join(f"\n{', '.join(group)} are drawn equally often, on purpose." for group in summary["balance"])
    exports = "\n".join(
        f"| `{FILES[one]}` | {facts().trainers[one].title}: {FORMS[one]} |" for one in settings.trainers
    )
    return f"""# {name}

A training package for {MODELS[settings.model].repository}: {summary["rows"]} images of licensed production art, at most
{settings.long_side} pixels long, {summary["draws"]} draws an epoch. No frame of a master is in it.

{(chr(10) * 2).join(tables)}
{equal}
{summary["sheet_share"]:.1%} of all draws show sheets; their captions call them so.

## What is here

| file | what |
|---|---|
| `metadata.jsonl` | one row an image: `image` (relative path), `prompt`, `repeats`, `weight` (share of draws), what it shows |
| `media/` | the images |
{exports}
| `PROVENANCE.json` | for each image: its file of production art by sha256, how it was read, its colour profile |
| `summary.json` | counts and shares, and every drawing that was left out, with its reason |
| `preflight.json` | present once every image was opened and found right |

The media is read-only and its sha256 is in `PROVENANCE.json`: after any change, the preflight refuses the row.
"""
