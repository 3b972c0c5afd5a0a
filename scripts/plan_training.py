"""Adapter of the rule plan_training."""

from pathlib import Path

from reelwright.command import command
from reelwright.spec.training import Training
from reelwright.training.launch import plan_training

with command(snakemake.log[0]):
    plan_training(
        Path(snakemake.input.metadata).parent,
        Path(snakemake.output[0]),
        name=snakemake.wildcards.package,
        settings=snakemake.params.settings,
        training=Training.model_validate(snakemake.params.training),
        here=Path(snakemake.params.here),
        weights=Path(snakemake.params.weights),
    )
