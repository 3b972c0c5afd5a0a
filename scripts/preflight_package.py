"""Adapter of the rule preflight_package."""

from pathlib import Path

from reelwright.command import command
from reelwright.evaluation.guard import Guard
from reelwright.packages.preflight import preflight_package
from reelwright.spec.model import Package

with command(snakemake.log[0]):
    preflight_package(
        Path(snakemake.input.metadata).parent,
        Path(snakemake.output[0]),
        name=snakemake.wildcards.package,
        settings=Package.model_validate(snakemake.params.settings),
        episodes=snakemake.params.episodes,
        probes=[Path(probe) for probe in snakemake.input.probes],
        threads=snakemake.threads,
        guard=Guard.at(
            snakemake.input.guard,
            snakemake.params.guarded,
            snakemake.input.guarded_scans,
            snakemake.input.guarded_headers,
        ),
    )
