"""Adapter of the rule write_report."""

from pathlib import Path

from reelwright.command import command
from reelwright.report import Scope, write_report

with command(snakemake.log[0]):
    write_report(Path(snakemake.params.results), Path(snakemake.output[0]), Scope.of_params(snakemake.params.scope))
