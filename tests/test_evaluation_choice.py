"""Choosing evaluation items: balanced, the same in any order, and never reshuffled by what is added."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from reelwright.evaluation.choice import Candidate, balanced, choose


def candidate(label: str, number: int, prefer: int = 0) -> Candidate:
    return Candidate(f"{label}.{number}", label, "A prompt.", {}, (), "list.json", None, prefer)


@st.composite
def pools(draw: st.DrawFn) -> list[Candidate]:
    """Candidates of up to five labels, unevenly many of each."""
    counts = draw(st.lists(st.integers(1, 9), min_size=1, max_size=5))
    pairs = [("abcde"[label], number) for label, count in enumerate(counts) for number in range(count)]
    return [candidate(label, number, draw(st.integers(0, 1))) for label, number in pairs]


@given(pools(), st.integers(1, 30), st.integers(0, 3))
def test_labels_are_even_as_far_as_there_are_candidates(pool: list[Candidate], size: int, seed: int) -> None:
    chosen = balanced(pool, size, seed)
    assert len(chosen) == min(size, len(pool)) == len({one.item_id for one in chosen})
    have, got = Counter(one.label for one in pool), Counter(one.label for one in chosen)
    most = max(got.values())
    for label, count in have.items():
        assert got[label] >= min(count, most - 1), "a label is behind though it has more"


@given(pools(), st.integers(1, 30), st.randoms())
def test_the_order_of_candidates_says_nothing(pool: list[Candidate], size: int, random: object) -> None:
    shuffled = list(pool)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert balanced(shuffled, size, 7) == balanced(pool, size, 7)


@given(pools(), st.data(), st.integers(1, 30))
def test_what_is_added_only_pushes_others_back(pool: list[Candidate], data: st.DataObject, size: int) -> None:
    before = data.draw(st.lists(st.sampled_from(pool), unique_by=lambda one: one.item_id))
    first, then = balanced(before, size, 0), balanced(pool, size, 0)
    stayed = [one for one in then if one in before]
    assert set(map(id, stayed)) <= set(map(id, first)), "nothing that was passed over comes in"
    assert len(first) - len(stayed) <= len(then) - len(stayed), "no more go than come"


@given(pools(), st.integers(1, 30))
def test_what_is_preferred_comes_first_of_its_label(pool: list[Candidate], size: int) -> None:
    chosen = balanced(pool, size, 0)
    left = [one for one in pool if one not in chosen]
    for one in left:
        assert all(other.prefer <= one.prefer for other in chosen if other.label == one.label)


@given(pools(), st.integers(1, 30), st.sets(st.integers(0, 40)))
def test_a_refused_item_gives_its_place_to_the_next(pool: list[Candidate], size: int, bad: set[int]) -> None:
    names = {one.item_id for number, one in enumerate(pool) if number in bad}
    asked: list[str] = []

    def refuse(fresh: Sequence[Candidate]) -> dict[str, str]:
        asked.extend(one.item_id for one in fresh)
        return {one.item_id: "bad" for one in fresh if one.item_id in names}

    chosen, refused = choose(pool, size, 0, refuse)
    good = [one for one in pool if one.item_id not in names]
    assert chosen == balanced(good, size, 0), "as if the refused had never been there"
    assert set(refused) <= names and len(asked) == len(set(asked)), "each is looked at once"


def test_other_seeds_choose_other_items() -> None:
    pool = [candidate("a", number) for number in range(50)]
    draws = {tuple(one.item_id for one in balanced(pool, 5, seed)) for seed in range(4)}
    assert len(draws) == 4
