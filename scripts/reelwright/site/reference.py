"""Pages of the reference that are generated each time the site is built: schemas, and the domains with their results."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from reelwright.files import SCHEMAS
from reelwright.site.domains import Domain

DEEPEST = 4
"""Levels of nested fields that a schema's page lists."""


def _cell(text: str) -> str:
    """Text for a cell of a Markdown table: one line, nothing of it markup."""
    line = " ".join(text.split()).replace("\\", "\\\\")
    for mark, harmless in (
        ("&", "&amp;"),
        ("<", "&lt;"),
        (">", "&gt;"),
        ("|", "\\|"),
        ("*", "\\*"),
        ("_", "\\_"),
        ("[", "\\["),
    ):
        line = line.replace(mark, harmless)
    return line


def _kind(schema: Mapping[str, Any] | bool) -> str:
    """What a value is, in words; `true` stands for a schema that takes anything, `false` for one that takes nothing."""
    if isinstance(schema, bool):
        return "any value" if schema else "nothing"
    if "const" in schema:
        return f"always {json.dumps(schema['const'])}"
    if "enum" in schema:
        return "one of " + ", ".join(
            json.dumps(value) if not isinstance(value, str) else value for value in schema["enum"]
        )
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " or ".join(dict.fromkeys(_kind(one) for one in schema[several]))
    kind = schema.get("type", "any value")
    words = " or ".join(kind) if isinstance(kind, list) else str(kind)
    if "array" in words and "items" in schema:
        words += f" of {_kind(schema['items'])}"
    return words


def _fields(
    schema: Mapping[str, Any], whole: Mapping[str, Any], path: str = "", depth: int = 0
) -> Iterator[tuple[str, ...]]:
    """Path, kind, whether it has to be there, and description of each field, nested ones after what holds them."""
    reference = schema.get("$ref", "")
    if reference.startswith("#/$defs/"):
        schema = whole["$defs"][reference.rsplit("/", 1)[-1]]
    if depth > DEEPEST:
        return
    for name, one in schema.get("properties", {}).items():
        here = f"{path}{name}"
        must = "yes" if name in schema.get("required", ()) else ""
        if isinstance(one, bool):
            yield here, _kind(one), must, ""
            continue
        yield here, _kind(one), must, one.get("description", one.get("title", ""))
        yield from _fields(one, whole, f"{here}.", depth + 1)
    for key, mark in (("items", "[]"), ("additionalProperties", "<name>")):
        inner = schema.get(key)
        if isinstance(inner, dict):
            yield from _fields(
                inner, whole, f"{path.removesuffix('.')}{'.' if key != 'items' and path else ''}{mark}.", depth + 1
            )
    for several in ("anyOf", "oneOf"):
        for one in schema.get(several, ()):
            yield from _fields(one, whole, path, depth)


def read_schemas(folder: Path = SCHEMAS) -> dict[str, dict[str, Any]]:
    """Every schema by name, but that of the spec, which has a page of its own."""
    paths = sorted(folder.glob("*.schema.json"))
    found = {path.name.removesuffix(".schema.json"): json.loads(path.read_text(encoding="utf-8")) for path in paths}
    return {name: schema for name, schema in found.items() if name != "spec"}


def schema_page(name: str, schema: Mapping[str, Any]) -> str:
    """One schema in Markdown: a table of its fields."""
    lines = [f"# {name}", "", _cell(schema.get("title", name)) + ".", ""]
    if schema.get("description"):
        lines += [_cell(schema["description"]), ""]
    rows = list(dict.fromkeys(_fields(schema, schema)))
    if rows:
        lines += ["| field | what it is | always | |", "|---|---|---|---|"]
        lines += [
            f"| `{path.replace('|', '')}` | {_cell(kind)} | {must} | {_cell(said)} |" for path, kind, must, said in rows
        ]
    else:
        lines.append(f"A value: {_cell(_kind(schema))}.")
    return "\n".join([*lines, "", f"The schema itself: `schemas/{name}.schema.json` (JSON Schema 2020-12).", ""])


def schemas_page(schemas: Mapping[str, Mapping[str, Any]]) -> str:
    """All schemas, each with a link to its page."""
    lines = [
        "# Schemas",
        "",
        "What the build writes is checked against these when it is written, what people write when it is read.",
        "That of the project spec has [a page of its own](spec.md).",
        "",
        "| schema | of what |",
        "|---|---|",
    ]
    lines += [f"| [{name}](schemas/{name}.md) | {_cell(schema.get('title', ''))} |" for name, schema in schemas.items()]
    return "\n".join([*lines, ""])


def domains_page(domains: list[Domain]) -> str:
    """All domains in Markdown: what each needs, what it writes below ``results/<project>/``, and its rules."""
    lines = [
        "# Domains, rules and results",
        "",
        "A domain is a file of rules, in the order in which data flows. Paths are below `results/<project>/`.",
        "The name of a domain is a target too, `demo` and `plan` aside: `snakemake shots`.",
    ]
    for domain in domains:
        lines += ["", f"## {domain.name}", "", _cell(domain.said[:1].upper() + domain.said[1:]), ""]
        lines += ["| | |", "|---|---|", f"| needs | {_cell(domain.inputs)} |", f"| writes | {_cell(domain.outputs)} |"]
        lines += [f"| steps | {_cell(domain.steps)} |"]
        lines += [f"| rules | {', '.join(f'`{rule}`' for rule, _ in domain.rules)} |"]
    return "\n".join([*lines, ""])
