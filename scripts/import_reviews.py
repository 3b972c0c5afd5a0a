"""Adapter of the rule import_reviews."""

from pathlib import Path

from reelwright.command import command
from reelwright.identity.imports import import_reviews
from reelwright.outcome import Record

with command(snakemake.log[0]):
    import_reviews(
        [Path(path) for path in snakemake.params.files],
        Path(snakemake.output.reviews),
        Path(snakemake.output.report),
        Record("import_reviews", "reviews", Path(snakemake.output.outcome), snakemake.params.failures),
    )
