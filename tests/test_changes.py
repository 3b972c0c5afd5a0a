"""Snapshots of builds, and what is said of the difference between two of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from package_inputs import Part, clip_id, episode_input, package, write_rows
from reelwright.errors import BuildError
from reelwright.files import read_json
from reelwright.packages.build import build_package
from reelwright.packages.changes import compare_builds
from reelwright.packages.select import EpisodeInput
from reelwright.packages.snapshots import Snapshots, build_name
from reelwright.spec.model import Package

A, B, C, D = Part(0, 30), Part(30, 60), Part(60, 90), Part(90, 120)


def build(folder: Path, episodes: list[EpisodeInput], settings: Package) -> dict[str, Any]:
    """Build the package smoke; its changes."""
    build_package(
        folder / "smoke",
        name="smoke",
        settings=settings,
        episodes=episodes,
        rights="licensed",
        store=folder / "store",
        threads=1,
        snapshots=folder / "snapshots",
    )
    found: dict[str, Any] = read_json(folder / "smoke" / "changes.json")
    return found


def ids(*parts: Part, episode: str = "01") -> list[str]:
    return [clip_id(episode, part) for part in parts]


@pytest.fixture
def made(tmp_path: Path) -> EpisodeInput:
    return episode_input(tmp_path, "01", [A, B, C, D])


def why(rows: list[dict[str, str]]) -> dict[str, str]:
    return {row["clip_id"]: row["why"] for row in rows}


class TestChanges:
    def test_the_first_build_has_nothing_to_compare(self, made: EpisodeInput, tmp_path: Path) -> None:
        changes = build(tmp_path, [made], package())
        assert (changes["former"], changes["rows"], changes["added"]) == (None, 4, [])
        name = build_name(changes["build"])
        assert (tmp_path / "smoke" / "CHANGES.md").read_text() == (
            f"# Changes of smoke\n\nThis is {name}, with 4 rows. No other build of it is known.\n"
        )

    def test_the_same_again_says_the_same(self, made: EpisodeInput, tmp_path: Path) -> None:
        build(tmp_path, [made], package())
        second = build(tmp_path, [made], package(rows=2))
        assert build(tmp_path, [made], package(rows=2)) == second
        assert len(Snapshots(tmp_path / "snapshots").builds()) == 2

    def test_rows_that_were_left_out_and_new_ones(self, made: EpisodeInput, tmp_path: Path) -> None:
        write_rows(made, [A, Part(30, 60, usable=False), C], 130)
        build(tmp_path, [made], package())
        write_rows(made, [A, B, Part(60, 90, usable=False), D], 130)
        other = episode_input(tmp_path, "02", [A])
        changes = build(tmp_path, [made, other], package())
        assert why(changes["added"]) == {
            ids(B)[0]: "was left out before (not usable: black)",
            ids(D)[0]: "the clip is new",
            ids(A, episode="02")[0]: "its episode is new in the package",
        }
        assert why(changes["removed"]) == {ids(C)[0]: "not usable: black"}
        assert (changes["same"], changes["former_rows"], changes["rows"]) == (1, 2, 4)
        assert [one["key"] for one in changes["sources"]] == ["ep02.film"]
        build(tmp_path, [made, other], package())
        changes = build(tmp_path, [other], package())
        assert set(why(changes["removed"]).values()) == {"its episode is no longer in the package"}

    def test_settings_and_the_draw(self, made: EpisodeInput, tmp_path: Path) -> None:
        build(tmp_path, [made], package())
        changes = build(tmp_path, [made], package(rows=3, seed=2))
        assert {one["key"]: (one["before"], one["after"]) for one in changes["settings"]} == {
            "rows": (None, 3),
            "seed": (0, 2),
        }
        (lost,) = changes["removed"]
        assert lost["why"] == "not among the 3 drawn with seed 2"
        text = (tmp_path / "smoke" / "CHANGES.md").read_text()
        assert "* setting `rows`: `None` became `3`\n" in text
        assert f"\n## Removed\n\n* `{lost['clip_id']}`: not among the 3 drawn with seed 2\n" in text

    def test_captions_media_and_spans(self, made: EpisodeInput, tmp_path: Path) -> None:
        build(tmp_path, [made], package())
        told = Part(0, 30, prompt="A red disc.")
        write_rows(made, [told, B, Part(58, 88), Part(90, 120, source="imported")], 130)
        changes = build(tmp_path, [made], package(caption_sources=["vlm", "imported"]))
        differences = {
            row["clip_id"]: (row["former"], [(one["what"], one["why"]) for one in row["differences"]])
            for row in changes["changed"]
        }
        assert differences == {
            ids(A)[0]: (ids(A)[0], [("caption", "another text")]),
            "ep01_000058_000088": (
                ids(C)[0],
                [("span", f"was {ids(C)[0]}"), ("caption", "another text"), ("media", "another span")],
            ),
            ids(D)[0]: (ids(D)[0], [("caption", "the same text, imported, before vlm")]),
        }
        assert (changes["added"], changes["removed"], changes["same"]) == ([], [], 1)
        changes = build(tmp_path, [made], package(caption_sources=["vlm", "imported"], size=(160, 96)))
        assert {one["what"] for row in changes["changed"] for one in row["differences"]} == {"media"}
        assert changes["changed"][0]["differences"][0]["why"] == (
            "the settings or the way in which media is made have changed"
        )

    def test_another_master(self, made: EpisodeInput, tmp_path: Path) -> None:
        build(tmp_path, [made], package())
        again = episode_input(tmp_path / "again", "01", [A, B, C, D], frames=131)
        changes = build(tmp_path, [again], package())
        assert len(changes["changed"]) == 4
        assert changes["changed"][0]["differences"] == [{"what": "media", "why": "another master file"}]


class TestCompareBuilds:
    def compare(self, folder: Path, against: str) -> dict[str, Any]:
        compare_builds(
            folder / "smoke" / "changes.json",
            folder / "out.json",
            folder / "out.md",
            snapshots=folder / "snapshots",
            against=against,
        )
        found: dict[str, Any] = read_json(folder / "out.json")
        return found

    def test_against_any_build_that_was_kept(self, made: EpisodeInput, tmp_path: Path) -> None:
        first = build(tmp_path, [made], package())["build"]
        second = build(tmp_path, [made], package(rows=3))["build"]
        build(tmp_path, [made], package(rows=1))
        assert self.compare(tmp_path, "")["former"] == second
        found = self.compare(tmp_path, build_name(first))
        assert (found["former"], len(found["removed"])) == (first, 3)
        assert (tmp_path / "out.md").read_text().startswith("# Changes of smoke\n")

    def test_one_that_was_not(self, made: EpisodeInput, tmp_path: Path) -> None:
        digests = [build(tmp_path, [made], settings)["build"] for settings in (package(), package(rows=3))]
        there = ", ".join(map(build_name, digests))
        with pytest.raises(BuildError) as caught:
            self.compare(tmp_path, "build-xyz")
        assert str(caught.value) == f"against: build-xyz is no build that was kept; there are: {there}"
        with pytest.raises(BuildError, match="against: build- is no build"):
            self.compare(tmp_path, "build-")

    def test_a_build_that_comes_back_is_the_last_again(self, made: EpisodeInput, tmp_path: Path) -> None:
        first = build(tmp_path, [made], package())["build"]
        second = build(tmp_path, [made], package(rows=3))["build"]
        assert build(tmp_path, [made], package())["former"] == second
        assert Snapshots(tmp_path / "snapshots").builds() == [second, first]

    def test_a_failed_build_is_no_build(self, made: EpisodeInput, tmp_path: Path) -> None:
        build(tmp_path, [made], package())
        with pytest.raises(BuildError, match="there are only 4"):
            build(tmp_path, [made], package(rows=5))
        assert len(Snapshots(tmp_path / "snapshots").builds()) == 1
        assert len(json.loads((tmp_path / "smoke" / "changes.json").read_text())["build"]) == 64
