"""People's decisions about actors' images: what holds, what is stale, what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from acting import deliver, encoded, image_set, measured, plan_of, scene
from hypothesis import given
from hypothesis import strategies as st

from reelwright.actors.classes import CLASSES, UNKNOWN
from reelwright.actors.decided import decide, read_actor_decisions
from reelwright.actors.discovery import ActorListing
from reelwright.decisions import Decision
from reelwright.errors import SpecError
from reelwright.files import read_json
from reelwright.spec.actors import Actors

ACTOR = "0000_european_16_male"
HEADER = "item,sha256,decision,value,reason,reviewer,time\n"
OLD = "0" * 64


def said(number: int, sha256: str, decision: str, value: str, actor: str = ACTOR) -> str:
    return f"{actor}/{actor}_{number}.jpg,{sha256},{decision},{value},,ana,2026-11-25\n"


class Desk:
    """An actor's images and what a person writes about them."""

    def __init__(self, folder: Path, files: dict[str, bytes]) -> None:
        self.folder = folder
        self.listing = ActorListing(Actors(folder=str(deliver(folder / "data", {ACTOR: files}))))
        self.evaluation = measured(self.listing, ACTOR, folder)
        self.hashes = [row["sha256"] for row in self.evaluation["images"]]
        self.decisions = folder / "decisions.csv"

    def plan(self, *rows: str) -> Any:
        self.decisions.write_text(HEADER + "".join(rows))
        return plan_of(self.listing, ACTOR, self.folder, self.decisions)

    @property
    def warnings(self) -> list[str]:
        return list(read_json(self.folder / "planned.json")["warnings"])


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Three images in colour, of which two show the same, and one without; all large enough to be good."""
    files = image_set(ACTOR, 2, 1, width=640, height=480)
    return Desk(tmp_path, {**files, f"{ACTOR}_3.jpg": encoded(scene(0, 640, 480), quality=70)})


def test_a_class_that_a_person_states_decides_what_nobody_could(desk: Desk) -> None:
    assert desk.plan()["state"] == "undecided"
    rows = [said(n, desk.hashes[n], "class", name) for n, name in enumerate(["photorealistic", "color_stylized"])]
    plan = desk.plan(*rows, said(3, desk.hashes[3], "class", "photorealistic"))
    assert plan["state"] == "actions" and plan["undecided"] is None
    assert [(one["class"], one["origin"]) for one in plan["images"]] == [
        ("photorealistic", "decided"), ("color_stylized", "decided"), ("bw_stylized", "measured"),
        ("photorealistic", "decided"),
    ]  # fmt: skip
    assert plan["generate"] == {"photorealistic": 12, "bw_stylized": 3, "color_stylized": 2}
    assert plan["decisions"]["applied"] == [f"{ACTOR}/{ACTOR}_{n}.jpg" for n in (0, 1, 3)]
    (double,) = (one for one in plan["operations"] if one["operation"] == "delete")
    assert (double["file"], double["why"], double["rests_on_unknown"]) == (f"{ACTOR}_3.jpg", "duplicate", False)


def test_images_whose_classes_are_decided_apart_are_no_doubles(desk: Desk) -> None:
    rows = [said(n, desk.hashes[n], "class", name) for n, name in ((0, "photorealistic"), (3, "color_stylized"))]
    assert not [one for one in desk.plan(*rows)["operations"] if one["operation"] == "delete"]


def test_a_quality_that_a_person_states_replaces_or_keeps(desk: Desk) -> None:
    plan = desk.plan(said(2, desk.hashes[2], "quality", "2"), said(3, desk.hashes[3], "quality", "10"))
    gone = {one["file"]: one["reason"] for one in plan["operations"] if one["operation"] == "delete"}
    assert gone[f"{ACTOR}_2.jpg"] == "quality 2 is less than 5, as ana decided"
    assert gone[f"{ACTOR}_0.jpg"] == f"shows the same as {ACTOR}_3.jpg, which is kept", "which is the better one now"


def test_a_person_says_what_shows_the_same(desk: Desk) -> None:
    plan = desk.plan(said(3, desk.hashes[3], "duplicate", "none"))
    assert not [one for one in plan["operations"] if one["operation"] == "delete"]
    plan = desk.plan(
        said(3, desk.hashes[3], "duplicate", "none"),
        said(2, desk.hashes[2], "duplicate", f"{ACTOR}_1.jpg"),
        said(2, desk.hashes[2], "class", "color_stylized"),
    )
    (double,) = (one for one in plan["operations"] if one["operation"] == "delete")
    assert double["file"] == f"{ACTOR}_2.jpg" and double["reason"] == f"shows the same as {ACTOR}_1.jpg, which is kept"


def test_decisions_that_no_longer_fit_are_reported_and_not_applied(tmp_path: Path, desk: Desk) -> None:
    plan = desk.plan(
        said(0, OLD, "class", "photorealistic"),
        said(9, OLD, "quality", "1"),
        said(1, desk.hashes[1], "duplicate", "gone.jpg"),
        said(0, OLD, "class", "photorealistic", actor="0009_gone"),
    )
    assert plan["images"][0]["class"] == UNKNOWN and plan["decisions"] == {
        "applied": [],
        "stale": [f"{ACTOR}/{ACTOR}_0.jpg"],
        "unknown": [f"{ACTOR}/{ACTOR}_9.jpg"],
    }
    assert desk.warnings == [
        f"actors.csv: {ACTOR}/{ACTOR}_1.jpg: there is no gone.jpg (any more); its decision is not applied",
        f"actors.csv: {ACTOR}/{ACTOR}_0.jpg was decided about another picture; look at it again",
        f"actors.csv: there is no {ACTOR}/{ACTOR}_9.jpg (any more); its decision is not applied",
    ]
    assert read_json(tmp_path / "decisions.json")["warnings"] == [
        "actors.csv: 0009_gone is no actor with images; what was decided is not applied: 0009_gone/0009_gone_0.jpg"
    ]


def test_a_decision_about_a_broken_image_is_not_applied(tmp_path: Path) -> None:
    desk = Desk(tmp_path, {f"{ACTOR}_0.jpg": b"no image"})
    plan = desk.plan(said(0, desk.hashes[0], "class", "photorealistic"))
    assert plan["operations"][0]["why"] == "broken" and plan["decisions"]["applied"] == []
    assert desk.warnings == [f"actors.csv: {ACTOR}/{ACTOR}_0.jpg: it can't be opened; its decision is not applied"]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (said(0, OLD, "class", "photo"), "is 'photo': expected one of photorealistic, bw_stylized, color_stylized"),
        (said(0, OLD, "quality", "11"), "is '11': expected a whole number from 1 to 10"),
        (said(0, OLD, "quality", "7.5"), "is '7.5': expected a whole number from 1 to 10"),
        (said(0, OLD, "duplicate", ""), "is '': expected the file that shows the same, or none"),
        (said(0, OLD, "duplicate", f"{ACTOR}_0.jpg"), "expected the file that shows the same, or none"),
        (f"{ACTOR},{OLD},class,photorealistic,,ana,2026-11-25\n", f"item is {ACTOR}: expected <actor>/<file>"),
        (said(0, OLD, "clas", "photorealistic"), "did you mean 'class'?"),
        (said(0, OLD, "quality", "3") + said(0, OLD, "quality", "4"), "an earlier row says 'quality 3'"),
    ],
)
def test_what_can_not_be_decided_is_said(tmp_path: Path, row: str, expected: str) -> None:
    path = tmp_path / "actors.csv"
    path.write_text(HEADER + row)
    with pytest.raises(SpecError) as caught:
        read_actor_decisions(path)
    assert any(expected in str(one) for one in caught.value.problems), caught.value


decisions = st.lists(
    st.tuples(
        st.integers(0, 6),
        st.booleans(),
        st.one_of(
            st.tuples(st.just("class"), st.sampled_from(CLASSES)),
            st.tuples(st.just("quality"), st.integers(1, 10).map(str)),
            st.tuples(st.just("duplicate"), st.sampled_from(["none", "a_0.jpg", "a_1.jpg", "a_9.jpg"])),
        ),
    ),
    max_size=12,
)


@given(decisions)
def test_what_is_decided_holds_and_everything_else_stays(found: list[Any]) -> None:
    def row(number: int) -> dict[str, Any]:
        seen = {"phash": f"{1 << (9 * number):016x}"[-16:], "defects": []}
        return {"file": f"a_{number}.jpg", "sha256": f"{number:064x}", "class": UNKNOWN, "quality": 8, "broken": None,
                "origin": "measured", "duplicate_group": None, "measured": seen}  # fmt: skip

    rows = [row(number) for number in range(5)]
    chosen = {
        (number, side): Decision(
            f"a/a_{number}.jpg", f"{number:064x}" if fits else OLD[:-1] + "f", side, value, "", "x", "t"
        )
        for number, fits, (side, value) in found
        if value != f"a_{number}.jpg"
    }
    made = decide("a", rows, list(chosen.values()), duplicate_bits=0)
    assert rows == [row(number) for number in range(5)], "what was given is left alone"
    for number, after in enumerate(made.rows):
        for side in ("class", "quality"):
            one = chosen.get((number, side))
            holds = one is not None and one.sha256 == after["sha256"]
            expected = one.value if one is not None and holds else str(rows[number][side])
            assert str(after[side]) == expected
    assert made.applied | made.stale | made.unknown <= {one.item for one in chosen.values()}
    assert {one.item for (number, _), one in chosen.items() if number > 4} == made.unknown
