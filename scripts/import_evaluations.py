"""Adapter of the rule import_evaluations."""

from pathlib import Path

from reelwright.actors.imports import import_evaluations
from reelwright.command import command
from reelwright.outcome import Record

with command(snakemake.log[0]):
    import_evaluations(
        [Path(path) for path in snakemake.params.files],
        Path(snakemake.output.evaluations),
        Path(snakemake.output.report),
        Record("import_evaluations", "evaluations", Path(snakemake.output.outcome), snakemake.params.failures),
    )
