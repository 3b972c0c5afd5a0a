"""Adapter of the rule plan."""

from pathlib import Path

from reelwright.command import command
from reelwright.plan import plan

with command(snakemake.log[0]):
    plan(
        Path(snakemake.params.snakefile),
        Path(snakemake.params.spec),
        snakemake.params.targets,
        Path(snakemake.params.results),
        Path(snakemake.params.out),
    )
