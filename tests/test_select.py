"""Selection of clips: arithmetic on frames and PTS."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelwright.clips.select import Timeline, exact, select_clips
from reelwright.spec.model import Clips

RATES = [Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30), Fraction(50)]


def timeline(frames: int, rate: Fraction = Fraction(25), seed: int = 0, jitter: bool = False) -> Timeline:
    """A timeline in 1/90000 s whose hashes all differ widely."""
    steps = np.full(frames, 0, np.int64)
    exact_pts = [round(number * 90000 / rate) for number in range(frames + 1)]
    pts = np.array(exact_pts, np.int64) + 12345
    random = np.random.default_rng(seed)
    if jitter:
        steps = random.integers(0, 1500, frames + 1)
        pts = pts + np.cumsum(steps)
    hashes = random.integers(0, 2**63, frames, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    return Timeline(pts, Fraction(1, 90000), hashes)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Timeline, list[tuple[int, int]], Clips]:
    lengths = draw(st.lists(st.integers(1, 500), min_size=1, max_size=12))
    edges = np.concatenate([[0], np.cumsum(lengths)]).tolist()
    low = draw(st.integers(5, 40)) / 10
    settings_ = Clips(
        head_s=draw(st.integers(0, 100)) / 10,
        tail_s=draw(st.integers(0, 100)) / 10,
        min_s=low,
        max_s=low + draw(st.integers(0, 60)) / 10,
        long_shots=draw(st.sampled_from(["split", "trim", "discard"])),
        trim_frames=draw(st.integers(0, 4)),
    )
    times = timeline(edges[-1], draw(st.sampled_from(RATES)), draw(st.integers(0, 9)), draw(st.booleans()))
    return times, list(itertools.pairwise(edges)), settings_


@given(cases())
def test_kept_clips_obey_every_rule(case: tuple[Timeline, list[tuple[int, int]], Clips]) -> None:
    times, shots, settings_ = case
    end_of_episode = times.seconds(len(times.pts) - 1)
    kept = [part for part in select_clips(times, shots, settings_, "01") if part.drop is None]
    for part in kept:
        start, end = shots[part.shot]
        assert start + settings_.trim_frames <= part.start < part.end <= end - settings_.trim_frames
        assert exact(settings_.min_s) <= times.duration(part.start, part.end)
        assert times.duration(part.start, part.end) <= exact(settings_.max_s)
        assert times.seconds(part.start) >= exact(settings_.head_s)
        assert times.seconds(part.end) <= end_of_episode - exact(settings_.tail_s)
    assert all(one.end <= other.start for one, other in itertools.pairwise(kept))


@given(cases())
def test_every_shot_is_accounted_for(case: tuple[Timeline, list[tuple[int, int]], Clips]) -> None:
    times, shots, settings_ = case
    chosen = select_clips(times, shots, settings_, "01")
    assert {part.shot for part in chosen} == set(range(len(shots)))
    assert len({part.clip_id("01") for part in chosen}) == len(chosen)


@pytest.mark.parametrize(
    ("policy", "expected"), [("split", [(2, 90), (90, 178)]), ("trim", [(2, 102)]), ("discard", [])]
)
def test_a_long_shot_follows_the_policy(policy: str, expected: list[tuple[int, int]]) -> None:
    settings_ = Clips(head_s=0, tail_s=0, min_s=3, max_s=4, long_shots=policy, dedupe_threshold=0)  # type: ignore[arg-type]
    chosen = select_clips(timeline(180), [(0, 180)], settings_, "01")
    assert [(part.start, part.end) for part in chosen if part.drop is None] == expected


def test_no_number_of_parts_fits_so_the_shot_is_trimmed() -> None:
    settings_ = Clips(head_s=0, tail_s=0, min_s=3, max_s=4, trim_frames=0)
    (part,) = select_clips(timeline(125), [(0, 125)], settings_, "01")
    assert (part.start, part.end) == (0, 100)


def test_head_and_tail_cut_into_shots_and_name_what_they_drop() -> None:
    settings_ = Clips(head_s=4, tail_s=6, min_s=3, max_s=7, trim_frames=0)
    chosen = select_clips(timeline(600), [(0, 100), (100, 250), (250, 425), (425, 520), (520, 600)], settings_, "01")
    assert [(part.start, part.end, part.drop) for part in chosen] == [
        (0, 100, "head"),
        (100, 250, None),
        (250, 425, None),
        (425, 520, "tail"),
        (520, 600, "tail"),
    ]


def test_a_repeated_shot_names_its_twin_and_a_changed_ending_is_no_repeat() -> None:
    times = timeline(400)
    times.hashes[100:200] = times.hashes[0:100]
    times.hashes[200:300] = times.hashes[0:100]
    times.hashes[299] ^= np.uint64(0xFF)
    settings_ = Clips(head_s=0, tail_s=0, trim_frames=0)
    chosen = select_clips(times, [(0, 100), (100, 200), (200, 300), (300, 400)], settings_, "07")
    assert [(part.drop, part.twin) for part in chosen] == [
        (None, None),
        ("duplicate", "ep07_000000_000100"),
        (None, None),
        (None, None),
    ]
