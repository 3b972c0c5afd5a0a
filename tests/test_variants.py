"""Verdicts on title variants: from films encoded here, and from a real film in two encodes."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from chain import measured
from copies import KINDS, Copy, write_copy
from season import build, season

from footage import painted, write_film
from reelwright.files import read_json
from reelwright.outcome import Record
from reelwright.spec.variants import Variants
from reelwright.variants import MasterInput, compare_variants

LENGTHS = (60, 90, 110, 75, 100)
"""Frames of the shots of the small episode; the second is its title card."""


def card(words: str) -> np.ndarray:
    """A title card: the same paper, other words."""
    picture = painted(77, 0)
    cv2.rectangle(picture, (40, 60), (280, 120), (225, 235, 240), -1)
    cv2.putText(picture, words, (48, 102), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (60, 40, 60), 2, cv2.LINE_AA)
    return picture


def episode(words: str = "FIRST", title_frames: int = 50, lengths: Sequence[int] = LENGTHS) -> list[np.ndarray]:
    """An episode: a shot, its title card, the other shots."""
    frames = [painted(1, frame) for frame in range(lengths[0])]
    frames += [card(words)] * title_frames
    for shot, length in enumerate(lengths[1:], 2):
        frames += [painted(shot, frame) for frame in range(length)]
    return frames


def master(folder: Path, name: str, frames: list[np.ndarray], **options: Any) -> MasterInput:
    film = write_film(folder / f"{name}.mov", frames, **options)
    return scanned(folder / name, name, film)


def scanned(folder: Path, name: str, film: Path) -> MasterInput:
    measured(film, folder)
    files = (folder / one for one in ("probe.json", "scan.npz", "scan.json", "scan.outcome.json"))
    return MasterInput(name, film, *files)


def missing(folder: Path, name: str) -> MasterInput:
    measured(folder / f"{name}.mov", folder / name)
    files = (folder / name / one for one in ("probe.json", "scan.npz", "scan.json", "scan.outcome.json"))
    return MasterInput(name, folder / f"{name}.mov", *files)


def verdict(folder: Path, canonical: MasterInput, *alternates: MasterInput, share: float = 0.7) -> dict[str, Any]:
    """The verdict file; every picture that it names is there."""
    results = folder / "results"
    out = results / "sources" / "variants" / "ep01.json"
    record = Record("compare_variants", "ep01", folder / "outcome.json")
    compare_variants(
        canonical,
        alternates,
        out,
        out.with_suffix(""),
        record,
        episode="01",
        settings=Variants(duplicate_share=share),
        threads=2,
    )
    data: dict[str, Any] = read_json(out)
    for entry in data["alternates"]:
        for one in entry["comparison"]["ranges"] if entry["comparison"] else []:
            assert cv2.imread(str(results / one["picture"])).shape[1] == 960
    return data


def ranges(entry: dict[str, Any]) -> list[tuple[str, int, int, int, int]]:
    return [
        (one["kind"], *(one[side][end] for side in ("canonical", "alternate") for end in ("start_frame", "end_frame")))
        for one in entry["comparison"]["ranges"]
    ]


def warnings(folder: Path) -> str:
    return "\n".join(read_json(folder / "outcome.json")["warnings"])


def test_a_title_card_in_other_words_is_a_named_range_of_a_duplicate(tmp_path: Path) -> None:
    one, two = master(tmp_path, "one", episode("FIRST")), master(tmp_path, "two", episode("SECOND"))
    data = verdict(tmp_path, one, two)
    assert data["verdict"] == "confirmed_duplicate"
    entry = data["alternates"][0]
    assert ranges(entry) == [("title_card", 60, 110, 60, 110)]
    assert entry["comparison"]["share"] == pytest.approx(1 - 50 / 485, abs=1e-6)
    assert (entry["comparison"]["offset_frames"], entry["comparison"]["rate"]) == (0, 1.0)
    assert entry["comparison"]["worse"] is None
    assert warnings(tmp_path) == ""


def test_the_same_master_differs_nowhere(tmp_path: Path) -> None:
    one = master(tmp_path, "one", episode())
    two = master(tmp_path, "two", episode(), options={"crf": "27"})
    entry = verdict(tmp_path, one, two)["alternates"][0]
    assert entry["verdict"] == "confirmed_duplicate"
    assert (entry["comparison"]["share"], ranges(entry)) == (1.0, [])


def test_a_longer_title_card_is_one_range_and_shifts_what_follows(tmp_path: Path) -> None:
    one, two = master(tmp_path, "one", episode("FIRST")), master(tmp_path, "two", episode("SECOND", 75))
    entry = verdict(tmp_path, one, two)["alternates"][0]
    assert entry["verdict"] == "confirmed_duplicate"
    assert ranges(entry) == [("title_card", 60, 110, 60, 135)]
    assert entry["comparison"]["offset_frames"] == 25


def test_what_one_master_alone_has_is_inserted_or_dropped(tmp_path: Path) -> None:
    whole = master(tmp_path, "whole", episode())
    short = master(tmp_path, "short", [*episode()[:200], *episode()[260:]])
    assert ranges(verdict(tmp_path, whole, short)["alternates"][0]) == [("dropped", 200, 260, 200, 200)]
    data = verdict(tmp_path, short, whole)
    assert ranges(data["alternates"][0]) == [("inserted", 200, 200, 200, 260)]
    assert data["alternates"][0]["comparison"]["worse"]["source_id"] == "short"
    assert "short is trained on, but is worse than whole: shorter" in warnings(tmp_path)


def test_less_of_it_than_asked_for_is_a_variant(tmp_path: Path) -> None:
    one, two = master(tmp_path, "one", episode("FIRST")), master(tmp_path, "two", episode("SECOND"))
    data = verdict(tmp_path, one, two, share=0.95)
    assert data["verdict"] == "variant"
    assert data["alternates"][0]["reason"] == "90% of its frames agree, fewer than 95%"
    assert "two is not the same as one" in warnings(tmp_path)


def test_another_film_is_a_variant_with_nothing_in_common(tmp_path: Path) -> None:
    other = [painted(shot, frame) for shot in (31, 32, 33) for frame in range(90)]
    data = verdict(tmp_path, master(tmp_path, "one", episode()), master(tmp_path, "two", other))
    assert data["verdict"] == "variant"
    assert data["alternates"][0]["comparison"] is None
    assert "it may be another episode" in data["alternates"][0]["reason"]


def test_a_missing_master_leaves_the_verdict_pending_with_the_reason(tmp_path: Path) -> None:
    one, two = master(tmp_path, "one", episode()), missing(tmp_path, "two")
    data = verdict(tmp_path, one, two)
    assert data["verdict"] == "pending"
    assert "was not delivered" in data["alternates"][0]["reason"]
    assert read_json(tmp_path / "outcome.json")["status"] == "ok"
    both = verdict(tmp_path, missing(tmp_path, "three"), one, two)
    assert [entry["verdict"] for entry in both["alternates"]] == ["pending", "pending"]


def test_of_several_alternates_each_has_its_own_verdict(tmp_path: Path) -> None:
    one, two = master(tmp_path, "one", episode()), master(tmp_path, "two", episode(), options={"crf": "24"})
    other = master(tmp_path, "other", [painted(shot, frame) for shot in (31, 32) for frame in range(90)])
    data = verdict(tmp_path, one, two, other)
    assert [entry["verdict"] for entry in data["alternates"]] == ["confirmed_duplicate", "variant"]
    assert data["verdict"] == "variant"


@pytest.mark.parametrize("first", ["flat", "one"])
def test_a_film_of_one_colour_compares_with_nothing(tmp_path: Path, first: str) -> None:
    both = {
        "flat": master(tmp_path, "flat", [np.full((180, 320, 3), 90, np.uint8)] * 120),
        "one": master(tmp_path, "one", episode()),
    }
    data = verdict(tmp_path, both.pop(first), *both.values())
    assert data["verdict"] == ("pending" if first == "flat" else "variant")
    assert data["alternates"][0]["reason"]


def test_another_rate_and_size_change_no_verdict(tmp_path: Path) -> None:
    one = master(tmp_path, "one", episode())
    small = [cv2.resize(frame, (240, 136), interpolation=cv2.INTER_AREA) for frame in episode()]
    two = master(tmp_path, "two", small, rate=Fraction(24000, 1001))
    entry = verdict(tmp_path, one, two)["alternates"][0]
    assert (entry["verdict"], entry["comparison"]["share"]) == ("confirmed_duplicate", 1.0)
    assert entry["comparison"]["rate"] == pytest.approx(25 * 1001 / 24000, abs=1e-4)
    assert entry["comparison"]["worse"] == {"source_id": "two", "because": ["softer", "smaller"]}


# Not the footage by which the thresholds were chosen (frames 4000 to 6400).
STRETCH = (8200, 8800)


@pytest.fixture(scope="module")
def base(media: Path, tmp_path_factory: pytest.TempPathFactory) -> MasterInput:
    """Some of the film as a master of 720 lines."""
    folder = tmp_path_factory.mktemp("base")
    copy = Copy(width=1280, height=720, options={"crf": "20", "preset": "ultrafast"})
    write_copy(media / "big_buck_bunny_720p.mp4", Fraction(24), *STRETCH, folder / "base.mkv", copy)
    return scanned(folder / "base", "base", folder / "base.mkv")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["logo", "cropped", "pillarbox", "washed", "pal", "telecine", "vp9"])
def test_a_copy_of_real_footage_is_a_duplicate_whatever_was_done_to_it(
    tmp_path: Path, media: Path, base: MasterInput, kind: str
) -> None:
    copy = tmp_path / "copy.mkv"
    write_copy(media / "big_buck_bunny_720p.mp4", Fraction(24), *STRETCH, copy, KINDS[kind])
    entry = verdict(tmp_path, base, scanned(tmp_path / "copy", "copy", copy))["alternates"][0]
    assert entry["verdict"] == "confirmed_duplicate"
    assert (entry["comparison"]["share"], ranges(entry)) == (1.0, [])
    assert entry["comparison"]["worse"]["source_id"] == "copy"


@pytest.mark.slow
def test_the_films_two_encodes_are_one(tmp_path: Path, media: Path) -> None:
    small, large = (scanned(tmp_path / size, size, media / f"big_buck_bunny_{size}.mp4") for size in ("360p", "720p"))
    data = verdict(tmp_path, small, large, share=0.9)
    entry = data["alternates"][0]
    assert data["verdict"] == "confirmed_duplicate"
    assert (entry["comparison"]["share"], entry["comparison"]["offset_frames"], ranges(entry)) == (1.0, 0, [])
    assert entry["comparison"]["worse"] == {"source_id": "360p", "because": ["softer", "smaller"]}


@pytest.mark.slow
def test_a_build_writes_verdicts_into_the_source_manifest(tmp_path: Path) -> None:
    spec = season(tmp_path, episodes=2)
    folder = tmp_path / "delivery" / "masters"
    write_film(folder / "Show_EP01_FIRST.mov", episode("FIRST"))
    write_film(folder / "Show_EP01_ONE.mov", episode("ONE"))
    (folder / "Show_EP02_OTHER.mov").write_bytes(b"")
    run = build(spec, "sources")
    assert run.returncode == 1, run.stdout
    results = tmp_path / "results" / "tiny" / "sources"
    entries = {one["production_episode"]: one for one in read_json(results / "masters.json")}
    assert entries["01"]["video_duplicate_status"] == "variant"  # the card is a tenth of so short an episode
    assert entries["02"]["video_duplicate_status"] == "pending"
    assert (
        "Show_EP02_OTHER.mov has no bytes" in read_json(results / "variants" / "ep02.json")["alternates"][0]["reason"]
    )
    assert "ep02.other could not be compared" in run.stdout
    assert len(list((results / "variants" / "ep01").glob("*.jpg"))) == 1
    assert "confirmed_duplicate" not in (results / "masters.csv").read_text()
