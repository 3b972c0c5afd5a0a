"""Adapter of the rule draw_demo_actors."""

from pathlib import Path

from reelwright.command import command
from reelwright.demo.actor_art import draw_demo_actors

with command(snakemake.log[0]):
    draw_demo_actors(Path(snakemake.params.folder), Path(snakemake.output.truth), seed=snakemake.params.seed)
