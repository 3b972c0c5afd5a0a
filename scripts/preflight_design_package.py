"""Adapter of the rule preflight_design_package."""

from pathlib import Path

from reelwright.command import command
from reelwright.packages.design import DesignInputs
from reelwright.packages.design.preflight import preflight_design_package
from reelwright.spec.lane import DesignPackage

with command(snakemake.log[0]):
    preflight_design_package(
        Path(snakemake.input.metadata).parent,
        Path(snakemake.output[0]),
        name=snakemake.wildcards.package,
        settings=DesignPackage.model_validate(snakemake.params.settings),
        inputs=DesignInputs.of(dict(snakemake.params.items()), dict(snakemake.input.items())),
        threads=snakemake.threads,
    )
