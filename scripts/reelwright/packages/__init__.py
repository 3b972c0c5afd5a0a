"""Packages: rows chosen from captioned clips, encoded from the masters for one model, each with its origin."""

from reelwright.packages.build import build_package
from reelwright.packages.select import EpisodeInput

__all__ = ["EpisodeInput", "build_package"]
