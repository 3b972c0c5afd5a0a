"""What trainers show of a clip, against the rules that the formats page states of each."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelwright.facts import facts
from reelwright.packages.showing import (
    Asked,
    Media,
    Showing,
    Skipped,
    fitting,
    head,
    retimed,
    shown,
    spread,
    stretched,
    trained_size,
    window,
)

MODELS, TRAINERS = facts().models, facts().trainers
lengths = st.integers(1, 400)
buckets = st.lists(st.integers(1, 40).map(lambda n: 4 * n + 1), min_size=1, max_size=5, unique=True).map(sorted)
rates = st.sampled_from([Fraction(24000, 1001), Fraction(16), Fraction(24), Fraction(25), Fraction(30), Fraction(50)])
models = st.sampled_from(sorted(MODELS))


def show(trainer: str, model: str, media: Media, asked: Asked) -> Showing:
    result = shown(TRAINERS[trainer], MODELS[model], media, asked)
    assert isinstance(result, Showing), result
    return result


class TestDiffSynth:
    """Takes the first N native frames: no retiming. A short clip is cut to the largest 4n+1."""

    @given(lengths, buckets, rates, models)
    def test_first_native_frames(self, frames: int, counts: list[int], rate: Fraction, model: str) -> None:
        result = show("diffsynth", model, Media(frames, rate, 832, 480), Asked(tuple(counts), 832, 480))
        taken = len(result.frames)
        assert result.frames == tuple(range(taken))
        assert taken <= min(frames, counts[-1])
        if frames >= counts[-1]:
            assert taken == counts[-1]
        else:
            assert taken % 4 == 1 and frames - taken < 4
        assert result.seconds == taken / rate
        assert result.speed == (MODELS[model].rate / rate if taken > 1 else 1)

    def test_81_native_frames_of_25_fps_are_3_24_s_that_play_slow(self) -> None:
        result = show("diffsynth", "wan2.2-t2v-a14b", Media(127, Fraction(25), 1280, 720), Asked((81,), 1280, 720))
        assert result.seconds == Fraction("3.24") and result.speed == Fraction("0.64")

    @given(st.integers(64, 3000), st.integers(64, 3000))
    def test_without_a_size_it_is_floored_to_16_within_a_megapixel(self, width: int, height: int) -> None:
        asked = Asked((1,), 1024, 1024, fixed=False)
        media = Media(1, Fraction(16), width, height)
        wide, tall = trained_size(TRAINERS["diffsynth"], MODELS["wan2.2-t2v-a14b"], media, asked)
        assert wide % 16 == 0 and tall % 16 == 0 and wide * tall <= 1024 * 1024
        if width * height <= 1024 * 1024:
            assert width - wide in range(16) and height - tall in range(16)
        # Floored sizes are no multiples of 32: the 5B model is always given one.
        assert trained_size(TRAINERS["diffsynth"], MODELS["wan2.2-ti2v-5b"], media, asked) == (1024, 1024)

    @given(st.integers(64, 2000), st.integers(64, 2000))
    def test_a_given_size_is_covered_and_cropped(self, width: int, height: int) -> None:
        media = Media(81, Fraction(16), width, height)
        result = show("diffsynth", "wan2.2-t2v-a14b", media, Asked((81,), 832, 480))
        assert (result.width, result.height) == (832, 480)
        assert 0 < result.kept <= 1
        assert (result.kept == 1) == (width * 480 == height * 832)


class TestMusubi:
    """target_frames floored to 4n+1, extraction head; each dataset has one, so that a clip is shown once and whole."""

    @given(buckets, st.sampled_from(["wan2.2-t2v-a14b", "wan2.2-i2v-a14b"]))
    def test_own_count(self, counts: list[int], model: str) -> None:
        for count in counts:
            result = show("musubi", model, Media(count, Fraction(16), 832, 480), Asked(tuple(counts), 832, 480))
            assert result.frames == tuple(range(count)) and result.speed == 1

    def test_its_default_shows_the_first_frame_only(self) -> None:
        result = show("musubi", "wan2.2-t2v-a14b", Media(81, Fraction(16), 832, 480), Asked((1,), 832, 480))
        assert result.frames == (0,)

    @given(st.integers(10, 64), st.integers(10, 64))
    def test_sizes_of_usual_shapes_stay(self, wide: int, tall: int) -> None:
        width, height = 16 * wide, 16 * tall
        size = trained_size(
            TRAINERS["musubi"],
            MODELS["wan2.2-t2v-a14b"],
            Media(81, Fraction(16), width, height),
            Asked((81,), width, height),
        )
        if max(width, height) < 3 * min(width, height):
            assert size == (width, height)
        assert size[0] % 16 == 0 and size[1] % 16 == 0 and size[0] * size[1] <= width * height


class TestDiffusionPipe:
    """Always retimes (16; 5B 24); a clip shorter than its bucket is skipped, so is one without a caption."""

    @given(lengths, buckets, rates, models)
    def test_retimes_and_takes_the_longest_bucket(
        self, frames: int, counts: list[int], rate: Fraction, model: str
    ) -> None:
        media, asked = Media(frames, rate, 832, 480), Asked(tuple(counts), 832, 480)
        result = shown(TRAINERS["diffusion-pipe"], MODELS[model], media, asked)
        available = int(frames * MODELS[model].rate / rate)
        bucket = fitting(available, counts)
        if frames == 1:
            assert isinstance(result, Showing) and result.frames == (0,)
        elif bucket is None or bucket == 1:
            assert isinstance(result, Skipped) and result.reason.startswith("short")
        else:
            assert isinstance(result, Showing) and len(result.frames) == bucket
            assert list(result.frames) == sorted(result.frames) and result.frames[-1] < frames
            # Right but for the frame that the last of an even spread stands for.
            assert abs(result.speed - 1) <= Fraction(2, bucket - 1) + MODELS[model].rate / rate / (bucket - 1)

    @given(lengths, models)
    def test_media_of_the_right_rate_is_left_alone(self, frames: int, model: str) -> None:
        rate = MODELS[model].rate
        assert retimed(frames, Fraction(rate), rate) == tuple(range(frames))

    def test_no_caption_is_skipped(self) -> None:
        media = Media(81, Fraction(16), 832, 480, captioned=False)
        asked = Asked((81,), 832, 480)
        model = MODELS["wan2.2-t2v-a14b"]
        assert shown(TRAINERS["diffusion-pipe"], model, media, asked) == Skipped("no caption")
        assert isinstance(shown(TRAINERS["ai-toolkit"], model, media, asked), Showing)

    @given(st.integers(5, 50), st.integers(5, 50), models)
    def test_sizes_stay(self, wide: int, tall: int, model: str) -> None:
        step = MODELS[model].step
        width, height = step * wide, step * tall
        media = Media(81, Fraction(16), width, height)
        if width * height <= MODELS[model].max_pixels:
            asked = Asked((81,), width, height)
            assert trained_size(TRAINERS["diffusion-pipe"], MODELS[model], media, asked) == (width, height)

    @given(st.integers(64, 3000), st.integers(64, 3000))
    def test_several_shapes_take_the_nearest(self, width: int, height: int) -> None:
        asked = Asked((1,), 1024, 1024, fixed=False)
        media = Media(1, Fraction(16), width, height)
        wide, tall = trained_size(TRAINERS["diffusion-pipe"], MODELS["wan2.2-ti2v-5b"], media, asked)
        assert wide % 32 == 0 and tall % 32 == 0
        assert abs(wide * tall / 1024**2 - 1) < 0.06
        assert 0.45 < wide / tall < 2.1
        assert (wide > tall) == (width / height > 2 ** (1 / 6)) and (wide < tall) == (width / height < 2 ** (-1 / 6))


class TestFinetrainers:
    """Longer clips are subsampled evenly, which changes their speed."""

    @given(lengths, buckets)
    def test_longer_clips_play_faster(self, frames: int, counts: list[int]) -> None:
        media, asked = Media(frames, Fraction(16), 832, 480), Asked(tuple(counts), 832, 480)
        result = show("finetrainers", "wan2.2-t2v-a14b", media, asked)
        bucket = fitting(frames, counts)
        if bucket is None or bucket == frames:
            assert result.frames == tuple(range(frames)) and result.speed == 1
        else:
            assert len(result.frames) == bucket and result.frames[0] == 0
            assert bucket == 1 or result.frames[-1] == frames - 1
            assert bucket == 1 or result.speed == Fraction(frames - 1, bucket - 1)

    @given(st.integers(2, 400), st.integers(2, 200))
    def test_spread_is_linspace_cut_to_whole_numbers(self, frames: int, asked: int) -> None:
        exact = np.linspace(0, frames - 1, asked, dtype=np.float64)
        assert np.abs(np.array(spread(frames, asked)) - exact).max() < 1
        assert np.array_equal(spread(frames, asked), np.floor(exact + 1e-9).astype(int))


class TestAiToolkit:
    """shrink_video_to_frames defaults to true (spreads frames over the clip); set it false and fps."""

    @given(buckets, models)
    def test_own_count_at_the_right_rate(self, counts: list[int], model: str) -> None:
        rate = MODELS[model].rate
        for count in counts:
            media = Media(count, Fraction(rate), 832, 480)
            result = show("ai-toolkit", model, media, Asked(tuple(counts), 832, 480))
            assert result.frames == tuple(range(count)) and result.speed == 1

    @given(st.integers(2, 300), st.integers(2, 120))
    def test_its_default_spreads_over_the_whole_clip(self, frames: int, asked: int) -> None:
        taken = stretched(frames, asked)
        assert len(taken) == asked and taken[0] == 0 and taken[-1] == frames - 1
        assert list(taken) == sorted(taken)
        steps = {later - earlier for earlier, later in pairwise(taken)}
        assert max(steps) - min(steps) <= 1

    @given(st.integers(1, 300), rates, st.integers(2, 120))
    def test_a_window_keeps_to_whole_intervals_or_stretches(self, frames: int, rate: Fraction, asked: int) -> None:
        taken = window(frames, rate, asked, 16)
        assert len(taken) == asked and taken[0] >= 0 and taken[-1] < frames
        interval = max(1, round(rate / 16))
        if frames // interval >= asked:
            assert taken == tuple(range(0, asked * interval, interval))

    @given(st.integers(5, 60), st.integers(5, 60), models)
    def test_sizes_stay(self, wide: int, tall: int, model: str) -> None:
        step = MODELS[model].step
        size = step * wide, step * tall
        assert (
            trained_size(TRAINERS["ai-toolkit"], MODELS[model], Media(81, Fraction(16), *size), Asked((81,), *size))
            == size
        )


class TestAll:
    @given(st.sampled_from(sorted(TRAINERS)), models, buckets)
    @pytest.mark.parametrize("size", [(832, 480), (480, 832), (1280, 704)])
    def test_a_package_as_it_is_built_is_shown_whole_at_right_speed(
        self, size: tuple[int, int], trainer: str, model: str, counts: list[int]
    ) -> None:
        if model not in TRAINERS[trainer].models:
            return
        size = (size[0] // 32 * 32, size[1] // 32 * 32)
        rate = Fraction(MODELS[model].rate)
        for count in counts:
            result = show(trainer, model, Media(count, rate, *size), Asked(tuple(counts), *size))
            assert result.frames == tuple(range(count))
            assert (result.speed, result.kept, result.width, result.height) == (1, 1.0, *size)
            assert result.seconds == count / rate

    def test_a_single_frame_has_no_speed(self) -> None:
        for name, trainer in TRAINERS.items():
            for model in trainer.models:
                result = show(name, model, Media(1, Fraction(16), 832, 480), Asked((1,), 832, 480))
                assert result.frames == (0,) and result.speed == 1

    def test_head_floors_from_the_front(self) -> None:
        assert [len(head(frames, 81, 4)) for frames in (100, 81, 80, 79, 78, 77, 4, 1)] == [
            81,
            81,
            77,
            77,
            77,
            77,
            1,
            1,
        ]
