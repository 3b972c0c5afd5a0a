"""Adapter of the rule train_package."""

from pathlib import Path

from reelwright.command import command
from reelwright.spec.training import Training
from reelwright.training.train import train_package

with command(snakemake.log[0]):
    train_package(
        Path(snakemake.output[0]),
        name=snakemake.wildcards.package,
        package=Path(snakemake.input.metadata).parent,
        launch=Path(snakemake.input.launch),
        gate=Path(snakemake.input.gate),
        training=Training.model_validate(snakemake.params.training),
    )
