"""The demo delivery: truth that fits the drawn frames, variants that differ in the title card alone."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelwright.captions.bible import read_bible
from reelwright.demo.bible import write_demo_bible
from reelwright.demo.footage import draw_demo_footage
from reelwright.demo.masters import demo_masters, demo_titles, demo_transcripts
from reelwright.demo.plan import FPS, plan_episode
from reelwright.demo.show import LOCATIONS, character
from reelwright.demo.splice import splice_demo_master
from reelwright.demo.stage import Stage
from reelwright.demo.stories import STORIES
from reelwright.demo.transcripts import LABELS, episode_srt
from reelwright.demo.truth import episode_truth
from reelwright.files import check, read_json
from reelwright.spec.load import load_spec
from reelwright.spec.model import Demo, Episode, Sources, Spec
from reelwright.transcripts import read_transcript

EPISODE, SEED, SECONDS, WIDTH, HEIGHT = "01", 7, 30.0, 320, 180
TITLES = ("THE LANTERN RIDDLE", "FOLLOW THE GLOW")


def draw(folder: Path) -> tuple[Path, Path]:
    footage, truth = folder / "footage.mov", folder / "truth.json"
    draw_demo_footage(
        episode=EPISODE, show="Moss and Comet", seed=SEED, seconds=SECONDS, width=WIDTH, height=HEIGHT,
        footage=footage, truth=truth,
    )  # fmt: skip
    return footage, truth


@dataclass(frozen=True)
class Drawn:
    """A small episode, drawn once for all tests."""

    footage: Path
    truth: dict[str, Any]
    masters: tuple[Path, Path]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    folder = tmp_path_factory.mktemp("demo")
    footage, truth = draw(folder)
    masters = (folder / "one.mov", folder / "two.mov")
    for title, master in zip(TITLES, masters, strict=True):
        splice_demo_master(
            footage=footage, episode=EPISODE, title=title, seed=SEED, seconds=SECONDS, width=WIDTH, height=HEIGHT,
            master=master,
        )  # fmt: skip
    return Drawn(footage, read_json(truth), masters)


def decoded(path: Path) -> np.ndarray:
    """All frames as planar YCbCr, shape (frames, rows, columns)."""
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray() for frame in container.decode(video=0)])


@pytest.fixture(scope="module")
def frames(drawn: Drawn) -> np.ndarray:
    return decoded(drawn.masters[0])


def test_the_truth_fits_the_drawn_frames(drawn: Drawn, frames: np.ndarray) -> None:
    truth, luma = drawn.truth, frames[:, :HEIGHT].astype(np.int16)
    assert len(frames) == truth["frames"] == SECONDS * FPS
    brightness = luma.mean((1, 2))
    first, end = truth["sections"]["lead_in"]
    assert brightness[first:end].max() < 17
    change = np.concatenate([[0], np.abs(np.diff(frames.astype(np.int16), axis=0)).mean((1, 2))])
    cuts = [edge["frame"] for edge in truth["boundaries"] if edge["kind"] == "cut"]
    assert len(cuts) >= 4
    white = {frame for one, last in truth["flashes"] for frame in range(one, last + 2)}
    gradual = {
        frame
        for edge in truth["boundaries"]
        if edge["kind"] != "cut"
        for frame in range(edge["start"], edge["end"] + 2)
    }
    calm = [frame for frame in range(1, len(frames)) if frame not in white | gradual | set(cuts)]
    assert min(change[cuts]) > 2.5 * max(change[calm])
    for edge in truth["boundaries"]:
        span = brightness[edge["start"] : edge["end"] + 1]
        if edge["kind"] == "fade":
            assert span.min() < 35
        elif edge["kind"] == "dissolve":
            assert change[edge["start"] : edge["end"] + 2].max() < min(change[cuts])
            assert np.abs(frames[edge["end"] + 1].astype(int) - frames[edge["start"] - 1]).mean() > 8


def test_flashes_are_white_and_no_boundary(drawn: Drawn, frames: np.ndarray) -> None:
    assert drawn.truth["flashes"]
    for first, last in drawn.truth["flashes"]:
        assert 0 <= last - first <= 2
        bright = frames[first - 1 : last + 2, :HEIGHT].mean((1, 2))
        assert bright[1:-1].min() > 205
        assert max(bright[0], bright[-1]) < 190
        assert np.abs(frames[first - 2].astype(int) - frames[last + 2]).mean() < 12


def test_the_variants_differ_in_the_title_card_alone(drawn: Drawn, frames: np.ndarray) -> None:
    other = decoded(drawn.masters[1])
    differ = np.flatnonzero((frames != other).any((1, 2)))
    first, end = drawn.truth["sections"]["title"]
    assert set(differ) == set(range(first, end))
    assert (frames[first] != other[first])[:HEIGHT].mean() < 0.4


def test_the_same_seed_gives_the_same_bytes(drawn: Drawn, tmp_path: Path) -> None:
    footage, truth = draw(tmp_path)
    assert footage.read_bytes() == drawn.footage.read_bytes()
    assert read_json(truth) == drawn.truth


def test_a_master_is_what_a_studio_delivers(drawn: Drawn) -> None:
    with av.open(str(drawn.masters[0])) as container:
        video, *sounds = container.streams
        assert [(one.codec_context.name, one.layout.name, one.sample_rate) for one in sounds] == [
            ("aac", "mono", 48000)
        ] * 2
        context = video.codec_context
        assert (context.name, context.pix_fmt, context.color_range, context.colorspace) == ("h264", "yuv420p", 1, 1)
        packets = [packet for packet in container.demux(video) if packet.pts is not None]
    assert {later.dts - one.dts for one, later in pairwise(packets)} == {packets[0].duration}
    assert sorted(packet.pts for packet in packets) == [i * packets[0].duration for i in range(len(packets))]
    assert [packet.pts for packet in packets] != sorted(packet.pts for packet in packets), "no B-frames"
    with av.open(str(drawn.masters[0])) as container:
        length, peak = 0, 0.0
        for frame in container.decode(audio=0):
            length, peak = length + frame.samples, max(peak, float(np.abs(frame.to_ndarray()).max()))
    assert abs(length / 48000 - SECONDS) < 0.05
    assert 0.05 < peak < 0.9


def test_footage_of_another_encoder_is_refused(drawn: Drawn, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="another encoder"):
        splice_demo_master(
            footage=drawn.footage, episode=EPISODE, title=TITLES[0], seed=SEED, seconds=SECONDS, width=480, height=270,
            master=tmp_path / "one.mov",
        )  # fmt: skip
    assert not list(tmp_path.iterdir())


def test_bible_and_transcripts_fit_the_shots(root: Path, tmp_path: Path) -> None:
    shipped = load_spec(root / "config" / "demo.yaml")
    paths = {episode: tmp_path / path for episode, path in demo_transcripts(shipped).items()}
    assert [path.name for path in paths.values()] == ["EP01.srt", "EP02.srt", "EP03.vtt", "EP04.json"]
    bible = tmp_path / "bible.json"
    write_demo_bible(
        show="Moss and Comet", season=1, titles=demo_titles(shipped), seed=SEED, seconds=80.0, bible=bible,
        subtitles=paths,
    )  # fmt: skip
    assert read_bible(bible, "Moss and Comet", 1)
    shots = read_json(bible)["shots"]
    for episode, path in paths.items():
        warnings: list[str] = []
        lines = read_transcript(path, warnings.append, shipped.sources.episodes[episode].speakers)
        assert warnings == []
        plan = plan_episode(episode, SEED, 80.0)
        planned = [line for shot in plan.shots for line in shot.lines]
        assert [str(line) for line in lines] == [f"{line.speaker}: {line.words}" for line in planned]
        assert [(line.start_s, line.end_s) for line in lines] == [(one.start / FPS, one.end / FPS) for one in planned]
        assert len(lines) >= 5
        for line in lines:
            start, end = line.start_s, line.end_s
            home = [one for one in shots if one["episode"] == episode and one["start_s"] <= start < end <= one["end_s"]]
            assert len(home) == 1 and line.speaker in home[0]["characters"]
        assert all(len(line.words) == len(line.text.split()) for line in lines) or path.suffix != ".json"


def test_the_labels_of_a_diariser_stand_for_all_who_speak() -> None:
    assert len(set(LABELS.values())) == len(LABELS)
    speakers = {speaker for story in STORIES for scene in story.scenes for speaker, _ in scene.lines}
    assert speakers <= set(LABELS)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["01", "02", "03", "04", "09"]), st.floats(20, 160))
def test_any_plan_tiles_the_episode(seed: int, episode: str, seconds: float) -> None:
    plan = plan_episode(episode, seed, seconds)
    check(episode_truth(plan), "demo_truth", "truth")
    edges = [plan.body, *(shot.end for shot in plan.shots)]
    assert [shot.start for shot in plan.shots] == edges[:-1] and edges[-1] == plan.credits
    assert all(25 <= shot.frames <= 225 for shot in plan.shots)
    assert [edge.frame for edge in plan.boundaries] == sorted({plan.opening, plan.title, *edges})
    assert all(one.end < other.start for one, other in pairwise(plan.boundaries))
    for first, last in plan.flashes:
        assert any(shot.start + 20 < first <= last < shot.end - 20 for shot in plan.shots)
    for shot in plan.shots:
        assert all(shot.start < line.start < line.end < shot.end for line in shot.lines)


@pytest.mark.parametrize("episode", ["01", "02", "03", "04"])
def test_an_episode_has_clips_enough(episode: str) -> None:
    plan = plan_episode(episode, SEED, 80.0)
    assert len([shot for shot in plan.shots if shot.frames >= 84 + 14]) + sum(s.frames > 180 for s in plan.shots) >= 8
    assert len([shot for shot in plan.shots if shot.frames >= 84]) >= 11
    assert any(shot.frames > 7 * FPS for shot in plan.shots) and any(shot.frames < 3 * FPS for shot in plan.shots)
    assert {edge.kind for edge in plan.boundaries} == {"cut", "dissolve", "fade"}
    assert len({shot.staging.location for shot in plan.shots}) >= 3
    assert len({shot.staging.camera.move for shot in plan.shots}) >= 3


def test_one_shot_comes_back_with_the_same_drawings() -> None:
    plan = plan_episode("01", SEED, 80.0)
    (again,) = [shot for shot in plan.shots if shot.repeat_of]
    before = plan.shots[(again.repeat_of or 0) - 1]
    one, other = Stage(before, 320, 180), Stage(again, 320, 180)
    for frame in (0, before.frames // 2, before.frames - 1):
        assert all(map(np.array_equal, one.picture(frame).planes, other.picture(frame).planes))
    assert before.staging.actors and not before.lines and not again.lines


def test_subtitles_are_numbered_from_one() -> None:
    text = episode_srt(plan_episode("02", SEED, 80.0))
    numbers = [int(block.split("\n")[0]) for block in text.strip().split("\n\n")]
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_stories_name_only_what_the_show_has() -> None:
    for story in STORIES:
        for scene in story.scenes:
            assert scene.location in LOCATIONS
            assert {speaker for speaker, _ in scene.lines} <= set(scene.cast)
            assert all(character(name).outfit_at(scene.location) in character(name).outfits for name in scene.cast)


def spec(pattern: str) -> Spec:
    episodes = {"02": Episode(title="COLD FEET"), "01": Episode(title=TITLES[0], alternate_title=TITLES[1])}
    sources = Sources(folder="delivery", rights="licensed", masters=pattern, episodes=episodes)
    return Spec(project="demo", show="Moss and Comet", demo=Demo(), sources=sources)


def test_masters_follow_the_pattern_of_the_spec() -> None:
    assert demo_masters(spec("masters/Moss_EP{episode}_{title}.mov")) == {
        "Moss_EP01_THE_LANTERN_RIDDLE": ("01", "THE LANTERN RIDDLE"),
        "Moss_EP01_FOLLOW_THE_GLOW": ("01", "FOLLOW THE GLOW"),
        "Moss_EP02_COLD_FEET": ("02", "COLD FEET"),
    }
    assert list(demo_titles(spec("masters/{title}.mov"))) == ["01", "02"]
    with pytest.raises(ValueError, match="draws masters/NAME"):
        demo_masters(spec("{episode}_{title}.mp4"))


def test_transcripts_follow_the_pattern_of_the_spec() -> None:
    def transcripts(pattern: str | None) -> list[str]:
        given = spec("masters/{title}.mov")
        sources = given.sources.model_copy(update={"subtitles": pattern})
        return list(demo_transcripts(given.model_copy(update={"sources": sources})).values())

    assert transcripts("said/EP{episode}.vtt") == ["said/EP01.vtt", "said/EP02.vtt"]
    assert transcripts("EP{episode}.*") == ["EP01.srt", "EP02.srt"]
    assert transcripts(None) == []
    with pytest.raises(ValueError, match=r"the demo writes .srt, .vtt and .json"):
        transcripts("EP{episode}.ass")
