"""Adapter of the rule carry_labels."""

from pathlib import Path

from reelwright.command import command
from reelwright.outcome import Record
from reelwright.reference.seeds import carry_labels

with command(snakemake.log[0]):
    carry_labels(
        dict(zip(snakemake.params.episodes, map(Path, snakemake.output.seeds), strict=True)),
        Record("carry_labels", "seeds", Path(snakemake.output.outcome), snakemake.params.failures),
        manifest=Path(snakemake.params.manifest),
        located=Path(snakemake.input.located),
    )
