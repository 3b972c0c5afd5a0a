"""Adapter of the rule reference_anchors."""

from pathlib import Path

from reelwright.command import command
from reelwright.packages.anchors import reference_anchors

with command(snakemake.log[0]):
    reference_anchors(Path(snakemake.input.usable), Path(snakemake.params.results), Path(snakemake.output[0]))
