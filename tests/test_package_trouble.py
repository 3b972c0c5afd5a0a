"""A package that can't be finished: one message, nothing half-written, and the package of before stays."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from package_inputs import Part, episode_input, package
from reelwright.errors import BuildError
from reelwright.files import read_jsonl
from reelwright.packages.build import build_package
from reelwright.packages.select import EpisodeInput
from reelwright.spec.model import Encode, Package

PARTS = [Part(0, 40), Part(40, 80), Part(80, 120)]
LARGE = {"size": (960, 528), "encode": Encode(crf=1, preset="ultrafast")}
"""So large that three clips don't fit on the disk of 400 kB."""


def build(out: Path, episodes: list[EpisodeInput], store: Path, settings: Package) -> None:
    build_package(
        out,
        name=out.name,
        settings=settings,
        episodes=episodes,
        rights="licensed",
        store=store,
        threads=1,
        snapshots=out.parent / "snapshots",
    )


@pytest.fixture
def made(tmp_path: Path) -> EpisodeInput:
    return episode_input(tmp_path, "01", PARTS)


def test_the_disk_of_the_store_is_full(made: EpisodeInput, tmp_path: Path, small_disk: Path) -> None:
    out = tmp_path / "packages" / "smoke"
    build(out, [made], tmp_path / "store", package())
    before = (out / "metadata.jsonl").read_bytes()
    with pytest.raises(BuildError, match=r"^\S+\.mp4: the disk is full: make room and run the same command again$"):
        build(out, [made], small_disk, package(**LARGE))
    assert (out / "metadata.jsonl").read_bytes() == before
    assert sorted(path.name for path in out.parent.iterdir()) == ["smoke", "snapshots"]
    assert list((small_disk / "work").iterdir()) == []


def test_the_disk_of_the_results_is_full(made: EpisodeInput, tmp_path: Path, small_disk: Path) -> None:
    out = small_disk / "packages" / "smoke"
    # Another disk than that of the store takes no hard links: the media is copied, until there is no room.
    with pytest.raises(BuildError, match=r"^\S+: the disk is full: make room and run the same command again$"):
        build(out, [made], tmp_path / "store", package(**LARGE))
    assert list((small_disk / "packages").iterdir()) == []
    # The media is in the store: with less of it the same command ends well.
    build(out, [made], tmp_path / "store", package(rows=1))
    assert len(read_jsonl(out / "metadata.jsonl")) == 1


@pytest.mark.parametrize("paper", ["selection.csv", "recut.py", "croissant.json", "changes.json", "SHA256SUMS"])
def test_a_paper_that_can_not_be_written(
    paper: str, made: EpisodeInput, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault at any of them leaves the package of before."""
    out = tmp_path / "packages" / "smoke"
    build(out, [made], tmp_path / "store", package())
    before = {str(path): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    replace = Path.replace

    def failing(self: Path, target: Path) -> Path:
        if target.name == paper and target.parent.name.startswith(".smoke."):
            raise OSError(28, "No space left on device", str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises(BuildError, match=rf"{paper}: the disk is full"):
        build(out, [made], tmp_path / "store", package(rows=2))
    assert {str(path): path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    assert sorted(path.name for path in out.parent.iterdir()) == ["smoke", "snapshots"]


def test_a_lost_store_is_made_again(made: EpisodeInput, tmp_path: Path) -> None:
    out = tmp_path / "packages" / "smoke"
    build(out, [made], tmp_path / "store", package())
    first = (out / "SHA256SUMS").read_text()
    shutil.rmtree(tmp_path / "store")
    build(out, [made], tmp_path / "store", package())
    assert (out / "SHA256SUMS").read_text() == first
