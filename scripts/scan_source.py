"""Adapter of the rule scan_source."""

from pathlib import Path

from reelwright.command import command, placed
from reelwright.outcome import Record
from reelwright.scan import scan_source

with command(snakemake.log[0]):
    scan_source(
        placed(snakemake.params.master, snakemake.input.master),
        Path(snakemake.input.probe),
        Path(snakemake.input.probe_outcome),
        Path(snakemake.output.scan),
        Path(snakemake.output.header),
        Record("scan_source", snakemake.wildcards.source_id, Path(snakemake.output.outcome), snakemake.params.failures),
        threads=snakemake.threads,
    )
