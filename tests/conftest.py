"""Fixtures shared by the tests."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

# Timings never decide a test.
hypothesis.settings.register_profile("reelwright", deadline=None)
hypothesis.settings.load_profile("reelwright")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def media() -> Path:
    """Folder of real footage with ground truth; the test is skipped where there is none."""
    folder = Path(os.environ.get("REELWRIGHT_MEDIA", ROOT.parent / "shared" / "media"))
    if not (folder / "truth").is_dir():
        pytest.skip(f"no footage in {folder} (set REELWRIGHT_MEDIA)")
    return folder


@pytest.fixture
def root() -> Path:
    """The project's root."""
    return ROOT


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 400 kB; the test is skipped where nothing can be mounted."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=400k", "none", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no tmpfs can be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow tests first: at the end no processor waits for one long test."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
