"""What a vision-language model answers about a clip: its JSON Schema, and reading it leniently but never loosely."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from reelwright.errors import listed

SHOT_TYPES = (
    "extreme close-up",
    "close-up",
    "medium close-up",
    "medium shot",
    "medium wide shot",
    "wide shot",
    "extreme wide shot",
    "over-the-shoulder shot",
    "insert",
)
"""Sizes of shots by their standard names."""

CAMERAS = ("static", "pan_left", "pan_right", "tilt_up", "tilt_down", "zoom_in", "zoom_out", "complex")
"""Camera motions, by the names under which they are measured."""

SHOWN = 6
"""Problems of one answer that are told to the model; more would not help it."""


@dataclass(frozen=True)
class Vocabulary:
    """What an answer may name; an empty tuple leaves a field free."""

    characters: tuple[str, ...]
    locations: tuple[str, ...]
    scene_types: tuple[str, ...]


@dataclass(frozen=True)
class ClipAnswer:
    """A model's words on one clip."""

    visual_description: str
    shot_type: str
    camera: str
    characters: tuple[str, ...]
    outfits: tuple[tuple[str, str], ...]
    """Pairs of character and outfit."""
    location: str | None
    scene_type: str
    action: str
    props: tuple[str, ...]
    on_screen_text: str | None
    usable: bool
    reason: str
    """Why it is not usable."""


def answer_schema(vocabulary: Vocabulary) -> dict[str, Any]:
    """JSON Schema of an answer, in the strict form that servers constrain their output with: every key required, no others."""
    name = _one_of(vocabulary.characters)
    properties: dict[str, Any] = {
        "visual_description": {"type": "string"},
        "shot_type": _one_of(SHOT_TYPES),
        "camera": _one_of(CAMERAS),
        "characters": {"type": "array", "items": name},
        "outfits": {"type": "array", "items": _object({"character": name, "outfit": {"type": "string"}})},
        "location": {"anyOf": [_one_of(vocabulary.locations), {"type": "null"}]},
        "scene_type": _one_of(vocabulary.scene_types),
        "action": {"type": "string"},
        "props": {"type": "array", "items": {"type": "string"}},
        "on_screen_text": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "usable": {"type": "boolean"},
        "reason": {"type": "string"},
    }
    return _object(properties)


def _one_of(words: Sequence[str]) -> dict[str, Any]:
    return {"type": "string", "enum": list(words)} if words else {"type": "string"}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def read_answer(text: str, vocabulary: Vocabulary) -> ClipAnswer | str:
    """The answer in ``text``, or what is wrong with it, in words for the model.

    A fence around the JSON, keys nobody asked for, and another case or spacing of a listed word are forgiven; a
    missing key, another type, and a word that is not listed are not.
    """
    data = _json(text)
    if isinstance(data, str):
        return data
    schema = answer_schema(vocabulary)
    data = {key: _listed(data[key], part) for key, part in schema["properties"].items() if key in data}
    problems = list(_problems(data, schema))
    if problems:
        return listed(problems, SHOWN)
    if not data["visual_description"].strip():
        return "visual_description is empty"
    return ClipAnswer(
        visual_description=_line(data["visual_description"]),
        shot_type=data["shot_type"],
        camera=data["camera"],
        characters=tuple(dict.fromkeys(data["characters"])),
        outfits=tuple((one["character"], _line(one["outfit"])) for one in data["outfits"] if one["outfit"].strip()),
        location=(data["location"] or "").strip() or None,
        scene_type=data["scene_type"],
        action=_line(data["action"]),
        props=tuple(filter(None, map(_line, data["props"]))),
        on_screen_text=_line(data["on_screen_text"] or "") or None,
        usable=data["usable"],
        reason=_line(data["reason"]),
    )


def _json(text: str) -> dict[str, Any] | str:
    fenced = re.fullmatch(r"\s*```(?:json)?\s*(.*?)\s*```\s*", text, re.DOTALL)
    try:
        data = json.loads(fenced[1] if fenced else text)
    except ValueError as error:
        return f"that is no valid JSON ({error})"
    return data if isinstance(data, dict) else "that is no JSON object"


def _listed(value: Any, schema: dict[str, Any]) -> Any:
    """``value`` with listed words in the form in which they are listed."""
    if "anyOf" in schema:
        return _listed(value, schema["anyOf"][0])
    if isinstance(value, list) and "items" in schema:
        return [_listed(one, schema["items"]) for one in value]
    if isinstance(value, dict) and "properties" in schema:
        return {key: _listed(value[key], part) for key, part in schema["properties"].items() if key in value}
    if isinstance(value, str) and "enum" in schema:
        return {_plain(word): word for word in schema["enum"]}.get(_plain(value), value)
    return value


def _plain(word: str) -> str:
    return re.sub(r"[\s_-]+", " ", word).strip().casefold()


def _line(text: str) -> str:
    return " ".join(text.split())


def _problems(data: dict[str, Any], schema: dict[str, Any]) -> Iterator[str]:
    from jsonschema import Draft202012Validator

    for error in Draft202012Validator(schema).iter_errors(data):
        where = error.json_path.removeprefix("$.").removeprefix("$") or "the answer"
        cause = error
        while cause.context:
            cause = cause.context[0]
        if cause.validator == "enum":
            yield f"{where} is {cause.instance!r}: expected one of {', '.join(cause.validator_value)}"
        elif cause.validator == "required":
            yield f"{where}: {cause.message}"
        else:
            yield f"{where} is {json.dumps(cause.instance, ensure_ascii=False)[:60]}: expected {cause.validator_value}"
