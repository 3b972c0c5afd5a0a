"""What is held out, by a real Snakemake: copies of it planted among the clips to train on are dropped and named."""

from __future__ import annotations

import itertools
import re
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from copies import Copy
from season import LENGTHS, build, jobs, season

from footage import painted, write_film
from reelwright.digest import file_sha256
from reelwright.files import check, read_json, read_jsonl

pytestmark = pytest.mark.slow

HELD_OUT = ["03", {"episode": "01", "start_s": 11.0, "end_s": 13.0}]
"""An episode, and two seconds within the shot of frames 260 to 360 of another."""

PLANTED = 2
"""Number of the shot of episode 02 that is none of its own."""

STARTS = {episode: np.cumsum([0, *LENGTHS[episode - 1 :], *LENGTHS[: episode - 1]]).tolist() for episode in (1, 2, 3)}
"""First frame of each shot, as ``season`` draws them; shot k of episode n is painted as number 10 n + k."""


def plant(master: Path) -> None:
    """Draw episode 02 again with a shot of episode 03 in it: mirrored, cropped, small and badly compressed."""
    starts = STARTS[2]
    frames = []
    for shot, (start, end) in enumerate(itertools.pairwise(starts)):
        for frame in range(end - start):
            if shot == PLANTED:
                small = Copy(width=240, height=136, mirror=True, crop=0.03).paint(painted(30 + 3, frame))
                jpeg = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 40])[1]
                frames.append(cv2.resize(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), (320, 180)))
            else:
                frames.append(painted(20 + shot, frame))
    write_film(master, frames, options={"g": "50"})


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    """A season with an episode, a stretch and a picture held out, and a copy of each planted; the jobs it took."""
    folder = tmp_path_factory.mktemp("holdout")
    evaluation = {"holdout": HELD_OUT, "pictures": ["faces"]}
    spec = season(folder, evaluation=evaluation, reference={"clips": "old"})
    plant(folder / "delivery" / "masters" / "Show_EP02_TWO.mov")
    (folder / "faces").mkdir()
    cv2.imwrite(str(folder / "faces" / "disc.jpg"), Copy(width=320, height=180, logo=0.16).paint(painted(11, 40)))
    (folder / "faces" / "notes.txt").write_text("no picture")
    for name, shot in (("trained", 21), ("held", 31)):
        write_film(folder / "old" / f"{name}.mp4", [painted(shot, frame) for frame in range(10, 70)])
    run = build(spec)
    assert run.returncode == 0, run.stdout
    return spec, jobs(run.stdout)


@pytest.fixture
def copy(built: tuple[Path, dict[str, int]], tmp_path: Path) -> Path:
    """A copy of the built season to change."""
    shutil.copytree(built[0].parent, tmp_path / "copy", symlinks=True)
    return tmp_path / "copy" / "tiny.yaml"


def results(spec: Path) -> Path:
    return spec.parent / "results" / "tiny"


def change(spec: Path, **evaluation: object) -> None:
    data = yaml.safe_load(spec.read_text())
    data["evaluation"] |= evaluation
    spec.write_text(yaml.safe_dump(data))


def clip_of(spec: Path, episode: str, shot: int) -> str:
    """The one clip of a shot."""
    rows = read_jsonl(results(spec) / "clips" / f"ep{episode}.jsonl")
    (clip,) = [row["clip_id"] for row in rows if row["kept"] and row["shot"] == shot]
    return str(clip)


def test_the_holdout_names_frames_and_files(built: tuple[Path, dict[str, int]]) -> None:
    spec, ran = built
    assert (ran["list_holdout"], ran["list_leaks"], ran["cut_clips"]) == (1, 2, 3)
    said = read_json(results(spec) / "evaluation" / "holdout.json")
    whole, stretch = said["held"]
    probe = read_json(results(spec) / "sources" / "probe" / "ep03.three.json")
    assert (whole["key"], whole["whole"], whole["source_id"]) == ("evaluation.holdout.0", True, "ep03.three")
    assert (whole["start_frame"], whole["end_frame"]) == (0, 600)
    assert whole["source_sha256"] == probe["sha256"]
    assert (stretch["episode"], stretch["start_frame"], stretch["end_frame"]) == ("01", 275, 325)
    assert (stretch["start_s"], stretch["end_s"]) == (11.0, 13.0)
    (picture,) = said["pictures"]
    assert (picture["path"], picture["width"], picture["height"]) == ("faces/disc.jpg", 320, 180)
    assert said["missing"] == []


def test_each_planted_copy_is_found_and_named_and_nothing_else(built: tuple[Path, dict[str, int]]) -> None:
    spec = built[0]
    (first,) = read_jsonl(results(spec) / "evaluation" / "leaks" / "ep01.jsonl")
    assert (first["row"], first["guarded"]) == (clip_of(spec, "01", 1), "faces/disc.jpg")
    assert first["guarded_frame"] is None and not first["mirrored"]
    (second,) = read_jsonl(results(spec) / "evaluation" / "leaks" / "ep02.jsonl")
    assert (second["row"], second["guarded"]) == (clip_of(spec, "02", PLANTED), "ep03.three")
    assert second["mirrored"]
    within = second["row_frame"] - STARTS[2][PLANTED], second["guarded_frame"] - STARTS[3][3]
    assert abs(within[0] - within[1]) <= 3
    for row in (first, second):
        check(row, "leak", "leaks")


def test_rows_are_chosen_after_what_is_held_out_is_gone(built: tuple[Path, dict[str, int]]) -> None:
    spec = built[0]
    summary = read_json(results(spec) / "packages" / "smoke" / "summary.json")
    assert summary["drops"] == {"holdout": 1, "leak": 2}
    assert {episode: one["eligible"] for episode, one in summary["episodes"].items()} == {"01": 3, "02": 3}
    assert summary["rows"] == 4
    reasons = {drop["clip_id"]: drop["reason"] for drop in summary["dropped"]}
    held, copied = clip_of(spec, "01", 3), clip_of(spec, "02", PLANTED)
    assert reasons[held] == f"holdout: {held} shows frames that are held out"
    said = rf"leak: {copied} nearly copies frame \d+ of ep03\.three \(differs \d\.\d %, mirrored\)"
    assert re.fullmatch(said, reasons[copied])
    assert "nearly copies the picture faces/disc.jpg (differs " in reasons[clip_of(spec, "01", 1)]
    report = read_json(results(spec) / "packages" / "smoke" / "preflight.json")
    # Head, tail and shots of 60 frames leave 5, 4 and 3 clips.
    assert {"name": "leaks", "passed": True, "problems": []} in report["checks"]


def test_the_manifest_gives_each_clip_its_split(built: tuple[Path, dict[str, int]]) -> None:
    spec = built[0]
    splits = {row["clip_id"]: row["split"] for row in read_jsonl(results(spec) / "manifest.jsonl")}
    assert [clip for clip in splits if splits[clip] == "holdout" and clip.startswith("ep01")] == [
        clip_of(spec, "01", 3)
    ]
    assert {split for clip, split in splits.items() if clip.startswith("ep02")} == {"train"}
    # Episode 03 is held out whole, so that items can be made of its clips; of the stretch's clip half is guarded by nobody.
    assert {split for clip, split in splits.items() if clip.startswith("ep03")} == {"eval"}
    assert read_json(results(spec) / "manifest.json")["splits"] == {"eval": 3, "holdout": 1, "train": 8}


def test_sets_are_made_of_what_is_held_out_whole_and_say_what_is_missing(built: tuple[Path, dict[str, int]]) -> None:
    spec, ran = built
    assert (ran["build_evaluation"], ran["export_prompts"], ran["list_benchmark"]) == (1, 1, 1)
    folder = results(spec) / "evaluation"
    rows = read_jsonl(folder / "motion.jsonl")
    assert {row["span"]["clip_id"][:4] for row in rows} == {"ep03"} and len(rows) == 3
    for row in rows:
        check(row, "evaluation_item", "motion")
        for medium in row["media"]:
            assert file_sha256(results(spec) / medium["path"]) == medium["sha256"]
    said = read_json(folder / "sets.json")
    assert said["sets"]["identity"]["missing"].endswith("anchors: the spec has no part identity")
    assert said["clips"] == sorted(row["span"]["clip_id"] for row in rows)
    assert (folder / "prompts" / "smoke" / "diffsynth.json").exists()


def test_old_clips_are_a_benchmark_that_says_who_has_seen_them(built: tuple[Path, dict[str, int]]) -> None:
    rows = read_jsonl(results(built[0]) / "evaluation" / "reference.jsonl")
    seen = {row["clip"]: row["seen"] for row in read_jsonl(results(built[0]) / "packages" / "smoke" / "seen.jsonl")}
    assert {row["media"][0]["path"]: row["labels"]["seen"] for row in rows} == {
        clip: {"smoke": value} for clip, value in seen.items()
    }


def test_other_sizes_make_the_sets_anew_and_no_package(copy: Path) -> None:
    change(copy, sets={"motion": {"size": 2}})
    run = build(copy)
    assert run.returncode == 0, run.stdout
    assert set(jobs(run.stdout)) == {"build_evaluation", "build_manifest", "export_prompts", "write_report", "all"}
    assert read_json(results(copy) / "manifest.json")["splits"] == {"eval": 2, "holdout": 2, "train": 8}


def test_a_strict_minimum_that_is_not_met_fails_the_build_and_not_the_packages(copy: Path) -> None:
    change(copy, sets={"strict": True, "motion": {"minimum": 9}, "identity": {"minimum": 0}})
    run = build(copy)
    assert run.returncode == 1
    failed = [line for line in run.stdout.splitlines() if line.startswith("FAILED")]
    assert failed[-1] == (
        "FAILED build_evaluation motion: evaluation.sets.motion.minimum is 9, and 3 items could be made of 3 candidates: "
        "it needs usable held-out clips whose camera was measured"
    )
    assert read_json(results(copy) / "packages" / "smoke" / "preflight.json")["passed"] is True


def test_old_clips_are_seen_by_a_package_that_trains_on_their_frames(built: tuple[Path, dict[str, int]]) -> None:
    spec, ran = built
    package = results(spec) / "packages" / "smoke"
    held, trained = read_jsonl(package / "seen.jsonl")
    assert ran["list_seen"] == 1
    assert held == {"clip": "held.mp4", "seen": False, "rows": []}
    places = {one["clip"]: one for one in read_json(results(spec) / "sources" / "reference.json")["clips"]}
    old = places["trained.mp4"]
    assert (places["held.mp4"]["source_id"], old["source_id"]) == ("ep03.three", "ep02.two")
    showing = [
        row["clip_id"]
        for row in read_json(package / "PROVENANCE.json")["rows"]
        if row["episode"] == "02" and set(row["frames_taken"]) & set(range(old["start_frame"], old["end_frame"]))
    ]
    assert trained == {"clip": "trained.mp4", "seen": bool(showing), "rows": showing}


def test_a_change_of_what_is_held_out_cuts_and_captions_nothing_anew(copy: Path) -> None:
    assert "Nothing to be done" in build(copy).stdout
    change(copy, pictures=[])
    run = build(copy)
    assert run.returncode == 0, run.stdout
    behind = {"build_package", "preflight_package", "list_seen", "write_report", "all"}
    sets = {"build_evaluation", "build_manifest", "export_prompts", "list_benchmark"}
    assert set(jobs(run.stdout)) == {"list_holdout", "list_leaks", *sets, *behind}
    assert read_jsonl(results(copy) / "evaluation" / "leaks" / "ep01.jsonl") == []
    assert read_json(results(copy) / "packages" / "smoke" / "summary.json")["drops"] == {"holdout": 1, "leak": 1}


def test_a_balance_that_the_drops_break_says_what_was_dropped(copy: Path) -> None:
    spec = yaml.safe_load(copy.read_text())
    spec["packages"]["smoke"]["rows_per_episode"] = 4
    copy.write_text(yaml.safe_dump(spec))
    run = build(copy)
    assert run.returncode == 1
    words = "episode 01: 3 rows (5 clips, 5 usable, 1 of them held out, 1 of them copies of what is held out)"
    assert words in run.stdout


def test_a_picture_that_can_t_be_read_and_an_empty_folder_stop_the_packages_by_name(copy: Path) -> None:
    (copy.parent / "faces" / "torn.png").write_bytes(b"no picture")
    (copy.parent / "none").mkdir()
    change(copy, pictures=["faces", "none", "nowhere"])
    run = build(copy)
    assert run.returncode == 1
    assert "Traceback" not in run.stdout
    failed = [line for line in run.stdout.splitlines() if line.startswith("FAILED")]
    assert failed == [
        "FAILED list_holdout evaluation.pictures.0: faces/torn.png: no picture of it can be decoded",
        "FAILED list_holdout evaluation.pictures.1: none has no picture in it: expected png, jpg, jpeg, webp",
        "FAILED list_holdout evaluation.pictures.2: nowhere is no folder: expected png, jpg, jpeg, webp",
    ]
    assert "package smoke needs episodes that failed:" in run.stdout
    assert read_json(results(copy) / "manifest.json")["clips"] == 12, "the rest is built"
    (copy.parent / "faces" / "torn.png").unlink()
    change(copy, pictures=["faces"])
    mended = build(copy)
    assert mended.returncode == 0, mended.stdout
    assert read_json(results(copy) / "packages" / "smoke" / "preflight.json")["passed"] is True


def test_a_held_out_episode_that_is_missing_stops_the_packages_by_name(copy: Path) -> None:
    (copy.parent / "delivery" / "masters" / "Show_EP03_THREE.mov").unlink()
    run = build(copy)
    assert run.returncode == 1
    assert "FAILED list_holdout evaluation.holdout.0: episode 03: probe_master ep03.three:" in run.stdout
    assert "package smoke needs episodes that failed:" in run.stdout


def test_stretches_that_leave_nothing_to_train_on_are_refused(copy: Path) -> None:
    change(copy, holdout=["03", {"episode": "01", "start_s": 0.0}, {"episode": "02", "end_s": 100.0}])
    spec = yaml.safe_load(copy.read_text())
    del spec["packages"]["smoke"]["rows_per_episode"]
    copy.write_text(yaml.safe_dump(spec))
    run = build(copy)
    assert run.returncode == 1
    assert "package smoke would have no rows:" in run.stdout
    assert "episode 01: 0 rows (5 clips, 5 usable, 5 of them held out)" in run.stdout
