"""Adapter of the rule draw_demo_art."""

from pathlib import Path

from reelwright.command import command
from reelwright.demo.art import draw_demo_art

with command(snakemake.log[0]):
    draw_demo_art(
        Path(snakemake.output.art[0]).parent,
        Path(snakemake.output.wiki),
        Path(snakemake.output.truth),
        seed=snakemake.params.seed,
    )
