"""Packages of the design lane: images of production art with captions from its dictionaries, weighted and balanced."""

from reelwright.packages.design.build import build_design_package
from reelwright.packages.design.inputs import DesignInputs

__all__ = ["DesignInputs", "build_design_package"]
