"""Packages of the design lane in the spec: what doesn't fit is said with its place and the nearest word; lanes never mix."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from test_spec import GOOD, changed, problems

from reelwright.spec.load import load_spec

PART: dict[str, Any] = {
    "folder": "art",
    "rights": "licensed",
    "folders": {"BG": {"dictionary": "backgrounds", "kind": "speed lines"}},
    "names": {"show": "TS"},
}
REF: dict[str, Any] = {"lane": "design", "model": "wan2.2-t2v-a14b", "categories": {"outfits": {"share": 1}}}


def said(tmp_path: Path, design: dict[str, Any] | None = PART, **changes: Any) -> list[str]:
    package = {**REF, **changes}
    return problems(tmp_path, changed(packages={"ref": package}, **({"design": design} if design else {})))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"categories": {"outfit": {"share": 1}}},
            "packages.ref.categories.outfit: is no dictionary and no kind of the part design (characters, outfits, props, "
            "backgrounds, style_guides, speed lines, gadget, vehicle); did you mean 'outfits'?",
        ),
        ({"categories": {}}, "packages.ref.categories is {}: expected at least 1 of them"),
        ({"categories": {"outfits": {"share": 0}}}, "packages.ref.categories.outfits.share is 0: expected more than 0"),
        (
            {"categories": {"outfits": {"shares": 1}}},
            "categories.outfits.shares: is no key here; did you mean 'share'?",
        ),
        (
            {"episodes": ["01"]},
            "packages.ref.episodes: is no key of the lane design: lanes are never mixed in a package",
        ),
        ({"caption_sources": ["vlm"]}, "packages.ref.caption_sources: is no key of the lane design"),
        ({"long_sid": 512}, "packages.ref.long_sid: is no key here; did you mean 'long_side'?"),
        ({"long_side": 1000}, "packages.ref.long_side is 1000: expected a multiple of 16 for wan2.2-t2v-a14b"),
        ({"min_side": 2000}, "packages.ref.min_side is 2000: expected at most long_side, 1024"),
        ({"balance": [["Sam", "Alex"], ["Sam"]]}, "packages.ref.balance is Sam: stands there twice"),
        (
            {"balance": [["Sam", "Alexx"]], "characters": ["Sam", "Alex"]},
            "packages.ref.balance is Alexx: is none of packages.ref.characters; did you mean 'Alex'?",
        ),
        ({"template": "{{ nam }}"}, "packages.ref.template is {{ nam }}: expected a Jinja template: nam is none of"),
        ({"lane": "desing"}, "packages.ref.lane is \"desing\": expected one of video, design; did you mean 'design'?"),
        ({"trainers": ["webdataset"]}, "expected one of diffsynth, imagefolder, ai-toolkit, musubi"),
        ({"model": "wan2.2-ti2v-5b"}, "packages.ref.trainers is musubi: doesn't train wan2.2-ti2v-5b"),
        ({"max_sheet_share": 2}, "packages.ref.max_sheet_share is 2: expected 0 to 1"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, changes: dict[str, Any], expected: str) -> None:
    found = said(tmp_path, **changes)
    assert any(expected in one for one in found), found


def test_a_video_package_takes_no_art_and_a_lane_is_required(tmp_path: Path) -> None:
    mixed = {**GOOD["packages"]["smoke"], "categories": {"props": {"share": 1}}}
    assert problems(tmp_path, changed(packages={"smoke": mixed})) == [
        "packages.smoke.categories: is no key of the lane video: lanes are never mixed in a package"
    ]
    without = {key: value for key, value in REF.items() if key != "lane"}
    assert problems(tmp_path, changed(packages={"ref": without})) == ["packages.ref.lane: is required"]


def test_art_must_be_there_and_may_not_hold_the_masters(tmp_path: Path) -> None:
    assert said(tmp_path, None) == [
        "packages.ref.lane is design: needs the part design, which says what production art there is"
    ]
    art = {**PART, "folder": GOOD["sources"]["folder"], "folders": {"masters": {"dictionary": "backgrounds"}}}
    spec = changed(sources__masters="masters/EP{episode}_{title}.mov", design=art, packages={"ref": REF})
    found = problems(tmp_path, spec)
    assert any("design.folders.masters: holds the masters" in one for one in found), found


def test_the_shipped_projects_balance_their_trio() -> None:
    spec = load_spec(ROOT / "config" / "totally-spies-s7.yaml")
    assert list(spec.design_packages) == ["design_reference", "trio", "gadgets", "looks"]
    assert list(spec.video_packages) == ["smoke", "pilot", "season"]
    assert spec.design_packages["design_reference"].balance == [["Sam", "Clover", "Alex"]]
    assert not any(one.untightened for one in spec.design_packages.values()), "a person tightens anchors first"
