"""Adapter of the rule draw_demo_footage."""

from pathlib import Path

from reelwright.command import command
from reelwright.demo.footage import draw_demo_footage

with command(snakemake.log[0]):
    draw_demo_footage(
        episode=snakemake.wildcards.episode,
        show=snakemake.params.show,
        seed=snakemake.params.seed,
        seconds=snakemake.params.seconds,
        width=snakemake.params.width,
        height=snakemake.params.height,
        footage=Path(snakemake.output.footage),
        truth=Path(snakemake.output.truth),
    )
