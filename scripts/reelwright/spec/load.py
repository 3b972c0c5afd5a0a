"""From a YAML file to a checked, typed spec; or every problem it has, each with key, value and what was expected."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from reelwright.errors import Problem, SpecError
from reelwright.spec.check import check_values
from reelwright.spec.model import DETECTORS, Spec
from reelwright.spec.yamlfile import read_yaml

DEFAULT = "config/demo.yaml"
"""The project that a bare `snakemake` builds."""

RUN_OPTIONS = frozenset({"targets", "actors_mode", "actors"})
"""Keys that `--config` takes beside those of the spec: they choose what one run does."""

MESSAGES = {
    "missing": "is required",
    "extra_forbidden": "is no key here",
    "string_type": "expected text",
    "int_type": "expected a whole number",
    "int_from_float": "expected a whole number",
    "float_type": "expected a number",
    "bool_type": "expected true or false",
    "list_type": "expected a list",
    "dict_type": "expected keys and values",
    "model_type": "expected keys and values",
    "model_attributes_type": "expected keys and values",
    "too_long": "expected {max_length} of them",
    "tuple_type": "expected a list of two numbers, [width, height]",
    "greater_than": "expected more than {gt}",
    "greater_than_equal": "expected at least {ge}",
    "less_than": "expected less than {lt}",
    "less_than_equal": "expected at most {le}",
    "multiple_of": "expected a multiple of {multiple_of}",
    "too_short": "expected at least {min_length} of them",
    "string_too_short": "expected some text",
}
"""Our words for pydantic's error types; others keep pydantic's."""

PATTERNS = {
    r"^\d{2}$": 'expected a two-digit episode number in quotes, as "01"',
    r"^[a-z][a-z0-9_-]*$": "expected lower-case letters, digits, - and _, beginning with a letter",
}


def _merge(data: dict[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(data)
    for key, value in overrides.items():
        old = merged.get(key)
        merged[key] = _merge(old, value) if isinstance(old, dict) and isinstance(value, Mapping) else value
    return merged


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


def _path(error: ErrorDetails) -> list[str]:
    """The key's path without the parts that pydantic adds: the detector's name in a union, ``[key]``."""
    parts = [str(part) for part in error["loc"] if part != "[key]"]
    if len(parts) > 1 and parts[0] == "shots" and parts[1] in DETECTORS:
        del parts[1]
    return parts


def _fields(model: type[BaseModel], path: list[str]) -> list[str]:
    """Names of the keys that are allowed beside the last one of ``path``."""
    current: Any = model
    for part in path[:-1]:
        models = [one for one in _models_in(current) if part in one.model_fields]
        # A part that is no field names an entry (an episode, a package), whose type is at hand already.
        if models:
            current = models[0].model_fields[part].annotation
    return sorted({name for one in _models_in(current) for name in one.model_fields})


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models_in(argument)]


def _nearest(name: str, choices: list[str]) -> str | None:
    found = difflib.get_close_matches(name, choices, n=1, cutoff=0.6)
    return found[0] if found else None


def _expected(error: ErrorDetails, data: dict[str, Any]) -> tuple[str, str | None]:
    """What was expected instead, and the nearest valid name."""
    kind, context = error["type"], error.get("ctx", {})
    path = _path(error)
    if kind == "extra_forbidden":
        fields = _fields(Spec, path)
        if path[0] == "shots":
            name = str(data.get("shots", {}).get("detector", "adaptive"))
            fields = sorted(DETECTORS[name].model_fields) if name in DETECTORS else fields
            return f"is no key of the detector {name}", _nearest(path[-1], fields)
        return MESSAGES[kind], _nearest(path[-1], fields)
    if kind in ("literal_error", "union_tag_invalid"):
        allowed = sorted(DETECTORS) if kind == "union_tag_invalid" else str(context["expected"]).replace("'", "")
        names = allowed if isinstance(allowed, list) else allowed.replace(" or ", ", ").split(", ")
        value = error["input"].get("detector") if isinstance(error["input"], dict) else error["input"]
        return f"expected one of {', '.join(names)}", _nearest(str(value), names)
    if kind == "string_pattern_mismatch":
        return PATTERNS.get(str(context["pattern"]), error["msg"]), None
    words = MESSAGES.get(kind, error["msg"]).format(**context)
    if path[0] == "shots" and kind.startswith(("greater", "less")):
        detector = data.get("shots", {}).get("detector", "adaptive")
        words += f" for the detector {detector}"
    return words, None


def _problem(file: str, error: ErrorDetails, data: dict[str, Any]) -> Problem:
    expected, nearest = _expected(error, data)
    value = "" if error["type"] in ("missing", "extra_forbidden") else _short(error["input"])
    if isinstance(error["input"], bool) and error["type"] == "string_type":
        expected += " (YAML reads yes, no, on and off as true and false: quote them)"
    path = _path(error)
    if error["type"] == "union_tag_invalid":
        path, value = [*path, "detector"], _short(error["input"].get("detector"))
    return Problem(file, ".".join(path), value, expected, nearest)


def _text_keys(file: str, data: Any, path: str = "") -> list[Problem]:
    """Keys that YAML did not read as text: 01 is the number 1."""
    problems: list[Problem] = []
    if isinstance(data, dict):
        for key, value in data.items():
            where = f"{path}.{key}" if path else str(key)
            if not isinstance(key, str):
                problems.append(Problem(file, where, "", f"is read as {_short(key)}, not as text: quote the key"))
            problems += _text_keys(file, value, where)
    return problems


def load_spec(path: str | Path, overrides: Mapping[str, Any] | None = None) -> Spec:
    """The spec in the YAML file ``path``, with ``overrides`` (from ``--config``) merged onto it and defaults filled in.

    Raises SpecError with every problem found.
    """
    file = str(path)
    chosen = {key: value for key, value in (overrides or {}).items() if key not in RUN_OPTIONS}
    data = _merge(read_yaml(Path(path)), chosen)
    problems = _text_keys(file, data)
    if problems:
        raise SpecError(problems)
    try:
        spec = Spec.model_validate_json(json.dumps(data))
    except ValidationError as error:
        raise SpecError([_problem(file, one, data) for one in error.errors()]) from error
    problems = [Problem(file, *fault) for fault in check_values(spec)]
    if problems:
        raise SpecError(problems)
    return spec


def choose_spec(files: Sequence[str | Path], overrides: Mapping[str, Any]) -> Spec:
    """The spec of a run: the file that ``--configfile`` names, or the demo's. Two files are not merged but refused."""
    if len(files) > 1:
        raise SpecError(
            [Problem(str(files[1]), "--configfile", "", f"expected one file; {files[0]} is a whole project")]
        )
    return load_spec(files[0] if files else DEFAULT, overrides)


def merged(spec: Spec) -> dict[str, Any]:
    """The whole spec with its defaults, as JSON values: what ``results/<project>/spec.json`` holds."""
    whole: dict[str, Any] = json.loads(spec.model_dump_json())
    return whole
