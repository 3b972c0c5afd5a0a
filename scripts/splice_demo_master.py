"""Adapter of the rule splice_demo_master."""

from pathlib import Path

from reelwright.command import command
from reelwright.demo.splice import splice_demo_master

with command(snakemake.log[0]):
    splice_demo_master(
        footage=Path(snakemake.input.footage),
        episode=snakemake.params.episode,
        title=snakemake.params.title,
        seed=snakemake.params.seed,
        seconds=snakemake.params.seconds,
        width=snakemake.params.width,
        height=snakemake.params.height,
        master=Path(snakemake.output.master),
    )
