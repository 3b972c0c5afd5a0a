"""The demo's production art: drawn as studios deliver it, read whole, and its wiki list answered without a wrong word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from PIL import Image

from reelwright.demo.art import draw_demo_art
from reelwright.demo.artlist import MEANT, demo_art
from reelwright.demo.plates import demo_plates
from reelwright.demo.show import CHARACTERS, LOCATIONS
from reelwright.design.archive import open_archive
from reelwright.design.art import read_inventory
from reelwright.design.crosswalk import assets_of, match_names
from reelwright.design.dictionaries import Season, dictionaries
from reelwright.design.inventory import compared, inventory_design
from reelwright.design.match import Match, settle
from reelwright.design.wiki import read_wiki
from reelwright.files import read_json
from reelwright.outcome import Record
from reelwright.spec.design import Design
from reelwright.spec.load import load_spec


class Drawn:
    """The delivery, and what is made of it."""

    def __init__(self, folder: Path) -> None:
        self.art = folder / "DESIGN"
        draw_demo_art(self.art, folder / "wiki.json", folder / "truth.json", seed=7)
        self.truth: dict[str, Any] = read_json(folder / "truth.json")
        for plate in demo_plates():
            path = self.art / plate
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        spec = load_spec(ROOT / "config" / "demo.yaml")
        assert spec.design is not None
        self.design = Design.model_validate({**spec.design.model_dump(), "folder": str(self.art)})
        out = folder / "inventory.csv"
        inventory_design(out, Record("inventory_design", "design", folder / "o.json"), settings=self.design)
        self.outcome = read_json(folder / "o.json")
        self.files = read_inventory(out)
        self.made, self.names = dictionaries(self.files, self.design, Season(1, "1{episode}", ["01", "02", "03", "04"]))
        wiki = read_wiki(folder / "wiki.json", self.design.wiki_groups, one_to_one=True)
        self.matches: list[Match] = match_names(wiki, assets_of(self.made), self.design, spec.show)
        settle(self.matches)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    return Drawn(tmp_path_factory.mktemp("demo"))


def test_everything_is_drawn_and_every_picture_opens(drawn: Drawn) -> None:
    for path in demo_art():
        assert (drawn.art / path).stat().st_size > 1000, path
        if not path.endswith(".zip"):
            with Image.open(drawn.art / path) as picture:
                assert picture.convert("L").getextrema()[1] > 100
    with open_archive(drawn.art / "03_PROPS.zip", drawn.design.limits) as archive:
        for one in archive.members:
            with archive.open_member(one.name) as file, Image.open(file) as picture:
                assert picture.size == (480, 480)


def test_the_archive_has_more_than_was_unpacked(drawn: Drawn) -> None:
    assert drawn.outcome["status"] == "ok" and drawn.outcome["warnings"] == []
    counts = compared(drawn.files)
    assert counts["matching"] == 7 and counts["only_here"] == 1 and counts["differing"] == 0
    assert counts["only_there"] > counts["matching"]


def test_every_name_is_read_as_it_was_meant(drawn: Drawn) -> None:
    said = {file["path"]: one["id"] for one in drawn.made["props"] for file in one["files"] if file["archive"]}
    assert said == {path: asset for path, asset in drawn.truth["files"].items() if asset}
    assert [one["path"] for one in drawn.names["unread"]] == [
        p for p, asset in drawn.truth["files"].items() if not asset
    ]
    assert [one["name"] for one in drawn.made["characters"]] == sorted(who.name.lower() for who in CHARACTERS)
    assert len(drawn.made["outfits"]) == sum(len(who.outfits) for who in CHARACTERS)
    cards = {one["name"] for one in drawn.made["backgrounds"] if one["kind"] == "colour card"}
    assert cards == set(LOCATIONS)


def test_no_wrong_high_no_wrong_medium_and_nine_in_ten_found(drawn: Drawn) -> None:
    sure = [one for one in drawn.matches if one.grade in ("high", "medium")]
    wrong = [(one.wiki.item, one.grade, one.assets) for one in sure if one.assets != [MEANT[one.wiki.item]]]
    assert wrong == []
    wanted = [item for item, asset in MEANT.items() if asset]
    assert len(sure) >= 0.9 * len(wanted)
    assert {one.grade for one in drawn.matches} == {"high", "medium", "low", "none"}, "the list has cases of each"
