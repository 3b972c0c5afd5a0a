"""Preflight: a built package passes, and each thing that can be wrong with one is refused by row, field and value."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from footage import painted, write_film
from package_inputs import SIZE, Part, episode_input, package
from reelwright.digest import file_sha256
from reelwright.errors import BuildError
from reelwright.files import check, read_json, read_jsonl, write_json, write_jsonl
from reelwright.packages.build import build_package
from reelwright.packages.preflight import preflight_package
from reelwright.packages.select import EpisodeInput
from reelwright.spec.selection import Balance

FIRST, SECOND, OTHER = "ep01_000000_000045", "ep01_000045_000090", "ep02_000000_000045"


@pytest.fixture(scope="module")
def episodes(tmp_path_factory: pytest.TempPathFactory) -> list[EpisodeInput]:
    folder = tmp_path_factory.mktemp("inputs")
    return [
        episode_input(folder, "01", [Part(0, 45), Part(45, 90)], frames=91),
        episode_input(folder, "02", [Part(0, 45), Part(45, 90, source="structured")], frames=91),
    ]


SETTINGS = package(caption_sources=["vlm", "structured"], rows_per_episode=2)


@pytest.fixture(scope="module")
def built(episodes: list[EpisodeInput], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("packages") / "smoke"
    store = out.parent / "store"
    build_package(out, name="smoke", settings=SETTINGS, episodes=episodes, rights="licensed", store=store, threads=2)
    return out


@pytest.fixture
def smoke(built: Path, tmp_path: Path) -> Path:
    """A copy of the package that a test may spoil."""
    return Path(shutil.copytree(built, tmp_path / "smoke"))


@pytest.fixture
def refusal(smoke: Path, episodes: list[EpisodeInput]) -> Callable[..., list[str]]:
    """Runs the preflight, which must fail without a report, and returns the problems it lists."""

    def run(**changed: Any) -> list[str]:
        report = smoke / "preflight.json"
        with pytest.raises(BuildError) as caught:
            preflight(smoke, episodes, **changed)
        assert not report.exists()
        head, *problems = str(caught.value).splitlines()
        assert head.startswith(f"package smoke fails its preflight, {len(problems)} problem")
        return [problem.strip() for problem in problems]

    return run


def preflight(smoke: Path, episodes: list[EpisodeInput], **changed: Any) -> None:
    settings = SETTINGS.model_copy(update=changed)
    preflight_package(
        smoke,
        smoke / "preflight.json",
        name="smoke",
        settings=settings,
        episodes=[one.episode for one in episodes],
        probes=[one.probe for one in episodes],
        threads=2,
    )


def edit(smoke: Path, line: int, **values: Any) -> None:
    """Change fields of one row of the metadata (lines count from 1)."""
    rows = read_jsonl(smoke / "metadata.jsonl")
    rows[line - 1].update(values)
    write_jsonl(smoke / "metadata.jsonl", rows)


def replace_media(smoke: Path, clip: str, count: int, rate: int = 16, size: tuple[int, int] = SIZE) -> None:
    """Put another real film in the place of a row's media, and let the provenance agree with it."""
    media = smoke / "media" / f"{clip}.mp4"
    media.unlink()
    write_film(media, [painted(7, number, *size) for number in range(count)], rate=Fraction(rate))
    provenance = read_json(smoke / "PROVENANCE.json")
    for row in provenance["rows"]:
        if row["clip_id"] == clip:
            row["media_sha256"] = file_sha256(media)
    write_json(smoke / "PROVENANCE.json", provenance)


def test_a_built_package_passes(smoke: Path, episodes: list[EpisodeInput], capsys: pytest.CaptureFixture[str]) -> None:
    preflight(smoke, episodes)
    report = read_json(smoke / "preflight.json")
    check(report, "preflight", "report")
    assert report["passed"] and report["rows"] == 4
    assert all(one["passed"] and not one["problems"] for one in report["checks"])
    assert len(report["launch"]) == 2 and all("--num_frames 25 " in command for command in report["launch"])
    printed = capsys.readouterr().err
    assert all(command in printed for command in report["launch"])


def test_media_that_was_replaced(smoke: Path, refusal: Callable[..., list[str]]) -> None:
    media = smoke / "media"
    (media / f"{FIRST}.mp4").unlink()
    shutil.copyfile(media / f"{SECOND}.mp4", media / f"{FIRST}.mp4")
    (problem,) = refusal()
    assert problem.startswith(
        f'metadata.jsonl: line 1 ({FIRST}): video is "media/{FIRST}.mp4": the file that was built'
    )


def test_too_few_frames(smoke: Path, refusal: Callable[..., list[str]]) -> None:
    replace_media(smoke, SECOND, 24)
    assert refusal() == [
        f"metadata.jsonl: line 2 ({SECOND}): frames in media/{SECOND}.mp4 is 24: expected num_frames, 25"
    ]


def test_wrong_rate(smoke: Path, refusal: Callable[..., list[str]]) -> None:
    replace_media(smoke, FIRST, 25, rate=25)
    assert refusal() == [f"metadata.jsonl: line 1 ({FIRST}): rate of media/{FIRST}.mp4 is 25.0: expected 16 fps"]


def test_variable_rate(smoke: Path, refusal: Callable[..., list[str]]) -> None:
    media = smoke / "media" / f"{FIRST}.mp4"
    media.unlink()
    times = [number * 100 + number % 2 * 30 for number in range(25)]
    write_film(media, [painted(1, one, *SIZE) for one in range(25)], pts=times, time_base=Fraction(1, 1600))
    problems = refusal()
    assert any(f'rate of media/{FIRST}.mp4 is "variable": expected 16 fps' in problem for problem in problems)


def test_wrong_dimensions(smoke: Path, refusal: Callable[..., list[str]]) -> None:
    replace_media(smoke, OTHER, 25, size=(160, 96))
    assert refusal() == [f'metadata.jsonl: line 3 ({OTHER}): size of media/{OTHER}.mp4 is "160x96": expected 320x176']


def test_corrupt_media(smoke: Path, refusal: Callable[..., list[str]]) -> None:
    media = smoke / "media" / f"{FIRST}.mp4"
    data = media.read_bytes()
    media.unlink()
    media.write_bytes(data[: len(data) // 3])
    assert any(f"line 1 ({FIRST}): video" in problem and "decoded" in problem for problem in refusal())


def test_blank_line(smoke: Path, refusal: Callable[..., list[str]]) -> None:
    metadata = smoke / "metadata.jsonl"
    metadata.write_text(metadata.read_text().replace("\n", "\n\n", 1))
    assert refusal() == ["metadata.jsonl: line 2 is blank: one JSON object a line: trainers crash here"]


def test_blank_line_at_the_end(smoke: Path, refusal: Callable[..., list[str]]) -> None:
    metadata = smoke / "metadata.jsonl"
    metadata.write_text(metadata.read_text() + "\n")
    assert refusal() == ["metadata.jsonl: line 5 is blank: one JSON object a line: trainers crash here"]


def test_line_that_is_no_json(smoke: Path, refusal: Callable[..., list[str]]) -> None:
    metadata = smoke / "metadata.jsonl"
    lines = metadata.read_text().splitlines()
    metadata.write_text("\n".join([lines[0], lines[1][:-5], *lines[2:]]) + "\n")
    problems = refusal()
    assert problems[0].startswith("metadata.jsonl: line 2 is ")
    assert f"media/{SECOND}.mp4: the file: no row of metadata.jsonl names it" in problems


def test_row_without_a_field(smoke: Path, refusal: Callable[..., list[str]]) -> None:
    rows = read_jsonl(smoke / "metadata.jsonl")
    del rows[3]["prompt"]
    write_jsonl(smoke / "metadata.jsonl", rows)
    assert "'prompt' is a required property" in refusal()[0]


def test_duplicate_row(smoke: Path, refusal: Callable[..., list[str]]) -> None:
    metadata = smoke / "metadata.jsonl"
    metadata.write_text(metadata.read_text() + metadata.read_text().splitlines()[0] + "\n")
    problems = refusal()
    assert f'metadata.jsonl: line 5 ({FIRST}): clip_id is "{FIRST}": no duplicate, but line 1 has the same' in problems
    assert "metadata.jsonl: rows of episode 01 is 3: expected 2" in problems


@pytest.mark.parametrize("video", ["../{0}.mp4", "media/../../{0}.mp4", "/tmp/{0}.mp4"])
def test_path_out_of_the_package(video: str, smoke: Path, refusal: Callable[..., list[str]]) -> None:
    video = video.format(FIRST)
    edit(smoke, 1, video=video)
    assert f'metadata.jsonl: line 1 ({FIRST}): video is "{video}": a relative path inside the package' in refusal()


def test_link_out_of_the_package(smoke: Path, refusal: Callable[..., list[str]]) -> None:
    media = smoke / "media" / f"{FIRST}.mp4"
    elsewhere = smoke.parent / "elsewhere.mp4"
    media.rename(elsewhere)
    media.symlink_to(elsewhere)
    assert f"line 1 ({FIRST}): video" in refusal()[0] and "not a link" in refusal()[0]


def test_missing_and_unclaimed_media(smoke: Path, refusal: Callable[..., list[str]]) -> None:
    (smoke / "media" / f"{FIRST}.mp4").rename(smoke / "media" / "stray.mp4")
    assert refusal() == [
        f'metadata.jsonl: line 1 ({FIRST}): video is "media/{FIRST}.mp4": a file that exists',
        "media/stray.mp4: the file: no row of metadata.jsonl names it",
    ]


def test_caption_of_a_source_that_is_not_taken(refusal: Callable[..., list[str]]) -> None:
    assert refusal(caption_sources=["vlm"]) == [
        'metadata.jsonl: line 4 (ep02_000045_000090): caption_source is "structured": expected one of: vlm'
    ]


@pytest.mark.parametrize("prompt", ["", "Something else."])
def test_prompt_that_was_changed(prompt: str, smoke: Path, refusal: Callable[..., list[str]]) -> None:
    edit(smoke, 2, prompt=prompt)
    shown = json.dumps(prompt)
    assert (
        f"metadata.jsonl: line 2 ({SECOND}): prompt is {shown}: the caption that the package was built with"
        in refusal()
    )


def test_empty_prompt(smoke: Path, refusal: Callable[..., list[str]]) -> None:
    edit(smoke, 2, prompt="  ")
    assert f'metadata.jsonl: line 2 ({SECOND}): prompt is "  ": text for the model to learn from' in refusal()


def test_caption_source_that_was_relabelled(smoke: Path, refusal: Callable[..., list[str]]) -> None:
    edit(smoke, 4, caption_source="vlm")
    (problem,) = refusal(caption_sources=["vlm"])
    assert problem.endswith('caption_source is "vlm": expected "structured", as in PROVENANCE.json')


def test_balance(smoke: Path, refusal: Callable[..., list[str]]) -> None:
    rows = read_jsonl(smoke / "metadata.jsonl")
    write_jsonl(smoke / "metadata.jsonl", rows[:1] + rows[2:])
    (smoke / "media" / f"{SECOND}.mp4").unlink()
    assert refusal() == [
        f"metadata.jsonl: clip_id: the row {SECOND} of the build is gone",
        "metadata.jsonl: rows of episode 01 is 1: expected 2",
    ]


def test_rows_that_were_asked_for(smoke: Path, refusal: Callable[..., list[str]]) -> None:
    rows = len(read_jsonl(smoke / "metadata.jsonl"))
    wanted: dict[str, Any] = {"rows_per_episode": None, "rows": rows + 1}
    assert refusal(**wanted) == [f"metadata.jsonl: rows is {rows}: expected {rows + 1}"]


def test_a_loose_balance_may_give_fewer(smoke: Path, episodes: list[EpisodeInput]) -> None:
    loose = Balance(by="episode", strict=False)
    preflight(smoke, episodes, rows_per_episode=None, rows=9, balance=loose)
    assert read_json(smoke / "preflight.json")["rows"] == 4


def test_frame_count_that_no_bucket_has(smoke: Path, refusal: Callable[..., list[str]]) -> None:
    replace_media(smoke, FIRST, 24)
    edit(smoke, 1, num_frames=24)
    assert f"metadata.jsonl: line 1 ({FIRST}): num_frames is 24: expected 4n+1" in refusal()
    assert any(
        "expected one of the declared buckets: 33" in problem for problem in refusal(frame_buckets=[33], min_frames=29)
    )


def test_unlicensed_or_unknown_source(smoke: Path, refusal: Callable[..., list[str]]) -> None:
    provenance = read_json(smoke / "PROVENANCE.json")
    provenance["rows"][0]["rights"] = "reference"
    provenance["rows"][1]["source_sha256"] = "0" * 64
    provenance["rows"][2]["lane"] = "design"
    write_json(smoke / "PROVENANCE.json", provenance)
    problems = refusal()
    assert problems[0] == f'metadata.jsonl: line 1 ({FIRST}): rights is "reference": expected licensed'
    assert f"line 2 ({SECOND}): source_sha256" in problems[1] and "the master as it is now" in problems[1]
    assert problems[2] == f'metadata.jsonl: line 3 ({OTHER}): lane is "design": expected video'


def test_row_without_provenance(smoke: Path, refusal: Callable[..., list[str]]) -> None:
    provenance = read_json(smoke / "PROVENANCE.json")
    del provenance["rows"][0]
    write_json(smoke / "PROVENANCE.json", provenance)
    assert "nothing says where this one is from" in refusal()[0]


def test_size_that_the_model_does_not_take(refusal: Callable[..., list[str]]) -> None:
    problems = refusal(model="wan2.2-ti2v-5b")
    assert "spec: size is 320x176: multiples of 32 for wan2.2-ti2v-5b" in problems
    assert sum("fps is 16: expected 24" in problem for problem in problems) == 4
