"""Recurring footage: found wherever it comes back, to the frame; never in what is held, looped, black or only alike."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from copies import Copy, write_copy
from drawn_cells import drawn_cells, drawn_shot, footage, noisy
from hypothesis import given, settings
from hypothesis import strategies as st
from scans import measure

from footage import write_film
from reelwright.align.footage import Footage, footage_of
from reelwright.demo.footage import draw_demo_footage
from reelwright.demo.splice import splice_demo_master
from reelwright.files import read_json
from reelwright.recurring.sampled import Sampled
from reelwright.recurring.season import find_stretches
from reelwright.recurring.stretches import place_of

MEDIA = Path(os.environ.get("REELWRIGHT_MEDIA", Path(__file__).resolve().parents[2] / "shared" / "media"))
SHORTEST_S = 3.0

Place = tuple[int, int, int]
"""Master, first frame, end."""


def season(*masters: np.ndarray, rates: Sequence[float] = ()) -> list[Footage]:
    """Footage of cells, each as another encoder leaves it."""
    speeds = list(rates) or [25.0] * len(masters)
    return [
        footage(noisy(cells, number), rate, f"ep{number:02d}")
        for number, (cells, rate) in enumerate(zip(masters, speeds, strict=True))
    ]


def found(masters: Sequence[Footage], shortest_s: float = SHORTEST_S) -> list[list[Place]]:
    """Places of each stretch."""
    return [
        [(one.master, one.start, one.end) for one in stretch.occurrences]
        for stretch in find_stretches(masters, shortest_s)
    ]


def near(places: Sequence[Sequence[Place]], wanted: Sequence[Sequence[Place]], frames: int = 2) -> bool:
    """Whether the same stretches are at the same places, up to a few frames: drawings at a cut may resemble each other."""
    return len(places) == len(wanted) and all(
        len(one) == len(other)
        and all(
            a[0] == b[0] and abs(a[1] - b[1]) <= frames and abs(a[2] - b[2]) <= frames
            for a, b in zip(one, other, strict=True)
        )
        for one, other in zip(places, wanted, strict=True)
    )


def film(seed: int, frames: int) -> np.ndarray:
    return drawn_cells(100 + seed, frames) if frames else np.empty((0, 144), np.uint8)


OPENING, CREDITS = drawn_cells(7, 300), drawn_cells(8, 200)
BLACK = np.full((60, 144), 16, np.uint8)


# Where it is -----------------------------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(
    starts=st.lists(st.integers(0, 400), min_size=2, max_size=3),
    length=st.integers(80, 260),
    seed=st.integers(0, 50),
)
def test_an_opening_is_found_wherever_it_begins(starts: list[int], length: int, seed: int) -> None:
    opening = drawn_cells(seed, length)
    masters = [
        np.concatenate([film(10 * seed + n, at), opening, film(10 * seed + n + 5, 300)]) for n, at in enumerate(starts)
    ]
    wanted = [[(number, start, start + length) for number, start in enumerate(starts)]]
    assert near(found(season(*masters)), wanted)


def test_stretches_and_their_places() -> None:
    masters = [np.concatenate([BLACK, OPENING, film(n, 1500), CREDITS, BLACK]) for n in range(4)]
    episodes = season(*masters)
    stretches = find_stretches(episodes, SHORTEST_S)
    assert near(
        found(episodes),
        [[(n, 60, 360) for n in range(4)], [(n, 1860, 2060) for n in range(4)]],
    )
    assert [place_of(one, episodes) for one in stretches] == ["head", "tail"]
    assert all(one.alike == one.end - one.start for stretch in stretches for one in stretch.occurrences)


def test_a_repeat_within_one_episode_is_found() -> None:
    stock = drawn_cells(9, 120)
    only = np.concatenate([film(1, 500), stock, film(2, 700), stock, film(3, 300), stock])
    assert near(found(season(only)), [[(0, 500, 620), (0, 1320, 1440), (0, 1740, 1860)]])


def test_one_episode_without_repeats_and_none_at_all() -> None:
    assert found(season(film(1, 2500))) == []
    assert found([]) == []


def test_a_shortened_opening_is_the_same_stretch() -> None:
    shortened = np.concatenate([OPENING[:120], OPENING[180:]])
    masters = [np.concatenate([one, film(n, 600)]) for n, one in enumerate((OPENING, shortened, OPENING))]
    assert near(found(season(*masters)), [[(0, 0, 300), (1, 0, 240), (2, 0, 300)]])


def test_what_only_some_episodes_have_beside_it_is_no_part_of_it() -> None:
    card = drawn_cells(9, 100)
    masters = [
        np.concatenate([film(n, 30 * n), OPENING, *([card] if n in (0, 3) else []), film(n + 9, 700)]) for n in range(4)
    ]
    places = found(season(*masters))
    assert near(places, [[(n, 30 * n, 30 * n + 300) for n in range(4)], [(0, 300, 400), (3, 390, 490)]])


@pytest.mark.parametrize("rates", [(25.0, 24000 / 1001), (24000 / 1001, 25.0), (24.0, 24.0)])
def test_masters_of_other_rates_frame_for_frame(rates: tuple[float, float]) -> None:
    masters = [
        np.concatenate([film(1, 200), OPENING, film(2, 500)]),
        np.concatenate([film(3, 70), OPENING, film(4, 600)]),
    ]
    assert near(found(season(*masters, rates=rates)), [[(0, 200, 500), (1, 70, 370)]])


@pytest.mark.parametrize("rate", [24000 / 1001, 30.0, 50.0])
def test_masters_of_other_rates_in_the_same_time(rate: float) -> None:
    times = np.arange(int(12 * rate)) / rate
    retimed = OPENING[(times * 25).astype(int)]
    masters = [
        np.concatenate([film(1, 200), OPENING, film(2, 500)]),
        np.concatenate([film(3, 70), retimed, film(4, 600)]),
    ]
    assert near(found(season(*masters, rates=(25.0, rate))), [[(0, 200, 500), (1, 70, 70 + len(retimed))]])


def test_shorter_than_the_spec_says_is_nothing() -> None:
    masters = [np.concatenate([film(n, 300), OPENING[:100], film(n + 5, 300)]) for n in range(2)]
    assert near(found(season(*masters), 3.9), [[(0, 300, 400), (1, 300, 400)]])
    assert found(season(*masters), 4.2) == []


@settings(max_examples=40, deadline=None)
@given(shortest=st.floats(1.0, 60.0), start=st.integers(0, 400))
def test_every_stretch_that_counts_holds_an_anchor_and_its_links(shortest: float, start: int) -> None:
    sampled = Sampled(footage(film(1, 80)), shortest)
    length = int(shortest / 0.12 + 1e-6)
    anchors = np.arange(0, start + length + 1, sampled.spacing)
    inside = anchors[(anchors >= start) & (anchors <= start + length)]
    assert ((inside + sampled.span <= start + length) | (inside - sampled.span >= start)).any()


# What is none ----------------------------------------------------------------------------------------------------------


def test_black_and_fades_are_none() -> None:
    fade = (OPENING[:1] * np.linspace(0, 1, 40)[:, None] + 16 * np.linspace(1, 0, 40)[:, None]).astype(np.uint8)
    masters = [
        np.concatenate([np.repeat(BLACK, 3, axis=0), fade, film(n, 800), np.repeat(BLACK, 3, axis=0)]) for n in range(2)
    ]
    assert found(season(*masters)) == []


def test_held_drawings_are_none_however_long() -> None:
    held = np.repeat(drawn_cells(9, 1), 400, axis=0)
    masters = [
        np.concatenate([film(1, 300), held, film(2, 300)]),
        np.concatenate([film(3, 150), held[:150], film(4, 300), held, film(5, 100)]),
    ]
    assert found(season(*masters)) == []


def test_a_cut_between_two_held_drawings_is_none() -> None:
    one, other = (np.repeat(drawn_cells(seed, 1), 200, axis=0) for seed in (9, 10))
    masters = [
        np.concatenate([film(1, 300), one[:60], other[:60], film(2, 300)]),
        np.concatenate([film(3, 300), one[:45], other[:90], film(4, 300)]),
    ]
    assert found(season(*masters)) == []


def test_held_drawings_in_the_same_rhythm_are_an_opening() -> None:
    stills = np.concatenate([np.repeat(drawn_cells(seed, 1), 18, axis=0) for seed in range(20, 28)])
    masters = [np.concatenate([film(n, 100 + 30 * n), stills, film(n + 5, 300)]) for n in range(2)]
    assert near(found(season(*masters)), [[(0, 100, 244), (1, 130, 274)]])


def test_a_loop_is_one_stretch_of_its_episode() -> None:
    cycle = drawn_shot(np.random.default_rng(4), 13)
    looped = np.concatenate([film(1, 400), np.tile(cycle, (30, 1)), film(2, 400)])
    assert found(season(looped)) == []


def test_another_action_before_the_same_backdrop_is_none() -> None:
    one, other = (drawn_shot(np.random.default_rng(5), 400), drawn_shot(np.random.default_rng(5), 400)[::-1])
    masters = [
        np.concatenate([film(1, 300), one[:150], film(2, 300)]),
        np.concatenate([film(3, 300), other[:150], film(4, 300)]),
    ]
    assert found(season(*masters)) == []


def test_slow_footage_is_no_loop_of_its_own() -> None:
    slow = drawn_cells(6, 500).repeat(3, axis=0)
    stock = drawn_cells(9, 60)
    only = np.concatenate([slow[:700], stock, slow[700:], stock])
    assert near(found(season(only), 1.0), [[(0, 700, 760), (0, 1560, 1620)]])


# Real files ------------------------------------------------------------------------------------------------------------


def scanned(path: Path, base: Fraction) -> Footage:
    measure(path, path.with_suffix(".npz"))
    return footage_of(path.stem, path.with_suffix(".npz"), base)


@pytest.mark.slow
def test_the_demo_season_by_its_truth(tmp_path: Path) -> None:
    masters, truths = [], []
    # Cards of other titles, and one of another colour: no part of the opening.
    titles = {"01": "THE LANTERN RIDDLE", "02": "COLD FEET", "03": "HICCUPS ON THE MOON FERRY"}
    for episode, title in titles.items():
        drawing = {"episode": episode, "seed": 7, "seconds": 30.0, "width": 320, "height": 180}
        drawn, truth, master = (tmp_path / f"{episode}.{end}" for end in ("drawn.mov", "truth.json", "mov"))
        draw_demo_footage(show="Moss and Comet", footage=drawn, truth=truth, **drawing)
        splice_demo_master(title=title, footage=drawn, master=master, **drawing)
        masters.append(scanned(master, Fraction(1, 12800)))
        truths.append(read_json(truth))
    wanted = [
        [(number, *truth["sections"][part]) for number, truth in enumerate(truths)] for part in ("opening", "credits")
    ]
    for number, truth in enumerate(truths):
        shots = {shot["shot"]: (shot["start_frame"], shot["end_frame"]) for shot in truth["shots"]}
        again = [(shot["repeat_of"], shot["shot"]) for shot in truth["shots"] if shot["repeat_of"]]
        wanted += [
            [(number, *shots[one]) for one in pair] for pair in again if shots[pair[0]][1] - shots[pair[0]][0] >= 75
        ]
    places = found(masters)
    assert near(sorted(places), sorted(wanted)), places


@pytest.mark.slow
@pytest.mark.skipif(not (MEDIA / "big_buck_bunny_720p.mp4").exists(), reason="no footage: set REELWRIGHT_MEDIA")
def test_an_excerpt_spliced_into_two_films(tmp_path: Path) -> None:
    source = MEDIA / "big_buck_bunny_720p.mp4"
    kinds = {"first": Copy(rate=Fraction(24)), "second": Copy(options={"crf": "32"}, width=480, height=270, gain=0.86)}
    around = {"first": [(4800, 5100), (7210, 7320), (1440, 1700)], "second": [(9600, 9750), (7210, 7320), (2400, 2800)]}
    masters = []
    for name, parts in around.items():
        pictures: list[np.ndarray] = []
        for number, (start, end) in enumerate(parts):
            part = tmp_path / f"{name}{number}.mp4"
            write_copy(source, Fraction(24), start, end, part, replace(kinds[name], logo=0.1 if number == 1 else 0.0))
            pictures.extend(decoded(part))
        path = write_film(tmp_path / f"{name}.mp4", pictures, rate=Fraction(24))
        masters.append(scanned(path, Fraction(1, 12288)))
    assert near(found(masters), [[(0, 300, 410), (1, 150, 260)]], frames=1)


def decoded(path: Path) -> list[np.ndarray]:
    import av

    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
