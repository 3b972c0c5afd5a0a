"""Adapter of the rule compare_builds."""

from pathlib import Path

from reelwright.command import command
from reelwright.packages.changes import compare_builds

with command(snakemake.log[0]):
    compare_builds(
        Path(snakemake.input.changes),
        Path(snakemake.output.data),
        Path(snakemake.output.text),
        snapshots=Path(snakemake.params.snapshots),
        against=snakemake.params.against,
    )
