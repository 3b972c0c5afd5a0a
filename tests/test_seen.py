"""Seen or unseen: an old clip is seen exactly where a training row shows one of its frames."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reelwright.evaluation.seen import Seen, seen_clips

A, B = "a" * 64, "b" * 64


def row(start: int, end: int, source: str = A) -> dict[str, object]:
    return {"clip_id": f"ep01_{start:06d}_{end:06d}", "source_sha256": source, "start_frame": start, "end_frame": end}


def old(start: int | None, end: int | None, source: str | None = A) -> dict[str, object]:
    place = {"source_sha256": source, "start_frame": start, "end_frame": end}
    return {"clip": "old", "found": start is not None, **place, "others": []}


def test_clips_that_touch_share_no_frame_and_one_frame_is_enough() -> None:
    assert seen_clips([old(100, 150)], [row(50, 100), row(150, 200)]) == [Seen("old", False, ())]
    assert seen_clips([old(100, 150)], [row(149, 200), row(50, 101)]) == [
        Seen("old", True, ("ep01_000050_000101", "ep01_000149_000200"))
    ]


def test_the_same_frames_of_another_master_say_nothing() -> None:
    assert seen_clips([old(100, 150, B)], [row(100, 150)]) == [Seen("old", False, ())]


def test_a_clip_that_was_not_located_is_neither_seen_nor_unseen() -> None:
    assert seen_clips([old(None, None, None)], [row(0, 1000)]) == [Seen("old", None, ())]


def test_the_same_footage_at_another_place_is_seen_too() -> None:
    twice = {**old(100, 150), "others": [{"source_sha256": B, "start_frame": 30, "end_frame": 80}]}
    assert seen_clips([twice], [row(79, 120, B)]) == [Seen("old", True, ("ep01_000079_000120",))]
    undecided = {**twice, "found": False, "source_sha256": None, "start_frame": None, "end_frame": None}
    assert seen_clips([undecided], [row(79, 120, B)])[0].seen is True
    assert seen_clips([undecided], [row(80, 120, B)])[0].seen is False


SPANS = st.tuples(st.integers(0, 60), st.integers(1, 30), st.sampled_from([A, B]))


@given(st.lists(SPANS, max_size=8), st.lists(SPANS, max_size=8))
def test_seen_is_a_frame_in_common(olds: list[tuple[int, int, str]], rows: list[tuple[int, int, str]]) -> None:
    trained = {(source, frame) for start, length, source in rows for frame in range(start, start + length)}
    found = seen_clips(
        [old(start, start + length, source) for start, length, source in olds],
        [row(start, start + length, source) for start, length, source in rows],
    )
    wanted = [
        any((source, frame) in trained for frame in range(start, start + length)) for start, length, source in olds
    ]
    assert [one.seen for one in found] == wanted
    assert all(one.seen == bool(one.rows) for one in found)
