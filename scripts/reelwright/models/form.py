"""The form of an answer: its JSON Schema in the strict form, and reading it leniently but never loosely."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from reelwright.errors import listed

SHOWN = 6
"""Problems of one answer that are told to the model; more would not help it."""


def one_of(words: Sequence[str]) -> dict[str, Any]:
    """Schema of one of ``words``; of any text where there are none."""
    return {"type": "string", "enum": list(words)} if words else {"type": "string"}


def closed_object(properties: dict[str, Any]) -> dict[str, Any]:
    """Schema of an object with these keys, every one required and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def read_object(text: str, schema: dict[str, Any]) -> dict[str, Any] | str:
    """The object of ``schema`` in ``text``, or what is wrong with it, in words for the model.

    A fence around the JSON, keys nobody asked for, and another case or spacing of a listed word are forgiven; a
    missing key, another type, and a word that is not listed are not.
    """
    data = _json(text)
    if isinstance(data, str):
        return data
    data = {key: _listed(data[key], part) for key, part in schema["properties"].items() if key in data}
    problems = list(_problems(data, schema))
    if problems:
        return listed(problems, SHOWN)
    return data


def one_line(text: str) -> str:
    """``text`` with its white space as single spaces."""
    return " ".join(text.split())


def _json(text: str) -> dict[str, Any] | str:
    fenced = re.fullmatch(r"\s*```(?:json)?\s*(.*?)\s*```\s*", text, re.DOTALL)
    try:
        data = json.loads(fenced[1] if fenced else text)
    except ValueError as error:
        return f"that is no valid JSON ({error})"
    return data if isinstance(data, dict) else "that is no JSON object"


def _listed(value: Any, schema: dict[str, Any]) -> Any:
    """``value`` with listed words in the form in which they are listed, and without keys nobody asked for."""
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
        elif cause.validator in ("minimum", "maximum"):
            yield f"{where} is {cause.instance}: {cause.validator} {cause.validator_value}"
        else:
            yield f"{where} is {json.dumps(cause.instance, ensure_ascii=False)[:60]}: expected {cause.validator_value}"
