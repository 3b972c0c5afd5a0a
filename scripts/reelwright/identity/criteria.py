"""The criteria of an identity anchor, what can be answered to each, and the verdict that follows from the answers.

The verdict is never asked for: whoever looks answers plain questions, and the same answers always give the same verdict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from reelwright.models.form import closed_object, one_line, one_of, read_object

Verdict = Literal["TRAIN", "EVAL_ONLY", "EXCLUDE"]

OTHER, NOBODY, UNKNOWN = "other", "none", "unknown"

CRITERIA: Mapping[str, tuple[str, ...]] = {
    "character": (OTHER, NOBODY),
    "content": ("drawing", "text_sheet", "broken"),
    "line": ("clean", "rough"),
    "figures": ("one", "several", "none"),
    "head": ("whole", "partial", "none"),
    "view": ("figure", "head", "detail", "cut_off"),
    "state": ("on_model", "odd"),
    "marks": ("none", "some"),
}
"""The criteria with the words that answer them; ``character`` takes the names of characters too. Measurements may also
answer ``unknown``."""

EXCLUDING: Mapping[str, Mapping[str, str]] = {
    "character": {OTHER: "wrong_character", NOBODY: "no_character"},
    "content": {"text_sheet": "text_sheet", "broken": "broken"},
    "line": {"rough": "rough"},
    "figures": {"none": "no_character"},
}
"""Answers for which a plate is no anchor at all, and why (the brief: wrong or no character, text sheet, rough, broken)."""

NOT_TRAINING: Mapping[str, Mapping[str, str]] = {
    "figures": {"several": "several_figures"},
    "head": {"partial": "head_not_whole", "none": "head_not_whole"},
    "view": {"detail": "detail", "cut_off": "partial_view"},
    "state": {"odd": "odd_state"},
    "marks": {"some": "labels"},
}
"""Answers for which a plate is for evaluation only, with the reason (the brief: several poses, a detail, a partial view, an odd
state; labels and construction lines keep from training too)."""


@dataclass(frozen=True)
class Given:
    """One criterion's answer."""

    answer: str
    confidence: float
    """0 to 1."""
    origin: Literal["model", "measured", "name"]


Answers = Mapping[str, Given]
"""An answer to each of ``CRITERIA``."""


@dataclass(frozen=True)
class Judged:
    """A verdict, and why."""

    verdict: Verdict
    confidence: float
    """Of the surest answer that speaks against it, for what is not TRAIN; of the least sure answer for TRAIN."""
    reasons: tuple[str, ...]
    """Empty for TRAIN."""


def judge(answers: Answers, expected: str, side: int, flags: Sequence[str], train_side: int, least: float) -> Judged:
    """The verdict on a plate of the character ``expected`` whose longest side is ``side`` pixels.

    TRAIN needs every criterion answered well with at least the confidence ``least``, ``train_side`` pixels, and colours that
    are not guessed (``flags``).
    """
    against = _hits(answers, EXCLUDING)
    character = answers["character"]
    if character.answer not in (expected, OTHER, NOBODY, UNKNOWN):
        against.append(("wrong_character", character.confidence))
    if against:
        return Judged("EXCLUDE", max(sure for _, sure in against), _reasons(against))
    against = _hits(answers, NOT_TRAINING)
    if side < train_side:
        against.append(("small", 1.0))
    if "cmyk_without_icc" in flags:
        against.append(("colours_guessed", 1.0))
    unsure = [(f"{name}_{UNKNOWN}", 1.0) for name, one in answers.items() if one.answer == UNKNOWN]
    unsure += [
        (f"{name}_unsure", 1.0) for name, one in answers.items() if one.answer != UNKNOWN and one.confidence < least
    ]
    if against or unsure:
        return Judged("EVAL_ONLY", max(sure for _, sure in against or unsure), _reasons([*against, *unsure]))
    return Judged("TRAIN", min(one.confidence for one in answers.values()), ())


def _hits(answers: Answers, table: Mapping[str, Mapping[str, str]]) -> list[tuple[str, float]]:
    return [
        (words[answers[name].answer], answers[name].confidence)
        for name, words in table.items()
        if answers[name].answer in words
    ]


def _reasons(found: Sequence[tuple[str, float]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(reason for reason, _ in found))


def review_schema(characters: Sequence[str]) -> dict[str, Any]:
    """JSON Schema of a model's answer about a plate, in the strict form."""
    sure = {"type": "number", "minimum": 0, "maximum": 1}
    properties = {
        name: closed_object(
            {"answer": one_of((*characters, *words) if name == "character" else words), "confidence": sure}
        )
        for name, words in CRITERIA.items()
    }
    return closed_object({**properties, "note": {"type": "string"}})


def read_review(text: str, characters: Sequence[str]) -> tuple[dict[str, Given], str] | str:
    """A model's answers and its note, or what is wrong with them, in words for the model."""
    data = read_object(text, review_schema(characters))
    if isinstance(data, str):
        return data
    answers = {name: Given(data[name]["answer"], float(data[name]["confidence"]), "model") for name in CRITERIA}
    return answers, one_line(data["note"])
