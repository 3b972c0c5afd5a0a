"""JSON Schemas as OpenAI's strict mode takes them: it holds the model to the schema, but knows a part of JSON Schema only.

The part is that of OpenAI's guide to structured outputs (2026): objects are closed, every property is required, what may
be left out is null instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KEPT = frozenset(
    {"type", "title", "description", "enum", "const", "$ref", "required", "additionalProperties"}
    | {"pattern", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
    | {"minItems", "maxItems"}
)
"""Keywords that strict mode takes as they are."""

DROPPED = frozenset(
    {"$schema", "$id", "$comment", "default", "examples", "minLength", "maxLength", "uniqueItems"}
    | {"minProperties", "maxProperties"}
)
"""Keywords that strict mode refuses, but that only narrow what is taken: whoever checks the answer still knows them."""


def strict_form(schema: Mapping[str, Any]) -> dict[str, Any] | None:
    """The strict form of a schema; None where it has none, as for objects with names that are not known before."""
    if schema.get("type") != "object":
        return None
    try:
        return _strict(schema)
    except _NotStrict:
        return None


class _NotStrict(Exception):
    """A schema says something that strict mode can't."""


def _strict(schema: Any) -> dict[str, Any]:
    if not isinstance(schema, Mapping):
        raise _NotStrict
    form: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword in KEPT:
            form[keyword] = value
        elif keyword in ("properties", "$defs", "definitions"):
            form[keyword] = {name: _strict(part) for name, part in value.items()}
        elif keyword == "items":
            form[keyword] = _strict(value)
        elif keyword == "anyOf":
            form[keyword] = [_strict(part) for part in value]
        elif keyword not in DROPPED:
            raise _NotStrict
    if "properties" in form or form.get("type") == "object":
        names = set(form.get("properties", {}))
        if form.get("additionalProperties") is not False or set(form.get("required", [])) != names:
            raise _NotStrict
    return form
