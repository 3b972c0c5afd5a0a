"""The demo's production art: every kind of document, what is drawn in it, and what the review makes of it."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms
from plating import studio

from reelwright.demo.icc import press_profile
from reelwright.demo.plate_art import drawn_figure, over_white, plate_bytes, separated
from reelwright.demo.plates import FOLDER, demo_plates
from reelwright.demo.show import CHARACTERS
from reelwright.identity.listing import PlateFile
from reelwright.identity.pictures import inspect

FORMS = {
    "rgb": ("psd", "rgb", 8, "pillow"),
    "flat": ("psd", "rgb", 8, "pillow"),
    "alpha": ("psd", "rgb", 8, "topil"),
    "deep": ("psd", "rgb", 16, "topil"),
    "deep_alpha": ("psd", "rgb", 16, "topil"),
    "cmyk": ("psd", "cmyk", 8, "pillow"),
    "cmyk_bare": ("psd", "cmyk", 8, "pillow"),
    "unmerged": ("psd", "rgb", 8, "composite"),
    "big": ("psb", "rgb", 8, "topil"),
    "jpg": ("jpeg", "rgb", 8, "pillow"),
    "png": ("png", "rgb", 8, "pillow"),
}


def test_a_few_dozen_files_of_every_kind_for_every_character() -> None:
    plates = demo_plates()
    assert 24 <= len(plates) <= 60
    assert {plate.form for plate in plates.values()} == set(FORMS)
    assert {plate.character for plate in plates.values()} == {who.name for who in CHARACTERS}
    assert all(path.startswith(f"{FOLDER}/") for path in plates)


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_what_it_says(form: str) -> None:
    plate = next(one for one in demo_plates().values() if one.form == form)
    data = plate_bytes(plate)
    facts = inspect(io.BytesIO(data))
    assert (facts.format, facts.mode, facts.depth, facts.routes[0]) == FORMS[form]
    assert plate_bytes(plate) == data, "the same drawing gives the same bytes"


def test_figures_are_see_through_around_and_solid_within() -> None:
    plate = next(one for one in demo_plates().values() if one.form == "alpha")
    figure = drawn_figure(plate)
    assert (figure[0, 0] == 0).all()
    assert 0.1 < (figure[..., 3] == 255).mean() < 0.5
    middle = figure[plate.height // 2, figure.shape[1] // 2]
    assert middle[3] == 255
    assert (over_white(figure)[0, 0] == 255).all()


def test_the_press_prints_what_was_separated_but_duller() -> None:
    profile = ImageCms.ImageCmsProfile(io.BytesIO(press_profile("A press")))
    assert ImageCms.getProfileDescription(profile).strip() == "A press"
    patches = np.array([[[255, 255, 255], [0, 0, 0], [220, 40, 40], [40, 60, 200]]], np.uint8)
    inks = Image.frombytes("CMYK", (4, 1), separated(patches).tobytes())
    srgb = ImageCms.createProfile("sRGB")
    printed = ImageCms.profileToProfile(inks, profile, srgb, outputMode="RGB")
    assert printed is not None
    white, black, red, blue = (np.array(printed.getpixel((x, 0)), int) for x in range(4))
    assert white.min() > 240 and black.max() < 110
    assert red.argmax() == 0 and blue.argmax() == 2


@pytest.mark.slow
def test_measurements_find_what_was_drawn_wrong(tmp_path: Path) -> None:
    cast = studio(tmp_path)
    plates = {path: plate for path, plate in demo_plates().items() if plate.character == "Tilly" or plate.extra}
    cast.deliver({path: plate_bytes(plate) for path, plate in plates.items()})
    cast.export("cast", [PlateFile(plate.character, path) for path, plate in plates.items()])
    for row in cast.review("cast"):
        plate, reasons = plates[row["source"]], set(row["reasons"])
        assert ("several_figures" in reasons) == (len(plate.views) > 1), row["plate_id"]
        assert ("labels" in reasons) == (plate.extra == "labels"), row["plate_id"]
        assert ("text_sheet" in reasons) == (plate.extra == "notes"), row["plate_id"]
        assert ("odd_state" in reasons) == ("WET" in row["source"])
        if plate.extra == "cut":
            assert "partial_view" in reasons
        if len(plate.views) == 1 and not plate.extra and "WET" not in row["source"]:
            assert row["verdict"] == "TRAIN", (row["plate_id"], reasons)
