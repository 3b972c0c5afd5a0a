"""Exact frames: what is decoded by PTS is what the master shows there, and what is encoded keeps its times."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from footage import painted, shots_film, write_film
from reelwright.fit import Fitter, display_width
from reelwright.media import H264Writer, Span, decode_spans, open_video
from reelwright.spec.model import Encode

VARIABLE = [0, 3600, 7200, 12000, 15600, 22800, 26400, 30000, 39000, 42600]


def frame_hashes(path: Path) -> dict[int, str]:
    """Digest of each frame's luma by PTS, from one plain pass."""
    with av.open(str(path)) as container:
        return {frame.pts: digest(frame) for frame in container.decode(video=0) if frame.pts is not None}


def digest(frame: av.VideoFrame) -> str:
    return hashlib.sha256(frame.to_ndarray(format="gray").tobytes()).hexdigest()


def long_film(path: Path, options: dict[str, str], pts: list[int] | None = None) -> Path:
    frames = [painted(number // 40, number) for number in range(160)]
    base = Fraction(1, 90000) if pts else None
    return write_film(path, frames, options=options, pts=pts, time_base=base)


FILMS = {
    "closed GOPs, B-frames": ({"g": "12", "bf": "3"}, None),
    "open GOPs": ({"x264-params": "open-gop=1:keyint=15:bframes=4:scenecut=0"}, None),
    "one long GOP": ({"g": "250", "bf": "2"}, None),
    "no B-frames": ({"g": "10", "bf": "0"}, None),
    "29.97": ({"g": "24"}, [round(number * 90000 * 1001 / 30000) for number in range(160)]),
    "variable": ({"g": "24"}, [cycle * 46200 + step for cycle in range(16) for step in VARIABLE]),
    "start not 0": ({"g": "24"}, [900000 + number * 3600 for number in range(160)]),
}


@pytest.mark.parametrize("suffix", [".mov", ".mkv"])
@pytest.mark.parametrize("name", FILMS)
def test_spans_hold_exactly_their_frames(tmp_path: Path, name: str, suffix: str) -> None:
    options, pts = FILMS[name]
    film = long_film(tmp_path / f"film{suffix}", options, pts)
    known = frame_hashes(film)
    stamps = sorted(known)
    assert len(stamps) == 160
    spans = [Span(stamps[low], stamps[high]) for low, high in [(0, 9), (33, 47), (40, 52), (100, 101), (130, 159)]]
    found: dict[int, list[tuple[int, str]]] = {}
    for index, frame in decode_spans(film, spans, threads=2):
        assert frame.pts is not None
        found.setdefault(index, []).append((frame.pts, digest(frame)))
    for index, span in enumerate(spans):
        expected = [(pts, known[pts]) for pts in stamps if span.start_pts <= pts < span.end_pts]
        assert found[index] == expected


def test_spans_out_of_order_are_refused(tmp_path: Path) -> None:
    film = shots_film(tmp_path / "film.mov", [20])
    with pytest.raises(ValueError, match="sorted"):
        list(decode_spans(film, [Span(10, 20), Span(0, 5)]))


def test_an_encoded_span_keeps_number_times_and_pictures(tmp_path: Path) -> None:
    film = long_film(tmp_path / "film.mov", {"g": "24"}, FILMS["variable"][1])
    _, stream = open_video(film)
    assert stream.time_base is not None
    with av.open(str(film)) as container:
        stamps = sorted(packet.pts for packet in container.demux(video=0) if packet.pts is not None)
    span, fit = Span(stamps[30], stamps[90]), Fitter(320, 180)
    sources = []
    with H264Writer(tmp_path / "clip.mp4", 320, 180, Fraction(25), stream.time_base, Encode(crf=4)) as writer:
        for _, frame in decode_spans(film, [span]):
            sources.append(frame.to_ndarray(format="gray"))
            writer.write(fit(frame), frame.pts - span.start_pts)
    with av.open(str(tmp_path / "clip.mp4")) as container:
        clip = container.streams.video[0]
        frames = list(container.decode(clip))
        times = [frame.pts * clip.time_base for frame in frames]
        assert clip.codec_context.pix_fmt == "yuv420p"
        assert (clip.codec_context.color_range, clip.codec_context.colorspace) == (1, 1)
    assert times == [(pts - stamps[30]) * stream.time_base for pts in stamps[30:90]]
    worst = max(
        np.abs(frame.to_ndarray(format="gray").astype(int) - source).mean()
        for frame, source in zip(frames, sources, strict=True)
    )
    assert worst < 8  # BT.601 in, BT.709 out: luma moves a little; a neighbour's frame would differ by far more


def test_an_encoder_that_fails_leaves_no_file(tmp_path: Path) -> None:
    film = shots_film(tmp_path / "film.mov", [10])
    target = tmp_path / "out" / "clip.mp4"

    def encode_and_fail() -> None:
        with H264Writer(target, 320, 180, Fraction(25), Fraction(1, 12800), Encode()) as writer:
            for _, frame in decode_spans(film, [Span(0, 10**9)]):
                writer.write(Fitter(320, 180)(frame), frame.pts or 0)
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        encode_and_fail()
    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("stored", "aspect", "expected"),
    [((1920, 1080), "1/1", 1280), ((720, 576), "64/45", 1280), ((640, 480), "1/1", 960)],
)
def test_display_width_follows_the_display_aspect(stored: tuple[int, int], aspect: str, expected: int) -> None:
    assert display_width(*stored, Fraction(aspect), 720) == expected


def test_fitting_covers_and_crops_the_centre(tmp_path: Path) -> None:
    frames = [np.zeros((180, 320, 3), np.uint8)] * 3
    frames[0][:, 140:180] = 255
    film = write_film(tmp_path / "bar.mov", frames)
    (_, frame), *_ = decode_spans(film, [Span(0, 10**9)])
    luma = Fitter(180, 180)(frame).to_ndarray(format="gray")
    assert luma.shape == (180, 180)
    assert luma[:, 75:105].min() > 200
    assert max(luma[:, :60].max(), luma[:, 120:].max()) < 40
