"""The part `design` of the spec: what doesn't fit together is said with its place and the nearest right word."""

from __future__ import annotations

from typing import Any

import pytest
from test_spec import changed, problems

PART: dict[str, Any] = {
    "folder": "delivery/DESIGN",
    "rights": "licensed",
    "folders": {"PROPS.zip": {"dictionary": "props"}},
    "names": {"show": "TS"},
}


def rule(pattern: str) -> dict[str, Any]:
    return {"names": {"show": "TS", "rules": {"production": pattern}}}


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ({"rights": None}, "design.rights"),
        ({"folder": "../elsewhere"}, "design.folder is ../elsewhere: leaves its root"),
        ({"folders": {}}, "design.folders is {}: expected at least 1 of them"),
        ({"folders": {"/abs": {"dictionary": "props"}}}, "design.folders./abs is /abs: expected a path relative to"),
        (
            {"folders": {"a/../../b": {"dictionary": "props"}}},
            "expected a path relative to design.folder, and inside it",
        ),
        ({"folders": {"A": {"dictionary": "prop"}}}, "expected one of characters, props, backgrounds, style_guides"),
        (
            {"folders": {"A": {"dictionary": "props", "rules": ["producton"]}}},
            "design.folders.A.rules is producton: is no rule of design.names.rules (production, plain); did you mean "
            "'production'?",
        ),
        (
            {"extracted": {"A": {"archive": "A.rar"}}},
            "design.extracted.A.archive is A.rar: expected an archive, NAME.zip",
        ),
        (
            {"extracted": {"A": {"archive": "../A.zip"}}},
            "design.extracted.A.archive is ../A.zip: expected a path relative",
        ),
        ({"wiki": [{"path": "~/wiki.json"}]}, "design.wiki.0.path is ~/wiki.json: expected a path written in full"),
        (rule("{show}_{nam}"), "{nam} is no field: expected show, code, category, kind, name, version, state"),
        (rule("{show}_{code}"), "expected {name} once, and every other field at most once"),
        (rule("{show}_{name?}"), "expected {name} once"),
        (rule("{name}_{name}"), "expected {name} once"),
        (rule("{version}_{name}"), "expected show, code, category, kind before {name} and version, state behind it"),
        (rule("{name}_{code}"), "expected show, code, category, kind before {name}"),
        ({"names": {}}, "design.names.show: is required where a rule (production) begins with {show}"),
        ({"names": {"show": "TS", "aliases": {"a": 7}}}, "design.names.aliases.a is 7: expected text"),
        ({"limits": {"max_ratio": 0}}, "design.limits.max_ratio is 0: expected at least 1"),
        ({"compare": "bytes"}, "design.compare"),
    ],
)
def test_what_does_not_fit_is_said(tmp_path: Any, part: dict[str, Any], expected: str) -> None:
    found = problems(tmp_path, changed(design={**PART, **part}))
    assert any(expected in one for one in found), found
