"""Anchors: people's decisions outweigh every review, manifests take what they may, sheets show what was decided."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from plating import PAPER, Studio, encoded, loose, square, studio

from reelwright.errors import BuildError, SpecError
from reelwright.files import check, read_json, write_json
from reelwright.identity.anchors import COLUMNS, strict_anchors
from reelwright.identity.sheets import COLOURS
from reelwright.packages.anchors import reference_anchors
from reelwright.spec.identity import Candidates, Identity

HEADER = "item,sha256,decision,value,reason,reviewer,time\n"
TALL = square(400, 1100, PAPER, (90, 40, 120))
"""A figure that trains by measurements."""


@pytest.fixture
def cast(tmp_path: Path) -> Studio:
    """Three reviewed plates: one of each verdict."""
    made = studio(tmp_path, candidates=Candidates(min_side=1, duplicate_bits=-1))
    files = {"IDA/turn.png": TALL, "IDA/hand.png": TALL[:, 1:], "IDA/rough.png": TALL[:, 2:]}
    made.deliver({path: encoded(pixels) for path, pixels in files.items()})
    made.export("cast", loose(*files))
    made.review("cast")
    return made


def decide(cast: Studio, **decisions: str) -> None:
    """Write people's decisions about plates by the stem of their file, about the file that is there."""
    rows = {row["plate_id"]: row["source_sha256"] for row in cast.candidates()["candidates"]}
    lines = [
        f'cast/{stem}.png,{rows.get(f"cast/{stem}.png", "0" * 64)},{decision},,"seen, by eye",mk,2026-11-20T14:30:00Z\n'
        for stem, decision in decisions.items()
    ]
    (cast.root / "identity.csv").write_text(HEADER + "".join(lines))


def table(cast: Studio) -> dict[str, dict[str, str]]:
    with cast.anchors.table.open(newline="") as file:
        return {row["plate_id"].removeprefix("cast/"): row for row in csv.DictReader(file)}


def verdicts(manifest: dict[str, Any]) -> dict[str, str]:
    return {one["plate_id"].removeprefix("cast/").removesuffix(".png"): one["verdict"] for one in manifest["anchors"]}


def test_without_decisions_the_review_holds(cast: Studio) -> None:
    train, usable = cast.list()
    assert verdicts(train) == {"turn": "TRAIN"}
    assert verdicts(usable) == {"turn": "TRAIN", "hand": "EVAL_ONLY"}
    assert (train["use"], usable["use"]) == ("training", "evaluation")
    rows = table(cast)
    assert list(rows["turn.png"]) == COLUMNS
    assert (rows["rough.png"]["verdict"], rows["rough.png"]["trains"], rows["rough.png"]["weight"]) == (
        "EXCLUDE",
        "False",
        "0.0",
    )
    assert (rows["hand.png"]["view"], rows["hand.png"]["reasons"]) == ("detail", "detail")


def test_a_person_outweighs_the_review(cast: Studio) -> None:
    decide(cast, turn="EXCLUDE", hand="TRAIN", rough="EVAL_ONLY")
    train, usable = cast.list()
    assert verdicts(train) == {"hand": "TRAIN"}
    assert verdicts(usable) == {"hand": "TRAIN", "rough": "EVAL_ONLY"}
    (hand,) = train["anchors"]
    assert (hand["decided_by"], hand["confidence"], hand["reasons"], hand["tightened"]) == ("person", None, [], False)
    row = table(cast)["hand.png"]
    assert (row["verdict"], row["review_verdict"], row["decision_reason"]) == ("TRAIN", "EVAL_ONLY", "mk: seen, by eye")


def test_tightened_is_what_a_person_says_and_trains(cast: Studio) -> None:
    decide(cast, turn="tightened")
    train, _ = cast.list()
    assert [(one["verdict"], one["tightened"], one["trains"]) for one in train["anchors"]] == [("TRAIN", True, True)]


def test_strict_anchors_are_tightened_ones_unless_somebody_says_otherwise(cast: Studio) -> None:
    decide(cast, turn="tightened", hand="TRAIN")
    cast.list()
    with pytest.raises(BuildError, match=r"1 of 2 identity anchors are not tightened: cast/hand\.png;"):
        strict_anchors(cast.anchors.train, untightened=False)
    ids = [one["plate_id"] for one in strict_anchors(cast.anchors.train, untightened=True)]
    assert ids == ["cast/turn.png", "cast/hand.png"]
    decide(cast, turn="tightened", hand="tightened")
    cast.list()
    assert [one["plate_id"] for one in strict_anchors(cast.anchors.train, untightened=False)] == ids


def test_a_decision_about_another_version_of_the_file_is_reported_and_not_applied(cast: Studio) -> None:
    decide(cast, turn="EXCLUDE", gone="TRAIN")
    cast.deliver({"IDA/turn.png": encoded(TALL[:, 3:])})
    cast.export("cast", loose("IDA/turn.png", "IDA/hand.png", "IDA/rough.png"))
    cast.review("cast")
    train, _ = cast.list()
    assert verdicts(train) == {"turn": "TRAIN"}
    warned = cast.told("list_anchors", "identity")["warnings"]
    assert [word.split(": ")[1].split(" ")[0] for word in warned] == ["cast/turn.png", "cast/gone.png"]
    assert "another version" in warned[0] and "is no candidate" in warned[1]


def test_a_word_that_is_no_decision_stops_with_the_nearest_one(cast: Studio) -> None:
    decide(cast, turn="tightend")
    with pytest.raises(SpecError, match="did you mean 'tightened'"):
        cast.list()


def test_eval_only_never_trains_whatever_is_written(cast: Studio) -> None:
    _, usable = cast.list()
    whole = json.loads(json.dumps(usable))
    next(one for one in whole["anchors"] if one["verdict"] == "EVAL_ONLY")["trains"] = True
    with pytest.raises(ValueError, match="trains"):
        check(whole, "anchors", "usable")
    with pytest.raises(ValueError, match="verdict"):
        check({**usable, "use": "training"}, "anchors", "train")


def test_a_failed_set_is_named_and_the_others_are_listed(cast: Studio) -> None:
    sets = {**cast.settings.sets, "guests": cast.settings.sets["cast"]}
    cast.settings = Identity(sets=sets, candidates=cast.settings.candidates)
    cast.export("guests", loose("IDA/gone.png"))
    cast.review("guests")
    train, usable = cast.list()
    assert train["failed_sets"] == usable["failed_sets"] == ["guests"]
    assert verdicts(train) == {"turn": "TRAIN"}
    manifest = cast.candidates()
    assert len(manifest["candidates"]) == 3 and manifest["failed"][0]["source"] == "guests"
    assert cast.told("review_plates", "guests")["error"]["code"] == "upstream"


def test_sheets_show_the_decision_on_each_plate(cast: Studio) -> None:
    stale = cast.anchors.sheets / "other_01.jpg"
    stale.parent.mkdir(parents=True)
    stale.write_bytes(b"from a set that is gone")
    cast.list()
    assert [path.name for path in cast.anchors.sheets.iterdir()] == ["cast_01.jpg"]
    with Image.open(cast.anchors.sheets / "cast_01.jpg") as sheet:
        seen = [sheet.getpixel((14 + 434 * number + 200, 14 + 420 - 4)) for number in range(3)]
    # In the order of their ids: hand, rough, turn.
    for pixel, verdict in zip(seen, ("EVAL_ONLY", "EXCLUDE", "TRAIN"), strict=True):
        wanted = [int(str(COLOURS[verdict])[at : at + 2], 16) for at in (1, 3, 5)]
        assert max(abs(one - other) for one, other in zip(pixel, wanted, strict=True)) < 30


def test_a_package_names_the_usable_anchors_for_evaluation_only(tmp_path: Path) -> None:
    usable = tmp_path / "identity" / "review" / "usable_manifest.json"
    verdicts = [("Moss", "TRAIN", True), ("Moss", "EVAL_ONLY", False), ("Comet", "TRAIN", False)]
    anchors = [{"character": who, "verdict": verdict, "tightened": tight} for who, verdict, tight in verdicts]
    write_json(usable, {"anchors": anchors})
    reference_anchors(usable, tmp_path, tmp_path / "anchors.json")
    found = read_json(tmp_path / "anchors.json")
    assert found["manifest"] == "identity/review/usable_manifest.json"
    assert (found["use"], found["anchors"], found["tightened"]) == ("evaluation", 3, 1)
    assert found["verdicts"] == {"EVAL_ONLY": 1, "TRAIN": 2}
    assert found["sha256"] == hashlib.sha256(usable.read_bytes()).hexdigest()
