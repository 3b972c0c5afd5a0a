"""Evaluation sets: only what is held out whole, nothing that training shows, and every lack in words."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Any

import pytest
from evaluation_inputs import Made, drawing, failed, make
from plating import encoded

from reelwright.digest import file_sha256

FIRST, SECOND, THIRD = "ep20_000000_000020", "ep20_000020_000045", "ep20_000045_000070"
"""The clips that are usable and held out whole."""


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(tmp_path_factory.mktemp("evaluation"))


@pytest.fixture
def made(drawn: Made, tmp_path: Path) -> Made:
    """A copy of it to change."""
    shutil.copytree(drawn.root, tmp_path / "copy")
    moved = lambda path: tmp_path / "copy" / path.relative_to(drawn.root)  # noqa: E731

    def of(one: Any) -> Any:
        paths = (moved(getattr(one, name)) for name in ("master", "probe", "clips", "quality", "captions"))
        return type(one)(one.episode, *paths, tuple(map(moved, one.outcomes)))

    outcomes = {name: moved(path) for name, path in drawn.outcomes.items()}
    return Made(tmp_path / "copy", of(drawn.held), of(drawn.trained), outcomes)


def by_id(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["item_id"]: row for row in rows}


def roles(row: dict[str, Any]) -> list[tuple[str, str, str | None, str]]:
    return [(one["role"], one["root"], one["archive"], one["path"]) for one in row["media"]]


def test_motion_has_the_usable_clips_that_are_held_out_whole_balanced_over_moves(made: Made) -> None:
    sets = made.build()
    assert set(by_id(sets["motion"])) == {f"motion.{clip}" for clip in (FIRST, SECOND, THIRD)}
    assert made.summary["sets"]["motion"]["labels"] == {"pan_left": 1, "static": 2}
    assert made.summary["clips"] == [FIRST, SECOND, THIRD]
    row = by_id(sets["motion"])[f"motion.{SECOND}"]
    assert row["prompt"] == "spk, in the ice cave. Bo lifts the moon lamp. The camera pans left."
    assert row["span"]["start_frame"] == 20 and row["span"]["end_frame"] == 45
    assert row["source"] == {"rights": "licensed", "manifest": "captions/ep20.jsonl"}
    assert [one["sha256"] for one in row["media"]] == [file_sha256(made.results / one["path"]) for one in row["media"]]
    assert [one["role"] for one in row["media"]] == ["clip", "first_frame", "sheet"]
    assert row["labels"]["lanes"] == ["video"], "pictures don't move"
    two = made.build(motion={"size": 2})["motion"]
    assert {one["labels"]["camera"]["move"] for one in two} == {"pan_left", "static"}


def test_identity_prefers_what_never_trains_and_says_whom_each_anchor_can_judge(made: Made) -> None:
    rows = made.build(identity={"size": 2})["identity"]
    assert {row["labels"]["character"] for row in rows} == {"Ida", "Bo"}
    assert by_id(rows).keys() >= {"identity.trio/b.psd"}
    assert all(row["prompt"].startswith(f"spk, {row['labels']['character']}, ") for row in rows)
    assert rows[0]["media"][0]["sha256"] == file_sha256(made.results / rows[0]["media"][0]["path"])
    lanes = {row["item_id"]: row["labels"]["lanes"] for row in made.build()["identity"]}
    assert lanes["identity.trio/b.psd"] == ["video", "design"]
    assert lanes["identity.trio/a.psd"] == ["video"], "packages of production art may train on it"


def test_outfits_are_clips_with_their_plate_and_plates_alone(made: Made) -> None:
    rows = by_id(made.build()["outfit"])
    assert set(rows) == {
        f"outfit.ida.snow-gear.{FIRST}", f"outfit.bo.coat.{THIRD}", "outfit.ida.snow-gear", "outfit.bo.robe"
    }  # fmt: skip
    worn = rows[f"outfit.ida.snow-gear.{FIRST}"]
    assert worn["labels"]["asset"] == "outfit.ida.snow-gear"
    assert worn["prompt"].endswith(" Ida wears the snow gear.")
    # The plate that never trains stands for the outfit.
    assert ("reference", "results", None, "plates/b.png") in roles(worn)
    assert rows[f"outfit.bo.coat.{THIRD}"]["labels"]["asset"] is None, "in no dictionary"
    assert rows["outfit.bo.robe"]["prompt"] == "spk, Bo wearing robe, full body."
    assert rows["outfit.bo.robe"]["span"] is None


def test_props_are_sure_names_with_files_and_the_clips_that_name_them(made: Made) -> None:
    rows = by_id(made.build(prop={"minimum": 5})["prop"])
    assert set(rows) == {f"prop.hat.{FIRST}", "prop.hat", f"prop.moon-lamp.{SECOND}", "prop.moon-lamp"}
    assert rows["prop.hat"]["labels"]["lanes"] == ["video"]
    assert roles(rows["prop.hat"]) == [("reference", "design", "03.zip", "P/hat.png")], (
        "in colour, not the line drawing"
    )
    assert rows["prop.hat"]["media"][0]["sha256"] == hashlib.sha256(encoded(drawing(2))).hexdigest()
    assert rows["prop.hat"]["prompt"] == "spk, close-up of the hat, a gadget."
    assert "The hat is seen." in rows[f"prop.hat.{FIRST}"]["prompt"], "its caption doesn't say so"
    assert "is seen" not in rows[f"prop.moon-lamp.{SECOND}"]["prompt"], "its caption says so"
    (refused,) = made.summary["sets"]["prop"]["refused"]
    assert refused["item_id"] == "prop.sword" and "has no member 'P/gone.png'" in refused["reason"]
    assert {one["path"] for one in made.summary["not_looked_at"]} == {"03.zip/P/lamp.psd"}
    (warning,) = made.outcome["warnings"]
    assert warning.startswith(
        "evaluation.sets.prop.minimum is 5, and 4 items could be made of 5 candidates, 1 of them refused"
    )


def test_a_picture_that_training_footage_copies_is_no_evaluation_picture(made: Made) -> None:
    rows = by_id(made.build()["background"])
    assert set(rows) == {f"background.ice-cave.{FIRST}", f"background.ice-cave.{SECOND}", f"background.pier.{THIRD}"}
    assert [one["role"] for one in rows[f"background.ice-cave.{FIRST}"]["media"]] == ["first_frame"]
    assert ("reference", "design", None, "BG/pier.png") in roles(rows[f"background.pier.{THIRD}"])
    # Without the drawing that training shows, nothing is left that anybody trains on.
    assert rows[f"background.ice-cave.{FIRST}"]["labels"]["lanes"] == ["video", "design"]
    assert rows[f"background.pier.{THIRD}"]["labels"]["lanes"] == ["video"]
    left_out = made.summary["left_out"]
    assert {(one["item_id"], one["path"]) for one in left_out} == {
        (f"background.ice-cave.{clip}", "BG/cave.png") for clip in (FIRST, SECOND)
    }
    assert "training clip ep01_000000_000045 nearly copies the picture BG/cave.png" in left_out[0]["reason"]
    # A plate that training shows leaves its item with nothing.
    shutil.copy(made.root / "art" / "BG" / "cave.png", made.results / "plates" / "d.png")
    again = made.build()["identity"]
    assert "identity.trio/d.psd" not in by_id(again) and len(again) == 3
    (refused,) = made.summary["sets"]["identity"]["refused"]
    assert refused["item_id"] == "identity.trio/d.psd"


def test_a_clip_whose_file_is_gone_is_refused_by_name(made: Made) -> None:
    (made.results / "clips" / f"{FIRST}.mp4").unlink()
    rows = made.build()["motion"]
    assert set(by_id(rows)) == {f"motion.{SECOND}", f"motion.{THIRD}"}
    (refused,) = made.summary["sets"]["motion"]["refused"]
    assert refused["reason"].endswith(f"clips/{FIRST}.mp4: the file is missing")


def test_a_set_below_its_minimum_fails_by_name_where_the_spec_is_strict(made: Made) -> None:
    sets = made.build(strict=True, motion={"minimum": 4}, prop={"minimum": 4})
    assert len(sets["motion"]) == 3, "what there is is written"
    assert made.outcome["status"] == "partial" and made.outcome["warnings"] == []
    (part,) = made.outcome["parts"]
    assert (part["part"], part["code"]) == ("motion", "minimum")
    assert part["message"] == (
        "evaluation.sets.motion.minimum is 4, and 3 items could be made of 3 candidates: it needs usable held-out clips "
        "whose camera was measured"
    )


def test_what_failed_before_is_named_and_the_other_sets_are_made(made: Made) -> None:
    failed(made.outcomes["identity"], "list_anchors", "identity")
    failed(made.outcomes["design"], "build_crosswalk", "design")
    sets = made.build()
    assert {kind: len(rows) for kind, rows in sets.items()} == {
        "identity": 0, "outfit": 2, "prop": 0, "background": 3, "motion": 3
    }  # fmt: skip
    assert [warning.split(": ", 1)[1] for warning in made.outcome["warnings"]] == [
        "anchors: list_anchors identity: the disk was eaten",
        "design: build_crosswalk design: the disk was eaten",
    ]
    made.fail_captions()
    assert made.build()["motion"] == []
    words = "clips: episode 20: caption_clips ep20: the model is gone"
    assert any(warning.endswith(words) for warning in made.outcome["warnings"])
    assert made.outcome["status"] == "ok", "its own work is done; the failures are reported where they are"


def test_a_spec_without_art_has_sets_of_clips_and_says_why_not_the_others(made: Made) -> None:
    sets = made.build(art=False)
    assert {kind: len(rows) for kind, rows in sets.items()} == {
        "identity": 0, "outfit": 2, "prop": 0, "background": 3, "motion": 3
    }  # fmt: skip
    assert made.outcome["warnings"][0].endswith("anchors: the spec has no part identity")
    assert made.outcome["warnings"][1].endswith("design: the spec has no part design")


def test_two_builds_are_the_same_bytes(made: Made) -> None:
    made.build()
    files = [made.root / "sets.json", *sorted((made.root / "evaluation").glob("*.jsonl"))]
    assert len(files) == 6
    first = [path.read_bytes() for path in files]
    made.build()
    assert [path.read_bytes() for path in files] == first
