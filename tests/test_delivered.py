"""The table of everything that was delivered: masters, subtitles, production art."""

from __future__ import annotations

import csv
from pathlib import Path

from jsonschema import Draft202012Validator

from reelwright.design.art import COLUMNS as ART_COLUMNS
from reelwright.design.art import ArtFile, inventory_text
from reelwright.design.delivered import Art, DeliveredMaster, list_inventory
from reelwright.files import read_json, write_csv, write_json

ROOT = Path(__file__).resolve().parents[1]


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    validator = Draft202012Validator(read_json(ROOT / "schemas" / "delivered.schema.json"))
    for row in rows:
        validator.validate(row)
    return rows


def _master(folder: Path, name: str, sha256: str | None, message: str = "") -> DeliveredMaster:
    probe, outcome = folder / f"{name}.probe.json", folder / f"{name}.outcome.json"
    write_json(probe, {"sha256": sha256} if sha256 else None)
    write_json(outcome, {"status": "ok" if sha256 else "failed", "error": None if sha256 else {"message": message}})
    return DeliveredMaster(f"ep01.{name}", f"masters/{name}.mov", probe, outcome)


def test_masters_subtitles_and_art_stand_in_one_table(tmp_path: Path) -> None:
    delivery, digest = tmp_path / "delivery", "ab" * 32
    (delivery / "masters").mkdir(parents=True)
    (delivery / "masters" / "one.mov").write_bytes(b"film")
    (delivery / "EP01.srt").write_bytes(b"words")
    art = ArtFile("TS_703_PR_BOX.psd", "03_PROPS.zip", "03_PROPS.zip", "props", "psd", 9, 5, "", "0a0b0c0d", "", "")
    write_csv(tmp_path / "art.csv", ART_COLUMNS, inventory_text([art]))
    masters = [_master(tmp_path, "one", digest), _master(tmp_path, "two", None, "two.mov was not delivered")]
    out = tmp_path / "inventory.csv"
    list_inventory(
        out,
        folder=delivery,
        masters=masters,
        subtitles=[str(delivery / "EP01.srt")],
        art=Art("/art", tmp_path / "art.csv"),
    )
    one, two, words, box = _table(out)
    assert (one["kind"], one["path"], one["bytes"], one["sha256"]) == ("master", "masters/one.mov", "4", digest)
    assert (two["source_id"], two["bytes"], two["problem"]) == ("ep01.two", "", "two.mov was not delivered")
    assert (words["kind"], words["path"], words["bytes"]) == ("subtitles", "EP01.srt", "5")
    assert (box["root"], box["archive"], box["dictionary"], box["packed"]) == ("/art", "03_PROPS.zip", "props", "5")


def test_without_production_art_the_masters_stand_alone(tmp_path: Path) -> None:
    out = tmp_path / "inventory.csv"
    list_inventory(out, folder=tmp_path, masters=[_master(tmp_path, "one", "cd" * 32)], subtitles=[], art=None)
    assert [row["source_id"] for row in _table(out)] == ["ep01.one"]
