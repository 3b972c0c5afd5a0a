"""Adapter of the rule build_design_package."""

from pathlib import Path

from reelwright.command import command
from reelwright.outcome import Record
from reelwright.packages.design import DesignInputs, build_design_package
from reelwright.spec.lane import DesignPackage

with command(snakemake.log[0]):
    build_design_package(
        Path(snakemake.output.metadata).parent,
        Record(
            "build_design_package",
            snakemake.wildcards.package,
            Path(snakemake.output.outcome),
            snakemake.params.failures,
        ),
        name=snakemake.wildcards.package,
        settings=DesignPackage.model_validate(snakemake.params.settings),
        inputs=DesignInputs.of(dict(snakemake.params.items()), dict(snakemake.input.items())),
        store=Path(snakemake.params.store),
        threads=snakemake.threads,
    )
