"""The guard on disk: what is held out by frames and files, and a copy that is left in a package's media."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scans import measure

from footage import painted, write_film
from package_inputs import SIZE, Part, clip_id, episode_input, package
from reelwright.digest import file_sha256
from reelwright.errors import BuildError
from reelwright.evaluation.guard import EpisodeInputs, Guard, covered, guarded_footage, list_leaks
from reelwright.evaluation.holdout import HeldMaster, list_holdout
from reelwright.files import read_json, read_jsonl, write_json, write_jsonl
from reelwright.outcome import Record, attempt
from reelwright.packages.build import build_package
from reelwright.packages.preflight import preflight_package
from reelwright.packages.seen import list_seen
from reelwright.packages.select import EpisodeInput, select_rows
from reelwright.reference.material import PICTURE_SUFFIXES, listed_files
from reelwright.sources.probe import probe_master
from reelwright.spec.evaluation import Evaluation, Held
from reelwright.spec.model import Package

FRAMES = 130
SHOT = 20
"""Frames of each shot of the held-out film. Episode NN of the others is one shot, painted as number NN, whose disc comes back
after 100 frames."""

PARTS = [Part(0, 45), Part(50, 95)]
"""Clips of each of them: in the second, the disc is nowhere near its place in the first 20 frames."""


@dataclass(frozen=True)
class Held20:
    """A held-out episode 20 of four shots: its own, one of episode 01 mirrored, one of episode 02, its own."""

    folder: Path

    def master(self) -> HeldMaster:
        names = ("probe20.json", "held.npz", "held.json", "scanned.json")
        return HeldMaster("ep20.film", *(self.folder / name for name in names))

    def guard(self, **evaluation: object) -> Guard:
        """What is guarded where the spec says so."""
        settings = Evaluation.model_validate(evaluation)
        folders = {folder: listed_files(folder, PICTURE_SUFFIXES) for folder in settings.pictures}
        out, stills = self.folder / "holdout.json", self.folder / "pictures.npz"
        record = Record("list_holdout", "holdout", self.folder / "outcomes" / "holdout.json")
        list_holdout({"20": self.master()}, folders, out, stills, record, settings=settings)
        return Guard(out, stills, {"ep20.film": (self.master().scan, self.master().header)})


def scanned(film: Path, scan: Path, header: Path) -> None:
    """The scan of a film and of its header what the guard reads."""
    measure(film, scan)
    write_json(header, {"source_sha256": file_sha256(film), "time_base": "1/12800"})


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("guard")
    shots = [(90, False), (1, True), (2, False), (91, False)]
    pictures = [
        painted(shot, frame, *SIZE)[:, :: -1 if mirror else 1] for shot, mirror in shots for frame in range(SHOT)
    ]
    film = write_film(folder / "film.mp4", pictures)
    scanned(film, folder / "held.npz", folder / "held.json")
    record = Record("probe_master", "ep20.film", folder / "probed.json")
    probe_master(film, folder / "probe20.json", record, episode="20", title="Film", relative=film.name, problem=None)
    with attempt(Record("scan_source", "ep20.film", folder / "scanned.json"), []):
        pass
    return folder


@pytest.fixture
def held(drawn: Path, tmp_path: Path) -> Held20:
    shutil.copytree(drawn, tmp_path / "held")
    return Held20(tmp_path / "held")


@pytest.fixture(scope="module")
def episodes(tmp_path_factory: pytest.TempPathFactory) -> list[EpisodeInput]:
    folder = tmp_path_factory.mktemp("inputs")
    made = [episode_input(folder, episode, PARTS, frames=FRAMES) for episode in ("01", "02", "03")]
    for one in made:
        scanned(one.master, folder / f"{one.episode}.npz", folder / f"{one.episode}.json")
    return made


def leaks_of(episode: EpisodeInput, guard: Guard, out: Path, *own: Held) -> list[dict[str, object]]:
    folder = episode.probe.parent
    inputs = EpisodeInputs(
        episode.clips, episode.quality, folder / f"{episode.episode}.npz", folder / f"{episode.episode}.json",
        episode.outcomes[1:3],
    )  # fmt: skip
    record = Record("list_leaks", f"ep{episode.episode}", out.with_suffix(".outcome.json"))
    list_leaks(inputs, guard, out, record, held=own)
    return read_jsonl(out)


def test_stretches_are_frames_on_screen(held: Held20) -> None:
    stretches = [{"episode": "20", "start_s": 1.99, "end_s": 2.01}, {"episode": "20", "start_s": 2.0}, "20"]
    said = read_json(held.guard(holdout=stretches).holdout)
    spans = [(one["start_frame"], one["end_frame"], one["start_s"], one["end_s"]) for one in said["held"]]
    # At 1.99 s frame 49 is still on screen, and frame 50 has come at 2.01 s.
    assert spans == [(49, 51, 1.96, 2.04), (50, 80, 2.0, 3.2), (0, 80, 0.0, 3.2)]
    assert [one["whole"] for one in said["held"]] == [False, False, True]


@given(st.floats(0, 6.3), st.floats(0.01, 3), st.integers(0, 158), st.integers(1, 40))
def test_a_clip_is_held_out_where_it_shares_a_frame(start_s: float, length: float, first: int, frames: int) -> None:
    from reelwright.evaluation.holdout import _frames

    one, times = Held(episode="20", start_s=start_s, end_s=start_s + length), np.arange(160) / 25
    start, end = _frames(one, times, 0.04)
    last = min(160, first + frames)
    assert one.overlaps(first / 25, last / 25) == (first < end and start < last)


def test_a_stretch_after_the_end_is_missing_and_no_package_is_built(
    held: Held20, episodes: list[EpisodeInput], tmp_path: Path
) -> None:
    guard = held.guard(holdout=["20", {"episode": "20", "start_s": 7.0, "end_s": 9.0}])
    (missing,) = read_json(guard.holdout)["missing"]
    assert missing == {
        "key": "evaluation.holdout.1",
        "reason": "episode 20: begins at 7 s, after the episode's end at 3.20 s",
    }
    assert leaks_of(episodes[0], guard, tmp_path / "leaks.jsonl") == []
    outcome = read_json(tmp_path / "leaks.outcome.json")
    assert outcome["error"]["message"] == f"list_holdout holdout: {missing['key']}: {missing['reason']}"


def test_clips_that_copy_a_stretch_are_listed_and_those_of_the_rest_are_not(
    held: Held20, episodes: list[EpisodeInput], tmp_path: Path
) -> None:
    whole = held.guard(holdout=["20"])
    found = {one.episode: leaks_of(one, whole, tmp_path / f"{one.episode}.jsonl") for one in episodes}
    assert {episode: [row["row"] for row in rows] for episode, rows in found.items()} == {
        "01": ["ep01_000000_000045"],
        "02": ["ep02_000000_000045"],
        "03": [],
    }
    (mirrored,), (plain,) = found["01"], found["02"]
    assert (mirrored["guarded"], mirrored["mirrored"], plain["mirrored"]) == ("ep20.film", True, False)
    assert SHOT <= mirrored["guarded_frame"] < 2 * SHOT <= plain["guarded_frame"] < 3 * SHOT  # type: ignore[operator]
    first = held.guard(holdout=[{"episode": "20", "end_s": SHOT / 25}])
    assert leaks_of(episodes[0], first, tmp_path / "first.jsonl") == []


def test_clips_of_the_stretch_itself_are_no_training_clips(
    held: Held20, episodes: list[EpisodeInput], tmp_path: Path
) -> None:
    own = Held(episode="01", start_s=1.0, end_s=1.2)
    assert leaks_of(episodes[0], held.guard(holdout=["20"]), tmp_path / "leaks.jsonl", own) == []


@pytest.mark.parametrize(
    ("aspect", "size", "window"),
    [
        (Fraction(16, 9), (832, 480), (0.0, 0.0, 0.0125, 0.0125)),
        (Fraction(16, 9), (480, 480), (0.0, 0.0, 0.21875, 0.21875)),
        (Fraction(4, 3), (1280, 720), (0.125, 0.125, 0.0, 0.0)),
        (Fraction(16, 9), (1280, 720), (0.0, 0.0, 0.0, 0.0)),
    ],
)
def test_media_shows_the_middle_of_a_picture(
    aspect: Fraction, size: tuple[int, int], window: tuple[float, float, float, float]
) -> None:
    found = covered(aspect, size)
    assert (found.top, found.bottom, found.left, found.right) == pytest.approx(window)


def test_memory_is_shared_by_the_pieces_of_a_stretch(held: Held20) -> None:
    pieces = guarded_footage(held.guard(holdout=["20"]))
    assert [(one.first, one.frames) for one in pieces] == [(0, 75), (75, 5)]
    assert all(one.cells.base is pieces[0].cells.base for one in pieces)


SQUARE = {"size": (176, 176), "caption_sources": ["vlm"]}


@pytest.fixture(params=[{}, SQUARE], ids=["as wide as the masters", "square"])
def built(request: pytest.FixtureRequest, episodes: list[EpisodeInput], tmp_path: Path) -> tuple[Path, Package]:
    """A package that was built without a guard."""
    settings = package(**request.param)
    build_package(
        tmp_path / "smoke", name="smoke", settings=settings, episodes=episodes, rights="licensed",
        store=tmp_path / "store", threads=2,
    )  # fmt: skip
    return tmp_path / "smoke", settings


@pytest.fixture
def preflight(built: tuple[Path, Package], episodes: list[EpisodeInput]) -> Callable[[Guard], None]:
    def run(guard: Guard) -> None:
        preflight_package(
            built[0], built[0] / "preflight.json", name="smoke", settings=built[1],
            episodes=[one.episode for one in episodes], probes=[one.probe for one in episodes], threads=2, guard=guard,
        )  # fmt: skip

    return run


def test_a_copy_that_is_left_in_the_media_is_an_error_that_names_both_sides(
    preflight: Callable[[Guard], None], held: Held20, built: tuple[Path, Package]
) -> None:
    with pytest.raises(BuildError) as caught:
        preflight(held.guard(holdout=["20"]))
    head, *problems = str(caught.value).splitlines()
    assert head == "package smoke fails its preflight, 2 problems:"
    for problem, clip, line in zip(problems, ("ep01_000000_000045", "ep02_000000_000045"), (1, 3), strict=True):
        assert f'metadata.jsonl: line {line} ({clip}): video is "media/{clip}.mp4": nothing held out, but ' in problem
        assert f"{clip} nearly copies frame " in problem and " of ep20.film (differs " in problem
    assert not (built[0] / "preflight.json").exists()


def test_a_copy_of_an_evaluation_picture_is_one_too_and_other_pictures_are_none(
    preflight: Callable[[Guard], None], held: Held20, built: tuple[Path, Package]
) -> None:
    faces = held.folder / "faces"
    faces.mkdir()
    cv2.imwrite(str(faces / "other.png"), painted(70, 20, *SIZE))
    preflight(held.guard(pictures=[str(faces)]))
    assert {"name": "leaks", "passed": True, "problems": []} in read_json(built[0] / "preflight.json")["checks"]
    cv2.imwrite(str(faces / "same.png"), painted(3, 80, *SIZE))
    with pytest.raises(BuildError, match=rf"ep03_000050_000095 nearly copies the picture {faces}/same\.png \(differs"):
        preflight(held.guard(pictures=[str(faces)]))


def test_a_dropped_clip_leaves_its_place_to_the_next(episodes: list[EpisodeInput], tmp_path: Path) -> None:
    first, second = (clip_id("01", part) for part in PARTS)
    leak = {"row": first, "guarded": "ep20.film", "row_frame": 3, "guarded_frame": 812, "differs": 0.0123}
    write_jsonl(tmp_path / "leaks.jsonl", [{**leak, "mirrored": False}], "leak")
    made = EpisodeInput(**{**vars(episodes[0]), "leaks": tmp_path / "leaks.jsonl"})
    (chosen,) = select_rows("smoke", package(rows_per_episode=1), [made])
    assert [row.clip.clip_id for row in chosen.rows] == [second]
    (drop,) = chosen.dropped
    assert (drop.kind, drop.reason) == ("leak", f"leak: {first} nearly copies frame 812 of ep20.film (differs 1.2 %)")
    own = EpisodeInput(**{**vars(made), "held": (Held(episode="01", start_s=3.0),)})
    with pytest.raises(BuildError, match=r"0 rows \(2 clips, 2 usable, 1 of them held out, 1 of them copies of what"):
        select_rows("smoke", package(rows_per_episode=1), [own])


def test_old_clips_are_seen_where_a_row_really_shows_them(built: tuple[Path, Package], tmp_path: Path) -> None:
    rows = read_json(built[0] / "PROVENANCE.json")["rows"]
    taken = rows[0]["frames_taken"]
    assert taken[-1] < rows[0]["end_frame"] - 5, "the row shows less than its clip has"
    spans = {"seen": (taken[-1], taken[-1] + 5), "unseen": (taken[-1] + 1, rows[0]["end_frame"])}
    old = [
        {
            "clip": name,
            "found": True,
            "source_sha256": rows[0]["source_sha256"],
            "start_frame": a,
            "end_frame": b,
            "others": [],
        }
        for name, (a, b) in spans.items()
    ]
    lost = {"clip": "lost", "found": False, "source_sha256": None, "start_frame": None, "end_frame": None, "others": []}
    write_json(tmp_path / "reference.json", {"clips": [*old, lost]})
    list_seen(tmp_path / "reference.json", built[0] / "PROVENANCE.json", tmp_path / "seen.jsonl")
    assert read_jsonl(tmp_path / "seen.jsonl") == [
        {"clip": "seen", "seen": True, "rows": [rows[0]["clip_id"]]},
        {"clip": "unseen", "seen": False, "rows": []},
        {"clip": "lost", "seen": None, "rows": []},
    ]
