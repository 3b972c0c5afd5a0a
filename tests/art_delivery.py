"""A stand-in for the reference delivery of production art: its folders and numbers of files, with hardly any bytes."""

from __future__ import annotations

import zipfile
from pathlib import Path

from reelwright.spec.design import Design

FOLDERS = {"01_CH": 2015, "02_BG/COLOR_CARD": 931, "02_BG/SPEEDLINES": 945, "STYLE GUIDE": 260}
"""Files of each folder, as the notes give them; the unpacked props are another 660."""
MEMBERS, UNPACKED, MATCHING = 4003, 660, 659


def design(folder: Path, **changes: object) -> Design:
    """The part `design` of the reference project's spec, for a delivery in ``folder``."""
    from conftest import ROOT

    from reelwright.spec.load import load_spec

    spec = load_spec(ROOT / "config" / "totally-spies-s7.yaml")
    assert spec.design is not None
    return Design.model_validate({**spec.design.model_dump(), "folder": str(folder), **changes})


def deliver(folder: Path, mib: int = 0) -> None:
    """Deliver into ``folder``: sparse files of ``mib`` MiB each, nested as named folders are, and the zip64 archive."""
    who = ["SAM", "CLOVER", "ALEX", "ZERLINA", "TOBY", "JERRY", "MANDY", "GUESTS", "EXTRAS", "ANIMALS"]
    for place, count in FOLDERS.items():
        for number in range(count):
            below = who[number % len(who)] if place == "01_CH" else f"EP{number % 26 + 1:02d}"
            _file(folder / place / below / f"TS_7{number % 27:02d}_{place[3:5]}_THING_{number}_Color.psd", mib)
    with zipfile.ZipFile(folder / "03_PROPS.zip", "w", zipfile.ZIP_STORED) as archive:
        for number in range(MEMBERS):
            with archive.open(zipfile.ZipInfo(member(number)), "w", force_zip64=True) as file:
                file.write(content(number))
    for number in range(MATCHING):
        _file(folder / "03_PROPS" / member(number)).write_bytes(content(number))
    _file(folder / "03_PROPS" / "03_PROPS" / "TS_799_PR_NOT_IN_THE_ARCHIVE_Color.psd")


def member(number: int) -> str:
    """Name of a member; it was packed with its folder."""
    return f"03_PROPS/BOX {number % 40:02d}/TS_7{number % 27:02d}_PR_PROP_{number}_Color.psd"


def content(number: int) -> bytes:
    """Bytes of a member."""
    return f"drawing {number}".encode()


def _file(path: Path, mib: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.truncate(mib << 20)
    return path
