"""Inventory: every delivered file and member, unpacked folders compared with their archives, bad ones named."""

from __future__ import annotations

import csv
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from art_delivery import MATCHING, MEMBERS, UNPACKED, content, deliver, design, member
from zips import noise, packed, patched

from reelwright.design.art import ArtFile, read_inventory
from reelwright.design.inventory import compared, inventory_design
from reelwright.files import check, read_json
from reelwright.outcome import Record
from reelwright.spec.design import Design

FOLDERS = {"01_CH": {"dictionary": "characters"}, "03_PROPS.zip": {"dictionary": "props"}}


class Delivery:
    """A delivered folder and the stage run on it."""

    def __init__(self, folder: Path) -> None:
        self.art = folder / "art"
        self.art.mkdir()
        self.out = folder / "inventory.csv"
        self.outcome: dict[str, Any] = {}

    def put(self, path: str, data: bytes = b"x") -> Path:
        place = self.art / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        return place

    def list(self, **changes: Any) -> dict[str, ArtFile]:
        """Files by place."""
        base = {"folder": str(self.art), "rights": "licensed", "folders": FOLDERS}
        record = Record("inventory_design", "design", self.out.with_name("outcome.json"))
        inventory_design(self.out, record, settings=Design.model_validate({**base, **changes}))
        self.outcome = read_json(record.path)
        with self.out.open(newline="") as file:
            for row in csv.DictReader(file):
                check(row, "inventory", "a row")
        return {one.place: one for one in read_inventory(self.out)}


@pytest.fixture
def delivery(tmp_path: Path) -> Delivery:
    return Delivery(tmp_path)


def test_the_reference_case(tmp_path: Path) -> None:
    folder = tmp_path / "DESIGN"
    deliver(folder)
    out = tmp_path / "inventory.csv"
    record = Record("inventory_design", "design", tmp_path / "outcome.json")
    inventory_design(out, record, settings=design(folder))
    files = read_inventory(out)
    assert len([one for one in files if not one.archive and one.kind != "archive"]) == 4811
    assert len([one for one in files if one.archive]) == MEMBERS
    unpacked = [one for one in files if one.path.startswith("03_PROPS/03_PROPS/") and not one.archive]
    assert len(unpacked) == UNPACKED and sum(one.state == "matching" for one in unpacked) == MATCHING
    assert compared(files) == {"matching": 659, "differing": 0, "only_here": 1, "only_there": 3344}
    assert read_json(record.path)["status"] == "ok"
    before = out.stat().st_mtime_ns, out.stat().st_ino
    inventory_design(out, record, settings=design(folder))
    assert (out.stat().st_mtime_ns, out.stat().st_ino) == before, "written again though nothing has changed"
    (folder / "03_PROPS" / member(7)).write_bytes(b"redrawn by somebody")
    (folder / "03_PROPS" / member(8)).write_bytes(content(8).upper())
    inventory_design(out, record, settings=design(folder))
    assert compared(read_inventory(out)) == {"matching": 658, "differing": 1, "only_here": 1, "only_there": 3344}
    inventory_design(out, record, settings=design(folder, compare="crc32"))
    assert compared(read_inventory(out)) == {"matching": 657, "differing": 2, "only_here": 1, "only_there": 3344}


@pytest.mark.parametrize(
    ("members", "folder", "prefix"),
    [
        ({"a.psd": b"1", "b/c.psd": b"2"}, "PROPS", None),
        ({"PROPS/a.psd": b"1", "PROPS/b/c.psd": b"2"}, "PROPS", None),
        ({"x/PROPS/a.psd": b"1", "x/PROPS/b/c.psd": b"2", "a.psd": b"another"}, "PROPS", None),
        ({"x/PROPS/a.psd": b"1", "x/PROPS/b/c.psd": b"2"}, "PROPS", "x/PROPS"),
        ({"Zoe\N{COMBINING ACUTE ACCENT}/a.psd": b"1", "Zoé/b/c.psd": b"2"}, "PROPS", "Zoé"),
    ],
)
def test_where_it_was_unpacked_from_is_found_or_stated(
    delivery: Delivery, members: dict[str, bytes], folder: str, prefix: str | None
) -> None:
    delivery.put("03_PROPS.zip", bytes(packed(members)))
    delivery.put(f"{folder}/a.psd", b"1")
    delivery.put(f"{folder}/b/c.psd", b"2")
    files = delivery.list(extracted={folder: {"archive": "03_PROPS.zip", "prefix": prefix}})
    states = [files[f"{folder}/{name}"].state for name in ("a.psd", "b/c.psd")]
    assert states == ["matching", "matching"]
    assert files[f"{folder}/a.psd"].dictionary == "props", "what was unpacked belongs where its archive does"
    assert compared(files.values())["only_there"] == len(members) - 2


def test_one_bad_member_or_archive_does_not_stop_the_others(delivery: Delivery) -> None:
    data = packed({"../out.psd": b"x", "locked.psd": noise(99), "good.psd": noise(99), "a\tb.psd": b"x"})
    delivery.put("03_PROPS.zip", bytes(patched(data, b"locked.psd", 8, b"\1\0")))
    cut = packed({"one.psd": noise(99), "two.psd": noise(99)})
    delivery.put("cut.zip", bytes(cut[: cut.index(b"two.psd") + 20]))
    delivery.put("broken.zip", b"nothing of the kind")
    delivery.put("01_CH/SAM/a.psd")
    files = delivery.list()
    assert files["01_CH/SAM/a.psd"].dictionary == "characters"
    assert files["03_PROPS.zip/good.psd"].problem == "" and files["03_PROPS.zip/good.psd"].dictionary == "props"
    assert "leaves the archive" in files["03_PROPS.zip/../out.psd"].problem
    assert "encrypted" in files["03_PROPS.zip/locked.psd"].problem
    assert "control characters" in files["03_PROPS.zip/a\\tb.psd"].problem
    assert files["cut.zip/one.psd"].problem == "" and "cut off" in files["cut.zip/two.psd"].problem
    assert {part["part"] for part in delivery.outcome["parts"]} == {"cut.zip", "broken.zip"}
    assert delivery.outcome["status"] == "partial"
    said = "\n".join(delivery.outcome["warnings"])
    assert "locked.psd" in said and "cut.zip: 2 files lie in no folder of design.folders" in said


def test_what_the_spec_names_and_nobody_delivered(delivery: Delivery) -> None:
    delivery.put("01_CH/a.psd")
    delivery.list(folders={**FOLDERS, "STYLE GUIDE": {"dictionary": "style_guides"}})
    said = "\n".join(delivery.outcome["warnings"])
    assert (
        "03_PROPS.zip: the spec names it" in said and "STYLE GUIDE: the spec names it" in said and "01_CH" not in said
    )
    shutil.rmtree(delivery.art)
    record = Record("inventory_design", "design", delivery.out.with_name("outcome.json"))
    settings = Design.model_validate({"folder": str(delivery.art), "rights": "licensed", "folders": FOLDERS})
    inventory_design(delivery.out, record, settings=settings)
    assert read_json(record.path)["error"]["code"] == "missing"


def test_odd_things_on_the_disk(delivery: Delivery, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "a.psd").write_bytes(b"x")
    delivery.put("01_CH/real.psd", b"12345")
    (delivery.art / "01_CH" / "circle").symlink_to(delivery.art)
    (delivery.art / "01_CH" / "linked.psd").symlink_to(elsewhere / "a.psd")
    (delivery.art / "01_CH" / "nowhere.psd").symlink_to(elsewhere / "gone.psd")
    (delivery.art / "01_CH" / ".DS_Store").write_bytes(b"x")
    odd = os.fsencode(delivery.art / "01_CH") + b"/b\xffd.psd"
    Path(os.fsdecode(odd)).touch()
    files = delivery.list()
    assert files["01_CH/real.psd"].bytes == 5 and files["01_CH/linked.psd"].problem == ""
    assert "link" in files["01_CH/circle"].problem and "link" in files["01_CH/nowhere.psd"].problem
    assert files["01_CH/.DS_Store"].kind == "system"
    assert files["01_CH/b\\xffd.psd"].problem == "its name is no UTF-8"
    assert len(files) == 6


def test_what_was_read_once_is_not_read_again(delivery: Delivery) -> None:
    delivery.put("03_PROPS.zip", bytes(packed({"a.psd": b"12345"})))
    loose = delivery.put("PROPS/a.psd", b"12345")
    settings = {"extracted": {"PROPS": {"archive": "03_PROPS.zip"}}, "compare": "crc32"}
    first = delivery.list(**settings)["PROPS/a.psd"]
    assert first.state == "matching" and first.crc32
    facts = loose.stat()
    loose.write_bytes(b"54321")
    os.utime(loose, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert delivery.list(**settings)["PROPS/a.psd"] == first, "size and time say that it is the same"
    os.utime(loose, ns=(facts.st_atime_ns, facts.st_mtime_ns + 10**9))
    assert delivery.list(**settings)["PROPS/a.psd"].state == "differing"
