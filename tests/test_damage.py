"""Bad masters: what can be used is used, what can't is named, and nothing broken gets into a clip."""

from __future__ import annotations

import itertools
import random
from array import array
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from chain import SETTINGS, cut, measured
from hypothesis import given
from hypothesis import strategies as st
from season import build, season

from footage import painted, write_film
from reelwright.files import read_json
from reelwright.media import Faults, Span, decode_frames, decode_spans, open_video
from reelwright.scan.holes import find_holes

GOP = 25


def film(path: Path, frames: int = 300) -> Path:
    """A film of one shot with a keyframe each second."""
    pictures = [painted(1, number) for number in range(frames)]
    return write_film(path, pictures, options={"x264-params": f"keyint={GOP}:min-keyint={GOP}:scenecut=0", "bf": "2"})


def overwritten(path: Path, at: float, length: int, zeros: bool = False) -> Path:
    """``length`` bytes of a film overwritten from the share ``at`` of its bytes on."""
    data = bytearray(path.read_bytes())
    first = int(len(data) * at)
    data[first : first + length] = bytes(length) if zeros else random.Random(7).randbytes(length)
    path.write_bytes(data)
    return path


def pictures(path: Path) -> dict[int, np.ndarray]:
    """What can be decoded of a film by PTS, with no regard to damage."""
    container, stream = open_video(path, 1)
    with container:
        return {
            frame.pts: frame.to_ndarray(format="gray")
            for frame in decode_frames(container, stream)
            if frame.pts is not None
        }


@pytest.mark.parametrize("kind", ["noise", "zeros", "a few bytes"])
@pytest.mark.parametrize("suffix", [".mov", ".mkv", ".ts"])
def test_a_master_corrupt_in_the_middle_is_used_but_for_the_hole(tmp_path: Path, suffix: str, kind: str) -> None:
    whole = film(tmp_path / f"whole{suffix}")
    good = pictures(whole)
    (tmp_path / f"film{suffix}").write_bytes(whole.read_bytes())
    length = 64 if kind == "a few bytes" else 12000
    bad = overwritten(tmp_path / f"film{suffix}", 0.5, length, kind == "zeros")
    chain = cut(bad, tmp_path, SETTINGS)
    (hole,) = chain.header["holes"]
    assert hole["kind"] == "damage"
    assert 0.5 / GOP <= hole["end_s"] - hole["start_s"] <= 3.5
    assert hole["start_s"] > 3
    assert hole["end_s"] < 10
    assert f"no clip crosses {hole['start_s']:.2f} to {hole['end_s']:.2f} s (damage)" in chain.warnings()
    assert sum(row["duration_s"] for row in chain.kept) > 5.5
    assert [row["drop"]["rule"] for row in chain.rows if not row["kept"]].count("damage") <= 1
    for row in chain.kept:
        assert row["end_pts"] <= hole["start_pts"] or row["start_pts"] >= hole["end_pts"]
    spans = [Span(row["start_pts"], row["end_pts"]) for row in chain.kept]
    for _, frame in decode_spans(bad, spans, 2):
        assert frame.pts is not None
        assert np.array_equal(frame.to_ndarray(format="gray"), good[frame.pts]), (
            "every kept picture is the unharmed one"
        )


def test_where_the_damage_is_does_not_depend_on_the_threads(tmp_path: Path) -> None:
    bad = overwritten(film(tmp_path / "film.mov"), 0.4, 9000)
    headers = []
    for threads in (1, 2, 4):
        (tmp_path / str(threads)).mkdir()
        headers.append(measured(bad, tmp_path / str(threads), threads).header)
    assert headers[0] == headers[1] == headers[2]


def without(source: Path, target: Path, lost: set[int]) -> Path:
    """A copy of a film without some of its packets, counted in decoding order."""
    with av.open(str(source)) as given, av.open(str(target), "w") as out:
        stream = out.add_stream_from_template(given.streams.video[0])
        packets = [packet for packet in given.demux(video=0) if packet.size]
        for number, packet in enumerate(packets):
            if number not in lost:
                packet.dts = packet.dts if packet.dts is not None else packet.pts
                packet.stream = stream
                out.mux(packet)
    return target


def test_a_lost_packet_spoils_what_was_predicted_from_it(tmp_path: Path) -> None:
    whole = film(tmp_path / "whole.mp4")
    good = pictures(whole)
    lost = set(range(110, 112))
    bad = without(whole, tmp_path / "film.mp4", lost)
    found = pictures(bad)
    wrong = [pts for pts, luma in found.items() if not np.array_equal(luma, good[pts])]
    assert wrong, "the decoder shows pictures predicted from what is not there, and says nothing"
    chain = measured(bad, tmp_path)
    for pts in wrong:
        assert any(hole["start_pts"] <= pts < hole["end_pts"] for hole in chain.header["holes"])
    assert sum(hole["end_s"] - hole["start_s"] for hole in chain.header["holes"]) < 2


def stamped(path: Path, stamps: list[int], base: Fraction = Fraction(1, 25)) -> Path:
    """A film without reordering, whose packets carry ``stamps``, whatever these are."""
    plain = write_film(
        path.with_name("plain.mp4"),
        [painted(1, number) for number in range(len(stamps))],
        options={"bf": "0", "g": "25"},
    )
    with av.open(str(plain)) as given, av.open(str(path), "w") as out:
        stream = out.add_stream_from_template(given.streams.video[0])
        for number, packet in enumerate(packet for packet in given.demux(video=0) if packet.size):
            packet.stream = stream
            packet.time_base = base
            packet.dts, packet.pts, packet.duration = number - 1000, stamps[number], 1
            out.mux(packet)
    return path


def even(*stretches: range) -> list[int]:
    return [1000 + stamp for stretch in stretches for stamp in stretch]


def test_time_that_leaps_is_accepted_and_no_clip_spans_the_leap(tmp_path: Path) -> None:
    chain = cut(stamped(tmp_path / "film.mkv", even(range(130), range(880, 1050))), tmp_path, SETTINGS)
    (hole,) = chain.header["holes"]
    assert (hole["kind"], hole["start_s"], hole["end_s"]) in [("jump", 5.2, 35.2), ("damage", 5.2, 36.0)]
    assert "no clip crosses 5.20 to" in chain.warnings()
    assert max(row["duration_s"] for row in chain.kept) <= 2
    assert {row["start_frame"] < 130 for row in chain.kept} == {True, False}
    assert all(row["end_frame"] <= 130 or row["start_frame"] >= 130 for row in chain.kept)


def test_time_stamps_that_repeat_or_go_back_are_accepted(tmp_path: Path) -> None:
    back = even(range(150), range(145, 300))
    back[40] = back[39]
    chain = cut(stamped(tmp_path / "film.mkv", back), tmp_path, SETTINGS)
    assert "of its pictures, 4 go back in time, 2 repeat the time of another" in chain.warnings()
    assert [(one["kind"], one["start_s"], one["end_s"]) for one in chain.header["holes"]] == [
        ("repeat", 1.56, 1.64),
        ("repeat", 5.8, 6.0),
    ]
    assert all(row["end_s"] <= 5.8 or row["start_s"] >= 6.0 for row in chain.kept)
    stamps = chain.scan["pts"]
    assert np.all(np.diff(stamps) > 0)
    for row in chain.kept:
        with av.open(str(chain.folder / row["clip"])) as container:
            assert sum(1 for _ in container.decode(video=0)) == row["end_frame"] - row["start_frame"]


def test_time_stamps_that_follow_no_order_are_refused(tmp_path: Path) -> None:
    mixed = [1000 + (number ^ 1) for number in range(100)]
    chain = measured(stamped(tmp_path / "film.mkv", mixed), tmp_path)
    assert chain.outcome("scan")["error"]["code"] == "disordered"
    assert "remux it" in chain.outcome("scan")["error"]["message"]


def test_a_frame_count_that_lies_is_not_believed(tmp_path: Path) -> None:
    path = write_film(tmp_path / "film.avi", [painted(1, number) for number in range(60)], options={"bf": "0"})
    data = bytearray(path.read_bytes())
    header = data.index(b"strh")
    # dwLength, the number of frames, lies 32 bytes into the stream header (AVISTREAMHEADER), which follows an 8-byte head.
    data[header + 8 + 32 : header + 8 + 36] = (9999).to_bytes(4, "little")
    path.write_bytes(data)
    chain = cut(path, tmp_path, SETTINGS)
    assert chain.probe["frames_declared"] == 9999
    assert chain.probe["frames"] == chain.header["frames"] == 60
    assert "declares 9999 frames but shows 60; time stamps are believed" in chain.warnings()
    assert chain.kept[-1]["end_s"] == 2.4


def test_an_unknown_codec_is_named(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mov", 30)
    path.write_bytes(path.read_bytes().replace(b"avc1", b"zzzz"))
    chain = measured(path, tmp_path)
    assert chain.outcome("probe")["error"]["code"] == "unknown_codec"
    assert "codec" in chain.outcome("probe")["error"]["message"]
    assert chain.outcome("scan")["error"]["code"] == "upstream"


def test_a_film_of_one_frame_gives_no_clip(tmp_path: Path) -> None:
    chain = cut(film(tmp_path / "film.mov", 1), tmp_path, SETTINGS)
    assert chain.header["frames"] == 1
    assert chain.kept == []
    assert "no shot gives a clip" in chain.warnings()


def test_sound_that_outlasts_the_picture_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "film.mov"
    write_film(path, [painted(1, number) for number in range(75)])
    longer = tmp_path / "longer.mov"
    with av.open(str(path)) as given, av.open(str(longer), "w") as out:
        stream = out.add_stream_from_template(given.streams.video[0])
        sound = out.add_stream("aac", rate=48000, layout="mono")
        for packet in given.demux(video=0):
            if packet.size:
                packet.stream = stream
                out.mux(packet)
        block = av.AudioFrame.from_ndarray(np.zeros((1, 48000 * 20), np.float32), format="fltp", layout="mono")
        block.sample_rate = 48000
        out.mux(sound.encode(block))
        out.mux(sound.encode(None))
    chain = cut(longer, tmp_path, SETTINGS)
    assert chain.probe["duration_s"] == 3.0
    assert chain.header["frames"] == 75
    assert chain.kept[-1]["end_s"] == 3.0
    assert chain.warnings() == ""


@pytest.mark.slow
def test_a_build_of_a_corrupt_master_ends_well_and_says_so(tmp_path: Path) -> None:
    spec = season(tmp_path)
    overwritten(tmp_path / "delivery" / "masters" / "Show_EP02_TWO.mov", 0.5, 6000)
    run = build(spec)
    assert run.returncode == 0, run.stdout
    assert "no clip crosses" in run.stdout
    (hole,) = read_json(tmp_path / "results" / "tiny" / "scan" / "ep02.two.json")["holes"]
    assert hole["kind"] == "damage"


@given(
    st.integers(1, 40),
    st.lists(st.integers(0, 199), max_size=6, unique=True),
    st.integers(-5000, 5000),
)
def test_holes_cover_what_was_refused_and_end_at_keyframes(gop: int, lost: list[int], start: int) -> None:
    pts = np.arange(200) * 512 + start
    packets, keys = array("q", pts.tolist()), bytearray(number % gop == 0 for number in range(200))
    faults = Faults(packets=packets, keys=keys, refused=len(lost))
    decoded = np.delete(pts, lost)
    holes = find_holes(decoded, faults, Fraction(1, 12800))
    assert all(one.start_pts < one.end_pts for one in holes)
    assert all(one.end_pts < other.start_pts for one, other in itertools.pairwise(holes))
    for number in lost:
        until = min((one for one in range(number + 1, 200) if keys[one]), default=199)
        covered = [one for one in holes if one.start_pts <= pts[number] and pts[until - 1] < one.end_pts]
        assert len(covered) == 1
    assert bool(holes) == bool(lost)
    total = sum(one.end_pts - one.start_pts for one in holes)
    assert total <= len(lost) * (gop + 1) * 512


def test_an_even_stream_without_faults_has_no_holes() -> None:
    pts = np.arange(1000) * 40
    faults = Faults(packets=array("q", pts.tolist()), keys=bytearray(number % 25 == 0 for number in range(1000)))
    assert find_holes(pts, faults, Fraction(1, 1000)) == []


def test_long_held_pictures_of_a_recording_are_no_loss() -> None:
    steps = np.random.default_rng(3).choice([40, 80, 120, 400], 2000)
    pts = np.concatenate([[0], np.cumsum(steps)])
    faults = Faults(packets=array("q", pts.tolist()), keys=bytearray(number % 250 == 0 for number in range(len(pts))))
    assert find_holes(pts, faults, Fraction(1, 1000)) == []
