"""Adapter of the rule allow_training."""

from pathlib import Path

from reelwright.command import command
from reelwright.spec.training import Training
from reelwright.training.gate import Before, allow_training

with command(snakemake.log[0]):
    allow_training(
        Path(snakemake.output[0]),
        name=snakemake.wildcards.package,
        training=Training.model_validate(snakemake.params.training),
        before=Before.of(snakemake.params.before),
    )
