"""Names to data: every name that the notes give, and the ways in which people write them otherwise."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelwright.design.art import ArtFile, folder_of, kind_of
from reelwright.design.dictionaries import Season, dictionaries
from reelwright.design.grammar import Grammar, Parsed, Refused
from reelwright.files import check
from reelwright.spec.design import ArtNames, Design

OUTFITS = [
    "reporter",
    "botanist student",
    "bodyguard",
    "camping",
    "snowboard",
    "luxury",
    "pyjama",
    "wedding",
    "race",
    "sportswear",
    "scientist",
    "stylist",
    "surf",
    "winter",
    "vintage",
    "wingsuit",
    "moto suit",
]
NAMES = ArtNames(show="TS", outfits=OUTFITS, groups=["WOOHP agents", "guests", "extras"], aliases={"lazer": "laser"})
SEASON = Season(7, "7{episode}", [f"{number:02d}" for number in range(1, 27)])
GRAMMAR = Grammar(NAMES, season=7, code_pattern="7{episode}", episodes=SEASON.episodes)
DESIGN = Design.model_validate(
    {
        "folder": "art",
        "rights": "licensed",
        "folders": {
            "01_CH": {"dictionary": "characters", "rules": ["production", "plain"]},
            "02_BG/COLOR_CARD": {"dictionary": "backgrounds", "kind": "colour card", "rules": ["production", "plain"]},
            "02_BG/SPEEDLINES": {"dictionary": "backgrounds", "kind": "speedlines", "rules": ["production", "plain"]},
            "03_PROPS.zip": {"dictionary": "props"},
            "STYLE GUIDE": {"dictionary": "style_guides", "kind": "key art", "rules": ["production", "plain"]},
        },
        "names": NAMES.model_dump(),
    }
)


def read(name: str) -> Parsed:
    found = GRAMMAR.parse(name, ["production"])
    assert isinstance(found, Parsed), found
    return found


@pytest.mark.parametrize(
    ("name", "code", "episode", "kind", "words", "version"),
    [
        ("TS_703_PR_GADGET_LASER_LIPSTICK_Color", "703", "03", "gadget", "laser lipstick", None),
        ("TS_700_PR_COMPOWDER_color", "700", None, None, "compowder", None),
        ("TS_703_PR_COMPOWDER_DISMANTLED_Color", "703", "03", None, "compowder dismantled", None),
        ("TS_701_PR_ULTRA-FIXING_FOAM_v1_Color", "701", "01", None, "ultra fixing foam", "v1"),
        (
            "TS_701_PR_GADGET_EXPLOSIVE_EYEBROW_PENCIL_V1_Color",
            "701",
            "01",
            "gadget",
            "explosive eyebrow pencil",
            "v1",
        ),
        ("TS_703_PR_GADGET_LASER_PARASOL_Color", "703", "03", "gadget", "laser parasol", None),
        ("TS_709_PR_GADGET_MAGNETIC_BOOTS_Color", "709", "09", "gadget", "magnetic boots", None),
        ("TS_717_PR_GADGET_PLASMA_JETPACK_V1_Color", "717", "17", "gadget", "plasma jetpack", "v1"),
        ("TS_714_PR_GADGET_MOO_BOX_V1_Color", "714", "14", "gadget", "moo box", "v1"),
        ("TS_714_PR_GADGET_MOO_BOX_ICE_V1_Color", "714", "14", "gadget", "moo box ice", "v1"),
    ],
)
def test_the_names_of_the_notes(
    name: str, code: str, episode: str | None, kind: str | None, words: str, version: str | None
) -> None:
    found = read(name)
    assert (found.show, found.code, found.season, found.category) == ("ts", code, 7, "props")
    assert (found.episode, found.season_wide) == (episode, episode is None)
    assert (found.kind, found.name, found.version, found.states) == (kind, words, version, ("colour",))
    assert found.confidence == "high" and found.notes == ()


@pytest.mark.parametrize(
    "name",
    [
        "ts_703_pr_gadget_laser_lipstick_v2_color",
        "TS-703-PR-GADGET-LASER-LIPSTICK-V2-COLOUR",
        "TS 703 PR Gadget Laser  Lipstick v02 Color",
        "TS703PRGadgetLaserLipstickV2Color",
        "TS703_PR_GADGET_LaserLipstick_Color_v2",
        "TS_703_PR_GADGETS_LAZER_LIPSTICK_V2_col_FINAL",
        "TS.703.PR.GADGET.LASER.LIPSTICK.V.2.Color",
        "TS_703_PROP_GADGET_LASER_LIPSTICK_version 2_Color copy",
        "TS_703_PR_GADGET_LASER_LIPSTICK_Color_V2_20240506",
        "TS_703_PR_GADGET_LASER_V2_LIPSTICK_Color",
        "T\N{FULLWIDTH LATIN CAPITAL LETTER S}_703_PR_GADGET_L\N{LATIN CAPITAL LETTER A WITH ACUTE}SER_LIPSTICK_V2_Color",
    ],
)
def test_case_separators_version_tags_and_spelling_vary(name: str) -> None:
    found = read(name)
    assert (found.code, found.kind, found.name) == ("703", "gadget", "laser lipstick")
    assert (found.version, found.states) == ("v2", ("colour",))


@given(
    st.lists(st.sampled_from(["moo", "box", "foam", "ultra", "jetpack", "hat"]), min_size=1, max_size=4),
    st.integers(0, 26),
    st.sampled_from(["_", "-", " ", "__", " - "]),
    st.sampled_from([str.upper, str.lower, str.title]),
    st.sampled_from(["", "v1", "V12"]),
)
def test_what_was_put_together_is_taken_apart(words: list[str], episode: int, by: str, case: Any, version: str) -> None:
    parts = ["TS", f"7{episode:02d}", "PR", *words, *filter(None, [version]), "color"]
    found = read(case(by.join(parts)))
    assert found.name == " ".join(words)
    assert found.episode == (f"{episode:02d}" if episode else None)
    assert found.version == (version.lower() or None)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("LASER_LIPSTICK", r"begins with 'laser': expected TS"),
        ("TS_LASER_LIPSTICK", r"'laser' is no production code: expected season and two digits"),
        ("TS_703_PRO_LASER", r"'pro' is no category: .*; did you mean PROP\?"),
        ("TS_703_PR_V1_Color", "nothing is left for a name"),
        ("", "begins with ''"),
        ("TS", "'' is no production code"),
    ],
)
def test_a_name_that_follows_no_rule_says_why(name: str, reason: str) -> None:
    import re

    found = GRAMMAR.parse(name, ["production"])
    assert isinstance(found, Refused) and re.search(reason, found.reason), found
    assert found.rule == "production"


def test_a_code_of_another_season_or_no_episode_is_less_sure() -> None:
    other, none = read("TS_612_PR_HAT_Color"), read("TS_727_PR_HAT_Color")
    assert (other.season, other.episode, other.confidence) == (6, "12", "medium")
    assert "none of this season" in other.notes[0]
    assert none.notes == ("the spec has no episode 27",) and none.confidence == "medium"


def test_a_kind_alone_is_the_name() -> None:
    assert read("TS_703_PR_GADGET_Color").name == "gadget"


def art(*places: str, crc: str = "00000001", state: str = "") -> list[ArtFile]:
    """Files by place; the first folder, or the archive, of the spec."""
    files = []
    for place in places:
        archive, path = ("03_PROPS.zip", place.removeprefix("03_PROPS.zip/")) if ".zip/" in place else ("", place)
        folder = folder_of(place, DESIGN.folders)
        files.append(ArtFile(path, archive, folder, "", kind_of(path), 1, None, "", crc, state, ""))
    return files


def made(*files: ArtFile) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Entries of all dictionaries by id, and what is said of the names."""
    found, names = dictionaries(files, DESIGN, SEASON)
    for entries in found.values():
        check({"entries": entries}, "dictionary", "a dictionary")
    check(names, "art_names", "names")
    return {one["id"]: one for entries in found.values() for one in entries}, names


def test_versions_states_and_pairs_are_one_asset() -> None:
    entries, names = made(
        *art(
            "03_PROPS.zip/a/TS_700_PR_COMPOWDER_color.psd",
            "03_PROPS.zip/a/TS_700_PR_COMPOWDER_color.jpg",
            "03_PROPS.zip/a/TS_703_PR_COMPOWDER_DISMANTLED_Color.psd",
            "03_PROPS.zip/a/TS_714_PR_GADGET_MOO_BOX_V1_Color.psd",
            "03_PROPS.zip/a/TS_714_PR_GADGET_MOO-BOX_V2_line.png",
            "03_PROPS.zip/a/TS_714_PR_GADGET_MOOBOX_ICE_V1_Color.psd",
            "03_PROPS.zip/a/TS_712_PR_DRY_ICE_Color.psd",
        )
    )
    assert set(entries) == {"prop.compowder", "prop.moo-box", "prop.dry-ice"}
    compowder = entries["prop.compowder"]
    assert compowder["episodes"] == ["03"] and compowder["season_wide"]
    assert compowder["production_names"] == ["TS_700_PR_COMPOWDER_color", "TS_703_PR_COMPOWDER_DISMANTLED_Color"]
    assert compowder["states"] == ["colour", "dismantled"] and len(compowder["files"]) == 3
    box = entries["prop.moo-box"]
    assert (box["versions"], box["states"], box["kind"]) == (["v1", "v2"], ["colour", "ice", "line"], "gadget")
    assert names["counts"]["read"] == 7 and names["unread"] == []
    assert box["review"] == ["is written as 'moo box' and 'moobox'"] and names["one_name"][0]["ids"] == ["prop.moo-box"]


def test_two_assets_that_normalise_to_one_name_are_reported() -> None:
    one = art("03_PROPS.zip/a/TS_703_PR_GADGET_HAIR_DRYER_Color.psd", crc="0000000a")
    other = art("03_PROPS.zip/b/TS_703_PR_VEHICLE_HAIR_DRYER_Color.psd")
    again = art("03_PROPS.zip/c/TS_703_PR_GADGET_HAIR_DRYER_Color.psd", crc="0000000b")
    near = art(
        "03_PROPS.zip/c/TS_703_PR_GADGET_HAIR_DRIER_Color.psd", "03_PROPS.zip/c/TS_703_PR_DRONE_NUMBER_ONE_1.psd"
    )
    apart = art("03_PROPS.zip/c/TS_703_PR_DRONE_NUMBER_ONE_2.psd")
    entries, names = made(*one, *other, *again, *near, *apart)
    assert entries["prop.hair-dryer"]["review"][0] == "is called gadget and vehicle"
    why = [found["why"] for found in names["one_name"]]
    assert any("is there 2 times with other pictures" in one and "03_PROPS.zip/c/" in one for one in why)
    assert "'hair drier' and 'hair dryer' are nearly the same name" in why
    assert not any("drone" in one for one in why), "numbers tell them apart"


def test_what_can_t_be_read_is_listed_and_nothing_is_dropped() -> None:
    files = art(
        "03_PROPS.zip/IMG_2034.psd",
        "03_PROPS.zip/notes.txt",
        "03_PROPS.zip/.DS_Store",
        "elsewhere/TS_703_PR_HAT_Color.psd",
        "03_PROPS.zip/TS_703_PR_HAT_Color.psd",
    )
    copies = art("03_PROPS/TS_703_PR_HAT_Color.psd", state="matching")
    entries, names = made(*files, *copies)
    reasons = {one["path"]: (one["reason"], one["nearest_rule"]) for one in names["unread"]}
    assert reasons["IMG_2034.psd"] == ("begins with 'img': expected TS", "production")
    assert (
        reasons["notes.txt"][0].startswith("is no picture")
        and "design.folders" in reasons["elsewhere/TS_703_PR_HAT_Color.psd"][0]
    )
    assert set(entries) == {"prop.hat"}
    counts = names["counts"]
    assert counts["passed_over"] == {"system": 1, "archives": 0, "copies_of_members": 1}
    assert counts["read"] + counts["unread"] + 2 == len(files) + len(copies)


@pytest.mark.parametrize("outfit", OUTFITS)
def test_every_outfit_of_the_notes_is_found(outfit: str) -> None:
    word = outfit.upper().replace(" ", "_")
    entries, _ = made(
        *art(
            f"01_CH/CLOVER/TS_705_CH_CLOVER_{word}_TURNAROUND_V2_Color.psd",
            f"01_CH/CLOVER/clover {outfit.replace(' ', '')} front.jpg",
            f"01_CH/CLOVER/{word}/TS_705_CH_CLOVER_EXPRESSIONS_Color.psd",
        )
    )
    (found,) = [one for one in entries.values() if "character" in one]
    assert (found["name"], found["character"], len(found["files"])) == (outfit, "character.clover", 3)
    assert entries["character.clover"]["outfits"] == [found["id"]]


def test_folders_are_characters_and_groups_name_them_in_files() -> None:
    entries, _ = made(
        *art(
            "01_CH/01_SAM/TS_700_CH_SAM_TURNAROUND_Color.psd",
            "01_CH/01_SAM/TS_700_CH_SAM_WET_Color.psd",
            "01_CH/Alex/TS_700_CH_ALEX_Color.psd",
            "01_CH/Alex/TS_701_CH_SAM_REPORTER_Color.psd",
            "01_CH/WOOHP_AGENTS/TS_702_CH_WOOHP_AGENT_BOB_Color.psd",
            "01_CH/GUESTS/TS_702_CH_SCIENTIST_Color.psd",
            "01_CH/TS_704_CH_Alex_WINTER_Color.psd",
        )
    )
    people = {one["name"]: one for one in entries.values() if "group" in one}
    assert set(people) == {"sam", "alex", "woohp agent bob", "scientist"}
    assert people["woohp agent bob"]["group"] == "woohp agents" and people["sam"]["group"] is None
    assert people["sam"]["episodes"] == ["01"] and people["sam"]["season_wide"]
    assert people["sam"]["outfits"] == ["outfit.sam.reporter", "outfit.sam.wet"]
    assert "wears 'wet', which is no outfit" in entries["outfit.sam.wet"]["review"][0]
    assert "lies in the folder of alex" in entries["outfit.sam.reporter"]["review"][0]
    assert people["alex"]["outfits"] == ["outfit.alex.winter"]


def test_backgrounds_and_style_guides_may_have_plain_names() -> None:
    entries, _ = made(
        *art(
            "02_BG/COLOR_CARD/TS_708_BG_WOOHP_OFFICE_V1_Color.psd",
            "02_BG/SPEEDLINES/speedlines 12.jpg",
            "STYLE GUIDE/Locations/New York.pdf",
            "STYLE GUIDE/TS_703_PR_HAT_Color.psd",
        )
    )
    assert entries["background.woohp-office"]["kind"] == "colour card"
    assert entries["background.speedlines-12"]["kind"] == "speedlines"
    assert entries["style-guide.new-york"]["confidence"] == "medium"
    hat = entries["prop.hat"]
    assert hat["confidence"] == "low" and hat["review"] == ["its name says props, its folder style_guides"]
