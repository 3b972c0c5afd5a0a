"""Packages of the design lane: what is in them and why the rest isn't; captions, forms of trainers, preflight."""

from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path

import numpy as np
import pytest
import yaml
from lane_inputs import Atelier, character, drops, package, picture, prop, sheet
from PIL import Image
from plating import BLUE, encoded, layered

from reelwright.digest import file_sha256
from reelwright.errors import BuildError
from reelwright.files import read_json, read_jsonl, write_json
from reelwright.packages.design.build import count_images
from reelwright.packages.design.pictures import fit, fitted_size

ART: dict[str, np.ndarray | bytes] = {
    **{character("IDA", f"RAIN_COAT_V{number}"): picture(number) for number in range(1, 7)},
    character("IDA", "GALA"): picture(7),
    character("BO", "SUIT"): picture(8),
    character("BO", "SUIT_TURN"): sheet(9),
    "02_BG/TS_701_BG_OLD_PIER_Color.png": picture(11, 800, 450),
    "02_BG/TS_700_BG_ATTIC_V2_Color.png": picture(12, 800, 450),
    **{f"SPEED/TS_70{number}_BG_LINES_{number}_Color.png": picture(20 + number, 640, 360) for number in range(1, 5)},
    prop("HAT"): picture(30),
    prop("MAGNET", "GADGET_"): picture(31),
}
"""Ida has seven drawings, Bo two, of which one is a sheet."""


@pytest.fixture
def atelier(tmp_path: Path) -> Atelier:
    made = Atelier(tmp_path)
    made.deliver(ART)
    made.design()
    return made


def test_a_package_says_of_each_image_what_it_shows_and_where_it_is_from(atelier: Atelier) -> None:
    summary = atelier.build(max_sheet_share=0.5)
    by_asset = {row["asset"]: row for row in atelier.rows}
    assert by_asset["prop.magnet"]["prompt"] == "tinyshow, magnet, gadget, prop art"
    assert by_asset["background.old-pier"]["prompt"] == "tinyshow, Old Pier, colour card"
    assert by_asset["outfit.bo.suit"]["character"] == "Bo"
    prompts = {row["prompt"] for row in atelier.rows}
    assert {"tinyshow, Ida in the gala outfit, character art", "tinyshow, Bo in the suit, model sheet"} <= prompts
    assert summary["rows"] == len(atelier.rows) == len(ART)
    row = by_asset["prop.hat"]
    with Image.open(atelier.out / row["image"]) as image:
        assert (image.mode, image.size, image.format) == ("RGB", (240, 320), "PNG")
    origin = {one["asset"]: one for one in read_json(atelier.out / "PROVENANCE.json")["rows"]}["prop.hat"]
    assert (origin["archive"], origin["path"]) == ("03.zip", "PROPS/TS_701_PR_HAT_Color.png")
    assert (origin["lane"], origin["rights"], origin["route"], origin["approximate"]) == (
        "design",
        "licensed",
        "pillow",
        False,
    )
    path = atelier.root / "hat.png"
    path.write_bytes(ART[prop("HAT")] if isinstance(ART[prop("HAT")], bytes) else encoded(np.asarray(ART[prop("HAT")])))
    assert origin["source_sha256"] == file_sha256(path)
    atelier.preflight(max_sheet_share=0.5)
    assert read_json(atelier.out / "preflight.json")["rows"] == len(ART)


def test_characters_are_balanced_and_the_summary_has_the_numbers(atelier: Atelier) -> None:
    summary = atelier.build(balance=[["Ida", "Bo"]])
    ida, bo = summary["characters"]["Ida"], summary["characters"]["Bo"]
    assert (ida["images"], bo["images"]) == (7, 2)
    assert ida["draws"] == bo["draws"] and ida["expected_share"] == bo["expected_share"]
    assert bo["weight"] == pytest.approx(ida["weight"] * 7 / 2, rel=1e-3)
    assert summary["sheet_share"] <= 0.2
    shares = {key: one["expected_share"] for key, one in summary["categories"].items() if one["images"]}
    assert shares == pytest.approx(dict.fromkeys(shares, 0.25), abs=0.05)
    atelier.preflight(balance=[["Ida", "Bo"]])


def test_caps_and_shares_leave_out_by_rank_and_more_art_reshuffles_nothing(atelier: Atelier) -> None:
    capped = {"outfits": {"share": 9.0, "max_per_asset": 2}, "speedlines": {"share": 0.1, "max_images": 2}}
    summary = atelier.build(categories=capped)
    why = drops(summary)
    assert sum(reason == "cap: the asset outfit.ida.rain-coat has 2 already" for reason in why.values()) == 4
    assert sum(reason == "cap: the category speedlines has 2 already" for reason in why.values()) == 2
    assert summary["not_asked_for"] == {"colour card": 2, "gadget": 1, "props": 1}
    assert count_images("ref", package(categories=capped), atelier.inputs) == 7
    before = {row["image"] for row in atelier.rows}
    first = (atelier.out / "metadata.jsonl").read_bytes()
    atelier.build(categories=capped)
    assert (atelier.out / "metadata.jsonl").read_bytes() == first
    atelier.deliver({character("BO", "GALA"): picture(50)})
    atelier.design()
    atelier.build(categories=capped)
    after = {row["image"] for row in atelier.rows}
    assert before < after and len(after - before) == 1
    assert len(atelier.build(max_per_character=1)["characters"]) == 2


def test_only_whom_it_is_for(atelier: Atelier) -> None:
    summary = atelier.build(characters=["Bo"], categories={"outfits": {"share": 1.0}}, max_sheet_share=0.6)
    assert list(summary["characters"]) == ["Bo"]
    assert drops(summary)[character("IDA", "GALA")] == "character: Ida is none of the package's"


def test_anchors_that_may_not_train_are_left_out_in_every_form(atelier: Atelier) -> None:
    # The picture of an anchor that a person set aside, in another folder and format.
    atelier.deliver({"02_BG/TS_701_BG_COPY_OF_IDA_Color.psd": layered(picture(7))})
    atelier.design()
    name = character("IDA", "GALA").rsplit("/", 1)[-1]
    best = character("IDA", "RAIN_COAT_V1").rsplit("/", 1)[-1]
    fine = [(character(*one).rsplit("/", 1)[-1], "TRAIN") for one in (("IDA", "RAIN_COAT_V2"), ("BO", "SUIT"))]
    atelier.review((name, "EVAL_ONLY"), (best, "tightened"), *fine)
    why = drops(atelier.build())
    assert why[character("IDA", "GALA")] == f"anchor: cast/{name} is EVAL_ONLY, which never trains"
    assert why["02_BG/TS_701_BG_COPY_OF_IDA_Color.psd"].endswith("(this file shows the same picture)")
    assert why[character("BO", "SUIT_TURN")].endswith("is EVAL_ONLY, which never trains")
    assert why[character("IDA", "RAIN_COAT_V2")].endswith("is not tightened yet")
    assert {row["character"] for row in atelier.rows} == {None, "Ida"}
    with pytest.raises(
        BuildError, match=r"Bo is to be drawn as often as Ida, but has no image: .*SUIT_Color\.png is not tightened"
    ):
        atelier.build(balance=[["Ida", "Bo"]])
    why = drops(atelier.build(untightened=True))
    assert character("IDA", "RAIN_COAT_V2") not in why and character("IDA", "GALA") in why
    # Set aside after the package was built: the preflight refuses it.
    atelier.preflight(untightened=True)
    atelier.review((name, "EVAL_ONLY"), (best, "EXCLUDE"), *fine)
    with pytest.raises(BuildError, match=rf"no such picture: cast/{best} is EXCLUDE, which never trains"):
        atelier.preflight(untightened=True)


def test_what_pictures_turn_out_to_be_makes_room_for_the_next(atelier: Atelier) -> None:
    text = np.full((800, 600, 3), 255, np.uint8)
    for row in range(12):
        for column in range(14):
            text[40 + 60 * row : 52 + 60 * row, 30 + 40 * column : 44 + 40 * column] = 20
    atelier.deliver(
        {
            prop("NOTES"): text,
            prop("NOTHING"): np.full((500, 400, 3), 200, np.uint8),
            prop("TINY"): picture(60, 90, 120),
            prop("OTHER_HAT"): picture(30),
            prop("PLAN", suffix="png").replace("Color", "rough"): picture(61),
            prop("PAIR", suffix="psd"): layered(picture(62)),
            prop("PAIR", suffix="jpg"): picture(62),
        }
    )
    atelier.design()
    settings = {"props": {"share": 1.0, "max_images": 4}}
    summary = atelier.build(categories=settings)
    why = drops(summary)
    assert why[prop("NOTES")] == "picture: a sheet of text"
    assert why[prop("NOTHING")] == "picture: shows nothing"
    assert why[prop("TINY")] == "small: 90x120 pixels"
    assert why[prop("PLAN").replace("Color", "rough")] == "state: rough"
    assert why[prop("PAIR", suffix="jpg")] == f"format: taken as {prop('PAIR', suffix='psd')}"
    assert [reason for reason in why.values() if reason.startswith("duplicate: the same picture as ")]
    assert summary["rows"] == 3, "the hat once, the magnet, the pair"


def test_what_models_are_judged_by_is_never_trained_on(atelier: Atelier) -> None:
    judged = atelier.root / "judged" / "magnet, smaller.png"
    judged.parent.mkdir()
    atelier.build()
    Image.fromarray(picture(31)).resize((210, 280)).save(judged)
    with pytest.raises(BuildError, match=r"judged by, but TS_701_PR_GADGET_MAGNET_\S+ nearly copies the picture"):
        atelier.preflight()
    why = drops(atelier.build())
    assert why[prop("MAGNET", "GADGET_")].startswith(
        f"leak: {prop('MAGNET', 'GADGET_')} nearly copies the picture {judged}"
    )
    assert [reason for reason in why.values() if reason.startswith("leak")] == [why[prop("MAGNET", "GADGET_")]]
    atelier.preflight()
    report = read_json(atelier.out / "preflight.json")["trainers"]
    assert {name: (one["rows"], one["skipped"]) for name, one in report.items()} == dict.fromkeys(
        ("diffsynth", "imagefolder", "ai-toolkit", "musubi"), (len(atelier.rows), 0)
    )
    judged.write_bytes(b"no picture")
    with pytest.raises(BuildError, match=r"an evaluation picture can't be guarded: .*magnet, smaller\.png"):
        atelier.build()


def test_a_damaged_drawing_is_named_and_its_other_format_taken(atelier: Atelier) -> None:
    whole = layered(picture(62))
    atelier.deliver({prop("PAIR", suffix="psd"): whole[: len(whole) // 2], prop("PAIR", suffix="jpg"): picture(62)})
    atelier.design()
    with pytest.raises(BuildError, match=r"1 of 19 files are damaged or missing, more than max_failed_share \(0\.01\)"):
        atelier.build(max_failed_share=0.01)
    why = drops(atelier.build())
    assert why[prop("PAIR", suffix="psd")].startswith(f"failed: {prop('PAIR', suffix='psd')}: ")
    assert prop("PAIR", suffix="jpg") not in why
    told = read_json(atelier.root / "outcomes" / "build_design_package" / "ref.json")
    assert told["status"] == "partial" and [one["part"] for one in told["parts"]] == [prop("PAIR", suffix="psd")]
    assert told["warnings"] == ["package ref has no images of characters: the other categories share its draws"]
    (atelier.art / "03.zip").unlink()
    why = drops(atelier.build(max_failed_share=0.5))
    assert all("03.zip" in reason for path, reason in why.items() if path.startswith("03.zip/"))


def test_nothing_is_decoded_twice(atelier: Atelier) -> None:
    atelier.build()
    stored = {path: path.stat().st_mtime_ns for path in (atelier.root / "store").rglob("*.*") if path.is_file()}
    atelier.build(categories={"outfits": {"share": 5.0}})
    after = {path: path.stat().st_mtime_ns for path in (atelier.root / "store").rglob("*.*") if path.is_file()}
    assert after == stored
    atelier.build(format="jpg")
    new = [path for path in (atelier.root / "store").rglob("*.*") if path not in stored]
    assert {path.suffix for path in new if not path.name.endswith(".sha256")} == {".jpg", ".json"}, "no plate again"


def test_every_export_draws_what_the_package_says(atelier: Atelier) -> None:
    atelier.build(balance=[["Ida", "Bo"]], max_sheet_share=0.5)
    wanted = {row["image_id"]: (row["repeats"], row["prompt"]) for row in atelier.rows}
    assert len({repeats for repeats, _ in wanted.values()}) > 1
    trainers = atelier.out / "trainers"
    rows = read_jsonl(trainers / "diffsynth" / "rows.jsonl")
    assert all((atelier.out / row["video"]).is_file() for row in rows)
    counted = {name: sum(Path(row["video"]).stem == name for row in rows) for name in wanted}
    assert counted == {name: repeats for name, (repeats, _) in wanted.items()}
    script = (trainers / "diffsynth.sh").read_text()
    assert "$PACKAGE/trainers/diffsynth/rows.jsonl" in script and "--max_pixels 102400" in script
    folder = read_jsonl(trainers / "imagefolder" / "metadata.jsonl")
    assert {Path(row["file_name"]).stem: (row["repeats"], row["prompt"]) for row in folder} == wanted
    assert all((trainers / "imagefolder" / row["file_name"]).is_file() for row in folder)
    config = yaml.safe_load(
        (trainers / "ai-toolkit" / "config.yaml").read_text().replace("${PACKAGE}", str(atelier.out))
    )
    found = {}
    for one in config["config"]["process"][0]["datasets"]:
        assert one["num_frames"] == 1
        for path in Path(one["folder_path"]).glob("*.png"):
            found[path.stem] = (one.get("num_repeats", 1), path.with_suffix(".txt").read_text().strip())
    assert found == wanted
    found = {}
    for one in tomllib.loads((trainers / "musubi" / "dataset.toml").read_text())["datasets"]:
        for row in read_jsonl(trainers / "musubi" / one["image_jsonl_file"]):
            assert (trainers / "musubi" / row["image_path"]).is_file()
            found[Path(row["image_path"]).stem] = (one.get("num_repeats", 1), row["caption"])
    assert found == wanted


def test_a_caption_can_be_worded_otherwise(atelier: Atelier) -> None:
    atelier.build(template="{{ show }}: {{ category }} {{ name }}{% if version %} {{ version }}{% endif %}")
    prompts = {row["asset"]: row["prompt"] for row in atelier.rows}
    assert prompts["background.attic"].lower() == "tiny show: backgrounds attic v2"


def test_packages_that_cannot_be_made_say_why(atelier: Atelier) -> None:
    with pytest.raises(BuildError, match="no production art of the character Idda; did you mean 'Ida'"):
        atelier.build(characters=["Idda"])
    with pytest.raises(BuildError, match=r"ref would have no images: 8 x small: 420x560 pixels; 1 x small: "):
        atelier.build(categories={"outfits": {"share": 1.0}}, min_side=3000, long_side=2048)
    with pytest.raises(BuildError, match="ref would have no images: there are no drawings in the categories"):
        atelier.build(categories={"style_guides": {"share": 1.0}})
    (atelier.art / character("BO", "SUIT")).unlink()
    atelier.design()
    with pytest.raises(BuildError, match=r"only sheets of character Bo, which alone are 0\.50"):
        atelier.build(balance=[["Ida", "Bo"]], categories={"outfits": {"share": 1.0}})
    outcome = atelier.root / "outcomes" / "build_dictionaries" / "design.json"
    write_json(outcome, {**read_json(outcome), "status": "failed", "error": {"code": "missing", "message": "no art"}})
    with pytest.raises(BuildError, match="package ref needs what failed: build_dictionaries design: no art"):
        atelier.build()


def edit(path: Path, change: dict[str, object], row: int = 0) -> None:
    rows = read_jsonl(path)
    rows[row] = {**rows[row], **change}
    path.write_text("".join(json.dumps(one) + "\n" for one in rows))


def test_the_preflight_names_whatever_is_wrong(atelier: Atelier) -> None:
    atelier.build(categories={"outfits": {"share": 1.0}}, max_sheet_share=1.0)
    spare = atelier.root / "spare"
    shutil.copytree(atelier.out, spare)
    first, second = atelier.rows[:2]

    def refused(*expected: str) -> None:
        with pytest.raises(BuildError) as caught:
            atelier.preflight(max_sheet_share=1.0)
        for one in expected:
            assert one in str(caught.value), str(caught.value)
        assert not (atelier.out / "preflight.json").exists()
        shutil.rmtree(atelier.out)
        shutil.copytree(spare, atelier.out)

    metadata = atelier.out / "metadata.jsonl"
    edit(metadata, {"prompt": " "})
    refused(f"{first['image_id']}: prompt", ': prompt is "": a caption', "the caption that the package was built with")
    edit(metadata, {"weight": 0.5})
    refused("weight is 1.", f"{first['image_id']}: weight is 0.5: expected repeats / ")
    edit(metadata, {"image": second["image"]})
    refused("no duplicate, but 2 rows have it", "no row of metadata.jsonl names it")
    edit(metadata, {"image": "../hat.png"})
    refused("a relative path inside the package")
    image = atelier.out / first["image"]
    image.unlink()
    refused(f'{first["image_id"]}: image is "{first["image"]}": a file that exists')
    image.unlink()
    shutil.copy(atelier.out / second["image"], image)
    refused("not another or a changed one", "they look the same")
    image.unlink()
    Image.new("L", (first["width"], first["height"])).save(image)
    refused('is "L": expected RGB')
    image.unlink()
    image.write_bytes(b"no picture")
    refused("an image that can be opened")
    for trainer, file in (("diffsynth", "rows.jsonl"), ("imagefolder", "metadata.jsonl"), ("musubi", "rows_1.jsonl")):
        if (atelier.out / "trainers" / trainer / file).exists():
            (atelier.out / "trainers" / trainer / file).write_text("")
            refused(f"trainers/{trainer}: {first['image_id']} is 0: expected 1 draws")
    shutil.rmtree(atelier.out / "trainers" / "ai-toolkit")
    refused(f"trainers/ai-toolkit: {first['image_id']} is 0: expected 1 draws")
    shutil.copy(atelier.out / first["image"], atelier.out / "media" / "frame.png")
    refused("media/frame.png: the file: no row of metadata.jsonl names it")
    atelier.preflight(max_sheet_share=1.0)


def test_the_preflight_lets_nothing_in_that_is_no_production_art(atelier: Atelier) -> None:
    atelier.build()
    path = atelier.out / "PROVENANCE.json"
    data = read_json(path)
    data["rows"][0] |= {"lane": "video", "rights": "reference"}
    data["rows"][1] |= {"archive": None, "path": "clips/ep01.png"}
    data["rows"][2]["source_sha256"] = "0" * 64
    write_json(path, data)
    with pytest.raises(BuildError) as caught:
        atelier.preflight()
    said = str(caught.value)
    assert 'lane is "video": expected design: lanes are never mixed' in said
    assert 'rights is "reference": expected licensed' in said
    assert 'path is "clips/ep01.png": a file that the dictionaries of production art list' in said
    assert "the file as it is delivered now" in said


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (2048, 1152, (320, 176)),
        (420, 560, (240, 320)),
        (100, 50, (96, 48)),
        (2048, 10, (320, 16)),
        (320, 320, (320, 320)),
    ],
)
def test_images_keep_their_shape_in_steps_of_the_model(width: int, height: int, expected: tuple[int, int]) -> None:
    assert fitted_size(width, height, package(), 16) == expected
    picture = Image.new("RGB", (width, height), BLUE)
    fitted = fit(picture, expected)
    assert fitted.size == expected and fitted.getextrema() == tuple((one, one) for one in BLUE)


def test_an_image_is_cut_by_less_than_a_step_and_not_stretched() -> None:
    picture = Image.new("RGB", (640, 376), (0, 0, 0))
    picture.paste((255, 255, 255), (160, 94, 480, 282))
    fitted = np.asarray(fit(picture, fitted_size(640, 376, package(), 16)).convert("L")) > 127
    rows, columns = np.flatnonzero(fitted.any(1)), np.flatnonzero(fitted.any(0))
    # 376 high at half size is 188, of which 176 are left: 6 off the top.
    assert (columns[0], columns[-1] + 1, rows[0], rows[-1] + 1) == (80, 240, 41, 135)
