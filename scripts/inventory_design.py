"""Adapter of the rule inventory_design."""

from pathlib import Path

from reelwright.command import command
from reelwright.design.inventory import inventory_design
from reelwright.outcome import Record
from reelwright.spec.design import Design

with command(snakemake.log[0]):
    inventory_design(
        Path(snakemake.output.inventory),
        Record("inventory_design", "design", Path(snakemake.output.outcome), snakemake.params.failures),
        settings=Design.model_validate(snakemake.params.settings),
    )
