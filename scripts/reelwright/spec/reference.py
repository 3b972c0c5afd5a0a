"""Generates what is derived from the spec's models: ``schemas/spec.schema.json`` and ``docs/spec.md``."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from reelwright.files import SCHEMAS, write_text
from reelwright.spec.model import Spec

DOCUMENT = SCHEMAS.parent / "docs" / "spec.md"

HEAD = """# The project spec, key by key

Generated from `scripts/reelwright/spec/model.py` by `make reference`. One YAML file holds one project; unknown keys are
refused, and every problem is reported at once. Durations are in seconds, lengths in pixels. Paths are relative to the
folder in which Snakemake runs, those of `sources` (but `folder`) to `sources.folder`; none may leave its root.
"""


def spec_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the spec."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Spec.model_json_schema()}


def _kind(schema: dict[str, Any]) -> str:
    """What values a key takes, in words."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})"
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return " or ".join(_kind(one) for one in schema[key] if one.get("type") != "null")
    if schema.get("type") == "array":
        items = schema.get("prefixItems")
        return "[" + ", ".join(_kind(one) for one in items) + "]" if items else f"list of {_kind(schema['items'])}"
    if schema.get("type") == "object":
        entry = schema.get("additionalProperties") or next(iter(schema["patternProperties"].values()))
        return f"name: {_kind(entry)}"
    return str(schema.get("type", "any")) + _bounds(schema)


def _bounds(schema: dict[str, Any]) -> str:
    words = {
        "minimum": "at least {}",
        "exclusiveMinimum": "more than {}",
        "maximum": "at most {}",
        "exclusiveMaximum": "less than {}",
        "multipleOf": "a multiple of {}",
        "pattern": "matching `{}`",
    }
    said = [text.format(schema[key]) for key, text in words.items() if key in schema]
    return f" ({', '.join(said)})" if said else ""


def _default(key: str, section: dict[str, Any], schema: dict[str, Any]) -> str:
    if key in section.get("required", []):
        return "required"
    value = schema.get("default")
    if value is None:
        return "none"
    return "see there" if isinstance(value, dict) and value else f"`{json.dumps(value)}`"


def _section(name: str, schema: dict[str, Any]) -> str:
    lines = [f"\n## {name}\n", re.sub(r"\s+", " ", schema.get("description", "")), ""]
    lines += ["| key | takes | default | meaning |", "|---|---|---|---|"]
    for key, one in schema["properties"].items():
        meaning = re.sub(r"\s+", " ", one.get("description", ""))
        lines.append(f"| `{key}` | {_kind(one)} | {_default(key, schema, one)} | {meaning} |")
    return "\n".join(lines) + "\n"


def spec_document() -> str:
    """The reference as Markdown: the spec first, then its sections in the order in which they are met."""
    schema = spec_schema()
    sections = [_section("Spec", schema)]
    sections += [_section(name, one) for name, one in schema["$defs"].items()]
    return HEAD + "".join(sections)


def main() -> None:
    """Write both files."""
    write_text(SCHEMAS / "spec.schema.json", json.dumps(spec_schema(), indent=2) + "\n")
    write_text(Path(DOCUMENT), spec_document())


if __name__ == "__main__":
    main()
