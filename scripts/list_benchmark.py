"""Adapter of the rule list_benchmark."""

from pathlib import Path

from reelwright.command import command
from reelwright.packages.benchmark import list_benchmark

with command(snakemake.log[0]):
    list_benchmark(
        Path(snakemake.input.reference[0]),
        [Path(path) for path in snakemake.input.seeds],
        dict(zip(snakemake.params.packages, map(Path, snakemake.input.seen), strict=True)),
        Path(snakemake.output[0]),
    )
