"""Which images that were made count, on pictures that the stand-in draws and on what it spoils."""

from __future__ import annotations

import io
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from acting import LIMITS
from generation_standin import drawn, encoded
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageEnhance, ImageOps

from reelwright.actors.classes import CLASSES
from reelwright.actors.execution.acceptance import Seen, refuse_image, seen
from reelwright.actors.pictures import NoImage
from reelwright.actors.prompts import read_prompts

SIZE = (640, 480)


def picture(about: str, gray: bool = False) -> bytes:
    return encoded(drawn(about, *SIZE, gray))


def changed(data: bytes, how: str) -> bytes:
    """An image once more, as somebody or something might deliver it again."""
    image = Image.open(io.BytesIO(data))
    if how == "gray":
        image = ImageOps.grayscale(image)
    elif how == "brighter":
        image = ImageEnhance.Brightness(image).enhance(1.1)
    elif how == "smaller":
        image = image.resize((576, 432))
    buffer = io.BytesIO()
    image.save(buffer, "PNG" if how == "png" else "JPEG", **({} if how == "png" else {"quality": 55}))
    return buffer.getvalue()


def refuse(data: bytes, wanted: str = "photorealistic", others: list[Seen] | None = None, **more: object) -> str | None:
    rejected: list[Seen] = more.pop("rejected", [])  # type: ignore[assignment]
    return refuse_image(data, wanted, others or [], rejected, replace(LIMITS, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize("wanted", CLASSES)
def test_a_good_image_of_each_class_counts_and_one_without_its_colours_does_not(wanted: str) -> None:
    gray = wanted == "bw_stylized"
    assert refuse(picture("one", gray), wanted) is None
    said = refuse(picture("one", not gray), wanted)
    assert said is not None and ("black-and-white was asked for" in said if gray else f"{wanted} was asked for" in said)


def test_sepia_is_black_and_white_and_a_spot_of_colour_is_not() -> None:
    grey = np.asarray(Image.open(io.BytesIO(picture("one", gray=True)))).astype(float)
    sepia = np.clip(grey * [1.0, 0.9, 0.7], 0, 255).astype(np.uint8)
    assert refuse(encoded(sepia), "bw_stylized") is None
    spot = grey.astype(np.uint8)
    spot[200:260, 300:360] = (200, 20, 20)
    said = refuse(encoded(spot), "bw_stylized")
    assert said is not None and "in colour" in said


def test_what_does_not_open_is_too_small_or_shows_nothing_does_not_count() -> None:
    good = picture("one")
    assert refuse(b"") == "the image is empty"
    assert refuse(b"<html>busy</html>") == "the image is no image that can be read"
    assert (refuse(good[: len(good) // 2]) or "").startswith("the image is broken")
    small = encoded(drawn("one", 320, 240, False))
    assert refuse(small) == "the image has 320 x 240 pixels: expected at least 512 on one side"
    assert refuse(encoded(np.zeros((480, 640, 3), np.uint8))) == "the image is blank: it shows nothing"
    night = np.asarray(Image.open(io.BytesIO(good))) // 6
    assert refuse(encoded(night)) == "the image is dark"
    soft = Image.fromarray(drawn("one", 8, 6, False)).resize(SIZE, Image.Resampling.BICUBIC)
    assert refuse(encoded(np.asarray(soft))) == "the image is blurred"


@pytest.mark.parametrize("how", ["again", "brighter", "smaller", "png"])
def test_the_same_picture_is_refused_beside_what_is_there_and_after_what_was_deleted(how: str) -> None:
    first = picture("one")
    again = changed(first, how)
    assert again != first
    there, gone = seen(first), [seen(picture("two"))]
    assert refuse(again, others=[there], rejected=gone) == "the image shows the same as one that is there"
    assert refuse(again, rejected=[*gone, there]) == "the image shows the same as one that was deleted or rejected"
    assert refuse(again, others=gone) is None
    assert refuse(again, others=[there], duplicate_bits=-1) is None, "only exact copies were to be looked for"
    assert refuse(first, others=[there], duplicate_bits=-1) is not None


def test_styles_are_compared_apart() -> None:
    filmed = picture("one")
    drawing = changed(filmed, "gray")
    assert bin(int(seen(filmed).phash, 16) ^ int(seen(drawing).phash, 16)).count("1") <= LIMITS.duplicate_bits
    assert refuse(drawing, "bw_stylized", others=[seen(filmed)]) is None
    assert refuse(drawing, "bw_stylized", others=[seen(picture("two", gray=True)), seen(drawing)]) is not None


def test_blank_images_are_no_doubles_of_each_other_but_of_themselves() -> None:
    white, grey = (encoded(np.full((480, 640, 3), shade, np.uint8)) for shade in (255, 100))
    assert seen(white).style == seen(grey).style == "blank"
    dull = replace(LIMITS, blur=0.0, dark=0.0)
    assert refuse_image(white, "bw_stylized", [seen(grey)], [], dull) == "the image is blank: it shows nothing"


def test_what_is_kept_of_an_image_comes_back_from_a_journal_and_is_the_same_from_bytes_and_file(tmp_path: Path) -> None:
    data = picture("one")
    (tmp_path / "a.jpg").write_bytes(data)
    kept = seen(data)
    assert kept == seen(tmp_path / "a.jpg") == Seen(**asdict(kept))
    assert kept.style == "colour" and len(kept.phash) == 16 and len(kept.sha256) == 64
    with pytest.raises(NoImage, match="can't be read"):
        seen(tmp_path / "b.jpg")


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_pictures_of_two_seeds_are_two_pictures(one: int, other: int) -> None:
    first, second = (encoded(drawn(f"a prompt {seed}", *SIZE, False)) for seed in (one, other))
    assert (refuse(first, others=[seen(second)]) is None) == (one != other)


def test_every_prompt_of_ours_gets_a_picture_of_its_class_from_the_stand_in() -> None:
    from generation_standin import GRAY

    for prompt in read_prompts():
        gray = bool(GRAY.search(prompt.text("this man")))
        assert gray == (prompt.category == "bw_stylized"), prompt.id
        assert refuse(picture(prompt.id, gray), prompt.category) is None, prompt.id
