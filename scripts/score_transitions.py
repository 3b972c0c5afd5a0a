"""Adapter of the rule score_transitions."""

from pathlib import Path

from reelwright.command import command
from reelwright.outcome import Record
from reelwright.shots.neural import score_transitions

with command(snakemake.log[0]):
    score_transitions(
        Path(snakemake.input.scan),
        Path(snakemake.input.scan_outcome),
        Path(snakemake.output.transitions),
        Record(
            "score_transitions",
            snakemake.wildcards.source_id,
            Path(snakemake.output.outcome),
            snakemake.params.failures,
        ),
        threads=snakemake.threads,
    )
