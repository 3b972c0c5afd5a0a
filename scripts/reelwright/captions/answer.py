"""What a vision-language model answers about a clip: its JSON Schema, and reading it leniently but never loosely."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reelwright.models.form import closed_object, one_line, one_of, read_object

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
    name = one_of(vocabulary.characters)
    properties: dict[str, Any] = {
        "visual_description": {"type": "string"},
        "shot_type": one_of(SHOT_TYPES),
        "camera": one_of(CAMERAS),
        "characters": {"type": "array", "items": name},
        "outfits": {"type": "array", "items": closed_object({"character": name, "outfit": {"type": "string"}})},
        "location": {"anyOf": [one_of(vocabulary.locations), {"type": "null"}]},
        "scene_type": one_of(vocabulary.scene_types),
        "action": {"type": "string"},
        "props": {"type": "array", "items": {"type": "string"}},
        "on_screen_text": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "usable": {"type": "boolean"},
        "reason": {"type": "string"},
    }
    return closed_object(properties)


def read_answer(text: str, vocabulary: Vocabulary) -> ClipAnswer | str:
    """The answer in ``text``, or what is wrong with it, in words for the model: ``read_object`` says what is forgiven."""
    data = read_object(text, answer_schema(vocabulary))
    if isinstance(data, str):
        return data
    if not data["visual_description"].strip():
        return "visual_description is empty"
    return ClipAnswer(
        visual_description=one_line(data["visual_description"]),
        shot_type=data["shot_type"],
        camera=data["camera"],
        characters=tuple(dict.fromkeys(data["characters"])),
        outfits=tuple((one["character"], one_line(one["outfit"])) for one in data["outfits"] if one["outfit"].strip()),
        location=(data["location"] or "").strip() or None,
        scene_type=data["scene_type"],
        action=one_line(data["action"]),
        props=tuple(filter(None, map(one_line, data["props"]))),
        on_screen_text=one_line(data["on_screen_text"] or "") or None,
        usable=data["usable"],
        reason=one_line(data["reason"]),
    )
