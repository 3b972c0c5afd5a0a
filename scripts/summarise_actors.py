"""Adapter of the rule summarise_actors."""

from pathlib import Path

from reelwright.actors.summary import summarise_actors
from reelwright.command import command

with command(snakemake.log[0]):
    given = snakemake.input
    summarise_actors(
        [Path(path) for path in given.plans], [Path(path) for path in given.outcomes], Path(snakemake.output[0])
    )
