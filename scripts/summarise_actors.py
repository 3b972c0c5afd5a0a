"""Adapter of the rule summarise_actors."""

from pathlib import Path

from reelwright.actors.summary import summarise_actors
from reelwright.command import command

with command(snakemake.log[0]):
    params = snakemake.params
    summarise_actors(params.actors, Path(params.plans), Path(params.outcomes), Path(snakemake.output[0]))
