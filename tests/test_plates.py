"""Plate sets: every kind of file becomes a plate of one size in one colour space, one bad file stops no other."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from plating import BLUE, RED, Studio, deep, encoded, flat, layered, loose, square, studio
from zips import noise, packed, patched

from reelwright.errors import BadItem
from reelwright.files import read_json
from reelwright.identity.drawing import is_drawing
from reelwright.identity.listing import PlateFile, PlateListing
from reelwright.identity.pictures import inspect, make_plate
from reelwright.identity.plates import plate_names
from reelwright.spec.design import ArchiveLimits
from reelwright.spec.identity import Identity, Plates, PlateSet
from reelwright.spec.load import load_spec


@pytest.fixture
def cast(tmp_path: Path) -> Studio:
    return studio(tmp_path)


def pixel(studio: Studio, row: dict[str, object], at: tuple[int, int]) -> object:
    with Image.open(studio.root / str(row["plate"])) as image:
        assert image.mode == "RGB" and "icc_profile" not in image.info
        return image.getpixel(at)


def test_a_set_becomes_plates_with_their_provenance(cast: Studio) -> None:
    cast.deliver({"IDA/TS_700_CH_IDA Turn.psd": layered(square()), "IDA/ida.png": encoded(square(30, 50))})
    first, second = cast.export("cast", loose("IDA/TS_700_CH_IDA Turn.psd", "IDA/ida.png"))
    assert first["plate_id"] == "cast/TS_700_CH_IDA_Turn.psd"
    assert first["plate"] == "identity/plates/cast/png_2048/TS_700_CH_IDA_Turn.psd.png"
    assert (first["source"], first["character"], first["route"]) == ("IDA/TS_700_CH_IDA Turn.psd", "Ida", "pillow")
    assert (first["width"], first["height"], first["approximate"], first["icc"]) == (200, 300, False, None)
    assert (second["format"], second["source_width"], second["source_height"]) == ("png", 30, 50)
    assert pixel(cast, first, (2, 2)) == RED and pixel(cast, first, (100, 150)) == BLUE
    assert cast.told("export_plates", "cast")["status"] == "ok"


def test_what_is_made_already_comes_from_the_store(cast: Studio) -> None:
    cast.deliver({"IDA/a.psd": layered(square()), "IDA/b.png": encoded(square())})
    before = cast.export("cast", loose("IDA/a.psd", "IDA/b.png"))
    stored = {path: path.stat().st_mtime_ns for path in (cast.root / "store").rglob("*.png")}
    assert len(stored) == 2
    plate = cast.root / before[0]["plate"]
    assert plate.stat().st_nlink == 2 and not plate.stat().st_mode & 0o222
    cast.deliver({"IDA/renamed.psd": layered(square())})
    after = cast.export("cast", loose("IDA/renamed.psd", "IDA/b.png"))
    assert {path: path.stat().st_mtime_ns for path in (cast.root / "store").rglob("*.png")} == stored
    assert [row["sha256"] for row in after] == [row["sha256"] for row in before]


def test_one_bad_file_is_named_and_the_others_are_there(cast: Studio) -> None:
    whole = layered(square())
    cast.deliver(
        {
            "IDA/good.psd": whole,
            "IDA/cut.psd": whole[: len(whole) // 2],
            "IDA/text.png": b"this is no picture",
            "IDA/empty.psd": b"",
            "IDA/old.ai": b"%!PS-Adobe-3.0 EPSF",
        }
    )
    names = ("cut.psd", "good.psd", "text.png", "empty.psd", "old.ai", "gone.psd", "*.tif")
    rows = cast.export("cast", loose(*(f"IDA/{name}" for name in names)))
    assert [row["source"] for row in rows] == ["IDA/good.psd"]
    told = cast.told("export_plates", "cast")
    assert told["status"] == "partial"
    codes = {part["part"].removeprefix("IDA/"): part["code"] for part in told["parts"]}
    assert codes == {
        "cut.psd": "unreadable", "text.png": "unreadable", "empty.psd": "unreadable", "old.ai": "no_renderer",
        "gone.psd": "missing", "*.tif": "missing",
    }  # fmt: skip
    for part in told["parts"]:
        assert part["part"] in part["message"]
    assert {one["source"] for one in read_json(cast.root / "identity/plates/cast.json")["failed"]} == {
        part["part"] for part in told["parts"]
    }


def test_a_set_of_which_nothing_is_left_fails(cast: Studio) -> None:
    assert cast.export("cast", loose("IDA/gone.psd")) == []
    told = cast.told("export_plates", "cast")
    assert told["status"] == "failed" and "gone.psd: the file is missing" in told["error"]["message"]
    assert list((cast.root / "identity/plates/cast/png_2048").iterdir()) == []


@pytest.mark.parametrize(
    ("data", "mode", "seen"),
    [
        (encoded(square(), "JPEG", quality=95, subsampling=0), "rgb", RED),
        (encoded(square(), "TIFF"), "rgb", RED),
        (encoded(deep(square()[..., 0])), "i;16", (RED[0],) * 3),
        (encoded(np.dstack([square(), np.zeros((300, 200), np.uint8)])), "rgba", (255, 255, 255)),
        (encoded(square()[..., 0]), "l", (RED[0],) * 3),
    ],
    ids=["jpeg", "tiff", "png of 16 bits", "png with alpha", "grey png"],
)
def test_other_formats(data: bytes, mode: str, seen: tuple[int, ...]) -> None:
    facts = inspect(io.BytesIO(data))
    assert facts.mode == mode
    plate = make_plate(io.BytesIO(data), facts, facts.routes[0], Plates())
    assert np.abs(np.subtract(plate.picture.getpixel((3, 3)), seen)).max() <= 2


@pytest.mark.parametrize("suffix", [".tiff", ".png"])
def test_sixteen_bits_in_colour_and_with_alpha(suffix: str) -> None:
    see_through = np.dstack([deep(square())[..., ::-1], np.full((300, 200), 65535, np.uint16)])
    see_through[:20, :20, 3] = 0
    data = cv2.imencode(suffix, see_through)[1].tobytes()
    facts = inspect(io.BytesIO(data))
    assert facts.depth == 16
    plate = make_plate(io.BytesIO(data), facts, facts.routes[0], Plates(background="#204060"))
    assert plate.picture.getpixel((3, 3)) == (0x20, 0x40, 0x60) and plate.picture.getpixel((3, 290)) == RED


def test_a_photograph_s_orientation_is_heeded() -> None:
    image = Image.fromarray(square(200, 300))
    exif = image.getexif()
    exif[274] = 6
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", exif=exif)
    facts = inspect(buffer)
    assert make_plate(buffer, facts, facts.routes[0], Plates()).picture.size == (300, 200)


def test_a_palette_with_a_see_through_colour() -> None:
    image = Image.fromarray(square()).quantize(4)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", transparency=image.getpixel((2, 2)))
    facts = inspect(buffer)
    plate = make_plate(buffer, facts, facts.routes[0], Plates(background="#00ff00"))
    assert plate.transparent and plate.picture.getpixel((2, 2)) == (0, 255, 0)


def test_the_kind_of_a_file_is_told_by_its_bytes_not_by_its_name(cast: Studio) -> None:
    cast.deliver({"IDA/a.jpg": layered(square()), "IDA/b.psd": encoded(square(), "JPEG")})
    rows = cast.export("cast", loose("IDA/a.jpg", "IDA/b.psd"))
    assert [row["format"] for row in rows] == ["psd", "jpeg"]


def test_members_of_an_archive_are_plates_and_only_they_are_read(cast: Studio) -> None:
    files = {
        "CH/IDA/turn.psd": layered(square()),
        "CH/BO/turn.psd": layered(square(60, 90)),
        "CH/big.bin": noise(3_000_000),
    }
    archive = packed({**files, "CH/IDA/locked.psd": b"secret", "CH/IDA/._turn.psd": b"x", "CH/IDA/notes.txt": b"y"})
    cast.deliver({"04_CH.zip": bytes(patched(archive, b"CH/IDA/locked.psd", 8, b"\1"))})
    rows = cast.export("cast", [PlateFile("Ida", "04_CH.zip", "CH/IDA/*"), PlateFile("Bo", "04_CH.zip", "CH/GUESTS/*")])
    assert [(row["source"], row["character"]) for row in rows] == [("04_CH.zip/CH/IDA/turn.psd", "Ida")]
    parts = {part["part"]: part["code"] for part in cast.told("export_plates", "cast")["parts"]}
    assert parts == {"04_CH.zip/CH/IDA/locked.psd": "encrypted", "04_CH.zip/CH/GUESTS/*": "missing"}
    cast.deliver({"IDA/turn.psd": layered(square())})
    assert cast.export("cast", loose("IDA/turn.psd"))[0]["source_sha256"] == rows[0]["source_sha256"]


def test_a_damaged_or_missing_archive_stops_no_other_file(cast: Studio) -> None:
    cast.deliver({"bad.zip": b"PK nothing", "IDA/a.psd": layered(square())})
    files = [PlateFile("Ida", "bad.zip", "*"), PlateFile("Ida", "gone.zip", "*", False), *loose("IDA/a.psd")]
    assert len(cast.export("cast", files)) == 1
    codes = {part["part"]: part["code"] for part in cast.told("export_plates", "cast")["parts"]}
    assert codes == {"bad.zip/*": "archive", "gone.zip/*": "missing"}


def test_a_member_too_large_for_the_limits_is_named(cast: Studio) -> None:
    cast.deliver({"a.zip": bytes(packed({"IDA/a.psd": layered(square())})), "IDA/b.psd": layered(square())})
    files = [PlateFile("Ida", "a.zip", "*"), *loose("IDA/b.psd")]
    rows = cast.export("cast", files, ArchiveLimits(max_member_gb=1e-6))
    assert [row["source"] for row in rows] == ["IDA/b.psd"]
    assert cast.told("export_plates", "cast")["parts"][0]["code"] == "bomb"


@given(
    st.lists(
        st.text("aäB. /~", min_size=1, max_size=8).map(lambda name: f"{name}.psd"), min_size=1, max_size=8, unique=True
    )
)
def test_names_of_plates_are_different_and_stay_in_their_folder(paths: list[str]) -> None:
    names = plate_names(paths)
    assert len({name.lower() for name in names}) == len(paths)
    assert all("/" not in name and name.endswith(".png") for name in names)
    assert plate_names(paths) == names


def test_a_name_is_the_file_s_own_whatever_else_is_delivered() -> None:
    assert (
        plate_names(["IDA/Turn v1.psd"])
        == plate_names(["IDA/Turn v1.psd", "IDA/Turn v1.jpg"])[:1]
        == ["Turn_v1.psd.png"]
    )
    one, other = plate_names(["IDA/turn.psd", "BO/Turn.psd"])
    assert one.startswith("turn.psd~") and other.startswith("Turn.psd~")


def test_postscript_is_refused_and_pdf_is_taken() -> None:
    assert is_drawing(b"%PDF-1.5") and not is_drawing(b"\x89PNG")
    with pytest.raises(BadItem, match="without PDF content"):
        is_drawing(b"%!PS-Adobe-3.0")


def pdf(text: str) -> bytes:
    """A page of 200 by 100 points with a red rectangle and a line of text."""
    stream = f"1 0 0 rg 20 20 160 60 re f BT /F1 9 Tf 5 90 Td ({text}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body, offsets = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return body + b"xref\n0 6\n0000000000 65535 f \n%strailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (
        table,
        len(body),
    )


def test_drawings_without_pixels_are_rendered_at_the_plates_size() -> None:
    pytest.importorskip("pypdfium2")
    file = io.BytesIO(pdf("Ida"))
    facts = inspect(file)
    plate = make_plate(file, facts, facts.routes[0], Plates(size=800, background="#0000ff"))
    assert plate.picture.size == (800, 400) and plate.transparent
    assert plate.picture.getpixel((400, 200)) == (255, 0, 0)
    assert plate.picture.getpixel((790, 390)) == (0, 0, 255)


def test_an_illustrator_file_without_a_drawing_in_it_is_found_out() -> None:
    pytest.importorskip("pypdfium2")
    file = io.BytesIO(pdf("This is an Adobe Illustrator File that was saved without PDF Content."))
    facts = inspect(file)
    with pytest.raises(BadItem, match="saved without PDF content"):
        make_plate(file, facts, facts.routes[0], Plates())


def test_the_listing_is_the_spec_s_and_one_look_at_each_folder(tmp_path: Path, root: Path) -> None:
    spec = load_spec(root / "config" / "totally-spies-s7.yaml")
    for path in ("IDA/a.psd", "IDA/B.PSD", "IDA/._a.psd", "IDA/notes.txt", "04.zip"):
        place = tmp_path / path
        place.parent.mkdir(exist_ok=True)
        place.touch()
    entries = {"Ida": ["IDA/*.psd", "IDA/a.psd", "IDA/gone.psd", "BO/*"], "Bo": ["04.zip/BO/*", "gone.zip/*"]}
    identity = Identity(folder=str(tmp_path), sets={"cast": PlateSet(characters=entries)})
    listing = PlateListing(spec.model_copy(update={"identity": identity}))
    assert listing.sets["cast"] == [
        PlateFile("Ida", "IDA/B.PSD"),
        PlateFile("Ida", "IDA/a.psd"),
        PlateFile("Ida", "IDA/gone.psd", None, False),
        PlateFile("Ida", "BO/*", None, False),
        PlateFile("Bo", "04.zip", "BO/*"),
        PlateFile("Bo", "gone.zip", "*", False),
    ]
    assert listing.inputs("cast") == [str(tmp_path / path) for path in ("IDA/B.PSD", "IDA/a.psd", "04.zip")]
    assert PlateListing(spec.model_copy(update={"identity": None})).sets == {}


def test_flat_documents_of_one_colour_are_what_they_are() -> None:
    data = flat(square(ground=RED, middle=RED))
    facts = inspect(io.BytesIO(data))
    assert make_plate(io.BytesIO(data), facts, "pillow", Plates()).picture.getpixel((3, 3)) == RED
