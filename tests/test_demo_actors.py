"""The demo's actors: every kind of trouble is drawn, and what is measured agrees with what is true."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from acting import measured, plan_of

from reelwright.actors.discovery import ActorListing
from reelwright.actors.migrate import actors_migrate
from reelwright.demo.actor_art import draw_demo_actors
from reelwright.demo.actorlist import (
    BAD_METADATA,
    NO_FOLDER,
    NO_IMAGES,
    OUT_OF_STEP,
    ROSTER,
    SHORT,
    SURPLUS,
    TROUBLED,
    demo_actors,
    demo_drawings,
    demo_texts,
)
from reelwright.errors import BuildError
from reelwright.files import read_json
from reelwright.spec.actors import Actors

MEASURABLE = {"blur", "dark", "blank", "small", "symmetry"}


@pytest.fixture(scope="module")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("delivery")
    draw_demo_actors(folder / "data", folder / "truth.json", seed=7)
    return folder


def planned(delivery: Path, actor: str, out: Path) -> tuple[Any, Any]:
    """The evaluation and the plan of an actor."""
    listing = ActorListing(Actors(folder=str(delivery / "data")))
    return measured(listing, actor, out), plan_of(listing, actor, out)


@pytest.mark.slow
def test_black_and_white_and_defects_are_measured_as_they_were_drawn(delivery: Path, tmp_path: Path) -> None:
    truth, seen = read_json(delivery / "truth.json"), 0
    listing = ActorListing(Actors(folder=str(delivery / "data")))
    for actor in listing.actors:
        evaluation, _ = planned(delivery, actor, tmp_path / actor)
        for row in evaluation["images"]:
            true = truth[f"actors/{actor}/training_data/{row['file']}"]
            assert (row["broken"] is not None) == (true["trouble"] in ("cut_off", "no_image")), row["file"]
            if row["broken"] is None:
                assert set(row["measured"]["defects"]) == {true["trouble"]} & MEASURABLE, row["file"]
                if row["measured"]["tone"] != "unclear":
                    assert (row["measured"]["tone"] == "black_and_white") == true["black_and_white"], row["file"]
                    seen += true["black_and_white"]
                else:
                    assert true["trouble"] in ("dark", "blank")
    assert seen == 16 and {one["trouble"] for one in truth.values()} >= {
        "spot",
        "cmyk",
        "deep",
        "alpha",
        "moving",
        "turned",
    }


@pytest.mark.slow
def test_troubles_are_replaced(delivery: Path, tmp_path: Path) -> None:
    evaluation, plan = planned(delivery, TROUBLED, tmp_path)
    gone = {one["file"].rpartition("_")[2]: one["why"] for one in plan["operations"] if one["operation"] == "delete"}
    assert gone == {
        "1.jpg": "low_quality", "2.jpg": "low_quality", "3.jpg": "low_quality", "6.jpg": "duplicate", "7.jpg": "duplicate",
        "8.jpg": "broken", "9.jpg": "broken",
    }  # fmt: skip
    by_name = {row["file"]: row for row in evaluation["images"]}
    turned = by_name[f"{TROUBLED}_13.jpg"]
    assert (turned["width"], turned["height"]) == (640, 512), "upright"
    assert plan["descriptor"] == "old man" and plan["state"] == "undecided"


@pytest.mark.slow
def test_both_legacy_forms_are_migrated_and_one_that_is_no_json_is_named(delivery: Path, tmp_path: Path) -> None:
    settings = Actors(folder=str(delivery / "data"))
    with pytest.raises(BuildError, match=rf"{BAD_METADATA}: .*no valid JSON"):
        actors_migrate(settings, None, None, tmp_path)
    summary = read_json(tmp_path / "summary.json")
    assert (summary["would_migrate"], summary["has_manifest"], summary["no_metadata"]) == (2, 2, 1)
    for actor in (SURPLUS, SHORT):
        report = read_json(tmp_path / f"{actor}.json")
        assert report["files_without_metadata"] == report["metadata_without_file"] == []
        assert all(
            one["url"].startswith("https://demo-bucket") and one["prompt"] for one in report["manifest"]["images"]
        )
    assert OUT_OF_STEP not in [one["actor"] for one in summary["failed"]]


@pytest.mark.slow
def test_what_will_be_drawn_is_listed_as_what_was(delivery: Path) -> None:
    drawn = {**dict.fromkeys(demo_drawings(), ""), **demo_texts()}
    settings = Actors(folder=str(delivery / "data"))
    assert ActorListing(settings, drawn).entries == ActorListing(settings).entries
    files = {str(path.relative_to(delivery / "data")) for path in (delivery / "data").rglob("*") if path.is_file()}
    assert files == set(demo_actors())
    reasons = {entry.name: entry.reason for entry in ActorListing(settings).entries}
    assert reasons[NO_IMAGES] == "no_images" and reasons[NO_FOLDER] == "no_folder" and len(reasons) == 8
    assert (delivery / "data" / ROSTER).exists()
