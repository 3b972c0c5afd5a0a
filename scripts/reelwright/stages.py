"""The version of each stage (rule, library function) whose results are kept.

Raise a version when the behaviour of a stage changes: its results, and all that depends on them, are then made again. A
lock (``stages.lock.json``) holds the digest of each stage's import closure, docstrings and comments aside; a test fails
until an author has raised the version or stated that behaviour is unchanged (``make lock-stages``).
"""

from __future__ import annotations

from pathlib import Path

LIBRARY = Path(__file__).resolve().parent
LOCK = LIBRARY / "stages.lock.json"

STAGES: dict[str, tuple[int, str]] = {
    "probe_master": (1, "reelwright.sources.probe"),
    "scan_source": (1, "reelwright.scan"),
    "detect_shots": (1, "reelwright.shots"),
    "cut_clips": (1, "reelwright.clips"),
    "measure_quality": (1, "reelwright.quality"),
    "caption_clips": (1, "reelwright.captions"),
    "build_package": (1, "reelwright.packages"),
    "preflight_package": (1, "reelwright.packages.preflight"),
}
"""Version and entry module of each stage."""


def stage_version(stage: str) -> int:
    """The version of ``stage``; raises KeyError for a name that is no stage."""
    return STAGES[stage][0]
