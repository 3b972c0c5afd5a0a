"""Fixtures shared by the tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

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
