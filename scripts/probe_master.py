"""Adapter of the rule probe_master."""

from pathlib import Path

from reelwright.command import command, placed
from reelwright.outcome import Record
from reelwright.sources.probe import probe_master

with command(snakemake.log[0]):
    probe_master(
        placed(snakemake.params.master, snakemake.input.master),
        Path(snakemake.output.probe),
        Record(
            "probe_master", snakemake.wildcards.source_id, Path(snakemake.output.outcome), snakemake.params.failures
        ),
        episode=snakemake.params.episode,
        title=snakemake.params.title,
        relative=snakemake.params.relative,
        problem=snakemake.params.problem,
    )
