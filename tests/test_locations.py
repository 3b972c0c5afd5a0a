"""Locations and the production backgrounds that show them: by the spec, by name, or none; what is only alike is proposed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lane_inputs import Atelier

from reelwright.files import check, read_json


def linked(tmp_path: Path, *names: str, **changes: Any) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Rows by location, and the outcome, for backgrounds of these names."""
    atelier = Atelier(tmp_path, changes)
    atelier.deliver({f"02_BG/TS_700_BG_{name}_Color.png": b"x" for name in names})
    atelier.deliver({"SPEED/TS_700_BG_ATTIC_LINES_Color.png": b"x"})
    atelier.design()
    data = read_json(tmp_path / "locations.json")
    if data is not None:
        check(data, "locations", "locations.json")
        data = {row["location"]: row for row in data["locations"]}
    return data, read_json(tmp_path / "outcomes" / "link_locations" / "design.json")


def links(row: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(one["id"], one["how"], one["confidence"]) for one in row["backgrounds"]]


def test_by_name_and_what_only_contains_it_is_proposed(tmp_path: Path) -> None:
    rows, outcome = linked(tmp_path, "OLD_PIER", "PIER_CAFE", "HARBOUR")
    assert links(rows["Old Pier"]) == [("background.old-pier", "equal", "high")]
    assert (rows["Pier"]["confidence"], rows["Pier"]["backgrounds"]) == ("low", [])
    assert set(rows["Pier"]["proposals"]) >= {"background.old-pier", "background.pier-cafe"}
    assert (rows["Attic"]["confidence"], rows["Attic"]["backgrounds"]) == ("none", []), "speed lines show no place"
    assert outcome["status"] == "ok"
    assert outcome["warnings"] == ["2 of 3 locations have no production background for sure: Attic, Pier"]


def test_the_spec_says_more(tmp_path: Path) -> None:
    rows, _ = linked(
        tmp_path, "OLD_PIER", "PIER_CAFE", "LOFT", locations={"Pier": ["pier cafe"], "attic": ["background.loft"]}
    )
    assert links(rows["Pier"]) == [("background.pier-cafe", "spec", "high")]
    assert links(rows["Attic"]) == [("background.loft", "spec", "high")]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (
            {"Pier": ["pier caff"]},
            "design.locations.Pier names 'pier caff', which is no background; did you mean 'pier cafe'?",
        ),
        (
            {"Peer": ["pier cafe"]},
            "design.locations.Peer names 'Peer', which is no location of the show; did you mean 'Pier'?",
        ),
    ],
)
def test_a_name_that_is_none_is_a_failed_part(tmp_path: Path, said: dict[str, Any], expected: str) -> None:
    rows, outcome = linked(tmp_path, "OLD_PIER", "PIER_CAFE", locations=said)
    assert outcome["status"] == "partial" and outcome["parts"][0]["message"] == expected
    assert links(rows["Old Pier"]), "the others are linked"
