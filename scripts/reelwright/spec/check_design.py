"""What the types of the part `design` can't say: that its folders, rules and words fit each other."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reelwright.spec.design import ArtNames, Design
from reelwright.spec.explain import nearest_name

LEADING, TRAILING = ("show", "code", "category", "kind"), ("version", "state")
"""Fields of a rule before and behind `{name}`."""

Fault = tuple[str, str, str, str | None]


def design_faults(design: Design) -> Iterator[Fault]:
    """Every fault of the part, paths aside."""
    rules = list(design.names.rules)
    for key, folder in design.folders.items():
        for rule in folder.rules:
            if rule not in rules:
                expected = f"is no rule of design.names.rules ({', '.join(rules)})"
                yield f"design.folders.{key}.rules", rule, expected, nearest_name(rule, rules)
    for key, extracted in design.extracted.items():
        if not extracted.archive.lower().endswith(".zip"):
            yield f"design.extracted.{key}.archive", extracted.archive, "expected an archive, NAME.zip", None
    yield from _rules(design.names)


def _rules(names: ArtNames) -> Iterator[Fault]:
    for name, pattern in names.rules.items():
        where = f"design.names.rules.{name}"
        fields = [field for field, _ in re.findall(r"\{(\w*)(\??)\}", pattern)]
        unknown = [field for field in fields if field not in (*LEADING, "name", *TRAILING)]
        if unknown:
            known = [*LEADING, "name", *TRAILING]
            expected = f"{{{unknown[0]}}} is no field: expected {', '.join(known)}"
            yield where, pattern, expected, nearest_name(unknown[0], known)
        elif fields.count("name") != 1 or len(set(fields)) < len(fields) or "{name}" not in pattern:
            yield where, pattern, "expected {name} once, and every other field at most once", None
        elif set(fields[: fields.index("name")]) - set(LEADING) or set(fields[fields.index("name") :]) & set(LEADING):
            expected = f"expected {', '.join(LEADING)} before {{name}} and {', '.join(TRAILING)} behind it"
            yield where, pattern, expected, None
        elif "show" in fields and names.show is None:
            yield "design.names.show", "", f"is required where a rule ({name}) begins with {{show}}", None
