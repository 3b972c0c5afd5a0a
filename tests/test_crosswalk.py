"""Crosswalk: what the wiki calls things and what production does; sure where it can be, and proposals where not."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_art_names import DESIGN, art, dictionaries, made
from test_art_names import SEASON as SEVEN

from reelwright.decisions import COLUMNS
from reelwright.design.crosswalk import CrosswalkOutputs, assets_of, build_crosswalk, match_names
from reelwright.design.grammar import squeezed
from reelwright.design.wiki import WikiName
from reelwright.errors import SpecError
from reelwright.files import check, read_json, write_json
from reelwright.manifest_refs import DesignFiles, DesignRefs
from reelwright.outcome import Record, attempt

PROPS = [
    "TS_700_PR_COMPOWDER_color",
    "TS_703_PR_COMPOWDER_DISMANTLED_Color",
    "TS_701_PR_ULTRA-FIXING_FOAM_v1_Color",
    "TS_701_PR_GADGET_EXPLOSIVE_EYEBROW_PENCIL_V1_Color",
    "TS_703_PR_GADGET_LASER_LIPSTICK_Color",
    "TS_703_PR_GADGET_LASER_PARASOL_Color",
    "TS_709_PR_GADGET_MAGNETIC_BOOTS_Color",
    "TS_709_PR_GADGET_MOO_BOOTS_Color",
    "TS_712_PR_MOON_ROCKET_Color",
    "TS_717_PR_GADGET_PLASMA_JETPACK_V1_Color",
    "TS_714_PR_GADGET_MOO_BOX_V1_Color",
    "TS_714_PR_GADGET_MOO_BOX_ICE_V1_Color",
    "TS_715_PR_DRONE_NUMBER_TWELVE_1_Color",
]
PEOPLE = [
    "01_CH/SAM/TS_700_CH_SAM_TURNAROUND_Color.psd",
    "01_CH/SAM/TS_701_CH_SAM_REPORTER_Color.psd",
    "01_CH/CLOVER/TS_701_CH_CLOVER_REPORTER_Color.psd",
    "01_CH/CLOVER/TS_702_CH_CLOVER_WINTER_Color.psd",
    "01_CH/MANDY/TS_700_CH_MANDY_Color.psd",
]
FILES = art(
    *(f"03_PROPS.zip/{name}.psd" for name in PROPS), *PEOPLE, "02_BG/COLOR_CARD/TS_701_BG_WOOHP_OFFICE_Color.psd"
)


class Walk:
    """Dictionaries and a wiki list in a folder, and the stage run on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.decisions = folder / "crosswalk.csv"
        self.outcome: dict[str, Any] = {}
        self.made, _ = dictionaries(FILES, DESIGN, SEVEN)

    @property
    def paths(self) -> dict[str, Path]:
        return {name: self.folder / f"{name}.json" for name in self.made}

    def run(self, wiki: Any, name: str = "wiki.json", **changes: Any) -> dict[str, dict[str, Any]]:
        """Entries of the crosswalk by item; ``wiki`` is a JSON value, or text to write as it is."""
        path = self.folder / name
        if wiki is not None:
            path.write_text(wiki if isinstance(wiki, str) else json.dumps(wiki), encoding="utf-8")
        for dictionary, entries in self.made.items():
            write_json(self.paths[dictionary], {"entries": entries}, "dictionary")
        upstream = self.folder / "upstream.json"
        with attempt(Record("build_dictionaries", "design", upstream), []):
            pass
        design = DESIGN.model_validate({**DESIGN.model_dump(), "wiki": [{"path": str(path), **changes}]})
        outputs = CrosswalkOutputs(self.folder / "crosswalk.json", self.folder / "crosswalk_review.csv")
        record = Record("build_crosswalk", "design", self.folder / "outcome.json")
        build_crosswalk(
            self.paths, upstream, outputs, record, settings=design, show="Totally Spies", decisions=self.decisions
        )
        self.outcome = read_json(record.path)
        self.crosswalk = read_json(outputs.crosswalk)
        with outputs.review.open() as file:
            self.review = {row["item"]: row for row in csv.DictReader(file)}
        return {one["item"]: one for one in self.crosswalk["entries"]}

    def decide(self, *rows: str) -> None:
        lines = [",".join(COLUMNS), *(f"{row},,mk,2026-11-20" for row in rows)]
        self.decisions.write_text("\n".join(lines) + "\n")


@pytest.fixture
def walk(tmp_path: Path) -> Walk:
    return Walk(tmp_path)


def test_the_entry_of_the_notes(walk: Walk) -> None:
    found = walk.run({"gadgets": ["Compowder"]})["gadgets/Compowder"]
    assert found["wiki_name"] == "Compowder"
    assert found["production_names"] == ["TS_700_PR_COMPOWDER_color", "TS_703_PR_COMPOWDER_DISMANTLED_Color"]
    assert (found["category"], found["prompt_token"], found["confidence"]) == ("gadget", "compowder", "high")
    assert (found["production_codes"], found["episodes"], found["season_wide"]) == (["700", "703"], ["03"], True)
    assert found["candidates"][0] == {"id": "prop.compowder", "name": "compowder", "score": 100.0}


@pytest.mark.parametrize(
    ("name", "asset"),
    [
        ("Ultra-Fixing Foam", "prop.ultra-fixing-foam"),
        ("The Laser Lipstick (gadget)", "prop.laser-lipstick"),
        ("Totally Spies: Laser Parasol", "prop.laser-parasol"),
        ("Plasma Jet-Pack", "prop.plasma-jetpack"),
        ("MooBox", "prop.moo-box"),
        ("Lazer Lipstick", "prop.laser-lipstick"),
    ],
)
def test_equal_after_normalising_is_high(walk: Walk, name: str, asset: str) -> None:
    found = walk.run([{"wiki_name": name, "category": "gadgets"}])[f"gadgets/{name}"]
    assert (found["confidence"], found["how"], found["assets"]) == ("high", "equal", [asset])


@pytest.mark.parametrize(
    ("name", "asset"),
    [
        ("Magnetik Boots", "prop.magnetic-boots"),
        ("Explosive Eyebrow Pencils", "prop.explosive-eyebrow-pencil"),
        ("Plasma Jet Pak", "prop.plasma-jetpack"),
    ],
)
def test_another_spelling_is_medium(walk: Walk, name: str, asset: str) -> None:
    found = walk.run({"gadgets": [name]})[f"gadgets/{name}"]
    assert (found["confidence"], found["how"], found["assets"]) == ("medium", "alike", [asset])
    assert found["score"] >= 90 and found["margin"] >= 8


@pytest.mark.parametrize(
    "name",
    [
        "Powder",
        "Moon Boots",
        "Ultra-Fixing Foam II",
        "Ultra-Fixing Foam X",
        "Drone Number Twelve 2",
        "Lipstick Laser",
        "Box",
        "Laser",
        "Foam",
    ],
)
def test_what_only_looks_alike_is_left_to_a_person(walk: Walk, name: str) -> None:
    found = walk.run({"gadgets": [name]})[f"gadgets/{name}"]
    assert found["confidence"] in ("low", "none")
    assert found["production_names"] == found["assets"] == [] and found["prompt_token"] is None
    row = walk.review[f"gadgets/{name}"]
    assert row["decision"] == row["reviewer"] == "" and row["sha256"] == found["sha256"]
    if found["candidates"]:
        assert row["value"] == found["candidates"][0]["id"]


WORDS = sorted({word for name in PROPS for word in name.lower().split("_")[3:-1] if word != "gadget"})


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_a_word_more_or_less_or_in_another_place_is_never_sure(data: st.DataObject) -> None:
    assets = assets_of({"props": dictionaries(FILES, DESIGN, SEVEN)[0]["props"]})
    name = data.draw(st.sampled_from([one.name for one in assets])).split()
    change = data.draw(st.sampled_from(["more", "less", "order", "other"]))
    at, word = data.draw(st.integers(0, len(name) - 1)), data.draw(st.sampled_from([*WORDS, "ii", "x", "deluxe"]))
    if change == "more":
        name.insert(at, word)
    elif change == "less":
        del name[at]
    elif change == "order":
        name = data.draw(st.permutations(name))
    else:
        name[at] = word
    wiki = WikiName(" ".join(name) or "nothing", "props")
    (found,) = match_names([wiki], assets, DESIGN, "Totally Spies")
    same = [one.id for one in assets if squeezed(one.name) == squeezed(" ".join(name))]
    assert found.assets == same


def test_nothing_alike_is_none(walk: Walk) -> None:
    found = walk.run({"gadgets": ["Zzyzx"]})["gadgets/Zzyzx"]
    assert (found["confidence"], found["candidates"], found["review"]) == ("none", [], [])
    assert "1 of 1 names of the wiki mean no asset for sure" in walk.outcome["warnings"][0]


def test_characters_villains_and_outfits_of_their_wearers(walk: Walk) -> None:
    rows = [{"name": "Reporter", "group": "outfits", "character": who} for who in ("Sam", "Clover", "Alex")]
    found = walk.run([*rows, {"name": "Mandy", "group": "villains"}, {"name": "Winter", "group": "outfits"}])
    assert found["outfits/Sam/Reporter"]["assets"] == ["outfit.sam.reporter"]
    assert found["outfits/Clover/Reporter"]["assets"] == ["outfit.clover.reporter"]
    assert found["outfits/Alex/Reporter"]["confidence"] == "none"
    assert found["villains/Mandy"]["assets"] == ["character.mandy"] and found["villains/Mandy"]["category"] == "villain"
    assert found["outfits/Winter"]["assets"] == ["outfit.clover.winter"]
    found = walk.run([{"name": "Reporter", "group": "outfits"}])
    assert found["outfits/Reporter"]["how"] == "several" and found["outfits/Reporter"]["confidence"] == "low"


def test_one_asset_has_one_name_unless_it_is_shared(walk: Walk) -> None:
    found = walk.run({"gadgets": ["Compowder", "Magnetic Boots", "Magnetik Boots"], "props": ["Compowder"]})
    assert found["gadgets/Compowder"]["confidence"] == found["props/Compowder"]["confidence"] == "low"
    assert "is claimed by props/Compowder too" in found["gadgets/Compowder"]["review"][0]
    assert found["gadgets/Magnetic Boots"]["confidence"] == "high"
    assert found["gadgets/Magnetik Boots"]["confidence"] == "low", "the surer one keeps it"
    both = [{"name": "Compowder", "group": group, "shared": True} for group in ("gadgets", "props")]
    assert {one["confidence"] for one in walk.run(both).values()} == {"high"}
    rows = {"gadgets": ["Compowder"], "props": ["Compowder"]}
    assert {one["confidence"] for one in walk.run(rows, one_to_one=False).values()} == {"high"}


def test_people_decide_and_are_told_when_the_data_says_otherwise(walk: Walk) -> None:
    wiki = {"gadgets": ["Powder", "Compowder", "Moon Boots", "Foam"]}
    seals = {item: one["sha256"] for item, one in walk.run(wiki).items()}
    walk.decide(
        f"gadgets/Powder,{seals['gadgets/Powder']},none,",
        f"gadgets/Compowder,{seals['gadgets/Compowder']},map,prop.moo-box|prop.moon-rocket",
        f"gadgets/Moon Boots,{seals['gadgets/Moon Boots']},map,prop.gone",
        f"gadgets/Foam,{'0' * 64},map,prop.ultra-fixing-foam",
        f"gadgets/Never There,{'0' * 64},none,",
    )
    kept = walk.decisions.read_bytes()
    found = walk.run(wiki)
    assert walk.decisions.read_bytes() == kept
    assert (found["gadgets/Powder"]["confidence"], found["gadgets/Powder"]["how"]) == ("none", "decision")
    assert found["gadgets/Compowder"]["assets"] == ["prop.moo-box", "prop.moon-rocket"]
    assert found["gadgets/Moon Boots"]["assets"] == [] and found["gadgets/Foam"]["assets"] == []
    assert walk.crosswalk["decisions"] == {
        "applied": ["gadgets/Compowder", "gadgets/Powder"],
        "stale": ["gadgets/Foam"],
        "unknown": ["gadgets/Never There"],
        "gone": ["gadgets/Moon Boots"],
    }
    said = "\n".join(walk.outcome["warnings"])
    assert "mk decided prop.moo-box, prop.moon-rocket, its name says prop.compowder: the decision stands" in said
    assert "gadgets/Moon Boots: mk decided prop.gone, which is no asset now: decide again" in said
    assert "the wiki says something else of gadgets/Foam" in said and "the wiki has no gadgets/Never There" in said
    assert set(walk.review) == {"gadgets/Moon Boots", "gadgets/Foam"}


def test_a_decision_outweighs_another_name_s_claim(walk: Walk) -> None:
    wiki = {"gadgets": ["Beauty Powder", "Compowder"]}
    seal = walk.run(wiki)["gadgets/Beauty Powder"]["sha256"]
    walk.decide(f"gadgets/Beauty Powder,{seal},map,prop.compowder")
    found = walk.run(wiki)
    assert found["gadgets/Beauty Powder"]["assets"] == ["prop.compowder"]
    assert found["gadgets/Compowder"]["confidence"] == "low"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("map,", r"value of gadgets/Foam is '': expected ids of assets"),
        ("none,prop.x", r"value of gadgets/Foam is 'prop\.x': expected nothing"),
        ("maps,prop.x", r"'maps': expected one of map, none; did you mean 'map'"),
    ],
)
def test_decisions_that_are_none_stop(walk: Walk, row: str, expected: str) -> None:
    walk.decide(f"gadgets/Foam,{'0' * 64},{row}")
    with pytest.raises(SpecError, match=expected):
        walk.run({"gadgets": ["Foam"]})


def test_a_list_as_csv(walk: Walk) -> None:
    text = (
        "\N{BYTE ORDER MARK}Name,Category,Character,Aliases,Shared\n"
        'Jet Thing,gadgets,,Plasma Jetpack|Jetpack,\n"Reporter",outfits,Sam,,yes\n,,,,\n'
    )
    found = walk.run(text, "wiki.csv")
    assert found["gadgets/Jet Thing"]["assets"] == ["prop.plasma-jetpack"]
    assert found["outfits/Sam/Reporter"]["assets"] == ["outfit.sam.reporter"]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("wiki.json", None, r"the wiki list \(design.wiki\) that the spec names is missing"),
        ("wiki.json", "[{]", "no valid JSON"),
        ("wiki.json", "[" * 100_000, "nested without end"),
        ("wiki.json", "7", "expected a list of names, or lists of names by group"),
        ("wiki.json", '{"gadgets": [7]}', "'7' is no name"),
        ("wiki.json", '["Compowder"]', "'group' is a required property"),
        ("wiki.json", '[{"name": "", "group": "gadgets"}]', "should be non-empty"),
        ("wiki.json", '{"gadget": ["Foam"]}', "group is 'gadget': expected one of .*; did you mean 'gadgets'"),
        ("wiki.csv", "name,group\nFoam\n", "a row has another number of cells"),
        ("wiki.csv", 'name,group\n"Foam,gadgets\n', "no valid CSV"),
    ],
)
def test_a_broken_list_is_a_failed_part(walk: Walk, name: str, text: str | None, expected: str) -> None:
    assert walk.run(text, name) == {}
    assert walk.outcome["status"] == "partial"
    import re

    assert re.search(expected, walk.outcome["parts"][0]["message"]), walk.outcome["parts"]


def test_a_wiki_list_that_is_no_text(walk: Walk) -> None:
    (walk.folder / "wiki.json").write_bytes(b'["\xff"]')
    walk.run(None)
    assert "no text in UTF-8" in walk.outcome["parts"][0]["message"]


def row_of(**changes: Any) -> dict[str, Any]:
    base = {"production_episode": "03", "props": [], "characters": [], "outfits": {}, "location": None}
    return {**base, **changes}


def test_manifest_rows_name_assets_by_episode_name_and_outfit(walk: Walk) -> None:
    walk.run({"gadgets": [{"name": "Zap Stick", "aliases": ["Laser Lipstick"]}, "Box"]})
    refs = DesignRefs(DesignFiles(walk.paths, [walk.folder / "crosswalk.json"]))
    found = refs.of(
        row_of(
            props=["Zap Stick", "compowder", "Magnetic boots", "Box", "laser lipstick"],
            characters=["Sam", "Nobody"],
            outfits={"Sam": "Reporter", "Clover": "winter", "Nobody": None},
            location="WOOHP office",
        )
    )
    # The boots are of episode 09, a box is nothing for sure; outfits and the office are of other episodes.
    assert found["production_asset_refs"] == ["prop.laser-lipstick", "prop.compowder"]
    assert found["official_design_refs"] == ["character.sam"]
    first = row_of(production_episode="01", characters=["Sam"], outfits={"Sam": "Reporter"}, location="WOOHP office")
    assert refs.of(first)["official_design_refs"] == ["character.sam", "outfit.sam.reporter", "background.woohp-office"]
    assert DesignRefs(None).of(first) == {"production_asset_refs": [], "official_design_refs": []}


def test_the_crosswalk_is_as_its_schema_says(walk: Walk) -> None:
    walk.run({"gadgets": ["Compowder", "Zzyzx"]})
    check(walk.crosswalk, "crosswalk", "crosswalk.json")
    assert "prop.moo-box" in walk.crosswalk["unnamed"] and "prop.compowder" not in walk.crosswalk["unnamed"]
    assert made(*FILES)[1]["unread"] == []
