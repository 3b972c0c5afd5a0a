"""Actors: who is in and why, images of every kind, and the composite."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from acting import deliver, encoded, image_set, scene
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from reelwright.actors.classes import in_order, is_image_name
from reelwright.actors.composite import CELL, composite, thumbnail, write_composite
from reelwright.actors.discovery import ActorListing, chosen_actors, select_actors
from reelwright.actors.pictures import NoImage, decode, read_picture
from reelwright.actors.roster import list_actors
from reelwright.errors import SpecError
from reelwright.files import read_json
from reelwright.outcome import Record
from reelwright.spec.actors import ActorGroup, Actors

IMAGE = encoded(scene(1))


def listing(folder: Path, **settings: Any) -> ActorListing:
    return ActorListing(Actors(folder=str(folder), **settings))


def listed(folder: Path, **settings: Any) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """The roster that is written, and its outcome."""
    found, out, outcome = listing(folder, **settings), folder / "out.json", folder / "outcome.json"
    entries = found.entries
    assert found.settings is not None
    record = Record("list_actors", "roster", outcome)
    list_actors(entries, found.unlisted, found.problem, out, record, settings=found.settings)
    return read_json(out), read_json(outcome)


def test_an_actor_is_in_for_its_images_whatever_else_lies_there(tmp_path: Path) -> None:
    actors = {
        "0000_european_16_male": {"0000_european_16_male_0.jpg": IMAGE},
        "0001_upper": {"A.JPEG": IMAGE, "b.PNG": IMAGE},
        "0002_words": {"0002_response.png": IMAGE, "request_1.jpg": IMAGE, "Metadata.jpeg": IMAGE, "x.webp": IMAGE},
        "0003_manifest": {"manifest.json": b"{}"},
        "0004_empty": {},
        "0005_nothing": None,
        "0006_hidden": {"._0006_0.jpg": b"x"},
    }
    deliver(tmp_path, actors)
    (tmp_path / "actors/0004_empty/training_data/folder.jpg").mkdir()
    (tmp_path / "actors/0007_unlisted/training_data").mkdir(parents=True)
    (tmp_path / "actors/0005_nothing").mkdir()
    (tmp_path / "actors/0000_european_16_male/base_image").mkdir()
    (tmp_path / "actors/0000_european_16_male/base_image/0000_european_16_male_base.png").write_bytes(IMAGE)
    (tmp_path / "actor_manifests").mkdir()
    (tmp_path / "actor_manifests/0000_manifest.json").write_text("{}")
    roster, outcome = listed(tmp_path)
    assert roster is not None and outcome["status"] == "ok"
    assert {one["name"]: one["reason"] for one in roster["actors"]} == {
        "0000_european_16_male": "has_images",
        "0001_upper": "has_images",
        "0002_words": "no_images",
        "0003_manifest": "no_images",
        "0004_empty": "no_images",
        "0005_nothing": "no_training_data",
        "0006_hidden": "no_images",
    }
    why = {one["name"]: one["message"] for one in roster["actors"]}
    expected = "expected .png, .jpg, .jpeg without response, request, metadata in the name"
    assert why["0002_words"] == f"actors/0002_words/training_data has no image: {expected}"
    assert why["0005_nothing"] == "actors/0005_nothing has no training_data" and why["0001_upper"] is None
    assert roster["unlisted"] == ["0007_unlisted"] and "0007_unlisted" in outcome["warnings"][0]
    assert roster["counts"]["in"] == 2 and roster["counts"]["images"] == 3
    first = roster["actors"][0]
    assert first["base_image"] == "actors/0000_european_16_male/base_image/0000_european_16_male_base.png"
    assert (first["number"], first["described"]) == ("0000", "actor_manifests/0000_manifest.json")


def test_110_actors_with_images_are_found_where_16_have_manifests(tmp_path: Path) -> None:
    actors: dict[str, dict[str, bytes] | None] = {f"{number:04d}_x_{number}_male": None for number in range(288)}
    for number, actor in enumerate(list(actors)[::2][:110]):
        actors[actor] = {f"{actor}_0.jpg": IMAGE, **({"manifest.json": b"{}"} if number < 16 else {})}
    deliver(tmp_path, actors)
    roster, _ = listed(tmp_path)
    assert roster is not None
    assert (roster["counts"]["listed"], roster["counts"]["in"], roster["counts"]["with_manifest"]) == (288, 110, 16)
    assert len(listing(tmp_path).actors) == 110


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, "the roster of actors (actors.roster) that the spec names is missing"),
        ('{"actors": []}', 'the roster is {"actors": []}: expected a list of objects with `name`'),
        ("[{", "line 1, column 3: no valid JSON"),
    ],
)
def test_without_a_roster_there_is_one_clear_message(tmp_path: Path, text: str | None, expected: str) -> None:
    if text is not None:
        (tmp_path / "actorsData.json").write_text(text)
    roster, outcome = listed(tmp_path)
    assert roster is None and outcome["status"] == "failed"
    assert str(tmp_path / "actorsData.json") in outcome["error"]["message"]
    assert expected in outcome["error"]["message"]


def test_entries_at_fault_are_named_and_the_others_go_on(tmp_path: Path) -> None:
    good = {"0001_a": {"0001_a_0.jpg": IMAGE}}
    names: list[Any] = [
        {"name": "0001_a"},
        {"name": "0001_A"},
        {"name": "two words"},
        {"name": "a/b"},
        {"name": "../up"},
    ]
    names += [{"name": ".."}, {"name": ""}, {"nam": "x"}, "0002_b", {"name": 7}, {"name": "0001_a"}, {"name": "a..b"}]
    deliver(tmp_path, good, names)
    roster, outcome = listed(tmp_path)
    assert roster is not None and roster["counts"]["in"] == 1
    reasons = [one["reason"] for one in roster["actors"]]
    assert reasons[0] == "has_images" and reasons[1] == reasons[10] == "duplicate_name"
    assert reasons[2:6] == ["bad_name"] * 4 and reasons[6:10] == ["no_name"] * 4 and reasons[11] == "bad_name"
    assert outcome["status"] == "partial" and len(outcome["parts"]) == 11
    said = [one["message"] for one in outcome["parts"]]
    assert 'row 1 of the roster: "0001_A" is the name of row 0 already' in said[0]
    no_id = "is no id: expected letters, digits, _ and -, and single dots between them"
    for place, name in ((1, "two words"), (2, "a/b"), (3, "../up"), (4, ".."), (10, "a..b")):
        assert said[place] == f'row {place + 1} of the roster: the name "{name}" {no_id}'
    assert said[6] == 'row 7 of the roster is {"nam": "x"}: expected an object with `name`'


def test_targets_go_by_group_and_the_first_one_holds(tmp_path: Path) -> None:
    deliver(tmp_path, {"0001_a_male": {"x.jpg": IMAGE}, "0002_b_female": {"x.jpg": IMAGE}, "0003_c": {"x.jpg": IMAGE}})
    groups = {"women": ActorGroup(actors=["*_female"], total=30), "two": ActorGroup(actors=["0002_*"]), "one": ActorGroup(
        actors=["0001_a_male"])}  # fmt: skip
    roster, _ = listed(tmp_path, groups=groups)
    assert roster is not None
    assert [one["group"] for one in roster["actors"]] == ["one", "women", None]


def test_actors_are_chosen_by_number_or_id() -> None:
    known = ["0000_european_16_male", "0007_x", "0010_y", "lena", "0012_a", "0012_b"]
    assert select_actors(None, known) == known
    assert select_actors("0010,0000", known) == ["0000_european_16_male", "0010_y"]
    assert select_actors(0, known) == ["0000_european_16_male"], "which is what Snakemake makes of 0000"
    assert select_actors("lena, 0007_x", known) == ["0007_x", "lena"]
    with pytest.raises(SpecError) as caught:
        select_actors("0007_z,0012", known)
    first, second = (str(one) for one in caught.value.problems)
    assert first == "--config: actors is 0007_z: is no actor with images; did you mean '0007_x'?"
    assert second == "--config: actors is 0012: is the number of 0012_a, 0012_b: expected a full id"


def test_a_choice_is_taken_as_it_was_typed_where_it_looks_like_a_number() -> None:
    known = ["0001_16", "0016_x", "0007_y"]
    assert chosen_actors({"actors": 116}, ["snakemake", "--config", "actors=0001_16"]) == "0001_16"
    assert select_actors(chosen_actors({"actors": 16}, ["--config", "actors=0000_16"]), ["0000_16", "0016_x"]) == [
        "0000_16"
    ]
    with pytest.raises(SpecError, match="actors is 0009_16: is no actor with images"):
        select_actors(chosen_actors({"actors": 916}, ["actors=0009_16"]), known)
    assert select_actors(chosen_actors({"actors": 7}), known) == ["0007_y"]
    assert chosen_actors({"actors": {"folder": "data"}}) is None and chosen_actors({}) is None


def test_files_are_in_the_order_of_their_indexes() -> None:
    names = ["a_10.jpg", "a_2.jpg", "other.png", "a_1.jpg", "b_0.jpg"]
    assert in_order(names, "a") == ["a_1.jpg", "a_2.jpg", "a_10.jpg", "b_0.jpg", "other.png"]
    assert not is_image_name("my_Response_1.PNG") and is_image_name("0000_x_3.JPG")


def corners(image: np.ndarray) -> list[tuple[int, ...]]:
    """Colours near the four corners, row by row, in steps of 64."""
    height, width = image.shape[:2]
    places = [(y, x) for y in (height // 8, height * 7 // 8) for x in (width // 8, width * 7 // 8)]
    return [tuple(int(one) for one in np.rint(image[y, x] / 64)) for y, x in places]


def four_corners(width: int = 400, height: int = 300) -> Image.Image:
    image = Image.new("RGB", (width, height), "red")
    image.paste("#00ff00", (width // 2, 0, width, height // 2))
    image.paste("#0000ff", (0, height // 2, width // 2, height))
    image.paste("#ffffff", (width // 2, height // 2, width, height))
    return image


R, G, B, W = (4, 0, 0), (0, 4, 0), (0, 0, 4), (4, 4, 4)


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [(1, [R, G, B, W]), (2, [G, R, W, B]), (3, [W, B, G, R]), (4, [B, W, R, G]), (5, [R, B, G, W]), (6, [B, R, W, G]),
     (7, [W, G, B, R]), (8, [G, W, R, B])],
)  # fmt: skip
def test_images_stand_upright(orientation: int, expected: list[Any]) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    for size in ((400, 300), (3000, 2200)):
        picture = decode(encoded(four_corners(*size), exif=exif), "x")
        assert corners(picture.rgb) == expected
        assert (picture.width, picture.height) == (size if orientation < 5 else size[::-1])
        assert (picture.rgb.shape[1] > picture.rgb.shape[0]) == (orientation < 5)


def test_images_of_every_kind_look_as_they_should() -> None:
    plain = four_corners()
    clear = plain.convert("RGBA")
    clear.paste((0, 0, 0, 0), (200, 150, 400, 300))
    ground = tuple([4] * 3)
    paletted = plain.quantize(8)
    deep = Image.fromarray(np.full((30, 40), 40_000, np.uint16))
    frames = [plain.convert("P"), Image.new("P", plain.size)]
    assert corners(decode(encoded(clear, "PNG"), "x").rgb) == [R, G, B, ground]
    assert tuple(decode(encoded(clear, "PNG"), "x").rgb[-1, -1]) == (0xF0, 0xF0, 0xF0)
    assert corners(decode(encoded(paletted, "PNG"), "x").rgb) == [R, G, B, W]
    assert decode(encoded(deep, "PNG"), "x").rgb[0, 0].tolist() == [156] * 3, "40000 of 65535 as 8 bits"
    assert decode(encoded(plain.convert("L"), "PNG"), "x").rgb.shape == (300, 400, 3)
    assert decode(encoded(Image.new("LA", (9, 9), (10, 0)), "PNG"), "x").rgb[0, 0].tolist() == [0xF0] * 3
    assert decode(encoded(Image.new("1", (9, 9), 1), "PNG"), "x").rgb[0, 0].tolist() == [255] * 3
    printed = decode(encoded(plain.convert("CMYK")), "x")
    assert printed.mode == "CMYK" and corners(printed.rgb) == [R, G, B, W]
    moving = decode(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]), "x")
    assert moving.frames == 2 and corners(moving.rgb) == [R, G, B, W]
    big = decode(encoded(four_corners(6000, 4000)), "x")
    assert (big.width, big.height) == (6000, 4000) and 1024 <= big.rgb.shape[1] < 2048, "JPEG is decoded small"
    huge = decode(encoded(four_corners(4100, 3000), "PNG"), "x")
    assert 1024 <= huge.rgb.shape[1] < 2048 and corners(huge.rgb) == [R, G, B, W]


@pytest.mark.parametrize(
    ("data", "expected"),
    [(b"", "is empty"), (b"<html>no</html>", "is no image"), (IMAGE[: len(IMAGE) // 2], "is broken: "),
     (b"\x89PNG\r\n\x1a\n" + b"junk" * 9, "broken|no image"), (encoded(scene(2), "PNG")[:900], "is broken")],
)  # fmt: skip
def test_what_is_no_image_says_why(tmp_path: Path, data: bytes, expected: str) -> None:
    path = tmp_path / "x.jpg"
    path.write_bytes(data)
    with pytest.raises(NoImage, match=expected):
        read_picture(path)


@given(st.binary(max_size=400))
def test_no_bytes_do_more_than_fail(data: bytes) -> None:
    for begun in (data, IMAGE[:200] + data, encoded(scene(3, 16, 16), "PNG")[:60] + data):
        try:
            assert decode(begun, "x").rgb.ndim == 3
        except NoImage as error:
            assert str(error)


def test_the_composite_has_the_briefs_geometry(tmp_path: Path) -> None:
    path = tmp_path / "sheet.jpg"
    wide, tall, tiny = (np.full((h, w, 3), 20, np.uint8) for h, w in ((300, 600), (900, 300), (50, 80)))
    write_composite(path, [thumbnail(one) for one in (wide, tall, tiny, *[wide] * 4)])
    with Image.open(path) as image:
        assert (image.format, image.size, image.mode) == ("JPEG", (5 * 200, 2 * 200), "RGB")
        sheet = np.asarray(image).astype(int)
        tables = image.quantization[0][:8]
    reference = tmp_path / "reference.jpg"
    Image.new("RGB", (8, 8)).save(reference, quality=90)
    with Image.open(reference) as image:
        assert image.quantization[0][:8] == tables, "quality 90"

    def dark(cell: int) -> tuple[int, int, int, int]:
        """Where the thumbnail of a cell lies in it: top, bottom, left, right."""
        top, left = cell // 5 * 200, cell % 5 * 200
        ys, xs = np.nonzero(sheet[top : top + 200, left : left + 200].mean(2) < 130)
        return int(ys.min()), int(ys.max()) + 1, int(xs.min()), int(xs.max()) + 1

    assert dark(0) == (50, 150, 0, 200)
    assert dark(1) == (0, 200, 66, 133) or dark(1) == (0, 200, 67, 134)
    assert dark(2) == (75, 125, 60, 140), "smaller images are not enlarged"
    assert dark(5) == dark(6) == (50, 150, 0, 200)
    assert abs(sheet[390, 790] - 0xF0).max() <= 1 and abs(sheet[10, 100] - 0xF0).max() <= 1


@given(st.integers(0, 60))
def test_a_composite_has_as_many_rows_as_it_needs(count: int) -> None:
    sheet = composite([np.zeros((200, 100, 3), np.uint8)] * count)
    assert sheet.shape == (max(1, (count + 4) // 5) * CELL, 1000, 3)
    filled = (sheet.reshape(-1, CELL, 5, CELL, 3) == 0).all(-1).sum((1, 3)).ravel()
    assert (filled[:count] == 200 * 100).all() and not filled[count:].any()


def test_a_listing_of_a_delivery_that_is_still_to_be_drawn_is_the_same(tmp_path: Path) -> None:
    actors = {
        "0001_a": image_set("0001_a", 2, 1),
        "0002_b": {},
        "0003_c": {"manifest.json": b"{}", "0003_c_0.png": IMAGE},
    }
    deliver(tmp_path, actors, [{"name": one} for one in [*actors, "0004_d"]])
    drawn = {f"actors/{name}/training_data/{file}": "" for name, files in actors.items() for file in files}
    drawn |= {"actors/0002_b/base_image/0002_b_base.png": "", "actorsData.json": json.dumps([{"name": n} for n in [
        *actors, "0004_d"]])}  # fmt: skip
    found = ActorListing(Actors(folder=str(tmp_path)), drawn)
    on_disk = listing(tmp_path)
    assert found.actors == on_disk.actors and found.images("0001_a") == on_disk.images("0001_a")
