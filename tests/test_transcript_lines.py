"""What of a transcript is said in a clip: by words, by share of time, and by a guess that says so."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from reelwright.transcripts import Line, Word, lines_within


def timed(text: str, *times: float) -> Line:
    """A line whose words begin and end at ``times``, one after the other."""
    words = [Word(start, end, f" {word}") for word, (start, end) in zip(text.split(), pairwise(times), strict=True)]
    return Line(times[0], times[-1], "Ida", text, tuple(words))


def test_only_the_words_inside_a_clip_are_said_in_it() -> None:
    line = timed("We gotta get back in shape", 0, 1, 2, 3, 4, 5, 6)
    assert str(line.part(1.4, 3.6)) == "Ida: gotta get back"
    assert [(part.start_s, part.end_s) for part in lines_within([line], 1.4, 3.6)] == [(1, 4)]
    assert line.part(6, 9) is None and line.part(0, 9) == line


def test_a_line_longer_than_the_clip_is_guessed_at_between_ellipses() -> None:
    line = Line(0, 20, "Ida", "one two three four five six seven eight nine ten")
    assert str(line.part(0, 12)) == str(line), "most of it lies in the clip"
    part = line.part(8, 12)
    assert part is not None and part.text.startswith("… ") and part.text.endswith(" …") and part.speaker == "Ida"
    assert part.text.strip("… ") in line.text
    first, last = line.part(0, 5), line.part(15, 20)
    assert first is not None and first.text.startswith("one") and first.text.endswith("…")
    assert last is not None and last.text.startswith("…") and last.text.endswith("ten")
    assert line.part(19, 25) is None, "it fills a sixth of the clip"


cuts = st.lists(st.integers(1, 300), min_size=1, max_size=8, unique=True).map(lambda at: [0, *sorted(at), 400])


@given(st.integers(0, 200), st.integers(1, 100), cuts)
def test_every_line_belongs_to_a_clip_where_clips_leave_no_gap(start: int, length: int, edges: list[int]) -> None:
    line = Line(start / 10, (start + length) / 10, "", "some words of some length")
    clips = [(one / 10, other / 10) for one, other in pairwise(edges)]
    assert any(line.within(*clip) for clip in clips)
    whole = [clip for clip in clips if line.part(*clip) == line]
    assert len(whole) <= 2, "half of it lies in no more than two"
    for one in clips:
        if one[1] <= line.start_s or one[0] >= line.end_s:
            assert not line.within(*one), "it is not said there at all"


@given(st.lists(st.integers(0, 30), min_size=2, max_size=12), cuts)
def test_of_clips_without_a_gap_each_word_is_said_in_exactly_one(steps: list[int], edges: list[int]) -> None:
    times = [sum(steps[:count]) / 10 for count in range(1, len(steps) + 1)]
    line = timed(" ".join(f"w{number}" for number in range(len(times) - 1)), *times)
    parts = [line.part(one / 10, other / 10) for one, other in pairwise(edges)]
    assert " ".join(part.text for part in parts if part) == line.text


@given(st.text("abc  ", min_size=1, max_size=60).filter(str.strip), cuts)
def test_a_guess_holds_words_of_the_line_in_their_order(text: str, edges: list[int]) -> None:
    line = Line(0, 40, "", " ".join(text.split()))
    for part in lines_within([line], edges[0] / 10, edges[1] / 10):
        assert f" {part.text.strip('… ')} " in f" {line.text} "
