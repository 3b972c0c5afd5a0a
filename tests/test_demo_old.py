"""The demo's old material: clips that show what their truth says, rows and a bible as a video site would leave them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelwright.demo.footage import draw_demo_footage
from reelwright.demo.oldclips import cut_demo_old_clips
from reelwright.demo.oldmaterial import FOREIGN, FRAME_ONLY, demo_old_material, old_clips, old_episodes
from reelwright.demo.oldseason import LONGEST, old_bible, old_manifest, old_truth, plan_old_clips
from reelwright.demo.plan import FPS, plan_episode
from reelwright.demo.splice import splice_demo_master
from reelwright.digest import file_sha256
from reelwright.files import check, read_json, write_json
from reelwright.outcome import Record
from reelwright.reference.numbering import Production, map_numbering
from reelwright.reference.seeds import old_labels
from reelwright.spec.load import load_spec
from reelwright.spec.reference import Reference

SHOW, SEED, SECONDS, WIDTH, HEIGHT = "Moss and Comet", 7, 30.0, 320, 180
TITLES = {"01": ["THE LANTERN RIDDLE", "FOLLOW THE GLOW"]}


@dataclass(frozen=True)
class Drawn:
    """A small episode, its old clips and where they were cut from."""

    folder: Path
    master: Path
    truth: list[dict[str, Any]]

    def clip(self, name: str) -> Path:
        return self.folder / "clips" / name


def cut(folder: Path, master: Path) -> list[dict[str, Any]]:
    names = old_clips(list(TITLES))
    cut_demo_old_clips(
        masters={"01": master}, titles=TITLES, show=SHOW, season=1, seed=SEED, seconds=SECONDS,
        clips={name: folder / "clips" / f"{name}.mp4" for name in names if name != FRAME_ONLY},
        first_frames={name: folder / "first_frames" / f"{name}.png" for name in names},
        bible=folder / "master-index.json", manifest=folder / "manifest.json", truth=folder / "truth.json",
    )  # fmt: skip
    truth: list[dict[str, Any]] = read_json(folder / "truth.json")
    return truth


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    folder = tmp_path_factory.mktemp("old")
    size = {"seed": SEED, "seconds": SECONDS, "width": WIDTH, "height": HEIGHT}
    footage, master = folder / "footage.mov", folder / "master.mov"
    draw_demo_footage(episode="01", show=SHOW, footage=footage, truth=folder / "ep01.json", **size)  # type: ignore[arg-type]
    splice_demo_master(footage=footage, episode="01", title=TITLES["01"][0], master=master, **size)  # type: ignore[arg-type]
    return Drawn(folder, master, cut(folder, master))


def lumas(path: Path) -> np.ndarray:
    """The luma of all frames at 160 x 90, shape (frames, 90, 160)."""
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    return np.stack([cv2.resize(one, (160, 90), interpolation=cv2.INTER_AREA) for one in frames]).astype(np.int16)


def undressed(luma: np.ndarray, entry: dict[str, Any]) -> tuple[np.ndarray, slice]:
    """Frames without bars, and the columns that no logo covers."""
    if entry["bars"]:
        assert luma[:, :, :19].max() < 24 and luma[:, :, -19:].max() < 24, "black bars at both sides"
        inner = [cv2.resize(one[:, 20:140].astype(np.uint8), (160, 90)) for one in luma]
        luma = np.stack(inner).astype(np.int16)
    return luma, slice(0, 120 if entry["logo"] else 160)


@pytest.mark.slow
def test_each_clip_shows_the_frames_that_its_truth_says(drawn: Drawn) -> None:
    master = lumas(drawn.master)
    located = [entry for entry in drawn.truth if entry["production_episode"] == "01"]
    assert len(located) == 4
    for entry in located:
        name = entry["clip"]
        if name == f"{FRAME_ONLY}.mp4":
            assert not drawn.clip(name).exists()
            picture = cv2.imread(str(drawn.folder / "first_frames" / f"{FRAME_ONLY}.png"), cv2.IMREAD_GRAYSCALE)
            first, part = undressed(cv2.resize(picture, (160, 90))[None].astype(np.int16), entry)
            assert np.abs(first[0] - master[entry["start_frame"]])[:, part].mean() < 24, "a PNG is full range"
            continue
        luma, part = undressed(lumas(drawn.clip(name)), entry)
        assert len(luma) == entry["frames"]
        at = np.array([int((k + Fraction(1, 2)) * Fraction(entry["speed"])) for k in range(len(luma))])
        assert entry["start_frame"] + at[-1] + 1 == entry["end_frame"]
        errors = {
            shift: float(np.abs(luma - master[entry["start_frame"] + at + shift])[:, :, part].mean())
            for shift in range(-4, 5)
        }
        assert errors[0] < 6 and errors[0] == min(errors.values()), (name, errors)


@pytest.mark.slow
def test_what_the_site_did_to_its_clips_can_be_seen(drawn: Drawn) -> None:
    for entry in drawn.truth:
        path = drawn.folder / "first_frames" / f"{Path(entry['clip']).stem}.png"
        picture = cv2.imread(str(path))
        assert picture is not None and picture.shape == (360, 640, 3)
        inner = 80 if entry["bars"] else 0
        plate = picture[14:20, 640 - inner - 70 : 640 - inner - 20].astype(int).mean((0, 1))
        assert (plate[2] - plate[:2].max() > 100) == entry["logo"], path.name
    looks = {(entry["logo"], entry["bars"], entry["speed"]) for entry in drawn.truth}
    plain = (False, False, "1/1")
    assert looks == {plain, (True, False, "1/1"), (False, True, "1/1"), (False, False, "101/100")}


@pytest.mark.slow
def test_clips_are_small_and_come_out_the_same_every_time(drawn: Drawn, tmp_path: Path) -> None:
    assert cut(tmp_path, drawn.master) == drawn.truth
    for entry in drawn.truth:
        if entry["clip"] == f"{FRAME_ONLY}.mp4":
            continue
        path = drawn.clip(entry["clip"])
        assert file_sha256(path) == file_sha256(tmp_path / "clips" / entry["clip"])
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            assert (stream.codec_context.width, stream.codec_context.height, stream.average_rate) == (640, 360, FPS)
        assert path.stat().st_size * 8 / (entry["frames"] / FPS) < 600_000, "bits a second"


@pytest.mark.slow
def test_the_foreign_clip_is_in_no_master(drawn: Drawn) -> None:
    (entry,) = [one for one in drawn.truth if one["production_episode"] is None]
    assert entry["clip"] == f"{FOREIGN}.mp4" and entry["start_frame"] is None
    foreign, master = lumas(drawn.clip(entry["clip"])), lumas(drawn.master)
    for one in foreign[:: len(foreign) // 8]:
        assert np.abs(one - master).mean((1, 2)).min() > 12


@pytest.mark.slow
def test_rows_are_in_the_old_form_and_fit_the_plan(drawn: Drawn) -> None:
    rows = {row["clip"]: row for row in read_json(drawn.folder / "manifest.json")}
    assert list(rows) == [entry["clip"] for entry in drawn.truth]
    shots = plan_episode("01", SEED, SECONDS).shots
    for entry in drawn.truth:
        row = rows[entry["clip"]]
        assert list(row) == [
            "clip", "duration", "episode_id", "shot_id", "characters", "outfits", "location", "scene_type", "transcript",
            "structured_caption", "story_context", "caption",
        ]  # fmt: skip
        assert row["duration"] == round(entry["frames"] / FPS, 3) and row["caption"] == ""
        assert old_labels(row)["caption"] == row["structured_caption"]
        if entry["production_episode"]:
            (shot,) = [one for one in shots if one.start <= entry["start_frame"] < entry["end_frame"] <= one.end]
            assert row["characters"] == [actor.name for actor in shot.staging.actors]
            assert row["location"] == shot.staging.location


def shipped_titles(root: Path) -> dict[str, list[str]]:
    episodes = load_spec(root / "config" / "demo.yaml").sources.episodes
    return {number: [one.title, one.alternate_title or ""] for number, one in sorted(episodes.items())}


def test_the_site_s_numbers_are_wrong_and_its_names_map(root: Path, tmp_path: Path) -> None:
    titles = shipped_titles(root)
    bible, manifest, record = (
        tmp_path / "b.json",
        tmp_path / "m.json",
        Record("map_numbering", "x", tmp_path / "o.json"),
    )
    write_json(bible, old_bible(SHOW, 1, titles))
    write_json(manifest, old_manifest(SHOW, plan_old_clips(list(titles), SEED, 80.0), SEED))
    map_numbering(
        tmp_path / "n.json", tmp_path / "rb.json", record, show=SHOW, bible=bible, manifest=manifest,
        productions={number: Production(names) for number, names in titles.items()}, decisions=tmp_path / "none.csv",
    )  # fmt: skip
    found = read_json(tmp_path / "n.json")
    mapped = {one["episode_names"][0]: (one["episode_id"], one["production_episode"]) for one in found["episodes"]}
    assert mapped == {
        "Hiccups On The": ("S1E01", "03"), "Follow The Glow": ("S1E02", "01"), "Cold Feet": ("S1E03", "02"),
    }  # fmt: skip
    assert {one["episode_id"]: one["production_episode"] for one in found["episodes"]} == old_episodes(list(titles))
    assert found["new"] == ["04"] and len(found["by_number"]) == 3
    assert read_json(record.path)["warnings"] == []


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.floats(20, 160), st.sets(st.sampled_from(["01", "02", "03", "04", "09"]), min_size=1))
def test_any_plan_has_its_clips(seed: int, seconds: float, episodes: set[str]) -> None:
    clips = plan_old_clips(sorted(episodes), seed, seconds)
    least = 10 if seconds >= 60 else 0  # an episode of 20 s may have no longer shots
    assert [clip.name for clip in clips] == list(old_clips(sorted(episodes)))
    check(old_truth(clips), "demo_old_truth", "truth")
    for clip in clips:
        assert clip.shot.start < clip.start < clip.end < clip.shot.end
        assert least < len(clip.shown) <= LONGEST
        shown = range(clip.start, clip.end)
        assert not [edge for edge in clip.plan.boundaries if edge.end >= shown[0] and edge.start <= shown[-1]]
    rows = old_manifest(SHOW, clips, seed)
    assert {row["episode_id"] for row in rows} == set(old_episodes(sorted(episodes)))


def test_the_shipped_clips_last_three_to_five_seconds(root: Path) -> None:
    clips = plan_old_clips(list(shipped_titles(root)), SEED, 80.0)
    assert len(clips) == 13
    assert all(75 <= len(clip.shown) <= LONGEST for clip in clips)
    looks = [clip.look for clip in clips]
    assert sum(one.logo for one in looks) >= 2 and sum(one.bars for one in looks) >= 2
    assert sum(one.speed > 1 for one in looks) >= 2


def test_it_lies_where_the_spec_says_or_is_refused(root: Path) -> None:
    spec = load_spec(root / "config" / "demo.yaml")
    found = demo_old_material(spec)
    assert spec.reference is not None
    assert (len(found.clips), len(found.first_frames)) == (12, 13)
    assert {Path(one).parent for one in found.clips} == {Path(str(spec.reference.clips))}
    assert demo_old_material(spec.model_copy(update={"reference": None})) == found, "nothing asks for it then"
    assert demo_old_material(spec.model_copy(update={"reference": Reference(manifest=found.manifest)})) == found
    with pytest.raises(ValueError, match=r"reference.bible is 'mine.json': the demo draws .*old/master-index.json"):
        demo_old_material(spec.model_copy(update={"reference": Reference(bible="mine.json")}))
