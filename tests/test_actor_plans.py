"""Plans: exact arithmetic, what is replaced, what is surplus, what nobody can decide yet; and prompts."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from reelwright.actors.action_plan import Aim, Who, make_plan
from reelwright.actors.classes import CLASSES, UNKNOWN
from reelwright.actors.decided import Decided
from reelwright.actors.mix import aimed_counts, wanted_counts, way_to, within_tolerance
from reelwright.actors.prompts import (
    NUMBERS,
    OWN,
    choose_prompts,
    descriptor,
    lint,
    read_prompts,
    used_prompts,
)
from reelwright.errors import SpecError
from reelwright.files import check
from reelwright.spec.actors import Mix, Target
from reelwright.spec.generation import Generation

P, B, C = CLASSES
PROMPTS = read_prompts()


def counts(photo: int, gray: int, colour: int) -> dict[str, int]:
    return {P: photo, B: gray, C: colour}


@st.composite
def targets(draw: st.DrawFn) -> Target:
    first = draw(st.integers(0, 1000))
    second = draw(st.integers(0, 1000 - first))
    mix = Mix(photorealistic=first / 10, bw_stylized=second / 10, color_stylized=(1000 - first - second) / 10)
    return Target(total=draw(st.integers(1, 40)), mix=mix, tolerance=draw(st.sampled_from([0.0, 2.5, 10.0, 33.0])))


sets = st.tuples(*[st.integers(0, 40)] * 3).map(lambda three: counts(*three))


def test_the_notes_target_is_13_4_3() -> None:
    assert wanted_counts(Target()) == counts(13, 4, 3)
    assert wanted_counts(Target(total=7)) == counts(5, 1, 1), "4.55, 1.4, 1.05: the largest remainder is rounded up"
    assert wanted_counts(Target(total=1)) == counts(1, 0, 0)


@given(targets())
def test_counts_are_the_shares_rounded_by_largest_remainder(target: Target) -> None:
    found = wanted_counts(target)
    exact = {name: Fraction(str(getattr(target.mix, name))) * target.total / 100 for name in CLASSES}
    assert sum(found.values()) == target.total
    assert all(exact[name] - 1 < found[name] < exact[name] + 1 for name in CLASSES)
    up = [name for name in CLASSES if found[name] > exact[name]]
    down = [name for name in CLASSES if found[name] < exact[name]]
    assert all(exact[one] % 1 >= exact[other] % 1 for one in up for other in down)


@given(sets, targets())
def test_the_aim_is_a_set_as_it_should_be_and_then_nothing_is_to_do(now: dict[str, int], target: Target) -> None:
    aim = aimed_counts(now, target)
    assert sum(aim.values()) == target.total and min(aim.values()) >= 0
    assert within_tolerance(aim, target)
    assert aimed_counts(aim, target) == aim
    wanted = wanted_counts(target)
    for name in CLASSES:
        low, high = sorted((now[name], wanted[name]))
        assert low <= aim[name] <= high, "surplus stops at the target, and so does what is added"


@given(sets, targets())
def test_a_balanced_set_is_left_alone_and_no_other(now: dict[str, int], target: Target) -> None:
    total = sum(now.values())
    tolerance = Fraction(str(target.tolerance))
    off = [abs(Fraction(now[name] * 100, max(1, total)) - Fraction(str(getattr(target.mix, name)))) for name in CLASSES]
    balanced = total == target.total and (max(off) <= tolerance or now == wanted_counts(target))
    assert (aimed_counts(now, target) == now) == balanced


@pytest.mark.parametrize(
    ("now", "aim", "why"),
    [
        ((13, 4, 3), (13, 4, 3), "as wanted"),
        ((15, 2, 3), (15, 2, 3), "75, 10 and 15 %: each within 10 points"),
        ((16, 2, 2), (13, 4, 3), "80 % is 15 points off"),
        ((14, 2, 3), (14, 3, 3), "one is missing in all, and most of it in black-and-white"),
        ((17, 4, 3), (13, 4, 3), "only surplus goes"),
        ((0, 0, 0), (13, 4, 3), "from nothing"),
        ((15, 5, 0), (13, 4, 3), "no colour at all is 15 points off"),
        ((40, 40, 40), (13, 4, 3), "three times too many"),
    ],
)
def test_where_sets_go(now: tuple[int, int, int], aim: tuple[int, int, int], why: str) -> None:
    assert aimed_counts(counts(*now), Target()) == counts(*aim), why


@settings(deadline=None)
@given(sets, st.integers(0, 12), targets())
def test_what_is_certain_holds_whatever_the_unknown_turn_out_to_be(
    now: dict[str, int], unknown: int, target: Target
) -> None:
    way = way_to(now, unknown, target)
    for photos in range(unknown + 1):
        real = {**now, P: now[P] + photos, C: now[C] + unknown - photos}
        aim = aimed_counts(real, target)
        for name in CLASSES:
            missing, surplus = max(0, aim[name] - real[name]), max(0, real[name] - aim[name])
            assert way.generate[name] <= missing <= way.most_generated[name]
            assert way.delete[name] <= surplus <= way.most_deleted[name]
    if not unknown:
        assert way.decided


def image(number: int, category: str | None = P, quality: int | None = 8, **more: Any) -> dict[str, Any]:
    row = {
        "file": f"a_{number}.jpg", "sha256": f"{number:064x}", "class": category, "quality": quality, "defects": [],
        "origin": "model", "broken": None, "duplicate_group": None, "width": 1024, "height": 1024,
    }  # fmt: skip
    return {**row, **more}


def images(photo: int, gray: int, colour: int, **more: Any) -> list[dict[str, Any]]:
    names = [P] * photo + [B] * gray + [C] * colour
    return [image(number, name, **more) for number, name in enumerate(names)]


def planned(
    rows: list[dict[str, Any]], used: dict[str, int] | None = None, price: float | None = 0.04, **target: Any
) -> Any:
    who = Who("0000_x_30_male", "man", used or {}, PROMPTS)
    aim = Aim(Target(**target), None, Generation(price=price), 0)
    plan = make_plan(Decided(rows), [], who, aim)
    check(plan, "action_plan", "plan")
    return plan


def deleted(plan: Any, why: str | None = None) -> list[str]:
    found = [one for one in plan["operations"] if one["operation"] == "delete"]
    return [one["file"] for one in found if why in (None, one["why"])]


def test_a_balanced_set_means_no_action() -> None:
    plan = planned(images(13, 4, 3))
    assert (plan["state"], plan["operations"], plan["calls"], plan["price"]) == ("balanced", [], 0, 0.0)
    assert plan["then"] == counts(13, 4, 3)
    assert [one["sha256"] for one in plan["images"]] == [f"{number:064x}" for number in range(20)]


def test_bad_images_are_replaced_even_where_their_class_is_short() -> None:
    rows = images(13, 2, 3)
    rows[13] |= {"quality": 4, "defects": ["distortion"]}
    rows[0] |= {"broken": "is empty", "class": None, "quality": None, "width": None, "height": None}
    rows[1]["duplicate_group"] = rows[2]["duplicate_group"] = "d1"
    rows[2]["quality"] = 9
    plan = planned(rows)
    assert deleted(plan, "broken") == ["a_0.jpg"] and deleted(plan, "low_quality") == ["a_13.jpg"]
    assert deleted(plan, "duplicate") == ["a_1.jpg"], "the better of the two is kept"
    assert plan["generate"] == counts(2, 3, 0)
    assert plan["then"] == counts(13, 4, 3)
    assert (plan["state"], plan["calls"], plan["price"]) == ("actions", 5, 0.2)
    words = {one["file"]: one["reason"] for one in plan["operations"] if one["operation"] == "delete"}
    assert words["a_13.jpg"] == "quality 4 is less than 5 (distortion)"
    assert words["a_1.jpg"] == "shows the same as a_2.jpg, which is kept"
    assert plan["reasons"][0] == (
        "Replaced whatever their class: 1 can't be opened, 1 are of a quality below 5, 1 show what another one shows."
    )


def test_surplus_goes_worst_first_and_stops_at_the_target() -> None:
    rows = images(17, 4, 3)
    for number, quality in {3: 5, 7: 6, 9: 6, 11: 7}.items():
        rows[number]["quality"] = quality
    rows[9]["defects"] = ["symmetry"]
    plan = planned(rows)
    assert deleted(plan) == deleted(plan, "surplus") == ["a_3.jpg", "a_9.jpg", "a_7.jpg", "a_11.jpg"]
    assert plan["calls"] == 0 and plan["then"] == counts(13, 4, 3)


def test_without_a_price_there_is_no_sum() -> None:
    assert planned(images(12, 4, 3), price=None)["price"] is None
    assert planned(images(13, 4, 3), price=None)["price"] == 0.0


def test_what_is_unknown_is_a_question_and_nothing_rests_on_it() -> None:
    rows = [image(number, UNKNOWN, origin="measured") for number in range(18)]
    rows += [image(number, B, origin="measured") for number in range(18, 20)]
    plan = planned(rows)
    assert plan["state"] == "undecided" and plan["then"] is None
    assert plan["undecided"]["images"] == [f"a_{number}.jpg" for number in range(18)]
    assert plan["operations"] == [], "15 + 2 + 3 would be within the tolerance"
    assert plan["undecided"]["delete_at_most"][P] == 5 and plan["undecided"]["generate_at_most"][B] == 2
    plan = planned([image(number, UNKNOWN) for number in range(5)])
    assert plan["generate"] == counts(8, 3, 0), (
        "five photographs need 8, 4 and 3 more; five drawings may stay, with 12 and 3"
    )
    assert plan["undecided"]["generate_at_most"] == counts(12, 4, 3)
    assert all(not one["rests_on_unknown"] for one in plan["operations"])


def test_doubles_among_unknown_images_rest_on_what_they_are_unless_they_are_copies() -> None:
    rows = [image(number, UNKNOWN, duplicate_group="d1") for number in range(3)]
    rows[2]["sha256"] = rows[1]["sha256"]
    plan = planned(rows)
    doubles = {one["file"]: one["rests_on_unknown"] for one in plan["operations"] if one["operation"] == "delete"}
    assert doubles == {"a_1.jpg": True, "a_2.jpg": False}


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([*CLASSES, *CLASSES, UNKNOWN]), st.integers(1, 10), st.sampled_from([None, None, "d1", "d2"]),
            st.booleans(),
        ),
        max_size=45,
    ),
    st.sampled_from([Target(), Target(total=30, tolerance=0), Target(total=9, min_quality=8)]),
)  # fmt: skip
def test_carrying_a_plan_out_gives_a_set_as_it_should_be(found: list[Any], target: Target) -> None:
    rows = []
    for number, (category, quality, group, broken) in enumerate(found):
        if broken and number % 4 == 0:
            rows.append(image(number, None, None, broken="is empty", width=None, height=None))
        else:
            rows.append(image(number, category, quality, duplicate_group=group))
    plan = planned(rows, **target.model_dump(exclude={"mix"}))
    gone = deleted(plan)
    assert len(gone) == len(set(gone)), "nothing is deleted twice"
    for row in rows:
        bad = row["broken"] is not None or row["quality"] < target.min_quality
        assert not bad or row["file"] in gone
    if plan["undecided"] is not None:
        assert any(row["class"] == UNKNOWN for row in rows)
        return
    left = [row for row in rows if row["file"] not in gone]
    made = Counter(one["class"] for one in plan["operations"] if one["operation"] == "generate")
    after = {name: sum(row["class"] == name for row in left) + made[name] for name in CLASSES}
    unknown = sum(row["class"] == UNKNOWN for row in left)
    assert sum(after.values()) + unknown == target.total
    if not unknown:
        assert after == plan["then"] and within_tolerance(after, target)


def test_35_prompts_are_numbered_as_in_the_notes() -> None:
    for name, numbers in NUMBERS.items():
        assert [one.number for one in PROMPTS if one.category == name] == list(numbers)
    assert len({one.template for one in PROMPTS}) == len({one.id for one in PROMPTS}) == 35
    for one in PROMPTS:
        text = one.text("this woman")
        assert text.count("this woman") == 1 and "{" not in text
        assert "off-centre" in text and "looking away" in text


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"angle": "straight shot"}, "photorealistic.prompts.0.angle is straight shot: expected a camera angle"),
        ({"framing": "in the middle"}, "photorealistic.prompts.0.framing is in the middle: expected `off-centre`"),
        ({"gaze": "smiling"}, "photorealistic.prompts.0.gaze is smiling: expected `looking away`"),
        ({"gaze": "looking away, then at the camera"}, "'at the camera' is what a set suffers from"),
        ({"scene": "a man walks"}, "expected {subject} once, and no other braces"),
        ({"scene": "{subject} in a black and white photo"}, "expected colour: the class is photorealistic"),
        ({"number": 2}, "photorealistic.prompts.1.number is 2: stands at photorealistic.prompts.0 already"),
        ({"id": "Film"}, "expected lower-case words with - between them"),
        ({"scene": ""}, "photorealistic.prompts.0.scene: expected words"),
        ({"scene": "{subject} " + "x" * 400}, "expected at most 400"),
    ],
)
def test_prompts_that_break_a_rule_are_named(tmp_path: Path, change: dict[str, Any], expected: str) -> None:
    data = yaml.safe_load(OWN.read_text())
    assert list(lint(data)) == []
    data["photorealistic"]["prompts"][0] |= change
    path = tmp_path / "prompts.yaml"
    path.write_text(yaml.safe_dump(data))
    with pytest.raises(SpecError) as caught:
        read_prompts(path)
    assert any(expected in str(one) for one in caught.value.problems), caught.value


@given(st.sampled_from(CLASSES), st.integers(0, 40), st.integers(0, 99), st.data())
def test_no_prompt_comes_twice_before_all_of_its_class_were_used(
    category: str, count: int, seed: int, data: st.DataObject
) -> None:
    own = [one.id for one in PROMPTS if one.category == category]
    used = Counter(data.draw(st.lists(st.sampled_from(own), max_size=20)))
    chosen = [one.id for one in choose_prompts(PROMPTS, category, count, used, "a", seed)]
    assert chosen == [one.id for one in choose_prompts(PROMPTS, category, count, used, "a", seed)]
    times = Counter(used)
    for one in chosen:
        assert times[one] == min(times[other] for other in own)
        times[one] += 1


def test_the_order_of_prompts_is_the_seeds_and_the_actors() -> None:
    first = [one.id for one in choose_prompts(PROMPTS, P, 15, {}, "a", 0)]
    assert first != [one.id for one in choose_prompts(PROMPTS, P, 15, {}, "a", 1)]
    assert first != [one.id for one in choose_prompts(PROMPTS, P, 15, {}, "b", 0)]


def test_prompts_of_a_manifest_are_counted_by_id_or_words() -> None:
    words = PROMPTS[3].text("this teenage girl").upper().replace(" ", "  ")
    entries = {"images": [{"prompt_id": PROMPTS[0].id, "prompt": "x"}, {"prompt": words}, {"prompt": "something else"}]}
    legacy = [{"input": {"prompt": PROMPTS[0].text("this man")}}, {"prompt": 7}, None]
    assert used_prompts(PROMPTS, [entries, legacy]) == {PROMPTS[0].id: 2, PROMPTS[3].id: 1}


@pytest.mark.parametrize(
    ("actor", "description", "expected"),
    [
        ("0000_european_16_male", None, "teenage boy"),
        ("0001_asian_34_female", {}, "woman"),
        ("0002_african_8_female", None, "girl"),
        ("0003", None, "person"),
        ("0003_male", {"gender": "Female", "age": 71}, "woman"),
        ("0003_male", {"sex": "male", "age": "12"}, "boy"),
        ("0003_male", {"descriptor": "elderly man"}, "elderly man"),
        ("0003_male", {"age": "unknown"}, "man"),
        ("0004_female", ["no", "object"], "woman"),
    ],
)
def test_actors_are_described_by_their_metadata_or_id(actor: str, description: Any, expected: str) -> None:
    assert descriptor(actor, description) == expected
