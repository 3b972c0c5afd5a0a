"""Adapter of the rule list_seen."""

from pathlib import Path

from reelwright.command import command
from reelwright.packages.seen import list_seen

with command(snakemake.log[0]):
    list_seen(Path(snakemake.input.reference[0]), Path(snakemake.input.provenance), Path(snakemake.output[0]))
