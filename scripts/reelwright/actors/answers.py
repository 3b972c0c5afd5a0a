"""What a model is asked about a sheet of images, and what it answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reelwright.actors.classes import CLASSES, DEFECTS, Verdict
from reelwright.models.form import closed_object, one_line, one_of, read_object

NAMED = 8
"""Numbers that a complaint names."""


@dataclass(frozen=True)
class SheetAnswer:
    """A model's answer about one sheet."""

    verdicts: tuple[Verdict, ...]
    """In the order of the images."""
    delete: tuple[int, ...]
    """Places, from 0, of the images that the model would take out."""
    generate: str
    summary: str


def sheet_schema() -> dict[str, Any]:
    """JSON Schema of the answer about a sheet, in the strict form."""
    image = closed_object(
        {
            "number": {"type": "integer", "minimum": 1},
            "class": one_of(CLASSES),
            "quality": {"type": "integer", "minimum": 1, "maximum": 10},
            "defects": {"type": "array", "items": one_of(DEFECTS)},
            "reason": {"type": "string"},
        }
    )
    return closed_object(
        {
            "images": {"type": "array", "items": image},
            "delete": {"type": "array", "items": {"type": "integer", "minimum": 1}},
            "generate": {"type": "string"},
            "summary": {"type": "string"},
        }
    )


def read_answer(text: str, count: int) -> SheetAnswer | str:
    """The answer about ``count`` images, or what is wrong with it, in words for the model."""
    data = read_object(text, sheet_schema())
    if isinstance(data, str):
        return data
    numbers = Counter(one["number"] for one in data["images"])
    wrong = {
        "missing": [number for number in range(1, count + 1) if number not in numbers],
        "there more than once": [number for number, times in numbers.items() if times > 1],
        f"not on the sheet, which has {count} images": [number for number in numbers if number > count],
        f"to be deleted, but the sheet has {count} images": [number for number in data["delete"] if number > count],
    }
    problems = [f"image {_named(found)} is {words}" for words, found in wrong.items() if found]
    if problems:
        return "; ".join(problems)
    images = sorted(data["images"], key=lambda one: one["number"])
    return SheetAnswer(
        tuple(
            Verdict(one["class"], one["quality"], tuple(dict.fromkeys(one["defects"])), one_line(one["reason"]))
            for one in images
        ),
        tuple(sorted({number - 1 for number in data["delete"]})),
        one_line(data["generate"]),
        one_line(data["summary"]),
    )


def _named(numbers: Sequence[int]) -> str:
    more = f" and {len(numbers) - NAMED} more" if len(numbers) > NAMED else ""
    return ", ".join(map(str, sorted(numbers)[:NAMED])) + more
