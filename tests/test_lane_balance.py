"""Whole repeats: shares of categories, equal characters, few sheets, however unequal the art is."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelwright.errors import BuildError
from reelwright.packages.design.balance import Item, category_weights, draw, spread, weigh

TRIO = (("Sam", "Clover", "Alex"),)


def items(*parts: tuple[str, str | None, int, int], sheets: int = 0) -> list[Item]:
    """Items of (category, character, assets, images an asset); of each part the first ``sheets`` are sheets."""
    made = []
    for part, (category, who, assets, images) in enumerate(parts):
        for number in range(assets * images):
            asset = f"{category}.{part}.{number // images}"
            made.append(Item(f"{part}.{number}", category, asset, who, number < sheets))
    return made


def drawn(several: list[Item], shares: dict[str, float], limit: float = 1.0, most: int = 10) -> Counter[str]:
    """Draws an epoch, by character and by category."""
    weights = weigh(several, shares, TRIO, limit)
    draws = draw(several, weights, TRIO, limit, most)
    counts: Counter[str] = Counter()
    for one in several:
        for what in (one.character, one.category, "sheet" if one.sheet else None):
            if what:
                counts[what] += draws.repeats.get(one.key, 0)
    return counts


def test_a_category_has_its_share_and_its_assets_are_alike() -> None:
    several = items(("props", None, 2, 1), ("props", None, 1, 4), ("backgrounds", None, 5, 1))
    weights = category_weights(several, {"props": 3.0, "backgrounds": 1.0, "absent": 9.0})
    # Three quarters for three props, a quarter each; the last prop's on its four drawings.
    assert [weights[one.key] for one in several] == pytest.approx([1 / 4] * 2 + [1 / 16] * 4 + [1 / 20] * 5)


def test_alex_is_drawn_as_often_as_sam() -> None:
    several = items(
        ("outfits", "Sam", 15, 2), ("outfits", "Clover", 12, 1), ("outfits", "Alex", 3, 1), ("props", None, 9, 1)
    )
    counts = drawn(several, {"outfits": 2.0, "props": 1.0})
    assert counts["Sam"] == counts["Clover"] == counts["Alex"] > 0
    assert counts["outfits"] == pytest.approx(2 * counts["props"], rel=0.1)


def test_who_is_not_balanced_keeps_the_weight_of_the_art() -> None:
    several = items(
        ("outfits", "Sam", 3, 1), ("outfits", "Clover", 3, 1), ("outfits", "Alex", 3, 1), ("outfits", "Jerry", 1, 1)
    )
    counts = drawn(several, {"outfits": 1.0})
    assert (counts["Sam"], counts["Jerry"]) == (3 * counts["Jerry"], counts["Jerry"])


def test_more_drawings_than_draws_lose_the_last_ranked_and_no_character_its_balance() -> None:
    several = items(
        ("outfits", "Sam", 2, 1), ("outfits", "Clover", 2, 1), ("outfits", "Alex", 2, 1), ("speedlines", None, 900, 1)
    )
    weights = weigh(several, {"outfits": 9.0, "speedlines": 1.0}, TRIO, 1.0)
    found = draw(several, weights, TRIO, 1.0, 10)
    # Six drawings, ten times each on average, are nine tenths: seven draws are left for speedlines.
    assert found.total == 67 and set(found.repeats.values()) == {10, 1}
    kept = [one.key for one in several if one.category == "speedlines" and one.key in found.repeats]
    assert kept == [f"3.{number}" for number in range(7)]
    assert found.surplus["3.7"] == "share: the category speedlines has 7 of 67 draws"
    assert len(found.surplus) == 893


def test_sheets_are_few_and_what_has_nothing_else_is_refused() -> None:
    several = items(("outfits", "Sam", 10, 1), ("outfits", "Clover", 8, 1), ("outfits", "Alex", 6, 1), sheets=5)
    counts = drawn(several, {"outfits": 1.0}, limit=0.2)
    assert 0 < counts["sheet"] <= 0.2 * counts["outfits"]
    assert counts["Sam"] == counts["Clover"] == counts["Alex"]
    assert drawn(several, {"outfits": 1.0}, limit=0.0)["sheet"] == 0
    only = items(("outfits", "Sam", 6, 1), ("outfits", "Clover", 6, 1), ("outfits", "Alex", 4, 1), sheets=4)
    with pytest.raises(BuildError, match=r"only sheets of character Alex, which alone are 0.33 of all draws"):
        weigh(only, {"outfits": 1.0}, TRIO, 0.2)


@given(total=st.integers(1, 300), weights=st.lists(st.floats(0.001, 1), min_size=1, max_size=40))
def test_spreading_loses_nothing_and_is_near_the_weights(total: int, weights: list[float]) -> None:
    weights = weights[:total]
    parts = spread(total, weights)
    assert sum(parts) == total and min(parts) >= 1
    if min(weights) * total >= math.fsum(weights):
        wanted = [total * one / math.fsum(weights) for one in weights]
        assert all(abs(part - one) <= 1 for part, one in zip(parts, wanted, strict=True))


counts = st.integers(1, 12)


@settings(max_examples=60, deadline=None)
@given(
    trio=st.tuples(counts, counts, counts),
    others=st.tuples(st.integers(0, 40), st.integers(0, 40)),
    shares=st.tuples(st.floats(0.05, 5), st.floats(0.05, 5), st.floats(0.05, 5)),
    sheets=st.integers(0, 3),
    limit=st.floats(0, 1),
    most=st.integers(1, 20),
)
def test_whatever_there_is_the_promises_hold(
    trio: tuple[int, int, int],
    others: tuple[int, int],
    shares: tuple[float, float, float],
    sheets: int,
    limit: float,
    most: int,
) -> None:
    parts = [("outfits", who, count, 1) for who, count in zip(TRIO[0], trio, strict=True)]
    several = items(*parts, ("props", None, others[0], 1), ("backgrounds", None, others[1], 1), sheets=sheets)
    share = dict(zip(("outfits", "props", "backgrounds"), shares, strict=True))
    try:
        weights = weigh(several, share, TRIO, limit)
    except BuildError:
        assert sheets and limit < 1
        return
    assert math.fsum(weights.values()) == pytest.approx(1)
    found = draw(several, weights, TRIO, limit, most)
    assert set(found.repeats).isdisjoint(found.surplus) and len(found.repeats) + len(found.surplus) == len(several)
    assert all(count >= 1 for count in found.repeats.values())
    who = Counter(dict.fromkeys(TRIO[0], 0))
    sheet_draws = 0
    for one in several:
        who[one.character or ""] += found.repeats.get(one.key, 0)
        sheet_draws += found.repeats.get(one.key, 0) * one.sheet
    assert who["Sam"] == who["Clover"] == who["Alex"] >= 1
    mixed = all(count > sheets for count in (*trio, *(count for count in others if count)))
    assert not mixed or sheet_draws <= limit * found.total
    assert draw(several, weights, TRIO, limit, most) == found
