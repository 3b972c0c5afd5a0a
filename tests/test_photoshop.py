"""The picture of a Photoshop document: the route that each kind takes, and that it shows what was drawn."""

from __future__ import annotations

import io
import struct
from contextlib import ExitStack
from typing import Any

import numpy as np
import pytest
from bench_plates import differences, lab_difference
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from plating import BLUE, RED, deep, encoded, flat, layered, opaque, square
from psd_tools import PSDImage

from reelwright.demo.icc import press_profile
from reelwright.demo.photoshop import Document, Layer, photoshop_bytes
from reelwright.demo.plate_art import over_white, plate_bytes, separated
from reelwright.demo.plates import demo_plates
from reelwright.errors import BadItem
from reelwright.identity.header import read_header
from reelwright.identity.opening import any_size
from reelwright.identity.pictures import EmptyPicture, Plate, inspect, make_plate
from reelwright.spec.identity import Plates


def plate_of(data: bytes, route: str | None = None, **changes: Any) -> Plate:
    """The plate of a document by its first route, or another."""
    file = io.BytesIO(data)
    facts = inspect(file)
    return make_plate(file, facts, route or facts.routes[0], Plates(**changes))


def routes_of(data: bytes) -> tuple[str, ...]:
    return inspect(io.BytesIO(data)).routes


def colours(plate: Plate) -> list[Any]:
    """The colours of ground and middle."""
    width, height = plate.picture.size
    return [plate.picture.getpixel((2, 2)), plate.picture.getpixel((width // 2, height // 2))]


DOCUMENTS = {
    "8 bits": (layered(square()), "pillow"),
    "8 bits, flat": (flat(square()), "pillow"),
    "16 bits": (layered(deep(square())), "topil"),
    "16 bits, PSB": (layered(deep(square()), big=True), "topil"),
    "PSB": (layered(square(), big=True), "topil"),
    "no merged picture": (layered(square(), has_merged=False), "composite"),
    "no merged picture, 16 bits": (layered(deep(square()), has_merged=False), "composite"),
    "CMYK": (flat(separated(square()), mode="cmyk"), "pillow"),
    "CMYK, no merged picture": (
        photoshop_bytes(
            Document(separated(square()), [Layer("art", separated(opaque(square())))], mode="cmyk", has_merged=False)
        ),
        "composite",
    ),
}


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_each_kind_takes_its_route_and_shows_what_was_drawn(kind: str) -> None:
    data, route = DOCUMENTS[kind]
    assert routes_of(data)[0] == route
    plate = plate_of(data)
    assert plate.picture.mode == "RGB" and not plate.picture.info
    for seen, drawn in zip(colours(plate), (RED, BLUE), strict=True):
        assert np.abs(np.subtract(seen, drawn)).max() <= 1


def test_our_documents_are_ones_that_pillow_and_psd_tools_open() -> None:
    for data, _ in DOCUMENTS.values():
        document = PSDImage.open(io.BytesIO(data))
        assert (document.width, document.height) == (200, 300)
    with Image.open(io.BytesIO(layered(square()))) as image:
        assert np.array_equal(np.asarray(image), square())
    document = PSDImage.open(io.BytesIO(layered(square())))
    assert [layer.name for layer in document] == ["paper", "art"]


def test_the_all_white_trap() -> None:
    data = layered(square(), has_merged=False)
    with Image.open(io.BytesIO(data)) as image:
        assert image.getextrema() == ((255, 255),) * 3, "Pillow alone gives white, without a word"
    assert routes_of(data) == ("composite",)
    assert colours(plate_of(data)) == [RED, BLUE]


def test_a_document_that_lies_about_its_merged_picture_is_found_out() -> None:
    data = bytearray(layered(square(), has_merged=False))
    at = data.index(b"8BIM" + struct.pack(">H", 1057)) + 12 + 4
    assert data[at] == 0
    data[at] = 1
    assert routes_of(bytes(data))[0] == "pillow"
    with pytest.raises(EmptyPicture):
        plate_of(bytes(data))
    assert colours(plate_of(bytes(data), "composite")) == [RED, BLUE]


def test_a_document_of_neither_picture_nor_layers_fails_by_name() -> None:
    with pytest.raises(BadItem, match="neither a merged picture nor layers"):
        routes_of(flat(square(), has_merged=False))


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("background", ["#ffffff", "#204060"])
def test_what_is_see_through_shows_the_background(depth: int, background: str) -> None:
    art = opaque(square())
    art[:100, :, 3] = 0
    art[200:, :, 3] = 128
    merged = np.dstack([over_white(art), art[..., 3]])
    if depth == 16:
        art, merged = deep(art), deep(merged)
    data = photoshop_bytes(Document(merged, [Layer("art", art)]))
    assert routes_of(data)[0] == "topil"
    plate = plate_of(data, background=background)
    ground = np.array([int(background[i : i + 2], 16) for i in (1, 3, 5)])
    assert plate.transparent
    assert plate.picture.getpixel((5, 5)) == tuple(ground)
    assert plate.picture.getpixel((100, 150)) == BLUE
    half = np.array(RED) * 128 / 255 + ground * 127 / 255
    assert np.abs(np.array(plate.picture.getpixel((5, 290))) - half).max() <= 2


def test_a_saved_selection_is_no_transparency() -> None:
    selection = np.dstack([square(), np.zeros((300, 200), np.uint8)])
    art = Layer("art", opaque(square()))
    data = bytearray(photoshop_bytes(Document(selection, [art])))
    at = data.index(struct.pack(">h", -1) + struct.pack(">4i", 0, 0, 300, 200))
    data[at : at + 2] = struct.pack(">h", 1)
    plate = plate_of(bytes(data))
    assert not plate.transparent and colours(plate) == [RED, BLUE]


def test_colours_follow_the_profile_and_cmyk_without_one_is_flagged() -> None:
    inks = separated(square())
    printed = inspect(io.BytesIO(flat(inks, mode="cmyk", icc=press_profile("A press"))))
    assert (printed.profile.name, printed.profile.flags, printed.profile.guessed) == ("A press", (), False)
    bare = inspect(io.BytesIO(flat(inks, mode="cmyk")))
    assert (bare.profile.name, bare.profile.flags, bare.profile.guessed) == (None, ("cmyk_without_icc",), True)
    by_press = colours(plate_of(flat(inks, mode="cmyk", icc=press_profile("A press"))))
    assert max(np.abs(np.subtract(by_press[0], RED))) > 8, "the press's inks are duller"
    broken = inspect(io.BytesIO(flat(square(), icc=b"no profile at all" * 20)))
    assert broken.profile.flags == ("icc_unreadable",)
    wrong = inspect(io.BytesIO(flat(square(), icc=press_profile("A press"))))
    assert wrong.profile.flags == ("icc_mismatch",)
    assert colours(plate_of(flat(square(), icc=press_profile("A press")))) == [RED, BLUE]


def test_lab_and_grey_documents() -> None:
    middle = np.full((40, 30, 3), 128, np.uint8)
    grey = plate_of(flat(middle, mode="lab")).picture.getpixel((3, 3))
    assert np.abs(np.subtract(grey, (119, 119, 119))).max() <= 1, "L* 50.2 without colour"
    assert plate_of(flat(square()[..., :1], mode="gray")).picture.getpixel((2, 2)) == (RED[0],) * 3


def test_plates_have_at_most_the_size_and_are_never_enlarged() -> None:
    data = flat(square(600, 300))
    assert plate_of(data, size=200).picture.size == (200, 100)
    assert plate_of(data, size=2048).picture.size == (600, 300)


CUT = [
    layered(square(40, 30)),
    layered(square(40, 30), big=True),
    layered(deep(square(40, 30))),
    flat(np.dstack([square(40, 30), np.full((30, 40), 200, np.uint8)])),
]


@settings(deadline=None)
@given(data=st.sampled_from(CUT), share=st.floats(0, 1, exclude_max=True))
def test_a_document_that_is_cut_short_fails_by_name_on_every_route(data: bytes, share: float) -> None:
    cut = data[: int(share * len(data))]
    for route in ("pillow", "topil") if data is CUT[0] else ("topil",):
        with pytest.raises(BadItem) as caught:
            plate_of(cut, route)
        assert caught.value.code in ("unreadable", "empty")


@settings(deadline=None)
@given(share=st.floats(0, 1, exclude_max=True))
def test_layers_that_are_cut_short_are_never_shown_as_something_else(share: float) -> None:
    data = layered(square(40, 30), has_merged=False)
    try:
        plate = plate_of(data[: int(share * len(data))])
    except BadItem:
        return
    assert colours(plate) == [RED, BLUE]


def test_a_document_of_30_000_pixels_a_side_is_refused_before_it_is_decoded() -> None:
    head = struct.pack(">4sH6xHIIHH", b"8BPS", 1, 3, 30_000, 30_000, 8, 3) + bytes(12) + b"\0\1"
    with pytest.raises(BadItem, match=r"30000x30000 pixels.*max_memory_gb is 4") as caught:
        plate_of(head)
    assert caught.value.code == "too_large"
    small = layered(square(), has_merged=False)
    with pytest.raises(BadItem, match="Maximize Compatibility"):
        plate_of(small, max_memory_gb=0.001)


def test_only_the_spec_limits_pixels_and_not_pillow(monkeypatch: pytest.MonkeyPatch) -> None:
    document, picture = flat(square(40, 30)), encoded(square(40, 30))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    assert plate_of(document, "pillow").picture.size == (40, 30)
    assert plate_of(picture).picture.size == (40, 30)
    assert Image.MAX_IMAGE_PIXELS == 100
    with ExitStack() as first, ExitStack() as second:
        first.enter_context(any_size())
        second.enter_context(any_size())
        first.close()
        assert plate_of(picture).picture.size == (40, 30)
        assert Image.MAX_IMAGE_PIXELS is None, "another thread is still at it"
    assert Image.MAX_IMAGE_PIXELS == 100


def test_layers_far_larger_than_the_document_are_refused_before_they_are_decoded() -> None:
    layer = np.full((400, 400, 4), 255, np.uint8)
    data = photoshop_bytes(Document(square(40, 30), [Layer("huge", layer, -100, -100)], has_merged=False))
    assert plate_of(data).picture.size == (40, 30)
    with pytest.raises(BadItem, match=r"layer.*identity\.plates\.max_memory_gb is 0\.001") as caught:
        plate_of(data, max_memory_gb=0.001)
    assert caught.value.code == "too_large"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ((24, b"\0\7"), "multichannel"),
        ((24, b"\0\5"), "colour mode 5"),
        ((22, b"\0\5"), "5 bits"),
        ((4, b"\0\3"), "no Photo"),
    ],
)
def test_headers_that_nobody_can_read(change: tuple[int, bytes], said: str) -> None:
    data = bytearray(flat(square()))
    data[change[0] : change[0] + 2] = change[1]
    with pytest.raises(BadItem, match=said):
        inspect(io.BytesIO(bytes(data)))


def test_resources_that_are_damaged_end_the_reading_of_them_alone() -> None:
    data = bytearray(flat(square(), icc=press_profile("x")))
    at = data.index(b"8BIM" + struct.pack(">H", 1039)) + 8
    data[at : at + 4] = b"\x7f\xff\xff\xff"
    header = read_header(io.BytesIO(bytes(data)))
    assert (header.width, header.height, header.merged) == (200, 300, True)


@pytest.mark.slow
def test_colours_are_psd_tools_own_where_both_are_exact() -> None:
    apart = [*differences(512), *differences(2048)]
    assert len(apart) > 25
    assert {median for _, median, _ in apart} == {0.0}
    assert max(worst for *_, worst in apart) < 2


@pytest.mark.slow
def test_layers_put_together_look_like_the_picture_that_was_drawn() -> None:
    plate = next(one for one in demo_plates().values() if one.form == "unmerged")
    from reelwright.demo.plate_art import drawn_figure

    made = plate_of(plate_bytes(plate))
    assert lab_difference(made.picture, Image.fromarray(over_white(drawn_figure(plate)))).max() < 2
