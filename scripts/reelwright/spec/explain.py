"""What is wrong with a spec, in a person's words, from the errors that its models raise."""

from __future__ import annotations

import difflib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from reelwright.spec.model import DesignPackage, Package, Spec
from reelwright.spec.shots import DETECTORS

MESSAGES = {
    "missing": "is required",
    "string_type": "expected text",
    "int_type": "expected a whole number",
    "int_from_float": "expected a whole number",
    "float_type": "expected a number",
    "finite_number": "expected a finite number",
    "bool_type": "expected true or false",
    "list_type": "expected a list",
    "dict_type": "expected keys and values",
    "model_type": "expected keys and values",
    "model_attributes_type": "expected keys and values",
    "tuple_type": "expected a list of two numbers, [width, height]",
    "too_long": "expected {max_length} of them",
    "too_short": "expected at least {min_length} of them",
    "string_too_long": "expected at most {max_length} characters",
    "multiple_of": "expected a multiple of {multiple_of}",
}
"""Our words for pydantic's error types; others keep pydantic's."""

PATTERNS = {
    r"^[0-9]{2}$": 'expected a two-digit episode number in quotes, as "01"',
    r"^[a-z][a-z0-9_-]*$": "expected lower-case letters, digits, - and _, beginning with a letter",
    r"^[^\x00-\x1f]+$": "expected a path, without control characters",
    r"^\S(.*\S)?$": "expected a label, without spaces around it",
    r"^[a-z]{2,3}$": 'expected the code of a language, as "en"',
    r"^[^\x00-\x1f/]+$": "expected a title, without slashes and line breaks",
    r"^\S+( \S+)*$": "expected a word or phrase, without surplus spaces",
    r"^[A-Za-z][A-Za-z0-9_]*$": "expected the name of an option, as top_p",
    r"^https?://[^\s/@]+(/\S*)?$": "expected an address, as http://127.0.0.1:11434",
    r"^#[0-9a-f]{6}$": 'expected a colour in quotes, as "#ffffff"',
    r"^[^/\x00-\x1f]+$": "expected a pattern of file names, without slashes, as *_rough*",
    r"^ep[0-9]{2}_[0-9]{6,}_[0-9]{6,}$": "expected the id of a clip, as ep01_001234_001321",
    r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$": "expected the name of a bucket: 3 to 63 of a-z, 0-9, dash and dot",
    r"^([A-Za-z0-9{}!_.*'()-]+/)+$": "expected folders with a slash after each, as custom-actors-trash/",
    r"^[a-z0-9-]+$": "expected the name of a region, as us-west-1",
    r"^(match_input_image|[0-9]{1,2}:[0-9]{1,2})$": 'expected match_input_image or a ratio in quotes, as "16:9"',
    r"^[A-Z][A-Z0-9_]*$": "expected the name of an environment variable, as OPENAI_API_KEY",
}
"""What each pattern of the models means."""


LANES: dict[str, type[BaseModel]] = {"video": Package, "design": DesignPackage}
"""The kinds of packages, by lane."""


@dataclass(frozen=True)
class Complaint:
    """One thing that is wrong with a spec, wherever it was read from."""

    path: tuple[str, ...]
    """The key's path, as a person would follow it."""
    value: str
    """The offending value, shortened; empty where there is none."""
    expected: str
    nearest: str | None = None


def short(value: Any) -> str:
    """A value as JSON, cut to 60 characters."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


def nearest_name(name: str, choices: Sequence[str], cutoff: float = 0.6) -> str | None:
    """The one of ``choices`` most like ``name``; None where none is."""
    return next(iter(difflib.get_close_matches(name, choices, n=1, cutoff=cutoff)), None)


def _required_type(annotation: Any) -> Any:
    """An annotation without the None of an optional value, and without what is checked of it besides."""
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, UnionType):
        others = [one for one in get_args(annotation) if one is not type(None)]
        return others[0] if len(others) == 1 else annotation
    return annotation


def _follow(loc: Sequence[int | str]) -> tuple[FieldInfo | None, Any]:
    """The last field of the models on the way to ``loc``, and the type of what lies there."""
    field: FieldInfo | None = None
    current: Any = Spec
    for part in loc:
        if isinstance(current, type) and issubclass(current, BaseModel):
            field = current.model_fields.get(str(part))
            current = _required_type(field.annotation) if field else None
        elif get_origin(current) in (Union, UnionType):
            current = {**DETECTORS, **LANES}.get(str(part))
        else:
            current = _required_type((get_args(current) or (None,))[-1])
    return field, current


def path_of(loc: Sequence[int | str]) -> tuple[str, ...]:
    """A key's path without the parts that pydantic adds: the detector's or lane's name in the union, ``[key]``."""
    parts = tuple(str(part) for part in loc if part != "[key]")
    if parts[:1] == ("packages",) and len(parts) > 2 and parts[2] in LANES:
        return parts[:2] + parts[3:]
    return parts[:1] + parts[2:] if parts[:1] == ("shots",) and len(loc) > 1 and parts[1] in DETECTORS else parts


def _range(field: FieldInfo | None) -> str:
    """The range of a number, both ends of it: ``1 to 50``."""
    ends: dict[str, float] = {}
    for one in field.metadata if field else []:
        ends |= {name: getattr(one, name) for name in ("ge", "gt", "le", "lt") if hasattr(one, name)}
    if {"ge", "le"} <= set(ends):
        return f"expected {ends['ge']:g} to {ends['le']:g}"
    words = {"ge": "at least {:g}", "gt": "more than {:g}", "le": "at most {:g}", "lt": "less than {:g}"}
    return "expected " + " and ".join(text.format(ends[name]) for name, text in words.items() if name in ends)


def _unknown_key(error: ErrorDetails) -> Complaint:
    path = path_of(error["loc"])
    _, section = _follow(error["loc"][:-1])
    fields = list(getattr(section, "model_fields", {}))
    where = f"no key of the detector {error['loc'][1]}" if path[0] == "shots" else "no key here"
    lane = str(error["loc"][2]) if path[0] == "packages" and len(path) == 3 else ""
    if any(path[-1] in one.model_fields for name, one in LANES.items() if lane and name != lane):
        return Complaint(path, "", f"is no key of the lane {lane}: lanes are never mixed in a package")
    return Complaint(path, "", f"is {where}", nearest_name(path[-1], fields))


def _choice(error: ErrorDetails) -> Complaint:
    path, value = path_of(error["loc"]), error["input"]
    if error["type"] == "union_tag_invalid":
        tag, tags = ("lane", list(LANES)) if path[0] == "packages" else ("detector", list(DETECTORS))
        path, value, names = (*path, tag), value.get(tag), tags
    else:
        names = [str(one) for one in get_args(_follow(error["loc"])[1])]
    return Complaint(path, short(value), f"expected one of {', '.join(names)}", nearest_name(str(value), names))


def complaint(error: ErrorDetails) -> Complaint:
    """What one of pydantic's errors on a spec means."""
    kind, context, path = error["type"], error.get("ctx", {}), path_of(error["loc"])
    if kind == "extra_forbidden":
        return _unknown_key(error)
    if kind == "union_tag_not_found" and path[0] == "packages":
        return Complaint((*path, "lane"), "", MESSAGES["missing"])
    if kind in ("literal_error", "union_tag_invalid"):
        return _choice(error)
    if kind == "missing" and isinstance(error["loc"][-1], int):
        return Complaint(path[:-1], short(error["input"]), MESSAGES["tuple_type"])
    if kind == "string_pattern_mismatch":
        words = PATTERNS[context["pattern"]]
    elif kind.startswith(("greater_than", "less_than")):
        words = _range(_follow(error["loc"])[0])
        words += f" for the detector {error['loc'][1]}" if path[0] == "shots" else ""
    else:
        words = MESSAGES[kind].format(**context) if kind in MESSAGES else error["msg"]
    if isinstance(error["input"], bool) and kind == "string_type":
        words += " (YAML reads yes, no, on and off as true and false: quote them)"
    return Complaint(path, "" if kind == "missing" else short(error["input"]), words)
