"""Generates what is derived from models: ``schemas/spec.schema.json`` and ``docs/spec.md``, ``schemas/facts.schema.json``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from reelwright.facts import Facts
from reelwright.files import SCHEMAS, write_text
from reelwright.spec.explain import PATTERNS
from reelwright.spec.model import Spec

DOCUMENT = SCHEMAS.parent / "docs" / "spec.md"

HEAD = """# The project spec, key by key

Generated from the models in `scripts/reelwright/spec/` by `make reference`. One YAML file holds one project; unknown keys are
refused, and every problem is reported at once. Durations are in seconds, lengths in pixels. Paths are relative to the
folder in which Snakemake runs, those of `sources` (but `folder`) to `sources.folder`; none may leave its root.
"""

ENTRIES = {"^[0-9]{2}$": "<NN>"}
"""What stands for the names of entries in a key's path; for others, `<name>`."""


def spec_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the spec: no key is allowed that it does not name, or give the pattern of."""
    schema = Spec.model_json_schema()
    for section in (schema, *schema["$defs"].values()):
        for one in section["properties"].values():
            if "patternProperties" in one:
                one["additionalProperties"] = False
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def facts_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the facts of models and trainers."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Facts.model_json_schema()}


def _model(schema: dict[str, Any]) -> str:
    return str(schema["$ref"]).rsplit("/", 1)[-1]


def _entries(schema: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The pattern of an object's keys, and what each of them takes."""
    ((pattern, entry),) = schema["patternProperties"].items()
    return pattern, entry


def _kind(schema: dict[str, Any]) -> str:
    """What values a key takes, in words."""
    if "$ref" in schema:
        return f"[{_model(schema)}](#{_model(schema).lower()})"
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return " or ".join(_kind(one) for one in schema[key] if one.get("type") != "null")
    if schema.get("format") == "path":
        return "path"
    if schema["type"] == "array":
        items = schema.get("prefixItems")
        return "[" + ", ".join(_kind(one) for one in items) + "]" if items else f"list of: {_kind(schema['items'])}"
    if schema["type"] == "object":
        pattern, entry = _entries(schema)
        return f"{ENTRIES.get(pattern, '<name>')}: {_kind(entry)}".replace("<", "&lt;").replace(">", "&gt;")
    return str(schema["type"]) + _bounds(schema)


def _bounds(schema: dict[str, Any]) -> str:
    words = {
        "minimum": "at least {}",
        "exclusiveMinimum": "more than {}",
        "maximum": "at most {}",
        "exclusiveMaximum": "less than {}",
        "multipleOf": "a multiple of {}",
        "maxLength": "at most {} characters",
    }
    said = [text.format(schema[key]) for key, text in words.items() if key in schema]
    if "pattern" in schema:
        said.insert(0, PATTERNS[schema["pattern"]].removeprefix("expected "))
    return f" ({'; '.join(said)})" if said else ""


def _sections_in(schema: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Names of the models that a key takes, each with what follows the key in the path of one."""
    if "$ref" in schema:
        yield _model(schema), ""
    for one in [*schema.get("anyOf", []), *schema.get("oneOf", [])]:
        yield from _sections_in(one)
    if "items" in schema:
        for name, below in _sections_in(schema["items"]):
            yield name, f".<number>{below}"
    if "patternProperties" in schema:
        pattern, entry = _entries(schema)
        for name, below in _sections_in(entry):
            yield name, "." + ENTRIES.get(pattern, "<name>") + below


def _default(key: str, section: dict[str, Any], models: dict[str, Any]) -> str:
    schema = section["properties"][key]
    if key in section.get("required", []):
        return "required"
    value = schema.get("default")
    if isinstance(value, dict) and value and "patternProperties" not in schema:
        # A section by default: only what is not the default of its own keys needs saying.
        own = models[next(_sections_in(schema))[0]]["properties"]
        other = {name: one for name, one in value.items() if own[name].get("default") != one}
        return f"`{json.dumps(other)}`" if other else "its defaults"
    return "none" if value is None else f"`{json.dumps(value)}`"


def _places(models: dict[str, Any], section: dict[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Every section below ``section`` with its key's path, in the order of the spec."""
    for key, schema in section["properties"].items():
        for name, entry in _sections_in(schema):
            yield name, f"{path}{key}{entry}"
            yield from _places(models, models[name], f"{path}{key}{entry}.")


def _section(name: str, places: list[str], schema: dict[str, Any], models: dict[str, Any]) -> str:
    said = f" Stands at {', '.join(f'`{place}`' for place in places)}." if places else ""
    lines = [f"\n## {name}\n", re.sub(r"\s+", " ", schema["description"]) + said, ""]
    lines += ["| key | takes | default | meaning |", "|---|---|---|---|"]
    for key, one in schema["properties"].items():
        meaning = re.sub(r"\s+", " ", one["description"])
        lines.append(f"| `{key}` | {_kind(one)} | {_default(key, schema, models)} | {meaning} |")
    return "\n".join(lines) + "\n"


def spec_document() -> str:
    """The reference as Markdown: the spec first, then its sections in the order in which they are met."""
    schema = spec_schema()
    models = schema["$defs"]
    places: dict[str, list[str]] = {}
    for name, place in _places(models, schema):
        places.setdefault(name, []).append(place)
    sections = [_section(name, found, models[name], models) for name, found in places.items()]
    return HEAD + _section("Spec", [], schema, models) + "".join(sections)


def main() -> None:
    """Write them all."""
    write_text(SCHEMAS / "facts.schema.json", json.dumps(facts_schema(), indent=2) + "\n")
    write_text(SCHEMAS / "spec.schema.json", json.dumps(spec_schema(), indent=2) + "\n")
    write_text(DOCUMENT, spec_document())


if __name__ == "__main__":
    main()
