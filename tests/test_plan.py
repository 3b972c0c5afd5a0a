"""The plan's numbers: bounds that cutting never exceeds, sums that never mix exact and bound, words that say which is which."""

from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelwright.clips.select import Timeline, select_clips
from reelwright.errors import BadItem
from reelwright.files import write_json, write_jsonl
from reelwright.plan.amounts import Amount, by_reason
from reelwright.plan.calls import Item, count_calls
from reelwright.plan.episodes import ROUNDED_S, Season, most_clips, usable_seconds
from reelwright.plan.gpu import plan_gpu
from reelwright.plan.jobs import Jobs, _pending
from reelwright.plan.room import most_of_picture
from reelwright.sources.delivery import Delivery
from reelwright.spec.model import Clips, Spec
from reelwright.spec.models import Ollama, OpenAI

RATES = [Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(50)]


@st.composite
def episodes(draw: st.DrawFn) -> tuple[Timeline, list[tuple[int, int]], Clips]:
    """An episode's frames at a steady or a wavering rate, its shots, and settings under which many of them give clips."""
    lengths = draw(st.lists(st.integers(1, 700), min_size=1, max_size=15))
    edges = np.concatenate([[0], np.cumsum(lengths)]).tolist()
    rate = draw(st.sampled_from(RATES))
    pts = np.array([round(number * 90000 / rate) for number in range(edges[-1] + 1)], np.int64)
    random = np.random.default_rng(draw(st.integers(0, 99)))
    if draw(st.booleans()):
        pts += np.cumsum(random.integers(0, 1500, len(pts)))
    hashes = random.integers(0, 2**63, edges[-1], dtype=np.uint64) * np.uint64(2)
    low = draw(st.integers(2, 40)) / 10
    settings = Clips(
        head_s=draw(st.integers(0, 60)) / 10,
        tail_s=draw(st.integers(0, 60)) / 10,
        min_s=low,
        max_s=low + draw(st.integers(0, 60)) / 10,
        long_shots=draw(st.sampled_from(["split", "split", "trim", "discard"])),
        trim_frames=draw(st.integers(0, 3)),
        dedupe_threshold=0,
    )
    return Timeline(pts, Fraction(1, 90000), hashes), list(itertools.pairwise(edges)), settings


@given(episodes())
def test_cutting_never_gives_more_than_the_bound(case: tuple[Timeline, list[tuple[int, int]], Clips]) -> None:
    times, shots, settings = case
    # As a probe tells it: rounded to microseconds.
    duration = Fraction(str(round(float(times.seconds(len(times.pts) - 1)), 6))) + ROUNDED_S
    kept = [part for part in select_clips(times, shots, settings, "01") if part.drop is None]
    assert len(kept) <= most_clips(duration, settings)
    seconds = sum((times.duration(part.start, part.end) for part in kept), Fraction(0))
    assert seconds <= usable_seconds(duration, settings)


@pytest.mark.parametrize(
    ("duration", "most"),
    [(Fraction(57), 0), (Fraction(60), 1), (Fraction("65.999999"), 2), (Fraction(66), 3), (Fraction("1317.269"), 420)],
)
def test_the_bound_of_the_reference_project_s_settings(duration: Fraction, most: int) -> None:
    assert most_clips(duration, Clips(head_s=12, tail_s=45, min_s=3, max_s=7)) == most


def test_the_bound_is_reached() -> None:
    pts = np.arange(0, 251, dtype=np.int64)
    settings = Clips(head_s=2, tail_s=2, min_s=3, max_s=3.9, trim_frames=0)
    hashes = np.random.default_rng(1).integers(0, 2**63, 250, dtype=np.uint64)
    shots = [(0, 50), (50, 125), (125, 200), (200, 250)]
    kept = [one for one in select_clips(Timeline(pts, Fraction(1, 25), hashes), shots, settings, "01") if not one.drop]
    assert len(kept) == most_clips(Fraction(10), settings) == 2


@given(
    st.lists(
        st.tuples(
            st.integers(0, 9), st.integers(0, 9), st.dictionaries(st.sampled_from("abc"), st.just("why"), max_size=2)
        )
    )
)
def test_sums_never_mix_exact_and_bound(parts: list[tuple[int, int, dict[str, str]]]) -> None:
    whole = Amount.total(Amount(exactly, more, unknown) for exactly, more, unknown in parts)
    assert whole.exactly == sum(one for one, _, _ in parts) and whole.more == sum(one for _, one, _ in parts)
    assert set(whole.unknown) == {name for _, _, unknown in parts for name in unknown}


def gone() -> int:
    raise FileNotFoundError("not made yet")


def broken() -> int:
    raise BadItem("upstream", "cut_clips failed")


def test_calls_are_exact_where_questions_are_known_and_bounded_elsewhere() -> None:
    items = [
        Item("01", lambda: 5, 9),
        Item("02", None, 7),
        Item("03", gone, 4),
        Item("04", broken, None, "not probed yet"),
        Item("05", None, 0),
    ]
    calls = count_calls(OpenAI(price=0.25), 2, items)
    assert (calls.waiting, calls.more, calls.corrections) == (5, 11, 32)
    assert (calls.price, calls.price_more) == (1.25, (11 + 32) * 0.25)
    assert calls.bounded == ("02", "03") and calls.unknown == {"04": "not probed yet"}
    assert calls.told("Captions", "episodes") == (
        "Captions to come: 5 exactly, for 1.25 USD; at most 11 more, for 2.75 USD: 02, 03 (episodes not known in full); "
        "at most 32 more to correct answers, for 8.00 USD; not known yet for episodes 04 (not probed yet)."
    )


def test_an_unstated_price_is_unknown_only_where_something_is_asked() -> None:
    assert count_calls(OpenAI(), 0, []).price == 0.0
    asked = count_calls(OpenAI(), 0, [Item("01", lambda: 1, None)])
    assert asked.price is None and "an unknown sum" in asked.told("Captions", "episodes")
    assert count_calls(Ollama(), 2, [Item("01", lambda: 1, None)]).price_more == 0.0
    assert count_calls(None, 2, [Item("01", gone, None)], "EUR").data()["currency"] == "EUR"


def test_unknown_items_are_grouped_by_reason() -> None:
    unknown = {f"{number:02d}": "not probed yet" for number in range(1, 11)} | {"11": "damaged"}
    assert by_reason(unknown, most=2) == "01, 02 and 8 more (not probed yet); 11 (damaged)"


def test_results_that_would_be_made_are_read_from_the_summary() -> None:
    head = "output_file\tdate\trule\tlog-file(s)\tstatus\tplan\n"
    rows = "results/a b.json\t-\tone\t-\tmissing\tupdate pending\nresults/c.json\tx\ttwo\t-\tok\tno update\n"
    assert _pending(head + rows) == {Path("results/a b.json")}


def a_spec(**changes: Any) -> Spec:
    package = {"lane": "video", "model": "wan2.2-t2v-a14b", "caption_sources": ["vlm"]}
    sources = {"folder": "delivery", "rights": "licensed", "masters": "{episode}_{title}.mov"}
    return Spec.model_validate(
        {
            "project": "tiny",
            "show": "Tiny Show",
            "sources": {**sources, "episodes": {"01": {"title": "ONE"}}},
            "packages": {"smoke": package, "pilot": package},
            **changes,
        }
    )


def test_gpu_minutes_are_those_of_planned_launches(tmp_path: Path) -> None:
    training = tmp_path / "training"
    write_json(training / "smoke" / "launch.json", {"gpu_time": {"gpu": "H100", "minutes": 41}})
    records = frozenset(training / name / "record.json" for name in ("smoke", "pilot"))
    spec = a_spec(captions={"backend": "ollama", "ollama": {"server": "managed"}}, training={"gpus": 2})
    found = plan_gpu(spec, tmp_path, Jobs({"train_package": 2, "caption_clips": 1}, records))
    assert (found.trainings, found.gpu, found.gpus) == ({"smoke": 41}, "H100", 2)
    assert found.unknown == {
        "train_pilot": "its launch is not planned yet: build preflight_pilot first",
        "caption_clips": "a managed server takes as long as its model takes to answer",
    }
    again = Jobs({"train_package": 1}, records | {training / "smoke" / "launch.json"})
    assert plan_gpu(spec, tmp_path, again).trainings == {}, "a launch that will be planned anew tells nothing"
    assert plan_gpu(spec, tmp_path, Jobs({}, frozenset())).amount == Amount(0, 0, {})


def test_drawn_episodes_are_bounded_by_the_spec_and_delivered_ones_are_not_known(tmp_path: Path) -> None:
    rows = tmp_path / "clips" / "ep01.jsonl"
    jobs = Jobs({"cut_clips": 1}, frozenset({rows}))
    drawn, delivered = a_spec(demo={"seconds": 80}), a_spec()
    (episode,) = Season(drawn, Delivery(drawn), tmp_path, jobs).episodes.values()
    # 80 s and one more, of which head and tail take 57 s: eight clips of 3 s.
    assert (episode.state, episode.most, episode.known) == ("declared", 8, False)
    (episode,) = Season(delivered, Delivery(delivered), tmp_path, jobs).episodes.values()
    assert (episode.state, episode.most, episode.why) == ("unknown", None, "not probed yet")


def test_rows_of_an_episode_that_is_cut_anew_are_not_exact(tmp_path: Path) -> None:
    rows = tmp_path / "clips" / "ep01.jsonl"
    write_jsonl(rows, [{"kept": True, "duration_s": 4.0}, {"kept": False, "duration_s": 1.0}])
    spec = a_spec()
    (cut,) = Season(spec, Delivery(spec), tmp_path, Jobs({}, frozenset())).episodes.values()
    assert (cut.state, cut.most, cut.seconds) == ("cut", 1, 4.0)
    (anew,) = Season(spec, Delivery(spec), tmp_path, Jobs({"cut_clips": 1}, frozenset({rows}))).episodes.values()
    assert (anew.state, anew.most) == ("unknown", None)


@given(st.integers(8, 500), st.integers(8, 300), st.integers(0, 5))
def test_no_picture_is_larger_than_its_bound(width: int, height: int, seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    for suffix, options in ((".png", []), (".jpg", [cv2.IMWRITE_JPEG_QUALITY, 100])):
        _, data = cv2.imencode(suffix, noise, options)
        assert len(data) <= most_of_picture(width * height)
