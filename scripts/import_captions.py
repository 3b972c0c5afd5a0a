"""Adapter of the rule import_captions."""

from pathlib import Path

from reelwright.captions.imports import import_captions
from reelwright.command import command
from reelwright.outcome import Record

with command(snakemake.log[0]):
    import_captions(
        [Path(path) for path in snakemake.params.files],
        Path(snakemake.output.captions),
        Path(snakemake.output.report),
        Record("import_captions", "captions", Path(snakemake.output.outcome), snakemake.params.failures),
    )
