"""Names of old episodes: however they are written, cut off or mistyped, they mean their own episode or none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from old_season import TITLES

from reelwright.reference.names import match_name, normal_name


@settings(deadline=None)
@given(st.sampled_from(sorted(TITLES)), st.data())
def test_how_a_name_is_written_does_not_matter(episode: str, data: st.DataObject) -> None:
    words = data.draw(st.sampled_from(TITLES[episode])).removesuffix(" V2").replace("-", " ").split()
    marks = st.sampled_from([" ", "_", " - ", ": ", "  ", ", ", "! "])
    cases = st.sampled_from([str.upper, str.lower, str.title, str.capitalize])
    written = "".join(data.draw(cases)(word) + data.draw(marks) for word in words)
    before = data.draw(
        st.sampled_from(["", "Totally Spies! ", "S7E22 - ", "Episode 3: ", "TOTALLY SPIES | Season 7, Ep. 9 "])
    )
    behind = data.draw(st.sampled_from(["", "(v3)", "| Full Episode"]))
    match = match_name(before + written + behind, TITLES, "Totally Spies")
    assert (match.episode, match.grade, match.how) == (episode, "high", "equal")


@settings(deadline=None)
@given(st.sampled_from(sorted(TITLES)), st.data())
def test_a_name_that_was_cut_off_or_mistyped_is_never_another_episode(episode: str, data: st.DataObject) -> None:
    title = data.draw(st.sampled_from(TITLES[episode]))
    cut = title[: data.draw(st.integers(1, len(title)))]
    place = data.draw(st.integers(0, len(cut)))
    typed = cut[:place] + data.draw(st.sampled_from(["", "x", "e", " "])) + cut[place + data.draw(st.integers(0, 1)) :]
    for name in (cut, typed):
        match = match_name(name, TITLES, "Totally Spies")
        assert match.episode in (None, episode)
        assert match.grade in (("low",) if match.episode is None else ("medium", "high"))


def test_a_beginning_that_no_other_title_has_is_enough() -> None:
    for episode, (title, *_) in TITLES.items():
        words = normal_name(title).split()
        for count in range(1, len(words) + 1):
            begun = " ".join(words[:count])
            others = [one for number, several in TITLES.items() if number != episode for one in several]
            alone = not any(normal_name(one).startswith(begun) for one in others)
            if alone and len(begun.replace(" ", "")) >= 4:
                assert match_name(begun, TITLES).episode == episode, begun


@pytest.mark.parametrize(
    ("name", "how", "proposed"),
    [
        ("Totally", "several", {"03", "06", "10", "20"}),
        ("It", "none", {"02"}),
        ("The", "none", {"11", "13"}),
        ("Overture", "none", {"07"}),
        ("Goodies and Oldies", "none", {"19"}),
        ("Evil Promotion Much", "none", {"06"}),
        ("Glitterspy Part 2", "none", {"24"}),
        ("???", "none", set()),
    ],
)
def test_an_unclear_name_is_proposed_and_not_used(name: str, how: str, proposed: set[str]) -> None:
    match = match_name(name, TITLES, "Totally Spies")
    assert (match.episode, match.grade, match.how) == (None, "low", how)
    assert proposed <= set(match.proposals)


def test_numbers_tell_parts_apart() -> None:
    titles = {"01": ["THE LONG NIGHT PART 1"], "02": ["THE LONG NIGHT PART 2"]}
    assert match_name("The Long Night, Part 2", titles).episode == "02"
    assert match_name("The Long Nite Part 1", titles).episode == "01"
    assert match_name("The Long Night", titles).episode is None
    assert match_name("The Long Night Part 3", titles).episode is None
